"""The line between a screen and the server is cut, in every step that staff take."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from appliance.server.domain.states import TransactionStatus
from tests.browser.complaints import LINE_IS_CUT
from tests.browser.conftest import OpenShop
from tests.browser.shop import Shop, Taps
from tests.support.campaign import rounds
from tests.support.line import Cut, Line
from tests.support.visits import Visits

LENGTHS = (1, 10, 60)[: rounds(1, 3)]
"""Seconds."""
RESTARTED_IN = ["customer_confirm_selection", "therapist_finish_service"]
"""The steps in which the server restarts in `make test`; in a campaign it does in each."""
ATTEMPTS = 10
"""After so many in vain a page does not depend on WebSockets any more."""
NO_CONNECTION = re.compile(r"No connection\.|Reconnecting")


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
    """One customer from the kiosk to the receipt, as everybody's own screen shows it.

    Args:
        shop: With a line before its server.
    """

    def __init__(self, shop: Shop) -> None:
        self.visits = Visits(shop.store, shop.spa)
        self.kiosk = shop.kiosk()
        self.therapist = shop.therapist()
        self.cashier = shop.cashier()

    def steps(self) -> Iterator[tuple[Page, Step]]:
        """Each step, prepared as far as nothing is asked of the server yet."""
        yield from ((self.kiosk, step) for step in self._selection())
        yield from ((self.therapist, step) for step in self._service())
        yield from ((self.cashier, step) for step in self._payment())

    @property
    def customer(self) -> int:
        """The one who came last."""
        return self.visits.newest()

    def _selection(self) -> Iterator[Step]:
        page = self.kiosk
        tap = Taps(page)
        chosen = page.get_by_role("region", name="Your selection").get_by_role("listitem")
        tap.button("Touch to begin")
        tap.button("Massage")
        tap.button_that_begins("Swedish Massage")
        longer = page.get_by_role("button", name=re.compile("^60 minutes"))
        shorter = page.get_by_role("button", name=re.compile("^30 minutes"))
        expect(longer).to_be_visible()
        yield Step("customer_start", longer.tap, chosen)
        shorter.tap()
        both = page.get_by_role("button", name="Keep both")
        expect(both).to_be_visible()
        yield Step("customer_add_item", both.tap, chosen.nth(1))
        remove = page.get_by_role("button", name="Remove Swedish Massage, 30 minutes")
        only = page.get_by_role("region", name="Your selection").filter(has_not_text="30 minutes")
        yield Step("customer_remove_item", remove.tap, only)
        confirm = page.get_by_role("button", name="Confirm and get my number")
        number = page.get_by_role("heading", name="Your number is")
        yield Step("customer_confirm_selection", confirm.tap, number)
        tap.button("Done")

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
        yield Step("therapist_finish_service", yes.tap, page.get_by_text("Clean room 1"))
        ready = page.get_by_role("button", name="Mark room ready", disabled=False)
        expect(ready).to_be_visible()
        yield Step("therapist_room_ready", ready.tap, page.get_by_text("Room 1 · Ready"))

    def _payment(self) -> Iterator[Step]:
        page = self.cashier
        code = str(self.visits.row(self.customer).code)
        entry = page.get_by_role("textbox", name="Customer's number")
        expect(page.get_by_role("button", name=code)).to_be_visible()
        entry.fill(code)
        bill = page.get_by_role("region", name=code)
        yield Step("cashier_claim_code", lambda: entry.press("Enter"), bill)
        cash = page.get_by_role("textbox", name="Cash received")
        cash.fill("100")
        change = page.get_by_role("heading", name="Change", exact=True)
        yield Step("cashier_pay", lambda: cash.press("Enter"), change)
        again = page.get_by_role("button", name="Print again")
        # What has not come out yet is not printed twice.
        self.visits.papers_are_out(self.customer)
        yield Step(
            "cashier_reprint",
            again.click,
            page.get_by_text("The receipt was sent again", exact=False).first,
        )

    def happened(self, event: str) -> int:
        """How often, as the server has it."""
        if event == "customer_start":
            return len(self.visits.everybody())
        if event == "therapist_room_ready":
            return int(self.visits.room().status == "available")
        return self.visits.events(self.customer).count(event)

    def reaches(self, event: str, times: int) -> bool:
        """Whether the server does it so often; waits for it.

        After a long outage a page is on polling for a while: there a tap may wait behind an
        unanswered question, and be lost with it.
        """
        give_up_at = time.monotonic() + 30
        while self.happened(event) < times and time.monotonic() < give_up_at:
            time.sleep(0.02)
        return self.happened(event) == times

    def ends_well(self) -> None:
        """Paid once, on paper as often as somebody asked; the desk is ready for the next one."""
        assert self.visits.row(self.customer).status is TransactionStatus.PAID
        assert [job.kind for job in self.visits.jobs(self.customer)] == [
            "ticket",
            "receipt",
            "receipt",
        ]
        self.cashier.get_by_role("button", name="Done").click()


@dataclass
class Healing:
    """How fast screens were, in seconds: said at the end, not asserted."""

    noticed: list[float] = field(default_factory=list)
    right: list[float] = field(default_factory=list)

    def longest(self) -> str:
        """Both in words."""
        return f"noticed within {max(self.noticed):.2f} s, right within {max(self.right):.2f} s"


@pytest.fixture
def cut_shop(open_shop: OpenShop) -> Iterator[tuple[Shop, Line]]:
    """A shop with a line before its server."""
    shop = open_shop()
    line = Line(shop.server.port)
    shop.base_url = line.base_url
    for words in LINE_IS_CUT:
        shop.complaints.expect(words)
    yield shop, line
    line.mend()
    for page in shop.screens.values():
        # How soon is the tests' own question; here everything ends well, on a slow machine too.
        expect(page.get_by_text(NO_CONNECTION)).to_be_hidden(timeout=120_000)
    line.close()


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("first_lost", ["answer", "question"][: rounds(1, 2)])
def test_a_cut_in_any_step_loses_nothing_and_doubles_nothing(
    cut_shop: tuple[Shop, Line],
    first_lost: str,
    record_property: Callable[[str, object], None],
) -> None:
    shop, line = cut_shop
    journey = Journey(shop)
    lose_answer = first_lost == "answer"
    healing = Healing()
    for seconds in LENGTHS:
        for page, step in journey.steps():

            def wait(seconds: int = seconds) -> None:
                time.sleep(seconds)  # The length of the cut is what is tested.

            interrupt(journey, page, step, line, wait, healing, lose_answer=lose_answer)
            lose_answer = not lose_answer
        journey.ends_well()
    record_property("healing", healing.longest())


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("first_lost", ["answer", "question"][: rounds(1, 2)])
def test_the_server_restarts_in_the_middle_of_a_step(
    cut_shop: tuple[Shop, Line],
    first_lost: str,
    record_property: Callable[[str, object], None],
) -> None:
    shop, line = cut_shop
    journey = Journey(shop)
    lose_answer = first_lost == "answer"
    healing = Healing()

    def restart() -> None:
        shop.server.kill()
        shop.server.start()

    for page, step in journey.steps():
        if rounds(0, 1) or step.event in RESTARTED_IN:
            interrupt(journey, page, step, line, restart, healing, lose_answer=lose_answer)
            lose_answer = not lose_answer
        else:
            step.do()
            expect(step.done).to_be_visible()
    journey.ends_well()
    record_property("healing", healing.longest())


def interrupt(
    journey: Journey,
    page: Page,
    step: Step,
    line: Line,
    meanwhile: Callable[[], None],
    healing: Healing,
    *,
    lose_answer: bool,
) -> None:
    """Cut the line in a step; it must be shown, heal by itself, and the step be done once."""
    # The last cut was everybody's: who is not back yet could not even begin.
    expect(page.get_by_text(NO_CONNECTION)).to_be_hidden()
    before = journey.happened(step.event)
    line.cut(Cut.NO_ANSWERS if lose_answer else Cut.SILENT)
    cut_at = time.monotonic()
    step.do()
    if lose_answer:
        lose_answer = journey.reaches(step.event, before + 1)
        line.cut(Cut.BROKEN)
        cut_at = time.monotonic()
    expect(page.get_by_text(NO_CONNECTION)).to_be_visible()
    healing.noticed.append(time.monotonic() - cut_at)
    line.cut(Cut.BROKEN)
    meanwhile()
    assert journey.happened(step.event) == before + lose_answer
    line.mend()
    mended_at = time.monotonic()
    expect(step.done).to_be_visible()
    expect(page.get_by_text(NO_CONNECTION)).to_be_hidden()
    healing.right.append(time.monotonic() - mended_at)
    assert journey.happened(step.event) == before + 1


def test_a_payment_outlives_a_restart_of_the_server(cut_shop: tuple[Shop, Line]) -> None:
    shop, line = cut_shop
    visits = Visits(shop.store, shop.spa)
    there = visits.at_the_desk()
    desk = shop.cashier()
    desk.get_by_role("textbox", name="Cash received").fill("100")

    line.cut(Cut.NO_ANSWERS)
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("button", name="Mark as paid")).to_have_attribute("aria-busy", "true")
    shop.server.kill()
    line.cut(Cut.BROKEN)
    expect(desk.get_by_text(NO_CONNECTION)).to_contain_text("Your last tap is saved")
    shop.server.start()
    line.mend()

    expect(desk.get_by_role("heading", name="Change", exact=True)).to_be_visible()
    assert visits.events(there).count("payment_accepted") == 1
    assert len([job for job in visits.jobs(there) if job.kind == "receipt"]) == 1


def test_a_browser_that_holds_websockets_back_comes_back_without(
    cut_shop: tuple[Shop, Line],
) -> None:
    shop, line = cut_shop
    phone = shop.therapist()
    held = False

    def socket(route: WebSocketRoute) -> None:
        if not held:
            route.connect_to_server()

    phone.route_web_socket(re.compile(r"/socket\.io/"), socket)
    phone.reload()
    expect(phone.get_by_text("Nobody is waiting", exact=True)).to_be_visible()
    line.cut(Cut.BROKEN)
    expect(phone.get_by_text(NO_CONNECTION)).to_be_visible()
    for _ in range(ATTEMPTS):
        phone.wait_for_event("requestfailed")
    held = True  # As Chromium does for seconds after many attempts in vain.
    Visits(shop.store, shop.spa).waiting()
    line.mend()
    expect(phone.get_by_text(NO_CONNECTION)).to_be_hidden()
    expect(phone.get_by_role("heading", name="Next: 0001")).to_be_visible()


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
    expect(phone.get_by_role("alert").filter(has_text="nothing was saved")).to_be_visible()
    line.mend()
    expect(phone.get_by_text(NO_CONNECTION)).to_be_hidden()
    expect(phone.get_by_role("heading", name="Next: 0001")).to_be_visible()
