"""The simulator's relay: what its page shows and does goes through the server to its daemon."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_socketio import SocketIO

from appliance.protocol import PERIPHERALS_NAMESPACE, SIMULATOR_NAMESPACE, DeviceEvent
from appliance.server.domain.errors import AuthenticationRequired
from appliance.server.wire.errors import refusal

from .broadcaster import Broadcaster
from .connections import Connections
from .emitting import DAEMONS
from .namespace import current_sid

Answer = dict[str, Any]


class Relay:
    """Carries messages between the simulator's page and its daemon; only where it is switched on.

    Args:
        socketio: Both sides' server.
        broadcaster: Emits.
        daemons: The connected daemons.
    """

    def __init__(self, socketio: SocketIO, broadcaster: Broadcaster, daemons: Connections) -> None:
        self._broadcaster = broadcaster
        self._daemons = daemons
        for event in (DeviceEvent.SIMULATOR_STATE, DeviceEvent.SIMULATOR_LAMPS):
            socketio.on_event(event, self._to_pages(event), namespace=PERIPHERALS_NAMESPACE)
        socketio.on_event("connect", self.page_connected, namespace=SIMULATOR_NAMESPACE)
        socketio.on_event(
            DeviceEvent.SIMULATOR_ACTION, self.to_daemon, namespace=SIMULATOR_NAMESPACE
        )

    def page_connected(self, _auth: Any = None) -> None:
        """A page opens; it asks for the whole state by an action of its own."""
        if len(self._daemons) == 0:
            self.daemon_away(current_sid())

    def daemon_away(self, sid: str | None = None) -> None:
        """Tell one page, or all, that nobody would act on what they do."""
        self._broadcaster.simulator(DeviceEvent.SIMULATOR_AWAY, {}, SIMULATOR_NAMESPACE, sid)

    def to_daemon(self, payload: Any = None) -> Answer:
        """What somebody did on the page."""
        if len(self._daemons) == 0:
            self.daemon_away(current_sid())
        self._broadcaster.simulator(
            DeviceEvent.SIMULATOR_ACTION, payload, PERIPHERALS_NAMESPACE, DAEMONS
        )
        return {"ok": True}

    def _to_pages(self, event: str) -> Callable[..., Answer]:
        def relay(payload: Any = None) -> Answer:
            if self._daemons.get(current_sid()) is None:
                return refusal(AuthenticationRequired())
            self._broadcaster.simulator(event, payload, SIMULATOR_NAMESPACE)
            return {"ok": True}

        return relay
