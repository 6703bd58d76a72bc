"""A cashier at a drawer: the float, what goes in and out, the blind count, the close."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from appliance.amounts import written
from appliance.server.domain import shifts
from appliance.server.domain.errors import (
    Busy,
    Forbidden,
    InvalidState,
    NotFound,
    ValidationFailed,
)
from appliance.server.domain.money import parse_amount
from appliance.server.domain.shifts import MovementKind, ShiftState, Takings
from appliance.server.domain.states import Actor, Role
from appliance.server.store import claims, ledger, people
from appliance.server.store import drawer as drawers
from appliance.server.store.models import Shift, ShiftCount, ShiftMovement
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.words import N_

from ..shop import Shop
from . import slips
from .bills import check_amount


class ShiftNow(NamedTuple):
    """A shift as its cashier may see it.

    Attributes:
        shift: The row.
        takings: What it took; None before it is counted, so that the count stays blind.
    """

    shift: Shift
    takings: Takings | None


NO_SHIFT: Final = N_("You have no open shift. Start one first.")


NO_DRAWER: Final = N_("No shift is open. Ask a cashier to start one, then give the refund.")

WHICH_DRAWER: Final = N_("Several shifts are open. Choose whose drawer the refund comes from.")


_OWN: Final = "#"


def own_drawer(cashier: Actor) -> str:
    """What a cashier's drawer is called where nobody has named one: no shop's name begins so."""
    return f"{_OWN}{cashier.id}"


def mine(unit: UnitOfWork, cashier: Actor) -> ShiftNow | None:
    """A cashier's open shift."""
    shift = ledger.look_at_open_shift(unit.session, cashier)
    return None if shift is None else _now(unit, shift)


def of_day(unit: UnitOfWork, shop: Shop, date: str | None = None) -> list[ShiftNow]:
    """The shifts of a business date, oldest first; of today where none is said."""
    wanted = date or shop.day.date_of(unit.now()).isoformat()
    return [_now(unit, shift) for shift in ledger.shifts_of(unit.session, wanted)]


def _now(unit: UnitOfWork, shift: Shift) -> ShiftNow:
    blind = shift.state is ShiftState.OPEN
    return ShiftNow(shift, None if blind else ledger.takings_of(unit.session, shift))


def for_money(unit: UnitOfWork, shop: Shop, cashier: Actor) -> Shift:
    """The shift that a cashier's money belongs to; one opens by itself where there is none.

    Money that comes after a count makes the count void: the drawer is counted again.

    Raises:
        Busy: Somebody else is opening one at this cashier's drawer at this moment.
    """
    shift = ledger.open_shift(unit, cashier) or _begin_by_itself(unit, shop, cashier)
    count_is_void(shift)
    return shift


def for_refund(unit: UnitOfWork, shop: Shop, by: Actor, shift_id: int | None = None) -> Shift:
    """The shift that a refund comes out of: a cashier's own, or for a manager one that is open.

    A manager has no drawer, and none opens for one by itself: nobody would count it.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        by: Who gives the money back.
        shift_id: The shift that is chosen.

    Raises:
        InvalidState: No shift is open, several are and none is chosen, or this one is closed.
        NotFound: There is no such shift.
        Forbidden: It is another cashier's.
    """
    if shift_id is None and by.role is not Role.MANAGER:
        return for_money(unit, shop, by)
    if shift_id is None:
        open_ones = ledger.open_shifts(unit.session)
        if not open_ones:
            raise InvalidState(NO_DRAWER)
        if len(open_ones) > 1:
            raise InvalidState(WHICH_DRAWER)
        shift_id = open_ones[0].id
    shift = _of(unit, by, shift_id)
    count_is_void(shift)
    return shift


def all_open(unit: UnitOfWork) -> list[ShiftNow]:
    """Every shift that is not closed, oldest first, of whatever day."""
    return [_now(unit, shift) for shift in ledger.open_shifts(unit.session)]


def _begin_by_itself(unit: UnitOfWork, shop: Shop, cashier: Actor) -> Shift:
    try:
        shift = _begin(unit, shop, cashier, own_drawer(cashier), None)
    except Busy:
        # Two payments of one cashier at once: the other one has just opened it for both.
        other = ledger.open_shift(unit, cashier)
        if other is None:
            raise
        return other
    unit.record("shift_open", cashier, unit.now(), detail={"shift": shift.id, "float": None})
    return shift


def open_shift(
    unit: UnitOfWork,
    shop: Shop,
    cashier: Actor,
    float_amount: Decimal | None = None,
    drawer: str | None = None,
    denominations: Mapping[Decimal, int] | None = None,
) -> ShiftNow:
    """Begin a shift with a counted float.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        cashier: Whose.
        float_amount: What is in the drawer now; or `denominations`.
        drawer: Which drawer; each cashier has one of their own where the shop names none.
        denominations: Coin or note → how many.

    Raises:
        ValidationFailed: The float is not said in exactly one way, there is no such coin or note,
            or the drawer is called like another cashier's own.
        InvalidState: The cashier has an open shift, or somebody else has this drawer.
    """
    float_amount = _in_the_drawer(shop, "float_amount", float_amount, denominations)
    name = (drawer or "").strip() or own_drawer(cashier)
    if name.startswith(_OWN) and name != own_drawer(cashier):
        raise ValidationFailed("The name of a drawer must not begin with {mark}.", mark=_OWN)
    if ledger.open_shift(unit, cashier) is not None:
        raise InvalidState("You already have an open shift. Close it first.")
    holder = ledger.holder_of_drawer(unit.session, name)
    if holder is not None:
        raise InvalidState(
            "{name} has an open shift at this drawer. It has to be closed first.",
            name=holder.cashier.name,
        )
    shift = _begin(unit, shop, cashier, name, float_amount)
    unit.record(
        "shift_open",
        cashier,
        unit.now(),
        detail={"shift": shift.id, "float": str(float_amount), "drawer": name},
    )
    return _now(unit, shift)


def _in_the_drawer(
    shop: Shop, name: str, amount: Decimal | None, denominations: Mapping[Decimal, int] | None
) -> Decimal:
    """What somebody has counted, as a sum or by coins and notes."""
    if amount is not None and denominations is None:
        return check_amount(shop, amount, name)
    if denominations is None or amount is not None:
        raise ValidationFailed("Say {name} or denominations.", name=name)
    # So many pieces may be more money than the books have room for.
    total = parse_amount(shifts.counted(denominations, shop.denominations), name)
    return check_amount(shop, total, name)


def _begin(
    unit: UnitOfWork, shop: Shop, cashier: Actor, drawer: str, start: Decimal | None
) -> Shift:
    date = shop.day.date_of(unit.now()).isoformat()
    shift = ledger.begin_shift(unit, cashier, drawer, date, start)
    if shift is None:
        raise Busy("A shift is being opened right now. Please try again.")
    return shift


def move(
    unit: UnitOfWork,
    shop: Shop,
    cashier: Actor,
    kind: MovementKind,
    amount: Decimal,
    reason: str,
    therapist_id: int | None = None,
) -> tuple[ShiftNow, ShiftMovement]:
    """Put cash into the drawer or take some out, without a customer.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        cashier: Whose drawer.
        kind: Why.
        amount: Positive whatever the direction.
        reason: In words.
        therapist_id: Who is paid tips; only with `tip_payout`.

    Raises:
        ValidationFailed: The amount is nothing, there is no reason, or nobody to pay tips to.
        InvalidState: There is no open shift.
        NotFound: Therapist not found.
    """
    check_amount(shop, amount, "amount")
    if amount <= 0:
        raise ValidationFailed("The amount must be more than nothing.")
    reason = _reason(reason)
    if (kind is MovementKind.TIP_PAYOUT) != (therapist_id is not None):
        raise ValidationFailed("A tip payout names its therapist, and nothing else does.")
    therapist = None if therapist_id is None else people.by_id(unit.session, therapist_id)
    if therapist_id is not None and (therapist is None or therapist.role is not Role.THERAPIST):
        raise NotFound("Therapist not found.")
    shift = _of_mine(unit, cashier)
    count_is_void(shift)
    movement = ShiftMovement(
        shift_id=shift.id,
        kind=kind,
        amount=amount,
        reason=reason,
        therapist_id=therapist_id,
        by_id=cashier.id,
        at=unit.now(),
    )
    unit.session.add(movement)
    unit.session.flush()
    unit.session.expire(shift, ["movements"])
    detail: dict[str, object] = {
        "shift": shift.id,
        "kind": kind.value,
        "amount": str(amount),
        "reason": reason,
    }
    if therapist is not None:
        detail["therapist"] = therapist.name
    unit.record("shift_movement", cashier, unit.now(), detail=detail)
    drawers.owe(unit)
    slips.movement(unit, shop, cashier, movement, therapist)
    return _now(unit, shift), movement


def count(
    unit: UnitOfWork,
    shop: Shop,
    by: Actor,
    counted_amount: Decimal | None = None,
    denominations: Mapping[Decimal, int] | None = None,
    shift_id: int | None = None,
) -> ShiftNow:
    """Count the drawer without knowing what should be there; a recount is another row.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        by: The cashier, or a manager for somebody who has gone home.
        counted_amount: The sum; or
        denominations: Coin or note → how many.
        shift_id: Whose shift, where a manager counts.

    Raises:
        ValidationFailed: Neither or both are given, or there is no such coin or note.
        InvalidState: There is no open shift.
    """
    counted_amount = _in_the_drawer(shop, "counted_amount", counted_amount, denominations)
    shift = _of(unit, by, shift_id)
    taken = ledger.takings_of(unit.session, shift)
    unit.session.add(
        ShiftCount(
            shift_id=shift.id,
            amount=counted_amount,
            expected_amount=taken.expected_cash,
            denominations={str(value): number for value, number in denominations.items()}
            if denominations is not None
            else None,
            by_id=by.id,
            at=unit.now(),
        )
    )
    shift.state = ShiftState.COUNTED
    shift.counted_amount = counted_amount
    shift.expected_amount = taken.expected_cash
    unit.record(
        "shift_count",
        by,
        unit.now(),
        detail={
            "shift": shift.id,
            "counted": str(counted_amount),
            "expected": str(taken.expected_cash),
        },
    )
    return _now(unit, shift)


def close(
    unit: UnitOfWork,
    shop: Shop,
    by: Actor,
    left_amount: Decimal | None = None,
    reason: str | None = None,
    shift_id: int | None = None,
) -> ShiftNow:
    """End a counted shift.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        by: The cashier, or a manager for somebody who has gone home.
        left_amount: What stays in the drawer for the next; all of it where it is not said.
        reason: Why the count differs, where it does by more than the shop's limit.
        shift_id: Whose shift, where a manager closes it.

    Raises:
        InvalidState: It has not been counted, or money has moved since.
        ValidationFailed: The count differs and nobody says why, or more is left than there is.
    """
    shift = _of(unit, by, shift_id)
    if shift.state is not ShiftState.COUNTED or shift.counted_amount is None:
        raise InvalidState("Count the drawer first.")
    left = shift.counted_amount if left_amount is None else left_amount
    check_amount(shop, left, "left_amount")
    if left > shift.counted_amount:
        raise ValidationFailed("More is left than was counted.")
    difference = shift.counted_amount - (shift.expected_amount or Decimal(0))
    said = (reason or "").strip()[:200]
    if abs(difference) > shop.difference_limit and not said:
        raise ValidationFailed(
            "The count differs by {amount}. Please say why.",
            amount=written(difference, shop.currency),
        )
    shift.state = ShiftState.CLOSED
    shift.closed_at = unit.now()
    shift.left_amount = left
    shift.difference_reason = said or None
    shift.open_cashier_id = None
    shift.open_drawer = None
    unit.record(
        "shift_close",
        by,
        unit.now(),
        detail={
            "shift": shift.id,
            "difference": str(difference),
            "left": str(left),
            "reason": said or None,
        },
    )
    return _now(unit, shift)


def _of_mine(unit: UnitOfWork, cashier: Actor) -> Shift:
    shift = ledger.open_shift(unit, cashier)
    if shift is None:
        raise InvalidState(NO_SHIFT)
    return shift


def _of(unit: UnitOfWork, by: Actor, shift_id: int | None) -> Shift:
    if shift_id is None:
        return _of_mine(unit, by)
    shift = claims.shift_by_id(unit.session, shift_id)
    if shift is None:
        raise NotFound("Shift not found.")
    if by.role is not Role.MANAGER and shift.cashier_id != by.id:
        raise Forbidden("This is someone else's shift.")
    if shift.state is ShiftState.CLOSED:
        raise InvalidState("This shift is closed.")
    return shift


def count_is_void(shift: Shift) -> None:
    """Money has moved since the drawer was counted: it has to be counted again."""
    if shift.state is ShiftState.COUNTED:
        shift.state = ShiftState.OPEN
        shift.counted_amount = shift.expected_amount = None


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason:
        raise ValidationFailed("Please give a reason.")
    return reason
