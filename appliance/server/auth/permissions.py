"""Who may use each route and each event, and what they may say who they are with.

This table is the whole of it. Routes ask it (`decorators.require`), events are checked against it
when the server starts, and a server whose routes or events differ from it does not start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from werkzeug.routing import Map

from appliance.protocol import PERIPHERALS_NAMESPACE, SIMULATOR_NAMESPACE, DeviceEvent
from appliance.server.domain.states import STAFF_ROLES, Role

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
_THERAPIST: Final = _by_socket(Role.THERAPIST)
_CASHIER: Final = _by_socket(Role.CASHIER)
_DESK: Final = _by_socket(Role.CASHIER, Role.MANAGER)
_KIOSK: Final = _by_socket(Role.KIOSK)
_DAEMON: Final = _by_socket(Role.PERIPHERALS)
_STAFF: Final = _by_http(*STAFF_ROLES)


def _routes_of(role: Role) -> dict[tuple[str, str], Permission]:
    return {
        ("GET", f"/{role}/dashboard"): _by_http(role),
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
    ("GET", "/kiosk/tickets/<int:transaction_id>/qr.svg"): _by_http(Role.KIOSK),
    ("GET", "/translations/<code>.json"): _ANYBODY,
    ("GET", "/shop/theme.css"): _ANYBODY,
    ("GET", "/shop/logo"): _ANYBODY,
    ("GET", "/openapi.json"): _ANYBODY,
    ("GET", "/healthz"): _ANYBODY,
    ("GET", "/livez"): _ANYBODY,
    ("GET", "/metrics"): _by_http(Role.MANAGER, loopback=True),
    ("POST", "/devices/session"): _ANYBODY,
    ("GET", "/api/catalog"): _ANYBODY,  # the menu, as it hangs in the window
    ("GET", "/api/t/<ticket_token>"): _ANYBODY,  # the token in the address is the permission
    ("GET", "/api/queue"): _STAFF,
    ("GET", "/api/transactions/<int:transaction_id>"): _STAFF,
    ("GET", "/api/board"): _by_http(Role.DISPLAY, Role.KIOSK),
    **_routes_of(Role.THERAPIST),
    **_routes_of(Role.CASHIER),
    **_routes_of(Role.MANAGER),
}
"""(method, rule) → permission. Static files are everybody's and not listed."""

EVENTS: Final[Mapping[tuple[str, str], Permission]] = {
    ("/", "ping_time"): _ANYBODY,
    ("/", "customer_start"): _KIOSK,
    ("/", "customer_add_item"): _KIOSK,
    ("/", "customer_remove_item"): _KIOSK,
    ("/", "customer_confirm_selection"): _KIOSK,
    ("/", "customer_cancel"): _KIOSK,
    ("/", "therapist_confirm_next"): _THERAPIST,
    ("/", "therapist_start_service"): _THERAPIST,
    ("/", "therapist_add_service"): _THERAPIST,
    ("/", "therapist_remove_item"): _THERAPIST,
    ("/", "therapist_finish_service"): _THERAPIST,
    ("/", "therapist_release"): _THERAPIST,
    ("/", "therapist_no_show"): _THERAPIST,
    ("/", "therapist_room_ready"): _THERAPIST,
    ("/", "cashier_claim_next"): _CASHIER,
    ("/", "cashier_claim_code"): _CASHIER,
    ("/", "cashier_release"): _CASHIER,
    ("/", "cashier_pay"): _CASHIER,
    ("/", "cashier_reprint"): _CASHIER,
    ("/", "print_job_reprint"): _DESK,
    ("/", "print_job_move"): _DESK,
    ("/", "print_job_drop"): _DESK,
    **{
        (PERIPHERALS_NAMESPACE, event): _DAEMON
        for event in (
            DeviceEvent.HELLO,
            DeviceEvent.PING_TIME,
            DeviceEvent.BUTTON,
            DeviceEvent.PRINT_LEASE,
            DeviceEvent.PRINT_DONE,
            DeviceEvent.PRINT_FAILED,
            DeviceEvent.PRINTER_STATUS,
        )
    },
    **{
        (PERIPHERALS_NAMESPACE, event): Permission(
            _DAEMON.roles, _DAEMON.credentials, optional=True
        )
        for event in (DeviceEvent.SIMULATOR_STATE, DeviceEvent.SIMULATOR_LAMPS)
    },
    (SIMULATOR_NAMESPACE, DeviceEvent.SIMULATOR_ACTION): _DEMO,
}
"""(namespace, event) → permission."""

PUSHES: Final[Mapping[str, frozenset[Role]]] = {
    "queue_updated": frozenset(STAFF_ROLES),
    "transaction_updated": frozenset(STAFF_ROLES),
    "board_updated": frozenset({Role.DISPLAY, Role.KIOSK}),
    "devices_updated": frozenset({*STAFF_ROLES, Role.KIOSK}),
}
"""Snapshot → who watches it."""

NAMESPACES: Final[Mapping[str, frozenset[Role]]] = {
    "/": frozenset({*STAFF_ROLES, Role.KIOSK, Role.DISPLAY}),
    PERIPHERALS_NAMESPACE: frozenset({Role.PERIPHERALS}),
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


def check_events(
    handlers: Mapping[str, Iterable[str]], roles: Mapping[tuple[str, str], frozenset[Role]]
) -> None:
    """Make sure that every event is in the table with the role that its handler asks for.

    Args:
        handlers: Namespace → the events that it handles.
        roles: The roles that the handler of an event asks for, where it asks for any.

    Raises:
        TableIncomplete: One is not.
    """
    found = {
        (namespace, str(event))
        for namespace, events in handlers.items()
        for event in events
        if event not in _HANDSHAKE_EVENTS
    }
    _compare("events", found, EVENTS)
    for key, asked in roles.items():
        if EVENTS[key].roles != asked:
            raise TableIncomplete(f"{key} asks for {sorted(asked)}, the table does not")


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
