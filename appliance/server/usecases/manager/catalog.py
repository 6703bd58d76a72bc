"""Keeping the catalogue as a whole, as a file has it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeVar

from appliance.server.domain.errors import InvalidState, ValidationFailed
from appliance.server.domain.states import Actor
from appliance.server.store import catalog
from appliance.server.store.models import (
    ScheduledPrice,
    Service,
    ServiceCategory,
    ServiceClassification,
)
from appliance.server.store.unit_of_work import UnitOfWork

from . import menu

Translations = dict[str, dict[str, str]]
"""Language → what is translated."""
More = Mapping[str, Any]
"""What a file says beyond the rest, as the columns call it: `icon`, `photo`, `tax_rate`,
`hidden_until`, `turn_value`, and `scheduled`, pairs of moment and price. What it does not say stays
as it is."""
Row = TypeVar("Row", ServiceCategory, Service, ServiceClassification)


@dataclass(frozen=True, slots=True)
class CatalogClassification:
    """A variant as the manager wants it; `translations` is language → `{name}`."""

    name: str
    price: Decimal
    duration_minutes: int
    translations: Translations = field(default_factory=dict)
    id: int | None = None
    """The entry that it is, whatever it was called; None to find it by its name."""
    more: More = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CatalogService:
    """A service as the manager wants it; `translations` is language → `{name, description?}`."""

    name: str
    description: str = ""
    classifications: tuple[CatalogClassification, ...] = field(default=())
    translations: Translations = field(default_factory=dict)
    id: int | None = None
    more: More = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CatalogCategory:
    """A category as the manager wants it; `translations` is language → `{name, description?}`."""

    name: str
    services: tuple[CatalogService, ...] = field(default=())
    translations: Translations = field(default_factory=dict)
    id: int | None = None
    more: More = field(default_factory=dict)


Wanted = TypeVar("Wanted", CatalogCategory, CatalogService, CatalogClassification)
_NAMES: Final = {ServiceCategory: "name", Service: "service_name", ServiceClassification: "name"}


def import_catalog(unit: UnitOfWork, by: Actor, wanted: Sequence[CatalogCategory]) -> None:
    """Make the catalogue what the list says.

    What is no longer on the list is no longer offered, but stays where past visits refer to it;
    what comes back under its old name, or with its id, is the old entry again.

    Raises:
        ValidationFailed: An id or an icon is none of ours, a rate is too high or a turn odd.
        NotFound: A photo is not in this database.
        InvalidState: A name is taken by an entry that is no longer offered.
    """
    menu.bring_up_to_date(unit)
    known = catalog.categories(unit.session)
    for entry, category in _matched(unit, ServiceCategory, known, wanted):
        _set(unit, category, entry)
        unit.add(category)
        for row, service in _matched(unit, Service, category.services, entry.services):
            _set(unit, service, row)
            service.description = row.description
            if service not in category.services:
                category.services.append(service)
            variants = _matched(
                unit, ServiceClassification, service.classifications, row.classifications
            )
            for one, variant in variants:
                _set(unit, variant, one)
                variant.price, variant.duration_minutes = one.price, one.duration_minutes
                if variant not in service.classifications:
                    service.classifications.append(variant)
    unit.write_or(InvalidState("A name in this file belongs to an entry that is not offered now."))
    unit.record("catalog_imported", by, unit.now(), detail={"categories": len(wanted)})
    unit.changes.catalog = True


def _matched(
    unit: UnitOfWork, kind: type[Row], known: Iterable[Row], wanted: Sequence[Wanted]
) -> list[tuple[Wanted, Row]]:
    """Each wanted entry with the row that it is, by id or by name, or with a new one.

    The rows have their places and names; those that nothing wants are no longer offered.
    """
    column = _NAMES[kind]
    by_id = {row.id: row for row in known}
    by_name = {getattr(row, column): row for row in by_id.values()}
    for row in by_id.values():
        row.active = False
    chosen = [entry.id for entry in wanted if entry.id is not None]
    if unknown := sorted(set(chosen) - by_id.keys()):
        raise ValidationFailed("There is no entry {id} at this place.", id=unknown[0])
    if len(chosen) != len(set(chosen)):
        raise ValidationFailed("An id stands twice in this file.")
    pairs = [(each.name, by_id[each.id]) for each in wanted if each.id is not None]
    renamed = [row for name, row in pairs if row is not by_name.get(name)]
    for row in renamed:
        # Names that change places would meet for a moment.
        setattr(row, column, secrets.token_hex(16))
    if renamed:
        unit.session.flush()
    found: list[tuple[Wanted, Row]] = []
    for position, entry in enumerate(wanted):
        named = by_name.get(entry.name)
        if entry.id is not None:
            row = by_id[entry.id]
        elif named is not None and named.id not in chosen:
            row = named
        else:
            row = kind(**{_CHILDREN[kind]: []})
        setattr(row, column, entry.name)
        row.active, row.position = True, position
        found.append((entry, row))
    return found


_CHILDREN: Final = {
    ServiceCategory: "services",
    Service: "classifications",
    ServiceClassification: "scheduled",
}


def _set(
    unit: UnitOfWork,
    row: ServiceCategory | Service | ServiceClassification,
    entry: CatalogCategory | CatalogService | CatalogClassification,
) -> None:
    row.translations = entry.translations or None
    menu.check_looks(unit, entry.more)
    menu.check_tax(entry.more.get("tax_rate"))
    menu.check_turns(entry.more.get("turn_value"))
    for name, value in entry.more.items():
        if isinstance(row, ServiceClassification) and name == "scheduled":
            known = {each.valid_from: each for each in row.scheduled}
            row.scheduled = [
                known.get(valid_from) or ScheduledPrice(valid_from=valid_from)
                for valid_from, _ in value
            ]
            for each, (_, price) in zip(row.scheduled, value, strict=True):
                each.price = price
        else:
            setattr(row, name, value)


def export_catalog(unit: UnitOfWork, *, ids: bool = False) -> list[CatalogCategory]:
    """The catalogue as it is offered, in the shape that `import_catalog` takes.

    Args:
        unit: The open unit of work.
        ids: Whether each entry carries its id, so that it can be renamed in the file.
    """
    now = unit.now()

    def looks(row: ServiceCategory | Service) -> dict[str, Any]:
        return {"icon": row.icon, "photo": row.photo}

    def until(row: Service | ServiceClassification) -> dict[str, Any]:
        later = row.hidden_until is not None and row.hidden_until > now
        return {"hidden_until": row.hidden_until if later else None}

    def variant(row: ServiceClassification) -> CatalogClassification:
        later = tuple((each.valid_from, each.price) for each in row.scheduled)
        scheduled = {"scheduled": tuple(each for each in later if each[0] > now)}
        return CatalogClassification(
            row.name,
            row.price_at(now),
            row.duration_minutes,
            row.translations or {},
            row.id if ids else None,
            {"turn_value": row.turn_value, **until(row), **scheduled},
        )

    def service(row: Service) -> CatalogService:
        return CatalogService(
            row.service_name,
            row.description,
            tuple(variant(each) for each in row.classifications if each.active),
            row.translations or {},
            row.id if ids else None,
            {"tax_rate": row.tax_rate, **until(row), **looks(row)},
        )

    def category(row: ServiceCategory) -> CatalogCategory:
        services = (service(each) for each in row.services if each.active)
        return CatalogCategory(
            row.name,
            # What nothing can be chosen of is not offered, whatever a manager is about to add.
            tuple(each for each in services if each.classifications),
            row.translations or {},
            row.id if ids else None,
            {"description": row.description, **looks(row)},
        )

    offered = (category(row) for row in catalog.categories(unit.session) if row.active)
    return [each for each in offered if each.services]
