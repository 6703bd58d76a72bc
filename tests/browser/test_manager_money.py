"""The manager's money: today live, the day's close, closed days, reports, receipts, the history."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from appliance.server.domain.adjustments import AdjustmentKind
from appliance.server.store.models import PrintJob
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.server.usecases.till import adjustments, refunds
from appliance.translations import LANGUAGES, translations
from tests.browser import pictures
from tests.browser.conftest import OpenShop
from tests.browser.desks import close_a_day, till_of
from tests.browser.looks import fits, looks_right
from tests.browser.shop import DESK, PHONE, Shop
from tests.browser.test_staff_screens import offer_long_names
from tests.support.till import offer
from tests.support.visits import Visits

MONEY = "/manager/money"
SIZES = (PHONE, DESK)


def papers(shop: Shop, title: str) -> int:
    """How many papers of this title have been owed."""

    def look(unit: UnitOfWork) -> int:
        documents = unit.session.scalars(select(PrintJob.document))
        return sum(document.get("title") == title for document in documents)

    return shop.store.run(look)


def happened(page: Page, what: str) -> Locator:
    """The history's rows that say so."""
    return page.get_by_role("listitem").filter(has=page.get_by_text(what, exact=True))


def open_view(page: Page, name: str) -> None:
    """Go to one of the views of the money page."""
    page.get_by_role("navigation", name="Views").get_by_role("link", name=name).click()


def tile(page: Page, label: str) -> Locator:
    """The figure with this label."""
    return page.locator(".money-tile").filter(has=page.get_by_text(label, exact=True))


def test_a_day_from_the_first_sale_to_the_z(open_shop: OpenShop, tmp_path: Path) -> None:
    shop = open_shop()
    close_a_day(shop, days_ago=3)
    till = till_of(shop)
    page = shop.manager(path=MONEY)
    expect(tile(page, "Collected")).to_contain_text("$0.00")

    # What happens at the desk is here by itself.
    till.open("200")
    till.sale("100", shop.spa.swedish_60)
    expect(tile(page, "Collected")).to_contain_text("$80.00")
    paid = till.at_the_desk(shop.spa.deep_60)
    till.pay(paid, offer("card", "105.50", "10"))
    till.refund(paid, "20")
    till.visits.finished()
    expect(tile(page, "Collected")).to_contain_text("$165.50")
    expect(tile(page, "Tips")).to_contain_text("$10.00")
    expect(tile(page, "Refunds")).to_contain_text("$20.00")
    owing = page.get_by_role("region", name="Not paid yet")
    expect(owing).to_contain_text("$80.00")
    looks_right(page, "money", "today")
    page.get_by_role("button", name="Print X report").click()
    expect(page.get_by_role("status").filter(has_text="sent to the printer")).to_have_count(1)
    assert papers(shop, "X report") == 1

    # By keyboard: the drawer that is still open, the count, the close.
    page.get_by_role("button", name="Close the day…").focus()
    page.keyboard.press("Enter")
    missing = page.get_by_role("dialog", name="The day cannot be closed yet")
    expect(missing).to_contain_text("Eva")
    missing.get_by_role("button", name="Count drawer…").focus()
    page.keyboard.press("Enter")
    count = page.get_by_role("dialog", name="Count the drawer")
    expect(count.get_by_label("$100", exact=True)).to_be_focused()
    page.keyboard.type("2")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("1")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("1")
    expect(count).to_contain_text("$270.00")
    count.get_by_role("button", name="Save count").focus()
    page.keyboard.press("Enter")
    close = page.get_by_role("dialog", name="Close shift")
    expect(close).to_contain_text("$10.00 short")
    close.get_by_label("Reason for the difference").focus()
    page.keyboard.type("Wrong change")
    page.keyboard.press("Enter")
    question = page.get_by_role("dialog", name="Close the day?")
    expect(question).to_contain_text("$165.50")
    expect(question).to_contain_text("1 customer has not paid yet ($80.00)")
    expect(question.get_by_role("button", name="Close the day", exact=True)).to_be_focused()
    looks_right(page, "money", "close the day")
    page.keyboard.press("Enter")
    closed = page.get_by_role("dialog", name="Z report 2")
    expect(closed).to_contain_text("Verified")
    expect(closed).to_contain_text("Wrong change")
    looks_right(page, "money", "z")
    assert papers(shop, "Z report 2") == 1
    expect(closed.get_by_role("button", name="Print again")).to_be_focused()
    Visits(shop.store, shop.spa).papers_are_out()
    page.keyboard.press("Enter")
    expect(closed.get_by_role("status")).to_contain_text("sent to the printer again")
    assert papers(shop, "Z report 2") == 2
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="The day is closed")).to_be_visible()

    open_view(page, "Closed days")
    expect(page.get_by_role("button", name="Z 2")).to_contain_text("Verified")
    expect(page.get_by_role("button", name="Z 1")).to_contain_text("$80.00")

    open_view(page, "Reports")
    expect(page.get_by_role("radio", name="Week")).to_be_checked()
    expect(page.get_by_role("heading", name="Collected by day")).to_be_visible()
    expect(page.get_by_role("cell", name="165.50", exact=True).first).to_be_visible()
    looks_right(page, "money", "week")
    page.get_by_label("Month").check()
    page.get_by_role("combobox", name="By").select_option("method")
    table = page.get_by_role("table")
    expect(table.get_by_role("row", name="Card")).to_contain_text("95.50")
    with page.expect_download() as file:
        page.get_by_role("link", name="Download CSV").click()
    file.value.save_as(tmp_path / "report.csv")
    lines = list(csv.reader((tmp_path / "report.csv").read_text("utf-8-sig").splitlines()))
    assert lines[0][0] == "method"

    open_view(page, "Receipts")
    number = str(till.row(paid).payment.receipt_number)
    page.get_by_label("Receipt number", exact=True).last.fill(number)
    page.keyboard.press("Enter")
    receipt = page.get_by_role("dialog", name=f"Receipt {number}")
    expect(receipt).to_contain_text("Refund 1")
    looks_right(page, "money", "receipt")
    receipt.get_by_role("button", name="Print a copy").click()
    expect(receipt.get_by_role("status")).not_to_be_empty()
    # Her own word is enough, but the money needs a drawer that somebody counts.
    receipt.get_by_role("button", name="Refund…").click()
    refund = page.get_by_role("dialog", name="Refund for")
    expect(refund.get_by_role("alert").first).to_contain_text("Ask a cashier to start one")
    expect(refund.get_by_label("PIN")).to_have_count(0)
    refund.get_by_role("button", name="Cancel").click()
    till.open("100", by=shop.spa.eva)
    till.open("50", by=shop.spa.felix)
    receipt.get_by_role("button", name="Refund…").click()
    refund.get_by_label("Felix").check()
    refund.get_by_label("Deep Tissue").fill("10")
    refund.get_by_label("Reason").fill("Stopped early")
    looks_right(page, "money", "refund")
    refund.get_by_role("button", name="Refund", exact=True).click()
    expect(refund).to_have_count(0)
    expect(receipt).to_contain_text("Refund 2")
    page.keyboard.press("Escape")

    page.get_by_role("navigation", name="Sections").get_by_role("link", name="History").click()
    expect(happened(page, "Closed the day").first).to_be_visible()
    looks_right(page, "history", "everything")
    page.get_by_label("What").select_option("shift_close")
    expect(page.get_by_text("Wrong change")).to_be_visible()
    expect(happened(page, "Took the payment")).to_have_count(0)
    page.get_by_role("button", name="Show all").click()
    page.get_by_label("Who").select_option("Ana")
    page.get_by_label("Customer's number").fill(str(till.row(paid).code))
    expect(happened(page, "Started the service").first).to_be_visible()
    expect(happened(page, "Closed the day")).to_have_count(0)
    shop.complaints.expect(r"^gloria: .*\b400\b.*history")
    page.get_by_label("Customer's number").fill("99999")
    expect(page.get_by_role("alert").filter(has_text="number")).to_be_visible()


def test_a_receipt_adds_up_after_rounding_correction_and_refund(open_shop: OpenShop) -> None:
    """The rounding goes with cash that was a card, and a refund is what went back in coins."""
    shop = open_shop(CASH_ROUNDING="0.50")
    till = till_of(shop).with_settings(cash_rounding=Decimal("0.50"))
    till.open("200")
    corrected = till.at_the_desk(shop.spa.deep_60)
    off = till.run(
        lambda u: (
            adjustments.adjust(
                u,
                till.shop,
                shop.spa.eva,
                corrected,
                AdjustmentKind.AMOUNT_OFF,
                Decimal("0.20"),
                "Late start",
                approver=till.approver,
            ).total_amount
        )
    )
    assert off == Decimal("95.30")
    till.pay(corrected, offer("cash", "95.50"))
    page = shop.manager(path=MONEY)
    open_view(page, "Receipts")

    def open_receipt() -> Locator:
        page.get_by_label("Receipt number", exact=True).last.fill("1")
        page.keyboard.press("Enter")
        return page.get_by_role("dialog", name="Receipt 1")

    expect(open_receipt()).to_contain_text("Cash rounding")
    page.keyboard.press("Escape")
    till.run(
        lambda u: refunds.correct_tender(
            u, till.shop, shop.spa.eva, corrected, {"card": off}, "slip", till.approver
        )
    )
    receipt = open_receipt()
    expect(receipt).to_contain_text("Card")
    expect(receipt).not_to_contain_text("Cash rounding")
    page.keyboard.press("Escape")
    till.refund(corrected, "10.20", {"cash": Decimal("10.20")})
    expect(open_receipt()).to_contain_text("-$10.00")


def test_long_names_and_large_amounts(open_shop: OpenShop) -> None:
    currency = "KWD"
    shop = open_shop(APPLIANCE_CURRENCY=currency)
    variant = offer_long_names(shop)
    old_ticket = ""
    for days_ago in (5, 4, 2, 1, 0):
        till = till_of(shop, currency, days_ago)
        till.open("0")
        first = till.sale("2000000", variant)
        old_ticket = old_ticket or till.row(first).ticket_token
        till.pay(till.at_the_desk(variant), offer("card", "1300000", "65433"))
        if days_ago:
            till.count_and_close()
            till.close_day()
    till.visits.finished_with(variant)
    page = shop.manager(path=MONEY)
    expect(page.get_by_text("1,234,567.000").first).to_be_visible()
    spoken = "Language"
    for language in LANGUAGES:
        say = translations(language).gettext
        page.get_by_label(spoken, exact=True).select_option(language)
        spoken = say("Language")
        for view in ("today", "reports", "closed", "receipts"):
            page.goto(f"{MONEY}#{view}")
            for size in SIZES:
                page.set_viewport_size(size)  # type: ignore[arg-type]
                expect(page.locator(".skeleton")).to_have_count(0)
                pictures.keep(page, "money", view, currency, language)
                fits(page)
            if view == "reports":
                page.locator("select").nth(1).select_option("service")
                expect(page.locator(".bars")).to_be_visible()
                pictures.keep(page, "money", "by service", currency, language)
                fits(page)
        page.goto("/manager/history")
        expect(page.locator(".skeleton")).to_have_count(0)
        for size in SIZES:
            page.set_viewport_size(size)  # type: ignore[arg-type]
            pictures.keep(page, "history", currency, language)
            fits(page)
        page.goto(MONEY)

    # Someone comes back to the desk, with the receipt's number or with the ticket.
    desk = shop.cashier()
    desk.get_by_role("button", name="Find a receipt…").click()
    search = desk.get_by_role("dialog", name="Find a receipt")
    entry = search.get_by_role("textbox", name="Receipt number")
    entry.fill("999")
    desk.keyboard.press("Enter")
    expect(search.get_by_text("No receipt found")).to_be_visible()
    entry.fill("1")
    desk.keyboard.press("Enter")
    expect(search).to_have_count(0)
    expect(desk.get_by_text("Receipt 1", exact=True)).to_be_visible()
    expect(desk.get_by_role("button", name="Refund…")).to_be_visible()
    desk.get_by_role("button", name="Done").click()
    # The customer's own page is gone by then; the payment is not.
    shop.complaints.expect(r"^eva: .*\b404\b.*/api/t/")
    desk.keyboard.type(f"http://spa.test/t/{old_ticket}")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Receipt 1", exact=True)).to_be_visible()
