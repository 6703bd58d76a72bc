"""Asking for somebody at the kiosk, and a therapist's duty on the phone."""

from __future__ import annotations

from playwright.sync_api import expect

from appliance.server.domain.states import Gender
from appliance.server.store.models import Staff
from appliance.server.usecases import duty
from tests.browser.conftest import OpenShop
from tests.browser.looks import KIOSK_TARGET, looks_right
from tests.browser.shop import PORTRAIT, Taps
from tests.browser.test_kiosk import choose_language
from tests.support.visits import Visits


def test_a_customer_asks_for_somebody_and_everybody_sees_it(open_shop: OpenShop) -> None:
    shop = open_shop()
    spa, visits = shop.spa, Visits(shop.store, shop.spa)

    def is_a_woman(unit) -> None:
        unit.session.get_one(Staff, spa.ana.id).gender = Gender.WOMAN

    shop.store.run(is_a_woman)
    ana, ben, board = shop.therapist(), shop.therapist("ben"), shop.board()
    kiosk = shop.kiosk(still=True)
    tap = Taps(kiosk)

    def choose() -> None:
        tap.button("Touch to begin")
        tap.button_that_begins("Massage")
        tap.button_that_begins("Swedish Massage")
        tap.button_that_begins("60 minutes")

    choose()
    line = kiosk.get_by_role("button", name="Therapist:")
    expect(line).to_contain_text("Anyone")
    looks_right(kiosk, "kiosk", "whom, in the selection", least=KIOSK_TARGET)
    line.tap()
    dialog = kiosk.get_by_role("dialog")
    expect(dialog.get_by_role("button")).to_have_text(["Anyone", "A woman", "Ana", "Ben", "Close"])
    looks_right(kiosk, "kiosk", "whom", least=KIOSK_TARGET)
    tap.button("Ana")
    expect(line).to_contain_text("Ana")
    tap.button("Confirm and get my number")
    expect(kiosk.get_by_text("Your number is")).to_be_visible()
    assert visits.row(visits.newest()).lane == spa.ana.id

    expect(ana.get_by_text("Asked for: Ana")).to_be_visible()
    looks_right(ana, "therapist", "asked for")
    expect(ben.get_by_text("Nobody is waiting for you")).to_be_visible()
    expect(board.get_by_text("by request")).to_be_visible()
    expect(board.get_by_text("Ana")).to_have_count(0)

    # The therapist who is asked for has gone home: the kiosk asks, and then it is anyone.
    tap.button_that_begins("Done")
    choose()
    line.tap()
    tap.button("Ben")
    shop.store.run(lambda u: duty.go_out(u, spa.ben))
    tap.button("Confirm and get my number")
    question = kiosk.get_by_role("alertdialog")
    expect(question).to_contain_text("Ben is not on duty right now.")
    looks_right(kiosk, "kiosk", "whom they asked for has left", least=KIOSK_TARGET)
    # It rests after the tap before it, so that a double tap answers nothing.
    yes = question.get_by_role("button", name="Yes, the next therapist")
    expect(yes).to_have_attribute("aria-busy", "false")
    yes.tap()
    expect(kiosk.get_by_text("Your number is")).to_be_visible()
    assert visits.row(visits.newest()).lane == 0

    # In another direction of writing, on the tall screen.
    tap.button_that_begins("Done")
    kiosk.set_viewport_size(PORTRAIT)
    choose_language(kiosk, "ar")
    kiosk.locator(".begin").tap()
    kiosk.locator(".tile").first.tap()
    kiosk.locator(".tile").first.tap()
    kiosk.locator(".variant").first.tap()
    looks_right(kiosk, "kiosk", "whom, in the selection, ar", least=KIOSK_TARGET)
    kiosk.locator(".basket-wanted").tap()
    expect(kiosk.get_by_role("dialog")).to_be_visible()
    looks_right(kiosk, "kiosk", "whom, ar", least=KIOSK_TARGET)


def test_a_break_and_the_way_home_are_one_tap(open_shop: OpenShop) -> None:
    shop = open_shop()
    visits = Visits(shop.store, shop.spa)
    visits.waiting()
    phone, boss = shop.therapist(), shop.manager()
    expect(phone.get_by_text("On duty since")).to_be_visible()
    looks_right(phone, "therapist", "on duty")
    phone.get_by_role("button", name="Take a break").tap()
    expect(phone.get_by_text("You are on a break", exact=True)).to_be_visible()
    looks_right(phone, "therapist", "on a break")
    expect(boss.get_by_text("On a break since")).to_be_visible()
    looks_right(boss, "manager", "who is on duty")
    phone.get_by_role("button", name="End the break").tap()
    expect(phone.get_by_role("button", name="Call next customer")).to_be_visible()
    phone.get_by_role("button", name="Go off duty").tap()
    expect(phone.get_by_text("You are off duty", exact=True)).to_be_visible()
    phone.get_by_role("button", name="Go on duty").tap()
    expect(phone.get_by_role("button", name="Call next customer")).to_be_visible()
