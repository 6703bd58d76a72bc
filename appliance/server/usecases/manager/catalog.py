"""Keeping the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from appliance.server.domain.states import Actor
from appliance.server.store import catalog
from appliance.server.store.models import Service, ServiceCategory, ServiceClassification
from appliance.server.store.unit_of_work import UnitOfWork

from . import menu

Translations = dict[str, dict[str, str]]
"""Language → what is translated."""


@dataclass(frozen=True, slots=True)
class CatalogClassification:
    """A variant as the manager wants it; `translations` is language → `{name}`."""

    name: str
    price: Decimal
    duration_minutes: int
    translations: Translations = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CatalogService:
    """A service as the manager wants it; `translations` is language → `{name, description?}`."""

    name: str
    description: str = ""
    classifications: tuple[CatalogClassification, ...] = field(default=())
    translations: Translations = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CatalogCategory:
    """A category as the manager wants it; `translations` is language → `{name}`."""

    name: str
    services: tuple[CatalogService, ...] = field(default=())
    translations: Translations = field(default_factory=dict)


def import_catalog(unit: UnitOfWork, by: Actor, wanted: Sequence[CatalogCategory]) -> None:
    """Make the catalogue what the list says.

    What is no longer on the list is not offered any more, but stays where past visits refer to it;
    what comes back under its old name is the old entry again.
    """
    menu.bring_up_to_date(unit)
    known = {category.name: category for category in catalog.categories(unit.session)}
    for category in known.values():
        category.active = False
    for position, entry in enumerate(wanted):
        category = known.get(entry.name) or ServiceCategory(name=entry.name, services=[])
        category.active, category.position = True, position
        category.translations = entry.translations or None
        unit.add(category)
        _import_services(category, entry.services)
    unit.record("catalog_imported", by, unit.now(), detail={"categories": len(wanted)})
    unit.changes.catalog = True


def _import_services(category: ServiceCategory, wanted: Sequence[CatalogService]) -> None:
    known: dict[str, Service | None] = {row.service_name: row for row in category.services}
    for old in category.services:
        old.active = False
    for position, entry in enumerate(wanted):
        service = known.get(entry.name)
        if service is None:
            service = Service(service_name=entry.name, classifications=[])
            category.services.append(service)
        service.active, service.position = True, position
        service.description = entry.description
        service.translations = entry.translations or None
        _import_classifications(service, entry.classifications)


def _import_classifications(service: Service, wanted: Sequence[CatalogClassification]) -> None:
    known: dict[str, ServiceClassification | None] = {
        row.name: row for row in service.classifications
    }
    for old in service.classifications:
        old.active = False
    for position, entry in enumerate(wanted):
        variant = known.get(entry.name)
        if variant is None:
            variant = ServiceClassification(name=entry.name)
            service.classifications.append(variant)
        variant.active, variant.position = True, position
        variant.price, variant.duration_minutes = entry.price, entry.duration_minutes
        variant.translations = entry.translations or None


def export_catalog(unit: UnitOfWork) -> list[CatalogCategory]:
    """The catalogue as it is offered now, in the shape that `import_catalog` takes."""
    now = unit.now()
    return [
        CatalogCategory(
            category.name,
            tuple(
                CatalogService(
                    service.service_name,
                    service.description,
                    tuple(
                        CatalogClassification(
                            row.name,
                            row.price_at(now),
                            row.duration_minutes,
                            row.translations or {},
                        )
                        for row in service.classifications
                        if row.active
                    ),
                    service.translations or {},
                )
                for service in category.services
                if service.active
            ),
            category.translations or {},
        )
        for category in catalog.categories(unit.session)
        if category.active
    ]
