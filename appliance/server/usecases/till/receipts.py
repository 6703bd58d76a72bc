"""Finding what was paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

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
    days_ago: int | None = None,
    ticket: str | None = None,
) -> Sequence[Transaction]:
    """Find paid visits by receipt number, by ticket, or by their day and the customer's number.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        number: The receipt's.
        code: The customer's; or
        date: On which business date, ISO; with no code, the last of that day's visits; or
        days_ago: How many business days before today, instead of the date; or
        ticket: What the QR code of the customer's ticket says after `/t/`.

    Raises:
        ValidationFailed: None is given, or one cannot be read.
    """
    if number is not None:
        return ledger.by_receipt(unit.session, number)
    if ticket is not None:
        return ledger.by_ticket(unit.session, ticket)
    if code is None and date is None and days_ago is None:
        raise ValidationFailed("Say number, code, date, days_ago or ticket.")
    today = shop.day.date_of(unit.now())
    day = date or (today - timedelta(days=days_ago or 0)).isoformat()
    if code is None:
        return ledger.paid_on(unit.session, day)
    return ledger.by_code(unit.session, parse_code(code), day)
