"""The shapes of what comes in and goes out as JSON Schema, for those who describe them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from .answers import DOCUMENTS
from .parse import Amount

Schema = dict[str, Any]

PLACE: Final = "#/components/schemas/"


def ref(kind: type) -> Schema:
    """A shape by its name."""
    return {"$ref": f"{PLACE}{kind.__name__}"}


def components(going_out: Iterable[type], coming_in: Iterable[type] = ()) -> dict[str, Schema]:
    """Shapes with everything that they are made of, by name.

    Args:
        going_out: What the server sends: what has a default is always there.
        coming_in: What it takes: what has a default may be left out.
    """
    found = _schemas(coming_in)
    for name, schema in _schemas([*going_out, *DOCUMENTS]).items():
        properties = schema.get("properties", {})
        always = [key for key, kind in properties.items() if "default" in kind]
        for key in always:
            del properties[key]["default"]
        if always:
            schema["required"] = [
                key for key in properties if key in always or key in schema.get("required", ())
            ]
        found[name] = schema
    return found


def properties(kind: type) -> tuple[dict[str, Schema], frozenset[str]]:
    """The fields of a shape that comes in, and which of them it must have."""
    schema = _schemas([kind])[kind.__name__]
    return schema.get("properties", {}), frozenset(schema.get("required", ()))


def _custom(kind: type) -> Schema:
    if issubclass(kind, Amount):
        return {"anyOf": [{"type": "number"}, {"type": "string"}]}
    raise NotImplementedError(kind)


def _schemas(kinds: Iterable[type]) -> dict[str, Schema]:
    _, found = msgspec.json.schema_components(
        kinds, ref_template=f"{PLACE}{{name}}", schema_hook=_custom
    )
    for schema in found.values():
        schema.pop("title", None)
    return found
