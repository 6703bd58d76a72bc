"""The only code that emits, and what the Socket.IO rooms of daemons are called."""

from __future__ import annotations

from typing import Any, Final

from flask_socketio import SocketIO

from appliance.protocol import room_named

DAEMONS: Final = "daemons"
"""The Socket.IO room of the peripherals daemons that are identified."""


def room_channel(room_number: str) -> str:
    """The Socket.IO room of the daemons that own this treatment room's lamp."""
    return f"room/{room_named(room_number)}"


class Emit:
    """Sends to the sockets of this server.

    Args:
        socketio: Where they are.
    """

    def __init__(self, socketio: SocketIO) -> None:
        self._socketio = socketio

    def __call__(
        self, event: str, body: Any, *, to: str | None = None, namespace: str = "/"
    ) -> None:
        """Send.

        Args:
            event: Its name.
            body: As JSON can write it.
            to: A socket, or a Socket.IO room; None for everybody in the namespace.
            namespace: Socket.IO's.
        """
        # Every server sends to its own clients, so that none depends on the message queue.
        self._socketio.emit(
            event,
            body,
            to=to,
            namespace=namespace,
            ignore_queue=True,  # type: ignore[call-arg]  # missing in its types
        )
