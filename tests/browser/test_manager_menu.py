"""A manager keeps the menu on screen, and the kiosk follows."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from decimal import Decimal

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from appliance.server.domain.states import SYSTEM
from appliance.server.usecases import manager
from appliance.server.usecases.manager import (
    CatalogCategory,
    CatalogClassification,
    CatalogService,
)
from tests.browser import pictures
from tests.browser.conftest import OpenShop
from tests.browser.looks import KIOSK_TARGET, fits, looks_right
from tests.browser.shop import KIOSK_SIZES, PHONE, Shop, Taps
from tests.support.spa import CATALOG

LONG_NAME = "Tradisyonal na masahe na may mainit na langis ng niyog (60)."


def photo(colour: str = "#3f7d6b") -> dict[str, object]:
    """A file as it is chosen."""
    made = io.BytesIO()
    Image.radial_gradient("L").resize((900, 600)).convert("RGB").save(made, "PNG")
    return {"name": "holiday.txt", "mimeType": "image/png", "buffer": made.getvalue()}


def button(page: Page | Locator, name: str | re.Pattern[str]) -> Locator:
    return page.get_by_role("button", name=name, exact=isinstance(name, str))


def dialog(page: Page, name: str) -> Locator:
    found = page.get_by_role("dialog", name=name)
    expect(found).to_be_visible()
    return found


def save(form: Locator, name: str = "Save") -> None:
    button(form, name).click()
    expect(form).to_be_hidden()


def on_kiosk(kiosk: Page, name: str) -> Locator:
    return kiosk.get_by_role("button", name=re.compile(f"^{re.escape(name)}"))


def test_a_manager_makes_a_category_and_puts_it_in_its_place(open_shop: OpenShop) -> None:
    shop = open_shop()
    kiosk = shop.kiosk()
    Taps(kiosk).button("Touch to begin")
    expect(on_kiosk(kiosk, "Massage")).to_be_visible()
    page = shop.manager(path="/manager/menu")

    # A category with a service with a variant, in two languages.
    button(page, "Add category").click()
    form = dialog(page, "Add category")
    form.get_by_label("Name", exact=True).fill("Feet")
    form.get_by_label("Name in 日本語").fill("足")
    form.get_by_label("Description", exact=True).fill("For those who stand all day")
    form.get_by_text("Icon", exact=True).first.click()
    form.get_by_role("radio", name="footprints").check(force=True)
    form.locator("input[type=file]").set_input_files(photo())  # type: ignore[arg-type]
    expect(form.get_by_role("img", name="Photo")).to_be_visible()
    looks_right(page, "menu", "category")
    save(form, "Add category")
    feet = page.get_by_role("region", name="Feet")
    button(feet, "Add service").click()
    form = dialog(page, "Add service")
    form.get_by_label("Name", exact=True).fill("Reflexology")
    form.get_by_label("Name in 日本語").fill("リフレクソロジー")
    form.get_by_label("Tax in percent").fill("12")
    save(form, "Add service")
    form = dialog(page, "Add variant")
    form.get_by_label("Name", exact=True).fill("45 minutes")
    form.get_by_label("Minutes").fill("٤٥")  # As some keyboards type it.
    price = form.get_by_label("Price", exact=True)
    shop.complaints.expect(r"^gloria: .*\b400\b.*classifications")
    for odd in ("1e3", "-0", "１２,5", "NaN", "0.0123456789"):
        price.fill(odd)
        button(form, "Add variant").click()
        expect(form.get_by_role("alert")).to_have_text(
            "Write plain digits with a point, such as 95.50."
        )
    price.fill("４０.50")
    save(form, "Add variant")
    expect(on_kiosk(kiosk, "Feet")).to_be_visible()
    line = button(feet, re.compile("^45 minutes"))
    expect(line).to_contain_text("$40.50")

    # Another order, by keyboard alone.
    button(page, "Change order").focus()
    page.keyboard.press("Enter")
    up = button(page, "Move Feet up")
    up.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Feet: 2 of 3")).to_be_attached()
    expect(up).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Feet: 1 of 3")).to_be_attached()
    expect(button(page, "Move Feet down")).to_be_focused()
    expect(kiosk.locator(".tile-name")).to_have_text(["Feet", "Massage", "Facial"])
    # And by mouse: the first one is drawn to the last place.
    pictures.keep(page, "menu", "order")
    rows = page.locator(".menu-order.card > .menu-order-item")
    start = rows.first.locator(".menu-handle").first.bounding_box()
    end = rows.last.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(start["x"] + 5, end["y"] + end["height"] - 5, steps=8)
    page.mouse.up()
    expect(kiosk.locator(".tile-name")).to_have_text(["Massage", "Facial", "Feet"])
    button(page, "Done").click()
    search = page.get_by_label("Search the menu")
    search.fill("リフレ")
    expect(page.locator(".menu-category")).to_have_count(1)
    search.fill("zzz")
    expect(page.get_by_text("No matching service")).to_be_visible()
    search.fill("")
    looks_right(page, "menu")


def test_the_kiosk_follows_prices_and_what_is_not_today(open_shop: OpenShop) -> None:
    shop = open_shop(APPLIANCE_TIMEZONE="Asia/Manila")
    kiosk = shop.kiosk()
    tap = Taps(kiosk)
    page = shop.manager(path="/manager/menu")
    line = button(page.get_by_role("region", name="Facial"), re.compile("^One"))
    expect(line).to_be_visible()

    # A visit that runs keeps its price.
    tap.button("Touch to begin")
    for name in ("Facial", "Classic", "One"):
        on_kiosk(kiosk, name).tap()
    selection = kiosk.get_by_role("region", name="Your selection")
    expect(selection.get_by_role("status").first).to_contain_text("$65")
    line.click()
    form = dialog(page, "One")
    form.get_by_label("Price", exact=True).fill("44")
    save(form)
    expect(on_kiosk(kiosk, "One")).to_contain_text("$44")
    expect(selection.get_by_role("status").first).to_contain_text("$65")
    line.click()
    button(form, "Not today").click()
    expect(form.get_by_text(re.compile(r"^Not today, back .* 4:00\sAM$"))).to_be_visible()
    expect(on_kiosk(kiosk, "One")).to_be_hidden()
    button(form, "Show today after all").click()
    expect(on_kiosk(kiosk, "Facial")).to_be_visible()

    # A price from a moment of the shop's own clock on.
    form.get_by_label("New price").fill("50")
    form.get_by_label("From, in the shop's time").fill("2031-03-05T08:00")
    button(form, "Schedule").click()
    later = re.compile(r"^\$50\.00 from Wed, Mar 5, 2031, 8:00\sAM$")
    expect(form.get_by_text(later)).to_be_visible()
    pictures.keep(page, "menu", "variant")
    save(form)
    expect(line).to_contain_text("$50.00 from")

    # As the kiosk shows it, in a frame.
    button(page, "Preview").click()
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name=re.compile("^Facial")).click()
    expect(frame.get_by_role("button", name=re.compile("^Classic"))).to_be_visible()
    pictures.keep(page, "menu", "preview")
    button(dialog(page, "As the kiosk shows it"), "Close").click()

    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    looks_right(page, "menu", "phone")
    line.click()
    expect(form).to_be_visible()
    looks_right(page, "menu", "phone", "variant")


HOLD_FRAMES = """() => {
  const real = window.requestAnimationFrame;
  const held = [];
  window.requestAnimationFrame = (then) => held.push(then);
  window.letGo = () => {
    window.requestAnimationFrame = real;
    for (const then of held) real(then);
  };
}"""
UNTIL_THE_MENU_IS_READ = """async () => {
  const read = () => performance.getEntriesByType("resource")
    .filter(({ name }) => name.endsWith("/api/manager/catalog")).length;
  const before = read();
  for (let last = before; ; last = read()) {
    await new Promise((then) => setTimeout(then, 300));
    if (read() > before && read() === last) return;
  }
}"""


def test_two_quick_steps_are_two(open_shop: OpenShop) -> None:
    shop = open_shop()
    variants = (CatalogClassification("One", Decimal(40), 45),)
    feet = CatalogCategory("Feet", (CatalogService("Reflexology", "", variants),))
    shop.store.run(lambda unit: manager.import_catalog(unit, SYSTEM, [*CATALOG, feet]))
    kiosk = shop.kiosk()
    Taps(kiosk).button("Touch to begin")
    page = shop.manager(path="/manager/menu")
    button(page, "Change order").click()
    up = button(page, "Move Feet up")
    expect(up).to_be_enabled()
    # The page is slow to draw: it has the answer to the first step, and the second comes first.
    page.evaluate(HOLD_FRAMES)
    up.dispatch_event("click")
    page.evaluate(UNTIL_THE_MENU_IS_READ)
    up.dispatch_event("click")
    page.evaluate("letGo()")
    expect(page.get_by_role("status").filter(has_text="Feet: 1 of 3")).to_be_attached()
    expect(kiosk.locator(".tile-name")).to_have_text(["Feet", "Massage", "Facial"])


def test_two_managers_change_one_price(open_shop: OpenShop) -> None:
    shop = open_shop()
    shop.complaints.expect(r"^(first|gloria): .*\b409\b.*classifications")
    pages = [shop.manager(path="/manager/menu")]
    context = pages[0].context
    pages.append(context.new_page())
    pages[1].goto("/manager/menu")
    forms = []
    for page in pages:
        massage = page.get_by_role("region", name="Massage")
        button(massage, re.compile("^30 minutes")).first.click()
        forms.append(dialog(page, "30 minutes"))
    forms[0].get_by_label("Price", exact=True).fill("55")
    forms[1].get_by_label("Price", exact=True).fill("52")
    forms[1].get_by_label("Minutes").fill("35")
    save(forms[0])
    button(forms[1], "Save").click()
    alert = forms[1].get_by_role("alert")
    expect(alert).to_contain_text("Someone else just changed this to “55.00”.")
    expect(alert).to_contain_text("Price is now “55”.")
    looks_right(pages[1], "menu", "conflict")
    save(forms[1])
    for page in pages:
        line = button(page.get_by_role("region", name="Massage"), re.compile("^30 minutes")).first
        expect(line).to_contain_text("$52.00")
        expect(line).to_contain_text("35 min")


def test_five_hundred_entries_with_long_names(open_shop: OpenShop) -> None:
    shop = open_shop()
    offer_many(shop)
    page = shop.manager(path="/manager/menu")
    toggles = page.locator(".menu-toggle")
    expect(toggles).to_have_count(12)  # two are not offered any more
    expect(page.locator(".menu-service")).to_have_count(0)
    toggles.filter(has_text=f"{LONG_NAME} 7").click()
    expect(page.locator(".menu-service")).to_have_count(10)
    fits(page)
    page.get_by_label("Search the menu").fill("(60). 7-3")
    expect(page.locator(".menu-service")).to_have_count(1)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    # Where the page stood when it became short, part of a button may lie below the bar.
    page.evaluate("scrollTo(0, 0)")
    looks_right(page, "menu", "long")
    page.get_by_label("Search the menu").fill("")
    button(page, "Change order").focus()
    page.keyboard.press("Enter")
    looks_right(page, "menu", "long", "order")
    down = button(page, f"Move {LONG_NAME} 0 down")
    down.focus()
    page.keyboard.press("Enter")
    moved = re.compile(rf"^{re.escape(LONG_NAME)} 0: [23] of 12")
    expect(page.get_by_role("status").filter(has_text=moved)).to_be_attached()
    expect(down).to_be_focused()


def offer_many(shop: Shop) -> None:
    """Ten categories with ten services with four variants each."""
    variants = tuple(
        CatalogClassification(f"{LONG_NAME[:50]} {size}", Decimal("1234567.00"), 90)
        for size in range(4)
    )
    menu = [
        CatalogCategory(
            f"{LONG_NAME} {place}",
            tuple(
                CatalogService(f"{LONG_NAME} {place}-{number}", LONG_NAME, variants)
                for number in range(10)
            ),
        )
        for place in range(10)
    ]
    shop.store.run(lambda unit: manager.import_catalog(unit, SYSTEM, menu))


def test_the_kiosk_with_photos(open_shop: OpenShop) -> None:
    shop = open_shop()
    page = shop.manager(path="/manager/menu")
    for name in ("Massage", "Swedish Massage"):
        opened: Callable[[], None] = (
            button(page, f"Edit {name}").click
            if name == "Massage"
            else button(page, re.compile(f"^{name}")).first.click
        )
        opened()
        form = dialog(page, name)
        form.locator("input[type=file]").set_input_files(photo())  # type: ignore[arg-type]
        expect(form.get_by_role("img", name="Photo")).to_be_visible()
        save(form)
    kiosk = shop.kiosk(still=True)
    for language in ("en", "ar"):
        for size in KIOSK_SIZES:
            kiosk.set_viewport_size(size)  # type: ignore[arg-type]
            if language == "ar":
                button(kiosk, "العربية").tap()
                expect(kiosk.locator("html")).to_have_attribute("dir", "rtl")
            kiosk.locator(".begin").tap()
            steps = ((".tile", r"^\s*Massage\s*$"), (".tile", "Swedish Massage"), (".variant", ""))
            for place, (tile, name) in enumerate(steps):
                first = kiosk.locator(tile).filter(has_text=re.compile(name)).first
                expect(first).to_be_visible()
                # What was chosen may go as what it led to comes: the photo of this step alone.
                shown = (first if tile == ".tile" else kiosk.locator(".page-photo")).locator("img")
                expect(shown).to_have_js_property("complete", True)
                expect(shown).not_to_have_js_property("naturalWidth", 0)
                pictures.keep(kiosk, "kiosk", "photos", language, str(place))
                fits(kiosk, KIOSK_TARGET)
                if tile == ".tile":
                    first.tap()
            kiosk.goto("/kiosk")
