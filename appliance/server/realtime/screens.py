"""The `/` namespace: people and screens."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.server.domain.states import Actor
from appliance.server.events import SCREENS, watched_by
from appliance.words import N_

from .namespace import House, Namespace


class Screens(Namespace):
    """Staff's pages, kiosks, lobby boards, and those who have not said who they are."""

    another_door = N_("This device connects to another namespace.")

    def __init__(self, house: House) -> None:
        super().__init__(SCREENS, house)

    def rooms_of(self, actor: Actor) -> Iterable[str]:
        """One for each push that somebody with this role watches."""
        return [push.event for push in watched_by(actor.role)]

    def greet(self, sid: str, actor: Actor) -> None:
        """Send the present snapshots."""
        self._broadcaster.greet(sid, actor.role)
