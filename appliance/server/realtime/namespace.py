"""One namespace of Socket.IO: it lets sockets in, runs the table's events, and ends identities."""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from flask import request, session
from flask_socketio import SocketIO
from socketio.exceptions import ConnectionRefusedError as Refused

from appliance.server import events
from appliance.server.auth.approvals import Approvals
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
from appliance.server.events import EventRow
from appliance.server.store.answers import Request
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.usecases.shop import Shop
from appliance.server.usecases.till.approvals import Approver
from appliance.server.wire import parse
from appliance.server.wire.answers import body
from appliance.server.wire.errors import INTERNAL, refusal

from .broadcaster import Broadcaster
from .connections import Connection, Connections

log = logging.getLogger(__name__)

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class House:
    """What every namespace works with.

    Attributes:
        socketio: Where events come from.
        store: The database.
        shop: The shop's settings.
        broadcaster: Sends the results.
        journal: Told of what is refused and worth knowing.
        approvals: Checks managers' PINs.
    """

    socketio: SocketIO
    store: Store
    shop: Shop
    broadcaster: Broadcaster
    journal: Journal
    approvals: Approvals


@dataclass(frozen=True, slots=True)
class _Who:
    """Somebody whose socket is open and who was identified when it opened."""

    actor: Actor
    credential: Credential
    address: str | None


class Namespace:
    """The events of one namespace: identify, parse, use case, answer.

    Subclasses say what is different in theirs by the methods under "what differs".

    Args:
        name: The namespace's.
        house: What it works with.

    Attributes:
        connections: The open sockets.
    """

    another_door: str
    """What somebody is told whose role has nothing to say or to hear here."""

    def __init__(self, name: str, house: House) -> None:
        self.name: Final = name
        self.connections = Connections()
        self._store = house.store
        self._shop = house.shop
        self._broadcaster = house.broadcaster
        self._journal = house.journal
        self._approvals = house.approvals
        self._server = server_of(house.socketio)
        self._roles = events.who_may_come(name)
        self._open = events.is_open(name)
        # A handshake is a request with cookies, and Flask reads it. What comes over an open socket
        # is none: to make one of each event would cost a claim a tenth of its time.
        house.socketio.on_event("connect", self.connect, namespace=name)
        on_event = functools.partial(self._server.on, namespace=name)
        on_event("disconnect", self.disconnect)
        for row in events.of_namespace(name):
            on_event(row.event, functools.partial(self.event, row, row.binding()))
        on_event("*", self.unknown)

    # --- what differs -------------------------------------------------------------------------

    def rooms_of(self, actor: Actor) -> Iterable[str]:
        """The Socket.IO rooms that somebody is in from the beginning."""
        raise NotImplementedError

    def greet(self, sid: str, actor: Actor) -> None:
        """Tell somebody who has just come what they have to know at once."""

    def before(self, sid: str, actor: Actor, asked: parse.Payload) -> None:
        """Do what an event needs of this process before the database is asked.

        Raises:
            DomainError: It cannot be done.
        """

    def after(self, sid: str, asked: parse.Payload, answer: Answer) -> None:
        """Do what an event that went well needs of this process, after the commit."""

    def left(self, actor: Actor | None) -> None:
        """A socket has closed, or is nobody's any more."""

    # --- coming and going ---------------------------------------------------------------------

    def connect(self, auth: Any = None) -> None:
        """Let a socket in: as somebody, as nobody, or not at all with a wrong credential."""
        # Anything but ConnectionRefusedError would leave the client hanging, and a TypeError would
        # make Flask-SocketIO call this again without `auth`.
        try:
            self._connect(auth)
        except DomainError as error:
            self.connections.remove(current_sid())
            if isinstance(error, InvalidCredentials | Forbidden):
                # One that just had no credential is nothing worth remembering.
                self._journal.note(CONNECTION_REFUSED, NOBODY, request.remote_addr, error.code)
            raise Refused(error.message, refusal(error)) from None
        except Exception:
            self.connections.remove(current_sid())
            log.exception("a socket could not be let in to %s", self.name)
            raise Refused(INTERNAL["error"], INTERNAL) from None

    def _connect(self, auth: Any) -> None:
        identity = identify_socket(self._store, auth)
        sid, address = current_sid(), request.remote_addr
        if identity is None:
            if not self._open:
                raise AuthenticationRequired
            self.connections.add(Connection(sid, None, None, address))
            return
        actor = identity.actor
        if actor.role not in self._roles:
            raise Forbidden(self.another_door)
        go_faster()
        self.connections.add(Connection(sid, identity.credential, actor, address))
        # Joined before the greeting, so that no change falls between the two.
        for room in self.rooms_of(actor):
            self.join(sid, room)
        # Who was revoked since the first look was not yet known as a socket to be told.
        if resolve(self._store, identity.credential) is None:
            raise InvalidCredentials("Your log-in has ended. Please log in again.")
        self.greet(sid, actor)

    def join(self, sid: str, room: str) -> None:
        """Put a socket into a Socket.IO room."""
        self._server.enter_room(sid, room, namespace=self.name)

    def disconnect(self, sid: str, _reason: object = None) -> None:
        """A socket has closed."""
        connection = self.connections.remove(sid)
        self.left(connection.actor if connection else None)

    def end(self, connection: Connection) -> None:
        """Tell a socket that its identity has died, and turn it into nobody's."""
        if self.connections.get(connection.sid) is not connection:
            return  # It has closed meanwhile, or somebody else was faster.
        self.connections.remove(connection.sid)
        if self._open:
            self.connections.add(Connection(connection.sid, None, None))
        for room in self._server.rooms(connection.sid, self.name):
            if room != connection.sid:
                self._server.leave_room(connection.sid, room, namespace=self.name)
        self._broadcaster.identity_died(connection.sid, self.name)
        self.left(connection.actor)

    def revoke(self, actor_key: str | None) -> None:
        """Look at an actor's sockets, or at all: those whose credential has died are ended."""
        try:
            dead = self.connections.dead(self._store, actor_key)
        except DomainError:
            return  # Every event looks again anyway.
        for connection in dead:
            self.end(connection)

    # --- events -------------------------------------------------------------------------------

    def unknown(self, event: str, _sid: str, *_payload: Any) -> Answer:
        """An event that the protocol does not have."""
        return refusal(NotFound(f"There is no event {str(event)[:60]!r}."))

    def event(self, row: EventRow[Any], binding: dict[str, str], sid: str, *payload: Any) -> Answer:
        """One of the table's events: answered by acknowledgement, and by result event."""
        connection = self.connections.get(sid)
        result = self._run(row, binding, sid, connection, payload)
        if connection is not None and not result["ok"] and result["code"] != Unavailable.code:
            self._slide(connection)
        if row.result_event is not None:
            self._broadcaster.answer(sid, row.result_event, result, self.name)
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
        self,
        row: EventRow[Any],
        binding: dict[str, str],
        sid: str,
        connection: Connection | None,
        payload: tuple[Any, ...],
    ) -> Answer:
        try:
            who = self._who(row, connection)
            if row.use_case is None or who is None:
                return body(row.answer(self._store.clock()))
            asked = parse.parse(only_argument(payload), row.payload)
            self.before(sid, who.actor, asked)
            approver = self._approved(who, asked)
            result = self._perform(row, binding, who, asked, approver)
        except DomainError as error:
            if isinstance(error, AuthenticationRequired) and connection and connection.actor:
                self._note(connection, row)
                self.end(connection)
            return refusal(error)
        except Exception:
            log.exception("%s failed", row.event)
            return INTERNAL
        if result["ok"]:
            self.after(sid, asked, result)
        return result

    def _who(self, row: EventRow[Any], connection: Connection | None) -> _Who | None:
        """Who sends an event, as far as the process knows.

        Returns:
            None where anybody may.
        """
        if not row.roles:
            return None
        if connection is None or connection.credential is None or connection.actor is None:
            raise AuthenticationRequired
        if connection.actor.role not in row.roles:
            if resolve(self._store, connection.credential) is None:
                raise AuthenticationRequired
            self._note(connection, row)
            raise Forbidden(f"A {connection.actor.role} may not do this.")
        return _Who(connection.actor, connection.credential, connection.address)

    def _note(self, connection: Connection, row: EventRow[Any]) -> None:
        if connection.actor is not None:
            self._journal.note(EVENT_REFUSED, connection.actor, connection.address, row.event)

    def _approved(self, who: _Who, asked: parse.Payload) -> Approver | None:
        """The manager whose PIN came with an event; a PIN is hashed before any row is locked."""
        approval = getattr(asked, "approval", None)
        if not isinstance(approval, parse.Approval):
            return None
        return self._approvals.approve(approval.username, approval.pin, who.actor, who.address)

    def _perform(
        self,
        row: EventRow[Any],
        binding: dict[str, str],
        who: _Who,
        asked: parse.Payload,
        approver: Approver | None,
    ) -> Answer:
        use_case = row.use_case
        assert use_case is not None  # noqa: S101 — `_run` has looked
        request_id = asked.request_id if isinstance(asked, parse.Command) else None

        def work(unit: UnitOfWork, actor: Actor) -> Answer:
            context = {"unit": unit, "shop": self._shop, "actor": actor, "approver": approver}
            given = {name: context[what] for name, what in binding.items()}
            result = use_case(**given, **asked.arguments())
            if isinstance(result, DomainError):
                return refusal(result)
            return body(row.answer(result))

        return self._store.answer(
            lambda unit: _identified(unit, who.credential),
            work,
            refusal,
            Request(who.actor, request_id, row.event, parse.digest(asked))
            if request_id is not None
            else None,
        )


def current_sid() -> str:
    """Socket.IO's id of the socket whose handshake Flask is reading."""
    return str(request.sid)  # type: ignore[attr-defined]


def _identified(unit: UnitOfWork, credential: Credential) -> Actor:
    identity = look_up(unit, credential)
    if identity is None:
        raise AuthenticationRequired
    return identity.actor


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
