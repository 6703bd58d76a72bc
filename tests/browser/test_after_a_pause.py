"""What a page shows that nobody has looked at for a while, or that shows more than it can list."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, expect

from appliance.server.store.queries import LIST_LIMIT
from appliance.server.usecases import therapist
from tests.browser.conftest import OpenShop
from tests.browser.shop import DESK, PHONE
from tests.support.visits import Visits

NO_LOOKS_BY_ITSELF = """
const begin = setTimeout;
window.setTimeout = (act, after, ...more) => (after >= 5000 ? 0 : begin(act, after, ...more));
"""
WAKES = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"
COMES_BACK_ON_LINE = "dispatchEvent(new Event('online'))"


def test_pages_that_were_left_alone(open_shop: OpenShop) -> None:
    shop = open_shop()
    visits = Visits(shop.store, shop.spa)

    # A phone that comes out of the pocket is right at once, and not at its next look.
    def without_looks(context: BrowserContext) -> None:
        context.add_init_script(NO_LOOKS_BY_ITSELF)

    row = visits.row(visits.waiting())
    guest = shop.screen("guest", f"/t/{row.ticket_token}", PHONE, prepare=without_looks)
    expect(guest.get_by_text(row.code or "")).to_be_visible()
    shop.store.run(lambda unit: therapist.confirm_next(unit, visits.shop, shop.spa.ana))
    expect(guest.get_by_text("Room 1")).to_be_hidden()
    guest.evaluate(WAKES)
    expect(guest.get_by_text("Room 1").first).to_be_visible()
    shop.store.run(lambda unit: therapist.release(unit, visits.shop, shop.spa.ana, row.id))
    guest.evaluate(COMES_BACK_ON_LINE)
    expect(guest.get_by_text("Room 1")).to_be_hidden()

    # Someone who only read the first page in their language leaves it as it was.
    kiosk = shop.screen("kiosk", shop.enrolment("door"), DESK, has_touch=True, own_clock=True)
    begin = kiosk.get_by_role("button", name="Touch to begin")
    expect(begin).to_be_visible()
    kiosk.get_by_role("button", name="日本語").tap()
    expect(begin).to_be_hidden()
    kiosk.clock.fast_forward(30_000)
    expect(begin).to_be_visible()

    # A log-in that ran out in the night was ended by nobody.
    phone = shop.therapist("ana", own_clock=True)
    phone.clock.fast_forward("24:00:00")
    shop.command("staff", "revoke", "ana")
    expect(phone.get_by_role("heading", name="Therapist log-in")).to_be_visible()
    expect(phone.get_by_role("status")).to_contain_text("for inactivity")


def test_more_customers_than_a_list_holds_are_counted(open_shop: OpenShop) -> None:
    shop = open_shop()
    visits = Visits(shop.store, shop.spa)
    for _ in range(LIST_LIMIT + 3):
        visits.waiting()
    number = str(LIST_LIMIT + 3)
    waiting = shop.manager().get_by_role("heading", name="Waiting")
    expect(waiting).to_have_text(f"Waiting {number}")
    others = shop.therapist().get_by_role("heading", name="Then")
    expect(others).to_have_text(f"Then {LIST_LIMIT + 2}")
