"""Which packets are well formed; what is not ends the connection that it came on."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from socketio.packet import BINARY_EVENT, EVENT, Packet

MAX_ATTACHMENTS: Final = 4
"""No event of the protocol has any; a few are read so that they can be refused with an answer."""
PACKETS_AT_ONCE: Final = 16
"""In the body of one poll, as Engine.IO's own limit."""
_SEPARATOR: Final = "\x1e"
_RESERVED: Final = frozenset({"connect", "disconnect", "connect_error", "__disconnect_final", "*"})
_FIXED: Final = frozenset({"1", "2", "3", "5", "6", "2probe", "3probe"})
_SOCKET_IO_TYPES: Final = frozenset("0123456")


class StrictPacket(Packet):  # type: ignore[misc]  # python-socketio has no types
    """A Socket.IO packet that the rest of the server can rely on.

    The library would call the handlers of its own events, such as `disconnect`, when a client sends
    an event of that name: the server would forget whose socket it is, and go on sending to it.
    """

    uses_binary_events = False
    """Of what is sent: nothing holds bytes, so that nothing need be looked through for them."""

    def decode(self, encoded_packet: Any) -> int:
        """Read a packet.

        Returns:
            How many binary attachments follow.

        Raises:
            ValueError: It is malformed.
        """
        attachments: int = super().decode(encoded_packet) or 0
        if attachments > MAX_ATTACHMENTS:
            raise ValueError("too many attachments")
        if self.packet_type in {EVENT, BINARY_EVENT}:
            arguments = self.data
            if not isinstance(arguments, list) or not arguments:
                raise ValueError("an event without a name")
            if not isinstance(arguments[0], str) or arguments[0] in _RESERVED:
                raise ValueError("an event with a name that clients may not use")
        return attachments


def is_well_formed(packet: object) -> bool:
    """Whether an Engine.IO packet, as a WebSocket carries it, can be read without surprises."""
    if not isinstance(packet, str):
        return isinstance(packet, bytes | bytearray)
    return packet in _FIXED or (packet[:1] == "4" and packet[1:2] in _SOCKET_IO_TYPES)


def namespace_of_connect(packet: object) -> str | None:
    """The namespace that a Socket.IO packet asks to connect to; None where it asks for none."""
    if not isinstance(packet, str) or packet[:1] != "0":
        return None
    if packet[1:2] != "/":
        return "/"
    return packet[1:].partition(",")[0].partition("?")[0]


def is_well_formed_poll(body: str) -> bool:
    """Whether the body of a poll holds packets, and nothing but packets."""
    return not body or (
        packets_of_poll(body) <= PACKETS_AT_ONCE
        and all(map(_is_well_formed_in_poll, body.split(_SEPARATOR)))
    )


def packets_of_poll(body: str) -> int:
    """How many packets the body of a poll holds."""
    return body.count(_SEPARATOR) + 1


def _is_well_formed_in_poll(packet: str) -> bool:
    if packet[:1] != "b":
        return is_well_formed(packet)
    try:
        base64.b64decode(packet[1:])
    except (binascii.Error, ValueError):
        return False
    return True
