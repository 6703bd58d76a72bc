"""The services that the shop offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, selectinload

from .models import Service, ServiceCategory, ServiceClassification

# Made once: whoever chooses at the kiosk waits for it.
_OFFERED: Final = (
    select(ServiceClassification, Service)
    .join(Service, ServiceClassification.service_id == Service.id)
    .join(ServiceCategory, Service.category_id == ServiceCategory.id)
    .where(
        ServiceClassification.id == bindparam("id"),
        ServiceClassification.active,
        Service.active,
        ServiceCategory.active,
    )
)


def categories(session: Session) -> Sequence[ServiceCategory]:
    """The catalogue, whole, inactive entries included."""
    return session.scalars(
        select(ServiceCategory)
        .order_by(ServiceCategory.position, ServiceCategory.id)
        .options(selectinload(ServiceCategory.services).selectinload(Service.classifications))
    ).all()


def offered(
    session: Session, classification_id: int
) -> tuple[ServiceClassification, Service] | None:
    """A variant and its service; None where it is not offered, or not any more."""
    row = session.execute(_OFFERED, {"id": classification_id}).one_or_none()
    return None if row is None else (row[0], row[1])
