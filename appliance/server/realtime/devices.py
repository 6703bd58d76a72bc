"""Socket.IO events of the peripherals daemons."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from flask import request
from flask_socketio import SocketIO, join_room
from socketio.exceptions import ConnectionRefusedError as Refused

from appliance.protocol import PERIPHERALS_NAMESPACE, DeviceEvent
from appliance.server.auth.identity import Credential, Identity, look_up, resolve
from appliance.server.auth.journal import Journal
from appliance.server.domain.errors import (
    AuthenticationRequired,
    DomainError,
    Forbidden,
    InvalidCredentials,
    NotFound,
)
from appliance.server.domain.security import EVENT_REFUSED
from appliance.server.domain.states import Actor, Role
from appliance.server.edge.gate import server_of
from appliance.server.store import queries
from appliance.server.store.answers import Request
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.usecases import daemons, papers, rooms
from appliance.server.usecases.shop import Shop
from appliance.server.wire import parse, serialize
from appliance.server.wire.errors import INTERNAL, refusal
from appliance.server.wire.snapshots import lamps

from .broadcaster import DAEMONS, Broadcaster, room_channel
from .connections import Connection, Connections
from .handlers import (
    current_sid,
    go_faster,
    identify_socket,
    note_refused_connection,
    only_argument,
)
from .relay import Relay

log = logging.getLogger(__name__)

Answer = dict[str, Any]


class DaemonConnection(NamedTuple):
    """Who a daemon's socket belongs to."""

    actor: Actor
    credential: Credential


class DeviceHandlers:
    """The events of the `/peripherals` namespace.

    Args:
        socketio: Where they come from.
        store: The database.
        shop: The shop's settings.
        broadcaster: Carries the simulator's messages.
        journal: Told of what is refused and worth knowing.
        simulator: Whether to relay between a simulator's page and its daemon.
    """

    def __init__(
        self,
        socketio: SocketIO,
        store: Store,
        shop: Shop,
        broadcaster: Broadcaster,
        journal: Journal,
        *,
        simulator: bool,
    ) -> None:
        self._server = server_of(socketio)
        self._journal = journal
        self._broadcaster = broadcaster
        self._store = store
        self._shop = shop
        self.connections = Connections()
        events: dict[str, Callable[[UnitOfWork, Actor, Any], Answer]] = {
            DeviceEvent.PRINT_LEASE: self.print_lease,
            DeviceEvent.PRINT_DONE: self.print_done,
            DeviceEvent.PRINT_FAILED: self.print_failed,
            DeviceEvent.PRINTER_STATUS: self.printer_status,
        }
        namespace = PERIPHERALS_NAMESPACE
        socketio.on_event("connect", self.connect, namespace=namespace)
        socketio.on_event("disconnect", self.disconnect, namespace=namespace)
        socketio.on_event(DeviceEvent.HELLO, self.hello, namespace=namespace)
        socketio.on_event(DeviceEvent.BUTTON, self.button, namespace=namespace)
        socketio.on_event(DeviceEvent.PING_TIME, self.ping_time, namespace=namespace)
        for event, work in events.items():
            socketio.on_event(event, partial(self._answer, event, work), namespace=namespace)
        socketio.on_event("*", self.unknown, namespace=namespace)
        self._relay = Relay(socketio, broadcaster, self.connections) if simulator else None

    def connect(self, auth: Any = None) -> None:
        """Let a peripherals daemon in, and nobody else."""
        # See Handlers.connect: only ConnectionRefusedError may leave this method.
        try:
            self._connect(auth)
        except DomainError as error:
            self.connections.remove(current_sid())
            note_refused_connection(self._journal, error)
            raise Refused(error.message, refusal(error)) from None
        except Exception:
            self.connections.remove(current_sid())
            log.exception("a device could not be let in")
            raise Refused(INTERNAL["error"], INTERNAL) from None

    def _connect(self, auth: Any) -> None:
        identity = _peripherals_only(identify_socket(self._store, auth))
        self.connections.add(
            Connection(current_sid(), identity.credential, identity.actor, request.remote_addr)
        )
        join_room(DAEMONS)
        # See Handlers: the revocation may have come between the look and the joining.
        if resolve(self._store, identity.credential) is None:
            raise InvalidCredentials("This device's token is not valid any more.")
        go_faster()

    def disconnect(self, _reason: object = None) -> None:
        """A daemon is gone: its printers cannot be reached."""
        self._gone(current_sid())

    def revoke(self, actor_key: str | None) -> None:
        """End the sockets of daemons whose token has died; with None, look at all."""
        try:
            dead = self.connections.dead(self._store, actor_key)
            away = self._put_down_as_away() if actor_key is None else []
        except DomainError:
            return  # Every event looks again anyway.
        for connection in dead:
            self._end(connection.sid)
        for connection in away:
            log.info("device %s is asked to introduce itself again", connection.sid)
            self._cut(connection.sid)

    def _put_down_as_away(self) -> list[Connection]:
        here = {
            connection.actor.id: connection
            for connection in self.connections.all()
            # Before its introduction a daemon is away in the database for good reason.
            if connection.introduced and connection.actor and connection.actor.id is not None
        }
        away = self._store.run(lambda unit: daemons.put_down_as_away(unit, set(here)))
        return [here[device_id] for device_id in away]

    def _cut(self, sid: str) -> None:
        """End the line below, as a broken cable does: the daemon connects anew by itself."""
        line = self._server.manager.eio_sid_from_sid(sid, PERIPHERALS_NAMESPACE)
        if line is not None:
            self._server.eio.disconnect(line)

    def _end(self, sid: str) -> None:
        namespace = PERIPHERALS_NAMESPACE
        for room in self._server.rooms(sid, namespace):
            if room != sid:
                self._server.leave_room(sid, room, namespace)
        self._broadcaster.identity_died(sid, PERIPHERALS_NAMESPACE)
        self._gone(sid)

    def _gone(self, sid: str) -> None:
        connection = self.connections.remove(sid)
        if self._relay is not None and len(self.connections) == 0:
            self._relay.daemon_away()
        actor = connection.actor if connection else None
        if actor is None or self.connections.of_actor(actor.key):
            return
        try:
            self._store.run(lambda unit: daemons.leave(unit, actor))
        except DomainError as error:
            log.warning("device %s left: %s", actor.name, error.message)

    def unknown(self, event: str, *_payload: Any) -> Answer:
        """An event that the protocol does not have."""
        return refusal(NotFound(f"There is no event {str(event)[:60]!r}."))

    def hello(self, *arguments: Any) -> Answer:
        """A daemon introduces itself and learns its lamps."""
        answer = self._answer(DeviceEvent.HELLO, self._introduce, *arguments)
        connection = self.connections.get(current_sid())
        if answer["ok"] and connection is not None:
            connection.introduced = True
        return answer

    def _introduce(self, unit: UnitOfWork, daemon: Actor, payload: Any) -> Answer:
        asked = parse.parse(payload, parse.Hello)
        for number in asked.rooms:
            self._refuse_room_of_another(daemon, number)
        printers = [
            daemons.Introduced(entry.name, entry.roles, entry.fallback_roles)
            if isinstance(entry, parse.HelloPrinter)
            else daemons.Introduced(entry, [])
            for entry in asked.printers
        ]
        daemons.introduce(unit, daemon, printers, asked.leases)
        # Joined before the look, so that no change falls between the two.
        for number in asked.rooms:
            join_room(room_channel(number))
        patterns = lamps(unit.session)
        counts = queries.devices(unit.session).jobs_waiting
        shown = {number: patterns.get(number, "off") for number in asked.rooms}
        self._broadcaster.lamps_told(shown.items())
        return {
            "ok": True,
            "lamps": shown,
            "jobs_waiting": serialize.jobs_waiting(counts),
        }

    def ping_time(self, _payload: Any = None) -> Answer:
        """A sign of life, for a daemon whose cable somebody has pulled; asks no database."""
        try:
            self._connection()
        except DomainError as error:
            return refusal(error)
        return {"ok": True, "now": serialize.iso(self._store.clock())}

    def button(self, *arguments: Any) -> Answer:
        """A finger on a call button; answered with what the lamp shows now."""
        try:
            connection = self._connection()
            asked = parse.parse(only_argument(arguments), parse.Button)
            self._refuse_room_of_another(connection.actor, asked.room_number)
            answer = self._store.answer(
                lambda unit: self._daemon(unit, connection),
                lambda unit, _: self._gesture(unit, asked),
                refusal,
                Request(connection.actor, asked.request_id, DeviceEvent.BUTTON),
            )
        except DomainError as error:
            return self._refused(error, DeviceEvent.BUTTON)
        except Exception:
            log.exception("a button press failed")
            return INTERNAL
        # After the commit: what is looked at from now on is not older than the answer.
        if answer.get("lamp"):
            self._broadcaster.lamps_told([(asked.room_number, answer["lamp"])])
        return answer

    def _gesture(self, unit: UnitOfWork, asked: parse.Button) -> Answer:
        rooms.gesture(unit, self._shop, asked.room_number, asked.gesture, asked.pressed_at)
        unit.session.flush()
        patterns = lamps(unit.session)
        return {"ok": True, "lamp": patterns.get(asked.room_number)}

    def print_lease(self, unit: UnitOfWork, _: Actor, payload: Any) -> Answer:
        """A printer asks for work."""
        asked = parse.parse(payload, parse.PrintLease)
        job = papers.lease(unit, asked.printer, asked.roles)
        return {"ok": True, "job": serialize.leased_job(job) if job else None}

    def print_done(self, unit: UnitOfWork, _: Actor, payload: Any) -> Answer:
        """Paper came out."""
        asked = parse.parse(payload, parse.PrintDone)
        papers.done(unit, asked.id, asked.lease)
        return {"ok": True}

    def print_failed(self, unit: UnitOfWork, _: Actor, payload: Any) -> Answer:
        """No paper came out, or nobody knows."""
        asked = parse.parse(payload, parse.PrintFailed)
        reason = asked.reason or "no reason given"
        papers.failed(
            unit,
            asked.id,
            asked.lease,
            reason,
            maybe=asked.maybe_printed,
            put_off=asked.put_off,
        )
        return {"ok": True}

    def printer_status(self, unit: UnitOfWork, daemon: Actor, payload: Any) -> Answer:
        """A printer's state has changed."""
        asked = parse.parse(payload, parse.Status)
        daemons.note_status(
            unit,
            daemon,
            asked.printer,
            online=asked.online,
            paper=asked.paper,
            cover_open=asked.cover_open,
            error=asked.error,
        )
        return {"ok": True}

    def _answer(
        self, event: str, work: Callable[[UnitOfWork, Actor, Any], Answer], *arguments: Any
    ) -> Answer:
        try:
            connection = self._connection()
            payload = only_argument(arguments)
            return self._store.answer(
                lambda unit: self._daemon(unit, connection),
                lambda unit, actor: work(unit, actor, payload),
                refusal,
            )
        except DomainError as error:
            return self._refused(error, event)
        except Exception:
            log.exception("%s failed", event)
            return INTERNAL

    def _refuse_room_of_another(self, daemon: Actor, number: str) -> None:
        """A room belongs to the device that introduced it, for as long as that is connected.

        Raises:
            Forbidden: Another device has it.
        """
        channel = room_channel(number)
        members = self._server.manager.get_participants(PERIPHERALS_NAMESPACE, channel)
        for sid, _ in list(members):
            connection = self.connections.get(sid)
            if connection and connection.actor and connection.actor.key != daemon.key:
                # Two machines with this room in their peripherals.toml: for the technician.
                raise Forbidden(f"Room {number} belongs to the device {connection.actor.name}.")

    def _connection(self) -> DaemonConnection:
        connection = self.connections.get(current_sid())
        if connection is None or connection.credential is None or connection.actor is None:
            raise AuthenticationRequired
        return DaemonConnection(connection.actor, connection.credential)

    def _daemon(self, unit: UnitOfWork, connection: DaemonConnection) -> Actor:
        identity = look_up(unit, connection.credential)
        if identity is None:
            raise AuthenticationRequired
        return identity.actor

    def _refused(self, error: DomainError, event: str) -> Answer:
        connection = self.connections.get(current_sid())
        if isinstance(error, AuthenticationRequired) and connection and connection.actor:
            self._journal.note(EVENT_REFUSED, connection.actor, connection.address, event)
            self._end(connection.sid)
        return refusal(error)


def _peripherals_only(identity: Identity | None) -> Identity:
    if identity is None:
        raise AuthenticationRequired
    if identity.actor.role is not Role.PERIPHERALS:
        raise Forbidden("Only a peripherals device may connect here.")
    return identity
