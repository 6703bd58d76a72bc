"""Not here yet, out for a while, left, removed: by a tap on every screen that shows the queue."""

from __future__ import annotations

from playwright.sync_api import expect

from appliance.server.domain.states import Hold, TransactionStatus
from appliance.server.store.models import Transaction
from tests.browser.conftest import OpenShop
from tests.browser.looks import looks_right
from tests.browser.shop import PHONE
from tests.support.visits import Visits

S = TransactionStatus


def test_the_queue_moves_by_a_tap_on_each_screen(open_shop: OpenShop) -> None:
    shop = open_shop()
    visits = Visits(shop.store, shop.spa)
    absent, out, third = (visits.waiting() for _ in range(3))
    phone = shop.therapist()
    expect(phone.get_by_text("Next customer · 3 waiting")).to_be_visible()

    # The therapist: somebody is not here yet, and the next one is called instead.
    phone.get_by_role("button", name="Call next customer").tap()
    not_here = phone.get_by_role("button", name="Not here yet")
    expect(not_here).to_be_visible()
    looks_right(phone, "therapist", "called")
    not_here.tap()
    held = phone.get_by_role("heading", name="Not being called 1")
    expect(held).to_be_visible()
    assert visits.row(absent).hold is Hold.SKIPPED
    looks_right(phone, "therapist", "not here yet")

    # The customer's own page: out, back, and in the end away.
    guest = shop.screen("guest", f"/t/{visits.row(out).ticket_token}", PHONE, has_touch=True)
    expect(guest.get_by_role("heading", name="You are next")).to_be_visible()
    looks_right(guest, "ticket", "next")
    guest.get_by_role("button", name="Step out, keep my place").tap()
    expect(guest.get_by_role("heading", name="You stepped out")).to_be_visible()
    looks_right(guest, "ticket", "out")
    expect(phone.get_by_role("heading", name="Not being called 2")).to_be_visible()
    guest.get_by_role("button", name="I am back").tap()
    expect(guest.get_by_role("heading", name="You are next")).to_be_visible()
    guest.get_by_role("button", name="Leave the queue…").tap()
    guest.get_by_role("button", name="No, keep my place").tap()
    guest.get_by_role("button", name="Leave the queue…").tap()
    looks_right(guest, "ticket", "leave")
    guest.get_by_role("button", name="Yes, leave the queue").tap()
    expect(guest.get_by_text("take a new number at the kiosk")).to_be_visible()
    assert visits.row(out).status is S.CANCELLED
    guest.goto(f"/t/{visits.row(absent).ticket_token}?lang=ar")
    expect(guest.get_by_role("button")).not_to_have_count(0)
    looks_right(guest, "ticket", "called in vain", "ar")

    # The desk: one has come after all, another has gone.
    desk = shop.cashier()
    desk.get_by_text("Waiting for a therapist").click()
    desk.get_by_role("button", name=visits.row(absent).code).click()
    dialog = desk.get_by_role("dialog")
    looks_right(desk, "cashier", "who waits")
    dialog.get_by_role("button", name="Back to queue").click()
    expect(phone.get_by_role("heading", name=visits.row(absent).code)).to_be_visible()
    assert visits.row(absent).hold is None
    desk.get_by_role("button", name=visits.row(third).code).click()
    dialog.get_by_label("Reason").fill("had to catch a train")
    dialog.get_by_role("button", name="Remove from the waiting list").click()
    expect(desk.get_by_text("is removed from the waiting list")).to_be_visible()
    row = visits.row(third)
    assert (row.status, row.note) == (S.CANCELLED, "had to catch a train")

    # The therapist again: the last customer goes to Ben, and the day is looked at.
    phone.get_by_role("button", name="Call next customer").tap()
    phone.get_by_role("button", name="Start service").tap()
    expect(phone.get_by_role("button", name="Finish service")).to_be_visible()
    phone.get_by_role("button", name="Other therapist or room…").tap()
    dialog = phone.get_by_role("dialog")
    expect(dialog.get_by_label("Ben, room 2")).to_be_checked()
    looks_right(phone, "therapist", "where to")
    dialog.get_by_role("button", name="Hand over").tap()
    expect(phone.get_by_role("button", name="Mark room ready")).to_be_visible()
    assert visits.row(absent).room_number == "2"
    phone.get_by_role("button", name="My day").tap()
    expect(dialog.get_by_text("Service time")).to_be_visible()
    looks_right(phone, "therapist", "my day")


def test_a_manager_decides_about_those_who_are_left_from_yesterday(open_shop: OpenShop) -> None:
    shop = open_shop()
    visits = Visits(shop.store, shop.spa)
    unpaid, waits = visits.finished(), visits.waiting()
    for key in (unpaid, waits):
        shop.store.run(
            lambda u, k=key: setattr(u.session.get(Transaction, k), "hold", Hold.CARRIED_OVER)
        )
    screen = shop.manager()
    left = screen.locator("section", has=screen.get_by_role("heading", name="From yesterday 2"))
    expect(left.get_by_role("button")).to_have_count(2)
    looks_right(screen, "manager", "from yesterday")
    left.get_by_role("button", name=visits.row(waits).code).click()
    dialog = screen.get_by_role("dialog")
    dialog.get_by_label("Customer is here").check()
    dialog.get_by_role("button", name="Do it").click()
    expect(screen.get_by_role("heading", name="From yesterday 1")).to_be_visible()
    assert visits.row(waits).hold is None
    left = screen.locator("section", has=screen.get_by_role("heading", name="From yesterday 1"))
    left.get_by_role("button", name=visits.row(unpaid).code).click()
    dialog.get_by_label("Close as uncollected").check()
    dialog.get_by_label("Reason").fill("never came back")
    dialog.get_by_role("button", name="Do it").click()
    expect(screen.get_by_role("heading", name="From yesterday")).to_be_hidden()
    assert visits.row(unpaid).status is S.CANCELLED
