"""`lobby.yaml`: what it can say, and a sentence for everything that can be wrong with it."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from appliance.card.example import EXAMPLE
from appliance.card.lobby import Lobby, Technician, Wifi, load
from appliance.card.text import Mistaken
from appliance.cli import main

SHOP = "shop:\n  name: Serenity\n  time_zone: Asia/Manila\n  currency: PHP\n"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExampl tech"
FULL = f"""\
role: main
hostname: serenity
shop:
  name: "Serenity: spa & more"
  details: ["12 Mabini Street", TIN 123]
  language: fil
  time_zone: Asia/Manila
  currency: PHP
  closing_time: 20:00
wifi:
  country: NO
  ssid: Løbby
  password: "#12345 67"
printers:
  - name: lobby
    roles: [ticket, receipt]
    connection: usb:/dev/usb/lp0
    profile: TM-T20II
    cash_drawer: true
  - name: desk
    roles: report
    connection: tcp://192.0.2.9:9100
rooms:
  - number: 0101
    button_pin: 17
    lamp_pin: 27
  - number: yes
lamp_active_low: true
technician:
  ssh_key: {KEY}
  password_hash: $6$salt$0123456789abcdefghij
"""


def sentences(content: bytes | str) -> list[str]:
    with pytest.raises(Mistaken) as caught:
        load(content if isinstance(content, bytes) else content.encode())
    return [str(mistake) for mistake in caught.value.mistakes]


def lobby_of(content: str) -> Lobby:
    found = load(content.encode())
    assert isinstance(found, Lobby)
    return found


def test_everything_that_it_can_say() -> None:
    found = lobby_of(FULL)
    assert found.hostname == "serenity"
    assert found.shop.name == "Serenity: spa & more"
    assert found.shop.details == ("12 Mabini Street", "TIN 123")
    assert (found.shop.language, found.shop.closing_time) == ("fil", time(20))
    # Words that YAML 1.1 takes for false, true, 65 and 72,000 are what they look like.
    assert found.wifi == Wifi("NO", "Løbby", "#12345 67")
    assert [room["number"] for room in found.rooms] == ["0101", "yes"]
    assert found.printers[1] == {
        "name": "desk", "roles": ("report",), "connection": "tcp://192.0.2.9:9100",
    }  # fmt: skip
    assert found.technician == Technician(KEY, "$6$salt$0123456789abcdefghij")
    assert found.lamp_active_low


def test_the_example_can_be_used_as_it_is() -> None:
    assert load(EXAMPLE.read_bytes()).hostname == "lobby"


def test_so_can_the_example_with_everything_filled_in() -> None:
    text = re.sub(r"(?m)^( *)# (?=[a-z_ -]*[a-z_]+:( |$))", r"\1", EXAMPLE.read_text())
    text = text.replace("$6$…", "$6$salt$0123456789abcdefghij")
    found = load(text.encode())
    assert found.wifi
    assert found.technician
    assert [room["number"] for room in found.rooms] == ["1", "2"]
    assert found.printers[0]["cash_drawer"] is True


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + SHOP,
        SHOP.replace("\n", "\r\n"),
        SHOP.replace("\n", "\r"),
        SHOP + "wifi:\nprinters:\nrooms:\ntechnician:\n",
        SHOP + "rooms: []\n",
        "--- # my shop\n" + SHOP,
        SHOP.replace("name: Serenity", "name: 'Serenity'"),
    ],
    ids=["bom", "crlf", "cr", "names without anything", "no rooms", "one document", "quotes"],
)
def test_what_editors_do_changes_nothing(content: str) -> None:
    assert load(content.encode()) == Lobby(lobby_of(SHOP).shop)


WRONG = {
    "empty": ("", "The file is empty."),
    "comments only": ("# shop\n", "The file is empty."),
    "tab": (SHOP.replace("  name", "\tname"), "Line 2: There is a tab"),
    "utf-16": (SHOP.encode("utf-16"), "saved as UTF-16"),
    "windows-1252": (SHOP.replace("Serenity", "Café").encode("cp1252"), "Line 2: A letter here"),
    "binary": (b"\x7fELF\x00\x00\xff\xfe" * 40, "not a text file"),
    "control characters": (SHOP.replace("Serenity", "a\x07b"), "not a text file"),
    "nul": ("shop:\0\n", "not a text file"),
    "10 MB": (b"# " + b"x" * (10 * 1024 * 1024), "The file has more than 64 KB, which is the most that is read."),
    "twice": (SHOP + "hostname: a\nhostname: b\n", "Line 6: `hostname` stands twice, here and in line 5"),
    "unknown": (SHOP + "printer:\n", "Line 5: `printer` is not known in the file. Did you mean `printers`?"),
    "unknown below": (
        SHOP.replace("time_zone", "timezone"),
        "Line 3: `timezone` is not known in `shop`. Did you mean `time_zone`?",
    ),
    "nothing like it": (SHOP + "colour: red\n", "Line 5: `colour` is not known in the file. Known are"),
    "time zone": (SHOP.replace("Asia/Manila", "Manila"), "Line 3: `time_zone` is 'Manila', which is no time zone. Did you mean Asia/Manila?"),
    "time zone of nowhere": (SHOP.replace("Asia/Manila", "Xyzzy"), "Write one such as Asia/Manila"),
    "currency": (SHOP.replace("PHP", "php"), "Line 4: `currency` is 'php', which is no currency. Write PHP."),
    "currency's sign": (SHOP.replace("PHP", "₱"), "Write its three letters"),
    "language": (SHOP + "  language: no\n", "Line 5: `language` is 'no', which the screens do not speak"),
    "closing time": (SHOP + "  closing_time: 8 pm\n", "Line 5: `closing_time` is '8 pm'"),
    "password": (
        SHOP + f"technician:\n  ssh_key: {KEY}\n  password_hash: hunter2hunter2\n",
        "Line 7: `password_hash` must not be the password itself",
    ),
    "private key": (
        SHOP + "technician:\n  ssh_key: |\n    -----BEGIN OPENSSH PRIVATE KEY-----\n    b3Bl\n",
        "Line 6: `ssh_key` is a private key, which never leaves your laptop",
    ),
    "no key": (SHOP + "technician:\n  ssh_key: ~/.ssh/id_ed25519.pub\n", "Line 6: `ssh_key` is no public key"),
    "two rooms": (
        SHOP + "rooms:\n  - number: 1\n  - number: '1'\n",
        "Line 7: Two rooms have the number 1, here and in line 6",
    ),
    "pin twice": (
        SHOP + "rooms:\n  - number: 1\n    button_pin: 17\n    lamp_pin: 17\n",
        "Line 8: Pin 17 is used twice, here and in line 7",
    ),
    "no such pin": (
        SHOP + "rooms:\n  - number: 1\n    button_pin: 40\n    lamp_pin: 17\n",
        "Line 7: `button_pin` is '40'. Pins have BCM numbers from 2 to 27.",
    ),
    "half a room": (SHOP + "rooms:\n  - number: 1\n    lamp_pin: 17\n", "but no `button_pin`"),
    "no number": (SHOP + "rooms:\n  - lamp_pin: 17\n    button_pin: 4\n", "Line 6: `number` is missing"),
    "missing colon": ("shop:\n  name Serenity\n  currency: PHP\n", "Line 2: A colon is missing"),
    "no space": (SHOP.replace("name: ", "name:"), "A colon is missing"),
    "a sentence": ("My shop is called Serenity.\n", "Line 1: A colon is missing"),
    "colon in a text": (SHOP.replace("Serenity", "Serenity: spa"), "Line 2: A colon is missing"),
    "quote": (SHOP + 'hostname: "lobby\n', "Line 5: A quotation mark is opened here and never closed"),
    "bracket": (SHOP + "  details: [one, two\nhostname: a\n", "Line 5: A bracket is opened and never closed"),
    "indented differently": (SHOP.replace("  currency", "   currency"), "Line 4:"),
    "missing": (SHOP.replace("  currency: PHP\n", ""), "Line 1: `currency` is missing in shop"),
    "no shop": ("hostname: lobby\n", "`shop` is missing"),
    "shop is a text": ("shop: Serenity\n", "Line 1: `shop` has several values"),
    "name is a list": (SHOP.replace("Serenity", "[a, b]"), "Line 2: `name` has one value"),
    "rooms are no list": (SHOP + "rooms:\n  number: 1\n", "Line 5: `rooms` is a list"),
    "rooms are numbers": (SHOP + "rooms: [1, 2]\n", "Line 5: `rooms` is a list"),
    "yes": (SHOP + "lamp_active_low: yes\n", "Line 5: `lamp_active_low` is 'yes'. Write true or false."),
    "hostname": (SHOP + "hostname: My_Lobby.local\n", "no dot, such as my-lobby."),
    "wifi password": (SHOP + "wifi: {country: PH, ssid: a, password: short}\n", "8 to 63"),
    "wifi country": (SHOP + "wifi: {country: Norway, ssid: a}\n", "`country` is 'Norway'"),
    "printer's address": (
        SHOP + "printers:\n  - {name: a, roles: [ticket], connection: 192.0.2.9}\n",
        "Line 6: `connection` is '192.0.2.9'",
    ),
    "printer's role": (
        SHOP + "printers:\n  - {name: a, roles: [bill], connection: usb:/dev/usb/lp0}\n",
        "Line 6: `roles` has 'bill'. A printer prints ticket, receipt, report",
    ),
    "printer's model": (
        SHOP + "printers:\n  - {name: a, roles: ticket, connection: usb:/dev/usb/lp0, profile: TM-T20I}\n",
        "Did you mean `TM-T20II`?",
    ),
    "simulator": (
        SHOP + "printers:\n  - {name: a, roles: ticket, connection: simulator:a}\n",
        "`connection` is 'simulator:a'",
    ),
    "alias bomb": (
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
        "Line 1: A value that begins with & or *",
    ),
    "tag": (SHOP.replace("Serenity", '!!python/object/apply:os.system ["id"]'), "Line 2: A value that begins with !"),
    "deep": ("shop: " + "[" * 5000, "Line 1: There are too many brackets"),
    "two documents": (SHOP + "---\n" + SHOP, "Line 5: A second part begins here"),
    "station": ("role: station\n" + SHOP, "Line 2: `shop` belongs on the main machine's card."),
    "percent": (SHOP.replace("Serenity", "%Serenity"), "Put it in quotes"),
    "backslash": (SHOP.replace("Serenity", '"a\\qb"'), "Line 2: A backslash"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "told"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_a_sentence(content: bytes | str, told: str) -> None:
    found = sentences(content)
    assert any(told in sentence for sentence in found), found
    for sentence in found:
        assert re.search(r"[.:?»]$|[A-Za-z\])…]$", sentence)
        assert not re.search(r"yaml|Error|mapping|scalar|token|<", sentence), sentence
        assert "hunter2" not in sentence
        assert "\n" not in sentence


def test_all_mistakes_are_told_at_once() -> None:
    wrong = (
        SHOP.replace("PHP", "pesos") + "hostname: A B\nrooms:\n  - number: 1\n    button_pin: x\n"
    )
    assert [one.split(":")[0] for one in sentences(wrong)] == ["Line 4", "Line 5", "Line 8"]


def test_the_command_tells_and_fails(tmp_path: Path) -> None:
    file = tmp_path / "lobby.yaml"
    file.write_text(SHOP + "printer:\n")
    ended = CliRunner().invoke(main, ["card", "check", str(file)])
    assert ended.exit_code == 1
    assert "Line 5: `printer` is not known" in ended.output
    assert "1 mistake in lobby.yaml" in ended.output
    file.write_text(CliRunner().invoke(main, ["card", "example"]).output)
    ended = CliRunner().invoke(main, ["card", "check", str(file)])
    assert (ended.exit_code, ended.output) == (
        0,
        "Lobby Appliance, 0 printer(s) and 0 room(s): usable.\n",
    )
