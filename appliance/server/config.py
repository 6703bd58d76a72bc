"""The server's settings, read from the environment once; a wrong one stops the start."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Final, Literal, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import tzlocal
from babel.numbers import list_currencies
from environs import EnvError, FileAwareEnv
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from appliance import station_code
from appliance.translations import LANGUAGES, SOURCE_LANGUAGE

from .domain.codes import BusinessDay, CodeReset
from .domain.currencies import is_exact
from .domain.errors import ValidationFailed
from .domain.money import parse_amount
from .domain.tax import TaxMode
from .domain.turns import TurnRule
from .usecases.shop import Shop

AsyncMode = Literal["threading", "gevent"]
_SECRETS: Final = frozenset(
    {
        "FLASK_SECRET_KEY",
        "MYSQL_PASSWORD",
        "MYSQL_REHEARSAL_PASSWORD",
        "DATABASE_URL",
        "SOCKETIO_MESSAGE_QUEUE",
        "BACKUP_KEY",
    }
)
LOGO_TYPES: Final = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
}
PHOTO_TYPES: Final = {ending: kind for ending, kind in LOGO_TYPES.items() if ending != ".svg"}
_SHOP_NAME_MAX: Final = 80
_BOARD_MESSAGE_MAX: Final = 160
_BOARD_PICTURE_MAX_BYTES: Final = 4 * 1024 * 1024
_LOGO_MAX_BYTES: Final = 256 * 1024
DEFAULT_SECRET_KEY: Final = "dev-secret-key"  # noqa: S105 — the documented development default


class SettingsError(Exception):
    """A setting is wrong; the message is one line that names it."""


@dataclass(frozen=True, slots=True)
class BoardLook:
    """What the lobby board shows beside numbers.

    Attributes:
        clock: Whether it shows day and time.
        message: A line for customers; empty where there is none.
        picture_file: A picture of the shop, shown while nobody is called; None where there is none.
    """

    clock: bool
    message: str
    picture_file: Path | None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the environment decides.

    Attributes:
        database_url: Where the database is.
        database_tls_ca: CA file for TLS to the database, if any.
        secret_key: Signs session cookies.
        async_mode: `threading` or `gevent`.
        host: Address to listen on.
        port: Port to listen on.
        shop: What the use cases need to know.
        language: The shop's own language, in which its screens start.
        languages: The languages that its screens offer, the shop's own among them.
        accent: The shop's own colour as `#rrggbb`, if it has one.
        logo_file: The shop's logo, if it has one.
        board: What the lobby board shows beside numbers.
        kiosk_picture_after: Quiet seconds after which the kiosk shows its picture; 0 for never.
        color_scheme: Whether screens are light, dark, or as each device prefers (`auto`).
        message_queue: Redis URL that joins several servers, if any.
        trusted_proxies: Proxies in front that may say who the client is.
        max_connections_per_address: Sockets that one client address may have open.
        simulator: Whether `/simulator` is served; for the demo and for training only.
        demo_file: `demo.json` of a running demo, for the front page's links.
        backup_key: Seals backups; empty where none are made.
        rehearsal_user: The account that may touch nothing but schemas for rehearsals.
        rehearsal_password: Its password; empty where there is no such account.
    """

    database_url: URL
    database_tls_ca: str | None
    secret_key: str
    async_mode: AsyncMode
    host: str
    port: int
    shop: Shop
    language: str
    languages: tuple[str, ...]
    accent: str | None
    logo_file: Path | None
    board: BoardLook
    kiosk_picture_after: int
    color_scheme: str
    message_queue: str | None
    trusted_proxies: tuple[str, ...]
    max_connections_per_address: int
    simulator: bool
    demo_file: Path | None
    backup_key: str
    rehearsal_user: str
    rehearsal_password: str

    @classmethod
    def from_environment(cls) -> Settings:
        """Read and check the settings.

        Raises:
            SettingsError: One is wrong.
        """
        env = FileAwareEnv()
        _check_files()
        try:
            return cls._read(env)
        except EnvError as error:
            raise SettingsError(str(error)) from None

    @classmethod
    def _read(cls, env: FileAwareEnv) -> Settings:
        host = env.str("APPLIANCE_HOST", "127.0.0.1")
        port = _in_range("APPLIANCE_PORT", env.int("APPLIANCE_PORT", 5000), 1, 65535)
        secret_key = env.str("FLASK_SECRET_KEY", DEFAULT_SECRET_KEY).strip()
        proxies = tuple(_proxies(env))
        if secret_key == DEFAULT_SECRET_KEY and (proxies or not _is_loopback(host)):
            why = (
                f"APPLIANCE_HOST {host} can be reached from other machines"
                if not _is_loopback(host)
                else "TRUSTED_PROXIES says that a proxy lets other machines in"
            )
            raise SettingsError(
                "FLASK_SECRET_KEY still has its development default, which is refused because "
                f"{why}."
            )
        if not secret_key:
            raise SettingsError("FLASK_SECRET_KEY must not be empty.")
        demo_file = env.str("APPLIANCE_DEMO_FILE", "")
        language, languages = _languages(env)
        return cls(
            database_url=_database_url(env),
            database_tls_ca=_tls_ca(env),
            secret_key=secret_key,
            async_mode=_async_mode(env.str("SOCKETIO_ASYNC_MODE", "threading")),
            host=host,
            port=port,
            shop=_shop(env, host, port, language),
            language=language,
            languages=languages,
            accent=_accent(env),
            logo_file=_logo(env),
            board=_board(env),
            kiosk_picture_after=_in_range(
                "KIOSK_PICTURE_AFTER_SECONDS",
                env.int("KIOSK_PICTURE_AFTER_SECONDS", 0),
                0,
                86400,
            ),
            color_scheme=_color_scheme(env),
            message_queue=_message_queue(env),
            trusted_proxies=proxies,
            max_connections_per_address=_in_range(
                "MAX_CONNECTIONS_PER_ADDRESS",
                env.int("MAX_CONNECTIONS_PER_ADDRESS", 1000),
                8,
                100_000,
            ),
            simulator=env.bool("APPLIANCE_SIMULATOR", False),
            demo_file=Path(demo_file) if demo_file else None,
            backup_key=env.str("BACKUP_KEY", "").strip(),
            rehearsal_user=env.str("MYSQL_REHEARSAL_USER", "appliance_rehearsal"),
            rehearsal_password=env.str("MYSQL_REHEARSAL_PASSWORD", "").strip("\r\n"),
        )


def _database_url(env: FileAwareEnv) -> URL:
    text = env.str("DATABASE_URL", "").strip()
    if not text:
        socket = env.str("MYSQL_UNIX_SOCKET", "")
        return URL.create(
            "mysql+pymysql",
            username=env.str("MYSQL_USER", "root"),
            password=env.str("MYSQL_PASSWORD", "").strip("\r\n") or None,
            host=env.str("MYSQL_HOST", "127.0.0.1"),
            port=_in_range("MYSQL_PORT", env.int("MYSQL_PORT", 3306), 1, 65535),
            database=env.str("MYSQL_DB", "test_db"),
            query={"unix_socket": socket} if socket else {},
        )
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # The text may hold a password, so it is not repeated.
        raise SettingsError("DATABASE_URL is not a database address.") from None
    if url.drivername in {"mysql", "mariadb"}:
        url = url.set(drivername="mysql+pymysql")
    if url.drivername not in {"mysql+pymysql", "mariadb+pymysql", "sqlite"}:
        raise SettingsError(
            f"DATABASE_URL must start with mysql+pymysql:// or sqlite://, not {url.drivername}://."
        )
    return url


def _check_files() -> None:
    """Make sure that every *_FILE can be read, since environs does not name the one that cannot."""
    for name in sorted(os.environ):
        if name.removesuffix("_FILE") in _SECRETS and name.endswith("_FILE"):
            try:
                Path(os.environ[name]).read_text(encoding="utf-8")
            except (OSError, ValueError):
                raise SettingsError(f"{name} must name a text file that can be read.") from None


def _tls_ca(env: FileAwareEnv) -> str | None:
    path: str = env.str("MYSQL_TLS_CA", "")
    if path and not Path(path).is_file():
        raise SettingsError(f"MYSQL_TLS_CA {path!r} is not a file.")
    return path or None


def _message_queue(env: FileAwareEnv) -> str | None:
    url: str = env.str("SOCKETIO_MESSAGE_QUEUE", "").strip()
    if url and not url.startswith(("redis://", "rediss://", "unix://")):
        # The address may hold a password, so it is not repeated.
        raise SettingsError("SOCKETIO_MESSAGE_QUEUE must start with redis:// or rediss://.")
    return url or None


def _async_mode(value: str) -> AsyncMode:
    modes: dict[str, AsyncMode] = {"threading": "threading", "gevent": "gevent"}
    if value not in modes:
        raise SettingsError(
            f"SOCKETIO_ASYNC_MODE must be threading or gevent, not {value!r}; "
            "on the appliance it is gevent."
        )
    return modes[value]


def _shop(env: FileAwareEnv, host: str, port: int, language: str) -> Shop:
    zone = env.str("APPLIANCE_TIMEZONE", "") or tzlocal.get_localzone_name() or "UTC"
    if zone not in available_timezones():
        raise SettingsError(f"APPLIANCE_TIMEZONE {zone!r} is not a time zone such as Asia/Manila.")
    currency = env.str("APPLIANCE_CURRENCY", "USD")
    if currency not in list_currencies():
        raise SettingsError(
            f"APPLIANCE_CURRENCY {currency!r} is not a valid ISO currency code (such as USD)."
        )
    reset = env.str("CODE_RESET", "daily")
    if reset not in set(CodeReset):
        raise SettingsError(f"CODE_RESET must be daily, wrap or never, not {reset!r}.")
    timeout = _in_range(
        "SELECTING_TIMEOUT_SECONDS", env.int("SELECTING_TIMEOUT_SECONDS", 120), 5, 86400
    )
    visible_host = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104
    if ":" in visible_host:
        visible_host = f"[{visible_host}]"
    details = env.str("APPLIANCE_SHOP_DETAILS", "")
    return Shop(
        name=_shop_name(env),
        details=tuple(line.strip() for line in details.split("|") if line.strip()),
        currency=currency,
        day=BusinessDay(
            ZoneInfo(zone),
            _time_of_day("BUSINESS_DAY_START", env.str("BUSINESS_DAY_START", "04:00")),
        ),
        code_reset=CodeReset(reset),
        selecting_timeout=timedelta(seconds=timeout),
        skip=timedelta(minutes=_in_range("SKIP_MINUTES", env.int("SKIP_MINUTES", 3), 1, 120)),
        step_out=timedelta(
            minutes=_in_range("STEP_OUT_MINUTES", env.int("STEP_OUT_MINUTES", 15), 1, 240)
        ),
        keep_answers=_days(env, "KEEP_ANSWERS_DAYS", 2, most=30),
        keep_tickets=_days(env, "KEEP_TICKETS_DAYS", 30, most=3650),
        public_url=env.str("APPLIANCE_PUBLIC_URL", f"http://{visible_host}:{port}").rstrip("/"),
        tax_mode=_choice(env, "TAX_MODE", TaxMode, TaxMode.INCLUSIVE),
        cash_rounding=_amount(env, "CASH_ROUNDING", currency) or None,
        discount_limit_percent=_percent(env, "DISCOUNT_LIMIT_PERCENT"),
        difference_limit=_amount(env, "DIFFERENCE_LIMIT", currency),
        turn_rule=_choice(env, "TURN_RULE", TurnRule, TurnRule.FIRST_PRESS),
        language=language,
        authority=_authority(env),
        closes=_closing(env),
    )


def _closing(env: FileAwareEnv) -> time | None:
    text = env.str("CLOSING_TIME", "").strip()
    return _time_of_day("CLOSING_TIME", text) if text else None


def _authority(env: FileAwareEnv) -> str | None:
    path = Path(env.str("APPLIANCE_AUTHORITY_FILE", "/etc/appliance/ca.crt"))
    try:
        return station_code.fingerprint(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"APPLIANCE_AUTHORITY_FILE: {path} holds no certificate that can be read ({error})."
        ) from error


def _days(env: FileAwareEnv, name: str, default: int, *, most: int) -> timedelta:
    return timedelta(days=_in_range(name, env.int(name, default), 1, most))


_Kind = TypeVar("_Kind", bound=StrEnum)


def _choice(env: FileAwareEnv, name: str, kind: type[_Kind], default: _Kind) -> _Kind:
    text = env.str(name, default.value).strip()
    if text not in set(kind):
        raise SettingsError(f"{name} must be {' or '.join(kind)}, not {text!r}.")
    return kind(text)


def _amount(env: FileAwareEnv, name: str, currency: str) -> Decimal:
    text = env.str(name, "").strip()
    try:
        amount = parse_amount(text, name) if text else Decimal(0)
    except ValidationFailed as error:
        raise SettingsError(error.message) from None
    if not is_exact(amount, currency):
        raise SettingsError(f"{name} has more decimals than {currency} has.")
    return amount


def _percent(env: FileAwareEnv, name: str) -> Decimal:
    text = env.str(name, "0").strip()
    try:
        percent = parse_amount(text or "0", name)
    except ValidationFailed:
        raise SettingsError(f"{name} must be a percentage from 0 to 100, not {text!r}.") from None
    if percent > 100:
        raise SettingsError(f"{name} must be a percentage from 0 to 100, not {text!r}.")
    return percent


def _accent(env: FileAwareEnv) -> str | None:
    text: str = env.str("APPLIANCE_ACCENT", "").strip()
    if text and not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise SettingsError(f"APPLIANCE_ACCENT {text!r} is not a color such as #2c6353.")
    return text.lower() or None


def _logo(env: FileAwareEnv) -> Path | None:
    return _picture(env, "APPLIANCE_LOGO_FILE", LOGO_TYPES, _LOGO_MAX_BYTES)


def _board(env: FileAwareEnv) -> BoardLook:
    message = env.str("BOARD_MESSAGE", "").strip()
    if len(message) > _BOARD_MESSAGE_MAX or (message and not message.isprintable()):
        raise SettingsError(
            f"BOARD_MESSAGE must be one line of at most {_BOARD_MESSAGE_MAX} characters."
        )
    picture = _picture(env, "BOARD_PICTURE_FILE", PHOTO_TYPES, _BOARD_PICTURE_MAX_BYTES)
    return BoardLook(env.bool("BOARD_CLOCK", True), message, picture)


def _picture(env: FileAwareEnv, name: str, types: Mapping[str, str], limit: int) -> Path | None:
    text: str = env.str(name, "").strip()
    if not text:
        return None
    path = Path(text)
    if path.suffix.lower() not in types:
        raise SettingsError(f"{name} {text!r} must end with one of {', '.join(types)}.")
    try:
        size = len(path.read_bytes())
    except OSError:
        raise SettingsError(f"{name} {text!r} cannot be read.") from None
    if not 0 < size <= limit:
        raise SettingsError(
            f"{name} {text!r} must have at most {limit // 1024} KB and must not be empty."
        )
    return path


def _color_scheme(env: FileAwareEnv) -> str:
    value: str = env.str("APPLIANCE_COLOR_SCHEME", "auto")
    if value not in {"auto", "light", "dark"}:
        raise SettingsError(f"APPLIANCE_COLOR_SCHEME must be auto, light or dark, not {value!r}.")
    return value


def _shop_name(env: FileAwareEnv) -> str:
    name: str = env.str("APPLIANCE_SHOP_NAME", "Lobby Appliance").strip()
    if not 1 <= len(name) <= _SHOP_NAME_MAX or not name.isprintable():
        raise SettingsError(
            f"APPLIANCE_SHOP_NAME must be one line of 1 to {_SHOP_NAME_MAX} characters."
        )
    return name


def _languages(env: FileAwareEnv) -> tuple[str, tuple[str, ...]]:
    wanted: list[str] = env.list("APPLIANCE_LANGUAGES", list(LANGUAGES))
    offered = tuple(dict.fromkeys(code.strip() for code in wanted))
    known = ", ".join(LANGUAGES)
    if not offered:
        raise SettingsError(f"APPLIANCE_LANGUAGES must name at least one of {known}.")
    for code in offered:
        if code not in LANGUAGES:
            raise SettingsError(f"APPLIANCE_LANGUAGES has {code!r}; known are {known}.")
    own = env.str(
        "APPLIANCE_LANGUAGE", SOURCE_LANGUAGE if SOURCE_LANGUAGE in offered else offered[0]
    )
    if own not in offered:
        raise SettingsError(
            f"APPLIANCE_LANGUAGE {own!r} is not one of APPLIANCE_LANGUAGES: {', '.join(offered)}."
        )
    return own, offered


def _time_of_day(name: str, value: str) -> time:
    try:
        moment = time.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None:
        raise SettingsError(f"{name} {value!r} is not a time of day such as 04:00.")
    return moment


def _proxies(env: FileAwareEnv) -> list[str]:
    found: list[str] = []
    texts: list[str] = env.list("TRUSTED_PROXIES", [])
    for text in texts:
        try:
            found.append(str(ipaddress.ip_network(text.strip())))
        except ValueError:
            raise SettingsError(
                f"TRUSTED_PROXIES must list addresses or networks, not {text!r}."
            ) from None
    return found


def _in_range(name: str, value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise SettingsError(f"{name} must be from {low} to {high}, not {value}.")
    return value


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
