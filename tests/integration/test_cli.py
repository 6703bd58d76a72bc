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

import click
import pytest
from click.testing import CliRunner
from PIL import Image

from appliance.cli import main
from appliance.cli.queue import DUTY, VERBS
from appliance.server.auth.identity import log_in
from appliance.server.clock import utc_now
from appliance.server.domain.errors import InvalidCredentials
from appliance.server.domain.states import STAFF_ROLES, Role
from appliance.server.domain.visits import TABLE
from appliance.server.events import EVENTS
from appliance.server.routes import ROUTES
from appliance.server.store.db import Database
from appliance.server.store.models import Transaction
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.usecases.manager import staff_named
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
            timeout=240,
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
    ["archive", "create"],
    ["archive", "verify"],
    ["archive", "show"],
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
    *(["till", name] for name in ("show", "refund", "correct", "copy")),
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
        ["till", "refund", "1", "1=20", "--as", "gloria"],
        ["till", "refund", "1", "20", "--reason", "x", "--as", "gloria"],
        ["till", "correct", "1", "--reason", "x", "--as", "gloria"],
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

    works(run("staff", "set-language", "eva", "ja"))
    fails(run("staff", "set-language", "eva", "klingon"), "Known languages are")
    fails(run("staff", "set-language", "nobody", "ja"), "nobody")
    assert store.run(lambda unit: staff_named(unit, "eva").language) == "ja"
    carmen = ("--gender", "woman", "--commission", "10", "--password-stdin")
    works(run("staff", "add", "therapist", "carmen", *carmen, stdin=PASSWORD))
    added_with = store.run(
        lambda unit: (staff_named(unit, "carmen").gender, staff_named(unit, "carmen").room_number)
    )
    assert added_with == ("woman", None)

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
    # As a lobby calls it after a restore, the card's start must find it let in.
    assert works(run("devices", "add", "kiosk", "kiosk", "--token-stdin", stdin=token)) == ""
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
    fails(run("devices", "add", "peripherals", "pi", "--link"), "no code for a station")
    assert "pi" not in works(run("devices", "list")), "nothing was added"
    fails(run("devices", "link", "window"), "window")


# --- the queue --------------------------------------------------------------------------------


KINDS = {"categories": "category", "services": "service", "classifications": "classification"}
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


NO_VERB_OF_PEOPLE = re.compile(
    r"customer_|shift_|print_|simulator_|device_|printer_|button|drawer_|ping_time"
    r"|therapist_(add_service|remove_item)"
    r"|cashier_(pay|adjust|remove_adjustment|open_drawer)"
    r"|.* /api/(shift|therapists|wait)|.* /api/manager/(shifts|reports|x|z|days|history|machine)"
)
"""The kiosk's, the devices', money's, and what only looks."""
COMMAND_OF = {
    "POST /api/manager/staff": "staff add",
    "GET /api/manager/staff": "staff list",
    "PATCH /api/manager/staff/<int:person_id>": "staff change, set-room, disable, enable",
    "POST /api/manager/staff/<int:person_id>/password": "staff set-password",
    "POST /api/manager/staff/<int:person_id>/pin": "staff set-pin",
    "POST /api/manager/staff/<int:person_id>/revoke": "staff revoke",
    "POST /manager/pin": "staff set-pin",
    **{f"POST /{role}/password": "staff set-password" for role in STAFF_ROLES},
    **{f"POST /{role}/language": "staff set-language" for role in STAFF_ROLES},
    "GET /api/manager/rooms": "rooms list",
    "POST /api/manager/rooms": "rooms add",
    "PATCH /api/manager/rooms/<int:room_id>": "rooms rename",
    "DELETE /api/manager/rooms/<int:room_id>": "rooms remove",
    "manager_room_ready": "rooms ready",
    "therapist_room_ready": "rooms ready",
    "GET /api/manager/devices": "devices list",
    "POST /api/manager/devices": "devices add",
    "POST /api/manager/devices/<int:device_id>/link": "devices link",
    "DELETE /api/manager/devices/<int:device_id>": "devices revoke",
    "GET /api/manager/catalog": "catalog list",
    "POST /api/manager/catalog/order": "catalog order",
    **{f"POST /api/manager/{kind}": "catalog add" for kind in KINDS},
    **{
        f"PATCH /api/manager/{kind}/<int:{one}_id>": "catalog change, hide, show"
        for kind, one in KINDS.items()
    },
    "cashier_refund": "till refund",
    "cashier_correct_tender": "till correct",
    "cashier_reprint": "till copy",
    "GET /api/receipts": "till show",
    "POST /api/receipts/<int:transaction_id>/print": "till copy",
    "GET /api/my-day": "duty day",
    "POST /api/my-day/print": "duty day",
    **{f"duty_{name}": f"duty {name}" for name in DUTY},
    **{event: f"queue {verb.name}" for verb in VERBS for event in verb.events.values()},
}


def test_whatever_a_screen_can_ask_of_people_rooms_menu_and_queue_has_its_command() -> None:
    rows = {row.called for row in (*EVENTS, *ROUTES)}
    asked = {called for called in rows if not NO_VERB_OF_PEOPLE.match(called)}
    assert {called for called in asked if called not in COMMAND_OF} == set()
    for command in COMMAND_OF.values():
        group, names = command.split(" ", 1)
        found = main.commands[group]
        assert isinstance(found, click.Group)
        assert set(names.split(", ")) <= set(found.commands), command


def test_two_who_ask_for_somebody_and_a_room_that_is_ready(
    run: Run, busy: tuple[Visits, Spa]
) -> None:
    visits, spa = busy
    massage = "Swedish Massage/60 minutes"
    works(run("queue", "add", massage, "--for", "ben", "--as", "eva"))
    fails(run("queue", "add", massage, "--for", "woman", "--as", "eva"), "duty")
    fails(run("queue", "add", massage, "--for", "eva", "--as", "eva"))
    fails(run("queue", "add", massage, "--for", "nobody", "--as", "eva"), "nobody")
    assert [visits.row(key).lane for key in visits.everybody()] == [spa.ben.id]
    fails(run("queue", "call-next", "--as", "ana"), "waiting")
    works(run("queue", "call-next", "--as", "ben"))
    works(run("queue", "start", "1", "--as", "ben"))
    fails(run("rooms", "ready", "2"), "occupied")
    works(run("queue", "finish", "1", "--as", "ben"))
    fails(run("rooms", "ready", "2", "--as", "eva"), "a cashier", code=2)
    fails(run("rooms", "ready", "9"), "9")
    works(run("rooms", "ready", "2", "--as", "ben"))
    assert "available" in works(run("rooms", "list")).splitlines()[1]
    day = works(run("duty", "day", "ben", "--print")).splitlines()
    assert day[0].split() == ["0001", "0", "min", "Swedish", "Massage"]
    assert day[1] == "Customers: 1, minutes: 0, tips: 0"
    fails(run("duty", "day", "eva"), "therapist", code=2)


def test_money_goes_back_and_a_method_is_put_right_from_a_shell(
    run: Run, busy: tuple[Visits, Spa]
) -> None:
    visits, _ = busy
    wrong, sold = visits.paid(), visits.paid()
    why = ("--reason", "not happy", "--as", "gloria")

    def till(*arguments: str) -> list[str]:
        return works(run("till", *arguments)).splitlines()

    def tenders(visit: int) -> list[tuple[str, str]]:
        def look(unit: UnitOfWork) -> list[tuple[str, str]]:
            rows = unit.session.get_one(Transaction, visit).tenders
            return [(row.method, f"{row.amount:.2f}") for row in rows]

        return visits.store.run(look)

    before = till("show", "1")
    assert before[1:] == ["1 80.00 Swedish Massage, 60 minutes", "cash 80.00"]
    for refused, says in (
        (("refund", "9", "1=5"), "no receipt 9"),
        (("refund", "1", "2=5"), "no service 2"),
        (("refund", "1", "1=80.01"), "Only $80.00"),
        (("refund", "1", "1=-5"), "amount"),
        (("refund", "1", "1=5.001"), "amount"),
        (("refund", "1", "1=5", "--method", "cheque=5"), "cash, card, other"),
        (("refund", "1", "1=5", "--drawer", "felix"), "no open shift"),
        (("correct", "1", "card=79"), "80"),
    ):
        fails(run("till", *refused, *why), says)
    fails(run("till", "refund", "1", "1=5", "--reason", "x", "--as", "eva"), "manager", code=2)
    fails(run("till", "copy", "1", "--as", "ana"), "therapist", code=2)
    assert till("show", "1") == before, "nothing has changed"

    assert till("correct", "1", "card=80", *why)[-1] == "card 80.00"
    assert tenders(wrong) == [("cash", "80.00"), ("cash", "-80.00"), ("card", "80.00")]
    assert till("refund", "2", "1=20.50", "--drawer", "eva", *why) == ["Refund 1: 20.50"]
    assert tenders(sold) == [("cash", "80.00"), ("cash", "-20.50")]
    assert till("show", "2")[-1] == "cash 59.50"
    fails(run("till", "refund", "2", "1=60", *why), "59.5")
    visits.print_everything()
    till("copy", "2", "--as", "eva")
    assert visits.jobs(sold)[-1].kind == "receipt"
    assert visits.broken_promises() == []
    (entry,) = [row for row in visits.history(sold) if row.event == "cashier_refund"]
    assert entry.actor_name.startswith("Gloria, command line (")


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


def test_the_menu_is_kept_from_a_shell(run: Run, tmp_path: Path) -> None:
    def catalog(*arguments: str) -> str:
        return works(run("catalog", *arguments))

    def listed() -> list[list[str]]:
        return [line.split() for line in catalog("list").splitlines()]

    catalog("add", "Massage", "--icon", "hand-heart", "--translate", "es", "Masaje")
    catalog("add", "Massage/Deep", "--tax-rate", "12", "--translate", "ja", "深部")
    short = ("Massage/Deep/Short", "--price", "40.50", "--minutes", "３０")
    catalog("add", *short, "--turn-value", "0.5")
    catalog("add", "Massage/Deep/Long", "--price", "80", "--minutes", "60")
    catalog("add", "Feet")
    assert listed() == [
        ["Massage"],
        ["Massage/Deep"],
        ["40.50", "30", "min", "Massage/Deep/Short"],
        ["80.00", "60", "min", "Massage/Deep/Long"],
        ["Feet"],
    ]
    file = tmp_path / "photo.png"
    Image.new("RGB", (40, 30), "teal").save(file)
    catalog("change", "Massage/Deep", "--photo", str(file), "--translate", "es", "Profundo")
    catalog(
        "change", "Massage/Deep/Long", "--price", "90", "--minutes", "75", "--name", "Very long"
    )
    later = ("Massage/Deep/Short", "--from", "2031-03-05T08:00", "--price")
    catalog("change", *later, "45")
    told = catalog("export")
    for words in ("name: 深部", "name: Profundo", "photo: ", "tax_rate: '12'", "'90.00'",
                  "2031-03-05T08:00:00", "'45.00'", "turn_value: '0.5'"):  # fmt: skip
        assert words in told, words
    catalog("change", *later, "none")
    assert "2031" not in catalog("export")
    catalog("order", "Massage/Deep/Very long", "Massage/Deep/Short")
    catalog("hide", "Massage/Deep/Short", "--today")
    catalog("hide", "Feet")
    assert listed()[2:] == [
        ["90.00", "75", "min", "Massage/Deep/Very", "long"],
        ["40.50", "30", "min", "Massage/Deep/Short", "hidden", "today"],
        ["Feet", "hidden"],
    ]
    catalog("show", "Massage/Deep/Short")
    catalog("show", "Feet")
    catalog("change", "Massage/Deep", "--to", "Feet")
    assert [line[-1] for line in listed()][:3] == ["Massage", "Feet", "Feet/Deep"]

    before = catalog("export", "--ids") + catalog("list")
    variant = "Feet/Deep/Short"
    for price in ("1e3", "-0", "-1", "１２,5", "NaN", "0.0123456789", "12.005", "10000000000"):
        fails(run("catalog", "change", variant, "--price", price))
    for minutes in ("0", "1_0", "0x10", "-5", "1441", "one"):
        ended = run("catalog", "change", variant, "--minutes", minutes)
        assert ended.exit_code in {1, 2}, ended
        assert "Traceback" not in ended.stderr
    fails(run("catalog", "change", variant, "--name", "Very long"), "already exists")
    fails(run("catalog", "add", "Feet/Deep", "--tax-rate", "5"), "already exists")
    fails(run("catalog", "add", "Feat/Deep"), "There is no Feat")
    fails(run("catalog", "change", "Feet/Light", "--name", "X"), "There is no Feet/Light")
    fails(run("catalog", "change", variant), "changed")
    fails(run("catalog", "change", variant, "--tax-rate", "5"), "--tax-rate", code=2)
    fails(run("catalog", "change", "Feet", "--icon", "skull"), "icon")
    fails(run("catalog", "add", "Feet/Deep/New", "--price", "5"), "--minutes", code=2)
    fails(run("catalog", "order", "Feet", variant), "one list", code=2)
    fails(run("catalog", "order", variant), "list")
    fails(run("catalog", "hide", "Feet", "--today"), "category", code=2)
    file.write_text("<svg><script>alert(1)</script></svg>")
    fails(run("catalog", "change", "Feet", "--photo", str(file)), "not a JPEG")
    with file.open("wb") as huge:
        huge.truncate(200 * 1024 * 1024)
    fails(run("catalog", "change", "Feet", "--photo", str(file)), "larger than 5 MB")
    fails(run("catalog", "change", "Feet", "--photo", "/nowhere"), "No such file")
    assert catalog("export", "--ids") + catalog("list") == before


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
