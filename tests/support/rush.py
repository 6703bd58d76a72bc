"""Staff at several real servers who claim at once, and notes on what each was told."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from json import dumps
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select

from appliance.server.auth import tokens
from appliance.server.domain.states import Actor, TransactionStatus
from appliance.server.store.models import Staff, Transaction
from appliance.server.store.unit_of_work import Store
from tests.support.raw import RawSocket
from tests.support.server import ServerProcess
from tests.support.spa import Spa
from tests.support.threads import PATIENCE, at_once

Json = dict[str, Any]
KIOSKS = 4
_SINCE = {
    TransactionStatus.PENDING_THERAPIST: Transaction.selection_confirmed_at,
    TransactionStatus.FINISHED: Transaction.service_finish_at,
}


@dataclass
class Claims:
    """What one kind of staff did.

    Attributes:
        claimed: Transactions in the order in which their claimers were told.
        refused: Codes of refusals that are right at times: somebody else was faster.
        left_when_told_nobody: Each time somebody was told that nobody waits, how many had waited
            since before they asked.
        errors: What should not have happened.
    """

    claimed: list[int] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    left_when_told_nobody: list[int] = field(default_factory=list)
    errors: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Work:
    """What one kind of staff does with each customer.

    Attributes:
        waiting: The state in which customers wait for them.
        claim: The event that takes the next one.
        then: Events with that customer, and what else they carry.
    """

    waiting: TransactionStatus
    claim: str
    then: tuple[tuple[str, Json], ...]


TREAT = Work(
    TransactionStatus.PENDING_THERAPIST,
    "therapist_confirm_next",
    (
        ("therapist_start_service", {}),
        ("therapist_finish_service", {}),
        ("therapist_room_ready", {}),
    ),
)
TAKE_MONEY = Work(
    TransactionStatus.FINISHED,
    "cashier_claim_next",
    (("cashier_pay", {"amount_paid": 100, "method": "cash"}),),
)


class Arrivals:
    """Tells staff who have nobody to treat that somebody came, so that they need not ask.

    Args:
        kiosks: How many are open.
    """

    def __init__(self, kiosks: int) -> None:
        self._news = threading.Condition()
        self._came = 0
        self._open = kiosks

    def somebody_came(self) -> None:
        """A customer has confirmed: several run, and one finds them."""
        with self._news:
            self._came += 1
            self._news.notify(8)

    def kiosk_closes(self) -> None:
        """One kiosk adds nobody any more."""
        with self._news:
            self._open -= 1
            self._news.notify_all()

    def wait_for_more_than(self, seen: int) -> int | None:
        """Wait for the next arrival.

        Returns:
            How many have come; None when nobody will come any more: look once more, then go.
        """
        with self._news:
            assert self._news.wait_for(lambda: self._came > seen or not self._open, PATIENCE)
            return self._came if self._open else None


def in_order(store: Store, status: TransactionStatus) -> list[int]:
    """Those in this state, oldest first."""
    oldest = select(Transaction.id).where(Transaction.status == status)
    oldest = oldest.order_by(_SINCE[status], Transaction.id)
    return store.run(lambda u: list(u.session.scalars(oldest)))


class Rush:
    """Staff and kiosks at several servers on one database.

    Args:
        store: The database, for looking at it from outside.
        spa: Who and what there is.
        servers: Running; people are spread over them in turn.
    """

    def __init__(self, store: Store, spa: Spa, servers: Sequence[ServerProcess]) -> None:
        self._store = store
        self._spa = spa
        self._servers = servers
        self._notes = threading.Lock()

    @contextmanager
    def crew(self, people: Sequence[Actor]) -> Iterator[list[RawSocket]]:
        """These people, each connected to one of the servers."""
        with ExitStack() as there:
            yield [
                there.enter_context(self._connect(number, {"token": self._token(person)}))
                for number, person in enumerate(people)
            ]

    def claim_all(
        self,
        crew: Sequence[RawSocket],
        work: Work,
        lanes: Sequence[Sequence[int]] | None = None,
    ) -> Claims:
        """Everybody claims the next and works, until told that nobody waits.

        Args:
            crew: They.
            work: What they do.
            lanes: Whose customers each of them calls; everybody's where it is not said.
        """
        found = Claims()
        of_each = lanes or [None] * len(crew)
        self._together(
            found,
            [
                lambda who=who, own=own: self._claim_until_nobody(found, who, work, own)
                for who, own in zip(crew, of_each, strict=True)
            ],
        )
        return found

    def claim_while_kiosks_add(
        self, crew: Sequence[RawSocket], how_many: int
    ) -> tuple[list[int], Claims]:
        """Kiosks at every server add customers while the crew treats them.

        Returns:
            Those who were added, oldest first, and what the crew did.
        """
        found = Claims()
        news = Arrivals(kiosks=KIOSKS)

        def add(kiosk: RawSocket) -> None:
            item = {"service_classification_id": self._spa.swedish_30}
            try:
                for _ in range(how_many // KIOSKS):
                    self._must(kiosk, "customer_confirm_selection", {"items": [item]})
                    news.somebody_came()
            finally:
                news.kiosk_closes()

        def treat(who: RawSocket) -> None:
            seen: int | None = 0
            while seen is not None:
                seen = news.wait_for_more_than(seen)
                self._claim_until_nobody(found, who, TREAT)

        before = self._last_id()
        with ExitStack() as there:
            kiosks = [
                there.enter_context(
                    self._connect(n, {"device_token": self._spa.device_tokens["door"]})
                )
                for n in range(KIOSKS)
            ]
            self._together(
                found,
                [
                    *(lambda kiosk=kiosk: add(kiosk) for kiosk in kiosks),
                    *(lambda who=who: treat(who) for who in crew),
                ],
            )
        added = select(Transaction.id).where(Transaction.id > before)
        added = added.order_by(Transaction.selection_confirmed_at)
        return self._store.run(lambda u: list(u.session.scalars(added))), found

    def race_for_codes(self, crew: Sequence[RawSocket]) -> Claims:
        """Most type codes, several the same at all servers; every fourth claims the next."""
        found = Claims()
        finished = select(Transaction.code).where(Transaction.status == TransactionStatus.FINISHED)
        codes = self._store.run(lambda u: list(u.session.scalars(finished)))

        def type_codes(who: RawSocket) -> None:
            for code in random.sample(codes, len(codes) // 4):
                self._claim_and_work(found, who, TAKE_MONEY, "cashier_claim_code", {"code": code})

        self._together(
            found,
            [
                (lambda who=who: self._claim_until_nobody(found, who, TAKE_MONEY))
                if number % 4 == 3
                else (lambda who=who: type_codes(who))
                for number, who in enumerate(crew)
            ],
        )
        return found

    # --- one of them --------------------------------------------------------------------------

    def _claim_until_nobody(
        self, found: Claims, who: RawSocket, work: Work, lanes: Sequence[int] | None = None
    ) -> None:
        while True:
            waits_since = self._newest(work.waiting)
            if self._claim_and_work(found, who, work, work.claim, {}) == "nothing_waiting":
                left = self._waiting_since(work.waiting, waits_since, lanes)
                found.left_when_told_nobody.append(left)
                return

    def _claim_and_work(
        self, found: Claims, who: RawSocket, work: Work, event: str, payload: Json
    ) -> str | None:
        answer = self._ask(who, event, payload)
        if not answer["ok"]:
            # Who asks for the next is never told of somebody else; who names a code may be.
            too_late = "nothing_waiting" if event == work.claim else "invalid_state"
            if answer["code"] not in {"busy", too_late}:
                raise AssertionError(dumps(answer))
            with self._notes:
                found.refused.append(answer["code"])
            return str(answer["code"])
        self._work(found, who, work, answer["transaction"]["id"])
        return None

    def _work(self, found: Claims, who: RawSocket, work: Work, customer: int) -> None:
        with self._notes:
            found.claimed.append(customer)
        for verb, more in work.then:
            about = {} if verb == "therapist_room_ready" else {"transaction_id": customer}
            self._must(who, verb, {**about, **more})

    def _ask(self, who: RawSocket, event: str, payload: Json) -> Json:
        # On such a machine the database, too, may be slower than the server waits for it: what
        # became of the request is then asked for, as every screen does.
        once = {**payload, "request_id": str(uuid4())}
        while (answer := who.call(event, once)).get("code") == "unavailable":
            pass
        return dict(answer)

    def _must(self, who: RawSocket, event: str, payload: Json) -> None:
        # `busy` asks to be tried again, which is right on a machine with too much to do.
        while not (answer := self._ask(who, event, payload))["ok"]:
            if answer["code"] != "busy":
                raise AssertionError(dumps(answer))

    def _together(self, found: Claims, works: Sequence[Callable[[], None]]) -> None:
        results = at_once(works)
        found.errors += [result for result in results if isinstance(result, Exception)]

    # --- look and connect ---------------------------------------------------------------------

    def _newest(self, status: TransactionStatus) -> datetime | None:
        newest = select(func.max(_SINCE[status])).where(Transaction.status == status)
        return self._store.run(lambda u: u.session.scalar(newest))

    def _waiting_since(
        self,
        status: TransactionStatus,
        newest: datetime | None,
        lanes: Sequence[int] | None = None,
    ) -> int:
        if newest is None:
            return 0
        there = select(func.count()).where(Transaction.status == status, _SINCE[status] <= newest)
        if lanes is not None:
            there = there.where(Transaction.lane.in_(lanes))
        return self._store.run(lambda u: u.session.scalar(there)) or 0

    def _last_id(self) -> int:
        return self._store.run(lambda u: u.session.scalar(select(func.max(Transaction.id)))) or 0

    def _token(self, person: Actor) -> str:
        return self._store.run(lambda u: tokens.issue(u, u.session.get_one(Staff, person.id))[0])

    def _connect(self, number: int, auth: Json) -> RawSocket:
        server = self._servers[number % len(self._servers)]
        return RawSocket(server.port, auth=dumps(auth))
