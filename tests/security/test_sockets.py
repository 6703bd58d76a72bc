"""Sockets of clients that do not keep to the protocol: nothing leaks, hangs, crashes or grows."""

from __future__ import annotations

import contextlib
import json
import queue
import re
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import websocket

from appliance.server.clock import utc_now
from appliance.server.edge import gate, lines
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases import manager
from tests.security.conftest import OpenLobby
from tests.support.lobby import Lobby
from tests.support.raw import TIMEOUT, RawSocket, tcp
from tests.support.threads import PATIENCE
from tests.support.visits import Visits


@pytest.fixture
def lobby(module_lobby: Lobby) -> Iterator[Lobby]:
    yield module_lobby
    module_lobby.leave()


@pytest.fixture
def port(module_lobby: Lobby) -> int:
    return module_lobby.server.port


MALFORMED: list[str | bytes] = [
    "",
    "4",
    "4x",
    "47",
    "49[]",
    "42",
    "42{}",
    "42[]",
    "42[7]",
    "42[null]",
    '42[{"a":1}]',
    "42[",
    '42["cashier_pay"',
    '42"cashier_pay"',
    "42" + "9" * 200 + '["x"]',
    '42["connect",{"token":"x"}]',
    '42["disconnect"]',
    '42["connect_error"]',
    '42["*","some sid"]',
    '42["__disconnect_final"]',
    '44{"message":"no"}',
    '45999999999-["x",{"_placeholder":true,"num":0}]',
    '451-["disconnect",{"_placeholder":true,"num":0}]',
    "40",
    '40{"token":"x"}',
    "b!!!",
    "bAAAA",
    "9",
    "x",
    "0{}",
    "\x00",
    "é",
    b"",
    b"bytes that nobody has announced",
    b"2",
    b"\xff\xfe",
]


@pytest.mark.parametrize("packet", MALFORMED, ids=lambda packet: repr(packet)[:40])
def test_a_malformed_packet_ends_its_own_connection_and_no_other(
    port: int, packet: str | bytes
) -> None:
    with RawSocket(port) as innocent, RawSocket(port) as guilty:
        guilty.send(packet)
        guilty.wait_closed()
        innocent.send('421["ping_time"]')
        assert innocent.answer(1)["ok"] is True


def test_a_screen_cannot_make_the_server_forget_whose_it_is(lobby: Lobby) -> None:
    """The server would go on sending to it after a revocation."""
    auth = json.dumps({"token": lobby.token("eva")})
    with RawSocket(lobby.server.port, auth=auth) as screen:
        screen.send('42["disconnect","client disconnect"]')
        screen.wait_closed()


@pytest.mark.parametrize("text", ["true", "false", "0", "7", '"x"', "[]", '["x"]', "null", "{}"])
def test_auth_of_any_json_type_is_nobody_or_refused(port: int, text: str) -> None:
    raw = RawSocket(port, hello=False)
    assert raw.receive().startswith("0")
    raw.send(f"40{text}")
    answer = raw.receive()
    assert answer.startswith(("40", "44")), answer
    if answer.startswith("40"):
        raw.send('421["cashier_claim_next",{}]')
        assert raw.answer(1)["code"] == "authentication_required"
    else:
        assert json.loads(answer[2:])["data"]["code"] == "validation_failed"
    raw.close()


def frame(length: int, *, opcode: int = 1, fin: bool = True) -> bytes:
    """The head of a masked frame that announces so many bytes."""
    first = (0x80 if fin else 0) | opcode
    return bytes([first, 0x80 | 127]) + struct.pack("!Q", length) + b"\0\0\0\0"


@pytest.mark.parametrize("length", [2**62, 2**33, 17 * 1024 * 1024])
def test_a_frame_beyond_all_reason_is_not_waited_for(port: int, length: int) -> None:
    with RawSocket(port) as raw:
        raw.raw.sendall(frame(length) + b"x" * 1000)
        raw.wait_closed()


def test_fragments_without_end_are_not_collected(lobby: Lobby) -> None:
    before = memory(lobby)
    with RawSocket(lobby.server.port) as raw:
        piece = 256 * 1024
        payload = b"x" * piece
        try:
            raw.raw.sendall(frame(piece, fin=False) + payload)
            for _ in range(100):
                raw.raw.sendall(frame(piece, opcode=0, fin=False) + payload)
        except OSError:
            pass
        raw.wait_closed()
    assert memory(lobby) - before < 20_000


@pytest.mark.parametrize("opcode", [3, 7, 11, 15])
def test_a_frame_of_no_known_kind_ends_the_connection(port: int, opcode: int) -> None:
    with RawSocket(port) as raw:
        raw.raw.sendall(bytes([0x80 | opcode, 0x80]) + b"\0\0\0\0")
        raw.wait_closed()


def test_a_large_message_in_any_script_is_refused_with_an_answer(port: int) -> None:
    with RawSocket(port) as raw:
        for letter in ("x", "é", "€", "😀"):
            raw.send('421["cashier_pay","' + letter * 300_000 + '"]')
            answer = raw.answer(1)
            assert answer["code"] in {"authentication_required", "validation_failed"}


def test_a_burst_is_paced_and_every_event_answered(port: int) -> None:
    """Paced, not refused: an honest program that is fast loses nothing."""
    many = int(lines.NOBODY_BURST + lines.NOBODY_RATE)
    with RawSocket(port) as raw:
        began = time.monotonic()
        for number in range(many):
            raw.send(f'42{number}["ping_time"]')
        answers = {number: raw.answer(number) for number in (0, many - 1)}
        assert all(answer["ok"] for answer in answers.values())
        assert time.monotonic() - began >= 0.5, "it had to wait for its turn"


def test_a_client_that_does_not_read_is_dropped_and_costs_no_memory(
    open_lobby: OpenLobby,
) -> None:
    lobby = open_lobby()
    before = memory(lobby)
    auth = json.dumps({"device_token": lobby.spa.device_tokens["door"]})
    # Each is answered with as many bytes as an answer to an unknown event can have.
    unknown = json.dumps("😀" * 60)
    with RawSocket(lobby.server.port, auth=auth, takes=4096) as lazy:
        with contextlib.suppress(OSError, websocket.WebSocketException):
            for number in range(1_000_000):
                lazy.send(f"42{number}[{unknown}]")
        with contextlib.suppress(OSError, websocket.WebSocketException):
            lazy.wait_closed()
    wait_until(lambda: 'kind="screen"} 0.0' in lobby.http().get("/metrics").text)
    assert memory(lobby) - before < 60_000


def test_a_screen_that_reads_slowly_gets_whole_snapshots_in_order_and_holds_nobody(
    open_lobby: OpenLobby,
) -> None:
    lobby = open_lobby()
    visits = Visits(Store(lobby.database, utc_now), lobby.spa)
    for _ in range(80):
        visits.waiting()
    brisk, kiosk = lobby.person("gloria"), lobby.device("door")
    items = {"items": [{"service_classification_id": lobby.spa.swedish_60}]}
    auth = json.dumps({"token": lobby.token("gloria")})
    with RawSocket(lobby.server.port, auth=auth, takes=4096) as slow:
        # More than the kernel keeps for a client, and less than would drop it.
        for waiting in range(81, 96):
            assert kiosk.call("customer_confirm_selection", items)["ok"]
            brisk.wait_for("queue_updated", lambda body, n=waiting: len(body["pending"]) >= n)
            slow.send("3")  # It lives: a ping that it has not read yet is answered.
        seen: list[dict[str, Any]] = []
        while not seen or len(seen[-1]["pending"]) < waiting:
            packet = slow.receive()
            assert packet, "it was not dropped"
            if packet.startswith('42["queue_updated"'):
                seen.append(json.loads(packet[2:])[1])
    versions = [body["version"] for body in seen]
    assert versions == sorted(set(versions))


class Packet:
    def __init__(self, data: str) -> None:
        self.data = data


def test_what_waits_for_a_client_is_bounded_in_number_and_in_bytes() -> None:
    bounded = gate.bounded(queue.Queue)
    for packet, most in (
        (Packet("x"), gate.QUEUE_PACKETS),
        (Packet("x" * 100_000), gate.QUEUE_BYTES // 100_000),
    ):
        waiting, told = bounded(), []
        waiting.on_full = lambda told=told: told.append("full")
        for _ in range(most * 2):
            waiting.put(packet)
        assert waiting.qsize() == most
        assert told == ["full"], "once is enough"
        waiting.forget()
        assert waiting.get(block=False) is None, "the writer is woken, and ends"
        assert waiting.qsize() == 0


def test_one_whole_snapshot_is_always_sent_however_large() -> None:
    waiting = gate.bounded(queue.Queue)()
    for _ in range(3):
        waiting.put(Packet("x" * gate.QUEUE_BYTES * 2))
        assert len(waiting.get(block=False).data) == gate.QUEUE_BYTES * 2


def test_what_one_address_may_open_is_bounded_and_comes_back(open_lobby: OpenLobby) -> None:
    lobby = open_lobby(MAX_CONNECTIONS_PER_ADDRESS="8")
    port = lobby.server.port
    first = [RawSocket(port, "127.0.0.9") for _ in range(8)]
    refused = requests.get(f"{lobby.base_url}/socket.io/?EIO=4&transport=polling", timeout=TIMEOUT)
    assert refused.status_code == 200, "another address is not concerned"
    with pytest.raises(AssertionError):
        RawSocket(port, "127.0.0.9")
    answer = poll_from(port, "127.0.0.9")
    assert answer.startswith("HTTP/1.1 429")
    assert "Retry-After:" in answer
    assert '"code": "too_many_attempts"' in answer
    for one in first:
        one.close()
    wait_until(lambda: poll_from(port, "127.0.0.9").startswith("HTTP/1.1 200"))


def poll_from(port: int, source: str) -> str:
    with tcp(port, source) as raw:
        raw.sendall(
            b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n"
            b"Host: 127.0.0.1\r\nConnection: close\r\n\r\n"
        )
        received = b""
        while piece := raw.recv(65536):
            received += piece
        return received.decode()


def test_a_client_behind_a_trusted_proxy_counts_by_its_own_address(
    open_lobby: OpenLobby,
) -> None:
    lobby = open_lobby(MAX_CONNECTIONS_PER_ADDRESS="8", TRUSTED_PROXIES="127.0.0.1")
    url = f"{lobby.base_url}/socket.io/?EIO=4&transport=polling"

    def status(client: str) -> int:
        # What the client itself puts in front of it does not count.
        headers = {"X-Forwarded-For": f"203.0.113.99, {client}"}
        return requests.get(url, headers=headers, timeout=TIMEOUT).status_code

    assert [status("203.0.113.7") for _ in range(9)] == [200] * 8 + [429]
    assert status("203.0.113.8") == 200


def test_nobody_else_may_say_who_the_client_is(open_lobby: OpenLobby) -> None:
    lobby = open_lobby(MAX_CONNECTIONS_PER_ADDRESS="8", TRUSTED_PROXIES="192.0.2.1")
    url = f"{lobby.base_url}/socket.io/?EIO=4&transport=polling"
    statuses = [
        requests.get(
            url, headers={"X-Forwarded-For": f"203.0.113.{number}"}, timeout=TIMEOUT
        ).status_code
        for number in range(9)
    ]
    assert statuses == [200] * 8 + [429]


# --- polling ----------------------------------------------------------------------------------


class Polling:
    """A line of polls."""

    def __init__(self, lobby: Lobby) -> None:
        self._http = lobby.http()
        opened = self._http.get("/socket.io/?EIO=4&transport=polling").text
        sid = re.search(r'"sid":"([^"]+)"', opened)
        assert sid, opened
        self._path = f"/socket.io/?EIO=4&transport=polling&sid={sid[1]}"

    def send(self, body: str | bytes) -> requests.Response:
        return self._http.post(self._path, data=body)

    def receive(self) -> str:
        return str(self._http.get(self._path).text)


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        b"garbage",
        b"d=42",
        b"42[]\x1ebAAA",
        "\x1e".join(["3"] * 17).encode(),
        b"\x1e",
    ],
)
def test_a_malformed_poll_is_refused_in_the_one_shape(lobby: Lobby, body: bytes) -> None:
    answer = Polling(lobby).send(body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "validation_failed"


def test_a_poll_works(lobby: Lobby) -> None:
    polling = Polling(lobby)
    assert polling.send("40").status_code == 200
    assert "40{" in polling.receive()
    assert polling.send('421["ping_time"]\x1e422["ping_time"]').status_code == 200
    assert '431[{"ok":true' in polling.receive()


def test_jsonp_is_not_served(lobby: Lobby) -> None:
    answer = lobby.http().get("/socket.io/?EIO=4&transport=polling&j=0")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")


def test_a_page_of_another_site_cannot_open_a_socket(lobby: Lobby) -> None:
    answer = lobby.http().get(
        "/socket.io/?EIO=4&transport=polling", headers={"Origin": "http://elsewhere.test"}
    )
    assert answer.status_code == 400


def test_a_revoked_device_is_refused_and_remembered(
    open_lobby: OpenLobby, security_database: Any
) -> None:
    lobby = open_lobby()
    store = Store(security_database, utc_now)
    store.run(lambda unit: manager.revoke_device(unit, lobby.spa.manager, "door"))
    raw = RawSocket(lobby.server.port, hello=False)
    raw.receive()
    raw.send("40" + json.dumps({"device_token": lobby.spa.device_tokens["door"]}))
    assert "invalid_credentials" in raw.receive()
    raw.close()
    rows = [row for row in lobby.rows()["history"] if "connection_refused" in row]
    assert len(rows) == 1
    assert "127.0.0.1" in repr(rows)
    assert lobby.spa.device_tokens["door"] not in repr(rows)


def memory(lobby: Lobby) -> int:
    """The server's resident memory in KiB."""
    process = lobby.server.process
    assert process
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def wait_until(condition: Any) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)
