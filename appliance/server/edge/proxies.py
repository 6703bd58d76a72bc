"""Who a request comes from, where a proxy stands in front."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.middleware.proxy_fix import ProxyFix


class TrustedProxies:
    """Believes `X-Forwarded-…` from the proxies in the settings, and from nobody else.

    Args:
        app: The application behind.
        networks: Addresses and networks of the trusted proxies.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], networks: Iterable[str]) -> None:
        self._app = app
        self._behind_proxy = ProxyFix(app, x_for=1, x_proto=1, x_host=1)
        self._networks = [ipaddress.ip_network(network) for network in networks]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Serve a request as coming from the real client."""
        try:
            peer = ipaddress.ip_address(environ.get("REMOTE_ADDR", ""))
        except ValueError:
            return self._app(environ, start_response)
        if any(peer in network for network in self._networks):
            return self._behind_proxy(environ, start_response)
        return self._app(environ, start_response)
