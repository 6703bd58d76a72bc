"""`appliance demo`: everything in one command, with a simulated printer that really prints."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Self

import pytest

from tests.support.clients import TIMEOUT, Client, Http, Json
from tests.support.mariadb import free_port

READY_SECONDS = 60
END_SECONDS = 30


class Demo:
    """A running demo.

    Args:
        data_dir: Where it keeps its things.
        port: Where it listens; a free one unless given.
    """

    def __init__(self, data_dir: Path, *options: str, port: int | None = None) -> None:
        self.data_dir = data_dir
        self.port = port or free_port()
        self.said: list[str] = []
        self.complained: list[str] = []
        self._news = threading.Condition()
        self._ended = False
        # What somebody has in their environment for a real shop must not reach the demo.
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(data_dir.parent),
            "MYSQL_HOST": "nowhere.invalid",
            "SOCKETIO_ASYNC_MODE": "eventlet",
            "GPIOZERO_PIN_FACTORY": "no such factory",
        }
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "appliance", "demo"),
                *("--port", str(self.port), "--data-dir", str(data_dir), *options),
            ],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._readers = [
            threading.Thread(target=self._read, args=(self.process.stdout, self.said)),
            threading.Thread(target=self._read, args=(self.process.stderr, self.complained)),
        ]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Self:
        return self.ready()

    def __exit__(self, *_error: object) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def about(self) -> Json:
        return dict(json.loads((self.data_dir / "demo.json").read_text()))

    def ready(self, times: int = 1) -> Self:
        """Wait until it has said so many times that it is."""

        def greeted() -> bool:
            return sum("Ctrl-C" in line for line in self.said) >= times

        with self._news:
            self._news.wait_for(lambda: self._ended or greeted(), READY_SECONDS)
        if not greeted():
            self.stop()
            raise AssertionError(f"not ready: {self.said} {self.complained}")
        return self

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal and wait for the end."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(END_SECONDS)
        for reader in self._readers:
            reader.join(END_SECONDS)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return code

    def stop(self) -> None:
        if self.process.poll() is None:
            self.end()
        else:
            self.wait()

    def children(self) -> dict[int, str]:
        """Everything that it has started: process id → command line."""
        found: dict[int, str] = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and parent_of(folder) == self.process.pid:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found[int(folder.name)] = command
        return found

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Look into its database."""
        path = self.data_dir / "demo.sqlite"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchall()

    def _read(self, stream: Any, lines: list[str]) -> None:
        for line in stream:
            with self._news:
                lines.append(line.rstrip())
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()


def parent_of(folder: Path) -> int | None:
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


def is_alive(process_id: int) -> bool:
    return Path(f"/proc/{process_id}").exists()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with Demo(tmp_path_factory.mktemp("demo") / "data") as running:
        yield running


@pytest.fixture
def http(demo: Demo) -> Iterator[Http]:
    with Http(demo.base_url) as session:
        yield session


def confirm(demo: Demo, kiosk: Client, http: Http) -> Json:
    [variant, *_] = variants(http)
    answer = kiosk.call(
        "customer_confirm_selection", {"items": [{"service_classification_id": variant["id"]}]}
    )
    assert answer["ok"] is True, answer
    return dict(answer["transaction"])


def variants(http: Http) -> list[Json]:
    return [
        variant
        for category in http.get("/api/catalog").json()["categories"]
        for service in category["services"]
        for variant in service["classifications"]
    ]


# --- what there is ----------------------------------------------------------------------------


def test_demo_json_tells_where_everything_is(demo: Demo) -> None:
    about = demo.about
    assert set(about) >= {"base_url", "pages", "device_tokens", "logins"}
    assert about["base_url"] == demo.base_url
    assert about["pages"] == {
        "kiosk": "/kiosk",
        "board": "/board",
        "therapist": "/therapist/dashboard",
        "cashier": "/cashier/dashboard",
        "manager": "/manager/dashboard",
        "simulator": "/simulator",
    }
    assert set(about["device_tokens"]) == {"kiosk", "display", "peripherals"}
    log_ins = about["logins"]
    roles = [log_in["role"] for log_in in log_ins]
    assert roles.count("therapist") >= 4
    assert roles.count("cashier") >= 2
    assert roles.count("manager") >= 1
    rooms = {log_in["room_number"] for log_in in log_ins if log_in["role"] == "therapist"}
    assert rooms >= {"1", "2", "3", "4"}
    assert all(log_in["username"] and log_in["password"] for log_in in log_ins)
    pins = {log_in["role"]: log_in.get("pin") for log_in in log_ins}
    assert re.fullmatch("[0-9]{6}", pins.pop("manager") or "")
    assert set(pins.values()) == {None}, "only a manager approves"


def test_secrets_are_for_the_owners_eyes(demo: Demo) -> None:
    for name in ("demo.json", "secrets.json", "secret_key", "peripherals.token"):
        assert (demo.data_dir / name).stat().st_mode & 0o077 == 0, name
    databases = list(demo.data_dir.glob("demo.sqlite*"))
    assert databases, "it holds password hashes"
    for path in [demo.data_dir, *databases]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_it_says_where_everything_is(demo: Demo) -> None:
    text = "\n".join(demo.said)
    assert demo.base_url in text
    for log_in in demo.about["logins"]:
        assert log_in["username"] in text
        assert log_in["password"] in text
    assert demo.complained == []


def test_the_catalogue_is_worth_a_look(http: Http) -> None:
    categories = http.get("/api/catalog").json()["categories"]
    services = [service for category in categories for service in category["services"]]
    assert len(categories) >= 3
    assert len(services) >= 8
    assert len(variants(http)) >= 16


def test_everybody_can_log_in_and_see_their_page(demo: Demo, http: Http) -> None:
    browser = {"Accept": "text/html"}
    for log_in in demo.about["logins"]:
        role = log_in["role"]
        answer = http.post(
            f"/{role}/login",
            json={"username": log_in["username"], "password": log_in["password"]},
        )
        assert answer.status_code == 200, log_in
        assert http.get(demo.about["pages"][role], headers=browser).status_code == 200


def test_every_page_answers(demo: Demo, http: Http) -> None:
    for name in ("kiosk", "board", "simulator"):
        page = http.get(demo.about["pages"][name], headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert "unsafe-inline" not in page.headers["Content-Security-Policy"]
    front = http.get("/")
    assert front.status_code == 200
    for log_in in demo.about["logins"]:
        assert log_in["username"] in front.text


def test_every_device_is_let_in(demo: Demo, http: Http) -> None:
    tokens = demo.about["device_tokens"]
    for kind in ("kiosk", "display"):
        answer = http.post("/devices/session", json={"token": tokens[kind]})
        assert answer.json()["device"]["kind"] == kind
        with Client(demo.base_url, {"device_token": tokens[kind]}) as screen:
            assert screen.wait_for("board_updated")["ok"] is True
    assert http.get("/healthz").json()["peripherals"] == 1


# --- what it does -----------------------------------------------------------------------------


def test_a_ticket_comes_out_of_the_simulated_printer(demo: Demo, http: Http) -> None:
    token = demo.about["device_tokens"]["kiosk"]
    with Client(demo.base_url, {"device_token": token}) as kiosk:
        kiosk.wait_for("devices_updated", lambda body: ready(body, "lobby"))
        customer = confirm(demo, kiosk, http)
        # Pushes are coalesced, so that the job may be done before anybody hears that it waits:
        # the database alone tells for sure.
        give_up_at = time.monotonic() + TIMEOUT
        while job_state(demo, customer) != "printed":
            assert time.monotonic() < give_up_at, "no ticket came out"
            time.sleep(0.05)


def ready(body: Json, name: str) -> bool:
    return any(
        printer["name"] == name and printer["problem"] is None for printer in body["printers"]
    )


def job_state(demo: Demo, customer: Json) -> str:
    [(state,)] = demo.rows(f"SELECT state FROM print_jobs WHERE transaction_id = {customer['id']}")
    return str(state)


def test_the_call_button_calls_the_customer(demo: Demo, http: Http) -> None:
    """The simulated button of room 1, pressed on the simulator's page."""
    tokens = demo.about["device_tokens"]
    with (
        Client(demo.base_url, {"device_token": tokens["kiosk"]}) as kiosk,
        Client(demo.base_url, {"device_token": tokens["display"]}) as board,
    ):
        confirm(demo, kiosk, http)
        with Client(demo.base_url, namespace="/simulator") as page:
            page.call("simulator_action", {"action": "button_down", "room_number": "1"})
            time.sleep(0.1)  # A finger stays for a while; less than 0.03 s is a contact's chatter.
            page.call("simulator_action", {"action": "button_up", "room_number": "1"})
        board.wait_for(
            "board_updated", lambda body: any(call["room_number"] == "1" for call in body["calls"])
        )


# --- its front page ---------------------------------------------------------------------------


def test_the_front_page_ticks_what_has_happened(demo: Demo, http: Http) -> None:
    with Client(demo.base_url, {"device_token": demo.about["device_tokens"]["kiosk"]}) as kiosk:
        confirm(demo, kiosk, http)
    steps = dict(re.findall(r'data-step="(\w+)"( data-done)?', http.get("/").text))
    assert list(steps) == ["chosen", "ticket", "served", "paid", "receipt"]
    assert steps["chosen"]
    assert not steps["paid"]
    assert not steps["receipt"]


def test_a_reset_comes_from_the_page_alone(demo: Demo, http: Http) -> None:
    refused = http.post("/demo/reset", json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert not (demo.data_dir / "reset").exists()


def test_the_page_starts_the_demo_over(tmp_path: Path) -> None:
    with Demo(tmp_path / "data") as running, Http(running.base_url) as http:
        before = running.about
        with Client(running.base_url, {"device_token": before["device_tokens"]["kiosk"]}) as kiosk:
            confirm(running, kiosk, http)
        csrf = re.search(r'"csrf_token": ?"([^"]+)"', http.get("/").text)
        assert csrf
        answer = http.post("/demo/reset", json={}, headers={"X-CSRFToken": csrf[1]})
        assert answer.json()["ok"] is True
        running.ready(times=2)
        assert running.about["device_tokens"] != before["device_tokens"]
        assert running.rows("SELECT code FROM transactions") == []
        assert "data-done" not in http.get("/").text


# --- how it begins and ends -------------------------------------------------------------------


def test_ctrl_c_ends_everything_and_the_next_start_remembers(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with Demo(data_dir) as first, Http(first.base_url) as http:
        known = first.about
        with Client(first.base_url, {"device_token": known["device_tokens"]["kiosk"]}) as kiosk:
            customer = confirm(first, kiosk, http)
        children = first.children()
        assert len(children) == 2, children
        assert first.end() == 0
        assert first.complained == []
        assert [number for number in children if is_alive(number)] == []
        assert not (data_dir / "demo.json").exists(), "nothing is there any more"

    with Demo(data_dir, port=first.port) as second:
        assert second.about == known
        codes = [code for (code,) in second.rows("SELECT code FROM transactions")]
        assert codes == [customer["code"]]
        children = second.children()
        assert second.end(signal.SIGTERM) == 0
        assert [number for number in children if is_alive(number)] == []

    with Demo(data_dir, "--reset", port=first.port) as third:
        assert third.about["device_tokens"] != known["device_tokens"]
        assert third.rows("SELECT code FROM transactions") == []


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        demo = Demo(tmp_path / "data", port=taken.getsockname()[1])
        assert demo.wait() == 1
    [line] = demo.complained
    assert str(demo.port) in line
    assert "--port" in line
    assert not (tmp_path / "data" / "demo.json").exists()


def test_reset_removes_nothing_but_a_demo(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("Dear Ana")
    demo = Demo(tmp_path / "letters", "--reset")
    assert demo.wait() == 1
    assert len(demo.complained) == 1
    assert (tmp_path / "letters" / "dear.txt").read_text() == "Dear Ana"
