"""The `appliance` command, as a technician and a script meet it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from appliance.cli import main
from appliance.cli.queue import DUTY, VERBS
from appliance.server.auth.identity import log_in
from appliance.server.clock import utc_now
from appliance.server.domain.errors import InvalidCredentials
from appliance.server.domain.states import Role
from appliance.server.domain.visits import TABLE
from appliance.server.store.db import Database
from appliance.server.store.unit_of_work import Store
from tests.support.mariadb import PrivateMariaDB, free_port
from tests.support.spa import Spa, open_spa
from tests.support.visits import Visits

PASSWORD = "a cup of tea"
CATALOG = """
categories:
  - name: Massage
    services:
      - name: Swedish Massage
        description: Long strokes
        classifications:
          - {name: 30 minutes, price: 50, duration_minutes: 30}
          - {name: 60 minutes, price: "80.50", duration_minutes: 60}
"""


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    exit_code: int
    stdout: str
    stderr: str


Run = Callable[..., Ended]


@pytest.fixture
def settings(mariadb: PrivateMariaDB, tmp_path: Path) -> dict[str, str]:
    database = mariadb.environment("lobby_test")
    return {"HOME": str(tmp_path), "FLASK_SECRET_KEY": "tests only", **database}


@pytest.fixture
def run(settings: dict[str, str], database: Database) -> Run:
    """Run `appliance …` on an empty, migrated database, in this process, which is faster."""

    def run_(*arguments: str, stdin: str = "", **more: str) -> Ended:
        ended = CliRunner().invoke(main, arguments, input=stdin, env=settings | more)
        assert ended.exception is None or isinstance(ended.exception, SystemExit)
        return Ended(ended.exit_code, ended.stdout, ended.stderr)

    return run_


@pytest.fixture
def run_alone(settings: dict[str, str], database: Database) -> Run:
    """The same in a process of its own, as everybody else runs it."""

    def run_(*arguments: str, stdin: str = "", **more: str) -> Ended:
        ended = subprocess.run(
            [sys.executable, "-m", "appliance", *arguments],
            env={"PATH": os.environ["PATH"], **settings, **more},
            input=stdin,
            text=True,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    return run_


@pytest.fixture
def blank(mariadb: PrivateMariaDB) -> Iterator[dict[str, str]]:
    """The settings of a database without a schema."""
    mariadb.execute("DROP DATABASE IF EXISTS lobby_blank", "CREATE DATABASE lobby_blank")
    yield mariadb.environment("lobby_blank")
    mariadb.execute("DROP DATABASE lobby_blank")


def works(ended: Ended) -> str:
    assert ended.exit_code == 0, ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stdout


def fails(ended: Ended, *words: str, code: int = 1) -> str:
    """It failed, and says why in one clear line on stderr."""
    assert ended.exit_code == code, (ended.stdout, ended.stderr)
    assert "Traceback" not in ended.stderr
    lines = [line for line in ended.stderr.splitlines() if line.strip()]
    if code == 1:
        assert len(lines) == 1, ended.stderr
        assert lines[0].startswith("Error: ")
    for word in words:
        assert word in lines[-1], lines
    return lines[-1]


# --- usage ------------------------------------------------------------------------------------


COMMANDS = [
    ["demo"],
    ["serve"],
    ["peripherals"],
    ["db", "upgrade"],
    ["db", "downgrade"],
    ["db", "check"],
    ["backup", "create"],
    ["backup", "newest"],
    ["backup", "trust"],
    ["backup", "verify"],
    ["backup", "restore"],
    ["db", "seed"],
    ["staff", "add"],
    ["staff", "list"],
    ["staff", "set-room"],
    ["staff", "change"],
    ["staff", "set-password"],
    ["staff", "revoke"],
    ["staff", "disable"],
    ["staff", "enable"],
    ["rooms", "add"],
    ["rooms", "list"],
    ["rooms", "rename"],
    ["rooms", "remove"],
    ["devices", "add"],
    ["devices", "link"],
    ["devices", "list"],
    ["devices", "revoke"],
    ["catalog", "import"],
    ["catalog", "export"],
    ["queue", "list"],
    *(["queue", verb.name] for verb in VERBS),
    *(["duty", name] for name in DUTY),
    ["card", "check"],
    ["card", "example"],
    ["card", "start"],
    ["card", "status"],
    ["doctor"],
    ["kiosk", "keep"],
    ["kiosk", "policies"],
    ["test-page"],
    ["wiring"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help(command: list[str]) -> None:
    ended = CliRunner().invoke(main, [*command, "--help"])
    assert ended.exit_code == 0
    assert ended.output.startswith("Usage: ")
    assert len(ended.output.splitlines()[2].strip()) > 10, "says what it does"


def test_help_and_version(run_alone: Run) -> None:
    assert "Usage: " in works(run_alone("--help"))
    assert works(run_alone("--version")).strip()
    script = Path(sys.executable).with_name("appliance")
    assert script.exists(), "`appliance` is a command of its own"


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["db", "explode"],
        ["staff", "add"],
        ["staff", "add", "pirate", "jack", "--password-stdin"],
        ["staff", "add", "cashier", "eva"],
        ["staff", "add", "cashier", "eva", "--password", PASSWORD],
        ["staff", "set-password", "eva"],
        ["devices", "add", "toaster", "x"],
        ["rooms", "add"],
        ["catalog", "import", "/nonexistent.yaml"],
        ["peripherals"],
        ["peripherals", "--config", "/nonexistent.toml"],
        ["queue", "add"],
        ["queue", "start", "1"],
        ["queue", "hand-over", "1"],
        ["duty", "nap", "ana"],
        ["demo", "--port", "70000"],
        ["demo", "--port", "many"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2(arguments: list[str]) -> None:
    ended = CliRunner().invoke(main, arguments)
    assert ended.exit_code == 2, ended.output
    assert "Error: " in ended.stderr
    assert ended.stdout == ""


def test_wrong_usage_of_the_real_command_exits_2(run_alone: Run) -> None:
    fails(run_alone("no-such-command"), "no-such-command", code=2)
    fails(run_alone("staff", "add", "cashier", "eva"), "--password-stdin", code=2)


# --- db ---------------------------------------------------------------------------------------


def test_a_blank_database_is_migrated_and_seeded(run: Run, blank: dict[str, str]) -> None:
    fails(run("db", "check", **blank), "db upgrade")
    fails(run("staff", "list", **blank), "db upgrade")
    fails(run("serve", **blank), "db upgrade")
    works(run("db", "upgrade", **blank))
    works(run("db", "upgrade", **blank))
    assert "Warning" not in works(run("db", "check", **blank))
    works(run("db", "seed", **blank))
    assert works(run("staff", "list", **blank)) == ""
    log_ins = works(run("db", "seed", "--demo", **blank)).split()
    assert {"therapist", "cashier", "manager"} <= set(log_ins)
    fails(run("db", "seed", "--demo", **blank), "first data already")
    works(run("db", "check", **blank))


def test_books_that_could_be_changed_are_named(run: Run) -> None:
    """The tests' own schema has no triggers: between two tests it is emptied."""
    warned = works(run("db", "check")).splitlines()[0]
    assert warned.startswith("Warning: ")
    assert "tenders" in warned


def test_a_broken_promise_is_named(run: Run, database: Database) -> None:
    works(run("rooms", "add", "1"))
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE rooms SET status = 'occupied'")
    ended = run("db", "check")
    fails(ended, "1 problem found")
    assert "room 1" in ended.stdout


def test_a_time_that_lies_ahead_is_named(run: Run, database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE transaction_counter SET confirmed_at = NOW(6) + INTERVAL 400 DAY"
        )
    ended = run("db", "check")
    fails(ended, "the clock is or was wrong")
    assert "400 days ahead of now" in ended.stdout


# --- people -----------------------------------------------------------------------------------


def test_people_come_and_go(run: Run, database: Database) -> None:
    store = Store(database, utc_now)
    works(run("rooms", "add", "1"))
    added = run(
        *("staff", "add", "therapist", "ana", "--name", "Ana María", "--room", "1"),
        "--password-stdin",
        stdin=f"{PASSWORD}\n",
    )
    assert PASSWORD not in works(added) + added.stderr
    works(run("staff", "add", "cashier", "eva", "--password-stdin", stdin=PASSWORD))
    listed = works(run("staff", "list"))
    assert "Ana María" in listed
    assert [line.split()[:2] for line in listed.splitlines()] == [
        ["cashier", "eva"],
        ["therapist", "ana"],
    ]
    assert PASSWORD not in listed

    identity, _ = log_in(store, Role.THERAPIST, "ana", PASSWORD)
    assert identity.actor.room_number == "1"
    assert "on duty" in works(run("staff", "list"))
    works(run("staff", "revoke", "ana"))
    assert "on duty" not in works(run("staff", "list"))

    works(run("staff", "set-password", "eva", "--password-stdin", stdin="another cup of tea\n"))
    log_in(store, Role.CASHIER, "eva", "another cup of tea")
    with pytest.raises(InvalidCredentials):
        log_in(store, Role.CASHIER, "eva", PASSWORD)

    fails(run("staff", "change", "eva", "--username", "ana"), "taken")
    fails(run("staff", "change", "eva", "--commission", "101"), "100 percent")
    works(run("staff", "change", "eva", "--name", "Eva Díaz", "--commission", "12.5"))
    assert "Eva Díaz" in works(run("staff", "list"))
    works(run("staff", "change", "eva", "--commission", "none", "--gender", "woman"))

    works(run("staff", "disable", "eva"))
    assert "disabled" in works(run("staff", "list"))
    with pytest.raises(InvalidCredentials):
        log_in(store, Role.CASHIER, "eva", "another cup of tea")

    works(run("staff", "enable", "eva"))
    log_in(store, Role.CASHIER, "eva", "another cup of tea")


def test_people_who_cannot_be_added(run: Run) -> None:
    def add(*arguments: str, password: str = PASSWORD) -> Ended:
        return run("staff", "add", *arguments, "--password-stdin", stdin=password)

    works(add("cashier", "eva"))
    fails(add("manager", "eva"), "taken")
    fails(add("therapist", "ana", "--room", "9"), "No such room: 9")
    fails(add("cashier", "e v a"), "Usernames")
    fails(add("cashier", "felix", password="short"), "Password must be")
    fails(add("cashier", "felix", password=""), "Password must be")
    assert works(run("staff", "list")).count("\n") == 1
    for command in ("revoke", "disable", "enable"):
        fails(run("staff", command, "nobody"), "nobody")


# --- rooms and devices ------------------------------------------------------------------------


def test_rooms(run: Run) -> None:
    works(run("rooms", "add", "1"))
    works(run("rooms", "add", "2a"))
    fails(run("rooms", "add", "1"), "Room 1 already")
    fails(run("rooms", "add", "x" * 21), "20 characters")
    lines = works(run("rooms", "list")).splitlines()
    assert [line.split() for line in lines] == [["1", "available"], ["2a", "available"]]
    works(
        run("staff", "add", "therapist", "ana", "--room", "2a", "--password-stdin", stdin=PASSWORD)
    )
    fails(run("rooms", "remove", "2a"), "ana")
    fails(run("rooms", "rename", "2a", "1"), "Room 1 already")
    assert "Garden room" in works(run("rooms", "rename", "2a", "Garden room"))
    assert "Garden room" in works(run("staff", "list"))
    works(run("staff", "set-room", "ana", "--none"))
    works(run("rooms", "remove", "Garden room"))
    fails(run("rooms", "remove", "Garden room"), "No such room: Garden room")
    assert len(works(run("rooms", "list")).splitlines()) == 1


def test_a_devices_token_stands_alone_on_stdout(run: Run) -> None:
    token = works(run("devices", "add", "kiosk", "door"))
    assert token.endswith("\n")
    assert len(token.split()) == 1
    assert len(token.strip()) >= 43, "32 random bytes"
    fails(run("devices", "add", "display", "door"), "door")
    listed = works(run("devices", "list"))
    assert listed.split() == ["kiosk", "door"]
    assert token.strip() not in listed
    works(run("devices", "revoke", "door"))
    assert "revoked" in works(run("devices", "list"))
    fails(run("devices", "revoke", "window"), "window")


def test_a_device_that_has_made_its_own_token_is_let_in_once(run: Run) -> None:
    token = "t" * 43
    for _ in range(2):
        assert works(run("devices", "add", "kiosk", "door", "--token-stdin", stdin=token)) == ""
    assert works(run("devices", "list")).split() == ["kiosk", "door"]
    fails(run("devices", "add", "kiosk", "door", "--token-stdin", stdin="u" * 43), "door")
    fails(run("devices", "add", "kiosk", "bar", "--token-stdin", stdin="short"), "43")
    works(run("devices", "revoke", "door"))
    fails(run("devices", "add", "kiosk", "door", "--token-stdin", stdin=token), "door")


def test_rooms_that_are_missing_are_added(run: Run) -> None:
    works(run("rooms", "add", "1"))
    added = works(run("rooms", "add", "--if-missing", "--", "1", "-2", "Garden room"))
    assert added == "Room -2 added.\nRoom Garden room added.\n"
    assert works(run("rooms", "add", "--if-missing", "1")) == ""
    fails(run("rooms", "add", "3", "1"), "Room 1 already")
    assert len(works(run("rooms", "list")).splitlines()) == 3, "all or none"


def test_an_enrolment_link_stands_alone_on_stdout(run: Run) -> None:
    shop = {"APPLIANCE_PUBLIC_URL": "https://spa.lan"}
    first = works(run("devices", "add", "kiosk", "door", "--link", **shop))
    second = works(run("devices", "link", "door", **shop))
    for link in (first, second):
        assert re.fullmatch(r"https://spa\.lan/enroll#[a-z2-7]{16}\n", link)
    assert first != second
    fails(run("devices", "add", "peripherals", "pi", "--link"), "daemon")
    assert "pi" not in works(run("devices", "list")), "nothing was added"
    fails(run("devices", "link", "window"), "window")


# --- the queue --------------------------------------------------------------------------------


OTHERS_STEPS = {
    *("customer_start", "customer_add_item", "customer_remove_item"),
    *("customer_confirm_selection", "customer_cancel"),
    *("therapist_add_service", "therapist_remove_item"),
    *("cashier_adjust", "cashier_remove_adjustment", "cashier_pay"),
}
"""What is chosen, at the kiosk or in the room, and what is paid."""


def test_every_step_of_a_visit_has_its_command() -> None:
    typed = {(role, event) for verb in VERBS for role, event in verb.events.items()}
    steps = {(row.role, row.event) for row in TABLE if row.role is not Role.SYSTEM}
    assert {step for step in steps - typed if step[1] not in OTHERS_STEPS} == set()
    assert typed - steps == set(), "none does what the table does not have"


@pytest.fixture
def busy(database: Database) -> tuple[Visits, Spa]:
    store = Store(database, utc_now)
    spa = open_spa(store)
    return Visits(store, spa), spa


def test_a_visit_goes_its_way_from_a_shell(run: Run, busy: tuple[Visits, Spa]) -> None:
    visits, _ = busy

    def queue(*arguments: str) -> list[str]:
        return works(run("queue", *arguments)).split()

    ana, ben, eva = (("--as", name) for name in ("ana", "ben", "eva"))
    massage = ("Swedish Massage/60 minutes", "Classic/One")
    assert queue("add", *massage, "--note", "Rosa", *eva)[:2] == ["0001", "pending_therapist"]
    assert queue("add", massage[0], *eva)[0] == "0002"
    assert queue("step-out", "1")[2] == "stepped_out"
    assert queue("call-next", *ana)[:2] == ["0002", "therapist_confirmed"]
    assert queue("not-here-yet", "2", *ana)[2] == "skipped"
    assert queue("come-back", "0001")[2] == "-"
    assert queue("call-next", *ana)[0] == "0001"
    queue("call-again", "1", *ana)
    assert queue("change-room", "1", "2", *ana)[3] == "2"
    assert queue("start", "1", *ana)[1] == "in_service"
    assert queue("put-back", "2")[2] == "-"
    works(run("staff", "set-room", "ben", "1"))
    assert queue("hand-over", "1", "ben", *ana)[3:] == ["1", "Ben"]
    assert queue("finish", "1", "--reason", "went home")[1] == "finished"
    assert queue("claim-next", *eva)[0] == "0001"
    assert queue("hand-over", "1", "felix", "--reason", "lunch")[-1] == "Felix"
    assert queue("release", "1", "--as", "felix")[1] == "finished"
    assert queue("claim", "1", *eva)[1] == "awaiting_payment"
    assert [line.split()[0] for line in works(run("queue", "list")).splitlines()] == [
        "0002",
        "0001",
    ]
    assert queue("cancel", "1", "--reason", "left")[1] == "cancelled"
    assert queue("remove", "2", *ben)[1] == "cancelled"
    assert works(run("queue", "list")) == ""
    assert visits.broken_promises() == []
    names = {entry.event: entry.actor_name for entry in visits.history(visits.everybody()[0])}
    assert names["therapist_start_service"].startswith("Ana, command line (")
    assert names["manager_finish"].startswith("command line (")
    assert names["customer_step_out"].startswith("command line (")


def test_a_step_that_cannot_be_is_refused_from_a_shell(run: Run, busy: tuple[Visits, Spa]) -> None:
    visits, _ = busy
    found = visits.called()
    before = visits.events(found)
    fails(run("queue", "start", "1", "--as", "ben"), "assigned to someone else")
    fails(run("queue", "start", "1", "--as", "nobody"), "nobody")
    fails(run("queue", "start", "9", "--as", "ana"), "0009")
    fails(run("queue", "start", "one", "--as", "ana"), "four digits")
    fails(run("queue", "finish", "1", "--as", "ana"), "called to a room")
    fails(run("queue", "cancel", "1"), "--reason", code=2)
    fails(run("queue", "start", "1", "--as", "eva"), "a cashier", code=2)
    fails(run("queue", "hand-over", "1", "nobody"), "nobody")
    fails(run("queue", "change-room", "1", "9", "--as", "ana"), "room: 9")
    fails(run("queue", "add", "Tea/Hot", "--as", "eva"), "Tea/Hot")
    works(run("staff", "disable", "felix"))
    fails(run("queue", "claim-next", "--as", "felix"), "disabled")
    assert visits.events(found) == before


def test_duty_is_said_from_a_shell(run: Run, busy: tuple[Visits, Spa]) -> None:
    def duty(*arguments: str) -> str:
        return works(run("duty", *arguments)).strip()

    visits, _ = busy
    assert duty("break", "ana") == "ana: on a break."
    assert duty("back", "ana") == "ana: on duty."
    visits.called()
    fails(run("duty", "out", "ana"), "0001")
    assert duty("out", "ben") == "ben: off duty."
    fails(run("duty", "break", "ben"), "off duty")
    assert duty("in", "ben") == "ben: on duty."
    fails(run("duty", "in", "eva"), "therapist", code=2)


# --- catalogue --------------------------------------------------------------------------------


def test_the_catalogue_goes_in_and_comes_out(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "catalog.yaml"
    file.write_text(CATALOG)
    works(run("catalog", "import", str(file)))
    exported = works(run("catalog", "export"))
    assert "Swedish Massage" in exported
    assert "80.50" in exported
    file.write_text(exported)
    works(run("catalog", "import", str(file)))
    assert works(run("catalog", "export")) == exported


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"{", "YAML"),
        (b"", "catalogue"),
        (b"\xff\xfe\xff", "UTF-8"),
        (CATALOG.replace("50,", "-50,").encode(), "negative"),
        (CATALOG.replace("price", "prize").encode(), "prize"),
    ],
    ids=["no YAML", "nothing", "no text", "negative price", "typo"],
)
def test_a_catalogue_that_is_none(run: Run, tmp_path: Path, content: bytes, word: str) -> None:
    file = tmp_path / "catalog.yaml"
    file.write_bytes(content)
    fails(run("catalog", "import", str(file)), word)


# --- serve ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SOCKETIO_ASYNC_MODE", "eventlet"),
        ("APPLIANCE_PORT", "many"),
        ("APPLIANCE_PORT", "0"),
        ("MYSQL_PORT", "99999"),
        ("APPLIANCE_TIMEZONE", "Mars/Olympus"),
        ("APPLIANCE_CURRENCY", "SHELLS"),
        ("CODE_RESET", "sometimes"),
        ("BUSINESS_DAY_START", "dawn"),
        ("SELECTING_TIMEOUT_SECONDS", "soon"),
        ("TRUSTED_PROXIES", "everybody"),
        ("DATABASE_URL", "postgresql://x"),
        ("FLASK_SECRET_KEY_FILE", "/nonexistent"),
    ],
)
def test_a_wrong_setting_stops_the_start(run: Run, name: str, value: str) -> None:
    line = fails(run("serve", **{name: value}), name.removesuffix("_FILE"))
    if name == "SOCKETIO_ASYNC_MODE":
        assert "gevent" in line


def test_the_default_secret_is_refused_where_others_can_reach_it(run: Run) -> None:
    exposed = {"APPLIANCE_HOST": "0.0.0.0", "FLASK_SECRET_KEY": "dev-secret-key"}
    fails(run("serve", **exposed), "FLASK_SECRET_KEY")


def test_a_real_server_says_in_one_line_why_it_does_not_start(run_alone: Run) -> None:
    fails(run_alone("serve", SOCKETIO_ASYNC_MODE="eventlet"), "SOCKETIO_ASYNC_MODE", "gevent")
    unreachable = {"SOCKETIO_ASYNC_MODE": "gevent", "MYSQL_PORT": str(free_port())}
    fails(run_alone("serve", **unreachable), "does not answer")


def test_an_unreachable_database_stops_the_start(run: Run) -> None:
    ended = run("serve", MYSQL_PORT=str(free_port()))
    assert "tests-only" not in fails(ended, "does not answer", "MYSQL_")
    wrong = run("serve", MYSQL_PASSWORD="not the password")
    assert "not the password" not in fails(wrong)
    fails(run("db", "check", MYSQL_PORT=str(free_port())))


@pytest.mark.parametrize("mode", ["gevent", "threading"])
def test_a_taken_port_stops_the_start(run_alone: Run, mode: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run_alone("serve", APPLIANCE_PORT=port, SOCKETIO_ASYNC_MODE=mode)
    assert ended.exit_code == 1
    assert "Traceback" not in ended.stderr
    errors = [line for line in ended.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1, ended.stderr
    assert port in errors[0]


def test_debug_shows_the_traceback(run_alone: Run) -> None:
    fails(run_alone("staff", "revoke", "nobody"))
    shown = run_alone("--debug", "staff", "revoke", "nobody")
    assert shown.exit_code == 1
    assert "Traceback" in shown.stderr
