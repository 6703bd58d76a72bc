"""A second machine with buttons and printers alone is let in by a code."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from gpiozero.pins.mock import MockFactory
from msgspec.structs import replace

from appliance import station_code
from appliance.card import station
from appliance.card.lobby import Station
from appliance.card.settings import DEVICES, MAIN
from appliance.card.start import Start, accepted
from appliance.card.station import Main
from appliance.peripherals import config as settings
from appliance.peripherals.daemon import Daemon
from appliance.protocol import LampPattern
from tests.support.clients import Http
from tests.support.hands import press, until
from tests.support.lobby import Lobby
from tests.support.tls import TlsFront, make_certificate
from tests.unit.card.card import Card
from tests.web.conftest import OpenLobby

OWN, OTHER = "s" * 43, "t" * 43


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    return make_certificate(tmp_path)[1]


@pytest.fixture
def house(open_lobby: OpenLobby, authority: Path) -> Lobby:
    return open_lobby(APPLIANCE_AUTHORITY_FILE=str(authority))


@pytest.fixture
def gloria(house: Lobby) -> Http:
    return house.http(house.token("gloria"))


def new_code(gloria: Http, name: str = "annex") -> str:
    answer = gloria.post("/api/manager/devices", json={"kind": "peripherals", "name": name}).json()
    assert (answer["ok"], answer["enrol_url"]) == (True, None)
    return str(answer["station_code"])


def offer(house: Lobby, code: str, token: str = OWN) -> Any:
    return house.http().post("/devices/token", json={"code": code, "token": token}).json()


def comes_in(house: Lobby, token: str) -> bool:
    try:
        house.connect({"device_token": token}, namespace="/peripherals").close()
    except ConnectionError:
        return False
    return True


def test_a_station_comes_in_by_its_code_and_its_own_token(
    house: Lobby, gloria: Http, authority: Path
) -> None:
    code = station_code.read(new_code(gloria))
    assert code.authority == station_code.fingerprint(authority.read_text())
    assert offer(house, code.secret)["device"] == {"kind": "peripherals", "name": "annex"}
    # The power went before the station had kept the answer: it comes again, and may.
    assert offer(house, code.secret)["ok"] is True
    stranger = offer(house, code.secret, OTHER)
    assert (stranger["ok"], stranger["code"]) == (False, "invalid_credentials")
    assert "used already" in stranger["error"]
    station = house.connect({"device_token": OWN}, namespace="/peripherals")
    hello = {"name": "annex", "printers": [], "rooms": ["2"]}
    assert station.call("device_hello", hello)["ok"] is True
    assert code.secret not in str(house.rows())
    assert OWN not in str(house.rows())


def test_a_new_card_takes_the_place_of_the_one_before(house: Lobby, gloria: Http) -> None:
    first = station_code.read(new_code(gloria)).secret
    assert offer(house, first)["ok"] is True
    before = house.connect({"device_token": OWN}, namespace="/peripherals")
    listed = gloria.get("/api/manager/devices").json()["devices"]
    [device] = [each for each in listed if each["name"] == "annex"]
    made = gloria.post(f"/api/manager/devices/{device['id']}/link", json={}).json()
    again = station_code.read(made["station_code"]).secret
    assert "not valid" in offer(house, first)["error"], "a new code ends the one before"
    assert before.call("device_hello", {"name": "annex", "printers": [], "rooms": []})["ok"]
    assert offer(house, again, OTHER)["ok"] is True
    before.wait_for("identity_revoked")


def test_a_code_is_for_a_station_alone_and_a_link_for_a_screen_alone(
    house: Lobby, gloria: Http
) -> None:
    code = station_code.read(new_code(gloria)).secret
    browser = house.http().post("/devices/session", json={"token": code})
    assert (browser.status_code, browser.json()["code"]) == (401, "invalid_credentials")
    bar = gloria.post("/api/manager/devices", json={"kind": "kiosk", "name": "bar"}).json()
    assert bar["station_code"] is None
    link = bar["enrol_url"].partition("#")[2]
    assert "not valid" in offer(house, link)["error"]
    assert offer(house, code, "short")["code"] == "validation_failed"
    assert offer(house, "é")["code"] == "invalid_credentials"
    second = station_code.read(new_code(gloria, "bar-2")).secret
    assert offer(house, code)["ok"] is True, "nobody who only tried has used it up"
    clash = offer(house, second)
    assert (clash["code"], "another device" in clash["error"]) == ("invalid_state", True)


def test_a_flashed_station_is_let_in_over_tls_and_its_button_works(
    house: Lobby, gloria: Http, authority: Path, tmp_path: Path
) -> None:
    code = new_code(gloria)
    card = Card(
        tmp_path / "card",
        f"role: station\nserver: 127.0.0.1\ncode: {code}\nhostname: annex\nrooms:\n"
        "  - {number: 2, button_pin: 17, lamp_pin: 27}\n",
    )
    (tmp_path / "www").mkdir()
    (tmp_path / "www/ca.crt").write_text(authority.read_text())
    Start(card, lambda _: None).run(keep_trying=False)
    found = accepted(card)
    assert isinstance(found, Station)
    with (
        files_of(tmp_path / "www") as shown,
        TlsFront(house.server.port, authority.with_name("server.key"), authority) as front,
    ):
        assert station.enrol(
            card, found.code, Main("127.0.0.1", shown, urlsplit(front.url).port or 0)
        )
        assert not station.enrol(card, found.code, Main("127.0.0.1", 9, 9)), "it asks once"
    assert card.read(MAIN) == authority.read_text()
    config = settings.load(card.path(DEVICES))
    assert config.server.url == "https://127.0.0.1"
    # Sockets over TLS need nginx, which tells the server that they came so.
    server = replace(
        config.server, url=house.base_url, ca_file=None, token_file=card.path(station.TOKEN)
    )
    pins = MockFactory()
    daemon = Daemon(replace(config, server=server), pins=pins)
    daemon.start()
    try:
        until(lambda: daemon.client.connected, "the station is known")
        house.person("ana")
        items = [{"service_classification_id": house.spa.swedish_60}]
        house.device("door").call("customer_confirm_selection", {"items": items})
        until(lambda: daemon.lamps.pattern("2") is LampPattern.SLOW_BLINK, "somebody waits")
        press(pins.pin(17))
        until(lambda: daemon.lamps.pattern("2") is LampPattern.FAST_BLINK, "it is called")
    finally:
        daemon.stop()
        pins.reset()


@contextmanager
def files_of(folder: Path) -> Iterator[int]:
    """What the main machine shows without TLS; its port."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def test_a_code_is_read_as_people_write_it(authority: Path) -> None:
    half = station_code.fingerprint(authority.read_text())
    code = station_code.StationCode("abcdefgh234567xy", half)
    assert str(code).startswith("abcd-efgh-2345-67xy-")
    assert station_code.read(f" {str(code).upper().replace('-', ' ')} ") == code
    for wrong in ("", "abcd", str(code)[:-1], str(code).replace("a", "0"), str(code) + "a"):
        with pytest.raises(ValueError, match="32 letters"):
            station_code.read(wrong)
    with pytest.raises((ValueError, ssl.SSLError)):
        station_code.fingerprint("no certificate")
