"""The services that the shop offers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple, TypeVar

from sqlalchemy import bindparam, delete, exists, or_, select
from sqlalchemy.orm import Session, selectinload

from .models import (
    CatalogPhoto,
    ScheduledPrice,
    Service,
    ServiceCategory,
    ServiceClassification,
)

R = TypeVar("R", bound=ServiceCategory | Service | ServiceClassification)


class Offered(NamedTuple):
    """A variant that is offered.

    Attributes:
        variant: The variant.
        service: Its service.
        price: What it costs at this moment.
    """

    variant: ServiceClassification
    service: Service
    price: Decimal


_SCHEDULED: Final = (
    select(ScheduledPrice.price)
    .where(
        ScheduledPrice.classification_id == bindparam("id"),
        ScheduledPrice.valid_from <= bindparam("now"),
    )
    .order_by(ScheduledPrice.valid_from.desc())
    .limit(1)
    .scalar_subquery()
)
# Made once: the customer at the kiosk waits for it.
_IS_OFFERED: Final = (
    ServiceClassification.active,
    Service.active,
    ServiceCategory.active,
    *(
        or_(level.hidden_until.is_(None), level.hidden_until <= bindparam("now"))
        for level in (ServiceClassification, Service)
    ),
)
_OFFERED: Final = (
    select(ServiceClassification, Service, _SCHEDULED)
    .join(Service, ServiceClassification.service_id == Service.id)
    .join(ServiceCategory, Service.category_id == ServiceCategory.id)
    .where(ServiceClassification.id == bindparam("id"), *_IS_OFFERED)
)


def categories(session: Session) -> Sequence[ServiceCategory]:
    """The catalogue, whole, inactive entries included."""
    return session.scalars(
        select(ServiceCategory)
        .order_by(ServiceCategory.position, ServiceCategory.id)
        .options(
            selectinload(ServiceCategory.services)
            .selectinload(Service.classifications)
            .selectinload(ServiceClassification.scheduled)
        )
    ).all()


def names_in(
    session: Session, classification_ids: Iterable[int], language: str
) -> dict[int, tuple[str | None, str | None]]:
    """What variants are called in a language.

    Args:
        session: Open.
        classification_ids: Which.
        language: Its code.

    Returns:
        By id: the service's name and the variant's; None where the shop has not translated it.
    """
    rows = session.execute(
        select(ServiceClassification.id, Service.translations, ServiceClassification.translations)
        .join(Service, ServiceClassification.service_id == Service.id)
        .where(ServiceClassification.id.in_(set(classification_ids)))
    )

    def name(words: dict[str, dict[str, str]] | None) -> str | None:
        return (words or {}).get(language, {}).get("name")

    return {key: (name(service), name(variant)) for key, service, variant in rows}


def offered(session: Session, classification_id: int, now: datetime) -> Offered | None:
    """A variant with its service and price; None where it is not offered, or not now."""
    row = session.execute(_OFFERED, {"id": classification_id, "now": now}).one_or_none()
    if row is None:
        return None
    variant, service, scheduled = row
    return Offered(variant, service, variant.price if scheduled is None else scheduled)


def any_offered(session: Session, now: datetime) -> int | None:
    """The id of some variant that is offered now; None where nothing is."""
    found: int | None = session.scalar(
        select(ServiceClassification.id)
        .join(Service, ServiceClassification.service_id == Service.id)
        .join(ServiceCategory, Service.category_id == ServiceCategory.id)
        .where(*_IS_OFFERED)
        .limit(1),
        {"now": now},
    )
    return found


def take(session: Session, kind: type[R], entry_id: int) -> R | None:
    """Take an entry, so that nobody else changes it meanwhile."""
    return session.get(kind, entry_id, with_for_update=True, populate_existing=True)


def due(session: Session, now: datetime) -> Sequence[int]:
    """The ids of the variants with a scheduled price that is valid by now; nothing is locked."""
    return session.scalars(
        select(ScheduledPrice.classification_id)
        .where(ScheduledPrice.valid_from <= now)
        .distinct()
        .order_by(ScheduledPrice.classification_id)
    ).all()


def shown_again(session: Session, now: datetime) -> Sequence[Service | ServiceClassification]:
    """What was hidden until a moment that has come; nothing is locked."""
    found: list[Service | ServiceClassification] = []
    found += session.scalars(select(Service).where(Service.hidden_until <= now))
    found += session.scalars(
        select(ServiceClassification).where(ServiceClassification.hidden_until <= now)
    )
    return found


def has_photo(session: Session, digest: str) -> bool:
    """Whether there is such a photo; it stays as long as this transaction."""
    # Shared: two managers may give two services the same one.
    return (
        session.execute(
            select(CatalogPhoto.digest)
            .where(CatalogPhoto.digest == digest)
            .with_for_update(read=True)
        ).first()
        is not None
    )


def photo(session: Session, digest: str) -> bytes | None:
    """A photo's JPEG."""
    return session.scalar(select(CatalogPhoto.content).where(CatalogPhoto.digest == digest))


def keep_photo(session: Session, digest: str, content: bytes, now: datetime) -> None:
    """Store a photo; one that is there already counts as new."""
    known = session.get(CatalogPhoto, digest)
    if known is None:
        session.add(CatalogPhoto(digest=digest, content=content, created_at=now))
    else:
        known.created_at = now


def forget_photos(session: Session, before: datetime) -> None:
    """Remove the photos from before a moment that nothing in the catalogue shows."""
    session.execute(
        delete(CatalogPhoto).where(
            CatalogPhoto.created_at < before,
            *(
                ~exists().where(level.photo == CatalogPhoto.digest)
                for level in (ServiceCategory, Service)
            ),
        )
    )


def siblings(
    session: Session, entry: ServiceCategory | Service | ServiceClassification
) -> Sequence[ServiceCategory] | Sequence[Service] | Sequence[ServiceClassification]:
    """The list that an entry stands in, itself included, in its order."""
    if isinstance(entry, ServiceCategory):
        return categories(session)
    if isinstance(entry, Service):
        return session.scalars(
            select(Service)
            .where(Service.category_id == entry.category_id)
            .order_by(Service.position, Service.id)
        ).all()
    return session.scalars(
        select(ServiceClassification)
        .where(ServiceClassification.service_id == entry.service_id)
        .order_by(ServiceClassification.position, ServiceClassification.id)
    ).all()
