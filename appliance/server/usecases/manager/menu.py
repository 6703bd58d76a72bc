"""The catalogue as a manager keeps it on a screen: entry by entry, by id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple, TypeVar

from appliance.server.domain.currencies import is_exact
from appliance.server.domain.errors import InvalidState, NotFound, ValidationFailed
from appliance.server.domain.menu_icons import MENU_ICONS
from appliance.server.domain.states import SYSTEM, Actor
from appliance.server.store import catalog
from appliance.server.store.models import (
    ScheduledPrice,
    Service,
    ServiceCategory,
    ServiceClassification,
)
from appliance.server.store.unit_of_work import UnitOfWork

from ..shop import Shop
from .changes import Fields, before_and_after, check_expected, news

Words = dict[str, dict[str, str]]
"""Language to what is translated."""
Level = Literal["category", "service", "classification"]
Entry = ServiceCategory | Service | ServiceClassification
E = TypeVar("E", ServiceCategory, Service, ServiceClassification)

_KINDS: Final[dict[Level, type[ServiceCategory | Service | ServiceClassification]]] = {
    "category": ServiceCategory,
    "service": Service,
    "classification": ServiceClassification,
}
NEXT_DAY: Final = "next_business_day"
KEEP_PHOTOS: Final = timedelta(days=30)
"""How long one that no entry shows can be taken back, from the history or an older file."""
_TURNS: Final = (Decimal(0), Decimal("0.5"), Decimal(1))
_NAMES: Final = {
    ServiceCategory: ("category", "name"),
    Service: ("service", "service_name"),
    ServiceClassification: ("classification", "name"),
}
"""Kind of entry to what it is called, and where its name stands."""


class Menu(NamedTuple):
    """The whole catalogue, with what is hidden.

    Attributes:
        categories: In their order.
        currency: ISO 4217 code.
    """

    categories: Sequence[ServiceCategory]
    currency: str


def whole(unit: UnitOfWork, shop: Shop) -> Menu:
    """The catalogue with everything that is hidden or no longer offered."""
    return Menu(catalog.categories(unit.session), shop.currency)


def put_in_order(unit: UnitOfWork, by: Actor, kind: Level, ids: list[int]) -> None:
    """Give the entries of one list another order.

    Args:
        unit: The open unit of work.
        by: The manager.
        kind: `category`, `service` or `classification`.
        ids: All categories, all services of a category or all variants of a service.

    Raises:
        InvalidState: Somebody else has added to the list meanwhile, or these are no list.
    """
    model = _KINDS[kind]
    # Taken in one order by everybody, whatever the order that they ask for.
    rows: dict[int, Entry | None] = {
        entry_id: catalog.take(unit.session, model, entry_id) for entry_id in sorted(set(ids))
    }
    first = next(iter(rows.values()))
    siblings = [] if first is None else catalog.siblings(unit.session, first)
    if len(rows) != len(ids) or {row.id for row in siblings} != rows.keys():
        raise InvalidState("Someone else just changed this list. Please check again.")
    before = [row.id for row in siblings]
    if before == list(ids):
        return
    for position, entry_id in enumerate(ids):
        row = rows[entry_id]
        assert row is not None  # noqa: S101 — it is one of the siblings
        row.position = position
    detail: dict[str, object] = {"kind": kind, "before": before, "after": list(ids)}
    unit.record("catalog_order_changed", by, unit.now(), detail=detail)
    unit.changes.catalog = True


def bring_up_to_date(unit: UnitOfWork) -> None:
    """Write down what has come true by itself: prices that are valid now, and what is shown again.

    Nobody waits for it: what is offered follows the clock. It tells the screens.
    """
    now = unit.now()
    for variant_id in catalog.due(unit.session, now):
        variant = _with_id(unit, ServiceClassification, variant_id)
        present = {"price": variant.price}
        variant.price = variant.price_at(now)
        variant.scheduled = [row for row in variant.scheduled if row.valid_from > now]
        _record(unit, SYSTEM, "price_valid", variant, before_and_after(present, _price(variant)))
    for entry in catalog.shown_again(unit.session, now):
        unit.session.refresh(entry, with_for_update=True)
        if entry.hidden_until is not None and entry.hidden_until <= now:
            entry.hidden_until = None
        unit.changes.catalog = True
    unit.session.flush()


def _price(variant: ServiceClassification) -> dict[str, Any]:
    return {"price": variant.price}


def add_category(
    unit: UnitOfWork,
    by: Actor,
    name: str,
    description: str = "",
    translations: Words | None = None,
    icon: str | None = None,
    photo: str | None = None,
    position: int | None = None,
) -> ServiceCategory:
    """Add a category; it is offered once something in it is.

    Raises:
        ValidationFailed: The name is empty, or there is no such icon.
        NotFound: There is no such photo.
        InvalidState: There is one with this name.
    """
    check_looks(unit, {"icon": icon, "photo": photo})
    others = catalog.categories(unit.session)
    entry = ServiceCategory(
        name=_name(name),
        description=description.strip(),
        translations=translations or None,
        icon=icon,
        photo=photo,
        position=_place(others, position),
        active=True,
        services=[],
    )
    return _added(unit, by, entry)


def add_service(
    unit: UnitOfWork,
    by: Actor,
    category_id: int,
    name: str,
    description: str = "",
    translations: Words | None = None,
    icon: str | None = None,
    photo: str | None = None,
    tax_rate: Decimal | None = None,
    position: int | None = None,
) -> Service:
    """Add a service; it is offered once it has a variant.

    Raises:
        NotFound: There is no such category, or no such photo.
        ValidationFailed: The name is empty, the tax more than everything, or there is no such icon.
        InvalidState: The category has one with this name.
    """
    category = _with_id(unit, ServiceCategory, category_id)
    check_tax(tax_rate)
    check_looks(unit, {"icon": icon, "photo": photo})
    entry = Service(
        category_id=category.id,
        service_name=_name(name),
        description=description.strip(),
        translations=translations or None,
        icon=icon,
        photo=photo,
        tax_rate=tax_rate or Decimal(0),
        position=_place(category.services, position),
        active=True,
        classifications=[],
    )
    return _added(unit, by, entry)


def add_classification(
    unit: UnitOfWork,
    shop: Shop,
    by: Actor,
    service_id: int,
    name: str,
    price: Decimal,
    duration_minutes: int,
    translations: Words | None = None,
    turn_value: Decimal | None = None,
    position: int | None = None,
) -> ServiceClassification:
    """Add a variant of a service.

    Raises:
        NotFound: There is no such service.
        ValidationFailed: The name is empty, the price finer than the currency, or the turns odd.
        InvalidState: The service has one with this name.
    """
    service = _with_id(unit, Service, service_id)
    check_price(shop, price)
    check_turns(turn_value)
    entry = ServiceClassification(
        service_id=service.id,
        name=_name(name),
        price=price,
        duration_minutes=duration_minutes,
        translations=translations or None,
        turn_value=Decimal(1) if turn_value is None else turn_value,
        position=_place(service.classifications, position),
        active=True,
        scheduled=[],
    )
    return _added(unit, by, entry)


def change_category(
    unit: UnitOfWork, by: Actor, category_id: int, wanted: Fields, expected: Fields
) -> ServiceCategory:
    """Change a category.

    Args:
        unit: The open unit of work.
        by: The manager.
        category_id: Which.
        wanted: Any of `name`, `description`, `translations`, `icon`, `photo`, `position`, `active`.
        expected: The same as the manager saw them, as far as it matters.

    Raises:
        NotFound: There is no such category, or no such photo.
        ValidationFailed: The name is empty, or there is no such icon.
        InvalidState: The name is taken, or somebody else has changed this meanwhile.
    """
    entry = _with_id(unit, ServiceCategory, category_id)
    check_looks(unit, wanted)
    fields = ("name", "description", "translations", "icon", "photo", "position", "active")
    _change(unit, by, entry, fields, wanted, expected)
    return entry


def change_service(
    unit: UnitOfWork,
    shop: Shop,
    by: Actor,
    service_id: int,
    wanted: Fields,
    expected: Fields,
) -> Service:
    """Change a service.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        by: The manager.
        service_id: Which.
        wanted: Any of `name`, `description`, `translations`, `icon`, `photo`, `position`,
            `active`, `hidden_until`, `tax_rate` and `category_id`: in another category it comes
            last, unless a position is said.
        expected: The same as the manager saw them, as far as it matters.

    Raises:
        NotFound: There is no such service or category, or no such photo.
        ValidationFailed: The name is empty, the tax more than everything, or there is no such icon.
        InvalidState: The name is taken there, or somebody else has changed this meanwhile.
    """
    entry = _with_id(unit, Service, service_id)
    check_tax(wanted.get("tax_rate"))
    names = {entry.category_id: entry.category.name}
    category_id = wanted.get("category_id", entry.category_id)
    if category_id != entry.category_id:
        there = _with_id(unit, ServiceCategory, category_id)
        names[there.id] = there.name
        wanted = {"position": _place(there.services, None), **wanted}
    check_looks(unit, wanted)
    fields = (
        "name", "description", "translations", "icon", "photo", "position", "active",
        "hidden_until", "tax_rate", "category_id",
    )  # fmt: skip
    _change(unit, by, entry, fields, _hiding(unit, shop, wanted), expected, names)
    return entry


def change_classification(
    unit: UnitOfWork,
    shop: Shop,
    by: Actor,
    classification_id: int,
    wanted: Fields,
    expected: Fields,
) -> ServiceClassification:
    """Change a variant; customers who have chosen it keep its price.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        by: The manager.
        classification_id: Which.
        wanted: Any of `name`, `translations`, `position`, `active`, `hidden_until`,
            `duration_minutes`, `turn_value` and `price`; with `valid_from` the price is scheduled,
            and one of None takes what was scheduled for that moment back.
        expected: The same as the manager saw them, as far as it matters.

    Raises:
        NotFound: There is no such variant.
        ValidationFailed: The name is empty, the price finer than the currency, or the turns odd.
        InvalidState: The name is taken, or somebody else has changed this meanwhile.
    """
    bring_up_to_date(unit)
    entry = _with_id(unit, ServiceClassification, classification_id)
    now = dict(wanted)
    valid_from = now.pop("valid_from", None)
    if "price" in now and now["price"] is not None:
        check_price(shop, now["price"])
    check_turns(now.get("turn_value"))
    if valid_from is not None and valid_from.tzinfo is None:
        valid_from = valid_from.replace(tzinfo=shop.day.timezone).astimezone(UTC)
    later = valid_from is not None and valid_from > unit.now()
    if valid_from is not None and "price" not in now:
        raise ValidationFailed("Say which price is valid from then on.")
    scheduled = now.pop("price") if later else None
    if not later and now.get("price", entry.price) is None:
        raise ValidationFailed("A price is an amount of money such as 95.50.")
    fields = (
        "name", "translations", "position", "active", "hidden_until", "duration_minutes",
        "turn_value", "price",
    )  # fmt: skip
    _change(unit, by, entry, fields, _hiding(unit, shop, now), expected)
    if valid_from is not None and later:
        _schedule(unit, by, entry, valid_from, scheduled)
    return entry


def keep_photo(unit: UnitOfWork, digest: str, content: bytes) -> None:
    """Keep a photo that an entry is to have; what nothing shows for a month is forgotten.

    Args:
        unit: The open unit of work.
        digest: What it is known by.
        content: A JPEG.
    """
    now = unit.now()
    catalog.forget_photos(unit.session, before=now - KEEP_PHOTOS)
    catalog.keep_photo(unit.session, digest, content, now)


def _schedule(
    unit: UnitOfWork,
    by: Actor,
    entry: ServiceClassification,
    valid_from: datetime,
    price: Decimal | None,
) -> None:
    known = next((row for row in entry.scheduled if row.valid_from == valid_from), None)
    before = known.price if known else None
    if known is not None and price is None:
        entry.scheduled.remove(known)
    elif known is not None and price is not None:
        known.price = price
    elif price is not None:
        entry.scheduled.append(
            ScheduledPrice(classification_id=entry.id, valid_from=valid_from, price=price)
        )
        entry.scheduled.sort(key=lambda row: row.valid_from)
    unit.write_or(InvalidState("Someone else is changing this right now. Please check again."))
    detail = before_and_after({"price": before}, {"price": price})
    _record(unit, by, "price_scheduled", entry, detail | {"from": valid_from.isoformat()})


def _change(
    unit: UnitOfWork,
    by: Actor,
    entry: Entry,
    fields: tuple[str, ...],
    wanted: Fields,
    expected: Fields,
    categories: Mapping[int, str] | None = None,
) -> None:
    _, name_column = _NAMES[type(entry)]
    columns = {field: name_column if field == "name" else field for field in fields}
    present = {field: getattr(entry, column) for field, column in columns.items()}
    if "translations" in present:
        present["translations"] = present["translations"] or {}
    check_expected(present, expected)
    cleaned = dict(wanted)
    if "name" in cleaned:
        cleaned["name"] = _name(cleaned["name"])
    if "description" in cleaned:
        cleaned["description"] = cleaned["description"].strip()
    changed = news(present, cleaned)
    if not changed:
        return
    for field, value in changed.items():
        setattr(entry, columns[field], (value or None) if field == "translations" else value)
    unit.write_or(taken(str(changed.get("name", present["name"]))))
    kind, _ = _NAMES[type(entry)]
    if categories and "category_id" in changed:
        # By its name: the history is read by people.
        was, now = present["category_id"], changed.pop("category_id")
        present["category"], changed["category"] = categories[was], categories[now]
    _record(unit, by, f"{kind}_changed", entry, before_and_after(present, changed))


def _added(unit: UnitOfWork, by: Actor, entry: E) -> E:
    kind, name_column = _NAMES[type(entry)]
    unit.session.add(entry)
    unit.write_or(taken(getattr(entry, name_column)))
    _record(unit, by, f"{kind}_added", entry, {})
    return entry


def _record(
    unit: UnitOfWork, by: Actor, event: str, entry: Entry, detail: dict[str, object]
) -> None:
    kind, name_column = _NAMES[type(entry)]
    about: dict[str, object] = {kind: entry.id, "name": getattr(entry, name_column)}
    unit.record(event, by, unit.now(), detail=about | detail)
    unit.changes.catalog = True


def _with_id(unit: UnitOfWork, kind: type[E], entry_id: int) -> E:
    entry = catalog.take(unit.session, kind, entry_id)
    if entry is None:
        raise NotFound("The catalogue has no such entry.")
    return entry


def _hiding(unit: UnitOfWork, shop: Shop, wanted: Fields) -> Fields:
    if wanted.get("hidden_until") != NEXT_DAY:
        return wanted
    # A day and a half after the start of today is tomorrow, also where clocks change.
    tomorrow = shop.day.start_of(shop.day.start_of(unit.now()) + timedelta(hours=36))
    return {**wanted, "hidden_until": tomorrow}


def _place(others: Sequence[Entry], position: int | None) -> int:
    last = max((entry.position for entry in others), default=-1)
    return last + 1 if position is None else position


def _name(text: str) -> str:
    name = text.strip()
    if not 1 <= len(name) <= 120 or any(character < " " for character in name):
        raise ValidationFailed("Name must be 1–120 characters on one line.")
    return name


def taken(name: str) -> InvalidState:
    """The refusal of a name that stands in the list already."""
    return InvalidState("{name} already exists here.", name=name)


def check_looks(unit: UnitOfWork, wanted: Fields) -> None:
    """Raises `ValidationFailed` or `NotFound` where the `icon` or `photo` is none of ours."""
    icon, photo = wanted.get("icon"), wanted.get("photo")
    if icon is not None and icon not in MENU_ICONS:
        raise ValidationFailed("There is no such icon.")
    if photo is not None and not catalog.has_photo(unit.session, photo):
        raise NotFound("This photo is not here. Upload it first.")


def check_price(shop: Shop, price: Decimal) -> None:
    """Raises `ValidationFailed` for a price finer than the currency."""
    if not is_exact(price, shop.currency):
        raise ValidationFailed(
            "{price} has more decimals than {currency} has.",
            price=str(price),
            currency=shop.currency,
        )


def check_turns(turns: Decimal | None) -> None:
    """Raises `ValidationFailed` for what is not 0, a half or 1."""
    if turns is not None and turns not in _TURNS:
        raise ValidationFailed("turn_value is 0, 0.5 or 1.")


def check_tax(rate: Decimal | None) -> None:
    """Raises `ValidationFailed` for a tax of more than everything."""
    if rate is not None and rate > 100:
        raise ValidationFailed("tax_rate is from 0 to 100.")
