"""Two corners of the house: each with a daemon, a token and rooms of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from gpiozero.pins.mock import MockFactory

from appliance.peripherals import config as settings
from appliance.peripherals import server_time
from appliance.peripherals.daemon import Daemon
from appliance.protocol import LampPattern
from appliance.server.domain.states import SYSTEM, Role
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases import manager
from tests.support.clients import Json
from tests.support.hands import press, until
from tests.support.lobby import Lobby
from tests.web.conftest import OpenLobby

BUTTON, LAMP = 17, 27


class Pi:
    """A machine in a corner: one room, the pins of which are its own.

    Args:
        daemon: Its daemon.
        pins: Its pins.
        room: What is wired to them.
    """

    def __init__(self, daemon: Daemon, pins: Any, room: str) -> None:
        self.daemon = daemon
        self._pins = pins
        self._room = room

    def press(self) -> None:
        press(self._pins.pin(BUTTON))

    def wait_for(self, pattern: LampPattern) -> None:
        until(lambda: self.daemon.lamps.pattern(self._room) is pattern, f"{self._room}: {pattern}")


@pytest.fixture
def house(open_lobby: OpenLobby) -> Lobby:
    lobby = open_lobby()
    store = Store(lobby.database, lambda: datetime.now(UTC))
    lobby.spa.device_tokens["annex"] = store.run(
        lambda unit: manager.add_device(unit, SYSTEM, Role.PERIPHERALS, "annex")
    )
    return lobby


@pytest.fixture
def start_pi(house: Lobby, tmp_path: Path) -> Iterator[Callable[[str, str], Pi]]:
    """Starts the daemon of a device with one room."""
    with ExitStack() as stack:

        def start(device: str, room: str) -> Pi:
            token = tmp_path / f"{device}.token"
            token.write_text(house.spa.device_tokens[device])
            path = tmp_path / f"{device}.toml"
            path.write_text(
                f'name = "{device}"\n[server]\nurl = "{house.base_url}"\ntoken_file = "{token}"\n'
                f'[[room]]\nnumber = "{room}"\nbutton_pin = {BUTTON}\nlamp_pin = {LAMP}\n'
            )
            pins = MockFactory()
            stack.callback(pins.reset)
            daemon = Daemon(settings.load(path), pins=pins)
            stack.callback(daemon.stop)
            daemon.start()
            return Pi(daemon, pins, room)

        yield start


def confirm(lobby: Lobby) -> Json:
    items = [{"service_classification_id": lobby.spa.swedish_60}]
    answer: Json = lobby.device("door").call("customer_confirm_selection", {"items": items})
    assert answer["ok"] is True
    return answer


def test_a_press_on_each_pi_is_for_its_own_room(
    house: Lobby, start_pi: Callable[[str, str], Pi]
) -> None:
    here, there = start_pi("pi", "1"), start_pi("annex", "2")
    until(lambda: here.daemon.client.connected and there.daemon.client.connected, "both are known")
    ana, ben = house.person("ana"), house.person("ben")
    for _ in range(2):
        confirm(house)
    here.wait_for(LampPattern.SLOW_BLINK)
    there.wait_for(LampPattern.SLOW_BLINK)
    there.press()
    there.wait_for(LampPattern.FAST_BLINK)
    called = ben.wait_for(
        "queue_updated", lambda body: [t["room_number"] for t in body["in_progress"]] == ["2"]
    )
    assert called["in_progress"][0]["therapist"]
    assert here.daemon.lamps.pattern("1") is LampPattern.SLOW_BLINK
    here.press()
    here.wait_for(LampPattern.FAST_BLINK)
    ana.wait_for(
        "queue_updated",
        lambda body: sorted(t["room_number"] for t in body["in_progress"]) == ["1", "2"],
    )
    assert there.daemon.lamps.pattern("2") is LampPattern.FAST_BLINK


@pytest.mark.parametrize("off", [timedelta(hours=-1), timedelta(seconds=8)], ids=str)
def test_a_pi_whose_clock_is_wrong_can_be_pressed(
    house: Lobby,
    start_pi: Callable[[str, str], Pi],
    off: timedelta,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    class WrongClock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + off

    monkeypatch.setattr(server_time, "datetime", WrongClock)
    there = start_pi("annex", "2")
    time = there.daemon.client.time
    until(lambda: abs(time() - datetime.now(UTC)) < timedelta(seconds=2), "it knows the time")
    confirm(house)
    there.wait_for(LampPattern.SLOW_BLINK)
    there.press()
    there.wait_for(LampPattern.FAST_BLINK)
    assert "This machine's clock is" in caplog.text


def test_lamps_are_told_to_the_pi_they_hang_on_alone(house: Lobby) -> None:
    here, there = house.daemon(), house.device("annex", namespace="/peripherals")
    for client, room in ((here, "1"), (there, "2")):
        hello = {"name": "x", "printers": [], "rooms": [room]}
        assert client.call("device_hello", hello)["lamps"] == {room: "off"}
    house.person("ana")
    house.person("ben")
    confirm(house)
    for client, room in ((here, "1"), (there, "2")):
        client.wait_for("lamp", lambda body, room=room: body["room_number"] == room)
        assert {body["room_number"] for body in client.pushed("lamp")} == {room}


@pytest.mark.parametrize("spelled", ["1 ", " 1"])
def test_a_room_is_another_pis_however_its_number_is_spelled(house: Lobby, spelled: str) -> None:
    here, there = house.daemon(), house.device("annex", namespace="/peripherals")
    assert here.call("device_hello", {"name": "pi", "printers": [], "rooms": ["1"]})["ok"] is True
    greeting = {"name": "annex", "printers": [], "rooms": [spelled]}
    assert there.call("device_hello", greeting)["code"] == "forbidden"
    press = {
        "room_number": spelled,
        "gesture": "press",
        "pressed_at": datetime.now(UTC).isoformat(),
        "request_id": str(uuid4()),
    }
    assert there.call("button", press)["code"] == "forbidden"


def test_a_printer_stays_at_its_pi_while_that_is_connected(house: Lobby) -> None:
    here, there = house.daemon(), house.device("annex", namespace="/peripherals")
    printers = [{"name": "lobby", "roles": ["ticket"]}]
    assert here.call("device_hello", {"name": "pi", "printers": printers, "rooms": []})["ok"]
    greeting = {"name": "annex", "printers": printers, "rooms": []}
    refused = there.call("device_hello", greeting)
    assert (refused["ok"], refused["code"]) == (False, "forbidden")
    assert "belongs to the device pi" in refused["error"]
    confirm(house)
    job = here.call("print_lease", {"printer": "lobby", "roles": ["ticket"]})["job"]
    assert job is not None
    here.close()
    until(lambda: there.call("device_hello", greeting)["ok"], "the printer's name is free")


def test_a_token_is_refused_for_rooms_of_another_pi(house: Lobby) -> None:
    here, there = house.daemon(), house.device("annex", namespace="/peripherals")
    assert here.call("device_hello", {"name": "pi", "printers": [], "rooms": ["1"]})["ok"] is True
    greeting = {"name": "annex", "printers": [], "rooms": ["2", "1"]}
    refused = there.call("device_hello", greeting)
    assert (refused["ok"], refused["code"]) == (False, "forbidden")
    assert "Room 1" in refused["error"]
    house.person("ana")
    confirm(house)
    press = {
        "room_number": "1",
        "gesture": "press",
        "pressed_at": datetime.now(UTC).isoformat(),
        "request_id": str(uuid4()),
    }
    assert there.call("button", press)["code"] == "forbidden"
    assert here.call("button", press)["ok"] is True
    # A machine that takes another's place: nobody has the room any more.
    here.close()
    until(lambda: there.call("device_hello", greeting)["ok"], "the room is free")


def test_no_paper_of_another_pi_is_handed_out_again(house: Lobby) -> None:
    here, there = house.daemon(), house.device("annex", namespace="/peripherals")

    def hello(name: str, printer: str) -> Json:
        printers = [{"name": printer, "roles": ["ticket"]}]
        return {"name": name, "printers": printers, "rooms": [], "leases": []}

    assert here.call("device_hello", hello("pi", "lobby"))["ok"] is True
    confirm(house)
    job = here.call("print_lease", {"printer": "lobby", "roles": ["ticket"]})["job"]
    assert there.call("device_hello", hello("annex", "back"))["ok"] is True
    assert there.call("print_lease", {"printer": "back", "roles": ["ticket"]})["job"] is None
    assert here.call("print_done", {"id": job["id"], "lease": job["lease"]})["ok"] is True
