"""Holds every answer and push of the whole test run against its shape.

The clients of `clients.py` ask here for all that they are told, and the servers that tests start
check what they send (see `nursery.py`), which also covers browsers and raw sockets. A misfit is
remembered and fails the test that it came up in; see `conftest.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import msgspec

Json = dict[str, Any]

MISFITS: list[str] = []
"""What did not fit, since the last test that looked."""


def misfit(value: Any, kind: type) -> str | None:
    """What is wrong with a value that should have this shape; None where it fits exactly.

    A field that the shape lacks is wrong too: nobody would find it described.
    """
    try:
        made = msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        return f"{kind.__name__}: {error}"
    back = msgspec.json.decode(msgspec.json.encode(made))
    if back != value:
        more = {key for key in value if back.get(key) != value[key]}
        return f"{kind.__name__} does not describe {sorted(more)}: {value}"
    return _document_misfit(value.get("job"))


def _document_misfit(job: Any) -> str | None:
    from appliance.server.wire.answers import DOCUMENTS

    if not isinstance(job, dict) or "document" not in job:
        return None
    kinds = {kind.__name__.removesuffix("Document").lower(): kind for kind in DOCUMENTS}
    return misfit(job["document"], kinds[job["kind"]])


@functools.cache
def _events() -> dict[tuple[str, str], type]:
    from appliance.server.events import EVENTS

    rows = [row for row in EVENTS if row.use_case is not None or row.event == "ping_time"]
    named = {(row.namespace, str(row.event)): row.result for row in rows}
    return named | {
        (row.namespace, row.result_event): row.result for row in rows if row.result_event
    }


@functools.cache
def _pushes() -> dict[tuple[str, str], type]:
    from appliance.server.events import PUSHES

    return {(push.namespace, str(push.event)): push.body for push in PUSHES if push.body}


@functools.cache
def _routes() -> Any:
    from werkzeug.routing import Map, Rule

    from appliance.server.auth.permissions import ROUTES

    rules = [Rule(rule, methods=[method], endpoint=rule) for method, rule in ROUTES]
    return Map(rules).bind("test")


@functools.cache
def _described() -> dict[str, Any]:
    from appliance.server.http import openapi

    return openapi.description()["paths"]


def answered(namespace: str, event: str, answer: Any) -> None:
    """An event was answered so, by acknowledgement or by its result event."""
    from appliance.server.wire.errors import Refusal

    if not isinstance(answer, dict) or "ok" not in answer:
        _note(f"{event} was answered {answer!r}")
    elif answer["ok"] is not True:
        _fits(answer, Refusal, event)
    elif kind := _events().get((namespace, event)):
        _fits(answer, kind, event)


def pushed(namespace: str, event: str, body: Any) -> None:
    """This came unasked, or as the result of an event."""
    if kind := _pushes().get((namespace, event)):
        _fits(body, kind, event)
    elif (namespace, event) in _events():
        answered(namespace, event, body)


def fetched(method: str, path: str, status: int, body: Any) -> None:
    """A route answered with this JSON."""
    import re

    from werkzeug.exceptions import HTTPException

    from appliance.server.wire import answers
    from appliance.server.wire.errors import Refusal

    try:
        rule, _ = _routes().match(path, method=method)
    except HTTPException:
        rule = None
    if status >= 400 and rule != "/healthz":
        _fits(body, Refusal, path)
        return
    where = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule or "")
    good = _described().get(where, {}).get(method.lower(), {}).get("responses", {}).get("200", {})
    place = good.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
    if place:
        _fits(body, getattr(answers, place.rpartition("/")[2]), path)


def _fits(value: Any, kind: type, where: str) -> None:
    wrong = misfit(value, kind)
    if wrong is not None:
        _note(f"{where}: {wrong}")


def _note(what: str) -> None:
    MISFITS.append(what)


def take_misfits() -> Iterable[str]:
    """What did not fit since the last look."""
    found, MISFITS[:] = list(MISFITS), []
    return found


def check_what_is_sent() -> None:
    """Put a check at the one door that everything goes out by.

    To be called before any other module of the server takes it from there by name.
    """
    from appliance.server.wire import answers

    plain = answers.body

    def body(answer: msgspec.Struct) -> Json:
        made = plain(answer)
        wrong = misfit(msgspec.json.decode(msgspec.json.encode(made)), type(answer))
        if wrong is not None:
            raise AssertionError(wrong)
        return made

    answers.body = body
