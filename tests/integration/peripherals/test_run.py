"""The daemon as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.peripherals.conftest import ROOM_ENTRY
from tests.support.fake_server import TOKEN, FakeServer
from tests.support.hands import PATIENCE_SECONDS

RUN = (
    "import logging, pathlib, sys; logging.basicConfig(level=logging.INFO)\n"
    "from appliance.peripherals.daemon import run\n"
    "from appliance.peripherals.config import ConfigError\n"
    "assert 'gevent' not in sys.modules\n"
    "try: run(pathlib.Path(sys.argv[1]))\n"
    "except ConfigError as error: sys.exit(str(error))\n"
    "assert 'gevent' not in sys.modules\n"
)

COMMAND = (
    "import sys\n"
    "from appliance.cli import main\n"
    "main(['peripherals', '--config', sys.argv[1]], standalone_mode=False)\n"
    "assert not {'redis', 'requests', 'flask', 'sqlalchemy', 'gevent'} & {\n"
    "    name for name, module in sys.modules.items() if module is not None\n"
    "}\n"
)


def configure(folder: Path, url: str, token: str = TOKEN) -> Path:
    (folder / "token").write_text(token)
    path = folder / "peripherals.toml"
    path.write_text(f'[server]\nurl = "{url}"\ntoken_file = "{folder / "token"}"\n{ROOM_ENTRY}')
    return path


def start(path: Path, run: str = RUN, **environment: str) -> subprocess.Popen[str]:
    settings = {k: v for k, v in os.environ.items() if k != "GPIOZERO_PIN_FACTORY"}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", run, str(path)],
        env=settings | environment,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly(
    server: FakeServer, tmp_path: Path, number: signal.Signals
) -> None:
    process = start(configure(tmp_path, server.url), GPIOZERO_PIN_FACTORY="mock")
    try:
        server.wait("device_hello")
        process.send_signal(number)
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    assert TOKEN not in errors


def test_the_command_connects_without_what_the_daemon_never_uses(
    server: FakeServer, tmp_path: Path
) -> None:
    process = start(configure(tmp_path, server.url), COMMAND, GPIOZERO_PIN_FACTORY="mock")
    try:
        server.wait("device_hello")
        process.terminate()
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    finally:
        process.kill()
    assert process.returncode == 0, errors


def test_it_stops_while_the_server_is_away(tmp_path: Path) -> None:
    process = start(configure(tmp_path, "http://127.0.0.1:9"), GPIOZERO_PIN_FACTORY="mock")
    assert process.stderr is not None
    try:
        while "Cannot reach the server" not in process.stderr.readline():
            pass
        process.terminate()
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    finally:
        process.kill()
    assert process.returncode == 0, errors


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({}, "GPIOZERO_PIN_FACTORY is not set: use lgpio on a Raspberry Pi, mock elsewhere."),
        ({"GPIOZERO_PIN_FACTORY": "abacus"}, "'abacus' does not work on this machine"),
    ],
)
def test_pins_that_cannot_be_had_stop_the_start(
    tmp_path: Path, environment: dict[str, str], sentence: str
) -> None:
    process = start(configure(tmp_path, "http://127.0.0.1:9"), **environment)
    _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert sentence in errors
    assert "Traceback" not in errors


def test_an_empty_token_stops_the_start(tmp_path: Path) -> None:
    path = configure(tmp_path, "http://127.0.0.1:9", token="")
    _, errors = start(path, GPIOZERO_PIN_FACTORY="mock").communicate(timeout=PATIENCE_SECONDS)
    assert "is empty; write the token of" in errors
