"""Every state of the staff's screens: readable by everybody, in every language, with long names."""

from __future__ import annotations

import re
from decimal import Decimal

from playwright.sync_api import Locator, Page, expect

from appliance.protocol import PrintRole
from appliance.server.domain.papers import TRIES_IN_DOUBT
from appliance.server.domain.states import SYSTEM
from appliance.server.store.catalog import categories
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.server.usecases import manager
from appliance.server.usecases import papers as outbox
from appliance.server.usecases.manager import (
    CatalogCategory,
    CatalogClassification,
    CatalogService,
)
from appliance.translations import LANGUAGES, translations
from tests.browser import pictures
from tests.browser.at_rest import box_of
from tests.browser.conftest import OpenShop
from tests.browser.looks import fits, looks_right
from tests.browser.shop import PHONE, Shop, switch
from tests.support.visits import Visits

LONG_NAME = "Tradisyonal na masahe na may mainit na langis ng niyog (60)."
assert len(LONG_NAME) == 60
PRICE = Decimal("1234567.00")
TABLET = {"width": 1024, "height": 768}
WIDE = {"width": 1920, "height": 1080}


SENSES = """
  window.felt = { tones: 0, vibrations: 0 };
  const parameter = { setValueAtTime() {}, exponentialRampToValueAtTime() {} };
  const start = () => { felt.tones += 1; };
  window.AudioContext = class {
    state = "suspended";
    currentTime = 0;
    async resume() { this.state = "running"; }
    createOscillator = () => ({ frequency: {}, connect: (next) => next, start, stop() {} });
    createGain = () => ({ gain: parameter, connect: (next) => next });
  };
  navigator.vibrate = () => { felt.vibrations += 1; return true; };
"""
"""A phone's loudspeaker and motor: hardware, for all that a test can know."""


def offer_long_names(shop: Shop) -> int:
    """Put one service with the longest names and a high price on the menu; returns its variant."""
    variant = CatalogClassification(LONG_NAME, PRICE, 90)
    menu = [CatalogCategory(LONG_NAME, (CatalogService(LONG_NAME, LONG_NAME, (variant,)),))]
    shop.store.run(lambda unit: manager.import_catalog(unit, SYSTEM, menu))
    catalog = shop.store.run(
        lambda unit: [
            row.id
            for category in categories(unit.session)
            for service in category.services
            for row in service.classifications
            if row.name == LONG_NAME
        ]
    )
    return catalog[0]


def test_the_therapists_phone_in_every_state(open_shop: OpenShop) -> None:
    shop = open_shop(APPLIANCE_CURRENCY="PHP")
    variant = offer_long_names(shop)
    visits = Visits(shop.store, shop.spa)
    shop.complaints.expect(r"^login: .*\b401\b")
    looks_right(shop.screen("login", "/therapist/dashboard", PHONE), "login")
    phone = shop.therapist()
    looks_right(phone, "therapist", "empty")
    for _ in range(3):
        visits.waiting(variant, variant)
    button = phone.get_by_role("button", disabled=False)
    expect(phone.get_by_role("heading", name="Next: 0001")).to_be_visible()
    looks_right(phone, "therapist", "waiting")

    button.filter(has_text="Call next customer").tap()
    expect(phone.get_by_text("Called to room 1", exact=True)).to_be_visible()
    looks_right(phone, "therapist", "called")
    button.filter(has_text="Cancel (no-show)").tap()
    expect(phone.get_by_role("dialog", name="Cancel 0001?")).to_be_visible()
    looks_right(phone, "therapist", "no-show")
    phone.get_by_role("button", name="Keep visit").tap()

    button.filter(has_text="Start service").tap()
    expect(phone.get_by_text("In service since")).to_be_visible()
    looks_right(phone, "therapist", "in service")
    button.filter(has_text="Add a service").tap()
    picker = phone.get_by_role("dialog", name="Add a service")
    expect(picker.get_by_role("button", name=LONG_NAME)).to_be_visible()
    looks_right(phone, "therapist", "picker")
    picker.get_by_role("button", name="Close").tap()
    button.filter(has_text="Finish service").tap()
    phone.get_by_role("button", name="Yes, finish service").tap()
    expect(phone.get_by_text("Clean room 1")).to_be_visible()
    looks_right(phone, "therapist", "preparing")


def test_the_cashiers_desk_in_every_state(open_shop: OpenShop) -> None:
    shop = open_shop(APPLIANCE_CURRENCY="PHP")
    variant = offer_long_names(shop)
    simulator = shop.simulator()
    visits = Visits(shop.store, shop.spa)
    desk = shop.cashier()
    looks_right(desk, "cashier", "empty")
    for _ in range(2):
        finished(visits, variant)
    ready = desk.get_by_role("region", name="Ready to pay")
    expect(ready.get_by_role("button")).to_have_count(2)
    desk.keyboard.type("9998")
    desk.keyboard.press("Enter")
    expect(
        desk.get_by_role("alert").filter(has_text="No customer with number 9998")
    ).to_be_visible()
    looks_right(desk, "cashier", "refused code")

    switch(simulator, "lobby", "Paper out").click()
    expect(desk.get_by_text("Lobby printer: out of paper")).to_be_visible()
    desk.keyboard.press("F2")
    cash = desk.get_by_role("textbox", name="Cash received")
    expect(cash).to_be_focused()
    desk.keyboard.type("1")
    desk.keyboard.press("Enter")
    refusal = desk.get_by_role("alert").filter(has_text="short")
    expect(refusal).to_have_text("₱1,234,566.00 short (₱1.00 of ₱1,234,567.00).")
    looks_right(desk, "cashier", "refused payment")
    pay = desk.get_by_role("button", name="Mark as paid")
    for size in (TABLET, WIDE):
        desk.set_viewport_size(size)  # type: ignore[arg-type]
        fits(desk)
        box = pay.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= size["height"], "the button is below the edge"
    desk.keyboard.press("F8")
    expect(desk.get_by_text("Charge the card terminal")).to_be_visible()
    looks_right(desk, "cashier", "card")
    pay.click()
    expect(desk.get_by_role("heading", name="Paid", exact=True)).to_be_visible()
    looks_right(desk, "cashier", "paid")


def finished(visits: Visits, variant: int) -> str:
    """Bring one more customer to the desk's queue; returns the code."""
    visits.spa.variants["Swedish Massage", "60 minutes"] = variant
    return str(visits.row(visits.finished()).code)


def test_a_visit_in_every_language(open_shop: OpenShop) -> None:
    shop = open_shop(APPLIANCE_CURRENCY="JPY")
    visits = Visits(shop.store, shop.spa)
    variant = offer_long_names(shop)
    phone, desk = shop.therapist(), shop.cashier()
    guest = shop.screen("guest", "about:blank", PHONE)
    language = "Language"
    for code in LANGUAGES:
        say = translations(code).gettext
        for page in (phone, desk):
            page.get_by_label(language, exact=True).select_option(code)
            expect(page.locator("html")).to_have_attribute("dir", LANGUAGES[code].direction)
        language = say("Language")
        visit_in(say, visits, visits.waiting(variant), phone, desk, guest, code)


_IN_YEN = """([language, amount]) => new Intl.NumberFormat(`${language}-u-nu-latn`, {
  style: "currency", currency: "JPY", currencyDisplay: "narrowSymbol"
}).format(amount).replace(/\u200f/g, "")"""


def visit_in(  # type: ignore[no-untyped-def]
    say, visits: Visits, customer: int, phone: Page, desk: Page, guest: Page, language: str
) -> None:
    """One customer from the queue to the change; `say` translates."""
    row = visits.row(customer)
    number = str(row.code)
    step = phone.get_by_role("button", disabled=False)
    guest.goto(f"/t/{row.ticket_token}?lang={language}")
    expect(guest.get_by_role("heading", name=say("You are next"))).to_be_visible()
    pictures.keep(guest, "guest", "next", language)
    fits(guest)
    step.filter(has_text=say("Call next customer")).tap()
    called = say("Called to room {room}", room="1")
    expect(phone.get_by_text(called, exact=True)).to_be_visible()
    pictures.keep(phone, "therapist", "called", language)
    fits(phone)
    guest.reload()
    expect(
        guest.get_by_role("heading", name=say("Please go to room {room}", room="1"))
    ).to_be_visible()
    step.filter(has_text=say("Start service")).tap()
    expect(phone.get_by_role("button", name=say("Add a service"))).to_be_visible()
    pictures.keep(phone, "therapist", "in service", language)
    fits(phone)
    step.filter(has_text=say("Finish service")).tap()
    phone.get_by_role("button", name=say("Yes, finish service")).tap()
    step.filter(has_text=say("Mark room ready")).tap()

    desk.get_by_role("button", name=number).click()
    expect(desk.get_by_role("region", name=number)).to_contain_text(re.compile("1.234.567"))
    pictures.keep(desk, "cashier", "bill", language)
    fits(desk)
    notes = desk.get_by_role("group", name=say("Quick amounts")).get_by_role("button")
    for million in ("1.300.000", "1.500.000", "2.000.000"):
        expect(notes.filter(has_text=re.compile(million))).to_have_count(1)
    cash = desk.get_by_role("textbox", name=say("Cash received"))
    cash.fill("1")
    desk.keyboard.press("Enter")
    missing = desk.evaluate(_IN_YEN, [language, 1_234_566])
    due = desk.evaluate(_IN_YEN, [language, 1_234_567])
    refusal = desk.get_by_role("alert").filter(has_text=missing)
    expect(refusal).to_contain_text(due)
    pictures.keep(desk, "cashier", "too little cash", language)
    cash.fill("1300000")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name=say("Change"), exact=True)).to_be_visible()
    expect(desk.get_by_text(re.compile("65.433")).first).to_be_visible()
    pictures.keep(desk, "cashier", "change", language)
    fits(desk)
    desk.get_by_role("button", name=say("Done")).click()


def test_the_cashier_adds_somebody_who_cannot_use_the_kiosk(open_shop: OpenShop) -> None:
    shop = open_shop()
    visits = Visits(shop.store, shop.spa)
    therapist, desk = shop.therapist(), shop.cashier()
    desk.get_by_role("button", name="Add walk-in…").click()
    dialog = desk.get_by_role("dialog", name="Add walk-in")
    add = dialog.get_by_role("button", name="Add to the queue")
    expect(add).to_be_disabled()
    deep = dialog.get_by_role("button", name="Deep Tissue 60 minutes")
    deep.click()
    dialog.get_by_role("button", name="Swedish Massage 30 minutes").click()
    deep.click()
    dialog.get_by_role("button", name="Remove Deep Tissue, 60 minutes").first.click()
    expect(dialog.get_by_role("status")).to_contain_text("$145.50")
    dialog.get_by_role("textbox", name="First name or note").fill("Maria, wheelchair")
    looks_right(desk, "cashier", "walk-in")
    desk.set_viewport_size(PHONE)  # type: ignore[arg-type]
    fits(desk)
    add.click()
    told = desk.get_by_role("dialog", name="The customer's number")
    expect(told).to_contain_text("0001")
    expect(told).to_contain_text("Next in the queue")
    looks_right(desk, "cashier", "walk-in added")
    told.get_by_role("button", name="Done").click()
    expect(therapist.get_by_role("heading", name="Next: 0001")).to_be_visible()
    expect(therapist.get_by_text("Maria, wheelchair")).to_be_visible()
    row = visits.row(visits.newest())
    assert [item.service_name for item in row.items] == ["Swedish Massage", "Deep Tissue"]
    assert visits.broken_promises() == []


def test_the_cashier_needs_no_mouse(open_shop: OpenShop) -> None:
    shop = open_shop()
    visits = Visits(shop.store, shop.spa)
    desk = shop.cashier()
    keys = desk.keyboard
    code = desk.get_by_role("textbox", name="Customer's number")
    first, second, third = (visits.row(visits.finished()) for _ in range(3))
    ready = desk.get_by_role("region", name="Ready to pay")
    expect(ready.get_by_role("button")).to_have_count(3)
    cash = desk.get_by_role("textbox", name="Cash received")
    change = desk.get_by_role("heading", name="Change", exact=True)

    expect(code).to_be_focused()
    keys.type(str(second.code).lstrip("0"))  # Nobody types the zeros.
    keys.press("Enter")
    expect(desk.get_by_role("region", name=str(second.code))).to_be_visible()
    keys.press("Escape")
    expect(code).to_be_focused()
    keys.press("F2")
    expect(desk.get_by_role("region", name=str(first.code))).to_be_visible()
    keys.press("F6")
    expect(cash).to_have_value("80")
    keys.press("Enter")
    expect(desk.get_by_role("heading", name="No change due")).to_be_visible()
    visits.papers_are_out(first.id)  # What has not come out yet is not printed twice.
    keys.press("F4")
    expect(desk.get_by_role("status").filter(has_text="sent again")).not_to_have_count(0)
    keys.press("F2")
    expect(cash).to_be_focused()
    keys.type("100")

    # A scanner reads the next one's ticket into whatever has the focus: here, the amount.
    keys.type(f"http://spa.test/t/{third.ticket_token}")
    keys.press("Enter")
    expect(desk.get_by_role("region", name=str(third.code))).to_be_visible()
    desk.get_by_role("button", name=str(second.code)).press("Enter")
    expect(desk.get_by_role("region", name=str(second.code))).to_be_visible()
    assert visits.row(second.id).payment is None
    expect(cash).to_be_focused()
    keys.type("100")
    keys.press("Enter")
    expect(change).to_be_visible()
    keys.press("Enter")
    expect(desk.get_by_role("region", name=str(third.code))).to_be_visible()
    assert [visits.row(row.id).status for row in (first, second, third)] == [
        "paid",
        "paid",
        "awaiting_payment",
    ]


def test_the_managers_screen_in_every_state(open_shop: OpenShop) -> None:
    shop = open_shop(APPLIANCE_CURRENCY="PHP")
    variant = offer_long_names(shop)
    simulator = shop.simulator()
    visits = Visits(shop.store, shop.spa)
    screen = shop.manager()
    looks_right(screen, "manager", "empty")

    switch(simulator, "lobby", "Paper out").click()
    expect(screen.get_by_text("Lobby printer: out of paper").first).to_be_visible()
    finished(visits, variant)
    visits.in_service()
    visits.called(shop.spa.ben)
    visits.waiting(variant, variant)
    papers = screen.get_by_role("button", name="waiting to print")
    expect(papers).to_be_visible()
    looks_right(screen, "manager", "busy")
    for size in (TABLET, WIDE, PHONE):
        screen.set_viewport_size(size)  # type: ignore[arg-type]
        pictures.keep(screen, "manager", "busy")
        fits(screen)
    papers.click()
    waiting = screen.get_by_role("dialog", name="Waiting to print")
    waiting.get_by_role("button", name="Cancel print…").first.click()
    looks_right(screen, "manager", "papers")
    screen.keyboard.press("Escape")
    screen.set_viewport_size(TABLET)  # type: ignore[arg-type]
    spoken = "Language"
    for code in LANGUAGES:
        screen.get_by_label(spoken, exact=True).select_option(code)
        spoken = translations(code).gettext("Language")
        expect(screen.get_by_label(spoken, exact=True)).to_be_visible()
        pictures.keep(screen, "manager", "busy", code)
        fits(screen)


def test_a_paper_in_doubt_is_decided_by_somebody(open_shop: OpenShop) -> None:
    shop = open_shop()
    simulator = shop.simulator()
    screen = shop.manager()
    switch(simulator, "lobby", "Paper out").click()
    expect(screen.get_by_text("Lobby printer: out of paper").first).to_be_visible()
    visits = Visits(shop.store, shop.spa)
    (paper,) = visits.jobs(visits.waiting())

    def end_in_doubt(unit: UnitOfWork) -> None:
        job = outbox.lease(unit, "spare", [PrintRole.TICKET])
        assert job is not None
        unit.session.flush()
        outbox.failed(unit, job.id, job.lease or "", "does not take its data", maybe=True)

    for _ in range(TRIES_IN_DOUBT):
        shop.store.run(end_in_doubt)
    question = "may already be printed – print again or cancel?"
    expect(screen.get_by_text(f"Ticket {paper.document['code']}: {question}")).to_be_visible()
    screen.get_by_role("button", name="waiting to print").click()
    waiting = screen.get_by_role("dialog")
    expect(waiting.get_by_text(question)).to_be_visible()
    looks_right(screen, "manager", "doubt")
    waiting.get_by_role("button", name="Print again").click()
    expect(waiting.get_by_text(question)).to_be_hidden()
    assert visits.jobs()[0].state == "waiting"


def place(thing: Locator) -> tuple[float, float]:
    """Where its upper left corner stands, in CSS pixels."""
    box = box_of(thing)
    return box["x"], box["y"]


def test_errors_and_notices_move_no_button(open_shop: OpenShop) -> None:
    shop = open_shop()
    simulator = shop.simulator()
    visits = Visits(shop.store, shop.spa)
    visits.finished()
    deep, classic = (
        shop.spa.variants[each] for each in (("Deep Tissue", "60 minutes"), ("Classic", "One"))
    )
    visits.waiting(*[shop.spa.swedish_60] * 2, deep, deep, classic)
    phone, desk = shop.therapist(), shop.cashier()
    call = phone.get_by_role("button", name="Call next customer")
    called_from = place(call)
    ready = desk.get_by_role("region", name="Ready to pay")
    expect(ready).to_contain_text("Swedish Massage – 60 minutes")

    open_bill = desk.get_by_role("button", name="Open bill")
    opened_from = place(open_bill)
    desk.keyboard.type("9998")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("alert").filter(has_text="No customer")).to_be_visible()
    assert place(open_bill) == opened_from

    switch(simulator, "lobby", "Paper low").click()
    for page in (phone, desk):
        expect(page.get_by_text("Lobby printer: paper low")).to_be_visible()
    assert place(open_bill) == opened_from
    assert place(call) == called_from
    looks_right(phone, "therapist", "paper low")

    desk.keyboard.press("F2")
    pay = desk.get_by_role("button", name="Mark as paid")
    paid_from = place(pay)
    desk.keyboard.type("1")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("alert").filter(has_text="short")).to_be_visible()
    assert place(pay) == paid_from
    switch(simulator, "lobby", "Paper out").click()
    for page in (phone, desk):
        expect(page.get_by_text("Lobby printer: out of paper")).to_be_visible()
    assert (place(pay), place(call)) == (paid_from, called_from)
    desk.keyboard.press("F8")
    expect(desk.get_by_text("Charge the card terminal")).to_be_visible()
    assert place(pay) == paid_from

    desk.get_by_role("button", name="Discount…").click()
    discount = desk.get_by_role("dialog", name="Discount")
    discount.get_by_label("Percent", exact=True).fill("200")
    discount.get_by_label("Reason").fill("regular")
    apply = discount.get_by_role("button", name="Apply discount")
    applied_from = place(apply)
    apply.click()
    expect(discount.get_by_role("alert").get_by_role("paragraph")).to_be_visible()
    assert place(apply) == applied_from

    call.tap()
    expect(phone.get_by_text("Called to room 1", exact=True)).to_be_visible()
    services = phone.get_by_role("main").get_by_role("listitem")
    expect(services).to_have_count(3)
    phone.get_by_role("button", name="Show all 5 services").tap()
    expect(services).to_have_count(5)
    looks_right(phone, "therapist", "long card")


def test_the_therapist_is_called_by_chime_and_vibration(open_shop: OpenShop) -> None:
    shop = open_shop()
    visits = Visits(shop.store, shop.spa)
    phone = shop.therapist()
    phone.add_init_script(SENSES)
    phone.reload()
    expect(phone.get_by_text("Nobody is waiting", exact=True)).to_be_visible()
    phone.get_by_text("Nobody is waiting", exact=True).tap()  # Browsers are silent until touched.
    visits.waiting()
    expect(phone.get_by_role("heading", name="Next: 0001")).to_be_visible()
    assert phone.evaluate("felt") == {"tones": 2, "vibrations": 1}

    phone.get_by_role("button", name="Call next customer").tap()
    expect(phone.get_by_text("Called to room 1", exact=True)).to_be_visible()
    visits.waiting()
    expect(phone.get_by_role("region", name="Waiting")).to_contain_text("0002")
    assert phone.evaluate("felt") == {"tones": 2, "vibrations": 1}, "nobody at work is disturbed"


def test_a_refusal_on_a_phone_is_in_sight_and_moves_no_key(open_shop: OpenShop) -> None:
    shop = open_shop()
    visits = Visits(shop.store, shop.spa)
    number = str(visits.row(visits.finished()).code)
    desk = shop.cashier()
    desk.set_viewport_size(PHONE)  # type: ignore[arg-type]
    desk.get_by_role("button", name=number).click()
    cash = desk.get_by_role("textbox", name="Cash received")
    two = desk.get_by_role("button", name="2", exact=True)

    def below_the_field() -> float:
        field, key = cash.bounding_box(), two.bounding_box()
        assert field is not None
        assert key is not None
        return key["y"] - field["y"]

    cash.fill("1")
    place = below_the_field()
    desk.get_by_role("button", name="Mark as paid").click()
    refusal = desk.get_by_role("alert").filter(has_text="$79.00 short")
    expect(refusal).to_be_in_viewport(ratio=1)
    assert below_the_field() == place
    two.click()
    expect(refusal).to_have_count(0)
    assert below_the_field() == place
