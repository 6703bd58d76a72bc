"""Who is asking: one order of credentials, the same for HTTP and sockets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from werkzeug.wrappers import Request

from appliance.server.domain.errors import AuthenticationRequired, InvalidCredentials
from appliance.server.domain.states import DEVICE_ROLES, STAFF_ROLES, Actor, Role
from appliance.server.store import people
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.usecases import duty
from appliance.server.usecases.manager.staff import end_tokens

from . import passwords, tokens

_TOKEN_MAX: Final = 200
SESSION_TOKENS: Final = "tokens"
"""Where the session cookie keeps a token per role, so that one browser may show several pages."""


@dataclass(frozen=True, slots=True)
class Credential:
    """Something that says who somebody is.

    Attributes:
        method: `bearer`, `x-auth-token`, `query`, `auth`, `session` or `device`.
        token: The secret itself.
        role: The only role it may speak for; None where the token alone tells.
    """

    method: str
    token: str
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is.

    Attributes:
        actor: For the use cases.
        username: Of a person; None for a device.
        auth_method: How they said who they are.
        credential: What they said it with.
        expires_at: When a person's token ends unless it is used.
    """

    actor: Actor
    username: str | None
    auth_method: str
    credential: Credential
    expires_at: datetime | None


def device_cookie(kind: Role) -> str:
    """Name of the cookie that a browser enrolled as this kind of device holds."""
    return f"appliance_{kind}"


def from_request(
    request: Request, session: Mapping[str, Any], *, query: bool = False
) -> list[Credential]:
    """The credentials of a request, in the order in which they count.

    Args:
        request: Any HTTP request, a Socket.IO handshake included.
        session: The signed session of its cookie.
        query: Whether `?auth_token=` counts: on the Socket.IO handshake only, since addresses
            end up in logs and histories.
    """
    found: list[Credential] = []
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        found.append(Credential("bearer", value.strip()))
    if header := request.headers.get("X-Auth-Token", "").strip():
        found.append(Credential("x-auth-token", header))
    if query and (argument := request.args.get("auth_token", "").strip()):
        found.append(Credential("query", argument))
    return found + from_cookies(request, session)


def from_cookies(request: Request, session: Mapping[str, Any]) -> list[Credential]:
    """The credentials that a browser holds: a session per role, a cookie per kind of device."""
    held = session.get(SESSION_TOKENS)
    found = [
        Credential("session", held[role], role)
        for role in STAFF_ROLES
        if isinstance(held, dict) and isinstance(held.get(role), str)
    ]
    found += [
        Credential("device", token, kind)
        for kind in DEVICE_ROLES
        if (token := request.cookies.get(device_cookie(kind)))
    ]
    return found


def identify(
    store: Store, credentials: Iterable[Credential], wanted: Iterable[Role] | None = None
) -> Identity | None:
    """Find who the first credential that is good belongs to.

    Args:
        store: The database.
        credentials: In the order in which they count.
        wanted: The roles that the caller can use; a browser's cookies for other roles are passed
            over, so that one browser may hold several.

    Returns:
        The identity, or None where no credential was given.

    Raises:
        InvalidCredentials: Credentials were given, and none of them is good.
    """
    roles = frozenset(wanted) if wanted is not None else None
    usable = [
        credential
        for credential in credentials
        if roles is None or credential.role is None or credential.role in roles
    ]
    for credential in usable:
        identity = resolve(store, credential)
        if identity is not None:
            return identity
    if usable:
        raise InvalidCredentials("Your log-in has ended. Please log in again.")
    return None


def resolve(store: Store, credential: Credential) -> Identity | None:
    """Look a credential up, as it stands at this moment."""
    if not 0 < len(credential.token) <= _TOKEN_MAX:
        return None
    return store.run(lambda unit: look_up(unit, credential))


def look_up(unit: UnitOfWork, credential: Credential) -> Identity | None:
    """Look a credential up inside a unit of work."""
    if credential.method != "device" and credential.role not in DEVICE_ROLES:
        token = tokens.find_person(unit, credential.token)
        if token is None or credential.role not in {None, token.person.role}:
            return None
        return Identity(
            token.person, token.username, credential.method, credential, token.expires_at
        )
    # A cookie names the kind of its device; a program's token speaks for itself.
    find = tokens.find_device if credential.role is None else tokens.find_enrolled
    device = find(unit, credential.token, credential.role)
    if device is None:
        return None
    return Identity(device.actor, None, credential.method, credential, None)


def log_in(
    store: Store,
    role: Role,
    username: str,
    password: str,
    address: str | None = None,
    instead_of: str | None = None,
    *,
    on_duty: bool = True,
) -> tuple[Identity, str]:
    """Check a name and password and give a new token; other log-ins of the person stay.

    Args:
        store: The database.
        role: Which door they stand at.
        username: As typed.
        password: As typed.
        address: Where they are.
        instead_of: The token that the same browser held until now, if any.
        on_duty: Whether a therapist who logs in is there to be given customers.

    Returns:
        The identity and its token.

    Raises:
        InvalidCredentials: They do not belong together, or not at this door.
    """
    known = store.run(lambda unit: _password_hash(unit, role, username))
    # Outside every transaction: hashing takes a while.
    if not passwords.verify(known, password) or known is None:
        raise InvalidCredentials("Wrong username or password.")
    new_hash = passwords.hash_password(password) if passwords.needs_rehash(known) else None
    return store.run(
        lambda unit: _logged_in(unit, username, known, new_hash, address, instead_of, on_duty)
    )


def _password_hash(unit: UnitOfWork, role: Role, username: str) -> str | None:
    person = people.named(unit.session, username)
    if person is None or person.role is not role or person.disabled_at is not None:
        return None
    return person.password_hash


def _logged_in(
    unit: UnitOfWork,
    username: str,
    verified_hash: str,
    new_hash: str | None,
    address: str | None,
    instead_of: str | None,
    on_duty: bool,
) -> tuple[Identity, str]:
    person = people.named(unit.session, username)
    if person is None or person.disabled_at or person.password_hash != verified_hash:
        raise InvalidCredentials("Wrong username or password.")
    if new_hash is not None:
        person.password_hash = new_hash
    token, expires_at = tokens.issue(unit, person, instead_of)
    actor = person.actor
    if person.role is Role.THERAPIST and on_duty:
        duty.by_log_in(unit, person)
    unit.record("log_in", actor, unit.now(), detail={"address": address})
    credential = Credential("session", token, person.role)
    return Identity(actor, person.username, "session", credential, expires_at), token


def log_out(
    store: Store, identity: Identity, address: str | None, *, everywhere: bool = False
) -> None:
    """End a person's log-in, wherever its token is used.

    Args:
        store: The database.
        identity: Whose.
        address: Where they are.
        everywhere: Whether their other log-ins end, too.

    Raises:
        AuthenticationRequired: A device does not log out.
    """
    if identity.username is None:
        raise AuthenticationRequired
    username = identity.username
    detail: dict[str, object] = {"address": address}
    if everywhere:
        detail["everywhere"] = True

    def leave(unit: UnitOfWork) -> None:
        person = people.named(unit.session, username)
        if person is None:
            return
        if everywhere:
            end_tokens(unit, person)
        else:
            tokens.end(unit, person, identity.credential.token)
        unit.record("log_out", identity.actor, unit.now(), detail=detail)

    store.run(leave)
