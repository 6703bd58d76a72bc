"""The lobby board: calls are heard one after the other, and weeks of them leave nothing behind."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import CDPSession, Page, WebSocketRoute, expect

from appliance.server.domain.states import SYSTEM
from appliance.server.usecases import manager
from tests.browser import pictures
from tests.browser.at_rest import AT_REST
from tests.browser.axe import violations_light_and_dark
from tests.browser.conftest import OpenShop
from tests.browser.looks import fits
from tests.browser.shop import PHONE, WALL
from tests.browser.voices import give_voices
from tests.support.campaign import rounds
from tests.support.visits import Visits

UPDATES = rounds(600, 10_000)
NODES = 30
"""A call that is over and one that begins are on the screen together now and then."""
GROWTH_KB = 600
"""What a browser's own bookkeeping may add; a board that kept its updates would add more."""


def test_two_calls_are_announced_one_after_the_other(open_shop: OpenShop) -> None:
    shop = open_shop(APPLIANCE_LANGUAGES="en,es,ja")
    visits = Visits(shop.store, shop.spa)
    board = shop.screen("board", "about:blank", WALL)
    give_voices(board, "en-US", "es-ES", "ar-SA", milliseconds=300)
    board.goto(shop.enrolment("lobby"))
    expect(board.get_by_text("Please take a seat")).to_be_visible()
    assert violations_light_and_dark(board) == []

    visits.called(shop.spa.ana)
    visits.called(shop.spa.ben)
    calling = board.get_by_role("region", name="Now calling")
    for code in ("0001", "0002"):
        expect(calling.get_by_text(code, exact=True)).to_be_visible()
    give_up_at = time.monotonic() + 240
    while len(board.evaluate("said")) < 4 and time.monotonic() < give_up_at:
        board.wait_for_timeout(100)
    assert board.evaluate("said") == [
        {"text": text, "lang": lang, "alone": True}
        for room in ("1", "2")
        for text, lang in (
            (f"Number 0 0 0 {room}, please go to room {room}.", "en-US"),
            (f"Número 0 0 0 {room}, pase a la sala {room}, por favor.", "es-ES"),
        )
    ]
    assert violations_light_and_dark(board) == []

    # Nobody came: the room's own therapist calls once more.
    shop.therapist().get_by_role("button", name="Call again").tap()
    while len(board.evaluate("said")) < 6 and time.monotonic() < give_up_at:
        board.wait_for_timeout(100)
    assert [said["text"] for said in board.evaluate("said")[4:]] == [
        "Number 0 0 0 1, please go to room 1.",
        "Número 0 0 0 1, pase a la sala 1, por favor.",
    ]


def test_the_customers_phone_follows_the_visit(open_shop: OpenShop) -> None:
    shop = open_shop()
    visits = Visits(shop.store, shop.spa)
    visits.waiting()
    row = visits.row(visits.waiting())
    phone = shop.screen("guest", f"/t/{row.ticket_token}", PHONE, own_clock=True)
    expect(phone.get_by_role("heading", name="1 person ahead of you")).to_be_visible()
    expect(phone.get_by_text("It will be your turn in a moment.")).to_be_visible()
    assert violations_light_and_dark(phone) == []

    phone.get_by_role("button", name="Español").click()
    expect(phone.get_by_role("heading", name=re.compile("^1 persona delante"))).to_be_visible()
    phone.get_by_role("button", name="English").click()
    chosen = phone.get_by_role("region", name="Your selection")
    expect(chosen).to_contain_text("Swedish Massage 60 minutes · 1 h $80.00")
    phone.evaluate("Navigator.prototype.vibrate = (pattern) => { window.buzzed = pattern }")
    phone.get_by_role("button", name="Alert me with sound").click()
    expect(phone.get_by_role("button", name="Sound is on")).to_be_visible()
    assert violations_light_and_dark(phone) == []
    assert phone.evaluate("window.buzzed") is None
    for actor in (shop.spa.ana, shop.spa.ben):
        shop.store.run(lambda unit, who=actor: visits_claim(unit, visits, who))
    phone.clock.fast_forward("00:05")
    expect(phone.get_by_role("heading", name="Please go to room 2")).to_be_visible()
    assert phone.evaluate("window.buzzed.length") > 1
    assert violations_light_and_dark(phone) == []


def visits_claim(unit, visits: Visits, actor) -> None:  # type: ignore[no-untyped-def]
    from appliance.server.usecases import therapist

    therapist.confirm_next(unit, visits.shop, actor)


def test_pages_turn_until_every_number_was_seen(open_shop: OpenShop) -> None:
    shop = open_shop(BOARD_CLOCK="false", BOARD_MESSAGE="Tea is on the sideboard.")
    board = shop.screen("board", "about:blank", WALL, own_clock=True)
    lines: list[WebSocketRoute] = []
    shop.complaints.expect("^board: ")  # What it asks over HTTP is not what it hears.
    board.route_web_socket(re.compile(r"/socket\.io/"), lambda line: answer(line, lines))
    board.goto(shop.enrolment("lobby"))
    while not lines:
        board.wait_for_timeout(50)
    codes = [f"{number:04}" for number in range(1, 201)]
    called = [f"{number:04}" for number in range(301, 313)]
    body = {
        "version": 1,
        "calls": [{"code": code, "room_number": "1", "at": code} for code in called],
        "waiting": [
            # The first ones wait as long as their tickets say in words: less than 5 min.
            {"code": code, "estimated_wait_minutes": 4 if code < "0003" else 95}
            for code in codes
        ],
        "more_waiting": 15,
    }
    lines[-1].send("42" + json.dumps(["board_updated", body]))
    expect(board.get_by_text("+15 more")).to_be_visible()
    expect(board.get_by_text("215", exact=True)).to_be_visible()
    pictures.keep(board, "board", "many")
    expect(board.get_by_text("Tea is on the sideboard.")).to_be_visible()
    expect(board.locator(".board-clock")).to_have_count(0)
    seen: set[str] = set()
    short = 0
    # From here on only the test turns the pages, however long a look takes.
    soon = board.evaluate("Date.now()") / 1000 + 10
    board.clock.pause_at(datetime.fromtimestamp(soon, UTC))
    for _ in range(30):
        board.evaluate(AT_REST)  # What comes slides into its place, if only within a frame.
        seen |= set(board.evaluate(NUMBERS_IN_SIGHT))
        short = max(short, board.get_by_text("<\u00a05\u00a0min", exact=True).count())
        if seen >= {*codes, *called}:
            break
        page = board.locator(".board-page").inner_text()
        board.clock.fast_forward(7_900)
        board.clock.run_for(100)  # Time to draw it.
        expect(board.locator(".board-page")).not_to_have_text(page)
    board.clock.resume()
    assert sorted({*codes, *called} - seen) == []
    assert short == 2
    assert violations_light_and_dark(board) == []


def test_fourteen_who_wait_use_the_room(open_shop: OpenShop) -> None:
    """Closer together, before they are small: two columns down to the edge of the screen."""
    shop = open_shop(BOARD_MESSAGE="Tea is on the sideboard.")
    visits = Visits(shop.store, shop.spa)
    for _ in range(14):
        visits.waiting()
    board = shop.board()
    waiting = board.get_by_role("region", name="Waiting").get_by_role("listitem")
    expect(waiting).to_have_count(14)
    expect(board.locator(".board-queue")).to_have_attribute("data-density", "2")
    assert len(board.evaluate(NUMBERS_IN_SIGHT)) == 14
    columns = "(each) => getComputedStyle(each).gridTemplateColumns.split(' ').length"
    assert board.locator(".board-queue").evaluate(columns) == 2
    # As large as in the rows that stand further apart.
    size = "(each) => parseFloat(getComputedStyle(each).fontSize)"
    assert board.locator(".board-queue-code").first.evaluate(size) >= 31
    fits(board)


NUMBERS_IN_SIGHT = """() => [...document.querySelectorAll(
  ".board-hero-code, .board-other-code, .board-queue-code")].filter((each) => {
    const { left, right, top, bottom } = each.getBoundingClientRect();
    const list = (each.closest("ol") ?? document.body).getBoundingClientRect();
    return right > left && bottom - top > 10 && top >= list.top - 1 && bottom <= list.bottom + 1;
  }).map((each) => each.textContent)"""


@pytest.mark.timeout(1_800)
def test_updates_leave_nothing_behind(
    open_shop: OpenShop, record_property: Callable[[str, object], None]
) -> None:
    shop = open_shop()
    shop.store.run(lambda unit: manager.add_room(unit, SYSTEM, "9"))
    board = shop.screen("board", "about:blank", WALL)
    lines: list[WebSocketRoute] = []
    shop.complaints.expect("^board: ")  # What it asks over HTTP is not what it hears.
    board.route_web_socket(re.compile(r"/socket\.io/"), lambda line: answer(line, lines))
    board.goto(shop.enrolment("lobby"))
    while not lines:
        board.wait_for_timeout(50)
    expect(board.get_by_role("heading", name="Now calling")).to_be_visible()
    versions = itertools.count(1)
    send(board, lines, versions, 100)  # What is made once is made now.
    devtools = board.context.new_cdp_session(board)
    before = counted(devtools)
    send(board, lines, versions, UPDATES)
    after = counted(devtools)
    grown = {name: after[name] - before[name] for name in after}
    record_property("grown", grown)
    # Elements alone would not show it: a comment that each removed row leaves is no element.
    assert grown["nodes"] <= NODES
    assert grown["jsEventListeners"] <= 10
    assert grown["usedSize"] <= GROWTH_KB * 1024


def answer(line: WebSocketRoute, lines: list[WebSocketRoute]) -> None:
    """Be as much of a Socket.IO server as a board needs."""
    lines.append(line)
    line.send(
        '0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'
    )

    def heard(frame: str | bytes) -> None:
        text = str(frame)
        if text.startswith("40"):
            line.send('40{"sid":"s"}')
        elif asked := re.match(r"42(\d+)\[", text):
            line.send(f'43{asked[1]}[{{"ok":true}}]')

    line.on_message(heard)


def send(
    board: Page, lines: list[WebSocketRoute], versions: itertools.count[int], count: int
) -> None:
    """Push so many boards, each with another queue and another call, until the last one shows."""
    number = 0
    for _ in range(count):
        number = next(versions)
        # Now a few who wait, now more than a page has room for.
        codes = [f"{(number + place) % 10_000:04}" for place in range(90 if number % 2 else 12)]
        body = {
            "version": number,
            "calls": [{"code": codes[0], "room_number": "9", "at": f"2026-01-01T00:00:{number}"}],
            "waiting": [{"code": code, "estimated_wait_minutes": 5} for code in codes[1:]],
        }
        lines[-1].send("42" + json.dumps(["board_updated", body]))
        if number % 50 == 0:
            shown(board, codes[1])
    shown(board, codes[1])


def shown(board: Page, code: str) -> None:
    waiting = board.get_by_role("region", name="Waiting").get_by_role("listitem")
    expect(waiting.first).to_contain_text(code)


def counted(devtools: CDPSession) -> dict[str, float]:
    """What the page holds once the rubbish is gone."""
    devtools.send("HeapProfiler.collectGarbage")
    # A snapshot sweeps the whole of it, the page's nodes too; collecting alone leaves some.
    devtools.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
    dom = devtools.send("Memory.getDOMCounters")
    heap = devtools.send("Runtime.getHeapUsage")
    return {
        "nodes": dom["nodes"],
        "jsEventListeners": dom["jsEventListeners"],
        "usedSize": heap["usedSize"],
    }
