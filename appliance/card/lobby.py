"""What `lobby.yaml` may say, and every mistake in it as a sentence with its line."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from functools import cache
from typing import Any, Final
from zoneinfo import available_timezones

from babel.numbers import list_currencies

from appliance import station_code
from appliance.peripherals import config as devices
from appliance.peripherals.printing.models import known_profiles
from appliance.protocol import PrintRole, room_named
from appliance.station_code import StationCode
from appliance.translations import LANGUAGES

from .text import Entries, Group, Mistake, Mistaken, Text, Tree, read

Parse = Callable[[str], Any]
"""A value from its text; raises ValueError with what is wrong and what to write."""

ROOM_LENGTH: Final = 20


@dataclass(frozen=True, slots=True)
class Shop:
    """What the shop is.

    Attributes:
        name: On screens and paper.
        details: Lines under the name on a receipt.
        language: In which its screens start.
        time_zone: Such as Asia/Manila.
        currency: ISO 4217 code.
        closing_time: Local; None where the kiosk does not say when it closes.
    """

    name: str
    time_zone: str
    currency: str
    language: str = "en"
    details: tuple[str, ...] = ()
    closing_time: time | None = None


@dataclass(frozen=True, slots=True)
class Wifi:
    """The network without a cable.

    Attributes:
        country: Whose rules the radio keeps, ISO 3166 code.
        ssid: The network's name.
        password: Its password; None for a network without one.
    """

    country: str
    ssid: str
    password: str | None = None


@dataclass(frozen=True, slots=True)
class Technician:
    """Who may log in over the network.

    Attributes:
        ssh_key: A public key, as `ssh-keygen` makes it.
        password_hash: For `sudo` and a keyboard, as `openssl passwd -6` prints; None for none.
    """

    ssh_key: str
    password_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What every card says.

    Attributes:
        hostname: The machine's name on the network, without `.local`.
        wifi: None where it hangs on a cable.
        technician: None where nobody may log in over the network.
        printers: Each with the keys of a `[[printer]]`.
        rooms: Each with the keys of a `[[room]]`; without pins one that has no button.
        lamp_active_low: Whether lamps are lit while their pins are low.
    """

    hostname: str = "lobby"
    wifi: Wifi | None = None
    technician: Technician | None = None
    printers: tuple[dict[str, Any], ...] = ()
    rooms: tuple[dict[str, Any], ...] = ()
    lamp_active_low: bool = False


@dataclass(frozen=True, slots=True)
class Lobby(Card):
    """The whole file of the main machine.

    Attributes:
        shop: What the shop is.
    """

    shop: Shop

    @property
    def language(self) -> str:
        """In which the screen speaks."""
        return self.shop.language


@dataclass(frozen=True, slots=True, kw_only=True)
class Station(Card):
    """The whole file of a machine with printers and call buttons alone.

    Attributes:
        server: Name or address of the main machine.
        code: Lets the station in.
        language: In which the screen speaks, where there is one.
    """

    server: str
    code: StationCode
    hostname: str = "station"
    language: str = "en"


def load(content: bytes) -> Lobby | Station:
    """Read and check a file.

    Args:
        content: Of `lobby.yaml`.

    Raises:
        Mistaken: With all mistakes that can be told apart.
    """
    return _Reader().card(read(content))


def language_of(content: bytes) -> str:
    """In which language to speak of a file with mistakes: its own, where it says that much."""
    try:
        match read(content).names:
            case {"shop": (_, Group(names={"language": (_, Text(value=language))}))} | {
                "language": (_, Text(value=language))
            }:
                return language if language in LANGUAGES else "en"
    except Mistaken:
        pass
    return "en"


class _Reader:
    """Walks through the tree and collects what is wrong, so that one look tells all."""

    def __init__(self) -> None:
        self._mistakes: list[Mistake] = []

    def card(self, root: Group) -> Lobby | Station:
        if not root.names:
            raise Mistaken(
                Mistake(0, "The file is empty. Start again from the example on the card's own page "
                        "or from `appliance card example`.")
            )  # fmt: skip
        if self._value(root, "role", _role) == "station":
            return self._station(root)
        self._not_here(root, _OF_A_STATION, "belongs on a station's card. Take the line out, or "
                       "write `role: station` above it.")  # fmt: skip
        self._known(root, "the file", _FILE, _OF_A_STATION)
        shop = self._shop(root)
        found = self._common(root)
        if self._mistakes or shop is None:
            raise Mistaken(*self._mistakes)
        return Lobby(shop, **found)

    def _station(self, root: Group) -> Station:
        self._not_here(root, _OF_THE_LOBBY, "belongs on the main machine's card. Take it out here.")
        self._known(root, "a station's file", _STATION, _OF_THE_LOBBY)
        self._needed(root, "a station's file", "server", "code")
        found = self._common(root)
        for name, parse in (("server", _server), ("code", _code), ("language", _language)):
            if (value := self._value(root, name, parse)) is not None:
                found[name] = value
        for group in self._entries(root, "rooms"):
            if not {"button_pin", "lamp_pin"} & set(group.names):
                self._wrong(group.line, "The room has neither a button nor a lamp. A room that is "
                            "served from a phone is added on the main machine.")  # fmt: skip
        if not self._mistakes and not (found.get("printers") or found.get("rooms")):
            self._wrong(0, "There is neither a printer nor a room. Write `printers:` or `rooms:` "
                        "with what hangs on this station.")  # fmt: skip
        if not self._mistakes and not ("server" in found and "code" in found):
            self._wrong(0, "`server` and `code` are both needed. Write the main machine's name, "
                        "and the code that its page Devices shows.")  # fmt: skip
        if self._mistakes:
            raise Mistaken(*self._mistakes)
        return Station(**found)

    def _common(self, root: Group) -> dict[str, Any]:
        found = {
            "hostname": self._value(root, "hostname", _hostname),
            "wifi": self._wifi(root),
            "technician": self._technician(root),
            "printers": self._printers(root),
            "rooms": self._rooms(root),
            "lamp_active_low": self._value(root, "lamp_active_low", _truth),
        }
        return _given(found)

    # --- parts --------------------------------------------------------------------------------

    def _shop(self, root: Group) -> Shop | None:
        group = self._group(root, "shop", _SHOP)
        if group is None:
            if "shop" not in root.names:
                self._wrong(0, "`shop` is missing. Write `shop:` and under it, with two spaces "
                            "before each, `name`, `time_zone` and `currency`.")  # fmt: skip
            return None
        found = {name: self._value(group, name, parse) for name, parse in _SHOP.items() if parse}
        found["details"] = self._texts(group, "details", _detail)
        self._needed(group, "shop", "name", "time_zone", "currency")
        if any(found[name] is None for name in ("name", "time_zone", "currency")):
            return None
        return Shop(**_given(found))

    def _wifi(self, root: Group) -> Wifi | None:
        group = self._group(root, "wifi", _WIFI)
        if group is None:
            return None
        found = {name: self._value(group, name, parse) for name, parse in _WIFI.items() if parse}
        self._needed(group, "wifi", "country", "ssid")
        if found["country"] is None or found["ssid"] is None:
            return None
        return Wifi(**_given(found))

    def _technician(self, root: Group) -> Technician | None:
        group = self._group(root, "technician", _TECHNICIAN)
        if group is None:
            return None
        found = {
            name: self._value(group, name, parse) for name, parse in _TECHNICIAN.items() if parse
        }
        self._needed(group, "technician", "ssh_key")
        return None if found["ssh_key"] is None else Technician(**_given(found))

    def _printers(self, root: Group) -> tuple[dict[str, Any], ...]:
        printers, names, connections = [], _Once(), _Once()
        for group in self._groups(root, "printers", _PRINTER):
            found: dict[str, Any] = {
                name: self._value(group, name, parse) for name, parse in _PRINTER.items() if parse
            }
            for name in ("roles", "fallback_roles"):
                found[name] = self._texts(group, name, _print_role)
            self._needed(group, "the printer", "name", "roles", "connection")
            self._once(names, group, "name", found["name"], "Two printers are called {value}")
            self._once(
                connections, group, "connection", found["connection"],
                "Two printers have the connection {value}",
            )  # fmt: skip
            printers.append(_given(found))
        return tuple(printers)

    def _rooms(self, root: Group) -> tuple[dict[str, Any], ...]:
        rooms, numbers, pins = [], _Once(), _Once()
        for group in self._groups(root, "rooms", _ROOM):
            found = {
                name: self._value(group, name, parse) for name, parse in _ROOM.items() if parse
            }
            self._needed(group, "the room", "number")
            self._once(
                numbers, group, "number", found["number"], "Two rooms have the number {value}"
            )
            for name in ("button_pin", "lamp_pin"):
                self._once(pins, group, name, found[name], "Pin {value} is used twice")
            if (found["button_pin"] is None) != (found["lamp_pin"] is None) and not (
                self._mistaken(group)
            ):
                missing = "lamp_pin" if found["lamp_pin"] is None else "button_pin"
                self._wrong(group.line, f"The room has a button or a lamp, but no `{missing}`. "
                            "Write both, or none for a room without a button.")  # fmt: skip
            rooms.append(_given(found))
        return tuple(rooms)

    # --- what all parts ask ---------------------------------------------------------------------

    def _wrong(self, line: int, sentence: str) -> None:
        self._mistakes.append(Mistake(line, sentence))

    def _mistaken(self, group: Group) -> bool:
        lines = {group.line, *(line for line, _ in group.names.values())}
        return any(one.line in lines for one in self._mistakes)

    def _not_here(self, root: Group, names: Iterable[str], why: str) -> None:
        for name in names:
            if name in root.names:
                self._wrong(root.names[name][0], f"`{name}` {why}")

    def _known(
        self, group: Group, where: str, known: Iterable[str], told: Iterable[str] = ()
    ) -> None:
        for name, (line, _) in group.names.items():
            if name not in known and name not in told:
                self._wrong(line, f"`{name}` is not known in {where}. {_meant(name, known)}")

    def _needed(self, group: Group, where: str, *names: str) -> None:
        for name in names:
            if name not in group.names:
                line = group.line - 1 if where in _FILE and group.line > 1 else group.line
                self._wrong(line, f"`{name}` is missing in {where}. Write `{name}: …` there.")

    def _group(self, root: Group, name: str, known: Mapping[str, Parse | None]) -> Group | None:
        line, tree = root.names.get(name, (0, None))
        if tree is None or _is_empty(tree):
            if tree is not None and name == "shop":
                self._wrong(line, "`shop` is empty. Write `name`, `time_zone` and `currency` under "
                            "it, with two spaces before each.")  # fmt: skip
            return None
        if not isinstance(tree, Group):
            self._wrong(line, f"`{name}` has several values. Write them under it, one a line, as "
                        "`name: value` with two spaces before each.")  # fmt: skip
            return None
        self._known(tree, f"`{name}`", known)
        return tree

    def _entries(self, root: Group, name: str) -> list[Group]:
        """The entries of a list that can be understood."""
        _, tree = root.names.get(name, (0, None))
        entries = tree.entries if isinstance(tree, Entries) else ()
        return [entry for entry in entries if isinstance(entry, Group)]

    def _groups(self, root: Group, name: str, known: Mapping[str, Parse | None]) -> list[Group]:
        line, tree = root.names.get(name, (0, None))
        if tree is None or _is_empty(tree):
            return []
        found = []
        for entry in tree.entries if isinstance(tree, Entries) else (tree,):
            if not isinstance(tree, Entries) or not isinstance(entry, Group):
                first = "number: 1" if name == "rooms" else "name: lobby"
                self._wrong(
                    entry.line if isinstance(tree, Entries) else line,
                    f"`{name}` is a list. Begin each of its entries with a hyphen and a space, and "
                    f"write `name: value` lines: `- {first}`.",
                )
                continue
            self._known(entry, f"`{name}`", known)
            found.append(entry)
        return found

    def _value(self, group: Group, name: str, parse: Parse) -> Any:
        line, tree = group.names.get(name, (0, None))
        if tree is None or _is_empty(tree):
            # A name with nothing behind it is one that somebody has not filled in.
            return None
        if not isinstance(tree, Text):
            self._wrong(
                line, f"`{name}` has one value. Write it on the same line: `{name}: value`."
            )
            return None
        try:
            return parse(tree.value)
        except ValueError as error:
            self._wrong(line, f"`{name}` {error}")
            return None

    def _texts(self, group: Group, name: str, parse: Parse) -> tuple[Any, ...] | None:
        line, tree = group.names.get(name, (0, None))
        if tree is None or _is_empty(tree):
            return None
        # One value is a list of one: nobody misreads it.
        entries = tree.entries if isinstance(tree, Entries) else (tree,)
        found = []
        for entry in entries:
            if not isinstance(entry, Text):
                self._wrong(entry.line, f"`{name}` is a list of values: `{name}: [one, another]`.")
                continue
            try:
                found.append(parse(entry.value))
            except ValueError as error:
                self._wrong(entry.line if isinstance(tree, Entries) else line, f"`{name}` {error}")
        return tuple(found)

    def _once(self, seen: _Once, group: Group, name: str, value: Any, sentence: str) -> None:
        if value is None:
            return
        line = group.names[name][0]
        if (before := seen.add(value, line)) is not None:
            told = sentence.format(value=value)
            self._wrong(line, f"{told}, here and in line {before}. Change one of them.")


class _Once:
    """Values that may stand once, with their lines."""

    def __init__(self) -> None:
        self._lines: dict[Any, int] = {}

    def add(self, value: Any, line: int) -> int | None:
        """Take a value; returns the line where it stood before, if it did."""
        if value in self._lines:
            return self._lines[value]
        self._lines[value] = line
        return None


def _given(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if value is not None}


def _is_empty(tree: Tree) -> bool:
    return isinstance(tree, Text) and tree.value in {"", "~"}


def _meant(name: str, known: Iterable[str]) -> str:
    names = list(known)
    folded = {one.casefold(): one for one in names}
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    if near:
        return f"Did you mean `{folded[near[0]]}`?"
    shown = ", ".join(f"`{one}`" for one in names)
    return f"Known are {shown}."


# --- values ---------------------------------------------------------------------------------------


def _line(what: str, most: int) -> Parse:
    def parse(text: str) -> str:
        if not text.isprintable() or len(text) > most:
            raise ValueError(f"is too long or has odd characters. {what} is one line of at most "
                             f"{most} characters.")  # fmt: skip
        return text

    return parse


def _detail(text: str) -> str:
    if "|" in text:
        raise ValueError("has a `|`. Write the parts as two entries of the list.")
    return str(_line("A line under the shop's name", 60)(text))


def _language(text: str) -> str:
    if text not in LANGUAGES:
        known = ", ".join(f"{one.code} ({one.name})" for one in LANGUAGES.values())
        raise ValueError(f"is {text!r}, which the screens do not speak. Write one of {known}.")
    return text


# Each of the two reads hundreds of files.
_zones: Final = cache(available_timezones)
_currencies: Final = cache(list_currencies)


def _time_zone(text: str) -> str:
    zones = _zones()
    if text in zones:
        return text
    wanted = text.replace(" ", "_").casefold()
    places = {zone.casefold(): zone for zone in zones}
    ends = [zone for zone in sorted(zones) if zone.casefold().endswith(f"/{wanted}")]
    near = difflib.get_close_matches(wanted, places, n=1, cutoff=0.6)
    meant = ends[0] if ends else places[near[0]] if near else None
    hint = f"Did you mean {meant}?" if meant else "Write one such as Asia/Manila or Europe/Madrid."
    raise ValueError(f"is {text!r}, which is no time zone. {hint}")


def _currency(text: str) -> str:
    if text in _currencies():
        return text
    hint = f"Write {text.upper()}." if text.upper() in _currencies() else (
        "Write its three letters, such as PHP, USD or EUR."
    )  # fmt: skip
    raise ValueError(f"is {text!r}, which is no currency. {hint}")


def _clock_time(text: str) -> time:
    if not re.fullmatch(r"([01]?[0-9]|2[0-3]):[0-5][0-9]", text):
        raise ValueError(f"is {text!r}, which is no time of day. Write hours and minutes, from "
                         "00:00 to 23:59, such as 20:00.")  # fmt: skip
    hours, minutes = text.split(":")
    return time(int(hours), int(minutes))


def _hostname(text: str) -> str:
    """A label of RFC 1123, small: mDNS does not tell capitals apart, and people read it aloud."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", text):
        hint = text.casefold().removesuffix(".local").replace("_", "-").replace(" ", "-")
        shown = f", such as {hint}" if re.fullmatch(r"[a-z0-9][a-z0-9-]*[a-z0-9]", hint) else ""
        raise ValueError(f"is {text!r}. A name on the network has small letters, digits and "
                         f"hyphens, and no dot{shown}.")  # fmt: skip
    return text


def _role(text: str) -> str:
    if text not in {"main", "station"}:
        raise ValueError(f"is {text!r}. Write station for a machine with printers and call buttons "
                         "alone; leave the line out for the lobby itself.")  # fmt: skip
    return text


def _server(text: str) -> str:
    """A name or an IPv4 address: the certificate has no other."""
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", text):
        raise ValueError(f"is {text!r}. Write the name of the main machine alone, such as "
                         "lobby.local.")  # fmt: skip
    return text.lower()


def _code(text: str) -> StationCode:
    """Not repeated: who reads the screen would have it."""
    try:
        return station_code.read(text)
    except ValueError:
        raise ValueError("is no code of a station. Write what the main machine's page Devices "
                         "shows: eight groups of four letters and digits.") from None  # fmt: skip


def _truth(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(f"is {text!r}. Write true or false.")
    return text == "true"


def _country(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", text):
        raise ValueError(f"is {text!r}. Write the two capital letters of the country, such as PH "
                         "or NO: the radio keeps its rules.")  # fmt: skip
    return text


def _ssid(text: str) -> str:
    """Up to 32 bytes (IEEE 802.11, 9.4.2.2)."""
    if not text.isprintable() or len(text.encode()) > 32:
        raise ValueError("is too long. The name of a network has at most 32 characters, fewer "
                         "where some are not Latin.")  # fmt: skip
    return text


def _wifi_password(text: str) -> str:
    """A passphrase of WPA: 8 to 63 characters of ASCII (IEEE 802.11, J.4.1)."""
    if not 8 <= len(text) <= 63 or not text.isascii() or not text.isprintable():
        raise ValueError("must have 8 to 63 letters, digits and signs without accents. Leave the "
                         "line out for a network without a password.")  # fmt: skip
    return text


def _ssh_key(text: str) -> str:
    if "PRIVATE KEY" in text:
        raise ValueError("is a private key, which never leaves your laptop. Write the line of the "
                         "file that ends with .pub.")  # fmt: skip
    if not re.fullmatch(r"(ssh-|ecdsa-|sk-)[a-z0-9@.-]+ [A-Za-z0-9+/]{32,}={0,3}( [^\n]*)?", text):
        raise ValueError("is no public key. Write the one line of the file that ends with .pub, "
                         "such as ssh-ed25519 AAAA….")  # fmt: skip
    return text


def _password_hash(text: str) -> str:
    """As crypt(5) writes them; what is none may be the password itself and is not repeated."""
    if not re.fullmatch(r"\$(y|6|2b|gy|7)\$[A-Za-z0-9./$=,]{20,}", text):
        raise ValueError("must not be the password itself but what `openssl passwd -6` makes of "
                         "it. It begins with $6$.")  # fmt: skip
    return text


def _number(text: str) -> str:
    room = room_named(text)
    if not 1 <= len(room) <= ROOM_LENGTH or any(
        unicodedata.category(letter).startswith("C") for letter in room
    ):
        raise ValueError(f"must have 1 to {ROOM_LENGTH} characters.")
    return room


def _pin(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,2}", text) or not 2 <= int(text) <= 27:
        raise ValueError(f"is {text!r}. Pins have BCM numbers from 2 to 27.")
    return int(text)


def _print_role(text: str) -> str:
    if text not in set(PrintRole):
        raise ValueError(f"has {text!r}. A printer prints {', '.join(PrintRole)}: "
                         "`roles: [ticket, receipt]`.")  # fmt: skip
    return text


def _connection(text: str) -> str:
    try:
        found = devices.parse_connection(text)
    except ValueError:
        found = None
    if found is None or isinstance(found, devices.SimulatorConnection):
        raise ValueError(f"is {text!r}. Write usb:/dev/usb/lp0 for a printer on a USB cable, or "
                         "tcp://192.0.2.9:9100 for one with this address.")  # fmt: skip
    return text


def _profile(text: str) -> str:
    known = known_profiles()
    if text not in known:
        raise ValueError(f"is {text!r}, which is no known model. {_meant(text, sorted(known))} "
                         "Leave the line out where the model is unknown.")  # fmt: skip
    return text


def _drawer_pin(text: str) -> int:
    if text not in {"2", "5"}:
        raise ValueError(f"is {text!r}. Write 2, or 5 for a second drawer.")
    return int(text)


def _width(text: str) -> int:
    if text not in {"58", "80"}:
        raise ValueError(f"is {text!r}. Write 58 or 80, the paper's width in millimetres.")
    return int(text)


def _speed(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]+)?", text) or float(text) == 0:
        raise ValueError(f"is {text!r}. Write millimetres a second, such as 150.")
    return float(text)


# A name without a parser is a list or a group, which its part reads.
_FILE: Final[dict[str, Parse | None]] = dict.fromkeys(
    ("role", "hostname", "shop", "wifi", "technician", "printers", "rooms", "lamp_active_low")
)
_OF_A_STATION: Final = ("server", "code")
_SHOP: Final[dict[str, Parse | None]] = {
    "name": _line("The shop's name", 80),
    "details": None,
    "language": _language,
    "time_zone": _time_zone,
    "currency": _currency,
    "closing_time": _clock_time,
}
_OF_THE_LOBBY: Final = ("shop", *(name for name in _SHOP if name != "language"))
_STATION: Final = (
    *("role", "server", "code", "language", "hostname", "wifi", "technician"),
    *("printers", "rooms", "lamp_active_low"),
)
_WIFI: Final[dict[str, Parse | None]] = {
    "country": _country,
    "ssid": _ssid,
    "password": _wifi_password,
}
_TECHNICIAN: Final[dict[str, Parse | None]] = {
    "ssh_key": _ssh_key,
    "password_hash": _password_hash,
}
_PRINTER: Final[dict[str, Parse | None]] = {
    "name": _line("A printer's name", 64),
    "roles": None,
    "connection": _connection,
    "fallback_roles": None,
    "profile": _profile,
    "cash_drawer": _truth,
    "cash_drawer_pin": _drawer_pin,
    "paper_width_mm": _width,
    "speed_mm_per_s": _speed,
    "answers_status": _truth,
    "process_ids": _truth,
}
_ROOM: Final[dict[str, Parse | None]] = {
    "number": _number,
    "button_pin": _pin,
    "lamp_pin": _pin,
    "lamp_active_low": _truth,
}
