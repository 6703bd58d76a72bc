"""`docs/events.md`: every event and push of Socket.IO, for those who write programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from appliance.server.events import EVENTS, PUSHES, EventRow, Push
from appliance.server.http import openapi
from appliance.server.wire.schemas import Schema

from .types_js import spelt

HEAD: Final = """# Events
Generated from `appliance/server/events.py` and `appliance/server/wire/` by `make docs`; `make
check` fails when it is stale. `/openapi.json` of a running server has the same for programs: the
shapes as JSON Schema under `components`, the events under `x-socket-io`.

Every answer is `{"ok": true, …}` as written here or a `Refusal`. It comes as the acknowledgement
and, where a result event is named, as that too. A field with `?` may be left out.
"""


def page(rows: Iterable[EventRow[Any]] = EVENTS, pushes: Iterable[Push] = PUSHES) -> str:
    """The whole page; what is there only in some installations is left out."""
    rows = [row for row in rows if not row.optional]
    pushes = [push for push in pushes if not push.optional]
    parts = [HEAD]
    for namespace in dict.fromkeys(row.namespace for row in rows):
        parts += [
            f"## To the server, namespace `{namespace}`",
            "| event | who | says | answer | result event | |\n|---|---|---|---|---|---|",
            *(_event(row) for row in rows if row.namespace == namespace),
            f"\n## From the server, namespace `{namespace}`",
            "| push | who | says |\n|---|---|---|",
            *(_push(push) for push in pushes if push.namespace == namespace),
            "",
        ]
    parts.append("## Shapes")
    parts += [_shape(name, schema) for name, schema in sorted(openapi.shapes(rows, pushes).items())]
    return "\n".join(parts) + "\n"


def _who(roles: Iterable[str]) -> str:
    return ", ".join(sorted(roles)) or "anybody"


def _event(row: EventRow[Any]) -> str:
    result = f"`{row.result_event}`" if row.result_event else "–"
    says = row.payload.__name__ if row.payload.__struct_fields__ else ""
    cells = [
        f"`{row.event}`",
        _who(row.roles),
        _linked(says),
        _linked(row.result.__name__),
        result,
        row.summary,
    ]
    return f"| {' | '.join(cells)} |"


def _push(push: Push) -> str:
    says = _linked(push.body.__name__) if push.body else ""
    return f"| `{push.event}` | {_who(push.roles)} | {says} |"


def _linked(name: str) -> str:
    return f"[{name}](#{name.lower()})" if name else "–"


def _shape(name: str, schema: Schema) -> str:
    lines = [f"### {name}", schema.get("description", "")]
    properties: dict[str, Schema] | None = schema.get("properties")
    if properties is None:
        return "\n".join([*lines, "", f"`{spelt(schema)}`", ""])
    lines.append("")
    for key, kind in properties.items():
        asked = "" if key in schema.get("required", ()) else "?"
        about = f": {kind['description']}" if "description" in kind else ""
        lines.append(f"- `{key}{asked}` `{spelt(kind)}`{about}")
    return "\n".join([*lines, ""])
