"""Logging in and out, who I am, and enrolling a browser as a device."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response, jsonify, make_response, request, session

from appliance.server.auth import known
from appliance.server.auth.decorators import require, store_of_app
from appliance.server.auth.enrolment import Enrolments
from appliance.server.auth.first_manager import FirstManager
from appliance.server.auth.identity import SESSION_TOKENS, Identity, device_cookie, log_out
from appliance.server.auth.log_in import Attempt, LogIns
from appliance.server.domain.states import STAFF_ROLES, Role
from appliance.server.wire import serialize
from appliance.server.wire.answers import (
    DeviceName,
    Done,
    Enrolled,
    Json,
    LoggedIn,
    Me,
    body,
)
from appliance.server.wire.parse import DeviceSession, DeviceTokenOffer, LogIn, LogOut, Setup, parse

from .answers import json_body

_TEN_YEARS: Final = 10 * 365 * 24 * 3600


def create(log_ins: LogIns, enrolments: Enrolments, first_manager: FirstManager) -> Blueprint:
    """The blueprint.

    Args:
        log_ins: Checks names and passwords.
        enrolments: Checks enrolment links.
        first_manager: Lets a shop without a manager have one.
    """
    people = Blueprint("people", __name__)
    for staff_role in STAFF_ROLES:
        _routes_of(people, staff_role, log_ins)

    @people.post("/devices/session")
    def device_session() -> Response:
        asked = parse(json_body(), DeviceSession)
        enrolled = enrolments.enrol(asked.token, request.remote_addr)
        device = DeviceName(kind=enrolled.kind, name=enrolled.name)
        response = make_response(jsonify(body(Enrolled(device=device))))
        response.set_cookie(
            device_cookie(enrolled.kind),
            enrolled.secret,
            max_age=_TEN_YEARS,
            httponly=True,
            samesite="Strict",
            secure=request.is_secure,
        )
        return response

    @people.post("/devices/token")
    def device_token() -> Json:
        asked = parse(json_body(), DeviceTokenOffer)
        name = enrolments.let_station_in(asked.code, asked.token, request.remote_addr)
        return body(Enrolled(device=DeviceName(kind=Role.PERIPHERALS, name=name)))

    @people.post("/setup")
    def setup() -> Json:
        asked = parse(json_body(), Setup)
        first_manager.make(
            asked.code, asked.username.strip(), asked.name, asked.password, request.remote_addr
        )
        return body(Done())

    return people


def _who(identity: Identity) -> dict[str, Any]:
    """The fields that say who is logged in, and for how long."""
    return {
        "expires_at": serialize.iso(identity.expires_at),
        identity.actor.role.value: serialize.person(identity.actor, identity.username),
    }


def _routes_of(people: Blueprint, role: Role, log_ins: LogIns) -> None:
    def login() -> Json:
        asked = parse(json_body(), LogIn)
        username, browser = asked.username.strip(), known.read(session)
        held = session.get(SESSION_TOKENS, {})
        identity, token = log_ins.log_in(
            Attempt(
                role,
                username,
                asked.password,
                request.remote_addr,
                browser,
                instead_of=held.get(role.value),
            )
        )
        # Nothing that was in the session before the log-in survives it but what the pages of other
        # roles in this browser need: their tokens, and the secret that their forms were made with.
        kept = {"csrf_token": session["csrf_token"]} if held and "csrf_token" in session else {}
        session.clear()
        session.update(kept)
        session[SESSION_TOKENS] = {**held, role.value: token}
        session.permanent = True
        known.remember(session, browser, identity.actor.id or 0)
        return body(LoggedIn(token=token, **_who(identity)))

    def logout() -> Json:
        asked = parse(json_body() if request.content_length else {}, LogOut)
        who, address = require(role), request.remote_addr
        log_out(store_of_app(), who, address, everywhere=asked.everywhere)
        held = dict(session.get(SESSION_TOKENS, {}))
        held.pop(role.value, None)
        session[SESSION_TOKENS] = held
        return body(Done())

    def me() -> Json:
        return body(Me(**_who(require(role))))

    people.add_url_rule(f"/{role}/login", f"{role}_login", login, methods=["POST"])
    people.add_url_rule(f"/{role}/logout", f"{role}_logout", logout, methods=["POST"])
    people.add_url_rule(f"/{role}/me", f"{role}_me", me)
