"""`peripherals.toml`: which server, which printers, which rooms.

Everything that can be wrong with the file is found here, before a thread or a device is started,
and told in one line that names the file and the key.
"""

from __future__ import annotations

import difflib
import re
import socket
import ssl
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import SplitResult, urlsplit

import msgspec

from appliance.peripherals import tls
from appliance.peripherals.printing.models import known_profiles
from appliance.protocol import PrintRole, room_named

DEFAULT_RAW_PORT: Final = 9100
"""The port on which network printers take raw data (HP JetDirect, followed by all makers)."""

_WIDTHS_MM: Final = (58, 80)
_MSGSPEC_PATH: Final = re.compile(r"^(?P<what>.*?) - at `\$\.?(?P<key>.*)`$", re.DOTALL)


class ConfigError(Exception):
    """The configuration cannot be used; the message is one line for the technician."""


class TcpConnection(msgspec.Struct, frozen=True):
    """A printer with its own network address."""

    host: str
    port: int


class UsbConnection(msgspec.Struct, frozen=True):
    """A printer behind a device node of this machine."""

    device: Path


class SimulatorConnection(msgspec.Struct, frozen=True):
    """A printer on the simulator's web page."""

    name: str


Connection = TcpConnection | UsbConnection | SimulatorConnection

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
# BCM numbers of the 40-pin header. 0 and 1 are reserved for the identification of add-on boards.
_Pin = Annotated[int, msgspec.Meta(ge=2, le=27)]


class ServerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the server is.

    Attributes:
        url: Its address.
        token_file: Holds this daemon's device token.
        ca_file: Holds the certificates, in PEM, that a server on another machine is trusted by;
            those that the machine trusts anyway unless given.
    """

    url: str
    token_file: Path
    ca_file: Path | None = None


class PrinterConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One printer, as `[[printer]]` gives it.

    Attributes:
        name: How staff know it.
        roles: What it prints.
        fallback_roles: What it prints only while the printers that are for it cannot.
        connection: `tcp://HOST:PORT`, `usb:/dev/…` or `simulator:NAME`.
        profile: A python-escpos profile: its code pages, width and abilities. Absent: a model that
            nobody knows, with narrow paper.
        cash_drawer: True when a drawer hangs on the printer's kick connector.
        cash_drawer_pin: Of that connector: 2, or 5 for a second drawer.
        paper_width_mm: 58 or 80 where the profile's own width is not what is loaded.
        speed_mm_per_s: How fast its paper moves; it decides how long a job is watched before it
            counts as printed. Absent: 150, or 60 where the model is unknown.
        answers_status: True: silence means trouble. False: this model is never asked. Absent: as
            its profile is known to, else learned from the printer's first answer and kept.
        process_ids: Whether this model says when a job is out (`GS ( H`). Absent: as its profile
            is known to. A printer that prints four stray characters behind a job wants False.
    """

    name: _Name
    roles: Annotated[tuple[PrintRole, ...], msgspec.Meta(min_length=1)]
    connection: str
    fallback_roles: tuple[PrintRole, ...] = ()
    profile: str = "default"
    cash_drawer: bool = False
    cash_drawer_pin: Literal[2, 5] = 2
    paper_width_mm: int | None = None
    speed_mm_per_s: Annotated[float, msgspec.Meta(gt=0)] | None = None
    answers_status: bool | None = None
    process_ids: bool | None = None


class RoomConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One room's call button and lamp, by BCM pin numbers.

    Attributes:
        number: The room.
        button_pin: Connected to ground while the button is down.
        lamp_pin: Switches the lamp.
        lamp_active_low: True where the lamp is lit while its pin is low, as on most relay boards.
            Absent: as for all rooms.
    """

    number: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    button_pin: _Pin
    lamp_pin: _Pin
    lamp_active_low: bool | None = None

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "number", room_named(self.number))


class SimulatorConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether pins and `simulator:` printers live on a web page instead of on wires."""

    enabled: bool = False


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file.

    Attributes:
        server: Where the server is.
        name: How staff know this daemon; the machine's host name unless given.
        lamp_active_low: True where lamps are lit while their pins are low; a room may differ.
        printers: One `[[printer]]` each.
        rooms: One `[[room]]` each.
        simulator: Whether devices are simulated.
    """

    server: ServerConfig
    name: _Name = msgspec.field(default_factory=lambda: socket.gethostname()[:64] or "peripherals")
    lamp_active_low: bool = False
    printers: tuple[PrinterConfig, ...] = msgspec.field(name="printer", default=())
    rooms: tuple[RoomConfig, ...] = msgspec.field(name="room", default=())
    simulator: SimulatorConfig = SimulatorConfig()


def load(path: Path) -> Config:
    """Read and check the configuration.

    Args:
        path: The TOML file.

    Returns:
        The configuration, in which every value can be used as it is.

    Raises:
        ConfigError: The file is missing, is not TOML, or a key in it is wrong.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}.") from error
    try:
        # TOML has its own booleans and integers, so nothing needs to be coerced from text.
        config = msgspec.convert(data, Config, strict=True, dec_hook=_decode_path)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {_explain(str(error))}") from error
    try:
        _check(config)
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error
    return _with_lamps_resolved(config)


def _with_lamps_resolved(config: Config) -> Config:
    """Every room says itself how its lamp is lit."""

    def resolved(room: RoomConfig) -> RoomConfig:
        own = room.lamp_active_low
        return msgspec.structs.replace(
            room, lamp_active_low=config.lamp_active_low if own is None else own
        )

    return msgspec.structs.replace(config, rooms=tuple(map(resolved, config.rooms)))


def read_token(config: Config) -> str:
    """Read the device token, afresh at each connection so that a new one needs no restart.

    Raises:
        ConfigError: The file is missing or empty.
    """
    path = config.server.token_file
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigError(f"server.token_file: {path} cannot be read ({reason}).") from error
    if not token:
        raise ConfigError(
            f"server.token_file: {path} is empty; write the token of "
            "`appliance devices add peripherals NAME` into it."
        )
    return token


def read_trust(config: Config) -> ssl.SSLContext | None:
    """Read whom to trust, afresh at each connection as the token is.

    Returns:
        What a TLS connection to the server needs; None where it is reached without TLS.

    Raises:
        ConfigError: The file is missing or holds no certificate.
    """
    if urlsplit(config.server.url).scheme != "https":
        return None
    path = config.server.ca_file
    try:
        return tls.context(path)
    except OSError as error:
        reason = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise ConfigError(f"server.ca_file: {path} cannot be read ({reason}).") from error


def parse_connection(text: str) -> Connection:
    """Understand a printer's `connection`.

    Args:
        text: `tcp://HOST[:PORT]`, `usb:/dev/…` or `simulator:NAME`.

    Raises:
        ValueError: It is none of these; the message says what is wrong.
    """
    parts = urlsplit(text)
    if parts.scheme == "tcp":
        return _parse_tcp(text, parts)
    if parts.scheme == "usb" and parts.path.startswith("/dev/") and not parts.netloc:
        return UsbConnection(Path(parts.path))
    if parts.scheme == "simulator" and parts.path and not parts.netloc:
        return SimulatorConnection(parts.path)
    raise ValueError(f"{text!r} is not tcp://HOST:PORT, usb:/dev/… or simulator:NAME.")


def _parse_tcp(text: str, parts: SplitResult) -> TcpConnection:
    try:
        port = parts.port if parts.port is not None else DEFAULT_RAW_PORT
    except ValueError:
        raise ValueError(f"{text!r}: the port is not a number from 1 to 65535.") from None
    if not parts.hostname or not port or parts.path.strip("/") or parts.query or parts.username:
        raise ValueError(f"{text!r} is not of the form tcp://HOST:PORT.")
    return TcpConnection(parts.hostname, port)


def _decode_path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError  # msgspec turns this into its own message about the type


def _explain(message: str) -> str:
    """Turn msgspec's `Expected … - at `$.printer[0].name`` into `printer[0].name: expected …`."""
    found = _MSGSPEC_PATH.match(message)
    if not found:
        return f"{message}."
    what = found["what"][:1].lower() + found["what"][1:]
    return f"{found['key']}: {what}."


def _check(config: Config) -> None:
    """Check what the shapes alone cannot say.

    Raises:
        ValueError: With the key and what is wrong with its value.
    """
    url = urlsplit(config.server.url)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ValueError(
            f"server.url: {config.server.url!r} is not an http:// or https:// address."
        )
    _check_unique("printer", "name", (printer.name for printer in config.printers))
    _check_unique("printer", "connection", (printer.connection for printer in config.printers))
    _check_unique("room", "number", (room.number for room in config.rooms))
    _check_pins(config.rooms)
    for index, printer in enumerate(config.printers):
        _check_printer(f"printer[{index}]", printer, simulated=config.simulator.enabled)


def _check_unique(table: str, key: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value in seen:
            raise ValueError(f"{table}[{index}].{key}: {value!r} is used twice.")
        seen.add(value)


def _check_pins(rooms: Iterable[RoomConfig]) -> None:
    users: dict[int, str] = {}
    for index, room in enumerate(rooms):
        for key, pin in (("button_pin", room.button_pin), ("lamp_pin", room.lamp_pin)):
            here = f"room[{index}].{key}"
            if pin in users:
                raise ValueError(f"{here}: pin {pin} is already used by {users[pin]}.")
            users[pin] = here


def _check_printer(where: str, printer: PrinterConfig, *, simulated: bool) -> None:
    try:
        connection = parse_connection(printer.connection)
    except ValueError as error:
        raise ValueError(f"{where}.connection: {error}") from None
    if isinstance(connection, SimulatorConnection) and not simulated:
        raise ValueError(
            f"{where}.connection: {printer.connection!r} needs `enabled = true` under [simulator]."
        )
    if printer.paper_width_mm is not None and printer.paper_width_mm not in _WIDTHS_MM:
        raise ValueError(f"{where}.paper_width_mm: {printer.paper_width_mm} is not 58 or 80.")
    _check_profile(where, printer.profile)


def _check_profile(where: str, name: str) -> None:
    known = known_profiles()
    if name not in known:
        # The nearest first: it is mostly a slip of a finger.
        nearest = sorted(
            known, key=lambda one: -difflib.SequenceMatcher(None, name.upper(), one.upper()).ratio()
        )
        raise ValueError(f"{where}.profile: {name!r} is unknown; known are {', '.join(nearest)}.")
