"""X reads the day; Z closes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from appliance.server.domain import z
from appliance.server.domain.errors import InvalidState, NotFound
from appliance.server.domain.money import digits
from appliance.server.domain.shifts import ShiftState
from appliance.server.domain.states import Actor
from appliance.server.store import claims, ledger, numbers
from appliance.server.store.models import Shift, Transaction, ZReport
from appliance.server.store.numbers import Series
from appliance.server.store.unit_of_work import UnitOfWork

from ..shop import Shop
from . import slips

_NOTHING = Decimal(0)
AT_ONCE: Final = 100
"""How many Z reports a page has."""


class Reading(NamedTuple):
    """An X.

    Attributes:
        figures: A document as a Z has it, without number and hashes; amounts are decimal digits.
        today: The business date now: a day that was left open is another one.
        closed: Whether the day has its Z already, and nothing has come since.
    """

    figures: dict[str, Any]
    today: str
    closed: bool


class Sealed(NamedTuple):
    """A Z, and whether it is still as it was sealed.

    Attributes:
        report: The Z.
        verified: Its hash fits its text, and the hash before it is that of the Z before it.
    """

    report: ZReport
    verified: bool


class Page(NamedTuple):
    """Some Z reports, newest first.

    Attributes:
        reports: At most `AT_ONCE`.
        before: What the next page is asked for with; None where this is the last.
    """

    reports: list[Sealed]
    before: int | None


def x(unit: UnitOfWork, shop: Shop, date: str | None = None) -> Reading:
    """What the Z of a day would say if its shifts were closed now; changes nothing.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        date: The business date, ISO; the one that is closed next where it is not said.
    """
    today = shop.day.date_of(unit.now()).isoformat()
    day = date or ledger.oldest_open_date(unit.session) or today
    shifts = [row for row in ledger.shifts_of(unit.session, day) if row.z_number is None]
    closed = not shifts and ledger.z_of_date(unit.session, day)
    return Reading(_figures(unit, shop, day, shifts), today, closed)


def print_x(unit: UnitOfWork, shop: Shop) -> Reading:
    """Owe the paper of an X of the day that is closed next."""
    reading = x(unit, shop)
    slips.x(unit, shop, reading.figures)
    return reading


def close_day(unit: UnitOfWork, shop: Shop, manager: Actor) -> ZReport:
    """Close the oldest business date that is not closed, with all its shifts.

    Customers who are still here are listed with what they owe and carried over. What reports read
    of the day is worked out later (`daily`), when nothing is held any more.

    Raises:
        InvalidState: A shift of that date is still open, or there is nothing to close.
    """
    today = shop.day.date_of(unit.now()).isoformat()
    oldest = ledger.oldest_open_date(unit.session)
    date = oldest or today
    shifts = claims.shifts_of_day(unit.session, date)
    open_ones = [shift for shift in shifts if shift.state is not ShiftState.CLOSED]
    if open_ones:
        names = ", ".join(sorted({shift.cashier.name for shift in open_ones}))
        raise InvalidState("A shift is still open: {names}. Close it first.", names=names)
    number = numbers.take(unit.session, Series.Z)
    if not shifts and (oldest is not None or ledger.z_of_date(unit.session, date)):
        raise InvalidState("The day is already closed.")
    before = ledger.last_z(unit.session)
    figures = _figures(unit, shop, date, shifts)
    grand_total = (
        (before.grand_total if before else _NOTHING)
        + Decimal(figures["sales"])
        - Decimal(figures["refunds"])
    )
    document = figures | {
        "number": number,
        "closed_at": shop.local(unit.now()),
        "closed_by": manager.name,
        "grand_total": digits(grand_total, shop.currency),
    }
    # Words, names and languages change; a closed day's paper does not.
    document["paper"] = slips.z_paper(shop, document)
    previous = before.hash if before else z.FIRST
    text = z.canonical(document)
    report = ZReport(
        number=number,
        business_date=date,
        document=text,
        previous_hash=previous,
        hash=z.seal(previous, text),
        grand_total=grand_total,
        created_at=unit.now(),
    )
    unit.session.add(report)
    unit.session.flush()
    for shift in shifts:
        shift.z_number = number
    unit.session.flush()
    unit.record("day_close", manager, unit.now(), detail={"z": number, "date": date})
    slips.z(unit, shop, report)
    return report


def numbered(unit: UnitOfWork, number: int) -> ZReport:
    """This Z.

    Raises:
        NotFound: There is none of that number.
    """
    report = ledger.z_numbered(unit.session, number)
    if report is None:
        raise NotFound("No such Z report: {number}.", number=number)
    return report


def reports(unit: UnitOfWork, before: int | None = None) -> Page:
    """Z reports, newest first, each looked at whether anybody has changed it.

    Args:
        unit: The open unit of work.
        before: Older than the one with this number.
    """
    # One more than is told: each seal holds the hash of the one before.
    rows = ledger.z_reports(unit.session, AT_ONCE + 1, before)
    told = rows[:AT_ONCE]
    earlier = {row.number: row.hash for row in rows}
    sealed = [
        Sealed(
            row,
            row.hash == z.seal(row.previous_hash, row.document)
            and row.previous_hash == earlier.get(row.number - 1, z.FIRST),
        )
        for row in told
    ]
    return Page(sealed, told[-1].number if len(rows) > len(told) else None)


def print_again(unit: UnitOfWork, shop: Shop, number: int) -> ZReport:
    """Owe a Z's paper once more; it says what it said the first time.

    Raises:
        NotFound: There is none of that number.
    """
    report = numbered(unit, number)
    slips.z(unit, shop, report)
    return report


def _figures(unit: UnitOfWork, shop: Shop, date: str, shifts: Sequence[Shift]) -> dict[str, Any]:
    session = unit.session
    ids = [shift.id for shift in shifts]

    def money(amount: Decimal) -> str:
        return digits(amount, shop.currency)

    tenders = ledger.moved_in(session, ids)
    payments = ledger.payments_in(session, ids)
    refunds = ledger.refunds_in(session, ids)
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for tender in tenders:
        totals[tender.method] += tender.given - tender.change
    open_visits = ledger.still_open(session)
    uncollected = _uncollected(unit, shop, date)
    return {
        "business_date": date,
        "currency": shop.currency,
        # The paper's.
        "language": shop.language,
        "sales": money(sum((payment.due for payment in payments), _NOTHING)),
        "visits": len(payments),
        "tips": money(sum((tender.tip for tender in tenders), _NOTHING)),
        "refunds": money(sum((refund.amount for refund in refunds), _NOTHING)),
        "discounts": money(ledger.discounts_in(session, ids)),
        "rounding": money(sum((tender.rounding for tender in tenders), _NOTHING)),
        "corrections": ledger.corrections_in(session, ids),
        "tax": _tax(
            shop,
            [line for payment in payments for line in payment.tax or ()],
            [line for refund in refunds for line in refund.tax],
        ),
        "totals": {method: money(totals[method]) for method in sorted(totals)},
        "shifts": [_shift(unit, shop, shift) for shift in shifts],
        "uncollected": {
            "count": len(uncollected),
            "amount": money(sum((visit.total_amount for visit in uncollected), _NOTHING)),
            "customers": [
                {"code": visit.code, "amount": money(visit.total_amount)} for visit in uncollected
            ],
        },
        "open_customers": {
            "count": len(open_visits),
            "amount": money(sum((visit.owes for visit in open_visits), _NOTHING)),
            "customers": [
                {
                    "code": visit.code,
                    "status": visit.status.value,
                    "amount": money(visit.owes),
                }
                for visit in open_visits
            ],
        },
    }


def _uncollected(unit: UnitOfWork, shop: Shop, date: str) -> list[Transaction]:
    """Who left without paying, up to a business date, and is in no Z: each is in exactly one."""
    before = ledger.last_z(unit.session)
    since = closed_at = closed_day = None
    if before is not None:
        closed_at = ledger.closed_at(unit.session, before, unit.now())
        closed_day = min(before.business_date, shop.day.date_of(closed_at).isoformat())
        # A later business date begins after this moment, whatever the time zone.
        since = min(closed_at, datetime.fromisoformat(closed_day).replace(tzinfo=UTC))
    found = []
    for visit in ledger.uncollected(unit.session, since):
        left_at = visit.cancelled_at or visit.touched_at
        day = shop.day.date_of(left_at).isoformat()
        counted = closed_at and closed_day and day <= closed_day and left_at <= closed_at
        if day <= date and not counted:
            found.append(visit)
    return found


def _tax(
    shop: Shop, taken: Iterable[dict[str, str]], given_back: Iterable[dict[str, str]]
) -> list[dict[str, str]]:
    rates: dict[Decimal, list[Decimal]] = {}
    for sign, lines in ((1, taken), (-1, given_back)):
        for line in lines:
            sums = rates.setdefault(Decimal(line["rate"]), [_NOTHING, _NOTHING])
            sums[0] += sign * Decimal(line["net"])
            sums[1] += sign * Decimal(line["tax"])
    return [
        {
            "rate": str(rate),
            "net": digits(rates[rate][0], shop.currency),
            "tax": digits(rates[rate][1], shop.currency),
        }
        for rate in sorted(rates)
    ]


def _shift(unit: UnitOfWork, shop: Shop, shift: Shift) -> dict[str, Any]:

    def money(amount: Decimal | None) -> str | None:
        return None if amount is None else digits(amount, shop.currency)

    counted = shift.state is not ShiftState.OPEN
    taken = ledger.takings_of(unit.session, shift)
    difference = (
        shift.counted_amount - shift.expected_amount
        if shift.counted_amount is not None and shift.expected_amount is not None
        else None
    )
    return {
        "id": shift.id,
        "drawer": shift.drawer,
        "cashier": shift.cashier.name,
        "state": shift.state.value,
        "opened_at": shop.local(shift.opened_at),
        "closed_at": shop.local(shift.closed_at) if shift.closed_at else None,
        "float": money(shift.float_amount),
        "expected": money(shift.expected_amount) if counted else None,
        "counted": money(shift.counted_amount),
        "difference": money(difference),
        "difference_reason": shift.difference_reason,
        "left": money(shift.left_amount),
        "tips": money(taken.tips),
        "totals": {name: money(taken.totals[name]) for name in sorted(taken.totals)},
    }
