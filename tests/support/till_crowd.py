"""Eight cashiers and a manager who move money in every way there is, whatever happens."""

from __future__ import annotations

import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse
from typing import Any, Final, cast

from sqlalchemy import func, select

from appliance.server.auth import passwords, tokens
from appliance.server.domain.ledger import TenderKind
from appliance.server.store.models import Payment, Refund, Staff, Tender, ZReport
from appliance.server.store.unit_of_work import Store, UnitOfWork
from tests.support.crowd import Cashier, Crowd, Unexpected
from tests.support.persistent import PATIENCE, TRY_AGAIN, Json
from tests.support.spa import Spa

_PIN: Final = "483920"
_REFUSED: Final = ("invalid_state", "validation_failed")
"""What a till may say to somebody who does not look before asking."""


class TillCashier(Cashier):
    """Takes money by every method, gives some back, corrects, counts and closes."""

    def turn(self) -> None:
        what = self.rng.random()
        if what < 0.08:
            kind = self.rng.choice(["pay_in", "pay_out", "drop"])
            self.ask(
                "shift_movement", {"kind": kind, "amount": 5, "reason": "change"}, may_be=_REFUSED
            )
        elif what < 0.16:
            self._count()
        elif what < 0.18:
            self.ask("shift_open", {"float_amount": 50}, may_be=_REFUSED)
        else:
            self._serve()

    def _count(self) -> None:
        counted = self.ask("shift_count", {"counted_amount": 100}, may_be=_REFUSED)
        if counted is not None and self.chance(0.6):
            self.ask("shift_close", {"reason": "as it is"}, may_be=_REFUSED)

    def _serve(self) -> None:
        claimed = self.ask("cashier_claim_next", may_be=["nothing_waiting"])
        if claimed is None:
            self.rest()
            return
        visit: Json = claimed["transaction"]
        key = {"transaction_id": visit["id"]}
        due = visit["total_amount"]
        payment = self.rng.choice(
            [
                {"amount_paid": 1000, "method": "cash"},
                {"amount_paid": due + 5, "method": "card", "tip": 5},
                {
                    "tenders": [
                        {"method": "card", "amount_paid": 20},
                        {"method": "cash", "amount_paid": due, "tip": 2},
                    ]
                },
            ]
        )
        self.ask("cashier_pay", key | payment)
        if self.chance(0.25):
            self._correct(key, due)
        if self.chance(0.35):
            self._refund(key, visit)

    def _correct(self, key: Json, due: float) -> None:
        wrong = {"tenders": [{"method": "other", "amount": due}], "reason": "keyed wrongly"}
        self.ask("cashier_correct_tender", key | wrong | self._approved(), may_be=_REFUSED)

    def _refund(self, key: Json, visit: Json) -> None:
        lines = [{"item_id": visit["items"][0]["id"], "amount": self.rng.choice([5, 30])}]
        for _ in range(self.rng.randint(1, 3)):  # Until there is nothing left, now and then.
            self.ask(
                "cashier_refund",
                key | {"lines": lines, "reason": "not happy"} | self._approved(),
                may_be=_REFUSED,
            )

    def _approved(self) -> Json:
        return {"approval": {"username": "gloria", "pin": _PIN}}


class Closer:
    """A manager who closes days over HTTP, and asks until there is an answer.

    Args:
        port: The server's.
        token: The manager's.
        over: Set when the shift is over.

    Attributes:
        numbers: Of the Z reports that were told.
    """

    def __init__(self, port: int, token: str, over: threading.Event) -> None:
        self._url = f"http://127.0.0.1:{port}/api/manager/days/close"
        self._token = token
        self._over = over
        self.numbers: list[int] = []
        self.trouble: list[Exception] = []

    def live(self) -> None:
        """Close whatever can be closed."""
        number = 0
        try:
            while not self._over.wait(0.3):
                number += 1
                self._close(f"closing {number}")
        except Exception as error:  # noqa: BLE001 — the test looks at it
            self.trouble.append(error)

    def _close(self, request_id: str) -> None:
        answer = self._until_answered(request_id)
        if answer["ok"]:
            self.numbers.append(answer["z"]["number"])
        elif answer["code"] != "invalid_state":
            raise Unexpected(f"a close was answered with {answer}")

    def _until_answered(self, request_id: str) -> Json:
        give_up_at = time.monotonic() + PATIENCE
        while time.monotonic() < give_up_at:
            answer = self._ask(request_id)
            if answer is not None and answer.get("code") not in TRY_AGAIN:
                return answer
            time.sleep(0.05)
        raise AssertionError(f"{request_id} got no answer in {PATIENCE} s")

    def _ask(self, request_id: str) -> Json | None:
        request = urllib.request.Request(
            self._url,
            json.dumps({"request_id": request_id}).encode(),
            {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        try:
            with self._answer(request) as answer:
                return dict(json.load(answer))
        except (OSError, ValueError, HTTPException):  # the last: killed in the middle of an answer
            return None

    def _answer(self, request: urllib.request.Request) -> HTTPResponse | urllib.error.HTTPError:
        try:
            return cast(HTTPResponse, urllib.request.urlopen(request, timeout=240))
        except urllib.error.HTTPError as refusal:
            return refusal


class TillCrowd(Crowd):
    """A crowd whose cashiers keep a till, with Gloria, who closes days."""

    therapists = 8
    kiosks = 4
    cashier: type[Cashier] = TillCashier
    prints_reports = True

    def __init__(self, port: int, spa: Spa, store: Store, rng: random.Random) -> None:
        super().__init__(port, spa, store, rng)
        hashed = passwords.hash_password(_PIN)

        def let_in(unit: UnitOfWork) -> str:
            manager = unit.session.get_one(Staff, spa.manager.id)
            manager.pin_hash = hashed
            return tokens.issue(unit, manager)[0]

        self.closer = Closer(port, store.run(let_in), self.over)
        self._closing = threading.Thread(target=self.closer.live, daemon=True)

    @property
    def trouble(self) -> list[Exception]:
        """What should not have happened to anybody."""
        return [*super().trouble, *self.closer.trouble]

    def come(self) -> None:
        """Everybody begins to act."""
        super().come()
        self._closing.start()

    def go(self) -> None:
        """Everybody gets the answer that they wait for, and goes."""
        super().go()
        self._join([self._closing])

    def twice_or_never(self, unit: UnitOfWork) -> Iterator[str]:
        """Where the till's books are not what the desks were told."""
        told: Counter[str] = Counter(one.event for one in self.answered() if one.answer["ok"])
        for event, number in (
            ("cashier_pay", _count(unit, Payment)),
            ("cashier_refund", _count(unit, Refund)),
        ):
            if told[event] != number:
                yield f"{event}: {told[event]} told, {number} in the books"
        z_reports = sorted(unit.session.scalars(select(ZReport.number)))
        if z_reports != sorted(self.closer.numbers):
            yield f"Z: {self.closer.numbers} told, {z_reports} in the books"
        scattered = (
            select(Tender.transaction_id)
            .where(Tender.kind == TenderKind.PAYMENT)
            .group_by(Tender.transaction_id)
            .having(func.count(Tender.shift_id.distinct()) > 1)
        )
        for visit in unit.session.scalars(scattered):
            yield f"visit {visit} was paid in two shifts"


def _count(unit: UnitOfWork, kind: type[Any]) -> int:
    return unit.session.scalar(select(func.count()).select_from(kind)) or 0
