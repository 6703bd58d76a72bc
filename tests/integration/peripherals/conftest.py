from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory

from appliance.peripherals import config as settings
from appliance.peripherals.backoff import Backoff
from appliance.peripherals.daemon import Daemon
from tests.support.fake_printer import FakePrinter
from tests.support.fake_server import TOKEN, FakeServer

BUTTON, LAMP = 17, 27
QUICK = Backoff(first=0.05, longest=0.2, refused=0.2)

StartDaemon = Callable[..., Daemon]


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as fake:
        yield fake


@pytest.fixture
def printer() -> Iterator[FakePrinter]:
    with FakePrinter() as fake:
        yield fake


@pytest.fixture
def pins() -> Iterator[Any]:
    factory = MockFactory()
    yield factory
    factory.reset()


@pytest.fixture
def start_simulated(server: FakeServer, tmp_path: Path) -> Iterator[StartDaemon]:
    """Starts a daemon that makes its own pins, from a configuration without its `[server]`."""
    with ExitStack() as stack:
        yield _starter(stack, server, tmp_path, None)


@pytest.fixture
def start_daemon(server: FakeServer, pins: Any, tmp_path: Path) -> Iterator[StartDaemon]:
    """Starts a daemon on mock pins, from a configuration without its `[server]`."""
    with ExitStack() as stack:
        yield _starter(stack, server, tmp_path, pins)


def _starter(stack: ExitStack, server: FakeServer, folder: Path, pins: Any) -> StartDaemon:
    def start(
        text: str, *, token: str = TOKEN, url: str | None = None, ca_file: Path | None = None
    ) -> Daemon:
        (folder / "token").write_text(token)
        trust = f'ca_file = "{ca_file}"' if ca_file else ""
        path = folder / "peripherals.toml"
        path.write_text(
            f'name = "lobby-pi"\n[server]\nurl = "{url or server.url}"\n'
            f'token_file = "{folder / "token"}"\n'
            f"{trust}\n{text}"
        )
        daemon = Daemon(settings.load(path), pins=pins, backoff=QUICK)
        stack.callback(daemon.stop)
        daemon.start()
        return daemon

    return start


def printer_entry(printer: FakePrinter, name: str = "lobby", roles: str = '"ticket"') -> str:
    return (
        f'[[printer]]\nname = "{name}"\nroles = [{roles}]\n'
        f'connection = "{printer.url}"\nprofile = "TM-T20II"\n'
        # Paper comes out of a fake printer at once.
        "speed_mm_per_s = 100000\n"
    )


ROOM_ENTRY = f'[[room]]\nnumber = "1"\nbutton_pin = {BUTTON}\nlamp_pin = {LAMP}\n'
