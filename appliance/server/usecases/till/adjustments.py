"""What a cashier takes off a bill before it is paid."""

from __future__ import annotations

from decimal import Decimal

from appliance.server.domain import adjustments
from appliance.server.domain.adjustments import AdjustmentKind, percent_off
from appliance.server.domain.errors import NotFound, ValidationFailed
from appliance.server.domain.states import Actor
from appliance.server.domain.visits import Event
from appliance.server.store.models import Adjustment, Transaction
from appliance.server.store.unit_of_work import UnitOfWork

from ..shop import Shop
from ..steps import Step
from .approvals import Approver, needed
from .bills import check_amount, work_out


def adjust(
    unit: UnitOfWork,
    shop: Shop,
    cashier: Actor,
    transaction_id: int,
    kind: AdjustmentKind,
    value: Decimal,
    reason: str,
    item_id: int | None = None,
    approver: Approver | None = None,
) -> Transaction:
    """Take something off a bill, or set another price.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        cashier: Whose customer it is.
        transaction_id: Whose bill.
        kind: How `value` is meant.
        value: An amount off, a percentage, or the new price.
        reason: In words.
        item_id: The item; None for the whole visit.
        approver: The manager who approves, where the shop's limit asks for one.

    Raises:
        ValidationFailed: There is no reason, the value makes no sense, or the price is higher.
        NotFound: The visit has no such item.
        ApprovalRequired: More than a cashier may take off.
        DomainError: The table says no.
    """
    wanted = adjustments.Adjustment(kind, value, item_id)
    adjustments.check(wanted)
    if kind is not AdjustmentKind.PERCENT_OFF:
        check_amount(shop, value, "value")
    reason = reason.strip()
    if not reason:
        raise ValidationFailed("Please give a reason.")
    step = Step(unit, shop, cashier)
    visit = step.transaction(transaction_id)
    decision = step.decide(visit, Event.CASHIER_ADJUST)
    if item_id is not None and item_id not in {item.id for item in visit.items}:
        raise NotFound("This service is no longer on the list.")
    row = Adjustment(
        transaction_id=visit.id,
        item_id=item_id,
        kind=kind,
        value=value,
        amount=Decimal(0),
        reason=reason,
        by_name=cashier.name,
        created_at=unit.now(),
    )
    bill = work_out(shop, visit.items, [*visit.adjustments, row])
    if bill.taken_off[-1] < 0:
        raise ValidationFailed("The new price must not be higher than the old one.")
    discount = sum(bill.taken_off, Decimal(0))
    if percent_off(bill.subtotal, discount) > shop.discount_limit_percent:
        row.approved_by_name = needed(approver).name
    visit.adjustments.append(row)
    detail: dict[str, object] = {
        "kind": kind.value,
        "value": str(value),
        "reason": reason,
        "item": item_id,
    }
    if row.approved_by_name:
        detail["approved_by"] = row.approved_by_name
    return step.apply(visit, decision, detail=detail)


def remove(
    unit: UnitOfWork, shop: Shop, cashier: Actor, transaction_id: int, adjustment_id: int
) -> Transaction:
    """Take an adjustment back before the bill is paid.

    Raises:
        NotFound: The visit has no such adjustment.
        DomainError: The table says no.
    """
    step = Step(unit, shop, cashier)
    visit = step.transaction(transaction_id)
    decision = step.decide(visit, Event.CASHIER_REMOVE_ADJUSTMENT)
    row = next((row for row in visit.adjustments if row.id == adjustment_id), None)
    if row is None:
        raise NotFound("This discount is no longer on the bill.")
    visit.adjustments.remove(row)
    return step.apply(visit, decision, detail={"kind": row.kind.value, "value": str(row.value)})
