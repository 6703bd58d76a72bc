"""Customers' visits brought to where a test begins, through the use cases."""

from __future__ import annotations

import time
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from appliance.protocol import PrintRole
from appliance.server.domain.ledger import Offer
from appliance.server.domain.papers import PaperState
from appliance.server.domain.payments import METHODS
from appliance.server.domain.states import Actor
from appliance.server.store import invariants, queries
from appliance.server.store.models import HistoryEntry, PrintJob, Room, Transaction
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.usecases import cashier, kiosk, papers, therapist
from appliance.server.usecases.shop import Shop
from tests.support.spa import Spa, shop
from tests.support.threads import PATIENCE


class Visits:
    """Brings customers to a state, and looks at them.

    Each method that brings somebody somewhere takes one more customer there and returns the
    transaction's id. Customers are claimed oldest first, so those who wait already go first.

    Args:
        store: The database.
        spa: Who and what there is.
        settings: The shop's settings.
    """

    def __init__(self, store: Store, spa: Spa, settings: Shop | None = None) -> None:
        self.store = store
        self.spa = spa
        self.shop = settings or shop()

    # --- bring somebody somewhere -------------------------------------------------------------

    def choosing(self, *variants: int) -> int:
        """At the kiosk, with these variants on the list."""
        found = self.store.run(lambda u: kiosk.start(u, self.shop, self.spa.kiosk)).id
        for variant in variants:
            self.store.run(
                lambda u, v=variant: kiosk.add_item(u, self.shop, self.spa.kiosk, found, v)
            )
        return found

    def waiting(self, *variants: int) -> int:
        """With a code, waiting for a therapist."""
        wanted = list(variants) or [self.spa.swedish_60]
        return self.confirm(None, wanted).transaction.id

    def called(self, by: Actor | None = None) -> int:
        """Called to a room."""
        self.waiting()
        return self.store.run(lambda u: therapist.confirm_next(u, self.shop, by or self.spa.ana)).id

    def in_service(self, by: Actor | None = None) -> int:
        """In treatment."""
        found = self.called(by)
        self.store.run(lambda u: therapist.start_service(u, self.shop, by or self.spa.ana, found))
        return found

    def finished(self, by: Actor | None = None) -> int:
        """On the way to the desk; the room is ready again."""
        found = self.in_service(by)
        actor = by or self.spa.ana
        self.store.run(lambda u: therapist.finish_service(u, self.shop, actor, found))
        self.store.run(lambda u: therapist.room_ready(u, self.shop, actor))
        return found

    def in_service_with(self, *variants: int) -> int:
        """In treatment by Ana, with these services."""
        found = self.waiting(*variants)
        ana = self.spa.ana
        called = self.store.run(lambda u: therapist.confirm_next(u, self.shop, ana))
        assert called.id == found, "somebody else waits longer"
        self.store.run(lambda u: therapist.start_service(u, self.shop, ana, found))
        return found

    def finished_with(self, *variants: int) -> int:
        """On the way to the desk, with these services; the room is ready again."""
        found = self.in_service_with(*variants)
        ana = self.spa.ana
        self.store.run(lambda u: therapist.finish_service(u, self.shop, ana, found))
        self.store.run(lambda u: therapist.room_ready(u, self.shop, ana))
        return found

    def at_the_desk(self, of: Actor | None = None) -> int:
        """With a cashier."""
        self.finished()
        return self.store.run(lambda u: cashier.claim_next(u, self.shop, of or self.spa.eva)).id

    def paid(self) -> int:
        """Paid in cash, with change."""
        found = self.at_the_desk()
        self.pay(found, "100")
        return found

    # --- single steps -------------------------------------------------------------------------

    def confirm(
        self, transaction_id: int | None, variants: Sequence[int] | None
    ) -> kiosk.Confirmed:
        """Confirm a selection at the door's kiosk."""
        return self.store.run(
            lambda u: kiosk.confirm_selection(
                u, self.shop, self.spa.kiosk, transaction_id, variants
            )
        )

    def pay(self, transaction_id: int, amount: str, method: str = "cash") -> object:
        """Pay at Eva's desk."""
        return self.store.run(
            lambda u: cashier.pay(
                u,
                self.shop,
                self.spa.eva,
                transaction_id,
                [Offer(METHODS[method], Decimal(amount))],
            )
        )

    # --- look ---------------------------------------------------------------------------------

    def row(self, transaction_id: int) -> Transaction:
        """The transaction, whole, as it is stored."""

        def look(unit: UnitOfWork) -> Transaction:
            return unit.session.get_one(
                Transaction,
                transaction_id,
                options=[
                    selectinload(Transaction.items),
                    selectinload(Transaction.payment),
                    joinedload(Transaction.therapist),
                    joinedload(Transaction.cashier),
                ],
            )

        return self.store.run(look)

    def everybody(self) -> list[int]:
        """Every transaction there ever was, in order."""
        return self.store.run(
            lambda u: list(u.session.scalars(select(Transaction.id).order_by(Transaction.id)))
        )

    def newest(self) -> int:
        """The transaction that began last."""
        return self.everybody()[-1]

    def room(self, number: str = "1") -> Room:
        """The room, as it is stored."""
        return self.store.run(
            lambda u: u.session.query(Room).filter(Room.room_number == number).one()
        )

    def history(self, transaction_id: int) -> Sequence[HistoryEntry]:
        """What happened to it, in order."""
        return self.store.run(lambda u: queries.history(u.session, transaction_id))

    def events(self, transaction_id: int) -> list[str]:
        """What happened to it, in order, by name."""
        return [entry.event for entry in self.history(transaction_id)]

    def print_everything(self) -> None:
        """A printer takes all papers that wait, and they come out."""
        while job := self.store.run(lambda u: papers.lease(u, "lobby", [*PrintRole])):
            key, lease = job.id, job.lease or ""
            self.store.run(lambda u, key=key, lease=lease: papers.done(u, key, lease))

    def jobs(self, transaction_id: int | None = None) -> list[PrintJob]:
        """Its print jobs, or everybody's, in order."""

        def look(unit: UnitOfWork) -> list[PrintJob]:
            found = unit.session.query(PrintJob).order_by(PrintJob.id)
            if transaction_id is not None:
                found = found.filter(PrintJob.transaction_id == transaction_id)
            return found.all()

        return self.store.run(look)

    def papers_are_out(self, transaction_id: int | None = None) -> None:
        """Wait until the daemon has printed its papers, or everybody's."""
        give_up_at = time.monotonic() + PATIENCE
        while any(job.state != PaperState.PRINTED for job in self.jobs(transaction_id)):
            assert time.monotonic() < give_up_at, "the papers do not come out"
            time.sleep(0.02)

    def broken_promises(self) -> list[str]:
        """What `appliance db check` would print."""
        return self.store.run(lambda u: list(invariants.violations(u.session)))
