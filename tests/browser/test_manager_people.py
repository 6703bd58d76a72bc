"""A manager keeps people, rooms and devices on her own screen, with nothing but a keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import update

from appliance.server.domain.states import SYSTEM, Role
from appliance.server.sections import of
from appliance.server.store.models import Staff
from appliance.server.usecases import manager
from appliance.translations import translations
from tests.browser import pictures
from tests.browser.conftest import OpenShop
from tests.browser.looks import fits, looks_right
from tests.browser.shop import DESK, PHONE, Shop
from tests.support.spa import password_hash

FIRST_PASSWORD = "first water 1"
OWN_PASSWORD = "a water of my own"
LONG = "Maria Consolación de los Ángeles Villanueva-Montgomery Abad"


@pytest.fixture
def empty_shop(bare_shop: Shop) -> Shop:
    """A shop with a manager and nothing else."""
    bare_shop.store.run(
        lambda unit: manager.add_staff(
            unit, SYSTEM, Role.MANAGER, "gloria", "Gloria", password_hash()
        )
    )
    return bare_shop


def go_to(page: Page, target: Locator) -> None:
    """Press Tab until it has the focus, as somebody without a mouse does."""
    target.wait_for()
    for _ in range(40):
        page.keyboard.press("Tab")
        if target.evaluate("it => it === document.activeElement"):
            return
    raise AssertionError(f"Tab does not come to {target}")


def press(page: Page, name: str, role: str = "button") -> None:
    go_to(page, page.get_by_role(role, name=name, exact=True))  # type: ignore[arg-type]
    page.keyboard.press("Enter")


def fill(page: Page, **entries: str) -> None:
    """Type into the open dialog's entries, by name."""
    for name, text in entries.items():
        go_to(page, page.locator(f"dialog [name={name}]"))
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(text)


def done(page: Page) -> None:
    """Send the open dialog, and see it close."""
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()


def section(page: Page, name: str) -> None:
    """Go there by the navigation."""
    press(page, name, "link")
    expect(page.get_by_role("heading", name=name, exact=True, level=1)).to_be_visible()
    expect(page.get_by_role("link", name=name)).to_have_attribute("aria-current", "page")
    expect(page.locator("main")).to_have_attribute("aria-busy", "false")


def at_sizes(page: Page, *words: str) -> None:
    """Look at the page as on a desk and as on a phone."""
    for size in (PHONE, DESK):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        looks_right(page, *words)


def test_a_new_manager_sets_up_a_shop_without_a_terminal(empty_shop: Shop) -> None:
    shop = empty_shop
    screen = shop.manager(path="/manager/rooms")
    expect(screen.get_by_text("No rooms yet")).to_be_visible()
    press(screen, "Add room")
    fill(screen, room="Garden room")
    done(screen)
    expect(screen.get_by_role("button", name="Garden room")).to_contain_text("No therapist")

    section(screen, "People")
    press(screen, "Add person")
    fill(screen, name=LONG)
    suggested = screen.locator("dialog [name=username]")
    expect(suggested).to_have_value(re.compile(r"^maria\.consolacion\.de\.los"))
    fill(screen, username="maria", password=FIRST_PASSWORD)
    screen.keyboard.press("Tab")
    screen.keyboard.type("Garden")
    looks_right(screen, "manager", "add person")
    press(screen, "Add")
    maria = screen.get_by_role("button", name=LONG)
    expect(maria).to_contain_text("maria · Garden room")
    expect(screen.get_by_text("can log in as maria.")).to_be_visible()
    press(screen, "Add person")
    go_to(screen, screen.get_by_role("radio", name="Therapist"))
    screen.keyboard.press("ArrowRight")
    fill(screen, name="Eva", password=FIRST_PASSWORD)
    expect(screen.get_by_label("Room")).to_be_hidden()
    done(screen)
    expect(screen.get_by_role("button", name="Eva eva")).to_be_visible()
    at_sizes(screen, "manager", "people")

    section(screen, "Devices")
    press(screen, "Add device")
    fill(screen, name="door")
    screen.keyboard.press("Enter")
    expect(screen.get_by_role("img", name="QR code of the link")).to_be_visible()
    link = screen.get_by_label("Link")
    expect(link).to_have_value(re.compile(r"/enroll#[a-z2-7]{16}$"))
    at_sizes(screen, "manager", "enrolment link")
    code = link.input_value().partition("#")[2]
    kiosk = shop.screen("kiosk", f"/enroll#{code}", DESK, has_touch=True)
    expect(kiosk).to_have_url(f"{shop.base_url}/kiosk")
    expect(screen.get_by_role("dialog")).to_be_hidden()
    expect(screen.get_by_text("door is ready on its screen.")).to_be_visible()
    expect(screen.get_by_role("button", name="door")).to_contain_text("Screens: 1")

    phone = maria_logs_in(shop)
    changes_her_password(phone)
    shop.complaints.expect(r"^screen: .*\b401\b")


def maria_logs_in(shop: Shop) -> Page:
    shop.complaints.expect(r"^maria: .*\b401\b")
    phone = shop.screen("maria", "/therapist/dashboard", PHONE)
    phone.get_by_label("Username").fill("maria")
    phone.get_by_label("Password", exact=True).fill(FIRST_PASSWORD)
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("button", name="Log out")).to_be_visible()
    return phone


def changes_her_password(phone: Page) -> None:

    phone.get_by_title("My account").press("Enter")
    looks_right(phone, "therapist", "account")
    press(phone, "Change password…")
    fill(phone, current_password="not hers", password=OWN_PASSWORD)
    phone.keyboard.press("Enter")
    dialog = phone.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_have_text(
        "Your current password is wrong. Please try again."
    )
    looks_right(phone, "therapist", "change password")
    fill(phone, current_password=FIRST_PASSWORD)
    phone.keyboard.press("Enter")
    expect(dialog).to_contain_text("Your password has been changed.")
    phone.keyboard.press("Enter")
    expect(dialog).to_be_hidden()


def test_what_cannot_be_done_is_said_in_its_place(open_shop: OpenShop) -> None:
    shop = open_shop()
    shop.complaints.expect(r"^gloria: .*\b(409|400)\b")
    screen = shop.manager(path="/manager/people")
    dialog = screen.get_by_role("dialog")
    alert = dialog.get_by_role("alert")

    screen.get_by_role("button", name="Ana ana").press("Enter")
    fill(screen, username="ben")
    screen.keyboard.press("Enter")
    expect(alert).to_have_text("The username ben is taken.")
    fill(screen, username="ana", commission="101")
    screen.keyboard.press("Enter")
    expect(alert).to_have_text("Commission must be 0–100 percent.")
    fill(screen, name="Ana One", commission="12.5")
    rename(shop, "ana", "Ana Two")
    screen.keyboard.press("Enter")
    expect(alert).to_contain_text("Someone else just changed this to “Ana Two”.")
    expect(dialog).to_contain_text("Someone else just changed this to: Ana Two")
    looks_right(screen, "manager", "changed meanwhile")
    done(screen)
    ana = screen.get_by_role("button", name="Ana One")
    expect(ana).to_be_visible()
    ana.press("Enter")
    expect(dialog.locator("[name=commission]")).to_have_value("12.5")
    press(screen, "Disable log-in…")
    press(screen, "Disable")
    disabled = screen.get_by_role("region", name="Disabled")
    expect(disabled.get_by_role("button", name="Ana One")).to_be_visible()
    disabled.get_by_role("button", name="Ana One").press("Enter")
    press(screen, "Enable log-in…")
    done_by(screen, "Enable")

    screen.get_by_role("button", name="Gloria gloria").press("Enter")
    press(screen, "New PIN…")
    fill(screen, pin="483920")
    done(screen)
    expect(screen.get_by_text("Gloria has a new PIN.")).to_be_visible()
    screen.get_by_role("button", name="Gloria gloria").press("Enter")
    press(screen, "Disable log-in…")
    expect(dialog).to_contain_text("This is your own account.")
    press(screen, "Disable")
    expect(alert).to_have_text("The last manager cannot be disabled. Add another one first.")
    looks_right(screen, "manager", "last manager")
    press(screen, "Cancel")

    section(screen, "Rooms")
    at_sizes(screen, "manager", "rooms")
    screen.get_by_role("button", name="Room 2").press("Enter")
    press(screen, "Delete room…")
    press(screen, "Delete")
    expect(alert).to_have_text("Room 2 belongs to Ben. Give them another room first.")
    done_by(screen, "Cancel")
    screen.get_by_role("button", name="Room 2").press("Enter")
    fill(screen, room="1")
    screen.keyboard.press("Enter")
    expect(alert).to_have_text("Room 1 already exists.")
    fill(screen, room="Lotus")
    done(screen)
    expect(screen.get_by_role("button", name="Room Lotus")).to_contain_text("Ben")

    section(screen, "Devices")
    at_sizes(screen, "manager", "devices")
    screen.get_by_role("button", name="pool").press("Enter")
    press(screen, "Revoke…")
    done_by(screen, "Revoke")
    expect(screen.get_by_role("region", name="Revoked")).to_contain_text("pool")
    in_arabic(screen)
    in_the_other_languages(screen)


def done_by(page: Page, name: str) -> None:
    press(page, name)
    expect(page.get_by_role("dialog")).to_be_hidden()


def rename(shop: Shop, username: str, name: str) -> None:
    """As another manager does, meanwhile."""
    shop.store.run(
        lambda unit: unit.session.execute(
            update(Staff).where(Staff.username == username).values(name=name)
        )
    )


def in_arabic(screen: Page) -> None:
    screen.get_by_role("combobox", name="Language").select_option("ar")
    expect(screen.locator("html")).to_have_attribute("lang", "ar")
    for path in ("people", "rooms", "devices"):
        screen.goto(f"/manager/{path}")
        expect(screen.locator("main")).to_have_attribute("aria-busy", "false")
        screen.set_viewport_size({"width": DESK["width"], "height": DESK["height"]})
        looks_right(screen, "manager", path, "ar")
        screen.locator("main .line-button").first.press("Enter")
        expect(screen.get_by_role("dialog")).to_be_visible()
        screen.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        looks_right(screen, "manager", path, "dialog", "ar")
        rows = "links => new Set(links.map((link) => link.offsetTop)).size"
        assert screen.locator(".section-link").evaluate_all(rows) == 1, "a row for a thumb"
        screen.keyboard.press("Escape")


_DAY_OF_THE_WIRE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


def in_the_other_languages(screen: Page) -> None:
    """Every section finds room for its words; colours and structure are those of English."""
    language = translations("ar").gettext("Language")
    for code in ("es", "fil", "ja"):
        screen.get_by_role("combobox", name=language).select_option(code)
        expect(screen.locator("html")).to_have_attribute("lang", code)
        language = translations(code).gettext("Language")
        for section in of(Role.MANAGER):
            screen.goto(section.path)
            expect(screen.locator("main")).to_have_attribute("aria-busy", "false")
            # Not even in what the server's findings say.
            expect(screen.locator("main")).not_to_contain_text(_DAY_OF_THE_WIRE)
            for size in (DESK, PHONE):
                screen.set_viewport_size({"width": size["width"], "height": size["height"]})
                pictures.keep(screen, "manager", section.name, code)
                fits(screen)


def test_a_person_is_offered_the_rooms_however_late_they_come(open_shop: OpenShop) -> None:
    page = open_shop().manager()
    late: list[Route] = []
    page.route("**/api/manager/rooms", lambda route: late.append(route))  # noqa: PLW0108
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="People").click()
    page.get_by_role("button", name="Add person").click()
    form = page.get_by_role("dialog", name="Add person")
    expect(form).to_have_count(0)
    for route in late:
        route.continue_()
    page.unroute("**/api/manager/rooms")
    expect(form.get_by_role("option", name="Room 1")).to_have_count(1)
