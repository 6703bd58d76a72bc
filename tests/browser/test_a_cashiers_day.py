"""A cashier's whole day, from the float to the Z, by keyboard alone and in every language."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from appliance.server.store.models import ZReport
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.translations import LANGUAGES, SOURCE_LANGUAGE, translations
from tests.browser.axe import violations
from tests.browser.conftest import OpenShop
from tests.browser.looks import fits, looks_right
from tests.browser.shop import DESK, PIN, Shop, manager_has_pin
from tests.support.campaign import rounds
from tests.support.spa import PASSWORD
from tests.support.visits import Visits

_MANY = 30
"""Presses of Tab after which something is out of reach."""
_ALL_SLIPS_IN = list(LANGUAGES)[: rounds(1, len(LANGUAGES))]
"""A day with every slip takes most of a minute: with CAMPAIGN=full in every language."""


def figure(amount: str) -> str:
    """What finds an amount or a number, whatever its sign and separators are in a language."""
    whole, point, cents = amount.partition(".")
    digits = f"{int(whole):,}".replace(",", r"\D?") + (rf"\D{cents}" if point else "")
    return rf"(?<!\d){digits}(?!\d)"


def piece(value: int) -> re.Pattern[str]:
    """What the entry of a note or coin is called."""
    return re.compile(rf"^\D*{figure(str(value))}\D*$")


class Words:
    """What a screen says in a language."""

    def __init__(self, language: str) -> None:
        self._say = translations(language).gettext

    def __call__(self, sentence: str) -> str:
        return self._say(sentence)

    def told(self, sentence: str, **figures: str) -> re.Pattern[str]:
        """A sentence with amounts or numbers, however they are written; what is empty is any."""
        text, parameter = "", True
        for part in re.split(r"\{(\w+)\}", self._say(sentence)):
            parameter = not parameter
            if not parameter:
                text += re.escape(part)
            elif figures[part]:
                text += rf"\D*?{figure(figures[part])}\D*?"
            else:
                text += ".*"
        return re.compile(text)

    def then(self, word: str, amount: str) -> re.Pattern[str]:
        """A word with an amount after it."""
        return re.compile(rf"{re.escape(self._say(word))}\D*{figure(amount)}")


class Keys:
    """Somebody with a keyboard and no mouse.

    Each key goes where the focus is, and the focus has to be somewhere.
    """

    def __init__(self, shop: Shop, username: str, path: str) -> None:
        shop.complaints.expect(rf"^{username}: .*\b401\b.*{re.escape(path)}")
        self.page: Page = shop.screen(username, path, DESK)
        self.at(self.page.get_by_label("Username"))
        self.write(username, "Tab", PASSWORD, "Enter")
        self.say = Words(SOURCE_LANGUAGE)
        expect(self.button("Log out")).to_be_visible()

    def speak(self, language: str) -> None:
        """From here on the screen is in this language."""
        # Kept with who is logged in: nobody goes on to another page before that is answered.
        with self.page.expect_response(re.compile(r"/language$")) as kept:
            self.page.get_by_label(self.say("Language"), exact=True).select_option(language)
        assert kept.value.ok
        self.say = Words(language)
        expect(self.page.locator("html")).to_have_attribute("lang", language)
        expect(self.button("Log out")).to_be_visible()

    def button(self, sentence: str) -> Locator:
        """The button that is called so, in the page's language."""
        return self.page.get_by_role("button", name=self.say(sentence))

    def dialog(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("dialog", name=name)

    def looks_right(self) -> None:
        """It fits, and axe-core finds nothing."""
        assert violations(self.page) == []
        fits(self.page)

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
            if word in ("Tab", "Enter", "Escape", "ArrowDown"):
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

    def open(self, opener: Locator, name: str | re.Pattern[str], key: str = "Tab") -> Locator:
        """Walk to a button and press it; a look inside, Escape, and the focus is back on it."""
        self.go(opener, key)
        found = self.dialog(name)
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
        self.paid = self.page.locator("section.paid")

    @property
    def code(self) -> Locator:
        return self.page.get_by_role("textbox", name=self.say("Customer's number"))

    @property
    def cash(self) -> Locator:
        return self.page.get_by_role("textbox", name=self.say("Cash received"))

    @property
    def shift(self) -> Locator:
        return self.page.get_by_role("region", name=self.say("Shift"), exact=True)

    def next(self, *variants: int) -> Locator:
        """A customer comes from the room; her bill."""
        customer = self.visits.finished_with(*variants) if variants else self.visits.finished()
        expect(self.button("Next customer")).to_have_attribute("aria-disabled", "false")
        self.press("F2")
        bill = self.page.get_by_role("region", name=str(self.visits.row(customer).code))
        expect(bill).to_be_visible()
        self.at(self.cash)
        return bill

    def is_paid(self, *says: str | re.Pattern[str]) -> None:
        for words in says:
            expect(self.paid).to_contain_text(words)
        self.at(self.paid.get_by_role("button", name=self.say("Done")))

    def receipt(self, number: int) -> re.Pattern[str]:
        return self.say.told("Receipt {number}", number=str(number))

    def done(self) -> None:
        self.press("Enter")
        self.at(self.code)

    def approve(self, dialog: Locator) -> None:
        """A manager comes to the desk."""
        self.go(dialog.get_by_label(self.say("Manager's username")))
        self.write("gloria", "Tab", PIN, "Enter")
        expect(dialog).to_have_count(0)

    # What every day has

    def starts(self, amount: str, *keys: str) -> None:
        """The float, from the largest note on."""
        self.at(self.code)
        start = self.open(self.button("Start shift…"), self.say("Start shift"))
        self.at(start.get_by_label(piece(100)))
        self.write(*keys)
        expect(start).to_contain_text(re.compile(figure(amount)))
        self.looks_right()
        self.go(start.get_by_role("button", name=self.say("Start shift")))
        self.press("Enter")
        expect(self.shift).to_contain_text(self.say.told("float {amount}", amount=amount))
        self.at(self.code)

    def takes_cash_with_a_tip(self, receipt: int) -> None:
        """100 for 80 and a tip of 15."""
        self.next()
        self.press("F3")
        self.at(self.dialog(self.say("Tip")).get_by_label(self.say("Tip amount")))
        self.write("15", "Enter")
        self.at(self.cash)
        self.write("100", "Enter")
        tip = self.say.told("Tip {amount}", amount="15.00")
        self.is_paid(self.say.then("Change", "5.00"), tip, self.receipt(receipt))
        self.done()

    def puts_a_wrong_tender_right(self, receipt: int) -> None:
        """80, keyed as cash, was card."""
        self.next()
        self.press("F6", "Enter")
        self.is_paid(self.receipt(receipt))
        self.looks_right()
        wrong = self.open(
            self.button("Correct payment method…"), self.say("Correct the payment method")
        )
        all_of_it = self.say("All: {method}").format(method=self.say("Cash"))
        self.at(wrong.get_by_role("button", name=all_of_it))
        self.press("Tab", "Enter")
        expect(wrong.get_by_label(self.say("Card"))).to_have_value("80")
        self.looks_right()
        self.go(wrong.get_by_label(self.say("Reason")))
        self.write("Pressed the wrong key")
        self.approve(wrong)
        self.is_paid(self.say.then("Card", "80.00"))
        self.done()

    def gives_back(self, receipt: int, refund: int) -> None:
        """30 of a past receipt, which is still shown."""
        self.open(self.button("Find a receipt…"), self.say("Find a receipt"))
        self.write(str(receipt), "Enter")
        self.is_paid(self.receipt(receipt))
        back = self.open(self.button("Refund…"), self.say.told("Refund for {code}", code=""))
        self.at(back.get_by_label("Swedish Massage"))
        self.write("30")
        self.looks_right()
        self.go(back.get_by_label(self.say("Reason")))
        self.write("Stopped early")
        self.approve(back)
        sentence = "Refund {number}: {amount}"
        self.is_paid(self.say.told(sentence, number=str(refund), amount="30.00"))

    def counts_and_closes(self, counted: str, expected: str, *keys: str, ones: str) -> None:
        """A blind count, two dollars short, of which 100 stay for tomorrow."""
        count = self.open(
            self.shift.get_by_role("button", name=self.say("Count drawer…")),
            self.say("Count the drawer"),
        )
        self.at(count.get_by_label(piece(100)))
        self.write(*keys)
        self.go(count.get_by_label(piece(1)))
        self.write(ones)
        expect(count).to_contain_text(re.compile(figure(counted)))
        expect(count).not_to_contain_text(expected)
        self.looks_right()
        self.go(count.get_by_role("button", name=self.say("Save count")))
        self.press("Enter")
        close = self.dialog(self.say("Close shift"))
        expect(close).to_contain_text(self.say.told("{amount} short", amount="2.00"))
        self.at(close.get_by_label(self.say("Left in the drawer")))
        self.looks_right()
        self.write("100", "Tab", "A coin rolled away", "Enter")
        expect(self.shift).to_contain_text(self.say("No shift yet"))
        self.at(self.code)


class Office(Keys):
    """Gloria's screen, with the shop's money."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(shop, "gloria", "/manager/money")

    def closes_the_day(self, number: int) -> None:
        """The day gets its Z."""
        self.page.reload()
        close = self.button("Close the day…")
        expect(close).to_be_visible()
        self.page.keyboard.press("Tab")  # A page that has just loaded has the focus nowhere.
        self.go(close)
        self.press("Enter")
        ask = self.dialog(self.say("Close the day?"))
        self.at(ask.get_by_role("button", name=self.say("Close the day"), exact=True))
        self.press("Escape")
        self.at(close)
        self.press("Enter")
        expect(ask).to_contain_text(self.say.told("{amount} short", amount="2.00"))
        self.press("Enter")
        closed = self.dialog(self.say.told("Z report {number}", number=str(number)))
        expect(closed).to_contain_text(self.say("Verified"))
        expect(closed).to_contain_text("A coin rolled away")
        self.at(closed.get_by_role("button", name=self.say("Print again")))
        self.looks_right()
        self.press("Escape")
        expect(self.button("The day is closed")).to_be_visible()


def closed_days(shop: Shop) -> list[dict[str, Any]]:
    """What the Z reports say, the oldest first."""

    def read(unit: UnitOfWork) -> list[dict[str, Any]]:
        reports = unit.session.scalars(select(ZReport).order_by(ZReport.number))
        return [json.loads(report.document) for report in reports]

    return shop.store.run(read)


@pytest.fixture
def shop(open_shop: OpenShop) -> Shop:
    """A shop whose manager has a PIN."""
    opened = open_shop()
    manager_has_pin(opened)
    return opened


@pytest.mark.parametrize("language", _ALL_SLIPS_IN)
def test_a_cashiers_day_by_keyboard(shop: Shop, language: str) -> None:
    desk = Desk(shop)
    desk.speak(language)
    say = desk.say

    # The float: 100 + 50 + 2 × 20 + 10.
    desk.starts("200.00", "1", "Enter", "1", "Enter", "2", "ArrowDown", "1")
    looks_right(desk.page, "cashier", "shift started", language)

    # Cash with a tip. Cash: 295.
    desk.takes_cash_with_a_tip(1)

    # By card. Card: 80.
    desk.next()
    desk.press("F8")
    desk.at(desk.button("Mark as paid"))
    desk.press("Enter")
    desk.is_paid(desk.receipt(2))
    desk.done()

    # By card with a tip, and in cash. Card: 140, cash: 325.
    bill = desk.next()
    split = desk.open(
        bill.get_by_role("button", name=say("Split payment…")),
        say.told("Split payment of {amount}", amount="80.00"),
        "Shift+Tab",
    )
    card = split.get_by_role("group", name=say("Card"))
    desk.at(card.get_by_label(say("Charged, tip included")))
    desk.write("60", "Tab", "10")
    desk.go(split.get_by_role("group", name=say("Cash")).get_by_label(say("Cash received")))
    desk.write("50")
    change = say.told("Change: {amount}", amount="20.00")
    expect(split.get_by_role("status")).to_contain_text(change)
    desk.press("Enter")
    desk.is_paid(say.then("Change", "20.00"), say.then("Card", "60.00"), say.then("Cash", "30.00"))
    desk.done()

    # Two zeros too many, put right. Cash: 405.
    desk.next()
    desk.write("8000", "Enter")
    question = desk.dialog(say.told("Was it really {amount}?", amount="8000.00"))
    desk.at(question.get_by_role("button", name=say("Change the amount")))
    desk.press("Enter")
    desk.at(desk.cash)
    desk.is_replaced_by_the_next_key(desk.cash)
    desk.write("100", "Enter")
    desk.is_paid(say.then("Change", "20.00"))
    desk.done()

    # The wrong discount is taken off and the right one given: 64. Cash: 469.
    bill = desk.next()
    give = bill.get_by_role("button", name=say("Discount…"))
    discount = desk.open(give, say("Discount"), "Shift+Tab")
    for percent in ("50", "20"):
        desk.at(discount.get_by_label(say("Percent"), exact=True))
        desk.write(percent, "Tab", "Late start", "Enter")
        desk.at(discount.get_by_label(say("Manager's username")))
        desk.approve(discount)
        says = bill.get_by_text(say.told("{percent}% off", percent=percent))
        expect(says).to_be_visible()
        desk.at(desk.cash)
        if percent == "50":
            off = say.told("Remove discount: {discount}", discount="")
            desk.go(bill.get_by_role("button", name=off), "Shift+Tab")
            desk.press("Enter")
            expect(says).to_have_count(0)
            desk.at(desk.cash)
            desk.go(give, "Shift+Tab")
            desk.press("Enter")
    expect(bill.get_by_text(re.compile(figure("64.00")))).to_be_visible()
    desk.press("F6")
    expect(desk.cash).to_have_value("64")
    desk.press("Enter")
    desk.is_paid(say("No change due"))
    desk.done()

    # One of two services was not given: its line costs nothing. Card: 220.
    bill = desk.next(shop.spa.swedish_60, shop.spa.deep_60)
    give = bill.get_by_role("button", name=say("Discount…"))
    discount = desk.open(give, say("Discount"), "Shift+Tab")
    desk.write("100", "Tab", "ArrowDown", "ArrowDown", "Tab", "Not given", "Enter")
    desk.at(discount.get_by_label(say("Manager's username")))
    desk.approve(discount)
    nothing = say.told("{percent}% off", percent="100").pattern
    expect(bill).to_contain_text(re.compile(rf"{nothing}\W*Deep Tissue"))
    desk.at(desk.cash)
    desk.press("F8")
    desk.at(desk.button("Mark as paid"))
    desk.press("Enter")
    desk.is_paid(desk.receipt(6))
    desk.done()

    # Keyed as cash, was card. Card: 300.
    desk.puts_a_wrong_tender_right(7)

    # The first customer comes back: 30 of the massage. Cash: 439.
    desk.gives_back(1, 1)
    # And wants the receipt once more.
    desk.press("F4")
    expect(desk.page.get_by_text(say("The receipt was sent again."))).to_have_count(1)
    desk.done()

    # Coins come, notes go to the safe, Ana gets her tips. Cash: 344.
    for steps, amount, reason in ((0, "20", "Coins"), (2, "100", "Safe"), (3, "15", "Tips")):
        desk.go(desk.shift.get_by_role("button", name=say("Cash in/out…")))
        desk.press("Enter")
        move = desk.dialog(say("Cash in or out"))
        desk.at(move.get_by_label(say("Amount")))
        desk.go(move.get_by_role("radio", name=say("Cash in"), exact=True), "Shift+Tab")
        desk.press(*["ArrowDown"] * steps)
        desk.go(move.get_by_label(say("Amount")))
        desk.write(amount, "Tab", reason, "Enter")
        expect(move).to_have_count(0)
        desk.at(desk.code)
    drawer = desk.open(desk.button("Open drawer…"), say("Open the cash drawer?"))
    desk.at(drawer.get_by_label(say("Reason")))
    desk.write("Give change", "Enter")
    expect(drawer).to_have_count(0)

    # 3 × 100 + 2 × 20 + 2 × 1.
    desk.counts_and_closes("342.00", "344", "3", "Enter", "Enter", "2", ones="2")

    manager = Office(shop)
    manager.speak(language)
    manager.closes_the_day(1)

    (told,) = closed_days(shop)
    assert {name: told[name] for name in SAID} == SAID
    (evas,) = told["shifts"]
    assert {name: evas[name] for name in DRAWER} == DRAWER
    shop.command("db", "check")


def test_a_shorter_day_by_keyboard_in_every_other_language(shop: Shop) -> None:
    desk, manager = Desk(shop), Office(shop)
    others = [code for code in LANGUAGES if code != SOURCE_LANGUAGE]
    for day, language in enumerate(others, 1):
        desk.speak(language)
        manager.speak(language)
        # 100 in the drawer; 95 come, and 30 of them go again. Who came second paid by card.
        desk.starts("100.00", "1")
        desk.takes_cash_with_a_tip(2 * day - 1)
        desk.puts_a_wrong_tender_right(2 * day)
        desk.gives_back(2 * day - 1, day)
        desk.done()
        # 100 + 50 + 10 + 3 × 1.
        desk.counts_and_closes("163.00", "165", "1", "Enter", "1", "Enter", "Enter", "1", ones="3")
        manager.closes_the_day(day)

    told = closed_days(shop)
    assert [z["totals"] for z in told] == [{"card": "80.00", "cash": "65.00"}] * len(others)
    assert [z["shifts"][0]["difference"] for z in told] == ["-2.00"] * len(others)
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
