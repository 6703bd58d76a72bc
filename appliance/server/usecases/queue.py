"""Who in the queue is not called at present, who is called again, and who leaves it.

A customer on hold keeps the place. `hold` stands in the claim's index (docs/locking.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from appliance.server.domain.errors import NotFound
from appliance.server.domain.states import SYSTEM, Actor, Hold, Role
from appliance.server.domain.visits import Decision, Event
from appliance.server.store import visits
from appliance.server.store.models import Transaction
from appliance.server.store.unit_of_work import UnitOfWork

from .shop import Shop
from .steps import Step

REMOVED = "removed from the waiting list"
LEFT = "left the queue"


# --- staff ------------------------------------------------------------------------------------


def put_back(unit: UnitOfWork, shop: Shop, actor: Actor, transaction_id: int) -> Transaction:
    """Somebody who was not called at present is here: they are called again, at the old place."""
    step = Step(unit, shop, actor)
    transaction = step.transaction(transaction_id)
    return _callable(step, transaction, step.decide(transaction, Event.QUEUE_PUT_BACK))


def remove(
    unit: UnitOfWork, shop: Shop, actor: Actor, transaction_id: int, reason: str | None = None
) -> Transaction:
    """Take somebody off the waiting list who no longer wants to wait, or has left."""
    step = Step(unit, shop, actor)
    transaction = step.transaction(transaction_id)
    decision = step.decide(transaction, Event.QUEUE_REMOVE)
    note = (reason or "").strip() or REMOVED
    return step.apply(transaction, decision, detail={"reason": note}, facts={"note": note})


# --- the customer, by the ticket --------------------------------------------------------------


def of_ticket(unit: UnitOfWork, shop: Shop, ticket_token: str) -> Actor:
    """Who holds a ticket.

    Raises:
        NotFound: Nobody does, or it is from another day and its visit is over.
    """
    # Our tokens are ASCII, and so is their column: it cannot be compared with more.
    token = ticket_token[:64] if ticket_token.isascii() else ""
    found = visits.with_ticket(unit.session, token)
    today = shop.day.date_of(unit.now()).isoformat()
    if found is None or (found.open_code is None and found.business_date != today):
        raise NotFound("This ticket is from another day.")
    return Actor(Role.CUSTOMER, found.id, "customer")


def step_out(unit: UnitOfWork, shop: Shop, customer: Actor) -> Transaction:
    """The customer goes out for a while: the place is kept, and they are not called meanwhile."""
    step = Step(unit, shop, customer)
    transaction = step.transaction(customer.id or 0)
    return step.apply(transaction, step.decide(transaction, Event.CUSTOMER_STEP_OUT))


def come_back(unit: UnitOfWork, shop: Shop, customer: Actor) -> Transaction:
    """The customer is back, or was here all the time."""
    step = Step(unit, shop, customer)
    transaction = step.transaction(customer.id or 0)
    return _callable(step, transaction, step.decide(transaction, Event.CUSTOMER_COME_BACK))


def leave(unit: UnitOfWork, shop: Shop, customer: Actor) -> Transaction:
    """The customer does not want to wait any more."""
    step = Step(unit, shop, customer)
    transaction = step.transaction(customer.id or 0)
    decision = step.decide(transaction, Event.CUSTOMER_LEAVE)
    return step.apply(transaction, decision, facts={"note": LEFT})


# --- what happens by itself -------------------------------------------------------------------


def end_skips(unit: UnitOfWork, shop: Shop) -> int:
    """Call those again who have been passed over for long enough.

    Returns:
        How many there were.
    """
    step = Step(unit, shop, SYSTEM)
    ended = 0
    for transaction in _on_hold(step, Hold.SKIPPED, unit.now() - shop.skip):
        step.apply(transaction, step.decide(transaction, Event.HOLD_ENDED))
        ended += 1
    return ended


def note_who_stayed_out(unit: UnitOfWork, shop: Shop) -> int:
    """Name those to staff who stepped out and have not come back for too long.

    Returns:
        How many there were.
    """
    step = Step(unit, shop, SYSTEM)
    noted = 0
    for transaction in _on_hold(step, Hold.STEPPED_OUT, unit.now() - shop.step_out):
        step.apply(transaction, step.decide(transaction, Event.CUSTOMER_STAYED_OUT))
        noted += 1
    return noted


def carry_over(unit: UnitOfWork, shop: Shop) -> int:
    """Put those on yesterday's list who still wait or have not paid: nobody calls them first.

    Whom a wrong clock has put there comes off it again.

    Returns:
        How many moved; there may be more.
    """
    step = Step(unit, shop, SYSTEM)
    today = shop.day.date_of(unit.now()).isoformat()
    moved = 0
    for transaction in _locked(step, visits.left_over(unit.session, today)):
        if transaction.hold is not Hold.CARRIED_OVER and _queue_of(transaction) < today:
            step.apply(transaction, step.decide(transaction, Event.CARRIED_OVER))
            moved += 1
    for transaction in _locked(step, visits.not_left_over(unit.session, today)):
        if transaction.hold is Hold.CARRIED_OVER and _queue_of(transaction) >= today:
            step.apply(transaction, step.decide(transaction, Event.HOLD_ENDED))
            moved += 1
    return moved


def forget_holds(unit: UnitOfWork) -> int:
    """At the server's start: the release before this one calls and cancels customers on hold.

    Returns:
        How many there were.
    """
    return visits.forget_holds(unit.session)


def _callable(step: Step, transaction: Transaction, decision: Decision) -> Transaction:
    """Write that somebody is called again, in the queue of today."""
    detail: dict[str, object] = {"hold": transaction.hold}
    facts = {"waits_on": step.shop.day.date_of(decision.at).isoformat()}
    return step.apply(transaction, decision, detail=detail, facts=facts)


def _queue_of(transaction: Transaction) -> str:
    return transaction.waits_on or transaction.business_date or ""


def _on_hold(step: Step, hold: Hold, before: datetime) -> Iterator[Transaction]:
    """Those on hold since before a moment, locked."""
    for transaction in _locked(step, visits.on_hold_since(step.unit.session, hold, before)):
        since = transaction.held_since
        if transaction.hold is hold and since is not None and since <= before:
            yield transaction


def _locked(step: Step, ids: Sequence[int]) -> Iterator[Transaction]:
    """These, locked; somebody may have moved them on meanwhile: another server, say."""
    for transaction_id in ids:
        try:
            transaction = step.transaction(transaction_id)
        except NotFound:
            continue
        if transaction.status in visits.LEFT_OVER:
            yield transaction
