"""Finding what was paid."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.server.domain.codes import parse_code
from appliance.server.domain.errors import ValidationFailed
from appliance.server.store import ledger
from appliance.server.store.models import Transaction
from appliance.server.store.unit_of_work import UnitOfWork

from ..shop import Shop


def find(
    unit: UnitOfWork,
    shop: Shop,
    number: int | None = None,
    code: str | None = None,
    date: str | None = None,
    ticket: str | None = None,
) -> Sequence[Transaction]:
    """Find paid visits by receipt number, by ticket, or by the customer's number on a day.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        number: The receipt's.
        code: The customer's; or
        date: On which business date, ISO; today where it is not said; or
        ticket: What the QR code of the customer's ticket says after `/t/`.

    Raises:
        ValidationFailed: None is given, or one cannot be read.
    """
    if number is not None:
        return ledger.by_receipt(unit.session, number)
    if ticket is not None:
        return ledger.by_ticket(unit.session, ticket)
    if code is None:
        raise ValidationFailed("Say number, code and date, or ticket.")
    day = date or shop.day.date_of(unit.now()).isoformat()
    return ledger.by_code(unit.session, parse_code(code), day)
