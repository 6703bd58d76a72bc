"""`appliance doctor` and `appliance test-page`, against real printers' sockets and a database."""

from __future__ import annotations

import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from gpiozero import Device

from appliance import lean, storage
from appliance.cli import main
from appliance.doctor import devices, machine
from appliance.doctor.finding import Finding, Level
from appliance.notices import Notice, Sentence
from appliance.server.store.db import Database
from appliance.service_manager import REFUSED
from appliance.storage import Fact
from tests.support.fake_printer import FakePrinter
from tests.support.mariadb import PrivateMariaDB, free_port
from tests.support.tls import TlsFront, make_certificate


class Lively(BaseHTTPRequestHandler):
    """All that the doctor wants of a server."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/livez" else 404)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def server_url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Lively) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def forget_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    """gpiozero remembers the first factory of a process; the command lives only once."""
    monkeypatch.setattr(Device, "pin_factory", None)


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    # What it leaves out, it leaves out for the rest of its process.
    monkeypatch.setattr(lean, "doctor", lambda: None)


@pytest.fixture
def printer() -> Iterator[FakePrinter]:
    with FakePrinter() as fake:
        yield fake


def write(folder: Path, server_url: str, entries: str, ca_file: Path | None = None) -> Path:
    token = folder / "token"
    token.write_text("t0ken")
    token.chmod(0o600)
    path = folder / "peripherals.toml"
    trust = f'ca_file = "{ca_file}"\n' if ca_file else ""
    path.write_text(f'[server]\nurl = "{server_url}"\ntoken_file = "{token}"\n{trust}{entries}')
    return path


def entry(url: str, name: str = "lobby", more: str = "") -> str:
    return (
        f'[[printer]]\nname = "{name}"\nroles = ["ticket"]\nconnection = "{url}"\n'
        f'profile = "TM-T20II"\nspeed_mm_per_s = 100000\n{more}'
    )


def doctor(config: Path, **environment: str) -> tuple[int, dict[str, str]]:
    """The exit status and each line by its subject."""
    ended = CliRunner().invoke(main, ["doctor", "--config", str(config)], env=environment)
    assert ended.exception is None or isinstance(ended.exception, SystemExit)
    lines = {line[9:27].strip(): line for line in ended.stdout.splitlines()}
    assert len(lines) == len(ended.stdout.splitlines()), "one line each"
    return ended.exit_code, lines


@pytest.fixture
def healthy(mariadb: PrivateMariaDB, database: Database) -> dict[str, str]:
    return {"FLASK_SECRET_KEY": "tests only", **mariadb.environment("lobby_test")}


ROOM = '[[room]]\nnumber = "1"\nbutton_pin = 17\nlamp_pin = 27\n'


def test_where_all_is_well_nothing_is_red(
    healthy: dict[str, str], server_url: str, printer: FakePrinter, tmp_path: Path
) -> None:
    config = write(tmp_path, server_url, entry(printer.url) + ROOM)
    status, lines = doctor(config, **healthy, GPIOZERO_PIN_FACTORY="mock")
    reds = [line for line in lines.values() if line.startswith("RED")]
    assert (status, reds) == (0, [])
    for subject in ("settings", "database", "schema", "device token", "printer lobby"):
        assert lines[subject].startswith("ok "), lines[subject]
    assert {"clock", "disk", "GPIO", "services"} <= set(lines)
    assert healthy["MYSQL_PASSWORD"] not in "".join(lines.values())


def test_a_clock_that_differs_from_the_servers_is_named(
    healthy: dict[str, str],
    server_url: str,
    printer: FakePrinter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def in_an_hour(*_: object) -> str:
        return formatdate((datetime.now(UTC) + timedelta(hours=1)).timestamp(), usegmt=True)

    monkeypatch.setattr(Lively, "date_time_string", in_an_hour)
    status, lines = doctor(write(tmp_path, server_url, entry(printer.url)), **healthy)
    assert status == 1
    assert lines["server"].startswith("RED")
    # Less what the answer was on its way.
    assert re.search(r"this machine's clock is 3(5\d\d|600) s behind the server's", lines["server"])
    assert "timedatectl" in lines["server"]


def test_times_that_lie_ahead_are_red(
    healthy: dict[str, str],
    database: Database,
    server_url: str,
    printer: FakePrinter,
    tmp_path: Path,
) -> None:
    config = write(tmp_path, server_url, entry(printer.url))
    assert doctor(config, **healthy)[1]["stored times"].startswith("ok ")
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE transaction_counter SET confirmed_at = NOW(6) + INTERVAL 400 DAY"
        )
    status, lines = doctor(config, **healthy)
    assert status == 1
    assert lines["stored times"].startswith("RED")
    assert "400 days ahead of now" in lines["stored times"]


def test_everything_that_is_wrong_is_told_with_what_to_do(
    healthy: dict[str, str], tmp_path: Path
) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    config = write(tmp_path, f"http://{nobody}", entry(f"tcp://{nobody}") + ROOM)
    (tmp_path / "token").write_text("")
    broken = healthy | {"MYSQL_PORT": str(free_port()), "GPIOZERO_PIN_FACTORY": "abacus"}
    status, lines = doctor(config, **broken)
    assert status == 1
    for subject, advice in {
        "database": "MariaDB",
        "device token": "devices add peripherals",
        "server": "appliance-server",
        "printer lobby": "test-page lobby",
        "GPIO": "abacus",
    }.items():
        assert lines[subject].startswith("RED "), lines[subject]
        assert advice in lines[subject]


def test_a_token_that_the_server_does_not_take_is_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("revoked")
    config = write(tmp_path, f"http://127.0.0.1:{free_port()}", "")
    said = "The device was revoked."

    def token() -> Finding:
        [found] = [one for one in devices.examine(config) if one.subject == "device token"]
        return found

    monkeypatch.setattr(machine, "status_of", lambda _: (said, REFUSED))
    assert (token().level, token().seen) == (Level.RED, said)
    monkeypatch.setattr(machine, "status_of", lambda _: (said, 0))
    assert token().level is Level.OK


def test_a_wrong_setting_and_a_wrong_file_do_not_hide_the_rest(tmp_path: Path) -> None:
    config = tmp_path / "peripherals.toml"
    config.write_text("[server")
    status, lines = doctor(config, APPLIANCE_PORT="many")
    assert status == 1
    assert "APPLIANCE_PORT" in lines["settings"]
    assert "is not valid TOML" in lines["devices"]
    assert "clock" in lines


def test_a_printer_that_cannot_answer_is_said_plainly(
    healthy: dict[str, str], server_url: str, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"tcp://127.0.0.1:{mute.getsockname()[1]}"
        config = write(tmp_path, server_url, entry(url, more="answers_status = false\n"))
        status, lines = doctor(config, **healthy)
    assert status == 0
    assert lines["printer lobby"].startswith("warning ")
    assert "cannot answer status" in lines["printer lobby"]


def test_a_silent_printer_of_a_model_that_answers_is_red(
    healthy: dict[str, str], server_url: str, tmp_path: Path
) -> None:
    """Something else may have its address: what was sent there would count as printed."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"tcp://127.0.0.1:{mute.getsockname()[1]}"
        status, lines = doctor(write(tmp_path, server_url, entry(url)), **healthy)
    assert status == 1
    assert lines["printer lobby"].startswith("RED ")


def test_a_token_that_everybody_can_read(
    healthy: dict[str, str], server_url: str, tmp_path: Path
) -> None:
    config = write(tmp_path, server_url, "")
    (tmp_path / "token").chmod(0o644)
    _, lines = doctor(config, **healthy)
    assert "can be read by everyone" in lines["device token"]


def test_a_server_behind_tls_is_trusted_by_the_sites_certificate(
    healthy: dict[str, str], server_url: str, tmp_path: Path
) -> None:
    key, certificate = make_certificate(tmp_path)
    behind = urlsplit(server_url).port
    assert behind
    with TlsFront(behind, key, certificate) as front:
        _, trusting = doctor(write(tmp_path, front.url, "", ca_file=certificate), **healthy)
        _, wary = doctor(write(tmp_path, front.url, ""), **healthy)
        missing = write(tmp_path, front.url, "", ca_file=tmp_path / "none")
        _, mistaken = doctor(missing, **healthy)
    assert trusting["server"].startswith("ok ")
    assert "self-signed certificate" in wary["server"]
    assert "server.ca_file" in mistaken["server"]


def test_a_clock_that_starts_at_zero_is_red() -> None:
    assert machine.clock(datetime(1970, 1, 1, tzinfo=UTC)).level is Level.RED
    assert machine.clock(datetime.now(UTC)).level is not Level.RED


def test_the_authority_is_shown_as_a_phone_shows_it(tmp_path: Path) -> None:
    assert machine.authority(tmp_path / "none") == []
    _, certificate = make_certificate(tmp_path)
    (shown,) = machine.authority(certificate)
    said = subprocess.run(
        ["openssl", "x509", "-in", str(certificate), "-noout", "-fingerprint", "-sha256"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.strip().partition("=")[2] in str(shown)
    certificate.write_text("no certificate")
    (red,) = machine.authority(certificate)
    assert red.level is Level.RED


def test_the_card_is_one_line_as_serious_as_its_worst(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = [Fact("ok", Sentence("Old.")), Fact("warning", Sentence("Worn."))]
    monkeypatch.setattr(storage, "card", lambda: facts)
    (told,) = machine.card()
    assert (told.level, told.seen) == (Level.WARNING, "Old. Worn.")
    facts.append(Fact("bad", Sentence("Out.")))
    assert machine.card()[0].level is Level.RED
    facts.clear()
    assert machine.card() == []


def test_what_a_start_has_left_to_be_read_is_a_line(tmp_path: Path) -> None:
    file = tmp_path / "notice.json"
    assert machine.told([file]) == []
    for odd in ("", "[]", "{}", '{"language": 1}', "[" * 5000):
        file.write_text(odd)
        assert machine.told([file]) == []
    said = (Sentence("It is {what}.", (("what", "wrong"),)), Sentence("Line 2: a tab."))
    file.write_text(Notice("ja", said).text())
    (told,) = machine.told([file])
    assert (told.level, told.seen) == (Level.WARNING, "It is wrong. Line 2: a tab.")
    file.write_text(Notice("ja", said, remains=False).text())
    assert machine.told([file]) == [], "how far a start has come is nothing to look into"


@pytest.mark.parametrize(
    ("total", "free", "level"),
    [(32e9, 20e9, Level.OK), (32e9, 2e9, Level.WARNING), (32e9, 0.4e9, Level.RED)],
)
def test_how_much_room_is_little(total: float, free: float, level: Level) -> None:
    assert machine._disk(Path("/"), int(total), int(free), small=False).level is level


def test_units_that_have_failed_are_named() -> None:
    listed = (
        "appliance-server.service loaded active running The server\n"
        "appliance-peripherals.service loaded failed failed The devices\n"
        "appliance-kiosk.service loaded activating auto-restart The kiosk\n"
        "appliance-backup.service loaded inactive dead A backup\n"
    )
    assert [(one.subject, one.level) for one in machine.read_units(listed)] == [
        ("service appliance-peripherals", Level.RED),
        ("service appliance-kiosk", Level.RED),
    ]
    (all_well,) = machine.read_units(listed.splitlines()[0])
    assert all_well.level is Level.OK


_BOOT = """\
Id=mariadb.service
ActiveEnterTimestampMonotonic={database}

Id=appliance-server.service
ActiveEnterTimestampMonotonic={server}

Id=appliance-kiosk.service
ActiveEnterTimestampMonotonic={kiosk}
"""


def test_the_boot_is_told_by_what_people_wait_for() -> None:
    shown = _BOOT.format(database=106_200_000, server=111_000_000, kiosk=117_340_000)
    (told,) = machine.read_power_on(shown, began=100.0)
    assert told.level is Level.OK
    assert told.seen == (
        "After power-on: the database 6.2 s, the server 11.0 s, the kiosk on the screen 17.3 s."
    )


def test_a_slow_boot_and_a_later_restart_are_told_apart() -> None:
    (slow,) = machine.read_power_on(_BOOT.format(database=40_000_000, server=95_000_000, kiosk=0))
    assert slow.level is Level.WARNING
    assert "kiosk" not in slow.seen, "it never came up"
    (rest,) = machine.read_power_on(
        _BOOT.format(database=6_000_000, server=86_400_000_000, kiosk=9_000_000)
    )
    assert rest.level is Level.OK
    assert "server" not in rest.seen, "restarted a day later"
    assert machine.read_power_on("") == []


# --- test page --------------------------------------------------------------------------------


def page(config: Path, name: str) -> tuple[int, str, str]:
    ended = CliRunner().invoke(main, ["test-page", name, "--config", str(config)])
    return ended.exit_code, ended.stdout, ended.stderr


@pytest.mark.parametrize("width", [58, 80])
def test_a_test_page_comes_out_with_ruler_qr_and_checklist(
    printer: FakePrinter, tmp_path: Path, width: int
) -> None:
    more = f"paper_width_mm = {width}\ncash_drawer = true\n"
    config = write(tmp_path, "http://127.0.0.1:9", entry(printer.url, more=more))
    status, said, errors = page(config, "lobby")
    assert status == 0, errors
    assert "take a photo" in said
    data = printer.paper
    assert b"TEST PAGE" in data
    assert b"1234567890" in data
    # Letters that stand together: alone, a printer that wakes up in Chinese mode eats none.
    assert re.search(rb"[\x80-\xff]{5}", printer.letters)
    printer.paper = data.replace(b"\x1c.", b"")
    assert not re.search(rb"[\x80-\xff]{2}", printer.letters), "the control: it eats them"
    assert b"[ ] The cash drawer has opened" in data.replace(b"\n", b" ")
    assert b"\x1bp" in data, "the drawer's pulse"


def test_a_test_page_for_a_printer_that_is_not_there(tmp_path: Path) -> None:
    config = write(tmp_path, "http://127.0.0.1:9", entry(f"tcp://127.0.0.1:{free_port()}"))
    status, _, errors = page(config, "attic")
    assert (status, "it has: lobby" in errors) == (1, True)
    status, _, errors = page(config, "lobby")
    assert status == 1
    assert "unreachable" in errors
