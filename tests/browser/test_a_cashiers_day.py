"""A cashier's whole day, from the float to the Z, by keyboard alone."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from appliance.server.store.models import ZReport
from appliance.server.store.unit_of_work import UnitOfWork
from tests.browser.conftest import OpenShop
from tests.browser.looks import looks_right
from tests.browser.shop import DESK, PIN, Shop, manager_has_pin
from tests.support.spa import PASSWORD
from tests.support.visits import Visits

_MANY = 30
"""Presses of Tab after which something is out of reach."""


class Keys:
    """Somebody with a keyboard and no mouse.

    Each key goes where the focus is, and the focus has to be somewhere.
    """

    def __init__(self, shop: Shop, username: str, path: str) -> None:
        shop.complaints.expect(rf"^{username}: .*\b401\b.*{re.escape(path)}")
        self.page: Page = shop.screen(username, path, DESK)
        self.at(self.page.get_by_label("Username"))
        self.write(username, "Tab", PASSWORD, "Enter")
        expect(self.page.get_by_role("button", name="Log out")).to_be_visible()

    def at(self, entry: Locator) -> None:
        """The focus is here by itself."""
        expect(entry).to_be_focused()

    def somewhere(self) -> None:
        """The focus has not been lost."""
        expect(self.page.locator(":focus")).to_have_count(1)

    def is_replaced_by_the_next_key(self, entry: Locator) -> None:
        """All that it holds is selected."""
        expect(entry).to_have_js_property("selectionStart", 0)
        expect(entry).to_have_js_property("selectionEnd", len(entry.input_value()))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.somewhere()
            self.page.keyboard.press(key)

    def write(self, *words: str) -> None:
        """Type; what is called like a key is pressed."""
        for word in words:
            if word in ("Tab", "Enter", "Escape", "ArrowDown", "ArrowRight", "ArrowLeft"):
                self.press(word)
            else:
                self.somewhere()
                self.page.keyboard.type(word)

    def go(self, there: Locator, key: str = "Tab") -> None:
        """Walk there from where the focus is."""
        expect(there).to_be_visible()
        for _ in range(_MANY):
            if there.evaluate("it => it === document.activeElement"):
                return
            self.press(key)
        raise AssertionError(f"{there} cannot be reached with {key}")

    def open(self, opener: Locator, dialog: str, key: str = "Tab") -> Locator:
        """Walk to a button and press it; a look inside, Escape, and the focus is back on it."""
        self.go(opener, key)
        found = self.page.get_by_role("dialog", name=dialog)
        self.press("Enter")
        expect(found).to_be_visible()
        self.press("Escape")
        expect(found).to_have_count(0)
        self.at(opener)
        self.press("Enter")
        expect(found).to_be_visible()
        return found


class Desk(Keys):
    """Eva's desk."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(shop, "eva", "/cashier/dashboard")
        self.visits = Visits(shop.store, shop.spa)
        self.code = self.page.get_by_role("textbox", name="Customer's number")
        self.cash = self.page.get_by_role("textbox", name="Cash received")
        self.shift = self.page.get_by_role("region", name="Shift", exact=True)
        self.paid = self.page.locator("section.paid")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name)

    def next(self, *variants: int) -> Locator:
        """A customer comes from the room; her bill."""
        customer = self.visits.finished_with(*variants) if variants else self.visits.finished()
        expect(self.button("Next customer")).to_have_attribute("aria-disabled", "false")
        self.press("F2")
        bill = self.page.get_by_role("region", name=str(self.visits.row(customer).code))
        expect(bill).to_be_visible()
        self.at(self.cash)
        return bill

    def is_paid(self, *says: str) -> None:
        for words in says:
            expect(self.paid).to_contain_text(words)
        self.at(self.paid.get_by_role("button", name="Done"))

    def done(self) -> None:
        self.press("Enter")
        self.at(self.code)

    def approve(self, dialog: Locator) -> None:
        """A manager comes to the desk."""
        self.go(dialog.get_by_label("Manager's username"))
        self.write("gloria", "Tab", PIN, "Enter")
        expect(dialog).to_have_count(0)


@pytest.fixture
def shop(open_shop: OpenShop) -> Shop:
    """A shop whose manager has a PIN."""
    opened = open_shop()
    manager_has_pin(opened)
    return opened


def test_a_cashiers_day_by_keyboard(shop: Shop) -> None:
    desk = Desk(shop)
    desk.at(desk.code)

    # The float: 100 + 50 + 2 × 20 + 10.
    start = desk.open(desk.button("Start shift"), "Start shift")
    desk.at(start.get_by_label("$100", exact=True))
    desk.write("1", "Enter", "1", "Enter", "2", "ArrowDown", "1")
    expect(start).to_contain_text("$200.00")
    looks_right(desk.page, "cashier", "start shift")
    desk.go(start.get_by_role("button", name="Start shift"))
    desk.press("Enter")
    expect(desk.shift).to_contain_text("float $200.00")
    desk.at(desk.code)

    # Cash with a tip. Cash: 295.
    desk.next()
    desk.press("F3")
    desk.at(desk.page.get_by_role("dialog", name="Tip").get_by_label("Tip amount"))
    desk.write("15", "Enter")
    desk.at(desk.cash)
    desk.write("100", "Enter")
    desk.is_paid("Change", "$5.00", "Tip $15.00", "Receipt 1")
    desk.done()

    # By card. Card: 80.
    desk.next()
    desk.press("F8")
    desk.at(desk.button("Mark as paid"))
    desk.press("Enter")
    desk.is_paid("Receipt 2")
    desk.done()

    # By card with a tip, and in cash. Card: 140, cash: 325.
    bill = desk.next()
    split = desk.open(bill.get_by_role("button", name="Split payment"), "Split", "Shift+Tab")
    card = split.get_by_role("group", name="Card")
    desk.at(card.get_by_label("Charged, tip included"))
    desk.write("60", "Tab", "10")
    desk.go(split.get_by_role("group", name="Cash").get_by_label("Cash received"))
    desk.write("50")
    expect(split.get_by_role("status")).to_have_text("Change: $20.00")
    desk.press("Enter")
    desk.is_paid("$20.00", "Card $60.00", "Cash $30.00")
    desk.done()

    # Two zeros too many, put right. Cash: 405.
    desk.next()
    desk.write("8000", "Enter")
    question = desk.page.get_by_role("dialog", name="Was it really $8,000.00?")
    desk.at(question.get_by_role("button", name="Change the amount"))
    desk.press("Enter")
    desk.at(desk.cash)
    desk.is_replaced_by_the_next_key(desk.cash)
    desk.write("100", "Enter")
    desk.is_paid("Change", "$20.00")
    desk.done()

    # The wrong discount is taken off and the right one given: 64. Cash: 469.
    bill = desk.next()
    discount = desk.open(bill.get_by_role("button", name="Discount…"), "Discount", "Shift+Tab")
    for percent, says in (("50", "50% off"), ("20", "20% off")):
        desk.at(discount.get_by_label("Percent", exact=True))
        desk.write(percent, "Tab", "Late start", "Enter")
        desk.at(discount.get_by_label("Manager's username"))
        desk.approve(discount)
        expect(bill.get_by_text(says)).to_be_visible()
        desk.at(desk.cash)
        if percent == "50":
            desk.go(bill.get_by_role("button", name="Remove discount: 50% off"), "Shift+Tab")
            desk.press("Enter")
            expect(bill.get_by_text(says)).to_have_count(0)
            desk.at(desk.cash)
            desk.go(bill.get_by_role("button", name="Discount…"), "Shift+Tab")
            desk.press("Enter")
    expect(bill.get_by_text("$64.00")).to_be_visible()
    desk.press("F6")
    expect(desk.cash).to_have_value("64")
    desk.press("Enter")
    desk.is_paid("No change due")
    desk.done()

    # One of two services was not given: its line costs nothing. Card: 220.
    bill = desk.next(shop.spa.swedish_60, shop.spa.deep_60)
    discount = desk.open(bill.get_by_role("button", name="Discount…"), "Discount", "Shift+Tab")
    desk.write("100", "Tab", "ArrowDown", "ArrowDown", "Tab", "Not given", "Enter")
    desk.at(discount.get_by_label("Manager's username"))
    desk.approve(discount)
    expect(bill).to_contain_text("100% off · Deep Tissue")
    desk.at(desk.cash)
    desk.press("F8")
    desk.at(desk.button("Mark as paid"))
    desk.press("Enter")
    desk.is_paid("Receipt 6")
    desk.done()

    # Keyed as cash, was card. Card: 300.
    desk.next()
    desk.press("F6", "Enter")
    desk.is_paid("Receipt 7")
    wrong = desk.open(desk.button("Correct payment method"), "Correct the payment method")
    desk.at(wrong.get_by_role("button", name="All: Cash"))
    desk.press("Tab", "Enter")
    expect(wrong.get_by_label("Card")).to_have_value("80")
    desk.go(wrong.get_by_label("Reason"))
    desk.write("Pressed the wrong key")
    desk.approve(wrong)
    desk.is_paid("Card $80.00")
    desk.done()

    # The first customer comes back: 30 of the massage. Cash: 439.
    desk.open(desk.button("Find a receipt"), "Find a receipt")
    desk.write("1", "Enter")
    desk.is_paid("Receipt 1")
    back = desk.open(desk.button("Refund"), "Refund for")
    desk.at(back.get_by_label("Swedish Massage"))
    desk.write("30")
    desk.go(back.get_by_label("Reason"))
    desk.write("Stopped early")
    desk.approve(back)
    desk.is_paid("Refund 1: $30.00")
    # And wants the receipt once more.
    desk.press("F4")
    expect(desk.page.get_by_text("The receipt was sent again.")).to_have_count(1)
    desk.done()

    # Coins come, notes go to the safe, Ana gets her tips. Cash: 344.
    for steps, amount, reason in ((0, "20", "Coins"), (2, "100", "Safe"), (3, "15", "Tips")):
        desk.go(desk.shift.get_by_role("button", name="Cash in/out"))
        desk.press("Enter")
        move = desk.page.get_by_role("dialog", name="Cash in or out")
        desk.at(move.get_by_label("Amount"))
        desk.go(move.get_by_role("radio", name="Cash in", exact=True), "Shift+Tab")
        desk.press(*["ArrowRight"] * steps)
        desk.go(move.get_by_label("Amount"))
        desk.write(amount, "Tab", reason, "Enter")
        expect(move).to_have_count(0)
        desk.at(desk.code)
    drawer = desk.open(desk.button("Open drawer"), "Open the cash drawer?")
    desk.at(drawer.get_by_label("Reason"))
    desk.write("Give change", "Enter")
    expect(drawer).to_have_count(0)

    # The blind count, two dollars short: 3 × 100 + 2 × 20 + 2 × 1.
    count = desk.open(desk.shift.get_by_role("button", name="Count drawer"), "Count the drawer")
    desk.at(count.get_by_label("$100", exact=True))
    desk.write("3", "Enter", "Enter", "2")
    desk.go(count.get_by_label("$1", exact=True))
    desk.write("2")
    expect(count).to_contain_text("$342.00")
    expect(count).not_to_contain_text("344")
    desk.go(count.get_by_role("button", name="Save count"))
    desk.press("Enter")
    close = desk.page.get_by_role("dialog", name="Close shift")
    expect(close).to_contain_text("$2.00 short")
    desk.at(close.get_by_label("Left in the drawer"))
    desk.write("100", "Tab", "A coin rolled away", "Enter")
    expect(desk.shift).to_contain_text("No shift yet")
    desk.at(desk.code)

    # The manager closes the day.
    manager = Keys(shop, "gloria", "/manager/money")
    manager.page.keyboard.press("Tab")  # A page that has just loaded has the focus nowhere.
    manager.go(manager.page.get_by_role("button", name="Close the day…"))
    manager.press("Enter")
    ask = manager.page.get_by_role("dialog", name="Close the day?")
    manager.at(ask.get_by_role("button", name="Close the day", exact=True))
    manager.press("Escape")
    manager.at(manager.page.get_by_role("button", name="Close the day…"))
    manager.press("Enter")
    expect(ask).to_contain_text("$2.00 short")
    manager.press("Enter")
    closed = manager.page.get_by_role("dialog", name="Z report 1")
    expect(closed).to_contain_text("Verified")
    expect(closed).to_contain_text("A coin rolled away")
    manager.at(closed.get_by_role("button", name="Print again"))
    manager.press("Escape")
    expect(manager.page.get_by_role("button", name="The day is closed")).to_be_visible()

    def z(unit: UnitOfWork) -> dict[str, Any]:
        (report,) = unit.session.scalars(select(ZReport))
        return dict(json.loads(report.document))

    told = shop.store.run(z)
    assert {name: told[name] for name in SAID} == SAID
    (evas,) = told["shifts"]
    assert {name: evas[name] for name in DRAWER} == DRAWER
    shop.command("db", "check")


SAID = {
    "sales": "544.00",  # Six of 80 and one of 64.
    "visits": 7,
    "discounts": "111.50",  # 16 and the Deep Tissue's 95.50.
    "refunds": "30.00",
    "tips": "25.00",
    "corrections": 1,
    "totals": {"card": "300.00", "cash": "239.00"},
    "grand_total": "514.00",
}
DRAWER = {
    "cashier": "Eva",
    "float": "200.00",
    "expected": "344.00",
    "counted": "342.00",
    "difference": "-2.00",
    "difference_reason": "A coin rolled away",
    "left": "100.00",
}
