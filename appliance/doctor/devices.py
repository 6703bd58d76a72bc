"""The devices' half: configuration, token, the way to the server, printers, GPIO."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from msgspec.structs import replace

from appliance.peripherals import config as settings
from appliance.peripherals.config import (
    Config,
    ConfigError,
    PrinterConfig,
    SimulatorConnection,
    parse_connection,
)
from appliance.peripherals.printing.connections import make_transport
from appliance.peripherals.printing.delivery import describe
from appliance.peripherals.printing.manners import memory_to_look_at
from appliance.peripherals.rooms.buttons import machine_pins
from appliance.service_manager import REFUSED

from . import machine
from .finding import Finding, Level

_ANSWER_SECONDS: Final = 5
_CLOCKS_AGREE_SECONDS: Final = 5
"""An answer is dated to the second."""


def examine(path: Path, pins: Callable[[], Any] = machine_pins) -> list[Finding]:
    """Look at everything that a devices' configuration names.

    Args:
        path: `peripherals.toml`.
        pins: Finds the machine's pins, or raises ConfigError.
    """
    try:
        config = _with_own_credential(settings.load(path))
    except ConfigError as error:
        return [Finding("devices", Level.RED, str(error))]
    findings = [
        Finding(
            "devices", Level.OK,
            f"{path} names {len(config.printers)} printer(s) and {len(config.rooms)} room(s).",
        ),
        _token(config, *machine.status_of("appliance-peripherals.service")),
        _server(config),
    ]  # fmt: skip
    # One silent printer must not make the others wait.
    with ThreadPoolExecutor() as pool:
        findings += pool.map(_printer, config.printers)
    return [*findings, _gpio(config, pins)]


def _with_own_credential(config: Config) -> Config:
    # systemd hides the daemon's credential from other units: `appliance-health` is given the same.
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder or not (own := Path(folder) / config.server.token_file.name).exists():
        return config
    return replace(config, server=replace(config.server, token_file=own))


def _token(config: Config, status: str, problem: int) -> Finding:
    try:
        settings.read_token(config)
    except ConfigError as error:
        return Finding("device token", Level.RED, str(error))
    mode = config.server.token_file.stat().st_mode
    if mode & 0o007:
        return Finding(
            "device token", Level.WARNING, f"{config.server.token_file} can be read by everyone.",
            f"`sudo chmod o= {config.server.token_file}`.",
        )  # fmt: skip
    if problem == REFUSED:
        return Finding("device token", Level.RED, status)
    return Finding("device token", Level.OK, "It is there.")


def _server(config: Config) -> Finding:
    url = f"{config.server.url.rstrip('/')}/livez"
    try:
        with urlopen(  # noqa: S310 — checked: http or https
            url, timeout=_ANSWER_SECONDS, context=settings.read_trust(config)
        ) as answer:
            dated, here = answer.headers.get("Date"), datetime.now(UTC)
    except ConfigError as error:
        return Finding("server", Level.RED, str(error))
    except HTTPError as error:
        seen = f"{config.server.url} answers with {error.code}."
        return Finding("server", Level.RED, seen, "Is `server.url` the appliance's server?")
    except (URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        return Finding(
            "server", Level.RED, f"{config.server.url} unreachable ({reason}).",
            "Check that it runs (`systemctl status appliance-server`), `server.url`, the network.",
        )  # fmt: skip
    return _agreement(config.server.url, dated, here)


def _agreement(url: str, dated: str | None, here: datetime) -> Finding:
    """Whether the server's clock, as its answer is dated, agrees with this machine's."""
    try:
        there = parsedate_to_datetime(dated or "")
    except ValueError:
        return Finding("server", Level.OK, f"{url} answers.")
    difference = (here - there).total_seconds()
    if abs(difference) < _CLOCKS_AGREE_SECONDS:
        return Finding("server", Level.OK, f"{url} answers, and its clock agrees with this one.")
    side = "ahead of" if difference > 0 else "behind"
    return Finding(
        "server", Level.RED,
        f"{url} answers, but this machine's clock is {abs(difference):.0f} s {side} the server's.",
        "Buttons still work; logs and certificates do not agree. `timedatectl` on both "
        "machines shows which one no time server keeps right.",
    )  # fmt: skip


def _printer(printer: PrinterConfig) -> Finding:
    subject = f"printer {printer.name}"
    if isinstance(parse_connection(printer.connection), SimulatorConnection):
        return Finding(subject, Level.NOTE, "It is simulated.")
    health = make_transport(printer, {}, memory_to_look_at()).status()
    if not health.ready:
        return Finding(
            subject, Level.RED, f"{printer.connection}: {describe(health)}.",
            "Look at its paper, cover, power and cable; then `appliance test-page "
            f"{printer.name}`.",
        )  # fmt: skip
    if not health.answers:
        return Finding(
            subject, Level.WARNING,
            f"{printer.connection} can be reached, but cannot answer status: it cannot report "
            "that it is out of paper, and a job counts as printed once it has taken the data.",
            "Set `answers_status = false` if this model has no status.",
        )  # fmt: skip
    return Finding(subject, Level.OK, f"{printer.connection} answers: {describe(health)}.")


def _gpio(config: Config, pins: Callable[[], Any]) -> Finding:
    if not config.rooms:
        return Finding("GPIO", Level.NOTE, "No rooms are configured here: no pins are needed.")
    if config.simulator.enabled:
        return Finding("GPIO", Level.NOTE, "Buttons and lamps are simulated.")
    try:
        pins()
    except ConfigError as error:
        return Finding("GPIO", Level.RED, str(error))
    name = os.environ.get("GPIOZERO_PIN_FACTORY", "")
    count = 2 * len(config.rooms)
    if name == "mock":
        return Finding("GPIO", Level.WARNING, f"{count} pins exist in memory only (mock).")
    return Finding(
        "GPIO", Level.OK, f"{name} works; {count} pins are in use.",
        "`appliance wiring` tries each lamp and button.",
    )  # fmt: skip
