"""The routes of the table: identify, parse, use case, answer."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Response, current_app, jsonify, request

from appliance.server.auth import passwords
from appliance.server.auth.decorators import require, store_of_app
from appliance.server.auth.identity import Identity, look_up
from appliance.server.auth.proofs import Proofs
from appliance.server.domain.errors import AuthenticationRequired
from appliance.server.domain.security import token_digest
from appliance.server.domain.states import Actor, Role
from appliance.server.routes import CONTEXT, ROUTES, RouteRow, check
from appliance.server.store.answers import Request
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.server.usecases.manager.devices import CODE_BYTES, link_code
from appliance.server.usecases.shop import Shop
from appliance.server.wire import parse
from appliance.server.wire.answers import Json, body
from appliance.server.wire.errors import HTTP_STATUS, refusal

from .answers import json_body
from .qr import qr_svg

_LARGEST_ID: Final = 2**63 - 1


def create(shop: Shop, proofs: Proofs) -> Blueprint:
    """The blueprint.

    Args:
        shop: The shop's settings.
        proofs: Checks current passwords.

    Raises:
        BadRow: A row does not fit its use case.
    """
    blueprint = Blueprint("table", __name__)
    check(ROUTES, CONTEXT)
    for row in ROUTES:
        blueprint.add_url_rule(row.rule, row.name, _view(row, shop, proofs), methods=[row.method])
    return blueprint


def _view(row: RouteRow[Any], shop: Shop, proofs: Proofs) -> Callable[..., Response]:
    view = _Read(row, shop) if row.reads else _Change(row, shop, proofs)
    return view.answer


class _View:
    def __init__(self, row: RouteRow[Any], shop: Shop) -> None:
        self._row = row
        self._shop = shop
        self._binding = row.binding(CONTEXT)

    def _use(self, unit: UnitOfWork, actor: Actor, said: dict[str, Any], **made: object) -> Json:
        context = {"unit": unit, "shop": self._shop, "actor": actor, "approver": None, **made}
        given = {name: context[what] for name, what in self._binding.items()}
        assert self._row.use_case is not None  # noqa: S101 — every route has one
        return body(self._row.answer(self._row.use_case(**given, **said)))


class _Read(_View):
    def answer(self, **path: int) -> Response:
        """The answer to a question."""
        actor = require(*self._row.roles).actor
        said = parse.query(request.args, self._row.payload).arguments() | _ids(path)
        found = store_of_app().look(lambda unit: self._use(unit, actor, said))
        return jsonify(found)


class _Change(_View):
    def __init__(self, row: RouteRow[Any], shop: Shop, proofs: Proofs) -> None:
        super().__init__(row, shop)
        self._proofs = proofs

    def answer(self, **path: int) -> Response:
        """The answer to a change: the same one to a request that is repeated."""
        identity = require(*self._row.roles)
        # What a person asks for in full by the address alone needs no body.
        asked = parse.parse(json_body() if request.content_length else {}, self._row.payload)
        said = asked.arguments() | _ids(path)
        made = self._made(identity, asked)
        result = store_of_app().answer(
            lambda unit: _still(unit, identity),
            lambda unit, actor: self._use(unit, actor, said, **made),
            refusal,
            self._request(identity, asked, path),
        )
        if result["ok"] and "code" in made:
            result = {**result, **self._told_once(result, made)}
        response = jsonify(result)
        response.status_code = 200 if result["ok"] else HTTP_STATUS[result["code"]]
        return response

    def _told_once(self, result: Json, made: dict[str, Any]) -> Json:
        """The secrets of a device, which are stored nowhere."""
        told: Json = {"token": made["token"]} if "token" in made else {}
        browser = Role(result["device"]["kind"]) is not Role.PERIPHERALS
        link = self._shop.enrolment_url(made["code"]) if browser else None
        told |= {"enrol_url": link, "enrol_qr": qr_svg(link) if link else None}
        return {**told, "station_code": None if browser else self._shop.station_code(made["code"])}

    def _made(self, identity: Identity, asked: parse.Payload) -> dict[str, Any]:
        """What a use case needs that is made before it begins: nothing is hashed under a lock."""
        made: dict[str, Any] = {}
        wanted = self._binding.values()
        if "hashed" in wanted and isinstance(asked, parse.Secret):
            made["hashed"] = passwords.hash_password(asked.secret())
            if (proof := asked.proof()) is not None:
                made["proved"] = self._proofs.prove(identity, proof, request.remote_addr)
        if "log_in" in wanted:
            made["log_in"] = token_digest(identity.credential.token)
        if "token" in wanted and isinstance(asked, parse.Command):
            token = _random("device token", identity, asked.request_id)
            made["token"] = base64.urlsafe_b64encode(token).rstrip(b"=").decode()
        if "code" in wanted and isinstance(asked, parse.Command):
            code = _random("enrolment link", identity, asked.request_id)
            made["code"] = link_code(code[:CODE_BYTES])
        return made

    def _request(
        self, identity: Identity, asked: parse.Payload, path: dict[str, int]
    ) -> Request | None:
        request_id = asked.request_id if isinstance(asked, parse.Command) else None
        if request_id is None:
            return None
        digest = parse.digest(asked, *(str(value) for value in path.values()))
        return Request(identity.actor, request_id, self._row.name, digest)


def _random(what: str, identity: Identity, request_id: str | None) -> bytes:
    """32 bytes for a secret: the same ones for the same request, though nobody has stored them."""
    if request_id is None:
        return secrets.token_bytes(32)
    key = str(current_app.config["SECRET_KEY"]).encode()
    named = f"{what}\0{identity.actor.key}\0{request_id}".encode()
    return hmac.digest(key, named, "sha256")


def _ids(path: dict[str, int]) -> dict[str, int]:
    return {name: min(value, _LARGEST_ID) for name, value in path.items()}


def _still(unit: UnitOfWork, identity: Identity) -> Actor:
    found = look_up(unit, identity.credential)
    if found is None:
        raise AuthenticationRequired
    return found.actor
