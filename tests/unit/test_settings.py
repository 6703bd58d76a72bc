"""Settings: every default, every wrong value, every secret in a file."""

from __future__ import annotations

import os
from datetime import time, timedelta
from pathlib import Path

import pytest

from appliance.server.config import Settings, SettingsError
from appliance.server.domain.codes import CodeReset

PREFIXES = ("MYSQL_", "APPLIANCE_", "FLASK_", "SOCKETIO_")
NAMES = ("DATABASE_URL", "CODE_RESET", "BUSINESS_DAY_START", "SELECTING_TIMEOUT_SECONDS")


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith((*PREFIXES, *NAMES, "TRUSTED_PROXIES")):
            monkeypatch.delenv(name)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch):
    """Read the settings with these variables set."""

    def read(**variables: str) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return Settings.from_environment()

    return read


# --- defaults ---------------------------------------------------------------------------------


def test_the_database_is_by_default_where_the_protocol_says(settings) -> None:
    url = settings().database_url
    assert url.get_backend_name() in {"mysql", "mariadb"}
    assert (url.username, url.password or "") == ("root", "")
    assert (url.host, url.port, url.database) == ("127.0.0.1", 3306, "test_db")
    assert "unix_socket" not in url.query


def test_the_server_is_by_default_a_developers(settings) -> None:
    found = settings()
    assert found.secret_key == "dev-secret-key"
    assert found.async_mode == "threading"
    assert (found.host, found.port) == ("127.0.0.1", 5000)
    assert found.message_queue is None
    assert found.trusted_proxies == ()
    assert found.database_tls_ca is None
    assert found.simulator is False


def test_the_shop_is_by_default_what_the_protocol_says(settings) -> None:
    shop = settings().shop
    assert shop.currency == "USD"
    assert shop.code_reset is CodeReset.DAILY
    assert shop.day.start == time(4, 0)
    assert shop.selecting_timeout == timedelta(seconds=120)
    assert shop.name
    assert shop.public_url == "http://127.0.0.1:5000"


# --- values -----------------------------------------------------------------------------------


def test_the_database_settings_arrive(settings, tmp_path: Path) -> None:
    url = settings(
        MYSQL_USER="appliance",
        MYSQL_PASSWORD="p@ss:w/rd",
        MYSQL_HOST="db.example",
        MYSQL_PORT="3307",
        MYSQL_DB="lobby",
        MYSQL_UNIX_SOCKET="/run/mysqld/mysqld.sock",
    ).database_url
    assert (url.username, url.password, url.host, url.port, url.database) == (
        "appliance",
        "p@ss:w/rd",
        "db.example",
        3307,
        "lobby",
    )
    assert url.query["unix_socket"] == "/run/mysqld/mysqld.sock"


def test_a_database_url_overrides_the_rest(settings) -> None:
    url = settings(MYSQL_HOST="elsewhere", DATABASE_URL="sqlite:////tmp/x.sqlite").database_url
    assert (url.get_backend_name(), url.database) == ("sqlite", "/tmp/x.sqlite")


@pytest.mark.parametrize("scheme", ["mysql", "mariadb", "mysql+pymysql", "mariadb+pymysql"])
def test_every_way_to_write_mariadb_is_understood(settings, scheme: str) -> None:
    url = settings(DATABASE_URL=f"{scheme}://u:p@db.example:3307/lobby").database_url
    assert url.get_driver_name() == "pymysql"
    assert (url.host, url.port, url.database) == ("db.example", 3307, "lobby")


@pytest.mark.parametrize("mode", ["threading", "gevent"])
def test_both_async_modes_are_taken(settings, mode: str) -> None:
    assert settings(SOCKETIO_ASYNC_MODE=mode).async_mode == mode


@pytest.mark.parametrize("reset", CodeReset)
def test_every_reset_rule_is_taken(settings, reset: CodeReset) -> None:
    assert settings(CODE_RESET=reset.value).shop.code_reset is reset


def test_the_shops_settings_arrive(settings) -> None:
    shop = settings(
        APPLIANCE_SHOP_NAME="Stillwater Spa",
        APPLIANCE_TIMEZONE="Asia/Manila",
        APPLIANCE_CURRENCY="PHP",
        BUSINESS_DAY_START="05:30",
        SELECTING_TIMEOUT_SECONDS="90",
        APPLIANCE_SHOP_DETAILS="1 River Lane | VAT 123",
        APPLIANCE_PUBLIC_URL="https://spa.example/",
    ).shop
    assert shop.name == "Stillwater Spa"
    assert str(shop.day.timezone) == "Asia/Manila"
    assert shop.day.start == time(5, 30)
    assert shop.currency == "PHP"
    assert shop.selecting_timeout == timedelta(seconds=90)
    assert shop.details == ("1 River Lane", "VAT 123")
    assert shop.public_url == "https://spa.example"


def test_the_servers_settings_arrive(settings) -> None:
    found = settings(
        APPLIANCE_HOST="0.0.0.0",
        APPLIANCE_PORT="8080",
        FLASK_SECRET_KEY="a real one",
        SOCKETIO_MESSAGE_QUEUE="redis://127.0.0.1:6379/0",
        TRUSTED_PROXIES="127.0.0.1,10.0.0.0/8",
    )
    assert (found.host, found.port, found.secret_key) == ("0.0.0.0", 8080, "a real one")
    assert found.message_queue == "redis://127.0.0.1:6379/0"
    assert found.trusted_proxies == ("127.0.0.1/32", "10.0.0.0/8")


# --- wrong values -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MYSQL_PORT", "three"),
        ("MYSQL_PORT", "0"),
        ("MYSQL_PORT", "65536"),
        ("MYSQL_PORT", ""),
        ("MYSQL_TLS_CA", "/no/such/ca.pem"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "postgresql://u:p@h/db"),
        ("DATABASE_URL", "mysql+mysqldb://u:p@h/db"),
        ("DATABASE_URL", "mysql://u:p@h:port/db"),
        ("DATABASE_URL", "://"),
        ("FLASK_SECRET_KEY", ""),
        ("FLASK_SECRET_KEY", "  "),
        ("SOCKETIO_ASYNC_MODE", "eventlet"),
        ("SOCKETIO_ASYNC_MODE", "asyncio"),
        ("SOCKETIO_ASYNC_MODE", "Gevent"),
        ("SOCKETIO_ASYNC_MODE", ""),
        ("SOCKETIO_MESSAGE_QUEUE", "nonsense"),
        ("APPLIANCE_HOST", ""),
        ("APPLIANCE_HOST", "not a host"),
        ("APPLIANCE_PORT", "0"),
        ("APPLIANCE_PORT", "-1"),
        ("APPLIANCE_PORT", "70000"),
        ("APPLIANCE_PORT", "80.5"),
        ("APPLIANCE_PORT", "http"),
        ("APPLIANCE_TIMEZONE", "Asia/Nowhere"),
        ("APPLIANCE_TIMEZONE", "../../etc/passwd"),
        ("APPLIANCE_CURRENCY", "dollars"),
        ("APPLIANCE_CURRENCY", "usd"),
        ("APPLIANCE_CURRENCY", ""),
        ("CODE_RESET", "weekly"),
        ("CODE_RESET", "Daily"),
        ("CODE_RESET", ""),
        ("BUSINESS_DAY_START", "25:00"),
        ("BUSINESS_DAY_START", "four"),
        ("BUSINESS_DAY_START", "4"),
        ("BUSINESS_DAY_START", "04:00+02:00"),
        ("BUSINESS_DAY_START", ""),
        ("SKIP_MINUTES", "0"),
        ("SKIP_MINUTES", "3.5"),
        ("STEP_OUT_MINUTES", "-1"),
        ("KEEP_ANSWERS_DAYS", "0"),
        ("KEEP_TICKETS_DAYS", "a year"),
        ("SELECTING_TIMEOUT_SECONDS", "0"),
        ("SELECTING_TIMEOUT_SECONDS", "-120"),
        ("SELECTING_TIMEOUT_SECONDS", "soon"),
        ("SELECTING_TIMEOUT_SECONDS", "120.5"),
        ("SELECTING_TIMEOUT_SECONDS", "1000000"),
        ("TRUSTED_PROXIES", "everybody"),
        ("TRUSTED_PROXIES", "127.0.0.1,everybody"),
        ("TRUSTED_PROXIES", "10.0.0.1/99"),
    ],
    ids=lambda part: part or "empty",
)
def test_a_wrong_value_stops_the_start_with_one_line_that_names_it(
    settings, name: str, value: str
) -> None:
    with pytest.raises(SettingsError) as stopped:
        settings(**{name: value})
    assert name in str(stopped.value)
    assert "\n" not in str(stopped.value)


def test_eventlet_is_refused_with_a_line_that_names_gevent(settings) -> None:
    with pytest.raises(SettingsError, match=r"SOCKETIO_ASYNC_MODE.*gevent"):
        settings(SOCKETIO_ASYNC_MODE="eventlet")


def test_a_wrong_database_url_is_not_repeated_since_it_holds_a_password(settings) -> None:
    for url in ("postgresql://u:hunter2@h/db", "u:hunter2@h", "mysql://u:hunter2@h:port/db"):
        with pytest.raises(SettingsError) as stopped:
            settings(DATABASE_URL=url)
        assert "hunter2" not in str(stopped.value)


# --- the default secret key -------------------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "appliance.local"])
def test_the_default_secret_is_refused_where_others_can_reach_the_server(
    settings, host: str
) -> None:
    with pytest.raises(SettingsError, match="FLASK_SECRET_KEY"):
        settings(APPLIANCE_HOST=host)


@pytest.mark.parametrize("spelled", ["dev-secret-key", " dev-secret-key\n"])
def test_the_default_secret_is_refused_even_when_somebody_wrote_it_down(
    settings, spelled: str
) -> None:
    with pytest.raises(SettingsError, match="FLASK_SECRET_KEY"):
        settings(APPLIANCE_HOST="0.0.0.0", FLASK_SECRET_KEY=spelled)


def test_the_default_secret_is_refused_behind_a_proxy(settings) -> None:
    """On loopback too: the proxy lets other machines in."""
    with pytest.raises(SettingsError, match=r"FLASK_SECRET_KEY.*TRUSTED_PROXIES"):
        settings(TRUSTED_PROXIES="127.0.0.1")
    assert settings(TRUSTED_PROXIES="127.0.0.1", FLASK_SECRET_KEY="mine").trusted_proxies


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_the_default_secret_is_good_enough_on_loopback(settings, host: str) -> None:
    assert settings(APPLIANCE_HOST=host).secret_key == "dev-secret-key"


def test_a_secret_of_ones_own_opens_every_host(settings) -> None:
    assert settings(APPLIANCE_HOST="0.0.0.0", FLASK_SECRET_KEY="mine").host == "0.0.0.0"


# --- secrets in files -------------------------------------------------------------------------


def _file(folder: Path, content: str) -> str:
    path = folder / "secret"
    path.write_text(content)
    return str(path)


def test_the_secret_key_may_come_from_a_file(settings, tmp_path: Path) -> None:
    found = settings(FLASK_SECRET_KEY_FILE=_file(tmp_path, "from a file\n"))
    assert found.secret_key == "from a file"


def test_the_password_may_come_from_a_file(settings, tmp_path: Path) -> None:
    found = settings(MYSQL_PASSWORD_FILE=_file(tmp_path, "from a file\n"))
    assert found.database_url.password == "from a file"


def test_a_passwords_own_blanks_are_kept(settings, tmp_path: Path) -> None:
    found = settings(MYSQL_PASSWORD_FILE=_file(tmp_path, " two  blanks \r\n"))
    assert found.database_url.password == " two  blanks "


def test_the_database_url_may_come_from_a_file(settings, tmp_path: Path) -> None:
    found = settings(DATABASE_URL_FILE=_file(tmp_path, "mysql://u:p@h/db\n"))
    assert (found.database_url.host, found.database_url.database) == ("h", "db")


def test_the_message_queues_address_may_come_from_a_file(settings, tmp_path: Path) -> None:
    found = settings(SOCKETIO_MESSAGE_QUEUE_FILE=_file(tmp_path, "redis://:p@h:6379/0\n"))
    assert found.message_queue == "redis://:p@h:6379/0"


@pytest.mark.parametrize("name", ["FLASK_SECRET_KEY_FILE", "MYSQL_PASSWORD_FILE"])
def test_a_secret_file_that_is_not_there_stops_the_start(settings, name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        settings(**{name: "/no/such/file"})


def test_a_secret_file_that_is_no_text_stops_the_start(settings, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="FLASK_SECRET_KEY"):
        settings(FLASK_SECRET_KEY_FILE=str(tmp_path / "secret"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("APPLIANCE_ACCENT", "green"),
        ("APPLIANCE_ACCENT", "#12345"),
        ("APPLIANCE_LOGO_FILE", "/nowhere/logo.svg"),
        ("APPLIANCE_LOGO_FILE", "/etc/hostname"),
        ("APPLIANCE_COLOR_SCHEME", "pink"),
        ("APPLIANCE_LANGUAGES", "en,xx"),
        ("APPLIANCE_LANGUAGES", ""),
        ("APPLIANCE_LANGUAGE", "xx"),
        ("APPLIANCE_SHOP_NAME", "  "),
        ("APPLIANCE_SHOP_NAME", "x" * 81),
        ("CLOSING_TIME", "8 pm"),
        ("BOARD_CLOCK", "perhaps"),
        ("KIOSK_PICTURE_AFTER_SECONDS", "-1"),
        ("KIOSK_PICTURE_AFTER_SECONDS", "soon"),
        ("BOARD_MESSAGE", "x" * 161),
        ("BOARD_PICTURE_FILE", "/nowhere/spa.jpg"),
        ("BOARD_PICTURE_FILE", "/nowhere/spa.svg"),
    ],
)
def test_a_wrong_look_or_language_is_named_in_one_line(settings, name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(**{name: value})
    assert name in str(refused.value)
    assert "\n" not in str(refused.value)
