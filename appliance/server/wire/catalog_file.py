"""The catalogue as a YAML file that a manager can read and edit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from decimal import Decimal
from typing import Annotated, Any, Final

import msgspec
import yaml
from msgspec import UNSET, Meta, Struct, UnsetType, field

from appliance.server.domain.currencies import exponent, is_exact
from appliance.server.domain.errors import ValidationFailed
from appliance.server.domain.money import parse_amount
from appliance.server.usecases.manager import (
    CatalogCategory,
    CatalogClassification,
    CatalogService,
    Translations,
)
from appliance.translations import LANGUAGES

from .parse import Icon, Moment, Photo, is_plain_price

_Name = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"\S")]
_MAX_BYTES = 1024 * 1024
_TAG = "tag:yaml.org,2002:"
_KEPT = frozenset({f"{_TAG}null", f"{_TAG}timestamp", f"{_TAG}merge"})


class _AsWritten(yaml.SafeLoader):
    """YAML whose plain values are what a manager reads in them.

    YAML 1.1 takes `050` for forty, `1:30` for ninety and `NO` for false. Here digits are decimal,
    `true` and `false` are the only truths, and everything else is text.
    """


class _Quoting(yaml.SafeDumper):
    """Quotes every text that `_AsWritten` or YAML 1.1 would take for something else."""


_AsWritten.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if tag in _KEPT]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _kind, _pattern, _first in (
    ("bool", r"(true|True|TRUE|false|False|FALSE)$", "tTfF"),
    # Not -0, whose sign a number would lose: nobody means a price by it.
    ("int", r"(?!-0+$)-?[0-9]+$", "-0123456789"),
    ("float", r"-?([0-9]+\.[0-9]*|\.[0-9]+)$", "-.0123456789"),
):
    for _side in (_AsWritten, _Quoting):
        _side.add_implicit_resolver(f"{_TAG}{_kind}", re.compile(_pattern), list(_first))


def _decimal(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    return int(loader.construct_scalar(node))


_AsWritten.add_constructor(f"{_TAG}int", _decimal)


class _Named(Struct, forbid_unknown_fields=True, omit_defaults=True):
    name: _Name


class _Entry(Struct, forbid_unknown_fields=True, kw_only=True):
    name: _Name
    id: Annotated[int, Meta(ge=1, le=2**63 - 1)] | None = None


class _Looks(_Entry, forbid_unknown_fields=True, kw_only=True):
    icon: Icon | UnsetType | None = UNSET
    photo: Photo | UnsetType | None = UNSET


class _PriceFrom(Struct, forbid_unknown_fields=True):
    moment: Moment = field(name="from")
    price: str | int | float


class _Described(_Named, forbid_unknown_fields=True, omit_defaults=True):
    description: Annotated[str, Meta(max_length=500)] = ""


class _Classification(_Entry, forbid_unknown_fields=True, kw_only=True):
    price: str | int | float
    duration_minutes: Annotated[int, Meta(ge=1, le=1440)]
    translations: dict[str, _Named] = {}
    turn_value: str | int | float | UnsetType = UNSET
    hidden_until: Moment | UnsetType | None = UNSET
    scheduled: Annotated[list[_PriceFrom], Meta(max_length=50)] | UnsetType = UNSET


class _Service(_Looks, forbid_unknown_fields=True, kw_only=True):
    classifications: Annotated[list[_Classification], Meta(min_length=1)]
    description: Annotated[str, Meta(max_length=500)] = ""
    translations: dict[str, _Described] = {}
    tax_rate: str | int | float | UnsetType = UNSET
    hidden_until: Moment | UnsetType | None = UNSET


class _Category(_Looks, forbid_unknown_fields=True, kw_only=True):
    services: Annotated[list[_Service], Meta(min_length=1)]
    description: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET
    translations: dict[str, _Described] = {}


class _File(Struct, forbid_unknown_fields=True):
    categories: Annotated[list[_Category], Meta(min_length=1)]


_DECIMALS: Final = ("no", "one", "two", "three")


def load(text: str, currency: str = "USD") -> list[CatalogCategory]:
    """Read a catalogue file.

    Args:
        text: YAML.
        currency: ISO 4217 code: a price has no more decimals than it.

    Raises:
        ValidationFailed: It is no YAML, a field is missing, odd or unknown, a name stands twice in
            its list, or a price is negative or finer than the currency; the message says where.
    """
    if len(text) > _MAX_BYTES:
        raise ValidationFailed("The catalogue file is larger than a megabyte.")
    try:
        content = msgspec.convert(yaml.load(text, _AsWritten), _File)  # noqa: S506 — a SafeLoader
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        where = f" in line {place.line + 1}" if place else ""
        raise ValidationFailed(f"The catalogue file is no YAML{where}.") from None
    except (msgspec.ValidationError, ValueError, RecursionError) as error:
        raise ValidationFailed(f"The catalogue file is not right: {error}") from None
    _no_doubles("categories", content.categories)
    return [
        CatalogCategory(
            category.name.strip(),
            tuple(_service(category, row, currency) for row in _services(category)),
            _translations(category.name, category.translations),
            category.id,
            _said(category, "description", "icon", "photo"),
        )
        for category in content.categories
    ]


def _services(category: _Category) -> Sequence[_Service]:
    _no_doubles(f"the services of {category.name}", category.services)
    return category.services


def _service(category: _Category, row: _Service, currency: str) -> CatalogService:
    where = f"{category.name} → {row.name}"
    _no_doubles(f"the variants of {where}", row.classifications)
    return CatalogService(
        row.name.strip(),
        row.description,
        tuple(
            CatalogClassification(
                variant.name.strip(),
                _price(variant.price, f"The price of {where} → {variant.name}", currency),
                variant.duration_minutes,
                _translations(f"{where} → {variant.name}", variant.translations),
                variant.id,
                _more(variant, f"{where} → {variant.name}", currency),
            )
            for variant in row.classifications
        ),
        _translations(where, row.translations),
        row.id,
        _said(row, "hidden_until", "icon", "photo") | _rate(row.tax_rate, "tax_rate", where),
    )


def _said(row: Struct, *fields: str) -> dict[str, Any]:
    """Those of the fields that the file names."""
    named = ((name, getattr(row, name)) for name in fields)
    return {name: value for name, value in named if value is not UNSET}


def _more(variant: _Classification, where: str, currency: str) -> dict[str, Any]:
    said = _said(variant, "hidden_until") | _rate(variant.turn_value, "turn_value", where)
    if variant.scheduled is not UNSET:
        what = f"A scheduled price of {where}"
        rows = [
            (each.moment.astimezone(UTC), _price(each.price, what, currency))
            for each in variant.scheduled
        ]
        if len({moment for moment, _ in rows}) != len(rows):
            raise ValidationFailed(f"{where} has two prices from the same moment on.")
        said["scheduled"] = tuple(sorted(rows))
    return said


def _rate(value: float | str | UnsetType, name: str, where: str) -> dict[str, Any]:
    if value is UNSET:
        return {}
    return {name: parse_amount(value, f"{name} of {where}")}


def _price(value: object, name: str, currency: str) -> Decimal:
    price = parse_amount(value, name)
    if str(value).strip().startswith("-"):
        raise ValidationFailed(f"{name} must not be negative.")
    if not is_plain_price(value):
        raise ValidationFailed(f"{name} must be an amount of money such as 95.50.")
    if not is_exact(price, currency):
        raise ValidationFailed(
            f"{name} must have at most {_DECIMALS[exponent(currency)]} decimals."
        )
    return price


def _translations(where: str, given: Mapping[str, _Named]) -> Translations:
    for code in given:
        if code not in LANGUAGES:
            raise ValidationFailed(
                f"{where} is translated into {code!r}; known are {', '.join(LANGUAGES)}."
            )
    return {
        code: {key: value.strip() for key, value in msgspec.to_builtins(words).items()}
        for code, words in given.items()
    }


def _no_doubles(where: str, rows: Iterable[_Category | _Service | _Classification]) -> None:
    seen: set[str] = set()
    for row in rows:
        # As the database compares names: it takes `Sauna` and `sauna` for one.
        name = row.name.strip().casefold()
        if name in seen:
            raise ValidationFailed(f"{row.name!r} stands twice in {where}.")
        seen.add(name)


def dump(categories: Iterable[CatalogCategory]) -> str:
    """Write a catalogue file that `load` reads back."""
    content: dict[str, Any] = {
        "categories": [
            {
                **_identified(category),
                **category.more,
                **_translated(category.translations),
                "services": [_service_out(row) for row in category.services],
            }
            for category in categories
        ]
    }
    return yaml.dump(content, Dumper=_Quoting, sort_keys=False, allow_unicode=True)


def _service_out(row: CatalogService) -> dict[str, Any]:
    return {
        **_identified(row),
        "description": row.description,
        **_written(row.more),
        **_translated(row.translations),
        "classifications": [
            {
                **_identified(variant),
                "price": str(variant.price),
                "duration_minutes": variant.duration_minutes,
                **_written(variant.more),
                **_translated(variant.translations),
            }
            for variant in row.classifications
        ],
    }


def _identified(entry: CatalogCategory | CatalogService | CatalogClassification) -> dict[str, Any]:
    return {"name": entry.name} | ({} if entry.id is None else {"id": entry.id})


def _written(more: Mapping[str, Any]) -> dict[str, Any]:
    written = dict(more)
    for name in ("tax_rate", "turn_value"):
        if name in written:
            written[name] = f"{written[name].normalize():f}"
    if written.get("hidden_until"):
        written["hidden_until"] = written["hidden_until"].isoformat()
    if "scheduled" in written:
        written["scheduled"] = [
            {"from": moment.isoformat(), "price": str(price)}
            for moment, price in written["scheduled"]
        ]
    return written


def _translated(translations: Translations) -> dict[str, Any]:
    return {"translations": translations} if translations else {}
