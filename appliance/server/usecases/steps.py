"""What every transition shares: read the situation, decide, and write all that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from appliance.server.domain.errors import Busy, NotFound
from appliance.server.domain.states import Actor, TransactionStatus
from appliance.server.domain.visits import Decision, Event, Situation, decide
from appliance.server.store import claims, visits
from appliance.server.store.models import Room, Transaction, TransactionItem
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.words import N_

from .effects import Consequence, consequences
from .shop import Shop

_GONE: Final = N_("Customer not found. The list may be out of date; please check again.")

_AT_A_KIOSK: Final = (None, TransactionStatus.SELECTING)


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
        """Lock this transaction and, before it, the room it is in, or was last.

        Raises:
            NotFound: There is no such transaction.
            Busy: It moved to another room in between.
        """
        session = self.unit.session
        number = visits.room_of(session, transaction_id)
        room = claims.room_by_number(session, number) if number is not None else None
        transaction = self.transaction(transaction_id)
        if transaction.room_number != number:
            raise Busy("This customer's status just changed. Please check again.")
        return transaction, room

    def room(self, number: str) -> Room:
        """Lock this room.

        Raises:
            NotFound: There is none.
        """
        room = claims.room_by_number(self.unit.session, number)
        if room is None:
            raise NotFound("No such room: {room}.", room=number)
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
                hold=transaction.hold,
                amount_due=transaction.total_amount,
                currency=self.shop.currency,
            )
        if circumstances:
            situation = replace(situation, **circumstances)
        return decide(situation, event, actor or self.actor, self.unit.now())

    def begin(
        self,
        decision: Decision,
        *handed: Consequence,
        items: Sequence[TransactionItem] = (),
        detail: dict[str, object] | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> Transaction:
        """Write a decision that a visit begins with: its row, the effects and the history.

        Args:
            decision: What `decide` answered.
            *handed: The decision's effects that need something.
            items: What has been chosen already.
            detail: What else the history should keep.
            facts: Further attributes of the transaction.

        Returns:
            The transaction.
        """
        values: dict[str, Any] = {**decision.facts, **(facts or {}), "touched_at": decision.at}
        transaction = Transaction(
            **values, total_amount=Decimal(0), total_duration_minutes=0, items=list(items)
        )
        self.unit.add(transaction)
        for consequence in consequences(decision, handed):
            written = consequence.write(self.unit, self.shop, transaction, decision)
            for name, value in written.items():
                setattr(transaction, name, value)
        self._tell(transaction, decision, self.actor, detail)
        return transaction

    def apply(
        self,
        transaction: Transaction,
        decision: Decision,
        *handed: Consequence,
        actor: Actor | None = None,
        detail: dict[str, object] | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> Transaction:
        """Write a decision: the state, the effects and the history.

        Args:
            transaction: The locked row.
            decision: What `decide` answered.
            *handed: The decision's effects that need something.
            actor: Who did it, where it is not the step's own actor.
            detail: What else the history should keep.
            facts: Further attributes to set on the transaction.

        Returns:
            The transaction, up to date. Where somebody else was faster, so that the state is no
            longer what was decided on, the unit of work ends with `Busy`.
        """
        values: dict[str, Any] = {**decision.facts, **(facts or {}), "touched_at": decision.at}
        for consequence in consequences(decision, handed):
            values |= consequence.write(self.unit, self.shop, transaction, decision)
        faster = Busy("Someone else just took this customer.")
        visits.advance_or(self.unit, transaction, decision.source, values, self.actor, faster)
        self._tell(transaction, decision, actor or self.actor, detail)
        return transaction

    def _tell(
        self,
        transaction: Transaction,
        decision: Decision,
        actor: Actor,
        detail: dict[str, object] | None,
    ) -> None:
        self.unit.record(
            decision.event,
            actor,
            decision.at,
            transaction_id=transaction.id,
            source=decision.source,
            target=decision.target,
            detail=detail,
        )
        # Staff see nothing of a customer who has just come to a kiosk.
        self.unit.changes.queue |= (decision.source, decision.target) != _AT_A_KIOSK
        self.unit.changes.transactions.add(transaction.id)
