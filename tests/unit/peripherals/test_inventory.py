"""Every key of `peripherals.toml` can be set in the inventory.

The role's spec, its template and the structs that read the file say the same.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from jinja2 import Environment

from appliance.peripherals import config as settings
from appliance.peripherals.config import (
    Config,
    ConfigError,
    PrinterConfig,
    RoomConfig,
    ServerConfig,
    SimulatorConfig,
)
from appliance.protocol import PrintRole
from appliance.server.usecases.manager import rooms

ROOT = Path(__file__).parents[3]
ROLE = ROOT / "provisioning/ansible/roles/peripherals"
OPTIONS = yaml.safe_load((ROLE / "meta/argument_specs.yml").read_text())["argument_specs"]["main"][
    "options"
]
DEFAULTS = yaml.safe_load((ROLE / "defaults/main.yml").read_text())
SERVER = {"url": "http://127.0.0.1:5000", "token_file": "/run/token"}
EVERYTHING = {
    "name": "lobby",
    "roles": ["ticket"],
    "fallback_roles": ["receipt"],
    "connection": "tcp://192.0.2.9:9100",
    "profile": "POS-5890",
    "cash_drawer": True,
    "cash_drawer_pin": 5,
    "paper_width_mm": 58,
    "speed_mm_per_s": 80.0,
    "answers_status": False,
    "process_ids": False,
}
LITTLE = {key: EVERYTHING[key] for key in ("name", "roles", "connection")}
ROOM = {"number": "Sauna “1”", "button_pin": 17, "lamp_pin": 27, "lamp_active_low": True}


def keys(struct: type[msgspec.Struct]) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(struct)}


def load(folder: Path, **inventory: Any) -> Config:
    environment = Environment(trim_blocks=True)  # as Ansible sets it; what it makes is no HTML
    environment.filters |= {
        "to_json": json.dumps,
        "bool": bool,
    }
    template = environment.from_string((ROLE / "templates/peripherals.toml.j2").read_text())
    given = DEFAULTS | {"peripherals_server": SERVER, "ansible_managed": "by a test"} | inventory
    path = folder / "peripherals.toml"
    path.write_text(template.render(given), encoding="utf-8")
    return settings.load(path)


@pytest.mark.parametrize(
    ("option", "struct"),
    [
        ("peripherals_printers", PrinterConfig),
        ("peripherals_rooms", RoomConfig),
        ("peripherals_server", ServerConfig),
    ],
)
def test_the_inventory_takes_the_keys_of_the_file(
    option: str, struct: type[msgspec.Struct]
) -> None:
    assert set(OPTIONS[option]["options"]) == keys(struct)


def test_what_is_required_in_the_file_is_required_in_the_inventory() -> None:
    structs: dict[str, type[msgspec.Struct]] = {
        "peripherals_printers": PrinterConfig,
        "peripherals_server": ServerConfig,
    }
    for option, struct in structs.items():
        required = {key for key, spec in OPTIONS[option]["options"].items() if spec.get("required")}
        fields = msgspec.structs.fields(struct)
        assert required == {field.encode_name for field in fields if field.required}


def test_every_other_key_has_a_variable() -> None:
    assert keys(SimulatorConfig) == {"enabled"}
    tables = {"server", "printer", "room", "simulator"}
    for key in keys(Config) - tables:
        assert f"peripherals_{key}" in OPTIONS
    assert "peripherals_simulator" in OPTIONS
    assert set(DEFAULTS) <= set(OPTIONS)


def test_everything_that_is_given_arrives(tmp_path: Path) -> None:
    printer = {key: value for key, value in EVERYTHING.items() if key in keys(PrinterConfig)}
    assert set(printer) == keys(PrinterConfig)
    config = load(
        tmp_path,
        peripherals_name="lobby-pi",
        peripherals_printers=[printer],
        peripherals_rooms=[ROOM, {"number": "without a button"}],
        peripherals_server=SERVER | {"ca_file": "/etc/ca.crt"},
        peripherals_lamp_active_low=True,
        peripherals_simulator=True,
    )
    assert msgspec.to_builtins(config.printers[0], builtin_types=(tuple,)) == printer | {
        "roles": ("ticket",),
        "fallback_roles": ("receipt",),
    }
    assert [msgspec.to_builtins(room) for room in config.rooms] == [ROOM]
    assert (config.name, config.lamp_active_low) == ("lobby-pi", True)
    assert config.simulator.enabled
    assert str(config.server.ca_file) == "/etc/ca.crt"


def test_what_is_not_given_has_the_default_of_the_file(tmp_path: Path) -> None:
    config = load(tmp_path, peripherals_printers=[LITTLE | {"profile": None, "speed_mm_per_s": 80}])
    assert config.printers == (
        PrinterConfig("lobby", (PrintRole.TICKET,), "tcp://192.0.2.9:9100", speed_mm_per_s=80),
    )
    assert config.printers[0].profile == "default"


def test_a_slip_in_a_profile_is_one_line_with_the_right_name_first(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'TM-T20' is unknown; known are TM-T20II") as caught:
        load(tmp_path, peripherals_printers=[LITTLE | {"profile": "TM-T20"}])
    assert "\n" not in str(caught.value)


def task(name: str) -> dict[str, Any]:
    tasks: list[dict[str, Any]] = yaml.safe_load((ROLE / "tasks/main.yml").read_text())
    return next(each for each in tasks if each["name"] == name)


def holds(condition: str, **known: Any) -> bool:
    return bool(Environment().compile_expression(condition)(**known))


@pytest.mark.parametrize(
    ("ended", "changed", "failed"),
    [
        ({"rc": 0}, True, False),
        ({"rc": 0, "skipped": True}, False, False),
        # A name of several words, or a number that YAML has read, was added again at each run.
        ({"rc": 1, "stderr": f"Error: {rooms._taken('Garden room')}"}, False, False),
        ({"rc": 1, "stderr": "Error: The database cannot be reached."}, False, True),
        ({"rc": 1}, False, True),
    ],
)
def test_a_room_that_is_there_ends_no_second_run(
    ended: dict[str, object], changed: bool, failed: bool
) -> None:
    assert holds(task("Rooms")["changed_when"], peripherals_room=ended) is changed
    assert holds(task("Rooms")["failed_when"], peripherals_room=ended) is failed


@pytest.mark.parametrize(("written", "taken"), [('"010"', True), ("VIP", True), ("010", False)])
def test_a_room_is_named_as_it_is_written_or_refused(written: str, taken: bool) -> None:
    """`010` without quotes is eight to YAML 1.1, which Ansible reads."""
    item = {"number": yaml.safe_load(written)}
    assertion = task("Rooms are written in quotes")["ansible.builtin.assert"]
    assert holds(assertion["that"], item=item) is taken
    said = Environment().from_string(assertion["fail_msg"]).render(item=item)
    assert 'in quotes, as in number: "010"' in said


def test_the_playbook_installs_the_fonts_that_papers_are_drawn_with() -> None:
    packages = task("Fonts")["ansible.builtin.apt"]["name"].strip("{} ")
    assert {"fonts-dejavu-core", "fonts-noto-core", "fonts-noto-cjk", "fonts-symbola"} <= set(
        DEFAULTS[packages]
    )


def test_the_playbook_checks_the_file_before_the_daemon_gets_it() -> None:
    tasks = yaml.safe_load((ROLE / "tasks/main.yml").read_text())
    names = [task["name"] for task in tasks]
    devices = next(task for task in tasks if task["name"] == "Devices")
    assert "peripherals_check" in devices["ansible.builtin.template"]["validate"]
    assert DEFAULTS["peripherals_check"].endswith("peripherals --check --config %s")
    assert names.index("Devices") < names.index("It has come up") < names.index("It has to")
