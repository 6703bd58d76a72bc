"""What every transition shares: read the situation, decide, and write all that follows."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from appliance.protocol import PrintRole
from appliance.server.domain.codes import Counter
from appliance.server.domain.errors import N_, Busy, NotFound
from appliance.server.domain.states import Actor, RoomStatus
from appliance.server.domain.visits import Decision, Effect, Event, Situation, decide
from appliance.server.store import claims, outbox
from appliance.server.store.models import Payment, Room, Staff, Transaction
from appliance.server.store.unit_of_work import UnitOfWork, affected

from .documents import receipt_document, ticket_document
from .shop import Shop

# Made once: to build a statement costs more than to run it. What is set is what is passed.
_TRANSITION: Final = update(Transaction.__table__).where(  # type: ignore[arg-type]
    Transaction.id == bindparam("this"), Transaction.status == bindparam("expected")
)
_PUT_ROOM: Final = update(Room.__table__).where(  # type: ignore[arg-type]
    Room.id == bindparam("this")
)
_GONE: Final = N_("There is no such customer. The list may be out of date; please look again.")


class Step:
    """One transition of one transaction inside a unit of work.

    Attributes:
        unit: The open unit of work.
        shop: The shop's settings.
        actor: Who asks.
    """

    def __init__(self, unit: UnitOfWork, shop: Shop, actor: Actor) -> None:
        self.unit = unit
        self.shop = shop
        self.actor = actor

    # --- take ---------------------------------------------------------------------------------

    def transaction(self, transaction_id: int) -> Transaction:
        """Lock this transaction.

        Raises:
            NotFound: There is none.
        """
        transaction = claims.transaction_by_id(self.unit.session, transaction_id)
        if transaction is None:
            raise NotFound(_GONE)
        return transaction

    def transaction_and_room(self, transaction_id: int) -> tuple[Transaction, Room | None]:
        """Lock this transaction and, before it, the room it is in.

        Raises:
            NotFound: There is no such transaction.
            Busy: It moved to another room in between.
        """
        number = self.unit.session.scalar(
            select(Transaction.room_number).where(Transaction.id == transaction_id)
        )
        room = self.room(number) if number is not None else None
        transaction = self.transaction(transaction_id)
        if transaction.room_number != number:
            raise Busy("This customer has just moved. Please look again.")
        return transaction, room

    def room(self, number: str) -> Room:
        """Lock this room.

        Raises:
            NotFound: There is none.
        """
        room = claims.room_by_number(self.unit.session, number)
        if room is None:
            raise NotFound("There is no room {room}.", room=number)
        return room

    # --- decide and write ---------------------------------------------------------------------

    def decide(
        self,
        transaction: Transaction | None,
        event: Event,
        *,
        actor: Actor | None = None,
        **circumstances: Any,
    ) -> Decision:
        """Ask the table, with what the locked rows say.

        Args:
            transaction: The locked row; None before it exists.
            event: What is asked for.
            actor: Who asks, where it is not the step's own actor.
            **circumstances: Further attributes of `Situation`.

        Raises:
            DomainError: The table says no.
        """
        situation = Situation(status=None)
        if transaction is not None:
            situation = Situation(
                status=transaction.status,
                kiosk_id=transaction.kiosk_id,
                therapist_id=transaction.therapist_id,
                cashier_id=transaction.cashier_id,
                item_count=len(transaction.items),
                amount_due=transaction.total_amount,
                currency=self.shop.currency,
            )
        if circumstances:
            situation = replace(situation, **circumstances)
        return decide(situation, event, actor or self.actor, self.unit.now())

    def apply(
        self,
        transaction: Transaction,
        decision: Decision,
        *,
        actor: Actor | None = None,
        detail: dict[str, object] | None = None,
        facts: Mapping[str, object] | None = None,
        **inputs: Any,
    ) -> Transaction:
        """Write a decision: the state, the effects and the history.

        Args:
            transaction: The locked row.
            decision: What `decide` answered.
            actor: Who did it, where it is not the step's own actor.
            detail: What else the history should keep.
            facts: Further attributes to set on the transaction.
            **inputs: What the effects need: `room`, `counter`, `method`, …

        Returns:
            The transaction, up to date.

        Raises:
            Busy: Somebody else was faster; the state is no longer what was decided on.
        """
        values: dict[str, Any] = {**decision.facts, **(facts or {}), "touched_at": decision.at}
        for effect in decision.effects:
            values.update(_EFFECTS[effect](self, transaction, decision, inputs) or {})
        self._compare_and_set(transaction, decision, values)
        self.unit.record(
            decision.event,
            actor or self.actor,
            decision.at,
            transaction_id=transaction.id,
            source=decision.source,
            target=decision.target,
            detail=detail,
        )
        self.unit.changes.queue = True
        self.unit.changes.transactions.add(transaction.id)
        return transaction

    def _compare_and_set(
        self, transaction: Transaction, decision: Decision, values: dict[str, Any]
    ) -> None:
        self.unit.session.flush()
        changed = self.unit.connection.execute(
            _TRANSITION, {"this": transaction.id, "expected": decision.source, **values}
        )
        if affected(changed) != 1:
            raise Busy("Somebody else was faster. Please look again.")
        for name, value in values.items():
            set_committed_value(transaction, name, value)
        for owner in ("therapist", "cashier"):
            if f"{owner}_id" in values:
                person_id = values[f"{owner}_id"]
                set_committed_value(transaction, owner, self._person(person_id))

    def _person(self, person_id: int | None) -> Staff | None:
        if person_id is None or person_id != self.actor.id:
            return self.unit.session.get(Staff, person_id) if person_id is not None else None
        # Whoever acts was looked up a moment ago: no need to ask for their name again. What else
        # is asked of them is loaded then.
        person = Staff(id=person_id, name=self.actor.name)
        make_transient_to_detached(person)
        return self.unit.session.merge(person, load=False)

    def put_room(self, room: Room, status: RoomStatus, customer: int | None) -> None:
        """Write what a locked room is now.

        Args:
            room: The locked row.
            status: Its new state.
            customer: The transaction in it; None for nobody.
        """
        values = {"status": status, "current_transaction_id": customer}
        self.unit.connection.execute(_PUT_ROOM, {"this": room.id, **values})
        for name, value in values.items():
            set_committed_value(room, name, value)


_Values = dict[str, Any] | None


def _totals(_: Step, transaction: Transaction, __: Decision, ___: dict[str, Any]) -> _Values:
    return {
        "total_amount": sum((item.price for item in transaction.items), Decimal(0)),
        "total_duration_minutes": sum(item.duration_minutes for item in transaction.items),
    }


def _code(step: Step, _: Transaction, decision: Decision, inputs: dict[str, Any]) -> _Values:
    counter: Counter = inputs["counter"]
    return {
        "code": counter.code,
        "open_code": counter.code,
        "code_series": counter.series,
        "ticket_token": inputs["ticket_token"],
        "business_date": step.shop.day.date_of(decision.at).isoformat(),
    }


def _ticket(
    step: Step, transaction: Transaction, decision: Decision, inputs: dict[str, Any]
) -> _Values:
    document = ticket_document(
        step.shop,
        transaction,
        code=inputs["counter"].code,
        ticket_token=inputs["ticket_token"],
        at=decision.at,
        queue_position=inputs["queue_position"],
        estimated_wait_minutes=inputs["estimated_wait_minutes"],
    )
    outbox.owe(step.unit, PrintRole.TICKET, document, transaction_id=transaction.id)
    return None


def _payment(
    step: Step, transaction: Transaction, decision: Decision, inputs: dict[str, Any]
) -> _Values:
    payment = Payment(
        transaction_id=transaction.id,
        amount_due=transaction.total_amount,
        amount_paid=inputs["amount_paid"],
        change_amount=inputs["method"].change(transaction.total_amount, inputs["amount_paid"]),
        method=inputs["method"].name,
        created_at=decision.at,
    )
    step.unit.session.add(payment)
    set_committed_value(transaction, "payment", payment)
    return None


def _receipt(
    step: Step, transaction: Transaction, decision: Decision, inputs: dict[str, Any]
) -> _Values:
    document = receipt_document(
        step.shop, transaction, inputs["method"], cashier=step.actor.name, at=decision.at
    )
    outbox.owe(step.unit, PrintRole.RECEIPT, document, transaction_id=transaction.id)
    return None


def _occupy_room(
    step: Step, transaction: Transaction, _: Decision, inputs: dict[str, Any]
) -> _Values:
    room: Room = inputs["room"]
    step.put_room(room, RoomStatus.OCCUPIED, transaction.id)
    return {"room_number": room.room_number}


def _leave_room(status: RoomStatus, *, forget: bool) -> Callable[..., _Values]:
    def effect(step: Step, _: Transaction, __: Decision, inputs: dict[str, Any]) -> _Values:
        step.put_room(inputs["room"], status, None)
        return {"room_number": None} if forget else None

    return effect


def _close(_: Step, __: Transaction, ___: Decision, ____: dict[str, Any]) -> _Values:
    return {"open_code": None}


_EFFECTS: Final[dict[Effect, Callable[[Step, Transaction, Decision, dict[str, Any]], _Values]]] = {
    Effect.TOTALS: _totals,
    Effect.CODE: _code,
    Effect.TICKET: _ticket,
    Effect.PAYMENT: _payment,
    Effect.RECEIPT: _receipt,
    Effect.OCCUPY_ROOM: _occupy_room,
    Effect.PREPARE_ROOM: _leave_room(RoomStatus.PREPARING, forget=False),
    Effect.FREE_ROOM: _leave_room(RoomStatus.AVAILABLE, forget=True),
    Effect.CLOSE: _close,
}


def new_ticket_token() -> str:
    """A token for the customer's own page, which cannot be guessed."""
    return secrets.token_urlsafe(16)
