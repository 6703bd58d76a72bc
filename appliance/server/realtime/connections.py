"""Who is connected to this process."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from appliance.server.auth import tokens
from appliance.server.auth.identity import Credential
from appliance.server.domain.security import token_digest
from appliance.server.domain.states import Actor
from appliance.server.store.unit_of_work import Store

_AT_ONCE: Final = 500


@dataclass(slots=True)
class Connection:
    """An open socket.

    Attributes:
        sid: Socket.IO's id of it.
        credential: What it said who it is with; None for nobody.
        actor: Who that was when it connected.
        address: Where it is.
        used_at: When its token was last slid although what it asked for was refused.
        introduced: For a peripherals daemon: whether it has said which printers it has.
    """

    sid: str
    credential: Credential | None
    actor: Actor | None
    address: str | None = None
    used_at: datetime | None = None
    introduced: bool = False


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

    def dead(self, store: Store, actor_key: str | None) -> list[Connection]:
        """The open sockets whose credential is no longer good.

        Args:
            store: To look into, in one transaction however many they are.
            actor_key: Whose sockets to look at; None for everybody's.

        Raises:
            DomainError: The database does not answer.
        """
        found = self.all() if actor_key is None else self.of_actor(actor_key)
        digests = {
            connection.sid: token_digest(connection.credential.token)
            for connection in found
            if connection.credential is not None
        }
        if not digests:
            return []
        asked = list(set(digests.values()))
        alive = store.run(
            lambda unit: {
                digest
                for start in range(0, len(asked), _AT_ONCE)
                for digest in tokens.alive(unit, asked[start : start + _AT_ONCE])
            }
        )
        return [
            connection
            for connection in found
            if connection.sid in digests and digests[connection.sid] not in alive
        ]

    def __len__(self) -> int:
        return len(self._by_sid)
