"""The kiosk's keeper with a real Chromium: one window, no traces, and a start after every name."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from appliance.card.screen import AS_BEFORE, WRONG
from appliance.kiosk_host import keeper, profile
from appliance.kiosk_host.notice_page import READ_SECONDS, NoticePage
from appliance.kiosk_host.page import Gone, Page, Silent
from appliance.kiosk_host.screens import Screen
from appliance.notices import Notice, Sentence
from appliance.service_manager import ServiceManager
from appliance.translations import translations
from tests.conftest import StartServer
from tests.support.mariadb import free_port
from tests.support.notify_socket import NotifySocket

Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def base_url(start_server: StartServer) -> str:
    return start_server().base_url


@pytest.fixture
def screen() -> Screen:
    return Screen("kiosk", free_port())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "profile"


@pytest.fixture
def start(screen: Screen, folder: Path) -> Iterator[Start]:
    """Start the browser as the kiosk's, without a screen."""
    running: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [
                "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
                "--disable-background-networking", "--remote-debugging-address=127.0.0.1",
                f"--remote-debugging-port={screen.port}", f"--user-data-dir={folder}",
                "about:blank",
            ],
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        running.append(process)
        return process

    yield begin
    for process in running:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def comes_up(page: Page, process: subprocess.Popen[bytes]) -> bool:
    """Whether there is a page, before the browser ends or patience is over."""
    give_up_at = time.monotonic() + 240
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            page.address()
        except Silent:
            time.sleep(0.1)
        else:
            return True
    return False


def open_another(screen: Screen, address: str) -> None:
    """What Ctrl+N does, without a keyboard."""
    connection = http.client.HTTPConnection("127.0.0.1", screen.port, timeout=240)
    connection.request("PUT", f"/json/new?{address}")
    assert connection.getresponse().status == 200
    connection.close()


def windows(screen: Screen) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", screen.port, timeout=240)
    connection.request("GET", "/json/list")
    found = json.loads(connection.getresponse().read())
    connection.close()
    return len([one for one in found if one["type"] == "page" and ".top-chrome/" not in one["url"]])


def becomes(what: Callable[[], bool]) -> bool:
    give_up_at = time.monotonic() + 240
    while not what():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.1)
    return True


def test_every_other_window_is_closed(screen: Screen, start: Start, base_url: str) -> None:
    page = Page(screen)
    assert comes_up(page, start())
    keeper.bring_up(screen, page, base_url, NoticePage([]))
    assert becomes(lambda: page.address().startswith(f"{base_url}/kiosk"))
    for address in ("about:blank", "chrome://history/", f"{base_url}/board"):
        open_another(screen, address)
    assert windows(screen) == 4, "the control: nothing but the keeper closes them"
    keeper.bring_up(screen, page, base_url, NoticePage([]))
    assert becomes(lambda: windows(screen) == 1)
    assert page.address().startswith(f"{base_url}/kiosk"), "the page itself stays"


def test_there_is_nothing_to_go_back_to(screen: Screen, start: Start, base_url: str) -> None:
    page = Page(screen)
    assert comes_up(page, start())
    page.open(f"{base_url}/enroll#a-token")
    assert becomes(lambda: "/enroll" in page.address())
    page.open(f"{base_url}/kiosk")
    assert becomes(lambda: page.address() == f"{base_url}/kiosk")
    there = page._ask("Page.getNavigationHistory")["entries"]
    assert len(there) > 1, "the control: the enrolment is one step back"
    keeper.bring_up(screen, page, base_url, NoticePage([]))
    there = page._ask("Page.getNavigationHistory")["entries"]
    assert [entry["url"] for entry in there] == [f"{base_url}/kiosk"]


def test_no_address_stays_in_the_profile(
    screen: Screen, start: Start, base_url: str, folder: Path
) -> None:
    page, process = Page(screen), start()
    assert comes_up(page, process)
    page.open(f"{base_url}/enroll#a-token-nobody-may-find")
    assert becomes(lambda: "/enroll" in page.address())
    end(process)
    (folder / "Default/History").touch()
    profile.tidy(folder)
    left = [path.name for path in (folder / "Default").iterdir()]
    assert not set(profile.TRACES) & set(left)
    assert "Preferences" in left or "Local State" in {path.name for path in folder.iterdir()}


def test_a_machine_with_a_new_name_starts(screen: Screen, start: Start, folder: Path) -> None:
    process = start()
    assert comes_up(Page(screen), process)
    end(process)
    lock = folder / "SingletonLock"
    lock.unlink(missing_ok=True)
    lock.symlink_to("lobby-of-yesterday-4711")
    assert profile.is_foreign(folder)

    refused = start()
    assert not comes_up(Page(screen), refused), "the control: black for ever"
    end(refused)
    with pytest.raises(Gone):
        Page(screen).address()

    profile.tidy(folder)
    assert not profile.is_foreign(folder)
    assert comes_up(Page(screen), start())


def test_the_start_is_over_when_the_servers_page_is_on_the_screen(
    screen: Screen, start: Start, start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server()
    server.stop()
    process = start()
    page = Page(screen)
    with NotifySocket(tmp_path / "notify") as systemd, ThreadPoolExecutor(1) as keeps:
        manager = ServiceManager(systemd.address)
        kept = keeps.submit(keeper.watch, process, [screen], server.base_url, manager)
        try:
            assert comes_up(page, process)
            heading = "document.querySelector('h1')?.innerText"
            assert becomes(lambda: says(page, heading) == "Starting…"), "at once, without a server"
            assert systemd.drain() == [], "nothing is over yet"
            server.start()
            told = systemd.until(READY="1")
            assert told["STATUS"] == "On the screen: the kiosk."
            assert page.address().startswith(f"{server.base_url}/kiosk")
        finally:
            end(process)
        assert kept.result(timeout=240).startswith("the browser")


def test_what_the_machine_has_to_say_is_read_before_the_kiosk_goes_on(
    screen: Screen, start: Start, base_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "notice.json"
    told = (Sentence(WRONG), Sentence("Line 12: <b> is no room."), Sentence(AS_BEFORE))
    now = [100.0]
    page, notices = Page(screen), NoticePage([file], lambda: now[0])
    assert comes_up(page, start())
    for language in ("ja", "ar"):
        keeper.bring_up(screen, page, base_url, notices)
        assert becomes(lambda: page.address().startswith(f"{base_url}/kiosk"))
        file.write_text(Notice(language, told).text())
        assert not keeper.bring_up(screen, page, base_url, notices)
        text = str(says(page, "document.body.innerText"))
        words = translations(language)
        assert words.gettext(WRONG) in text
        assert words.gettext(WRONG) != WRONG
        assert "Line 12: <b> is no room." in text
        assert words.gettext(AS_BEFORE) in text
        assert says(page, "document.documentElement.dir") == words.language.direction
        now[0] += READ_SECONDS
    keeper.bring_up(screen, page, base_url, notices)
    assert becomes(lambda: page.address().startswith(f"{base_url}/kiosk"))
    assert keeper.bring_up(screen, page, base_url, notices), "once is enough"


def says(page: Page, expression: str) -> object:
    """What an expression is in the page."""
    answer = page._ask("Runtime.evaluate", expression=expression, returnByValue=True)
    return answer.get("result", {}).get("value")


def test_a_lock_of_this_machine_is_not_foreign(folder: Path) -> None:
    folder.mkdir()
    assert not profile.is_foreign(folder)
    (folder / "SingletonLock").symlink_to(f"{socket.gethostname()}-1")
    assert not profile.is_foreign(folder)
