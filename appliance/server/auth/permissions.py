"""Who may use each route and each event, and what they may say who they are with.

Routes stand here and ask it (`decorators.require`); those of the table, events and pushes say it in
their own rows (`server/routes.py`, `server/events.py`), which are read here. That is the whole of
it: a server whose routes or events differ from it does not start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from werkzeug.routing import Map

from appliance.protocol import PERIPHERALS_NAMESPACE
from appliance.server import events, routes, sections
from appliance.server.domain.states import STAFF_ROLES, Role
from appliance.server.events import EventRow

PERSONS: Final = frozenset({"bearer", "x-auth-token", "session"})
"""What staff say who they are with: a token in one of two headers, or a session cookie."""
PERSONS_SOCKETS: Final = PERSONS | {"auth", "query"}
"""The same for a socket when it opens."""
DEVICES: Final = frozenset({"device"})
"""A device says it with its own cookie, or with `device_token` when its socket opens."""


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may use a route or an event.

    Attributes:
        roles: These, once they are identified; nobody has to be where it is empty.
        credentials: What they may identify themselves with, by `Credential.method`.
        loopback: Whether a program on the same machine may, without saying who it is.
        optional: Whether it is there only in some installations.
    """

    roles: frozenset[Role] = frozenset()
    credentials: frozenset[str] = frozenset()
    loopback: bool = False
    optional: bool = False

    @property
    def open(self) -> bool:
        """Whether anybody on the network may."""
        return not self.roles


def _by_http(*roles: Role, loopback: bool = False) -> Permission:
    return Permission(frozenset(roles), _credentials(roles, PERSONS), loopback)


def _by_socket(*roles: Role) -> Permission:
    return Permission(frozenset(roles), _credentials(roles, PERSONS_SOCKETS))


def _credentials(roles: Iterable[Role], of_persons: frozenset[str]) -> frozenset[str]:
    return frozenset().union(*(of_persons if role in STAFF_ROLES else DEVICES for role in roles))


_ANYBODY: Final = Permission()
_DEMO: Final = Permission(optional=True)
_STAFF: Final = _by_http(*STAFF_ROLES)


def _routes_of(role: Role) -> dict[tuple[str, str], Permission]:
    return {
        **{("GET", section.path): _by_http(role) for section in sections.of(role)},
        ("GET", f"/{role}/login"): _ANYBODY,
        ("POST", f"/{role}/login"): _ANYBODY,
        ("POST", f"/{role}/logout"): _by_http(role),
        ("GET", f"/{role}/me"): _by_http(role),
    }


ROUTES: Final[Mapping[tuple[str, str], Permission]] = {
    ("GET", "/"): _ANYBODY,
    ("GET", "/kiosk"): _ANYBODY,  # an empty shell: what fills it comes over an identified socket
    ("GET", "/board"): _ANYBODY,  # likewise
    ("GET", "/enroll"): _ANYBODY,
    ("GET", "/t/<ticket_token>"): _ANYBODY,
    ("GET", "/simulator"): _DEMO,
    ("POST", "/demo/reset"): _DEMO,
    ("GET", "/kiosk/tickets/<int:transaction_id>/qr.svg"): _by_http(Role.KIOSK),
    ("GET", "/translations/<code>.json"): _ANYBODY,
    ("GET", "/shop/theme.css"): _ANYBODY,
    ("GET", "/shop/logo"): _ANYBODY,
    ("GET", "/shop/board"): _ANYBODY,
    ("GET", "/openapi.json"): _ANYBODY,
    ("GET", "/healthz"): _ANYBODY,
    ("GET", "/livez"): _ANYBODY,
    ("GET", "/metrics"): _by_http(Role.MANAGER, loopback=True),
    ("POST", "/devices/session"): _ANYBODY,
    ("POST", "/devices/token"): _ANYBODY,  # the station's code is the permission
    ("GET", "/setup"): _ANYBODY,  # leads to the log-in once there is a manager
    ("POST", "/setup"): _ANYBODY,  # the code on the kiosk's screen is the permission
    ("GET", "/api/catalog"): _ANYBODY,  # the menu, as it hangs in the window
    ("GET", "/api/t/<ticket_token>"): _ANYBODY,  # the token in the address is the permission
    ("POST", "/api/t/<ticket_token>"): _ANYBODY,  # likewise
    ("GET", "/api/queue"): _STAFF,
    ("GET", "/api/payments/recent"): _by_http(Role.CASHIER),
    ("GET", "/api/transactions/<int:transaction_id>"): _STAFF,
    ("GET", "/api/board"): _by_http(Role.DISPLAY, Role.KIOSK),
    ("GET", "/manager/menu/preview"): _by_http(Role.MANAGER),
    ("GET", "/catalog/photos/<digest>.jpg"): _ANYBODY,
    ("POST", "/api/manager/photos"): _by_http(Role.MANAGER),
    ("GET", "/api/manager/reports.csv"): _by_http(Role.MANAGER),
    **{(row.method, row.rule): _by_http(*row.roles) for row in routes.ROUTES},
    **_routes_of(Role.THERAPIST),
    **_routes_of(Role.CASHIER),
    **_routes_of(Role.MANAGER),
}
"""(method, rule) → permission. Static files are everybody's and not listed."""


def of_events(rows: Iterable[EventRow[Any]]) -> dict[tuple[str, str], Permission]:
    """Who may send each event, as its row says: (namespace, event) → permission."""
    return {
        (row.namespace, str(row.event)): replace(_by_socket(*row.roles), optional=row.optional)
        for row in rows
    }


EVENTS: Final[Mapping[tuple[str, str], Permission]] = of_events(events.EVENTS)
"""(namespace, event) → permission."""

PUSHES: Final[Mapping[str, frozenset[Role]]] = {
    push.event: push.roles
    for push in events.PUSHES
    if push.namespace == events.SCREENS and push.roles
}
"""Push → who watches it."""

NAMESPACES: Final[Mapping[str, frozenset[Role]]] = {
    namespace: events.who_may_come(namespace)
    for namespace in (events.SCREENS, PERIPHERALS_NAMESPACE)
}
"""Who of those who identify themselves may open a socket here."""

_HANDSHAKE_EVENTS: Final = frozenset({"connect", "disconnect", "*"})


class TableIncomplete(Exception):
    """A route or an event exists that the table does not know, or the other way round."""


def permission_for(method: str, rule: str) -> Permission | None:
    """Who may use a route; None for one that is not ours, as in a small application of a test."""
    return ROUTES.get(("GET" if method == "HEAD" else method, rule))


def check_routes(url_map: Map) -> None:
    """Make sure that every route is in the table, and every row of the table is a route.

    Raises:
        TableIncomplete: One is not.
    """
    found = {
        (method, rule.rule)
        for rule in url_map.iter_rules()
        if not rule.endpoint.startswith("static")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    _compare("routes", found, ROUTES)


def check_events(handlers: Mapping[str, Iterable[str]]) -> None:
    """Make sure that nobody handles an event past the table, and that every row is handled.

    Args:
        handlers: Namespace → the events that it handles.

    Raises:
        TableIncomplete: One is not.
    """
    found = {
        (namespace, str(event))
        for namespace, handled in handlers.items()
        for event in handled
        if event not in _HANDSHAKE_EVENTS
    }
    _compare("events", found, EVENTS)


def _compare(
    what: str, found: set[tuple[str, str]], table: Mapping[tuple[str, str], Permission]
) -> None:
    needed = {key for key, permission in table.items() if not permission.optional}
    missing, gone = found - table.keys(), needed - found
    if missing or gone:
        raise TableIncomplete(
            f"the table of permissions lacks the {what} {sorted(missing)} "
            f"and has {sorted(gone)}, which do not exist"
        )
