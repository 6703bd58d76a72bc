"""The kiosk reads itself aloud to somebody who does not see it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.axe import violations_light_and_dark
from tests.browser.conftest import OpenShop
from tests.browser.looks import KIOSK_TARGET, looks_right
from tests.browser.shop import KIOSK_SIZES, PORTRAIT, Shop
from tests.browser.voices import give_voices

VOICES = ("en-US", "es-ES", "ar")


def kiosk_with_voices(shop: Shop, *voices: str) -> Page:
    page = shop.screen("kiosk", "about:blank", PORTRAIT, has_touch=True)
    give_voices(page, *voices)
    page.goto(shop.enrolment("door"))
    expect(page).to_have_url(f"{shop.base_url}/kiosk")
    expect(page.get_by_role("button", name="Read aloud")).to_be_visible()
    return page


def hears(page: Page, *sentences: str) -> None:
    """These are said next, in this order; others may come between."""
    for sentence in sentences:
        page.wait_for_function(
            """(sentence) => {
              const at = said.findIndex(({ text }) => text === sentence);
              if (at >= 0) said.splice(0, at + 1);
              return at >= 0;
            }""",
            arg=sentence,
        )


def hears_of(page: Page, *parts: str) -> None:
    """One sentence with all these parts is said."""
    page.wait_for_function(
        "(parts) => said.some(({ text }) => parts.every((part) => text.includes(part)))",
        arg=list(parts),
    )


def goes_to(page: Page, name: str) -> None:
    """By the arrow, until the control that is called so has the focus."""
    for _ in range(40):
        page.keyboard.press("ArrowDown")
        if page.locator(":focus").inner_text().strip().startswith(name):
            return
    raise AssertionError(f"{name} is not reached")


def test_by_keys_alone_from_the_welcome_to_the_number(open_shop: OpenShop) -> None:
    shop = open_shop(APPLIANCE_LANGUAGES="en,es,ar")
    page = kiosk_with_voices(shop, *VOICES)
    page.keyboard.press("5")
    hears(
        page,
        "This screen reads itself aloud. Move with the arrow keys, choose with Enter. "
        "Press 5 to hear it again.",
    )
    # The wait may have been told in the meantime, or not.
    hears_of(page, "Welcome to, Lobby Appliance, Choose your services here and take a number.")
    page.keyboard.press("Enter")
    hears(page, "What would you like today?")
    goes_to(page, "Massage")
    hears(page, "Massage, button")
    page.keyboard.press("Enter")
    hears(page, "Massage")
    goes_to(page, "Swedish Massage")
    hears(page, "Swedish Massage, Long strokes, from 50 US dollars, button")
    page.keyboard.press("Enter")
    hears(page, "Swedish Massage, Long strokes")
    goes_to(page, "30 minutes")
    hears(page, "30 minutes, 30 minutes, 50 US dollars, Add, button")
    page.keyboard.press("Enter")
    hears(page, "Total: 30 minutes, 50 US dollars")
    goes_to(page, "60 minutes")
    hears(page, "60 minutes, 1 hour, 80 US dollars, Add, button")
    page.keyboard.press("5")
    hears(page, "60 minutes, 1 hour, 80 US dollars, Add, button")
    goes_to(page, "Confirm")
    hears(page, "Confirm and get my number, button")
    page.keyboard.press("Enter")
    hears_of(page, "Thank you! Your number is, 0 0 0 1, You are next, ", "Please take a seat.")
    assert violations_light_and_dark(page) == []

    # The next customer finds a page that says nothing.
    goes_to(page, "Done")
    page.keyboard.press("Enter")
    switch = page.get_by_role("button", name="Read aloud")
    expect(switch).to_have_attribute("aria-pressed", "false")
    page.evaluate("said.length = 0")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Touch to begin").tap()
    expect(page.get_by_role("heading", name="What would you like today?")).to_be_focused()
    assert page.evaluate("said") == []


def test_in_arabic_from_the_welcome_to_the_number(open_shop: OpenShop) -> None:
    shop = open_shop(APPLIANCE_LANGUAGES="en,es,ja,ar")
    page = kiosk_with_voices(shop, *VOICES)
    page.keyboard.press("5")
    # Nobody reads Japanese here: who listens is not led there, into silence.
    expect(page.get_by_role("button", name="日本語")).to_be_disabled()
    goes_to(page, "العربية")
    hears_of(page, "العربية")
    page.keyboard.press("Enter")
    hears_of(page, "العربية", "محدد", "زر")
    goes_to(page, "المس للبدء")
    hears_of(page, "Lobby Appliance", "اختر خدماتك هنا وخذ رقمًا.")
    hears(page, "المس للبدء, زر")
    page.keyboard.press("Enter")
    goes_to(page, "Massage")
    page.keyboard.press("Enter")
    goes_to(page, "Swedish Massage")
    page.keyboard.press("Enter")
    goes_to(page, "30 minutes")
    page.evaluate("said.length = 0")
    page.keyboard.press("Enter")
    hears_of(page, "30 دقيقة, 50 دولار أمريكي")
    assert {each["lang"] for each in page.evaluate("said")} <= {"ar"}
    goes_to(page, "تأكيد")
    page.keyboard.press("Enter")
    hears_of(page, "0 0 0 1")


def test_the_first_touch_says_it_and_the_second_chooses(open_shop: OpenShop) -> None:
    page = kiosk_with_voices(open_shop(), *VOICES)
    page.get_by_role("button", name="Read aloud").tap()
    hears(
        page,
        "This screen reads itself aloud. Touch a button once to hear it, twice to choose it.",
    )
    begin = page.get_by_role("button", name="Touch to begin")
    begin.tap()
    hears(page, "Touch to begin, button")
    expect(begin).to_be_visible()
    begin.tap()
    hears(page, "What would you like today?")


def test_the_switch_is_there_where_a_voice_is(open_shop: OpenShop) -> None:
    shop = open_shop(APPLIANCE_LANGUAGES="en,es,ja,ar")
    page = kiosk_with_voices(shop, *VOICES)
    for language in ("en", "ar", "ja"):
        page.locator(f"button[lang={language}]").tap()
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.locator(".attract .look")).to_have_count(2 if language == "ja" else 3)
    page.keyboard.press("5")
    assert page.evaluate("said") == []


def test_the_switch_has_its_place_in_every_size_and_look(open_shop: OpenShop) -> None:
    shop = open_shop(APPLIANCE_LANGUAGES="en,es,ja,ar")
    page = kiosk_with_voices(shop, "en-US", "ar", "ja-JP")
    for language in ("en", "ja", "ar"):
        page.locator(f"button[lang={language}]").tap()
        expect(page.locator("html")).to_have_attribute("lang", language)
        for large in (False, True):
            if large:
                for look in (0, 1):
                    page.locator(".attract .look").nth(look).tap()
            for view in ("welcome", "menu"):
                if view == "menu":
                    page.locator(".begin").tap()
                    expect(page.locator(".topbar .look")).to_have_count(3)
                for size in KIOSK_SIZES:
                    page.set_viewport_size(size)  # type: ignore[arg-type]
                    words = f"{view} {language}{' large' if large else ''}"
                    looks_right(page, "kiosk", "read aloud", words, least=KIOSK_TARGET)
                page.set_viewport_size(PORTRAIT)  # type: ignore[arg-type]
            page.locator(".topbar-over").tap()
            page.locator(f"button[lang={language}]").tap()
            expect(page.locator("html")).to_have_attribute("lang", language)
