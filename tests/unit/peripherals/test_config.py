from __future__ import annotations

from pathlib import Path

import pytest

from appliance.peripherals import config as settings
from appliance.peripherals.config import (
    ConfigError,
    SimulatorConnection,
    TcpConnection,
    UsbConnection,
)

SERVER = '[server]\nurl = "http://127.0.0.1:5000"\ntoken_file = "TOKEN"\n'
PRINTER = '[[printer]]\nname = "lobby"\nroles = ["ticket"]\nconnection = "tcp://192.0.2.9:9100"\n'
ROOM = '[[room]]\nnumber = "1"\nbutton_pin = 17\nlamp_pin = 27\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "peripherals.toml"
    path.write_text(text, encoding="utf-8")
    return path


def error_of(folder: Path, text: str) -> str:
    path = write(folder, text)
    with pytest.raises(ConfigError) as caught:
        settings.load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


def test_the_file_of_the_protocol_is_understood(tmp_path: Path) -> None:
    text = SERVER + PRINTER + 'profile = "TM-T20II"\ncash_drawer = true\n' + ROOM
    config = settings.load(write(tmp_path, text))
    (printer,) = config.printers
    assert (printer.name, printer.roles, printer.profile) == ("lobby", ("ticket",), "TM-T20II")
    assert printer.cash_drawer
    assert (config.rooms[0].number, config.rooms[0].button_pin, config.rooms[0].lamp_pin) == (
        "1",
        17,
        27,
    )
    assert not config.simulator.enabled
    assert config.name


def test_a_machine_without_devices_is_allowed(tmp_path: Path) -> None:
    assert settings.load(write(tmp_path, SERVER)).printers == ()


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.toml: cannot be read \(No such file"):
        settings.load(tmp_path / "gone.toml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[server", "is not valid TOML"),
        ("", "missing required field `server`"),
        ('[server]\nurl = "http://x"\n', "server: object missing required field `token_file`."),
        (
            '[server]\nurl = "127.0.0.1:5000"\ntoken_file = "T"\n',
            "server.url: '127.0.0.1:5000' is not an http:// or https:// address.",
        ),
        (SERVER + "colour = 1\n", "server: object contains unknown field `colour`."),
        (SERVER + PRINTER + PRINTER, "printer[1].name: 'lobby' is used twice."),
        (
            SERVER + PRINTER + PRINTER.replace("lobby", "desk"),
            "printer[1].connection: 'tcp://192.0.2.9:9100' is used twice.",
        ),
        (SERVER + PRINTER.replace('["ticket"]', "[]"), "printer[0].roles: expected"),
        (SERVER + PRINTER.replace('"ticket"', '"poster"'), "printer[0].roles[0]: invalid enum"),
        (SERVER + PRINTER + "cash_drawer = 1\n", "printer[0].cash_drawer: expected `bool`"),
        (SERVER + PRINTER + 'profile = "TM-9"\n', "printer[0].profile: 'TM-9' is unknown; known"),
        (
            SERVER + PRINTER + "paper_width_mm = 76\n",
            "printer[0].paper_width_mm: 76 is not 58 or 80.",
        ),
        (
            SERVER + PRINTER.replace("tcp://192.0.2.9:9100", "usb:printer-lobby"),
            "printer[0].connection: 'usb:printer-lobby' is not tcp://HOST:PORT, usb:/dev/… or",
        ),
        (
            SERVER + PRINTER.replace("tcp://192.0.2.9:9100", "simulator:lobby"),
            "printer[0].connection: 'simulator:lobby' needs `enabled = true` under [simulator].",
        ),
        (
            SERVER + PRINTER + "speed_mm_per_s = 0\n",
            "printer[0].speed_mm_per_s: expected `float` > 0",
        ),
        (SERVER + ROOM + ROOM, "room[1].number: '1' is used twice."),
        (
            SERVER + ROOM + ROOM.replace('"1"', '"2"').replace("17", "18"),
            "room[1].lamp_pin: pin 27 is already used by room[0].lamp_pin.",
        ),
        (SERVER + ROOM.replace("17", "40"), "room[0].button_pin: expected `int` <= 27"),
        (SERVER + ROOM.replace("17", '"17"'), "room[0].button_pin: expected `int`, got `str`"),
        (SERVER + ROOM.replace('"1"', "1"), "room[0].number: expected `str`, got `int`"),
    ],
)
def test_a_mistake_is_one_line_with_file_and_key(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in error_of(tmp_path, text)


@pytest.mark.parametrize(
    ("default", "own", "low"),
    [("", "", False),
     ("lamp_active_low = true\n", "", True),
     ("", "lamp_active_low = true\n", True),
     ("lamp_active_low = true\n", "lamp_active_low = false\n", False)],
)  # fmt: skip
def test_a_lamp_is_lit_as_its_room_says_or_else_as_all_are(
    tmp_path: Path, default: str, own: str, low: bool
) -> None:
    (room,) = settings.load(write(tmp_path, default + SERVER + ROOM + own)).rooms
    assert room.lamp_active_low is low


@pytest.mark.parametrize(
    ("text", "connection"),
    [
        ("tcp://192.0.2.9:9100", TcpConnection("192.0.2.9", 9100)),
        ("tcp://printer.lan", TcpConnection("printer.lan", 9100)),
        ("tcp://[2001:db8::1]:9101", TcpConnection("2001:db8::1", 9101)),
        ("usb:/dev/appliance/printer-lobby", UsbConnection(Path("/dev/appliance/printer-lobby"))),
        ("simulator:lobby", SimulatorConnection("lobby")),
    ],
)
def test_the_forms_of_a_connection(text: str, connection: object) -> None:
    assert settings.parse_connection(text) == connection


@pytest.mark.parametrize(
    "text",
    ["", "lobby", "tcp:192.0.2.9", "tcp://", "tcp://h:0", "tcp://h:70000", "tcp://h:x", "tcp://h/x",
     "usb:lp0", "usb://dev/lp0", "simulator:", "http://h"],
)  # fmt: skip
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not|not a number"):
        settings.parse_connection(text)


def test_a_token_is_read_afresh_and_an_empty_one_is_told(tmp_path: Path) -> None:
    token_file = tmp_path / "token"
    config = settings.load(write(tmp_path, SERVER.replace("TOKEN", str(token_file))))
    with pytest.raises(ConfigError, match=r"server\.token_file: .*cannot be read"):
        settings.read_token(config)
    token_file.write_text(" \n")
    with pytest.raises(ConfigError, match="is empty; write the token of"):
        settings.read_token(config)
    token_file.write_text("first\n")
    assert settings.read_token(config) == "first"
    token_file.write_text("second\n")
    assert settings.read_token(config) == "second"
