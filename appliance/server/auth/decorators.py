"""Who may call a route, said in one line above it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar, cast

from flask import current_app, request, session
from flask_wtf.csrf import ValidationError, validate_csrf

from appliance.server.domain.errors import AuthenticationRequired, Forbidden, InvalidCredentials
from appliance.server.domain.security import REQUEST_REFUSED
from appliance.server.domain.states import STAFF_ROLES, Role
from appliance.server.store.unit_of_work import Store

from .identity import Identity, from_request, identify
from .journal import Journal
from .permissions import TableIncomplete, permission_for

F = TypeVar("F", bound=Callable[..., Any])

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_COOKIE_METHODS: Final = frozenset({"session", "device"})


def store_of_app() -> Store:
    """The database of the running application."""
    return cast("Store", current_app.extensions["appliance_store"])


def require(*roles: Role) -> Identity:
    """Identify the asker of the current request.

    Args:
        *roles: Who may ask, as the table of permissions says too.

    Returns:
        Who asks; also left on the request as `identity` and `auth_method`.

    Raises:
        AuthenticationRequired: Nobody is identified.
        Forbidden: Somebody else is, or a cookie comes without its CSRF token.
        TableIncomplete: The table of permissions says something else: a bug.
    """
    route = request.url_rule.rule if request.url_rule else request.path
    permission = permission_for(request.method, route)
    if permission is not None and permission.roles != frozenset(roles):
        raise TableIncomplete(f"{request.method} {route} and the table of permissions differ")
    try:
        identity = identify(store_of_app(), from_request(request, session), roles)
    except InvalidCredentials:
        raise AuthenticationRequired from None
    if identity is None:
        identity = identify_anybody()
        if identity is None:
            raise AuthenticationRequired
    if identity.actor.role not in roles:
        _note_refusal(identity, f"{request.method} {route}")
        raise Forbidden("You don't have access. Use another account.")
    if identity.auth_method in _COOKIE_METHODS and request.method not in _SAFE:
        check_csrf()
    request.identity = identity  # type: ignore[attr-defined]
    request.auth_method = identity.auth_method  # type: ignore[attr-defined]
    return identity


def _note_refusal(identity: Identity, about: str) -> None:
    journal: Journal | None = current_app.extensions.get("appliance_journal")
    if journal is not None:
        journal.note(REQUEST_REFUSED, identity.actor, request.remote_addr, about)


def identify_anybody() -> Identity | None:
    """Who asks, of any role; None for nobody."""
    try:
        return identify(store_of_app(), from_request(request, session))
    except InvalidCredentials:
        return None


def check_csrf() -> None:
    """Refuse a request that does not come from a page of ours.

    Raises:
        Forbidden: It has not the page's CSRF token.
    """
    try:
        validate_csrf(request.headers.get("X-CSRFToken"))
    except ValidationError:
        raise Forbidden("This page is out of date. Reload it and try again.") from None


def therapist_required(view: F) -> F:
    """Only therapists; leaves them at `request.current_therapist`."""
    return _required(view, "current_therapist", Role.THERAPIST)


def cashier_required(view: F) -> F:
    """Only cashiers; leaves them at `request.current_cashier`."""
    return _required(view, "current_cashier", Role.CASHIER)


def manager_required(view: F) -> F:
    """Only managers; leaves them at `request.current_manager`."""
    return _required(view, "current_manager", Role.MANAGER)


def staff_required(view: F) -> F:
    """Any of the staff; leaves them at `request.current_staff`."""
    return _required(view, "current_staff", *STAFF_ROLES)


def device_required(*kinds: Role) -> Callable[[F], F]:
    """Only these kinds of device; leaves it at `request.current_device`."""
    return lambda view: _required(view, "current_device", *kinds)


def _required(view: F, attribute: str, *roles: Role) -> F:
    @wraps(view)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        setattr(request, attribute, require(*roles).actor)
        return view(*args, **kwargs)

    return cast("F", decorated)
