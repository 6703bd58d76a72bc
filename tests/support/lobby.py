"""A running server with a spa in its database, and the people and devices who come to it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from sqlalchemy import select

from appliance.server.store.db import Database
from appliance.server.store.models import Base
from tests.support.clients import Client, Http, Json
from tests.support.server import ServerProcess
from tests.support.spa import PASSWORD, Spa

ROLES = {
    "ana": "therapist",
    "ben": "therapist",
    "eva": "cashier",
    "felix": "cashier",
    "gloria": "manager",
}
"""The people of `open_spa`. Its devices are the kiosks `door` and `pool`, the display `lobby`,
and the peripherals daemon `pi`."""

_COMES_AND_GOES = {"stored_results", "auth_tokens"}


class Lobby:
    """Where people and devices come in.

    Args:
        server: Running.
        spa: Who and what is in its database.
        database: For looking at what the server has written.
    """

    def __init__(self, server: ServerProcess, spa: Spa, database: Database) -> None:
        self.server = server
        self.spa = spa
        self.database = database
        self.base_url = server.base_url
        self._open = ExitStack()

    def leave(self) -> None:
        """Everybody who has come goes."""
        self._open.close()

    def http(self, token: str | None = None) -> Http:
        """A browser or a program; with a token in every request where one is given."""
        session = self._open.enter_context(Http(self.base_url))
        if token is not None:
            session.headers["Authorization"] = f"Bearer {token}"
        return session

    def log_in(self, username: str, session: Http | None = None) -> Json:
        """Log somebody in and return the answer."""
        browser = session or self.http()
        answer = browser.post(
            f"/{ROLES[username]}/login", json={"username": username, "password": PASSWORD}
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def token(self, username: str) -> str:
        """Log somebody in and return the token."""
        return str(self.log_in(username)["token"])

    def connect(self, auth: Any = None, **options: Any) -> Client:
        """Open a socket, as nobody unless `auth` or the options say who."""
        return self._open.enter_context(Client(self.base_url, auth, **options))

    def person(self, username: str, **options: Any) -> Client:
        """Somebody of the staff, logged in and connected."""
        return self.connect({"token": self.token(username)}, **options)

    def device(self, name: str, **options: Any) -> Client:
        """A device, connected."""
        return self.connect({"device_token": self.spa.device_tokens[name]}, **options)

    def daemon(self) -> Client:
        """The peripherals daemon, connected."""
        return self.device("pi", namespace="/peripherals")

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table, but for what any request may leave behind."""
        with self.database.engine.connect() as connection:
            return {
                name: [tuple(row) for row in connection.execute(select(table))]
                for name, table in Base.metadata.tables.items()
                if name not in _COMES_AND_GOES
            }
