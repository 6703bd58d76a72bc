"""Every page while the server is away, and with what it says when something went wrong."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from appliance.server.domain.states import SYSTEM
from appliance.server.usecases import manager
from appliance.translations import translations
from tests.browser.at_rest import box_of
from tests.browser.complaints import LINE_IS_CUT
from tests.browser.conftest import OpenShop
from tests.browser.looks import KIOSK_TARGET, STAFF_TARGET, looks_right
from tests.browser.shop import DESK, PHONE, WALL, Taps
from tests.support.line import Cut, Line
from tests.support.spa import CATALOG, PASSWORD
from tests.support.visits import Visits

OFFLINE = re.compile("No connection|econnecting|isn't responding")


def test_every_page_says_that_the_line_is_cut(open_shop: OpenShop) -> None:
    shop = open_shop()
    line = Line(shop.server.port)
    shop.base_url = line.base_url
    for words in LINE_IS_CUT:
        shop.complaints.expect(words)
    shop.complaints.expect(r"^login: .*\b401\b")
    visits = Visits(shop.store, shop.spa)
    visits.finished()
    visits.called(shop.spa.ben)
    guest = visits.row(visits.waiting()).ticket_token
    pages = {
        "kiosk": shop.kiosk(),
        "board": shop.board(),
        "therapist": shop.therapist(),
        "cashier": shop.cashier(),
        "manager": shop.manager(),
        "guest": shop.screen("guest", f"/t/{guest}", PHONE, own_clock=True),
        "login": shop.screen("login", "/cashier/dashboard", DESK),
    }
    expect(pages["guest"].get_by_role("heading", name="You are next")).to_be_visible()
    Taps(pages["kiosk"]).button("Touch to begin")
    expect(pages["manager"].get_by_role("region", name="Rooms")).to_be_visible()
    line.cut(Cut.BROKEN)
    pages["guest"].clock.fast_forward("00:05")
    pages["login"].get_by_label("Username").fill("eva")
    pages["login"].get_by_label("Password", exact=True).fill("quiet")
    pages["login"].keyboard.press("Enter")
    for name, page in pages.items():
        expect(page.get_by_text(OFFLINE).first).to_be_visible()
        looks_right(page, name, "offline", least=KIOSK_TARGET if name == "kiosk" else STAFF_TARGET)
    line.mend()
    for name in ("kiosk", "board", "therapist", "cashier", "manager"):
        expect(pages[name].get_by_text(OFFLINE)).to_have_count(0)
    line.close()


def test_a_message_covers_nothing_at_the_foot_of_a_small_desk(open_shop: OpenShop) -> None:
    """It is as high with a message as without, and has what is done next in any case."""
    shop = open_shop(APPLIANCE_LANGUAGE="es")
    say = translations("es").gettext
    line = Line(shop.server.port)
    shop.base_url = line.base_url
    for words in LINE_IS_CUT:
        shop.complaints.expect(words)
    desk = shop.screen("eva", "/cashier/login", PHONE)
    desk.locator("[name=username]").fill("eva")
    desk.locator("[name=password]").fill(PASSWORD)
    desk.keyboard.press("Enter")
    walk_in = desk.get_by_role("button", name=say("Add walk-in…"))
    foot = desk.locator(".banners")
    following = desk.get_by_role("button", name=say("Next customer"))
    expect(following).to_be_visible()
    expect(walk_in).to_be_in_viewport(ratio=1)
    assert box_of(following)["y"] + box_of(following)["height"] <= box_of(foot)["y"]
    Visits(shop.store, shop.spa).at_the_desk()
    pay = desk.get_by_role("button", name=say("Mark as paid"))
    expect(pay).to_be_in_viewport(ratio=1)
    expect(walk_in).to_have_count(0)
    before = box_of(foot)
    assert before["y"] + before["height"] == PHONE["height"]
    line.cut(Cut.BROKEN)
    message = foot.get_by_role("status").filter(has_text=re.compile(r"\w"))
    expect(message).to_be_in_viewport(ratio=1)
    assert box_of(foot) == before
    assert message.locator(".banner").evaluate("(it) => it.scrollHeight <= it.clientHeight")
    expect(pay).to_be_in_viewport(ratio=1)
    looks_right(desk, "cashier", "offline")
    # What has the focus stands above the foot.
    last = desk.get_by_role("form").get_by_role("button").last
    last.focus()
    assert box_of(last)["y"] + box_of(last)["height"] <= before["y"]
    line.mend()
    expect(message).to_have_count(0)
    line.close()


def test_every_refusal_can_be_read_by_everybody(open_shop: OpenShop) -> None:
    shop = open_shop()
    for words in (r"\b401\b", r"\b404\b", r"^guest: .*ERR_ABORTED"):
        shop.complaints.expect(words)
    login = shop.screen("login", "/therapist/dashboard", PHONE)
    login.get_by_label("Username").fill("ana")
    login.get_by_label("Password", exact=True).fill("wrong")
    login.get_by_role("button", name="Log in").click()
    expect(login.get_by_role("alert").filter(has_text=re.compile(r"\w"))).to_be_visible()
    looks_right(login, "login", "wrong password")

    for name, path, size in (("kiosk", "/kiosk", DESK), ("board", "/board", WALL)):
        page = shop.screen(f"stranger at the {name}", path, size)
        expect(page.get_by_role("heading", name="not enrolled yet")).to_be_visible()
        looks_right(page, name, "not enrolled")
    enrol = shop.screen("enrol", "/enroll#wrong-token", DESK)
    expect(enrol.get_by_role("heading", name="could not be enrolled")).to_be_visible()
    looks_right(enrol, "enrol", "refused")

    guest = shop.screen("guest", f"/t/{'x' * 43}", PHONE)
    expect(guest.get_by_role("heading").first).to_be_visible()
    looks_right(guest, "guest", "another day")

    kiosk = shop.kiosk()
    Taps(kiosk).button("Touch to begin")
    Taps(kiosk).button("Massage")
    Taps(kiosk).button_that_begins("Deep Tissue")
    shop.store.run(lambda unit: manager.import_catalog(unit, SYSTEM, CATALOG[1:]))
    Taps(kiosk).button_that_begins("60 minutes")
    expect(kiosk.get_by_role("alert").filter(has_text="no longer offered")).to_be_visible()
    looks_right(kiosk, "kiosk", "withdrawn", least=KIOSK_TARGET)
