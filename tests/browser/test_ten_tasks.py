"""Ten tasks, done by someone who goes by what the screens say: steps taken, and how few would do.

`docs/ten-tasks.md` has the table, and says why fewer steps would not do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import expect

from appliance.server.domain.states import SYSTEM
from appliance.server.usecases import manager
from appliance.translations import translations
from tests.browser.conftest import OpenShop
from tests.browser.desks import till_of
from tests.browser.shop import LANDSCAPE, PHONE, PIN, Shop, Taps, manager_has_pin
from tests.browser.steps import Newcomer, count_steps

TABLE = Path(__file__).parents[2] / "docs" / "ten-tasks.md"
LIMIT = 1.3
"""Steps taken to the fewest possible."""


Task = tuple[str, Callable[[], Newcomer], Callable[[Newcomer], None]]


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        task: What is to be done.
        steps: That a newcomer takes.
        fewest: That the task can be done with.
        ratio: The one by the other, as it is printed.
    """

    task: str
    steps: int
    fewest: int
    ratio: str


def table() -> list[Row]:
    """What the page of the documentation says."""
    row = re.compile(r"^\| ([^|]+?) +\| +(\d+) \| +(\d+) \| ([\d.]+) \|", re.MULTILINE)
    return [
        Row(task, int(steps), int(fewest), ratio)
        for task, steps, fewest, ratio in row.findall(TABLE.read_text("utf-8"))
    ]


def test_no_task_takes_much_more_than_the_fewest_steps() -> None:
    for row in table():
        # What takes no step at all is as short as can be.
        ratio = row.steps / row.fewest if row.fewest else 1 + row.steps
        assert (row.task, row.ratio) == (row.task, f"{ratio:.2f}")
        assert ratio <= LIMIT, row.task


def test_a_newcomer_takes_the_steps_of_the_table(open_shop: OpenShop) -> None:
    day = Day(open_shop())
    taken = {task: day.steps_of(who(), do) for task, who, do in day.tasks()}
    assert taken == {row.task: row.steps for row in table()}


class Day:
    """A shop with a closed yesterday, and people who come to its screens for the first time."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        yesterday = till_of(shop, days_ago=1)
        yesterday.open("100")
        yesterday.sale("80", shop.spa.swedish_60)
        yesterday.sale("95.50", shop.spa.deep_60)
        yesterday.count_and_close()
        yesterday.close_day()
        self.till = till_of(shop)
        self.till.open("100")
        self.till.visits.finished()
        manager_has_pin(shop)
        shop.store.run(lambda unit: manager.add_room(unit, SYSTEM, "3"))
        door = shop.screen(
            "kiosk", shop.enrolment("door"), LANDSCAPE, has_touch=True, prepare=count_steps
        )
        self.kiosk = Newcomer(door, touch=True)
        self.desk = Newcomer(shop.cashier(prepare=count_steps))
        self.manager = Newcomer(shop.manager(prepare=count_steps))
        self.therapist = Newcomer(shop.therapist(prepare=count_steps), touch=True)

    def tasks(self) -> list[Task]:
        """What is to be done, by whom, and how; in the order in which a day brings it."""
        return [
            ("Order two services for two people, in Japanese", lambda: self.kiosk, self.order),
            ("Find out how long the wait is", self.a_waiting_customer, self.find_the_wait),
            ("Cancel a number", self.a_waiting_customer, self.cancel),
            ("Take a payment with a tip", lambda: self.desk, self.pay_with_a_tip),
            ("Correct a wrong payment method", lambda: self.desk, self.correct_the_method),
            ("Call a customer again", self.a_therapist_who_has_called, self.call_again),
            ("Hide a service", lambda: self.manager, self.hide_a_service),
            ("Add a therapist", self.a_manager_who_has_closed_the_form, self.add_a_therapist),
            ("Close the day", lambda: self.manager, self.close_the_day),
            ("Find yesterday's receipt", lambda: self.desk, self.find_a_receipt),
        ]

    @staticmethod
    def steps_of(who: Newcomer, do: Callable[[Newcomer], None]) -> int:
        """How many steps it takes them."""
        before = who.steps
        do(who)
        return who.steps - before

    def a_waiting_customer(self) -> Newcomer:
        """At the page behind their ticket's QR code."""
        visit = self.till.visits.row(self.till.visits.waiting())
        path = f"/t/{visit.ticket_token}"
        name = f"guest {visit.code}"
        page = self.shop.screen(name, path, PHONE, has_touch=True, prepare=count_steps)
        expect(page.get_by_text(str(visit.code), exact=True)).to_be_visible()
        return Newcomer(page, touch=True)

    def a_therapist_who_has_called(self) -> Newcomer:
        """Nobody has come to the room yet."""
        self.therapist.tap("Call next customer")
        expect(self.therapist.page.get_by_role("button", name="Start service")).to_be_visible()
        return self.therapist

    def a_manager_who_has_closed_the_form(self) -> Newcomer:
        """Back at the page that was under it."""
        self.manager.tap("Close")
        expect(self.manager.page.get_by_role("dialog")).to_be_hidden()
        return self.manager

    def order(self, who: Newcomer) -> None:
        say = translations("ja").gettext
        who.tap("日本語")
        who.tap(say("Touch to begin"))
        self.choose_for_two(who, "Massage", "Swedish Massage", "60 minutes")
        who.tap("Massage")  # Back, as the arrow and the word behind it say.
        who.tap(say("All services"))
        self.choose_for_two(who, "Facial", "Classic", "One")
        who.tap(say("Confirm and get my number"))
        who.sees(re.compile(r"^\d{4}$"))

    @staticmethod
    def choose_for_two(who: Newcomer, category: str, service: str, variant: str) -> None:
        for name in (category, service, variant):
            who.tap(name)
        row = who.page.locator(".basket-item").filter(has_text=service)
        expect(row.locator(".stepper-count")).to_have_text("1")
        # A second tap at once would be that of a nervous finger.
        Taps(who.page).come_to_rest()
        who.touch(row.locator(".basket-more"))
        expect(row.locator(".stepper-count")).to_have_text("2")

    @staticmethod
    def find_the_wait(who: Newcomer) -> None:
        who.sees(re.compile("^(Estimated wait: |It will be your turn in a moment)"))

    @staticmethod
    def cancel(who: Newcomer) -> None:
        who.tap("Leave the queue…")
        who.tap("Yes, leave the queue")
        who.sees("This ticket was cancelled")

    @staticmethod
    def pay_with_a_tip(who: Newcomer) -> None:
        who.tap("Next customer")
        who.tap("Tip…")
        who.fill("Tip amount", "15")
        who.tap("Add tip")
        who.fill("Cash received", "100")
        who.tap("Mark as paid")
        who.sees("Tip $15.00")

    @staticmethod
    def correct_the_method(who: Newcomer) -> None:
        who.tap("Correct payment method…")
        who.tap("All: Card")
        who.fill("Reason", "Pressed the wrong key")
        who.fill("Manager's username", "gloria")
        who.fill("PIN", PIN)
        who.tap("Correct")
        who.sees("Card $95.00")

    @staticmethod
    def call_again(who: Newcomer) -> None:
        who.tap("Call again")
        who.sees("Called again")

    @staticmethod
    def hide_a_service(who: Newcomer) -> None:
        who.tap("Menu")
        who.tap("Deep Tissue")
        who.tap("Hide from the kiosk")
        who.sees("Hidden")

    @staticmethod
    def add_a_therapist(who: Newcomer) -> None:
        who.tap("People")
        # The form offers the rooms that the page had when it was opened.
        expect(who.page.locator("main")).to_have_attribute("aria-busy", "false")
        who.tap("Add person")
        who.fill("Name", "Maria")
        who.fill("First password", "first water 1")
        who.fill("Room", "Room 3")
        who.tap("Add")
        who.sees("Maria")
        expect(who.page.get_by_role("dialog")).to_be_hidden()

    @staticmethod
    def close_the_day(who: Newcomer) -> None:
        who.tap("Money")
        who.tap("Close the day…")
        who.tap("Count drawer…")
        who.fill("$100", "1")
        who.tap("Save count")
        who.tap("Close shift")
        who.tap("Close the day")
        who.sees("Z report 2")

    @staticmethod
    def find_a_receipt(who: Newcomer) -> None:
        who.tap("Find a receipt…")
        who.tap("Yesterday's receipts")
        who.tap("0001")
        who.sees("Receipt 1")
