"""The shapes of what the server says, for the type checker of the screens' scripts."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any, Final

from appliance.server.events import EVENTS, PUSHES, SCREENS, EventRow, Push
from appliance.server.http import openapi
from appliance.server.wire.schemas import PLACE, Schema

HEAD: Final = """/**
 * Shapes of what the server says, for the type checker. Nothing here runs; use them as
 * `@typedef {import("/static/common/types.js").Transaction} Transaction`.
 *
 * Generated from `appliance/server/wire/` and `appliance/server/events.py` by `make docs`;
 * `make check` fails when it is stale.
"""
_WIDTH: Final = 100


def module(rows: Iterable[EventRow[Any]] = EVENTS, pushes: Iterable[Push] = PUSHES) -> str:
    """The whole module `types.js`.

    Args:
        rows: The events; the module has what those of the screens take and answer.
        pushes: The pushes, likewise.
    """
    rows = [row for row in rows if row.namespace == SCREENS]
    pushes = [push for push in pushes if push.namespace == SCREENS and push.body]
    lines = [HEAD.rstrip("\n")]
    for name, schema in openapi.shapes(rows, pushes).items():
        lines += [" *", *_typedef(name, schema)]
    lines += [
        " *",
        " * @typedef {{ok: true} & Record<string, any>} Success An answer to one event or another.",
        " * @typedef {Success | Refusal} Answer",
        " *",
        " * @typedef {object} Says What each event takes.",
        *(_property(row.payload.__name__, row.event) for row in rows),
        " *",
        " * @typedef {object} Told What each event is answered, unless it is refused.",
        *(_property(row.result.__name__, row.event) for row in rows),
        " *",
        " * @typedef {object} Pushed What is pushed.",
        *(_property(push.body.__name__, push.event) for push in pushes if push.body),
        " */",
        "",
        "export {};",
        "",
    ]
    return "\n".join(lines)


def _typedef(name: str, schema: Schema) -> Iterator[str]:
    properties: dict[str, Schema] | None = schema.get("properties")
    about = schema.get("description", "")
    if properties is None:
        yield from _wrapped(f"@typedef {{{spelt(schema)}}} {name} {about}")
        return
    yield from _wrapped(f"@typedef {{object}} {name} {about}")
    for key, kind in properties.items():
        field = key if key in schema.get("required", ()) else f"[{key}]"
        yield from _wrapped(f"@property {{{spelt(kind)}}} {field} {kind.get('description', '')}")


def _property(kind: str, event: str) -> str:
    return f" * @property {{{kind}}} {event}"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        text.strip(),
        _WIDTH,
        initial_indent=" * ",
        subsequent_indent=" *   ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def spelt(schema: Schema) -> str:
    """A JSON Schema as a type expression of JSDoc."""
    match schema:
        case {"$ref": str(place)}:
            kind = place.removeprefix(PLACE)
        case {"const": value}:
            kind = json.dumps(value)
        case {"enum": values}:
            kind = " | ".join(json.dumps(value) for value in values)
        case {"anyOf": kinds}:
            kind = " | ".join(spelt(each) for each in kinds)
        case {"type": "array", "prefixItems": kinds}:
            kind = f"[{', '.join(spelt(each) for each in kinds)}]"
        case {"type": "array"}:
            of = spelt(schema.get("items", {}))
            kind = f"({of})[]" if "|" in of else f"{of}[]"
        case {"type": "object"}:
            kind = f"Record<string, {spelt(schema.get('additionalProperties', {}))}>"
        case {"type": "integer" | "number"}:
            kind = "number"
        case {"type": "string" | "boolean" | "null" as name}:
            kind = str(name)
        case _:
            kind = "any"
    return kind
