"""The manager brings on what its own people cannot, and people are asked before they leave."""

from __future__ import annotations

from playwright.sync_api import expect

from appliance.server.domain.states import TransactionStatus
from tests.browser.conftest import OpenShop
from tests.browser.looks import looks_right
from tests.support.visits import Visits


def test_a_manager_closes_a_walk_out_as_uncollected(open_shop: OpenShop) -> None:
    shop = open_shop()
    visits = Visits(shop.store, shop.spa)
    gone = visits.at_the_desk()
    there = visits.in_service()
    screen = shop.manager()
    screen.get_by_role("button", name=visits.row(gone).code).click()
    dialog = screen.get_by_role("dialog")
    dialog.get_by_label("Close as uncollected").check()
    looks_right(screen, "manager", "open visit")
    dialog.get_by_role("button", name="Do it").click()
    expect(dialog).to_be_visible()
    dialog.get_by_label("Reason").fill("walked out")
    dialog.get_by_role("button", name="Do it").click()
    expect(dialog).to_be_hidden()
    expect(screen.get_by_role("button", name=visits.row(gone).code)).to_be_hidden()
    row = visits.row(gone)
    assert (row.status, row.note) == (TransactionStatus.CANCELLED, "Uncollected: walked out")

    screen.get_by_role("button", name=visits.row(there).code).click()
    dialog.get_by_label("Hand over to someone else").check()
    dialog.get_by_role("combobox").select_option("Ben")
    dialog.get_by_label("Reason").fill("Ana is ill")
    dialog.get_by_role("button", name="Do it").click()
    expect(screen.get_by_role("button", name="Room 2 · Ben")).to_be_visible()

    screen.get_by_role("button", name=visits.row(there).code).click()
    dialog.get_by_label("Reason").fill("Ana is ill")
    dialog.get_by_role("button", name="Do it").click()
    expect(screen.get_by_text("ready to pay")).to_be_visible()
    assert visits.row(there).status is TransactionStatus.FINISHED


def test_whoever_logs_out_with_a_customer_is_asked(open_shop: OpenShop) -> None:
    shop = open_shop()
    visits = Visits(shop.store, shop.spa)
    phone = shop.therapist()
    visits.in_service()
    # Waiting customers stand there with their number, too: only the next step tells whose it is.
    expect(phone.get_by_role("button", name="Finish service")).to_be_visible()
    phone.get_by_role("button", name="Log out").tap()
    question = phone.get_by_role("dialog")
    expect(question).to_contain_text("Log out with customer 0001?")
    looks_right(phone, "therapist", "log-out with a customer")
    question.get_by_role("button", name="Stay logged in").tap()
    expect(question).to_be_hidden()
    phone.get_by_role("button", name="Log out").tap()
    question.get_by_role("button", name="Log out anyway").tap()
    expect(phone.get_by_role("textbox", name="Password")).to_be_visible()
