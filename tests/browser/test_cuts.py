"""The line between a screen and the server is cut, in every step that staff take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from appliance.server.domain.states import TransactionStatus
from tests.browser.conftest import OpenShop
from tests.browser.shop import Shop
from tests.support.campaign import rounds
from tests.support.line import Cut, Line
from tests.support.visits import Visits

LENGTHS = (1, 10, 60)[: rounds(1, 3)]
"""Seconds."""
NO_CONNECTION = "No connection."
CUT_LINE = (
    # The browser's own words; the page's are what the tests look at.
    r"net::ERR_\w+",
    r"WebSocket connection to .* failed",
    r"\b400\b.*/socket\.io/",  # A poll of a session that the restarted server does not know.
)


@dataclass
class Step:
    """One thing that somebody does.

    Attributes:
        event: What stands in the visit's history once it is done.
        do: The tap; what it needs is on the screen already.
        done: What the screen then shows.
    """

    event: str
    do: Callable[[], None]
    done: Locator


class Journey:
    """One customer from the queue to the receipt, as their therapist and their cashier see it.

    Args:
        shop: With a line before its server.
    """

    def __init__(self, shop: Shop) -> None:
        self.visits = Visits(shop.store, shop.spa)
        self.therapist = shop.therapist()
        self.cashier = shop.cashier()
        self.customer = 0

    def steps(self) -> Iterator[tuple[Page, Step]]:
        """Each step, prepared as far as nothing is asked of the server yet."""
        self.customer = self.visits.waiting()
        yield from ((self.therapist, step) for step in self._service())
        yield from ((self.cashier, step) for step in self._payment())

    def _service(self) -> Iterator[Step]:
        page = self.therapist
        button = page.get_by_role("button")
        code = self.visits.row(self.customer).code
        services = page.get_by_role("region", name=str(code)).get_by_role("listitem")

        call = page.get_by_role("button", name="Call next customer", disabled=False)
        expect(call).to_be_visible()
        yield Step(
            "therapist_confirm_next", call.tap, page.get_by_text("Called to room 1", exact=True)
        )
        start = page.get_by_role("button", name="Start service", disabled=False)
        expect(start).to_be_visible()
        yield Step("therapist_start_service", start.tap, page.get_by_text("In service since"))
        button.filter(has_text="Add a service").tap()
        picker = page.get_by_role("dialog", name="Add a service")
        deep = picker.get_by_role("button", name="Deep Tissue")
        expect(deep).to_be_visible()
        yield Step("therapist_add_service", deep.tap, services.nth(1))
        remove = page.get_by_role("button", name="Remove Swedish Massage")
        only = page.get_by_role("region", name=str(code)).filter(has_not_text="Swedish Massage")
        yield Step("therapist_remove_item", remove.tap, only)
        finish = page.get_by_role("button", name="Finish service", disabled=False)
        expect(finish).to_be_visible()
        finish.tap()
        yes = page.get_by_role("button", name="Yes, finish service")
        expect(yes).to_be_visible()
        yield Step("therapist_finish_service", yes.tap, page.get_by_text("Prepare room 1"))
        ready = page.get_by_role("button", name="Room is ready", disabled=False)
        expect(ready).to_be_visible()
        yield Step("therapist_room_ready", ready.tap, page.get_by_text("Room 1 · Ready"))

    def _payment(self) -> Iterator[Step]:
        page = self.cashier
        code = str(self.visits.row(self.customer).code)
        entry = page.get_by_role("textbox", name="Customer's code")
        expect(page.get_by_role("button", name=code)).to_be_visible()
        entry.fill(code)
        bill = page.get_by_role("region", name=code)
        yield Step("cashier_claim_code", lambda: entry.press("Enter"), bill)
        cash = page.get_by_role("textbox", name="Cash received")
        cash.fill("100")
        change = page.get_by_role("heading", name="Change", exact=True)
        yield Step("cashier_pay", lambda: cash.press("Enter"), change)
        again = page.get_by_role("button", name="Print again")
        yield Step(
            "cashier_reprint",
            again.click,
            page.get_by_text("The receipt was sent again", exact=False).first,
        )

    def happened(self, event: str) -> int:
        """How often, as the server has it."""
        if event == "therapist_room_ready":
            return int(self.visits.room().status == "available")
        return self.visits.events(self.customer).count(event)

    def wait_until_done(self, event: str) -> None:
        """Until the server has done it."""
        give_up_at = time.monotonic() + 10
        while self.happened(event) == 0:
            assert time.monotonic() < give_up_at, f"{event} never reached the server"
            time.sleep(0.02)

    def leave(self) -> None:
        """The desk is ready for the next one."""
        self.cashier.get_by_role("button", name="Done").click()


@pytest.fixture
def cut_shop(open_shop: OpenShop) -> Iterator[tuple[Shop, Line]]:
    """A shop with a line before its server."""
    shop = open_shop()
    line = Line(shop.server.port)
    shop.base_url = line.base_url
    for words in CUT_LINE:
        shop.complaints.expect(words)
    yield shop, line
    line.mend()
    for page in shop.screens.values():
        expect(page.get_by_text(NO_CONNECTION)).to_be_hidden()
    line.close()


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("first_lost", ["answer", "question"][: rounds(1, 2)])
def test_a_cut_in_any_step_loses_nothing_and_doubles_nothing(
    cut_shop: tuple[Shop, Line], first_lost: str
) -> None:
    shop, line = cut_shop
    journey = Journey(shop)
    lose_answer = first_lost == "answer"
    for seconds in LENGTHS:
        for page, step in journey.steps():
            line.cut(Cut.NO_ANSWERS if lose_answer else Cut.BROKEN)
            step.do()
            if lose_answer:
                journey.wait_until_done(step.event)
                line.cut(Cut.BROKEN)
            expect(page.get_by_text(NO_CONNECTION)).to_be_visible()
            time.sleep(seconds)  # The length of the cut is what is tested.
            assert journey.happened(step.event) == lose_answer
            line.mend()
            expect(step.done).to_be_visible()
            expect(page.get_by_text(NO_CONNECTION)).to_be_hidden()
            assert journey.happened(step.event) == 1
            lose_answer = not lose_answer
        assert journey.visits.row(journey.customer).status is TransactionStatus.PAID
        assert [job.kind for job in journey.visits.jobs(journey.customer)] == [
            "ticket",
            "receipt",
            "receipt",
        ]
        journey.leave()


def test_a_payment_outlives_a_restart_of_the_server(cut_shop: tuple[Shop, Line]) -> None:
    shop, line = cut_shop
    visits = Visits(shop.store, shop.spa)
    there = visits.at_the_desk()
    desk = shop.cashier()
    desk.get_by_role("textbox", name="Cash received").fill("100")

    line.cut(Cut.NO_ANSWERS)
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("button", name="Take payment")).to_have_attribute("aria-busy", "true")
    shop.server.kill()
    line.cut(Cut.BROKEN)
    expect(desk.get_by_text(NO_CONNECTION)).to_contain_text("Your last tap is kept")
    shop.server.start()
    line.mend()

    expect(desk.get_by_role("heading", name="Change", exact=True)).to_be_visible()
    assert visits.events(there).count("payment_accepted") == 1
    assert len([job for job in visits.jobs(there) if job.kind == "receipt"]) == 1


def test_a_silent_line_is_noticed_and_heals(cut_shop: tuple[Shop, Line]) -> None:
    shop, line = cut_shop
    visits = Visits(shop.store, shop.spa)
    phone = shop.therapist(own_clock=True)
    expect(phone.get_by_text("Nobody is waiting", exact=True)).to_be_visible()
    line.cut(Cut.SILENT)
    expect(phone.get_by_text(NO_CONNECTION)).to_be_visible()
    visits.waiting()
    line.mend()
    expect(phone.get_by_role("heading", name="Next: 0001")).to_be_visible()
    expect(phone.get_by_text(NO_CONNECTION)).to_be_hidden()

    # A tap that never left says so, and is not done later.
    line.cut(Cut.BROKEN)
    expect(phone.get_by_text(NO_CONNECTION)).to_be_visible()
    phone.get_by_role("button", name="Call next customer").tap()
    phone.clock.fast_forward("00:16")
    expect(phone.get_by_role("alert").filter(has_text="nothing was done")).to_be_visible()
    line.mend()
    expect(phone.get_by_text(NO_CONNECTION)).to_be_hidden()
    expect(phone.get_by_role("heading", name="Next: 0001")).to_be_visible()
