"""Whether an address can be listened on, found out before anything else is started."""

from __future__ import annotations

import socket


def check_address(host: str, port: int) -> None:
    """Make sure that nobody listens there and that we may.

    Args:
        host: Name or address.
        port: TCP port.

    Raises:
        OSError: It cannot be listened on; `strerror` says why.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
