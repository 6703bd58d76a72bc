"""Who is connected to this process."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from appliance.server.auth.identity import Credential
from appliance.server.domain.states import Actor


@dataclass(frozen=True, slots=True)
class Connection:
    """An open socket.

    Attributes:
        sid: Socket.IO's id of it.
        credential: What it said who it is with; None for nobody.
        actor: Who that was when it connected.
    """

    sid: str
    credential: Credential | None
    actor: Actor | None


class Connections:
    """The open sockets of one namespace."""

    def __init__(self) -> None:
        self._by_sid: dict[str, Connection] = {}
        self._by_actor: defaultdict[str, set[str]] = defaultdict(set)

    def add(self, connection: Connection) -> None:
        """A socket has opened."""
        self._by_sid[connection.sid] = connection
        if connection.actor is not None:
            self._by_actor[connection.actor.key].add(connection.sid)

    def remove(self, sid: str) -> Connection | None:
        """A socket has closed."""
        connection = self._by_sid.pop(sid, None)
        if connection is not None and connection.actor is not None:
            siblings = self._by_actor[connection.actor.key]
            siblings.discard(sid)
            if not siblings:
                del self._by_actor[connection.actor.key]
        return connection

    def get(self, sid: str) -> Connection | None:
        """The socket with this id."""
        return self._by_sid.get(sid)

    def of_actor(self, key: str) -> list[Connection]:
        """The open sockets of an actor, by the actor's key."""
        return [self._by_sid[sid] for sid in self._by_actor.get(key, ())]

    def all(self) -> list[Connection]:
        """Every open socket."""
        return list(self._by_sid.values())

    def __len__(self) -> int:
        return len(self._by_sid)
