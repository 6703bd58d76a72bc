"""The cashier's till: tips, splits, discounts, refunds, corrections and the shift."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from appliance.server.domain.ledger import TenderKind
from appliance.server.store.models import Tender
from appliance.server.store.unit_of_work import UnitOfWork
from tests.browser.at_rest import box_of
from tests.browser.conftest import OpenShop
from tests.browser.looks import looks_right
from tests.browser.shop import PHONE, PIN, Shop, manager_has_pin
from tests.support.visits import Visits


@pytest.fixture
def shop(open_shop: OpenShop) -> Shop:
    """A shop whose manager has a PIN."""
    opened = open_shop()
    manager_has_pin(opened)
    return opened


def at_the_desk(shop: Shop) -> tuple[Visits, int, Page, Locator]:
    """A cashier with a customer who owes $80: the visits, the customer, the page and the bill."""
    visits = Visits(shop.store, shop.spa)
    customer = visits.finished()
    desk = shop.cashier()
    expect(desk.get_by_role("button", name="Next customer")).to_be_enabled()
    desk.keyboard.press("F2")
    bill = desk.get_by_role("region", name=str(visits.row(customer).code))
    expect(bill).to_be_visible()
    return visits, customer, desk, bill


def approve(dialog: Locator, pin: str = PIN) -> None:
    """A manager's name and PIN, at the cashier's screen."""
    dialog.get_by_label("Manager's username").fill("gloria")
    dialog.get_by_label("PIN").fill(pin)
    dialog.page.keyboard.press("Enter")


def pay_in_cash(desk: Page, amount: str = "80") -> None:
    """Take the payment of the customer in front."""
    expect(desk.get_by_role("textbox", name="Cash received")).to_be_focused()
    desk.keyboard.type(amount)
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("is paid")).to_be_visible()


def tenders(visits: Visits, customer: int, kind: TenderKind) -> list[tuple[str, str, str]]:
    """Method, what it pays and tip of each tender of a visit."""

    def look(unit: UnitOfWork) -> list[tuple[str, str, str]]:
        rows = unit.session.scalars(
            select(Tender)
            .where(Tender.transaction_id == customer, Tender.kind == kind)
            .order_by(Tender.id)
        )
        return [(row.method, f"{row.amount:.2f}", f"{row.tip:.2f}") for row in rows]

    return visits.store.run(look)


def test_cash_with_a_tip_by_keyboard(shop: Shop) -> None:
    visits, customer, desk, bill = at_the_desk(shop)
    desk.keyboard.press("F3")
    tip = desk.get_by_role("dialog", name="Tip")
    expect(tip.get_by_label("Tip amount")).to_be_focused()
    looks_right(desk, "cashier", "tip")
    desk.keyboard.type("15")
    desk.keyboard.press("Enter")
    expect(bill.get_by_text("To pay")).to_be_visible()
    expect(bill).to_contain_text("$95.00")
    expect(desk.get_by_role("textbox", name="Cash received")).to_be_focused()
    desk.keyboard.type("90")
    expect(desk.get_by_text("$5.00 short")).to_be_visible()
    desk.keyboard.press("Escape")
    desk.keyboard.type("100")
    expect(desk.get_by_text("Change: $5.00")).to_be_visible()
    looks_right(desk, "cashier", "cash with tip")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Change", exact=True)).to_be_visible()
    expect(desk.get_by_text("Tip $15.00")).to_be_visible()
    expect(desk.get_by_text("Receipt 1", exact=True)).to_be_visible()
    looks_right(desk, "cashier", "paid with tip")
    assert tenders(visits, customer, TenderKind.PAYMENT) == [("cash", "80.00", "15.00")]


def test_an_odd_amount_is_asked_about_once(shop: Shop) -> None:
    visits, customer, desk, _ = at_the_desk(shop)
    desk.keyboard.type("8000")
    desk.keyboard.press("Enter")
    question = desk.get_by_role("dialog", name="Was it really $8,000.00?")
    expect(question).to_contain_text("$7,920.00 change for $80.00")
    question.get_by_role("button", name="Change the amount").click()
    assert visits.row(customer).payment is None
    expect(desk.get_by_role("textbox", name="Cash received")).to_be_focused()
    desk.keyboard.press("Enter")
    question.get_by_role("button", name="Yes").click()
    expect(desk.get_by_role("heading", name="Change", exact=True)).to_be_visible()


def test_a_phone_takes_a_card_at_its_foot(shop: Shop) -> None:
    """The button to pay is in view with the bill, and the keyboard is on it for a card."""
    visits, customer, desk, _ = at_the_desk(shop)
    desk.set_viewport_size(PHONE)  # type: ignore[arg-type]
    pay = desk.get_by_role("button", name="Mark as paid")
    expect(pay).to_be_in_viewport(ratio=1)
    expect(desk.get_by_role("button", name="Add walk-in…")).to_have_count(0)
    desk.get_by_role("radio", name="Card").check(force=True)
    expect(pay).to_be_focused()
    looks_right(desk, "cashier: a bill on a phone")
    pay.click()
    expect(desk.get_by_text("is paid")).to_be_visible()
    assert tenders(visits, customer, TenderKind.PAYMENT) == [("card", "80.00", "0.00")]


def test_a_card_and_cash_pay_one_bill(shop: Shop) -> None:
    visits, customer, desk, bill = at_the_desk(shop)
    bill.get_by_role("button", name="Split payment").press("Enter")
    split = desk.get_by_role("dialog", name="Split payment of $80.00")
    card = split.get_by_role("group", name="Card")
    expect(card.get_by_label("Charged, tip included")).to_be_focused()
    desk.keyboard.type("60")
    desk.keyboard.press("Tab")
    desk.keyboard.type("10")
    expect(split.get_by_role("status")).to_have_text("Still to pay: $30.00")
    cash = split.get_by_role("group", name="Cash").get_by_label("Cash received")
    cash.fill("20")
    expect(split.get_by_role("status")).to_have_text("$10.00 short")
    desk.keyboard.press("Enter")
    expect(split.get_by_role("alert")).to_contain_text("$10.00 short")
    looks_right(desk, "cashier", "split")
    cash.fill("50")
    expect(split.get_by_role("status")).to_have_text("Change: $20.00")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Change", exact=True)).to_be_visible()
    expect(desk.get_by_text("Card $60.00")).to_be_visible()
    expect(desk.get_by_text("Cash $30.00")).to_be_visible()
    assert tenders(visits, customer, TenderKind.PAYMENT) == [
        ("card", "50.00", "10.00"),
        ("cash", "30.00", "0.00"),
    ]


def test_a_discount_needs_a_managers_pin_and_is_taken_back(shop: Shop) -> None:
    visits, customer, desk, bill = at_the_desk(shop)
    bill.get_by_role("button", name="Discount").press("Enter")
    discount = desk.get_by_role("dialog", name="Discount")
    expect(discount.get_by_label("Percent", exact=True)).to_be_focused()
    desk.keyboard.type("10")
    desk.keyboard.press("Tab")
    desk.keyboard.type("Late start")
    desk.keyboard.press("Enter")
    expect(discount.get_by_label("Manager's username")).to_be_focused()
    looks_right(desk, "cashier", "discount")
    approve(discount, pin="000000")
    expect(discount.get_by_role("alert")).to_contain_text("do not approve this")
    approve(discount)
    expect(discount).to_have_count(0)
    expect(bill.get_by_text("10% off")).to_be_visible()
    expect(bill.get_by_text("$72.00")).to_be_visible()
    expect(bill).to_contain_text("Late start")
    looks_right(desk, "cashier", "discounted")
    desk.set_viewport_size(PHONE)  # type: ignore[arg-type]
    looks_right(desk, "cashier", "discounted on a phone")
    bill.get_by_role("button", name="Remove discount: 10% off").click()
    expect(bill.get_by_text("10% off")).to_have_count(0)
    pay_in_cash(desk)
    assert tenders(visits, customer, TenderKind.PAYMENT) == [("cash", "80.00", "0.00")]


def test_a_refund_is_approved_and_stays_on_the_page(shop: Shop) -> None:
    visits, customer, desk, _ = at_the_desk(shop)
    pay_in_cash(desk)
    desk.keyboard.press("Enter")
    desk.get_by_text("Recent payments").click()
    desk.get_by_role("button", name=re.compile(f"^{visits.row(customer).code}")).click()
    desk.get_by_role("button", name="Refund").click()
    refund = desk.get_by_role("dialog", name="Refund for")
    refund.get_by_label("Swedish Massage").fill("90")
    refund.get_by_label("Reason").fill("Stopped early")
    approve(refund)
    expect(refund.get_by_role("alert")).to_contain_text("Only $80.00 of this item")
    looks_right(desk, "cashier", "refund")
    refund.get_by_label("Swedish Massage").fill("30")
    desk.keyboard.press("Enter")
    expect(refund).to_have_count(0)
    expect(desk.get_by_text("Refund 1: $30.00")).to_be_visible()
    looks_right(desk, "cashier", "refunded")
    assert tenders(visits, customer, TenderKind.REFUND) == [("cash", "-30.00", "0.00")]


def test_cash_that_was_a_card_is_put_right(shop: Shop) -> None:
    visits, customer, desk, _ = at_the_desk(shop)
    pay_in_cash(desk, "100")
    desk.get_by_role("button", name="Correct payment method").click()
    correction = desk.get_by_role("dialog", name="Correct the payment method")
    correction.get_by_role("button", name="All: Card").click()
    expect(correction.get_by_label("Card")).to_have_value("80")
    expect(correction.get_by_label("Cash")).to_have_value("0")
    correction.get_by_label("Reason").fill("Pressed the wrong key")
    looks_right(desk, "cashier", "correction")
    approve(correction)
    expect(correction).to_have_count(0)
    expect(desk.get_by_text("Card $80.00")).to_be_visible()
    assert tenders(visits, customer, TenderKind.CORRECTION) == [
        ("cash", "-80.00", "0.00"),
        ("card", "80.00", "0.00"),
    ]


def test_a_shift_from_float_to_close(shop: Shop) -> None:
    _, _, desk, _ = at_the_desk(shop)
    shift = desk.get_by_role("region", name="Shift")
    shift.get_by_role("button", name="Start shift").click()
    start = desk.get_by_role("dialog", name="Start shift")
    start.get_by_label("One sum").check()
    start.get_by_label("Float").fill("200")
    desk.keyboard.press("Enter")
    expect(shift).to_contain_text("float $200.00")
    pay_in_cash(desk, "100")
    desk.keyboard.press("Enter")

    shift.get_by_role("button", name="Cash in/out").click()
    move = desk.get_by_role("dialog", name="Cash in or out")
    move.get_by_label("Pay out tips").check()
    move.get_by_label("Therapist").select_option("Ana")
    move.get_by_label("To the safe").check()
    move.get_by_label("Amount").fill("100")
    move.get_by_label("Reason").fill("Safe")
    looks_right(desk, "cashier", "cash in or out")
    desk.keyboard.press("Enter")
    expect(move).to_have_count(0)

    shift.get_by_role("button", name="Count drawer").click()
    count = desk.get_by_role("dialog", name="Count the drawer")
    expect(count.get_by_label("$100", exact=True)).to_be_focused()
    desk.keyboard.type("1")
    desk.keyboard.press("Enter")
    expect(count.get_by_label("$50", exact=True)).to_be_focused()
    desk.keyboard.type("1")
    desk.keyboard.press("ArrowDown")
    desk.keyboard.type("1")
    expect(count).to_contain_text("$170.00")
    expect(count).not_to_contain_text("180")
    looks_right(desk, "cashier", "count")
    desk.set_viewport_size(PHONE)  # type: ignore[arg-type]
    looks_right(desk, "cashier", "count on a phone")
    count.get_by_role("button", name="Save count").click()

    close = desk.get_by_role("dialog", name="Close shift")
    expect(close.get_by_text("$10.00 short")).to_be_visible()
    close.get_by_role("button", name="Close shift").click()
    expect(close.get_by_role("alert")).to_contain_text("Please say why")
    looks_right(desk, "cashier", "close on a phone")
    close.get_by_label("Reason for the difference").fill("Wrong change")
    close.get_by_label("Left in the drawer").fill("100")
    desk.keyboard.press("Enter")
    expect(close).to_have_count(0)
    expect(shift).to_contain_text("No shift yet")


def test_what_a_long_dialog_is_sent_with_stays_in_sight(shop: Shop) -> None:
    visits, spa = Visits(shop.store, shop.spa), shop.spa
    visits.finished_with(spa.swedish_60, spa.deep_60, spa.swedish_30)
    desk = shop.cashier()
    expect(desk.get_by_role("button", name="Next customer")).to_be_enabled()
    desk.keyboard.press("F2")
    pay_in_cash(desk, "300")
    desk.get_by_role("button", name="Refund…").click()
    dialog = desk.get_by_role("dialog")
    send = dialog.get_by_role("button", name="Refund", exact=True)
    entries = dialog.get_by_role("textbox")
    taller = "(it) => it.scrollHeight > it.clientHeight"
    assert dialog.evaluate(taller), "all of it is in sight anyway"
    expect(send).to_be_in_viewport(ratio=1)
    looks_right(desk, "cashier", "a long refund")
    # Where the keyboard goes is not behind it.
    expect(entries.first).to_be_focused()
    for entry in entries.all():
        while not entry.evaluate("(it) => it === document.activeElement"):
            desk.keyboard.press("Tab")
        assert box_of(entry)["y"] + box_of(entry)["height"] < box_of(send)["y"]
        expect(send).to_be_in_viewport(ratio=1)
