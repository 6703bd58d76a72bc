"""A desk with a till, and short words for what happens at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal as D
from typing import Any, TypeVar

from appliance.server.bookkeeping import Bookkeeper
from appliance.server.domain.ledger import Offer
from appliance.server.domain.payments import method_named
from appliance.server.domain.shifts import MovementKind
from appliance.server.domain.states import Actor
from appliance.server.store.models import Refund, Shift, Transaction, ZReport
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases import cashier
from appliance.server.usecases.shop import Shop
from appliance.server.usecases.till import days, refunds, shifts
from appliance.server.usecases.till.approvals import Approver
from tests.support.spa import Clock, Spa
from tests.support.visits import Visits

T = TypeVar("T")


def offer(method: str, given: str, tip: str = "0") -> Offer:
    return Offer(method_named(method), D(given), D(tip))


class Till:
    """Eva's desk, unless somebody else is named."""

    def __init__(self, store: Store, spa: Spa, clock: Clock, settings: Shop) -> None:
        self.store = store
        self.spa = spa
        self.clock = clock
        self.shop = settings
        self.visits = Visits(store, spa, settings)

    def with_settings(self, **settings: Any) -> Till:
        return Till(self.store, self.spa, self.clock, replace(self.shop, **settings))

    @property
    def approver(self) -> Approver:
        manager = self.spa.manager
        return Approver(manager.role, manager.id, manager.name)

    def run(self, work: Callable[..., T]) -> T:
        return self.store.run(work)

    def at_the_desk(self, *variants: int, of: Actor | None = None) -> int:
        """A customer with these services whose bill is open."""
        self.visits.finished_with(*variants)
        return self.run(lambda u: cashier.claim_next(u, self.shop, of or self.spa.eva)).id

    def pay(self, visit: int, *offers: Offer, by: Actor | None = None) -> Any:
        return self.run(lambda u: cashier.pay(u, self.shop, by or self.spa.eva, visit, offers))

    def sale(self, amount_in_cash: str, *variants: int, by: Actor | None = None) -> int:
        visit = self.at_the_desk(*variants, of=by)
        self.pay(visit, offer("cash", amount_in_cash), by=by)
        return visit

    def open(self, float_amount: str, by: Actor | None = None) -> Shift:
        return self.run(
            lambda u: shifts.open_shift(u, self.shop, by or self.spa.eva, D(float_amount))
        ).shift

    def move(self, kind: str, amount: str, therapist: Actor | None = None) -> None:
        self.run(
            lambda u: shifts.move(
                u,
                self.shop,
                self.spa.eva,
                MovementKind(kind),
                D(amount),
                "because",
                therapist.id if therapist else None,
            )
        )

    def count(self, amount: str, by: Actor | None = None) -> Shift:
        return self.run(lambda u: shifts.count(u, self.shop, by or self.spa.eva, D(amount))).shift

    def close(self, reason: str | None = None, by: Actor | None = None) -> Shift:
        return self.run(
            lambda u: shifts.close(u, self.shop, by or self.spa.eva, reason=reason)
        ).shift

    def count_and_close(self, by: Actor | None = None) -> Shift:
        """As much as is expected."""
        counted = self.count("0", by)
        self.count(str(counted.expected_amount), by)
        return self.close(by=by)

    def close_day(self) -> ZReport:
        """Close it, and keep its figures as the server does a moment later."""
        report = self.run(lambda u: days.close_day(u, self.shop, self.spa.manager))
        Bookkeeper(self.store, self.shop).keep_last()
        return report

    def refund(
        self,
        visit: int,
        amount: str,
        methods: Mapping[str, D] | None = None,
        by: Actor | None = None,
        tip: str = "0",
    ) -> Refund:
        item = self.row(visit).items[0].id
        return self.run(
            lambda u: refunds.refund(
                u,
                self.shop,
                by or self.spa.eva,
                visit,
                {item: D(amount)} if D(amount) else {},
                "not happy",
                D(tip),
                methods,
                self.approver,
            )
        )[1]

    def row(self, visit: int) -> Transaction:
        return self.visits.row(visit)

    def tenders(self, visit: int) -> list[tuple[str, D]]:
        """Method and amount of every movement of a visit's money."""
        return self.run(
            lambda u: [
                (row.method, row.amount) for row in u.session.get_one(Transaction, visit).tenders
            ]
        )
