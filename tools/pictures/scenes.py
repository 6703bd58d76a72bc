"""What there is to picture: each scene is a page, or a few, led through every state.

A scene stands before a shop of its own whose pages speak the language of the scene, and finds
things as people do, by their translated words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from appliance.server.demo_data import CATALOG
from appliance.server.domain.states import SYSTEM, Actor, Role
from appliance.server.store.catalog import categories
from appliance.server.usecases import cashier as desk
from appliance.server.usecases import duty, manager, moves, queue, therapist
from appliance.server.usecases.manager import (
    CatalogCategory,
    CatalogClassification,
    CatalogService,
)
from appliance.server.wire import catalog_file
from appliance.translations import LANGUAGES, translations
from tests.browser.desks import close_a_day, till_of
from tests.browser.looks import KIOSK_TARGET, STAFF_TARGET
from tests.browser.shop import DESK, LANDSCAPE, PHONE, PORTRAIT, WALL, Shop, manager_has_pin
from tests.support.line import Cut, Line
from tests.support.spa import CATALOG as OWN_MENU
from tests.support.spa import PASSWORD
from tests.support.till import offer
from tests.support.visits import Visits
from tools.pictures.album import Album, Size

KIOSK: Final = [PORTRAIT, LANDSCAPE]
STAFF: Final = [PHONE, DESK]
BOARD: Final = [WALL, PORTRAIT]
PATIENCE_MS: Final = 60_000
"""A busy machine makes no wrong pictures."""
_WAITING: Final = 14
"""So many make a busy lobby."""
_LONG_NAME: Final = "Tradisyonal na masahe na may mainit na langis ng niyog (60)."
"""As long as a name may be: 60 characters."""
_HIGH_PRICE: Final = Decimal("1234567.00")
"""Seven digits, as some currencies have them."""
_DEMO: Final = "demo.json"


@dataclass
class Stage:
    """A shop, and the language in which its screens are pictured."""

    shop: Shop
    album: Album
    language: str
    folder: Path

    def __post_init__(self) -> None:
        self.visits = Visits(self.shop.store, self.shop.spa)
        self.say = translations(self.language).gettext

    def screen(self, name: str, path: str, size: Size, **options: Any) -> Page:
        """A page of a browser of its own; nobody is in a hurry."""
        return self.shop.screen(
            name, path, size, prepare=lambda its: its.set_default_timeout(PATIENCE_MS), **options
        )

    def take(self, page: Page, name: str, state: str, sizes: list[Size]) -> None:
        """Picture a page at each of the sizes."""
        least = KIOSK_TARGET if name == "kiosk" else STAFF_TARGET
        self.album.take(page, name, state, self.language, sizes, least)

    def begins(self, msgid: str, **values: Any) -> re.Pattern[str]:
        """A name that begins with these words; a price, dots or a key may follow."""
        words = re.escape(self.say(msgid, **values)).replace("/", r"\/")
        return re.compile("^\\s*" + words)

    def button(self, where: Page | Locator, msgid: str, **values: Any) -> Locator:
        """The first button that is called so."""
        return where.get_by_role("button", name=self.begins(msgid, **values)).first

    def log_in(self, username: str, role: str, path: str = "dashboard") -> Page:
        """A page of somebody of the staff."""
        page = self.screen(username, f"/{role}/login?next=/{role}/{path}", DESK)
        page.locator("[name=username]").fill(username)
        page.locator("[name=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(self.button(page, "Log out")).to_be_visible()
        return page

    def dialog(self, page: Page, opener: Locator, name: str, state: str) -> None:
        """Open a dialog, picture it, and close it."""
        opener.click()
        expect(page.locator("dialog[open]")).to_be_visible()
        self.take(page, name, state, STAFF)
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)


def _long_names(shop: Shop, beside: list[CatalogCategory]) -> int:
    """Put a service with the longest names on the menu.

    Args:
        shop: Whose menu.
        beside: What else is on it.

    Returns:
        The service's variant.
    """
    variant = CatalogClassification(_LONG_NAME, _HIGH_PRICE, 90)
    service = CatalogService(_LONG_NAME, _LONG_NAME, (variant,))
    menu = [*beside, CatalogCategory(_LONG_NAME, (service,))]
    shop.store.run(lambda unit: manager.import_catalog(unit, SYSTEM, menu))
    return shop.store.run(
        lambda unit: next(
            row.id
            for category in categories(unit.session)
            for service in category.services
            for row in service.classifications
            if row.name == _LONG_NAME
        )
    )


def kiosk(stage: Stage) -> None:
    """From the first page to the number, with every question on the way."""
    shop, say = stage.shop, stage.say
    long_menu = catalog_file.load(CATALOG.read_text(encoding="utf-8"))
    shop.store.run(lambda unit: manager.import_catalog(unit, SYSTEM, long_menu))
    line = Line(shop.server.port)
    shop.base_url = line.base_url
    page = stage.screen("kiosk", shop.enrolment("door"), PORTRAIT, has_touch=True)
    begin = stage.button(page, "Touch to begin")
    expect(begin).to_be_visible()
    stage.take(page, "kiosk", "welcome without printer", KIOSK)
    shop.start_devices()
    expect(page.locator(".chip-warn")).to_have_count(0)
    stage.take(page, "kiosk", "welcome", KIOSK)
    begin.tap()
    expect(page.get_by_role("heading", name=say("What would you like today?"))).to_be_visible()
    stage.take(page, "kiosk", "long menu, filter", KIOSK)
    page.locator(".topbar-language").tap()
    expect(page.get_by_role("dialog")).to_be_visible()
    stage.take(page, "kiosk", "languages", KIOSK)
    own = LANGUAGES[stage.language].name
    page.get_by_role("dialog").get_by_role("button", name=own).tap()
    expect(page.get_by_role("dialog")).to_have_count(0)
    _choose(stage, page)
    line.cut(Cut.BROKEN)
    expect(page.get_by_text(say("Reconnecting – one moment"))).to_be_visible()
    stage.take(page, "kiosk", "offline", KIOSK)
    line.mend()
    expect(page.get_by_text(say("Reconnecting – one moment"))).to_have_count(0)
    stage.button(page, "Confirm and get my number").tap()
    expect(stage.button(page, "Done")).to_be_visible()
    stage.take(page, "kiosk", "number", KIOSK)
    line.close()
    shop.base_url = shop.server.base_url
    stranger = stage.screen("stranger", "/kiosk", PORTRAIT)
    expect(stranger.get_by_role("heading").first).to_be_visible()
    stage.take(stranger, "kiosk", "not enrolled", KIOSK)


def _choose(stage: Stage, page: Page) -> None:
    """A selection, from the categories on, with the questions about it."""
    basket = page.get_by_role("region", name=stage.say("Your selection")).get_by_role("listitem")
    # In their places: the menu is in the customer's language.
    choices = page.get_by_role("main").get_by_role("listitem").get_by_role("button")
    categories = page.get_by_role("heading", level=1).inner_text()
    choices.first.tap()
    expect(page.get_by_role("heading", level=1)).not_to_have_text(categories)
    stage.take(page, "kiosk", "services", KIOSK)
    services = page.get_by_role("heading", level=1).inner_text()
    choices.first.tap()
    expect(page.get_by_role("heading", level=1)).not_to_have_text(services)
    stage.take(page, "kiosk", "variants", KIOSK)
    choices.first.tap()
    expect(basket).to_have_count(1)
    stage.take(page, "kiosk", "basket", KIOSK)
    choices.nth(1).tap()
    question = page.get_by_role("alertdialog")
    expect(question).to_be_visible()
    expect(question.get_by_role("button", disabled=True)).to_have_count(0)
    stage.take(page, "kiosk", "replace or add", KIOSK)
    stage.button(question, "Keep both").click()
    expect(basket).to_have_count(2)
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    basket.first.get_by_role("button").last.tap()
    expect(page.locator(".stepper-count").filter(has_text="2")).to_have_count(1)
    stage.take(page, "kiosk", "for two", KIOSK)
    stage.button(page, "Start over").tap()
    expect(question).to_be_visible()
    stage.take(page, "kiosk", "start over", KIOSK)
    stage.button(page, "Keep my selection").tap()


def kiosk_at_rest(stage: Stage) -> None:
    """With a picture of the shop, long names and an hour at which nobody is reached any more."""
    shop = stage.shop
    _long_names(shop, beside=[])
    page = stage.screen("kiosk", shop.enrolment("door"), PORTRAIT, has_touch=True)
    expect(page.locator(".rest-begin")).to_be_visible(timeout=30_000)
    stage.take(page, "kiosk", "at rest", KIOSK)
    page.touchscreen.tap(20, 20)
    stage.button(page, "Touch to begin").tap()
    for state, kind in (
        ("long category", "main .tile-category"),
        ("long service", "main .tile-service"),
        ("long variant", "main .variant"),
    ):
        entry = page.locator(kind).first
        expect(entry).to_be_visible()
        stage.take(page, "kiosk", state, KIOSK)
        entry.tap()
    expect(stage.button(page, "Confirm and get my number")).to_be_enabled()
    stage.take(page, "kiosk", "long basket", KIOSK)


def kiosk_late(stage: Stage) -> None:
    """A customer who comes so late that the shop may close before their turn."""
    shop, visits = stage.shop, stage.visits
    for _ in range(_WAITING):
        visits.waiting()
    page = stage.screen("kiosk", shop.enrolment("door"), PORTRAIT, has_touch=True)
    expect(page.locator(".attract-news")).to_be_visible()
    stage.take(page, "kiosk", "welcome before closing", KIOSK)
    stage.button(page, "Touch to begin").tap()
    for kind in ("main .tile-category", "main .tile-service", "main .variant"):
        page.locator(kind).first.tap()
    expect(page.locator(".basket-wait-late")).to_be_visible()
    stage.take(page, "kiosk", "may not be reached", KIOSK)


def kiosk_closed(stage: Stage) -> None:
    """After closing time."""
    page = stage.screen("kiosk", stage.shop.enrolment("door"), PORTRAIT, has_touch=True)
    expect(page.locator(".attract-news")).to_be_visible()
    stage.take(page, "kiosk", "closed", KIOSK)
    stage.button(page, "Touch to begin").tap()
    for kind in ("main .tile-category", "main .tile-service", "main .variant"):
        page.locator(kind).first.tap()
    expect(stage.button(page, "Confirm and get my number")).to_be_enabled()
    stage.take(page, "kiosk", "closed basket", KIOSK)


def board(stage: Stage) -> None:
    """Empty, busy, calling, and without a line."""
    shop, visits = stage.shop, stage.visits
    line = Line(shop.server.port)
    shop.base_url = line.base_url
    page = stage.screen("board", shop.enrolment("lobby"), WALL)
    expect(page).to_have_url(f"{shop.base_url}/board")
    expect(page.get_by_role("heading").first).to_be_visible()
    stage.take(page, "board", "empty", BOARD)
    for _ in range(_WAITING):
        visits.waiting()
    expect(page.get_by_text("0001", exact=True)).to_be_visible()
    stage.take(page, "board", "busy", BOARD)
    _call(stage, shop.spa.ana)
    _call(stage, shop.spa.ben)
    expect(page.locator(".board-hero-code")).to_have_text("0002")
    stage.take(page, "board", "calls", BOARD)
    line.cut(Cut.BROKEN)
    away = stage.say("Reconnecting. The front desk can help you in the meantime.")
    expect(page.get_by_text(away).first).to_be_visible()
    stage.take(page, "board", "offline", BOARD)
    line.close()


def phone(stage: Stage) -> None:
    """The customer's page from the queue to the end."""
    shop, visits = stage.shop, stage.visits
    visits.waiting()
    row = visits.row(visits.waiting(shop.spa.swedish_30, shop.spa.deep_60))
    page = stage.screen("guest", "about:blank", PHONE)

    def look(state: str, token: str | None = row.ticket_token) -> None:
        page.goto(f"/t/{token}?lang={stage.language}")
        expect(page.get_by_role("heading").first).to_be_visible()
        page.wait_for_load_state("networkidle")
        stage.take(page, "phone", state, STAFF)

    look("waiting")
    customer = Actor(Role.CUSTOMER, row.id, "customer")
    shop.store.run(lambda u: queue.step_out(u, visits.shop, customer))
    look("stepped out")
    shop.store.run(lambda u: queue.come_back(u, visits.shop, customer))
    _call(stage, shop.spa.ana)
    look("next")
    _call(stage, shop.spa.ben)
    look("called")
    ben = shop.spa.ben
    shop.store.run(lambda u: therapist.start_service(u, visits.shop, ben, row.id))
    look("in service")
    shop.store.run(lambda u: therapist.finish_service(u, visits.shop, ben, row.id))
    look("to pay")
    shop.store.run(lambda u: therapist.room_ready(u, visits.shop, ben))
    eva = shop.spa.eva
    shop.store.run(lambda u: desk.claim_next(u, visits.shop, eva))
    look("at the desk")
    visits.pay(row.id, "300")
    look("paid")
    leaver = visits.row(visits.waiting())
    page.goto(f"/t/{leaver.ticket_token}?lang={stage.language}")
    stage.button(page, "Leave the queue…").click()
    leave = stage.button(page, "Yes, leave the queue")
    expect(leave).to_be_visible()
    stage.take(page, "phone", "leave?", STAFF)
    leave.click()
    expect(stage.button(page, "Leave the queue…")).to_have_count(0)
    stage.take(page, "phone", "left", STAFF)
    look("another day", "x" * 43)


def _call(stage: Stage, who: Any) -> None:
    stage.shop.store.run(lambda unit: therapist.confirm_next(unit, stage.visits.shop, who))


def therapists(stage: Stage) -> None:
    """A therapist's phone: free, next, with a customer, on a break, without a line."""
    shop, visits = stage.shop, stage.visits
    long = _long_names(shop, beside=OWN_MENU)
    line = Line(shop.server.port)
    shop.base_url = line.base_url
    page = stage.log_in("ana", "therapist")
    expect(stage.button(page, "Take a break")).to_be_visible()
    stage.take(page, "therapist", "free", STAFF)
    visits.waiting(long, shop.spa.swedish_30)
    for _ in range(4):
        visits.waiting()
    call = stage.button(page, "Call next customer")
    expect(call).to_be_enabled()
    stage.take(page, "therapist", "next", STAFF)
    call.click()
    start = stage.button(page, "Start service")
    expect(start).to_be_enabled()
    stage.take(page, "therapist", "called", STAFF)
    stage.dialog(page, stage.button(page, "Cancel (no-show)"), "therapist", "no-show")
    start.click()
    finish = stage.button(page, "Finish service")
    expect(finish).to_be_enabled()
    stage.take(page, "therapist", "with customer", STAFF)
    stage.dialog(page, stage.button(page, "Add a service"), "therapist", "add a service")
    stage.dialog(page, finish, "therapist", "finish")
    finish.click()
    stage.button(page, "Yes, finish service").click()
    ready = stage.button(page, "Mark room ready")
    expect(ready).to_be_enabled()
    stage.take(page, "therapist", "cleaning", STAFF)
    ready.click()
    expect(call).to_be_enabled()
    shop.store.run(lambda unit: duty.take_a_break(unit, shop.spa.ana))
    page.reload()
    expect(stage.button(page, "End the break")).to_be_visible()
    stage.take(page, "therapist", "break", STAFF)
    shop.store.run(lambda unit: duty.go_out(unit, shop.spa.ana))
    page.reload()
    expect(stage.button(page, "Go on duty")).to_be_visible()
    stage.take(page, "therapist", "off duty", STAFF)
    _cut(stage, page, line, "therapist")


def changed_room(stage: Stage) -> None:
    """A therapist who has moved with a customer: the room before is still to be cleaned."""
    shop, visits = stage.shop, stage.visits
    ana = shop.spa.ana
    shop.store.run(lambda unit: manager.add_room(unit, SYSTEM, "3"))
    customer = visits.in_service()
    shop.store.run(lambda unit: moves.change_room(unit, visits.shop, ana, customer, "3"))
    visits.waiting()
    page = stage.log_in("ana", "therapist")
    expect(page.locator(".therapist-left")).to_be_visible()
    stage.take(page, "therapist", "room left to clean", STAFF)
    stage.dialog(page, stage.button(page, "My day"), "therapist", "my day")


def _cut(stage: Stage, page: Page, line: Line, name: str) -> None:
    """The page without a line, as the last of its states."""
    line.cut(Cut.BROKEN)
    away = stage.say("No connection. Reconnecting automatically. This screen may be out of date.")
    expect(page.get_by_text(away).first).to_be_visible()
    stage.take(page, name, "offline", STAFF)
    line.close()


def cashier(stage: Stage) -> None:
    """The desk: empty, busy, a bill with each of its questions, paid, and the shift."""
    shop, visits, say = stage.shop, stage.visits, stage.say
    manager_has_pin(shop)
    long = _long_names(shop, beside=OWN_MENU)
    line = Line(shop.server.port)
    shop.base_url = line.base_url
    page = stage.log_in("eva", "cashier")
    stage.take(page, "cashier", "empty", STAFF)
    visits.finished_with(shop.spa.swedish_60, shop.spa.deep_60, shop.spa.swedish_30)
    visits.finished_with(long, long)
    visits.finished()
    for _ in range(6):
        visits.waiting()
    ready = page.get_by_role("region", name=say("Ready to pay")).get_by_role("button")
    expect(ready).to_have_count(3)
    stage.take(page, "cashier", "busy", STAFF)
    page.keyboard.type("9998")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="9998")).to_be_visible()
    stage.take(page, "cashier", "refused number", STAFF)
    stage.dialog(page, stage.button(page, "Add walk-in…"), "cashier", "walk-in")
    page.keyboard.press("F2")
    cash = page.get_by_role("textbox", name=say("Cash received"))
    expect(cash).to_be_focused()
    stage.take(page, "cashier", "bill", STAFF)
    for msgid, state in (
        ("Tip…", "tip"),
        ("Split payment…", "split"),
        ("Discount…", "discount"),
        ("Start shift…", "start shift"),
    ):
        stage.dialog(page, stage.button(page, msgid), "cashier", state)
    cash.fill("1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text=re.compile(r"\d"))).to_be_visible()
    stage.take(page, "cashier", "refused payment", STAFF)
    cash.fill("90000")
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_be_visible()
    stage.take(page, "cashier", "odd amount", STAFF)
    page.keyboard.press("Escape")
    cash.fill("300")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=say("Change"), exact=True)).to_be_visible()
    stage.take(page, "cashier", "paid", STAFF)
    stage.dialog(page, stage.button(page, "Refund…"), "cashier", "refund")
    stage.dialog(page, stage.button(page, "Correct payment method…"), "cashier", "correction")
    _cut(stage, page, line, "cashier")


def shift(stage: Stage) -> None:
    """A cashier whose shift runs: cash in and out, and the count."""
    shop = stage.shop
    till = till_of(shop)
    till.open("200")
    till.sale("100", shop.spa.swedish_60)
    page = stage.log_in("eva", "cashier")
    for msgid, state in (("Cash in/out…", "cash in or out"), ("Count drawer…", "count")):
        stage.dialog(page, stage.button(page, msgid), "cashier", state)


def managers(stage: Stage) -> None:
    """Every page of the manager's, on a day with customers, after one that is closed."""
    shop, visits = stage.shop, stage.visits
    empty = stage.log_in("gloria", "manager")
    stage.take(empty, "manager", "empty", STAFF)
    _long_names(shop, beside=OWN_MENU)
    close_a_day(shop, days_ago=3)
    till = till_of(shop)
    till.open("200")
    till.sale("100", shop.spa.swedish_60)
    paid = till.at_the_desk(shop.spa.deep_60)
    till.pay(paid, offer("card", "105.50", "10"))
    till.refund(paid, "20")
    visits.finished()
    for _ in range(5):
        visits.waiting()
    page = empty
    for path, state in (
        ("dashboard", "today"),
        ("money", "money"),
        ("money#reports", "reports"),
        ("money#closed", "closed days"),
        ("money#receipts", "receipts"),
        ("menu", "menu"),
        ("people", "people"),
        ("rooms", "rooms"),
        ("devices", "devices"),
        ("history", "history"),
    ):
        page.goto("about:blank")
        page.goto(f"/manager/{path}")
        expect(stage.button(page, "Log out")).to_be_visible()
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        page.wait_for_load_state("networkidle")
        stage.take(page, "manager", state, STAFF)
        if state == "reports":
            page.locator("[name=period][value=month]").check()
            expect(page.locator(".skeleton-stage")).to_have_count(0)
            stage.take(page, "manager", "month", STAFF)


def demo(stage: Stage) -> None:
    """The demo's front page, as a newcomer sees it."""
    tokens = stage.shop.spa.device_tokens
    people = [("ana", "therapist"), ("ben", "therapist"), ("eva", "cashier"), ("gloria", "manager")]
    about = {
        "device_tokens": {"kiosk": tokens["door"], "display": tokens["lobby"]},
        "logins": [
            {"role": role, "username": username, "password": PASSWORD, "room_number": str(place)}
            for place, (username, role) in enumerate(people, 1)
        ],
    }
    (stage.folder / _DEMO).write_text(json.dumps(about), encoding="utf-8")
    page = stage.screen("newcomer", f"/?lang={stage.language}", DESK)
    expect(page.locator(".demo-steps")).to_be_visible()
    stage.take(page, "demo", "front page", STAFF)
    page.locator("#reset").click()
    expect(page.locator("#sure")).to_be_visible()
    stage.take(page, "demo", "start over", STAFF)


def doors(stage: Stage) -> None:
    """Log-in, enrolment and what is not there."""
    page = stage.screen("stranger", "/cashier/login", DESK)
    expect(page.locator("[name=username]")).to_be_visible()
    stage.take(page, "log-in", "log-in", STAFF)
    page.locator("[name=username]").fill("eva")
    page.locator("[name=password]").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text=re.compile(r"\S"))).to_be_visible()
    stage.take(page, "log-in", "refused", STAFF)
    for path, state in (
        ("/nothing/here", "unknown address"),
        ("/enroll#wrong-token", "enrolment refused"),
        ("/simulator", "simulator"),
        ("/healthz", "health"),
    ):
        page.goto(path)
        expect(page.locator("body")).to_have_text(re.compile(r"\S"))
        page.wait_for_load_state("networkidle")
        stage.take(page, "log-in", state, STAFF)
    therapist_ = stage.log_in("ana", "therapist")
    therapist_.goto("/manager/people")
    expect(therapist_.locator("[name=username]")).to_be_visible()
    stage.take(therapist_, "log-in", "not allowed", STAFF)


def first_manager(stage: Stage) -> None:
    """A shop in which nobody is yet."""
    shop = stage.shop
    link = shop.store.run(lambda unit: manager.add_device(unit, SYSTEM, Role.KIOSK, "lobby"))
    screen = stage.screen("kiosk", f"/enroll#{link}", PORTRAIT)
    expect(screen.locator(".setup-code-digits")).to_be_visible()
    stage.take(screen, "first manager", "code", KIOSK)
    page = stage.screen("phone", "/setup", PHONE)
    expect(page.get_by_role("heading").first).to_be_visible()
    stage.take(page, "first manager", "form", STAFF)


@dataclass(frozen=True, slots=True)
class Scene:
    """A row of what there is.

    Attributes:
        page: What its pictures are filed under; `--page` asks for it.
        play: Leads through the states.
        settings: Of its server, given a folder to keep files in.
        is_bare: Whether the shop has nobody and nothing.
    """

    page: str
    play: Callable[[Stage], None]
    settings: Callable[[Path], dict[str, str]] = lambda _folder: {}
    is_bare: bool = False


def _picture(folder: Path) -> dict[str, str]:
    path = folder / "shop.jpg"
    Image.linear_gradient("L").resize((1080, 1920)).convert("RGB").save(path)
    return {"KIOSK_PICTURE_AFTER_SECONDS": "10", "BOARD_PICTURE_FILE": str(path)}


def _closes(in_minutes: int) -> dict[str, str]:
    """A shop whose door shuts so soon, or was shut so long ago."""
    now = datetime.now(UTC)
    return {
        "APPLIANCE_TIMEZONE": "UTC",
        "CLOSING_TIME": f"{now + timedelta(minutes=in_minutes):%H:%M}",
        "BUSINESS_DAY_START": f"{now + timedelta(hours=12):%H:%M}",
    }


SCENES: Final = (
    Scene("kiosk", kiosk),
    Scene("kiosk", kiosk_at_rest, _picture),
    Scene("kiosk", kiosk_late, lambda _: _closes(60)),
    Scene("kiosk", kiosk_closed, lambda _: _closes(-60)),
    Scene("board", board, lambda _: {"BOARD_MESSAGE": "Tea is on the sideboard."}),
    Scene("phone", phone),
    Scene("therapist", therapists),
    Scene("therapist", changed_room),
    Scene("cashier", cashier),
    Scene("cashier", shift),
    Scene("manager", managers),
    Scene("log-in", doors),
    Scene("demo", demo, lambda folder: {"APPLIANCE_DEMO_FILE": str(folder / _DEMO)}),
    Scene("first manager", first_manager, is_bare=True),
)
