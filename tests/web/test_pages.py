"""The pages' shells, their headers and their files."""

from __future__ import annotations

import json
import re
from io import BytesIO
from pathlib import Path

import pytest
import requests
from PIL import Image

from appliance.server.domain.payments import METHODS
from appliance.server.domain.states import Role
from appliance.server.sections import SECTIONS
from tests.support.lobby import Lobby
from tests.web.conftest import OpenLobby

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
SCREENS = ["/kiosk", "/board", "/enroll", "/t/some-ticket"]
STAFF = [("ana", "therapist"), ("eva", "cashier"), ("gloria", "manager")]
SECTIONS_OF = [
    (username, each) for each in SECTIONS for username, role in STAFF if role == each.role
]


def boot(page: requests.Response) -> dict[str, object]:
    found = re.search(
        r'<script type="application/json" id="boot">(.*?)</script>', page.text, re.DOTALL
    )
    assert found, page.text[:500]
    return dict(json.loads(found[1]))


def check_page(page: requests.Response) -> None:
    """A page of ours: safe headers, nothing inline, every file it names is there."""
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cache-Control"] == "no-store"
    inline = re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", page.text)
    assert inline == []
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page.text)
    assert page.text.count("<title>") == 1
    assert 'lang="en"' in page.text


def files(page: requests.Response) -> set[str]:
    """Every file that a page names."""
    named = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
    return set(named)


@pytest.mark.parametrize("path", SCREENS)
def test_a_screen_is_open_to_everybody(lobby: Lobby, path: str) -> None:
    page = lobby.http().get(path, headers=BROWSER)
    assert page.status_code == 200
    check_page(page)
    started = boot(page)
    assert set(started) >= {
        "shop_name",
        "currency",
        "locale",
        "selecting_timeout_seconds",
        "csrf_token",
        "me",
        "demo",
    }
    assert started["me"] is None
    assert started["demo"] is False


@pytest.mark.parametrize(("username", "role"), STAFF)
def test_a_dashboard_without_identity(lobby: Lobby, username: str, role: str) -> None:
    """401 for everybody: JSON for a program, the log-in page for a browser."""
    path = f"/{role}/dashboard"
    for accept in ("application/json", "*/*"):
        program = lobby.http().get(path, headers={"Accept": accept})
        assert program.status_code == 401
        assert program.json() == {
            "ok": False,
            "error": "Authentication required",
            "code": "authentication_required",
        }
    browser = lobby.http().get(path, headers=BROWSER)
    assert browser.status_code == 401
    check_page(browser)
    assert (boot(browser)["role"], boot(browser)["next"]) == (role, path)
    assert 'type="password"' in browser.text


@pytest.mark.parametrize(("username", "role"), STAFF)
def test_a_dashboard_of_ones_own(lobby: Lobby, username: str, role: str) -> None:
    browser = lobby.http()
    lobby.log_in(username, browser)
    page = browser.get(f"/{role}/dashboard", headers=BROWSER)
    assert page.status_code == 200
    check_page(page)
    me = boot(page)["me"]
    assert isinstance(me, dict)
    assert (me["username"], me["name"]) == (username, username.title())
    ways = boot(page).get("payment_methods")
    if role == "cashier":
        assert isinstance(ways, list)
        assert [(way["name"], way["label"]) for way in ways] == [
            (method.name, method.label) for method in METHODS.values()
        ]
        notes, therapists = boot(page)["denominations"], boot(page)["therapists"]
        assert isinstance(notes, list)
        assert isinstance(therapists, list)
        assert notes[:2] == ["100", "50"]
        assert {each["name"] for each in therapists} >= {"Ana", "Ben"}
    else:
        assert ways is None


def test_every_section_leads_to_its_roles_others(lobby: Lobby) -> None:
    for username, section in SECTIONS_OF:
        without = lobby.http().get(section.path, headers=BROWSER)
        assert without.status_code == 401
        assert boot(without)["next"] == section.path
        page = lobby.http(lobby.token(username)).get(section.path, headers=BROWSER)
        assert page.status_code == 200
        check_page(page)
        listed = boot(page)["sections"]
        assert isinstance(listed, list)
        assert [each["path"] for each in listed] == [
            other.path for other in SECTIONS if other.role is section.role
        ]
        current = re.findall(r'href="([^"]+)" aria-current="page"', page.text)
        assert current == ([section.path] if section.role is Role.MANAGER else [])


def test_a_dashboard_of_another_role_offers_its_log_in(lobby: Lobby) -> None:
    browser = lobby.http()
    lobby.log_in("eva", browser)
    page = browser.get("/manager/dashboard", headers=BROWSER)
    assert page.status_code in {401, 403}
    assert boot(page)["role"] == "manager"


@pytest.mark.parametrize(("username", "role"), STAFF)
def test_a_log_in_page(lobby: Lobby, username: str, role: str) -> None:
    page = lobby.http().get(f"/{role}/login", headers=BROWSER)
    assert page.status_code == 200
    check_page(page)
    odd = lobby.http().get(f"/{role}/login", params={"next": '"><script>alert(1)</script>'})
    assert "<script>alert" not in odd.text
    check_page(odd)


def test_every_file_that_a_page_names_is_there(lobby: Lobby) -> None:
    http = lobby.http()
    named: set[str] = set()
    for path in SCREENS:
        named |= files(http.get(path, headers=BROWSER))
    for _, role in STAFF:
        named |= files(http.get(f"/{role}/login", headers=BROWSER))
    for username, section in SECTIONS_OF:
        named |= files(lobby.http(lobby.token(username)).get(section.path, headers=BROWSER))
    assert len(named) > 10
    missing = {name for name in named if http.get(name).status_code != 200}
    assert missing == set()


def test_a_page_loads_one_script_that_brings_all_it_needs(lobby: Lobby) -> None:
    http = lobby.http()
    pages = [http.get(path, headers=BROWSER) for path in SCREENS]
    pages += [http.get(f"/{role}/login", headers=BROWSER) for _, role in STAFF]
    for username, section in SECTIONS_OF:
        pages.append(lobby.http(lobby.token(username)).get(section.path, headers=BROWSER))
    for page in pages:
        scripts = [name for name in files(page) if name.endswith(".js")]
        assert len(scripts) == 1, page.url
        answer = http.get(scripts[0])
        assert answer.headers["Content-Type"].partition(";")[0] == "text/javascript"
        assert not re.search(r'(?:\bfrom|\bimport)\s*\(?\s*"[./]', answer.text), page.url


def test_files_may_be_kept_and_checked_again(lobby: Lobby) -> None:
    answer = lobby.http().get("/static/bundles/kiosk.css")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/css")
    again = lobby.http().get(
        "/static/bundles/kiosk.css", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304


def test_a_shop_has_nothing_of_the_demo(lobby: Lobby) -> None:
    """No log-in by one tap, no starting over: not even the doors are there."""
    refused = lobby.http().post("/demo/reset", json={})
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    for page in ("/kiosk", "/therapist/login", "/manager/dashboard"):
        assert "data-password" not in lobby.http().get(page, headers=BROWSER).text


def test_the_front_door_leads_to_the_kiosk(lobby: Lobby) -> None:
    answer = lobby.http().get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/kiosk")


def test_there_is_no_simulator_in_a_shop(lobby: Lobby) -> None:
    assert lobby.http().get("/simulator", headers=BROWSER).status_code == 404
    assert lobby.http().get("/static/bundles/../../server/app.py").status_code == 404


def test_a_demo_that_is_not_ready_says_so(open_lobby: OpenLobby, tmp_path: Path) -> None:
    lobby = open_lobby(APPLIANCE_DEMO_FILE=str(tmp_path / "demo.json"))
    answer = lobby.http().get("/", headers=BROWSER)
    assert answer.status_code == 503
    assert 'href=""' in answer.text, "a button to look again"
    program = lobby.http().get("/")
    assert (program.status_code, program.json()["code"]) == (503, "unavailable")


def test_a_page_of_another_role_says_why_it_asks_for_a_log_in(lobby: Lobby) -> None:
    browser = lobby.http()
    lobby.log_in("ana", browser)
    page = browser.get("/manager/people", headers=BROWSER)
    assert page.status_code == 401
    check_page(page)
    assert "You don&#39;t have access. Use another account." in page.text
    assert "have access" not in lobby.http().get("/manager/people", headers=BROWSER).text


UNKNOWN = [
    "/nothing/here",
    "/kiosk/",
    "/static/bundles/nothing.js",
    "/shop/logo",
    "/cashier/logout",
]


@pytest.mark.parametrize("path", UNKNOWN)
def test_an_unknown_address_is_a_page_for_people(lobby: Lobby, path: str) -> None:
    """With ways on; for a program the one error shape. An address that takes no GET is unknown."""
    page = lobby.http().get(path, headers=BROWSER)
    program = lobby.http().get(path, headers={"Accept": "*/*"})
    assert page.status_code == program.status_code
    assert page.status_code in {404, 405}
    check_page(page)
    assert "<h1>Page not found.</h1>" in page.text
    assert 'href="/cashier/dashboard"' in page.text
    assert "JavaScript" not in page.text, "it needs none"
    assert program.json()["ok"] is False
    for file in files(page):
        assert lobby.http().get(file).status_code == 200
    assert lobby.http().post(path, headers=BROWSER, json={}).json()["ok"] is False


def test_an_unknown_address_speaks_the_shops_language(open_lobby: OpenLobby) -> None:
    lobby = open_lobby(APPLIANCE_LANGUAGE="ar")
    page = lobby.http().get("/nothing/here", headers=BROWSER | {"Accept-Language": "en"})
    assert '<html lang="ar" dir="rtl"' in page.text
    assert "الصفحة غير موجودة" in page.text
    assert lobby.http().get("/nothing/here").json()["error"] == "Page not found."


def test_what_programs_ask_for_is_refused_to_a_browser_by_a_page(lobby: Lobby) -> None:
    page = lobby.http().get("/api/queue", headers=BROWSER)
    assert page.status_code == 401
    check_page(page)
    assert "<h1>Authentication required</h1>" in page.text


@pytest.mark.parametrize("path", ["/therapist/login", "/cashier/login", "/setup"])
def test_a_form_whose_script_has_not_come_is_answered_by_a_page(lobby: Lobby, path: str) -> None:
    page = lobby.http().post(path, headers=BROWSER, data={"username": "ana", "password": "secret"})
    assert 400 <= page.status_code < 500
    check_page(page)
    assert "This page needs JavaScript." in page.text
    assert "secret" not in page.text
    program = lobby.http().post(path, data={"username": "ana"})
    assert program.json()["ok"] is False


def test_a_ticket_can_be_added_to_a_home_screen(lobby: Lobby) -> None:
    """By a manifest, and for phones that read none by a picture that is no SVG."""
    page = lobby.http().get("/t/some-ticket", headers=BROWSER).text
    found = re.search(r'rel="manifest" href="([^"]+)"', page)
    touch = re.search(r'rel="apple-touch-icon" href="([^"]+)"', page)
    assert found
    assert touch
    manifest = lobby.http().get(found[1])
    assert manifest.headers["Content-Type"].startswith("application/manifest+json")
    icons = {icon["src"] for icon in manifest.json()["icons"]}
    assert touch[1] in icons
    for icon in icons:
        assert lobby.http().get(icon).status_code == 200
    picture = lobby.http().get(touch[1])
    assert picture.headers["Content-Type"] == "image/png"
    assert Image.open(BytesIO(picture.content)).size == (180, 180)
