"""Somebody who never stops working, over TLS, whatever happens to the server."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from appliance.server.domain.states import Actor, Role
from tests.support.persistent import Json, Persistent

from .shop import Shop, a_choice

PAUSE = 0.25
"""Seconds between two requests: the printer keeps up, and something is always on its way soon."""


class Busy:
    """One visit after the other, from the kiosk to the receipt, each request until it is answered.

    Attributes:
        visits: The codes of those that went all the way, in order.
        longest_silence: Seconds between two answers, at most, as a screen would see it.
        people: Who asked.
    """

    def __init__(self, shop: Shop) -> None:
        self.visits: list[str] = []
        self.longest_silence = 0.0
        self._over = threading.Event()
        self._trouble: list[Exception] = []
        self._thread = threading.Thread(target=self._live, name="busy")
        self._choice = a_choice(shop)
        self._answered_at = 0.0
        self.people = [
            self._somebody(shop, role, auth)
            for role, auth in (
                (Role.KIOSK, {"device_token": shop.kiosk_token()}),
                (Role.THERAPIST, {"token": shop.token(shop.first("therapist"))}),
                (Role.CASHIER, {"token": shop.token(shop.first("cashier"))}),
            )
        ]

    @property
    def has_trouble(self) -> bool:
        """Whether somebody has given up; what it was is raised at the end of the work."""
        return bool(self._trouble)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Works while the block runs, and finishes the visit that was begun."""
        self._thread.start()
        try:
            yield
        finally:
            self._over.set()
            self._thread.join()
        assert not self._trouble, self._trouble

    def _somebody(self, shop: Shop, role: Role, auth: Json) -> Persistent:
        url = shop.base_url.replace("https", "wss")
        name = f"busy-{role}-{time.time_ns()}"
        # Never told that the shift is over: a visit that was begun is finished.
        person = Persistent(
            443, Actor(role, 1, role), auth, name, random.Random(name), threading.Event(),
            url=url, ca=shop.ca,
        )  # fmt: skip
        person.on_answer = self._note
        return person

    def _note(self) -> None:
        now = time.monotonic()
        if self._answered_at:
            self.longest_silence = max(self.longest_silence, now - self._answered_at)
        self._answered_at = now

    def _live(self) -> None:
        try:
            while not self._over.is_set():
                self.visits.append(self._visit())
        except Exception as error:  # noqa: BLE001 — the test looks at it
            self._trouble.append(error)
        finally:
            for person in self.people:
                person.close()

    def _visit(self) -> str:
        kiosk, therapist, cashier = self.people
        confirmed = self._well(kiosk, "customer_confirm_selection", self._choice)["transaction"]
        claimed = self._well(therapist, "therapist_confirm_next", {})["transaction"]
        assert claimed["code"] == confirmed["code"]
        this = {"transaction_id": claimed["id"]}
        self._well(therapist, "therapist_start_service", this)
        self._well(therapist, "therapist_finish_service", this)
        self._well(therapist, "therapist_room_ready", {})
        self._well(cashier, "cashier_claim_code", {"code": confirmed["code"]})
        paid = {**this, "amount_paid": claimed["total_amount"], "method": "cash"}
        self._well(cashier, "cashier_pay", paid)
        return str(confirmed["code"])

    def _well(self, person: Persistent, event: str, payload: Json) -> Json:
        self._over.wait(PAUSE)
        answer = person.ask(event, payload)
        assert answer["ok"], answer
        return answer
