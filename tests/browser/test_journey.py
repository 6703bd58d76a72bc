"""A customer's whole visit, in a real browser on every screen, by touch and by click."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenShop
from tests.browser.shop import (
    PHONE,
    Shop,
    Taps,
    call_button,
    expect_blinking,
    height,
    papers,
    press,
    room,
)


def test_a_customer_visits_the_spa(open_shop: OpenShop) -> None:
    Visit(open_shop()).run()


class Visit:
    """The visit, step by step; after each, everybody's screen says so."""

    code = "0001"

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.simulator = shop.simulator()
        self.kiosk = shop.kiosk(still=True)
        self.board = shop.board()
        self.therapist = shop.therapist(path="/therapist/dashboard?from=home-screen")
        self.cashier = shop.cashier()
        self.called = self.board.get_by_role("region", name="Now calling")
        self.waiting = self.board.get_by_role("region", name="Waiting")
        self.ready_to_pay = self.cashier.get_by_role("region", name="Ready to pay")

    def run(self) -> None:
        self.everybody_waits()
        self.the_customer_chooses()
        self.the_code_is_on_the_screen_and_on_paper()
        self.the_room_calls()
        self.the_service_starts()
        self.the_therapist_adds_a_service()
        self.the_service_ends()
        self.the_customer_pays()
        self.the_receipt_comes_out()
        self.everybody_has_left()

    def everybody_waits(self) -> None:
        expect(self.kiosk.get_by_text("No wait right now")).to_be_visible()
        expect(self.waiting).to_contain_text("Nobody is waiting")
        expect(self.called).not_to_contain_text("Room")
        expect(self.therapist.get_by_text("Nobody is waiting", exact=True)).to_be_visible()
        expect(self.ready_to_pay.get_by_role("button")).to_have_count(0)
        expect(room(self.simulator, "1")).to_contain_text("Nobody is waiting")

    def the_customer_chooses(self) -> None:
        tap = Taps(self.kiosk)
        selection = self.kiosk.get_by_role("region", name="Your selection")
        confirm = self.kiosk.get_by_role("button", name="Confirm and get my number")
        tap.button("Touch to begin")
        expect(confirm).to_be_disabled()
        tap.button("Massage")
        tap.button_that_begins("Swedish Massage")
        tap.button_that_begins("30 minutes")
        expect(selection).to_contain_text("$50.00")
        tap.button("Massage")
        tap.button("All services")
        tap.button("Facial")
        tap.button_that_begins("Classic")
        tap.button_that_begins("One")
        expect(selection.get_by_role("status")).to_contain_text(re.compile(r"1.h.20.min\s+\$115"))
        confirm.tap()

    def the_code_is_on_the_screen_and_on_paper(self) -> None:
        expect(self.kiosk.get_by_role("heading", name="Your number is 0 0 0 1")).to_be_visible()
        assert height(self.kiosk.get_by_text(self.code, exact=True)) > 200
        expect(self.kiosk.get_by_text("Please take your ticket")).to_be_visible()
        ticket = papers(self.simulator, "lobby").first
        for words in (
            "Swedish Massage, 30 minutes",
            "Classic, One",
            "1 h 20 min",
            "$115.00",
            re.compile(r"Place in the queue\s+1"),
        ):
            expect(ticket).to_contain_text(words)
        code = ticket.get_by_text(self.code, exact=True)
        assert height(code) > 3 * height(ticket.get_by_text("Your number", exact=True))
        self.phone = self.scan(ticket.get_by_role("link", name="QR code"))
        expect(self.phone.get_by_role("heading", name="You are next")).to_be_visible()
        expect(self.phone.get_by_text(self.code, exact=True)).to_be_visible()
        expect(self.waiting).to_contain_text(self.code)
        expect(self.therapist.get_by_role("heading", name=f"Next: {self.code}")).to_be_visible()
        self.kiosk.get_by_role("button", name="Done").tap()
        expect(self.kiosk.get_by_role("button", name="Touch to begin")).to_be_visible()
        expect(self.kiosk.get_by_text("1 person is waiting")).to_be_visible()

    def scan(self, qr: Locator) -> Page:
        address = qr.get_attribute("href")
        assert address
        assert re.fullmatch(re.escape(self.shop.server.base_url) + r"/t/[\w-]{20,}", address)
        return self.shop.screen(
            "phone", address, PHONE, own_clock=True, has_touch=True, is_mobile=True
        )

    def the_phone_says(self, title: str) -> None:
        """It asks every five seconds; the test does not wait for them to pass."""
        self.phone.clock.fast_forward("00:05")
        expect(self.phone.get_by_role("heading", name=title)).to_be_visible()

    def the_room_calls(self) -> None:
        for number in ("1", "2"):
            expect(room(self.simulator, number)).to_contain_text("Customers are waiting")
            expect_blinking(room(self.simulator, number))
        press(self.simulator, "1")
        expect(room(self.simulator, "1")).to_contain_text("Customer called, on the way")
        expect_blinking(room(self.simulator, "1"))
        expect(room(self.simulator, "2")).to_contain_text("Nobody is waiting")
        expect(self.called).to_contain_text(re.compile(rf"{self.code}\s*Room\s*1"))
        expect(self.waiting).not_to_contain_text(self.code)
        assert height(self.called.get_by_text(self.code, exact=True)) > 60
        self.the_phone_says("Please go to room 1")
        expect(self.therapist.get_by_text("Called to room 1")).to_be_visible()
        expect(self.therapist.get_by_role("button", name="Start service")).to_be_visible()

    def the_service_starts(self) -> None:
        press(self.simulator, "1")
        lamp = room(self.simulator, "1")
        expect(lamp).to_contain_text("In service")
        expect(lamp).to_have_attribute("data-lamp", "on")
        expect(self.therapist.get_by_text("In service since")).to_be_visible()
        # The call stays a while, below the stage, for those who look up late.
        expect(self.called.get_by_text("Please take a seat")).to_be_visible()
        expect(self.called.get_by_role("listitem")).to_contain_text(self.code)
        self.the_phone_says("Enjoy your treatment")

    def the_therapist_adds_a_service(self) -> None:
        self.therapist.get_by_role("button", name="Add a service").tap()
        picker = self.therapist.get_by_role("dialog", name="Add a service")
        picker.get_by_role("searchbox", name="Search services").fill("deep")
        picker.get_by_role("button", name="Deep Tissue").tap()
        expect(picker).to_be_hidden()
        customer = self.therapist.get_by_role("region", name=self.code)
        expect(customer.get_by_role("listitem")).to_have_count(3)
        expect(customer).to_contain_text(re.compile(r"2.h.20.min\s+\$210\.50"))

    def the_service_ends(self) -> None:
        call_button(self.simulator, "1").hover()
        self.simulator.mouse.down()
        # The finger stays until the lamp answers, as a person's does.
        expect(room(self.simulator, "1")).to_contain_text("Room being prepared")
        self.simulator.mouse.up()
        expect(self.therapist.get_by_text("Clean room 1")).to_be_visible()
        expect(self.ready_to_pay.get_by_role("button", name=self.code)).to_contain_text("$210.50")
        self.the_phone_says("Please pay at the front desk")
        press(self.simulator, "1")
        expect(room(self.simulator, "1")).to_contain_text("Nobody is waiting")
        expect(self.therapist.get_by_text("Room 1 · Ready")).to_be_visible()

    def the_customer_pays(self) -> None:
        desk = self.cashier
        expect(desk.get_by_role("textbox", name="Customer's number")).to_be_focused()
        desk.keyboard.type(self.code)
        desk.keyboard.press("Enter")
        bill = desk.get_by_role("region", name=self.code)
        for words in ("Swedish Massage", "Classic", "Deep Tissue", "Room 1 · Ana", "$210.50"):
            expect(bill).to_contain_text(words)
        self.the_phone_says("You are at the front desk")
        cash = desk.get_by_role("textbox", name="Cash received")
        cash.fill("200")
        desk.get_by_role("button", name="Mark as paid").click()
        refusal = desk.get_by_role("alert").filter(has_text=re.compile(r"\w+ .*\."))
        expect(refusal).to_be_visible()
        expect(refusal).to_contain_text("210.50")
        expect(cash).to_be_focused()
        desk.keyboard.type("250")  # What was refused is replaced, not added to.
        expect(cash).to_have_value("250")
        desk.get_by_role("button", name="Mark as paid").click()
        expect(desk.get_by_role("heading", name="Change", exact=True)).to_be_visible()
        assert height(desk.get_by_text("$39.50", exact=True)) > 60
        expect(desk.get_by_text("$250.00 received in cash for $210.50")).to_be_visible()

    def the_receipt_comes_out(self) -> None:
        receipt = papers(self.simulator, "desk").first
        for words in (
            re.compile(r"Number\s+0001"),
            re.compile(r"Cashier\s+Eva"),
            re.compile(r"Swedish Massage, 30 minutes\s+\$50\.00"),
            re.compile(r"Classic, One\s+\$65\.00"),
            re.compile(r"Deep Tissue, 60 minutes\s+\$95\.50"),
            re.compile(r"Total\s+\$210\.50"),
            re.compile(r"Payment\s+Cash"),
            re.compile(r"Paid\s+\$250\.00"),
            re.compile(r"Change\s+\$39\.50"),
        ):
            expect(receipt).to_contain_text(words)
        expect(receipt).not_to_contain_text("COPY")
        expect(self.simulator.get_by_text("Cash drawer opened")).to_be_visible()
        expect(self.cashier.get_by_text("Receipt sent to printer.")).to_be_visible()

    def everybody_has_left(self) -> None:
        self.the_phone_says("Thank you")
        self.cashier.get_by_role("button", name="Done").click()
        expect(self.cashier.get_by_role("textbox", name="Customer's number")).to_be_focused()
        for printer in ("lobby", "desk"):
            expect(papers(self.simulator, printer)).to_have_count(1)
