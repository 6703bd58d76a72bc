"""When a visit does not go as planned: what the screens say, and how they come back."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from appliance.server.domain.states import TransactionStatus
from appliance.server.store.models import Transaction
from appliance.translations import LANGUAGES, translations
from tests.browser import pictures
from tests.browser.axe import violations_light_and_dark
from tests.browser.complaints import LINE_IS_CUT
from tests.browser.conftest import OpenShop
from tests.browser.looks import KIOSK_TARGET, looks_right
from tests.browser.shop import DESK, KIOSK_SIZES, Shop, Taps, height, let_pass, papers, switch
from tests.support.hands import until
from tests.support.visits import Visits

TIME_OUT, WARNED = 600, 20
"""Seconds after which a customer has left, and of them with a warning."""
PAPERLESS = re.compile("number will be on the screen")


def choose_swedish_massage(kiosk: Page) -> Locator:
    """Tap as far as one service in the selection, which is returned."""
    tap = Taps(kiosk)
    tap.button("Touch to begin")
    tap.button("Massage")
    tap.button_that_begins("Swedish Massage")
    tap.button_that_begins("30 minutes")
    selection = kiosk.get_by_role("region", name="Your selection")
    expect(selection.get_by_role("listitem")).to_have_count(1)
    return selection


def statuses(shop: Shop) -> list[TransactionStatus]:
    return shop.store.run(
        lambda unit: [row.status for row in unit.session.query(Transaction).order_by("id")]
    )


def test_a_customer_who_walks_away_leaves_a_fresh_kiosk(open_shop: OpenShop) -> None:
    shop = open_shop(SELECTING_TIMEOUT_SECONDS=str(TIME_OUT))
    kiosk = shop.kiosk(still=True)
    selection = choose_swedish_massage(kiosk)
    warning = kiosk.get_by_role("alertdialog", name="Are you still there?")

    let_pass(kiosk, TIME_OUT - WARNED)
    expect(warning).to_be_visible()
    kiosk.get_by_role("button", name="Yes, I am still here").tap()
    expect(warning).to_be_hidden()
    expect(selection.get_by_role("listitem")).to_contain_text("Swedish Massage")

    let_pass(kiosk, TIME_OUT - WARNED)
    expect(warning).to_be_visible()
    pictures.keep(kiosk, "kiosk", "idle")
    for left in (20, 19, 18, 2, 1):
        expect(warning.locator(".number")).to_have_text(str(left))
        let_pass(kiosk, 16 if left == 18 else 1)
    expect(kiosk.get_by_role("button", name="Touch to begin")).to_be_visible()
    kiosk.get_by_role("button", name="Touch to begin").tap()
    expect(selection).to_contain_text("Nothing chosen yet")
    # The page is fresh at once; what it gave up, it tells the server.
    until(lambda: statuses(shop) == [TransactionStatus.CANCELLED])


def test_a_customer_who_taps_is_not_sent_away(open_shop: OpenShop) -> None:
    shop = open_shop(SELECTING_TIMEOUT_SECONDS=str(TIME_OUT))
    kiosk = shop.kiosk(still=True)
    selection = choose_swedish_massage(kiosk)
    # Longer than the time-out in all, never idle for as long as that.
    add = kiosk.get_by_role("button", name=re.compile("^30 minutes"))
    for count in range(2, 7):
        Taps(kiosk).come_to_rest()
        let_pass(kiosk, TIME_OUT - WARNED - 1)
        add.tap()
        expect(selection.get_by_role("listitem")).to_contain_text(f"${count * 50}")
    warning = kiosk.get_by_role("alertdialog")
    expect(warning).to_have_count(0)
    assert statuses(shop) == [TransactionStatus.SELECTING]
    let_pass(kiosk, TIME_OUT - WARNED)
    expect(warning).to_be_visible()


def test_a_printer_without_paper_stops_nothing(open_shop: OpenShop) -> None:
    shop = open_shop()
    simulator, kiosk, cashier = shop.simulator(), shop.kiosk(still=True), shop.cashier()
    notice = kiosk.get_by_text(PAPERLESS)
    banner = cashier.get_by_role("status").filter(has_text="Lobby printer: out of paper")
    expect(notice).to_be_hidden()
    expect(banner).to_be_hidden()

    switch(simulator, "lobby", "Paper out").click()
    expect(notice).to_be_visible()
    expect(banner).to_be_visible()

    choose_swedish_massage(kiosk)
    expect(notice).to_be_visible()
    kiosk.get_by_role("button", name="Confirm and get my number").tap()
    expect(kiosk.get_by_role("heading", name="Your number is 0 0 0 1")).to_be_visible()
    expect(kiosk.get_by_text("Please remember your number.")).to_be_visible()
    assert height(kiosk.get_by_text("0001", exact=True)) > 200
    # Nobody has it on paper, so it stays longer than the 20 seconds of a printed one.
    expect(kiosk.get_by_role("button", name="Done")).to_contain_text("45")
    expect(papers(simulator, "lobby")).to_have_count(0)

    switch(simulator, "lobby", "Paper out").click()
    expect(papers(simulator, "lobby")).to_have_count(1)
    expect(papers(simulator, "lobby").get_by_text("0001", exact=True)).to_be_visible()
    expect(banner).to_be_hidden()
    kiosk.get_by_role("button", name="Done").tap()
    expect(kiosk.get_by_role("button", name="Touch to begin")).to_be_visible()
    expect(notice).to_be_hidden()


def test_a_number_without_paper_is_read_at_every_size(open_shop: OpenShop) -> None:
    shop = open_shop()
    simulator, kiosk = shop.simulator(), shop.kiosk(still=True)
    switch(simulator, "lobby", "Paper out").click()
    expect(kiosk.get_by_text(PAPERLESS)).to_be_visible()
    choose_swedish_massage(kiosk)
    kiosk.get_by_role("button", name="Confirm and get my number").tap()
    expect(kiosk.get_by_text("Please remember your number.")).to_be_visible()
    looks_right(kiosk, "kiosk", "done without paper", least=KIOSK_TARGET)
    for size in KIOSK_SIZES:
        kiosk.set_viewport_size(size)  # type: ignore[arg-type]
        pictures.keep(kiosk, "kiosk", "done without paper")
        note = kiosk.locator("p").filter(has_text="Please remember your number.").bounding_box()
        done = kiosk.get_by_role("button", name="Done").bounding_box()
        assert note
        assert done
        assert note["y"] + note["height"] <= done["y"], f"{size}: a button lies over the note"


def test_a_selection_outlives_a_restart_of_the_server(open_shop: OpenShop) -> None:
    shop = open_shop()
    kiosk = shop.kiosk()
    selection = choose_swedish_massage(kiosk)
    for words in LINE_IS_CUT:
        shop.complaints.expect(words)

    shop.server.kill()
    reconnecting = kiosk.get_by_role("alert").filter(has_text="reconnecting")
    expect(reconnecting).to_be_visible()
    expect(reconnecting).to_contain_text("Your selection is saved.")

    shop.server.start()
    expect(reconnecting).to_be_hidden()
    expect(selection.get_by_role("listitem")).to_contain_text("Swedish Massage")
    kiosk.get_by_role("button", name="Confirm and get my number").tap()
    expect(kiosk.get_by_role("heading", name="Your number is 0 0 0 1")).to_be_visible()
    assert statuses(shop) == [TransactionStatus.PENDING_THERAPIST]


def test_a_screen_that_nobody_enrolled_says_so_and_waits(open_shop: OpenShop) -> None:
    shop = open_shop()
    shop.complaints.expect(r"^kiosk: .*\b401\b.*/api/board")
    kiosk = shop.screen("kiosk", "/kiosk", DESK, has_touch=True)
    expect(kiosk.get_by_role("heading", name="not enrolled yet")).to_be_visible()
    expect(kiosk.get_by_text("appliance devices add kiosk NAME")).to_be_visible()

    # The technician opens the link beside it, in the same browser.
    technician = kiosk.context.new_page()
    technician.goto(shop.enrolment("door"))
    expect(technician).to_have_url(f"{shop.server.base_url}/kiosk")
    expect(kiosk.get_by_role("button", name="Touch to begin")).to_be_visible()


def test_a_revoked_therapist_is_back_at_the_log_in(open_shop: OpenShop) -> None:
    shop = open_shop()
    phone = shop.therapist("ana")
    shop.command("staff", "revoke", "ana")
    expect(phone.get_by_role("heading", name="Therapist log-in")).to_be_visible()
    expect(phone.get_by_role("status")).to_contain_text("You were logged out")
    expect(phone.get_by_label("Username")).to_be_editable()


def test_papers_that_wait_are_moved_or_given_up(open_shop: OpenShop) -> None:
    shop = open_shop()
    simulator, desk = shop.simulator(), shop.cashier()
    visits = Visits(shop.store, shop.spa)
    switch(simulator, "lobby", "Paper out").click()
    banner = desk.get_by_role("status").filter(has_text="Lobby printer: out of paper")
    expect(banner).to_be_visible()
    visits.waiting()
    visits.waiting()
    banner.get_by_role("button", name="2 waiting to print").click()
    waiting = desk.get_by_role("dialog", name="Waiting to print")
    first, second = (
        waiting.get_by_role("listitem").filter(has_text=code) for code in ("0001", "0002")
    )
    assert violations_light_and_dark(desk) == []

    first.get_by_role("button", name="Print on desk").click()
    expect(papers(simulator, "desk")).to_have_count(1)
    expect(first).to_have_count(0)

    second.get_by_role("button", name="Cancel print…").click()
    expect(second.get_by_role("textbox", name="Reason?")).to_be_focused()
    expect(second.get_by_role("button", name="Cancel print")).to_be_disabled()
    second.get_by_role("button", name="Handwritten instead").click()
    assert violations_light_and_dark(desk) == []
    second.get_by_role("button", name="Cancel print").click()
    expect(waiting.get_by_text("Everything is printed")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(waiting).to_have_count(0)


def test_what_a_printer_needs_is_said_in_the_screens_language(open_shop: OpenShop) -> None:
    shop = open_shop()
    simulator, desk, manager = shop.simulator(), shop.cashier(), shop.manager()
    switch(simulator, "lobby", "Paper out").click()
    spoken = "Language"
    for code in LANGUAGES:
        say = translations(code).gettext
        problem = say("{printer} printer: {need}", printer="lobby", need=say("out of paper"))
        for page in (desk, manager):
            page.get_by_label(spoken, exact=True).select_option(code)
            expect(page.get_by_role("status").get_by_text(problem)).to_be_visible()
        spoken = say("Language")
    switch(simulator, "lobby", "Unplugged").click()
    need = say("not connected – check cable and power")
    problem = say("{printer} printer: {need}", printer="lobby", need=need)
    expect(desk.get_by_role("status").get_by_text(problem)).to_be_visible()
