"""The `/peripherals` namespace: the peripherals daemons."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from appliance.protocol import PERIPHERALS_NAMESPACE
from appliance.server.domain.errors import DomainError, Forbidden
from appliance.server.domain.states import Actor
from appliance.server.usecases import daemons
from appliance.server.wire import parse
from appliance.words import N_

from .connections import Connection
from .emitting import DAEMONS, room_channel
from .namespace import House, Namespace
from .relay import Relay

log = logging.getLogger(__name__)


class Devices(Namespace):
    """Daemons with printers, call buttons and lamps.

    Args:
        house: What it works with.
        simulator: Whether to relay between a simulator's page and its daemon.
    """

    another_door = N_("Only a peripherals device may connect here.")

    def __init__(self, house: House, *, simulator: bool) -> None:
        super().__init__(PERIPHERALS_NAMESPACE, house)
        self._relay = (
            Relay(house.socketio, house.broadcaster, self.connections) if simulator else None
        )

    def rooms_of(self, actor: Actor) -> Iterable[str]:  # noqa: ARG002
        """Those who are told of paper."""
        return [DAEMONS]

    def before(self, sid: str, actor: Actor, asked: parse.Payload) -> None:
        """A treatment room belongs to one device.

        Raises:
            Forbidden: Another device has it.
        """
        match asked:
            case parse.Hello():
                self._take_rooms(sid, actor, asked.rooms)
            case parse.Button():
                self._refuse_room_of_another(actor, asked.room_number)

    def after(self, sid: str, asked: parse.Payload, answer: dict[str, Any]) -> None:
        """Look whether the lamps that an answer has named still show that.

        It is after the commit: what is looked at from now on is not older than the answer.
        """
        match asked:
            case parse.Hello():
                connection = self.connections.get(sid)
                if connection is not None:
                    connection.introduced = True
                self._broadcaster.lamps_told(answer["lamps"].items())
            case parse.Button() if answer["lamp"]:
                self._broadcaster.lamps_told([(asked.room_number, answer["lamp"])])

    def _take_rooms(self, sid: str, daemon: Actor, numbers: Sequence[str]) -> None:
        for number in numbers:
            self._refuse_room_of_another(daemon, number)
        # Joined before the database is asked, so that no change falls between the two.
        for number in numbers:
            self.join(sid, room_channel(number))

    def _refuse_room_of_another(self, daemon: Actor, number: str) -> None:
        """A room belongs to the device that introduced it, for as long as that is connected.

        Raises:
            Forbidden: Another device has it.
        """
        channel = room_channel(number)
        members = self._server.manager.get_participants(self.name, channel)
        for sid, _ in list(members):
            connection = self.connections.get(sid)
            if connection and connection.actor and connection.actor.key != daemon.key:
                # Two machines with this room in their peripherals.toml: for the technician.
                raise Forbidden(f"Room {number} belongs to the device {connection.actor.name}.")

    def left(self, actor: Actor | None) -> None:
        """A daemon is gone: its printers cannot be reached."""
        if self._relay is not None and len(self.connections) == 0:
            self._relay.daemon_away()
        if actor is None or self.connections.of_actor(actor.key):
            return
        try:
            self._store.run(lambda unit: daemons.leave(unit, actor))
        except DomainError as error:
            log.warning("device %s left: %s", actor.name, error.message)

    def revoke(self, actor_key: str | None) -> None:
        """End the sockets of daemons whose token has died; with None, look at all."""
        super().revoke(actor_key)
        try:
            away = self._put_down_as_away() if actor_key is None else []
        except DomainError:
            return  # The next look at the database covers this too.
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
        """End the line below, as a broken cable does: the daemon reconnects by itself."""
        line = self._server.manager.eio_sid_from_sid(sid, self.name)
        if line is not None:
            self._server.eio.disconnect(line)
