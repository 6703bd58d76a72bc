"""What a transition writes besides its state: one small class each, with what it needs.

A row of the table names its effects; the use case hands over those that need something, and `Step`
makes sure that they are the same ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Final, Protocol

from appliance.protocol import PrintRole
from appliance.server.domain import ledger as ledger_rules
from appliance.server.domain.codes import Counter
from appliance.server.domain.payments import PaymentMethod
from appliance.server.domain.states import AT_THE_DESK, Actor, Hold, RoomStatus, TransactionStatus
from appliance.server.domain.visits import Decision, Effect
from appliance.server.store import drawer, ledger, papers, rows, visits
from appliance.server.store.models import Payment, Room, Shift, Transaction
from appliance.server.store.unit_of_work import UnitOfWork

from .documents import receipt_document, ticket_document
from .lanes import Lane
from .shop import Shop
from .till.bills import as_it_was, tax_texts, work_out

Values = dict[str, Any]
"""Attribute of the transaction → value, set together with the new state."""


class Consequence(Protocol):
    """An effect with its inputs.

    Attributes:
        effect: What the table calls it.
    """

    effect: ClassVar[Effect]

    def write(self, unit: UnitOfWork, shop: Shop, visit: Transaction, decision: Decision) -> Values:
        """Write it in the open unit of work.

        Args:
            unit: The open one.
            shop: The shop's settings.
            visit: The locked row, with the effects before this one written.
            decision: What follows from what.

        Returns:
            What else is to be set on the visit.
        """


@dataclass(frozen=True, slots=True)
class Totals:
    """Price and minutes are the sum of the items, less what is taken off at the desk."""

    effect: ClassVar = Effect.TOTALS

    def write(self, _: UnitOfWork, shop: Shop, visit: Transaction, decision: Decision) -> Values:
        """Work the bill out again."""
        # Nothing is taken off before the desk: no need to ask.
        taken_off = visit.adjustments if decision.source in AT_THE_DESK else []
        bill = work_out(shop, visit.items, taken_off)
        for adjustment, amount in zip(taken_off, bill.taken_off, strict=True):
            adjustment.amount = amount
        return {
            "subtotal_amount": bill.subtotal,
            "tax_on_top": bill.on_top,
            "total_amount": bill.total,
            "total_duration_minutes": sum(item.duration_minutes for item in visit.items),
        }


@dataclass(frozen=True, slots=True)
class GiveCode:
    """The visit gets its number and the customer's own page.

    Attributes:
        counter: Where the codes stand, as taken.
        ticket_token: Names the customer's page and cannot be guessed.
    """

    effect: ClassVar = Effect.CODE
    counter: Counter
    ticket_token: str

    def write(self, _: UnitOfWork, shop: Shop, __: Transaction, decision: Decision) -> Values:
        """Set the code and the business day that it belongs to."""
        return {
            "code": self.counter.code,
            "open_code": self.counter.code,
            "code_series": self.counter.series,
            "ticket_token": self.ticket_token,
            "business_date": shop.day.date_of(decision.at).isoformat(),
        }


@dataclass(frozen=True, slots=True)
class OweTicket:
    """The ticket is owed.

    Attributes:
        code: The visit's, which it gets in the same breath.
        ticket_token: Of the page behind the QR code.
        queue_position: 1 = next.
        estimated_wait_minutes: None while nobody is on duty.
        lane: Whom the customer waits for.
        language: The customer's; None where nobody chose one.
    """

    effect: ClassVar = Effect.TICKET
    code: str
    ticket_token: str
    queue_position: int
    estimated_wait_minutes: int | None
    lane: Lane
    language: str | None = None

    def write(self, unit: UnitOfWork, shop: Shop, visit: Transaction, decision: Decision) -> Values:
        """Write the job."""
        document = ticket_document(
            unit,
            shop,
            visit,
            code=self.code,
            ticket_token=self.ticket_token,
            at=decision.at,
            queue_position=self.queue_position,
            estimated_wait_minutes=self.estimated_wait_minutes,
            language=self.language,
            lane=self.lane,
        )
        papers.owe(unit, PrintRole.TICKET, document, transaction_id=visit.id)
        return {}


@dataclass(frozen=True, slots=True)
class TakePayment:
    """Money moves into a shift, under a receipt number of its own.

    Attributes:
        tenders: What was handed over, by method, and the change.
        shift: The locked row that it belongs to.
        cashier: Who takes it.
        receipt_number: As taken.
    """

    effect: ClassVar = Effect.PAYMENT
    tenders: Sequence[ledger_rules.Tender]
    shift: Shift
    cashier: Actor
    receipt_number: int

    def write(self, unit: UnitOfWork, shop: Shop, visit: Transaction, decision: Decision) -> Values:
        """Write the payment, its tenders, and what of its tip belongs to whom."""
        several = len(self.tenders) > 1
        tip = _sum(tender.tip for tender in self.tenders)
        payment = Payment(
            transaction_id=visit.id,
            amount_due=visit.total_amount,
            amount_paid=_sum(tender.given for tender in self.tenders),
            change_amount=_sum(tender.change for tender in self.tenders),
            method=ledger_rules.MIXED if several else self.tenders[0].method,
            receipt_number=self.receipt_number,
            tip_amount=tip,
            rounding_amount=_sum(tender.rounding for tender in self.tenders),
            tax=tax_texts(shop, as_it_was(shop, visit).tax),
            created_at=decision.at,
        )
        unit.session.add(payment)
        tenders = ledger.write_tenders(unit, visit.id, self.shift, self.tenders, self.cashier)
        if tip and visit.therapist_id is not None:
            ledger.write_tip(unit, visit.id, {visit.therapist_id: tip})
        rows.know(visit, payment=payment, tenders=tenders, refunds=[])
        return {}


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


@dataclass(frozen=True, slots=True)
class OpenDrawer:
    """The cash drawer opens, whether there is paper or not.

    Attributes:
        methods: How the visit was paid; most leave the drawer shut.
    """

    effect: ClassVar = Effect.DRAWER
    methods: Sequence[PaymentMethod]

    def write(self, unit: UnitOfWork, _: Shop, __: Transaction, ___: Decision) -> Values:
        """Write the pulse."""
        if any(method.opens_drawer for method in self.methods):
            drawer.owe(unit)
        return {}


@dataclass(frozen=True, slots=True)
class OweReceipt:
    """The receipt is owed.

    Attributes:
        cashier: Who took the payment, by name.
    """

    effect: ClassVar = Effect.RECEIPT
    cashier: str

    def write(self, unit: UnitOfWork, shop: Shop, visit: Transaction, decision: Decision) -> Values:
        """Write the job."""
        document = receipt_document(unit, shop, visit, cashier=self.cashier, at=decision.at)
        papers.owe(unit, PrintRole.RECEIPT, document, transaction_id=visit.id)
        return {}


@dataclass(frozen=True, slots=True)
class OccupyRoom:
    """The customer is in this room.

    Attributes:
        room: The locked row.
    """

    effect: ClassVar = Effect.OCCUPY_ROOM
    room: Room

    def write(self, unit: UnitOfWork, _: Shop, visit: Transaction, __: Decision) -> Values:
        """Write the room, and its number on the visit."""
        visits.put_room(unit, self.room, RoomStatus.OCCUPIED, visit.id)
        return {"room_number": self.room.room_number}


@dataclass(frozen=True, slots=True)
class PrepareRoom:
    """The customer has left the room, which is to be cleaned; the visit remembers its number.

    Attributes:
        room: The locked row.
    """

    effect: ClassVar = Effect.PREPARE_ROOM
    room: Room

    def write(self, unit: UnitOfWork, _: Shop, __: Transaction, ___: Decision) -> Values:
        """Write the room."""
        visits.put_room(unit, self.room, RoomStatus.PREPARING, None)
        return {}


@dataclass(frozen=True, slots=True)
class FreeRoom:
    """The customer was never in the room, which is free for the next one.

    Attributes:
        room: The locked row.
    """

    effect: ClassVar = Effect.FREE_ROOM
    room: Room

    def write(self, unit: UnitOfWork, _: Shop, __: Transaction, ___: Decision) -> Values:
        """Write the room, and take it off the visit."""
        visits.put_room(unit, self.room, RoomStatus.AVAILABLE, None)
        return {"room_number": None}


@dataclass(frozen=True, slots=True)
class MoveRoom:
    """The customer goes to another therapist, and into her room.

    Attributes:
        left: The locked row of the room that the customer is in; None where there is none.
        room: The locked row of the other one; the same row where two therapists share it.
    """

    effect: ClassVar = Effect.MOVE_ROOM
    left: Room | None
    room: Room

    def write(self, unit: UnitOfWork, _: Shop, visit: Transaction, decision: Decision) -> Values:
        """Write both rooms, and the new number on the visit."""
        if self.left is not None and self.left is not self.room:
            used = decision.source is TransactionStatus.IN_SERVICE
            after = RoomStatus.PREPARING if used else RoomStatus.AVAILABLE
            # First, since a customer is in one room only.
            visits.put_room(unit, self.left, after, None)
        visits.put_room(unit, self.room, RoomStatus.OCCUPIED, visit.id)
        return {"room_number": self.room.room_number}


@dataclass(frozen=True, slots=True)
class Skip:
    """The customer is passed over for a while and keeps the place."""

    effect: ClassVar = Effect.SKIP

    def write(self, _: UnitOfWork, __: Shop, ___: Transaction, decision: Decision) -> Values:
        """Set why, and since when."""
        return {"hold": Hold.SKIPPED, "held_since": decision.at}


@dataclass(frozen=True, slots=True)
class StepOut:
    """The customer is not called until they are back, and keeps the place."""

    effect: ClassVar = Effect.STEP_OUT

    def write(self, _: UnitOfWork, __: Shop, ___: Transaction, decision: Decision) -> Values:
        """Set why, and since when."""
        return {"hold": Hold.STEPPED_OUT, "held_since": decision.at}


@dataclass(frozen=True, slots=True)
class StayOut:
    """The customer has been out for too long: staff should know."""

    effect: ClassVar = Effect.STAY_OUT

    def write(self, _: UnitOfWork, __: Shop, ___: Transaction, ____: Decision) -> Values:
        """Say so; they are out since they went."""
        return {"hold": Hold.STAYED_OUT}


@dataclass(frozen=True, slots=True)
class CarryOver:
    """The customer is left from an earlier day: staff decide."""

    effect: ClassVar = Effect.CARRY_OVER

    def write(self, _: UnitOfWork, __: Shop, ___: Transaction, decision: Decision) -> Values:
        """Set why, and since when."""
        return {"hold": Hold.CARRIED_OVER, "held_since": decision.at}


@dataclass(frozen=True, slots=True)
class Callable:
    """The customer may be called, as if nothing had been."""

    effect: ClassVar = Effect.CALLABLE

    def write(self, _: UnitOfWork, __: Shop, ___: Transaction, ____: Decision) -> Values:
        """Forget why not."""
        return {"hold": None, "held_since": None}


@dataclass(frozen=True, slots=True)
class Close:
    """The code may be given to somebody else."""

    effect: ClassVar = Effect.CLOSE

    def write(self, _: UnitOfWork, __: Shop, ___: Transaction, ____: Decision) -> Values:
        """Give it back."""
        return {"open_code": None, "hold": None, "held_since": None}


NEEDING_NOTHING: Final[dict[Effect, Consequence]] = {
    one.effect: one
    for one in (Totals(), Skip(), StepOut(), StayOut(), CarryOver(), Callable(), Close())
}
"""Effects that follow from the visit alone: no use case has to hand them over."""


def consequences(decision: Decision, handed: tuple[Consequence, ...]) -> list[Consequence]:
    """Match what the table asks for with what the use case hands over.

    Args:
        decision: With the table's effects, in their order.
        handed: The use case's, in any order.

    Raises:
        TypeError: One is missing, or one is not asked for: a mistake in the use case.
    """
    known = NEEDING_NOTHING | {consequence.effect: consequence for consequence in handed}
    missing = [effect for effect in decision.effects if effect not in known]
    unasked = [one.effect for one in handed if one.effect not in decision.effects]
    if missing or unasked:
        raise TypeError(f"{decision.event}: missing {missing}, not asked for {unasked}")
    return [known[effect] for effect in decision.effects]
