"""A new lobby: from a kiosk that shows an address and a code to the first customer, on a phone."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from appliance.server.domain.states import SYSTEM, Role, TransactionStatus
from appliance.server.store.models import Transaction
from appliance.server.usecases import manager
from appliance.translations import translations
from tests.browser.looks import fits, looks_right
from tests.browser.shop import DESK, KIOSK_SIZES, PHONE, Shop
from tests.support.spa import PASSWORD

MENU = {
    ("Massage", "マッサージ"): (
        *(
            ("Swedish", "スウェーデン式"),
            ("Deep tissue", "深部組織"),
            ("Hot stone", "ホットストーン"),
        ),
        *(("Thai", "タイ式"), ("Shiatsu", "指圧")),
    ),
    ("Feet and face", "足と顔"): (
        *(("Foot massage", "フットマッサージ"), ("Reflexology", "リフレクソロジー")),
        *(
            ("Pedicure", "ペディキュア"),
            ("Facial", "フェイシャル"),
            ("Head massage", "ヘッドマッサージ"),
        ),
    ),
}
"""Ten services, each in English and Japanese."""


def test_a_new_shop_comes_to_its_first_customer_without_a_terminal(bare_shop: Shop) -> None:
    shop = bare_shop
    shop.complaints.expect(r"\b401\b")
    # As a card does at its first start: the kiosk that it drives itself, and nothing else.
    link = shop.store.run(lambda unit: manager.add_device(unit, SYSTEM, Role.KIOSK, "lobby"))
    kiosk = shop.screen("kiosk", f"/enroll#{link}", KIOSK_SIZES[0])
    expect(kiosk.get_by_role("heading", name="Welcome. This kiosk is ready")).to_be_visible()
    for size in KIOSK_SIZES:
        kiosk.set_viewport_size({"width": size["width"], "height": size["height"]})
        looks_right(kiosk, "setup code")
        tall = kiosk.evaluate("document.documentElement.scrollHeight - innerHeight")
        assert tall <= 0, f"nobody scrolls a kiosk: {size}"
    phone = becomes_the_first_manager(shop, kiosk.locator(".setup-code-digits").inner_text())
    expect(kiosk.get_by_role("button").first).to_be_visible()
    expect(kiosk.locator(".setup-code-digits")).to_have_count(0)

    section(phone, "Rooms")
    for name in ("Garden", "Lotus"):
        with_dialog(phone, "Add room", {"Name or number": name}, send="Add")
    section(phone, "People")
    with_dialog(
        phone,
        "Add person",
        {"Name": "Ana", "Username": "ana", "First password": PASSWORD},
        room="Lotus",
        send="Add",
    )
    section(phone, "Menu")
    makes_the_menu(phone)
    door = enrols_a_kiosk(shop, phone)

    # The first customer reads Japanese, and the therapist goes to work.
    say = translations("ja").gettext
    door.get_by_role("button", name="日本語", exact=True).tap()
    door.locator(".begin").tap()
    for name in ("足と顔", "リフレクソロジー"):
        door.get_by_role("button", name=re.compile(f"^{name}")).tap()
    door.get_by_role("button", name=re.compile("^45 minutes")).tap()
    door.get_by_role("button", name=say("Confirm and get my number"), exact=True).tap()
    expect(door.get_by_text("0001")).to_be_visible()
    ana = shop.therapist()
    ana.get_by_role("button", name="Call next customer").tap()
    expect(ana.get_by_text("Called to room Lotus", exact=True)).to_be_visible()
    ana.get_by_role("button", name="Start service").tap()
    expect(ana.get_by_role("button", name="Finish service")).to_be_visible()
    (visit,) = shop.store.run(lambda unit: unit.session.query(Transaction).all())
    assert (visit.status, visit.room_number) == (TransactionStatus.IN_SERVICE, "Lotus")


def becomes_the_first_manager(shop: Shop, code: str) -> Page:
    phone = shop.screen("phone", "/manager/login", PHONE)
    phone.get_by_role("link", name="Set up this shop").click()
    phone.get_by_label("Your name").fill("Maria")
    phone.get_by_label("Username").fill("maria")
    phone.get_by_label("Password", exact=True).fill(PASSWORD)
    phone.get_by_label("Code on the kiosk").fill("1234 5678")
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("alert")).to_contain_text(
        "This is not the code on the kiosk’s screen."
    )
    looks_right(phone, "setup", "wrong")
    phone.get_by_label("Code on the kiosk").fill(code)
    phone.keyboard.press("Enter")
    expect(phone).to_have_url(re.compile("/manager/people$"))
    return phone


def section(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name, exact=True, level=1)).to_be_visible()
    expect(page.locator("main")).to_have_attribute("aria-busy", "false")


def with_dialog(
    page: Page,
    button: str,
    entries: dict[str, str],
    *,
    room: str | None = None,
    send: str | None = None,
) -> None:
    """Press a button, fill in the dialog that it opens, and send it."""
    page.get_by_role("button", name=button, exact=True).first.click()
    fills(page, button, entries, room=room, send=send)


def fills(
    page: Page,
    title: str,
    entries: dict[str, str],
    *,
    room: str | None = None,
    send: str | None = None,
) -> None:
    dialog = page.get_by_role("dialog", name=title)
    for label, text in entries.items():
        if "日本語" in label:
            # A phone has room for one language at a time.
            dialog.get_by_role("button", name="日本語").click()
        # What an entry is for is a part of its name.
        dialog.get_by_role("textbox", name=re.compile(f"^{label}(?! in)")).fill(text)
    if room is not None:
        dialog.get_by_label("Room").select_option(room)
    dialog.get_by_role("button", name=send or title, exact=True).click()
    expect(dialog).to_be_hidden()


def makes_the_menu(page: Page) -> None:
    for (category, in_japanese), services in MENU.items():
        names = {"Name": category, "Name in 日本語": in_japanese}
        with_dialog(page, "Add category", names)
        here = page.get_by_role("region", name=category)
        variants = here.get_by_role("button", name=re.compile("^45 minutes"))
        for number, (name, translated) in enumerate(services, 1):
            here.get_by_role("button", name="Add service").click()
            fills(page, "Add service", {"Name": name, "Name in 日本語": translated})
            # Its first variant is asked for at once.
            fills(page, "Add variant", {"Name": "45 minutes", "Minutes": "45", "Price": "40"})
            # Its line moves what is below: the next button is pressed where it stands then.
            expect(variants).to_have_count(number)
    expect(page.locator(".menu-service")).to_have_count(10)
    fits(page)


def enrols_a_kiosk(shop: Shop, phone: Page) -> Page:
    section(phone, "Devices")
    phone.get_by_role("button", name="Add device", exact=True).click()
    dialog = phone.get_by_role("dialog")
    dialog.get_by_role("textbox", name=re.compile("^Name")).fill("door")
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("img", name="QR code of the link")).to_be_visible()
    code = phone.get_by_label("Link").input_value().partition("#")[2]
    door = shop.screen("door", f"/enroll#{code}", DESK, has_touch=True)
    expect(door).to_have_url(f"{shop.base_url}/kiosk")
    expect(phone.get_by_text("door is ready on its screen.")).to_be_visible()
    return door
