"""What a manager does with a visit that its own people cannot bring to an end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from appliance.server.domain.errors import InvalidState
from appliance.server.domain.money import digits
from appliance.server.domain.states import (
    AT_THE_DESK,
    WITH_THERAPIST,
    Actor,
    Role,
    TransactionStatus,
)
from appliance.server.domain.visits import Event, describe
from appliance.server.store.models import Room, Transaction
from appliance.server.store.unit_of_work import UnitOfWork

from ..effects import Consequence, FreeRoom, PrepareRoom
from ..moves import hand_over_to, handed, is_another, taker_named
from ..shop import Shop
from ..steps import Step
from ..therapist import at_the_finish

UNCOLLECTED: Final = "Uncollected"
"""What the note of a visit begins with that left without paying."""
_NOTE_MAX: Final = 200


def release(
    unit: UnitOfWork, shop: Shop, manager: Actor, transaction_id: int, reason: str
) -> Transaction:
    """Put a bill that its cashier does not settle back into the desk's queue, at its old place."""
    step = Step(unit, shop, manager)
    transaction = step.transaction(transaction_id)
    decision = step.decide(transaction, Event.MANAGER_RELEASE)
    return step.apply(transaction, decision, detail={"reason": reason})


def finish(
    unit: UnitOfWork, shop: Shop, manager: Actor, transaction_id: int, reason: str
) -> Transaction:
    """End a service whose therapist does not: the customer goes to the desk."""
    step = Step(unit, shop, manager)
    transaction, room = step.transaction_and_room(transaction_id)
    decision = step.decide(transaction, Event.MANAGER_FINISH)
    left = _leaving(room, PrepareRoom)
    return step.apply(
        transaction,
        decision,
        *left,
        detail={"reason": reason},
        facts=at_the_finish(transaction),
    )


def cancel(
    unit: UnitOfWork, shop: Shop, manager: Actor, transaction_id: int, reason: str
) -> Transaction:
    """End a visit that nobody will pay for.

    A customer who has had the service and left without paying is *uncollected*: note and history
    say so, and the amount is in the day's figures.
    """
    step = Step(unit, shop, manager)
    transaction, room = step.transaction_and_room(transaction_id)
    decision = step.decide(transaction, Event.MANAGER_CANCEL)
    left: list[Consequence] = []
    if decision.source in WITH_THERAPIST:
        used = decision.source is TransactionStatus.IN_SERVICE
        left = _leaving(room, PrepareRoom if used else FreeRoom)
    detail: dict[str, object] = {"reason": reason}
    note = reason
    if decision.source in AT_THE_DESK:
        detail["uncollected"] = digits(transaction.total_amount, shop.currency)
        note = f"{UNCOLLECTED}: {reason}"[:_NOTE_MAX]
    return step.apply(transaction, decision, *left, detail=detail, facts={"note": note})


def hand_over(
    unit: UnitOfWork,
    shop: Shop,
    manager: Actor,
    transaction_id: int,
    therapist_id: int | None = None,
    cashier_id: int | None = None,
    reason: str | None = None,
) -> Transaction:
    """Give someone else's customer to another therapist, or a bill to another cashier.

    With a therapist the customer goes into her room; the room that is left is prepared where it
    was used.

    Raises:
        NotFound: There is nobody with this id and role, or no such customer.
        InvalidState: They cannot act, or the customer is not at that stage.
        RoomUnavailable: The other therapist's room is not ready.
    """
    step = Step(unit, shop, manager)
    if therapist_id is not None:
        return hand_over_to(step, Event.MANAGER_HAND_OVER, transaction_id, therapist_id, reason)
    transaction = step.transaction(transaction_id)
    taker = taker_named(step, cashier_id or 0, Role.CASHIER)
    if transaction.status in WITH_THERAPIST:
        raise InvalidState(describe(transaction.status))
    decision = step.decide(transaction, Event.MANAGER_HAND_OVER)
    is_another(taker, transaction.cashier_id)
    detail = handed(transaction.cashier, taker, reason)
    return step.apply(transaction, decision, detail=detail, facts={"cashier_id": taker.id})


def _leaving(room: Room | None, leave: Callable[[Room], Consequence]) -> list[Consequence]:
    return [leave(room)] if room is not None else []
