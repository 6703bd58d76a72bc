"""Keeps what is stored in step with the clock: when it is set, and when it was wrong."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta

from .clock import ServerClock
from .domain.clock import in_words
from .domain.codes import BusinessDay
from .domain.states import SYSTEM, Actor
from .store import answers, moments
from .store.answers import Answer, Request
from .store.moments import Correction
from .store.unit_of_work import Store, UnitOfWork
from .wire.errors import refusal

log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(minutes=1)
"""How often to look for times that lie ahead although nobody has seen the clock being set."""


class Timekeeper:
    """Looks after the clock.

    Args:
        store: The database, and the clock that it lives by.
        day: When the shop's day starts.
    """

    def __init__(self, store: Store, day: BusinessDay) -> None:
        self._store = store
        self._day = day
        self._looked_at: datetime | None = None
        self._request: Request | None = None

    def look(self) -> None:
        """Notice what has happened to the clock since the last look, and put right what follows.

        Raises:
            DomainError: The database does not answer, or takes no changes.
        """
        clock = self._store.clock
        if isinstance(clock, ServerClock) and (step := clock.step):
            self._follow(clock, step)
        now = self._store.clock()
        if self._looked_at is None or not self._looked_at <= now < self._looked_at + LOOK_EVERY:
            self._put_back(now)
        self._looked_at = now

    def _follow(self, clock: ServerClock, step: timedelta) -> None:
        new = clock() + step
        log.warning(
            "the clock was set %s by %s, to %s UTC: nobody is logged out or timed out by that",
            "forward" if step > timedelta(0) else "back",
            in_words(step),
            f"{new:%Y-%m-%d %H:%M}",
        )
        correction = Correction.of_a_step(new, step, clock.since)
        self._correct(correction, {"set_by_seconds": round(step.total_seconds())})
        clock.take_up(step)
        self._renew_answers()

    def _put_back(self, now: datetime) -> None:
        found = self._store.run(lambda unit: moments.ahead(unit.session, now, self._day))
        if not found:
            return
        for one in found:
            log.warning("%s; it is brought back", moments.told(one, now))
        correction = Correction.of_times_ahead(now, found)
        earliest = self._correct(correction, {"ahead": sorted({one.what for one in found})})
        if isinstance(self._store.clock, ServerClock):
            self._store.clock.reach_back(earliest)
        self._renew_answers()

    def _renew_answers(self) -> None:
        # After the change: its own answer is among them.
        self._store.run(lambda unit: answers.renew(unit.session, unit.now()))

    def _correct(self, correction: Correction, detail: dict[str, object]) -> datetime:
        self._store.run(lambda unit: moments.renew_selections(unit, correction.now))

        def correct(unit: UnitOfWork, _: Actor) -> Answer:
            earliest = moments.correct(unit, correction, self._day, detail)
            return {"ok": True, "earliest": earliest.isoformat()}

        # By a name of its own, as a client's request: where nobody knows whether the COMMIT has
        # reached the database, what is moved must not be moved twice.
        self._request = self._request or Request(SYSTEM, f"clock-{uuid.uuid4().hex}", "clock_set")
        answer = self._store.answer(lambda _: SYSTEM, correct, refusal, self._request)
        self._request = None
        return datetime.fromisoformat(answer["earliest"])
