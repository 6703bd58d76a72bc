"""Socket.IO events of people and screens: identify, parse, use case, answer."""

from __future__ import annotations

import contextlib
import functools
import logging
from typing import Any, Final

from flask import request, session
from flask_socketio import SocketIO, join_room
from socketio.exceptions import ConnectionRefusedError as Refused

from appliance.server.auth.identity import (
    Credential,
    Identity,
    from_request,
    identify,
    look_up,
    resolve,
)
from appliance.server.auth.journal import Journal
from appliance.server.auth.tokens import TOUCH_EVERY
from appliance.server.domain.errors import (
    AuthenticationRequired,
    DomainError,
    Forbidden,
    InvalidCredentials,
    NotFound,
    Unavailable,
    ValidationFailed,
)
from appliance.server.domain.security import CONNECTION_REFUSED, EVENT_REFUSED, NOBODY
from appliance.server.domain.states import Actor, Role
from appliance.server.edge.gate import server_of
from appliance.server.edge.json_limit import TooLarge
from appliance.server.edge.lines import ENVIRON_KEY, Line
from appliance.server.store.answers import Request
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.usecases.shop import Shop
from appliance.server.wire import serialize
from appliance.server.wire.errors import INTERNAL, refusal
from appliance.server.wire.parse import parse

from .broadcaster import Broadcaster, audiences
from .commands import COMMANDS, Command
from .connections import Connection, Connections

log = logging.getLogger(__name__)

_SCREEN_ROLES: Final = frozenset(Role) - {Role.PERIPHERALS, Role.SYSTEM}


def current_sid() -> str:
    """Socket.IO's id of the socket that the current event came from."""
    return str(request.sid)  # type: ignore[attr-defined]


class Handlers:
    """The events of the `/` namespace.

    Args:
        socketio: Where they come from.
        store: The database.
        shop: The shop's settings.
        broadcaster: Sends the results.
        connections: Knows the open sockets.
        journal: Told of what is refused and worth knowing.
    """

    def __init__(
        self,
        socketio: SocketIO,
        store: Store,
        shop: Shop,
        broadcaster: Broadcaster,
        connections: Connections,
        journal: Journal,
    ) -> None:
        self._server = server_of(socketio)
        self._journal = journal
        self._store = store
        self._shop = shop
        self._broadcaster = broadcaster
        self._connections = connections
        socketio.on_event("connect", self.connect)
        socketio.on_event("disconnect", self.disconnect)
        socketio.on_event("ping_time", self.ping_time)
        for command in COMMANDS:
            socketio.on_event(command.event, functools.partial(self.command, command))
        socketio.on_event("*", self.unknown)

    def connect(self, auth: Any = None) -> None:
        """Let a socket in: as somebody, as nobody, or not at all with a wrong credential."""
        # Anything but ConnectionRefusedError would leave the client hanging, and a TypeError would
        # make Flask-SocketIO call this again without `auth`.
        try:
            self._connect(auth)
        except DomainError as error:
            self._connections.remove(current_sid())
            note_refused_connection(self._journal, error)
            raise Refused(error.message, refusal(error)) from None
        except Exception:
            self._connections.remove(current_sid())
            log.exception("a socket could not be let in")
            raise Refused(INTERNAL["error"], INTERNAL) from None

    def _connect(self, auth: Any) -> None:
        identity = identify_socket(self._store, auth)
        role = identity.actor.role if identity else None
        if role is not None and role not in _SCREEN_ROLES:
            raise Forbidden("This device connects to another namespace.")
        connection = Connection(
            current_sid(),
            identity.credential if identity else None,
            identity.actor if identity else None,
            request.remote_addr,
        )
        if identity is not None:
            go_faster()
        self._connections.add(connection)
        if role is not None:
            # Joined before the greeting, so that no change falls between the two.
            for audience in audiences(role):
                join_room(audience)
            # Whoever was revoked since the first look was not yet known as a socket to be told.
            if connection.credential and resolve(self._store, connection.credential) is None:
                raise InvalidCredentials("Your log-in has ended. Please log in again.")
            self._broadcaster.greet(connection.sid, role)

    def disconnect(self, _reason: object = None) -> None:
        """A socket has closed."""
        self._connections.remove(current_sid())

    def ping_time(self, _payload: Any = None) -> dict[str, Any]:
        """A sign of life for screens that must notice a lost connection within seconds."""
        return {"ok": True, "now": serialize.iso(self._store.clock())}

    def unknown(self, event: str, *_payload: Any) -> dict[str, Any]:
        """An event that the protocol does not have."""
        return refusal(NotFound(f"There is no event {str(event)[:60]!r}."))

    def command(self, command: Command, *payload: Any) -> dict[str, Any]:
        """An event that changes something: answered by acknowledgement and by result event."""
        connection = self._connections.get(current_sid())
        result = self._run(command, connection, payload)
        if connection is not None and not result["ok"] and result["code"] != Unavailable.code:
            self._slide(connection)
        self._broadcaster.answer(current_sid(), command.result_event, result)
        return result

    def _slide(self, connection: Connection) -> None:
        # A refusal has rolled back its transaction, and with it the sliding of the token; but to
        # ask in vain is to use it too.
        now = self._store.clock()
        due = connection.used_at is None or now - connection.used_at >= TOUCH_EVERY
        if connection.credential is not None and due:
            connection.used_at = now
            with contextlib.suppress(DomainError):
                resolve(self._store, connection.credential)

    def _run(
        self, command: Command, connection: Connection | None, payload: tuple[Any, ...]
    ) -> dict[str, Any]:
        try:
            return self._perform(command, connection, payload)
        except DomainError as error:
            return refusal(error)
        except Exception:
            log.exception("%s failed", command.event)
            return INTERNAL

    def _perform(
        self, command: Command, connection: Connection | None, payload: tuple[Any, ...]
    ) -> dict[str, Any]:
        if connection is None or connection.credential is None or connection.actor is None:
            raise AuthenticationRequired
        if connection.actor.role not in command.roles:
            self._identify(connection)
            self._journal.note(EVENT_REFUSED, connection.actor, connection.address, command.event)
            raise Forbidden(f"A {connection.actor.role} may not do this.")
        asked = parse(only_argument(payload), command.shape)
        name = (
            Request(connection.actor, asked.request_id, command.event)
            if asked.request_id is not None
            else None
        )
        credential = connection.credential
        try:
            return self._store.answer(
                lambda unit: _who(unit, credential),
                lambda unit, actor: command.run(unit, self._shop, actor, asked),
                refusal,
                name,
            )
        except AuthenticationRequired:
            self._journal.note(EVENT_REFUSED, connection.actor, connection.address, command.event)
            self.end(connection)
            raise

    def _identify(self, connection: Connection) -> None:
        credential = connection.credential
        if credential is not None and resolve(self._store, credential) is None:
            self.end(connection)
            raise AuthenticationRequired

    def end(self, connection: Connection) -> None:
        """Tell a socket that its identity has died, and turn it into nobody's."""
        self._connections.remove(connection.sid)
        self._connections.add(Connection(connection.sid, None, None))
        if connection.actor is not None:
            for audience in audiences(connection.actor.role):
                # Without Flask's context: whoever watches the database calls this too.
                self._server.leave_room(connection.sid, audience, namespace="/")
        self._broadcaster.identity_died(connection.sid)

    def revoke(self, actor_key: str | None) -> None:
        """Look at an actor's sockets, or at all: those whose credential has died are ended."""
        try:
            dead = self._connections.dead(self._store, actor_key)
        except DomainError:
            return  # Every event looks again anyway.
        for connection in dead:
            self.end(connection)


def _who(unit: UnitOfWork, credential: Credential) -> Actor:
    identity = look_up(unit, credential)
    if identity is None:
        raise AuthenticationRequired
    return identity.actor


def note_refused_connection(journal: Journal, error: DomainError) -> None:
    """Remember a socket that was not let in; one that just had no credential is nothing."""
    if isinstance(error, InvalidCredentials | Forbidden):
        journal.note(CONNECTION_REFUSED, NOBODY, request.remote_addr, error.code)


def go_faster() -> None:
    """The current socket has said who it is: its line may send faster than a stranger's."""
    line = request.environ.get(ENVIRON_KEY)
    if isinstance(line, Line):
        line.identified()


def only_argument(payload: tuple[Any, ...]) -> Any:
    """The one argument of an event.

    Raises:
        ValidationFailed: There are more, or it is too large.
    """
    if len(payload) > 1:
        raise ValidationFailed("An event takes one JSON object.")
    argument = payload[0] if payload else None
    if isinstance(argument, TooLarge):
        raise ValidationFailed("The request is too large.")
    return argument


def identify_socket(store: Store, auth: Any) -> Identity | None:
    """Who opens a socket; None for nobody.

    Args:
        store: The database.
        auth: What Socket.IO carried beside the handshake: `token`, `device_token`, and `as`, the
            role that a page of a browser with several identities wants to be.

    Raises:
        ValidationFailed: `auth` has a strange shape.
        InvalidCredentials: A credential was given, and it is not good.
    """
    if auth is None:
        auth = {}
    if not isinstance(auth, dict):
        raise ValidationFailed("auth must be a JSON object.")
    values = {key: auth.get(key) for key in ("token", "device_token", "as")}
    if any(value is not None and not isinstance(value, str) for value in values.values()):
        raise ValidationFailed("auth must hold strings.")
    explicit: list[Credential] = []
    if values["token"]:
        explicit.append(Credential("auth", values["token"]))
    if values["device_token"]:
        explicit.append(Credential("device", values["device_token"]))
    wanted = [role for role in Role if role.value == values["as"]] if values["as"] else None
    credentials = explicit or from_request(request, session, query=True)
    return identify(store, credentials, wanted)
