"""What has to happen although nobody asks: time-outs, leases that run out, old answers."""

from __future__ import annotations

import logging
import time
from datetime import date
from typing import Final

from appliance.protocol import LampPattern

from .auth import tokens
from .auth.journal import Journal
from .bookkeeping import Bookkeeper
from .domain.errors import DomainError
from .store import answers, drawer, papers
from .store.unit_of_work import Store, UnitOfWork
from .timekeeping import Timekeeper
from .usecases import cashier, daemons, kiosk, lanes, queue, rooms, rotation
from .usecases.manager import menu
from .usecases.shop import Shop

log = logging.getLogger(__name__)

EVERY_SECONDS: Final = 2.0
_ROUNDS_A_DAY: Final = 10
"""Between two days of before whose figures are kept: a big one is a second of a Pi's time, and
nobody waits for it."""


class Sweeper:
    """Looks after what is left over.

    Args:
        store: The database.
        shop: The shop's settings.
        journal: Has counts that want to be written.
    """

    def __init__(self, store: Store, shop: Shop, journal: Journal) -> None:
        self._store = store
        self._shop = shop
        self._journal = journal
        self._lamps: dict[str, LampPattern] = {}
        self._timekeeper = Timekeeper(store, shop.day)
        self._bookkeeper = Bookkeeper(store, shop)
        self._rounds = 0
        self._day: date | None = None

    def recover(self) -> None:
        """At the server's start: put right what a crash has left.

        Raises:
            DomainError: The database does not answer.
        """
        interrupted = self._store.run(lambda unit: cashier.recover_interrupted(unit, self._shop))
        if interrupted:
            log.warning("%d interrupted payments are back at the desk", interrupted)
        self._store.run(daemons.forget_connections)
        self._store.run(queue.forget_holds)
        self._timekeeper.look()
        self._look_at_the_day()

    def sweep(self) -> None:
        """Once around.

        Raises:
            DomainError: The database does not answer, or takes no changes.
        """
        if not self._store.saves and self._store.is_worth_trying:
            self._store.try_saving()
            log.info("changes are saved again")
        # Before anything is found to be late by a clock that has been set meanwhile.
        self._timekeeper.look()
        self._store.run(lambda unit: kiosk.time_out(unit, self._shop))
        self._store.run(lambda unit: queue.end_skips(unit, self._shop))
        self._store.run(lambda unit: queue.note_who_stayed_out(unit, self._shop))
        self._look_at_the_day()
        self._store.run(papers.return_expired)
        self._store.run(drawer.forget_late)
        self._store.run(tokens.remove_expired)
        self._store.run(lanes.open_deserted)
        if rotation.is_on(self._shop):
            self._store.run(self._look_at_turns)
        self._store.run(menu.bring_up_to_date)
        self._store.run(self._forget)
        self._journal.flush()
        self._bookkeeper.keep_last()
        self._rounds += 1
        if self._rounds % _ROUNDS_A_DAY == 0:
            self._bookkeeper.keep_one()
            self._bookkeeper.make_ready()

    def _look_at_turns(self, unit: UnitOfWork) -> None:
        """Whose turn it is changes by time alone: then lamps and pages are told."""
        shown = rooms.lamps(unit, self._shop)
        unit.changes.queue |= shown != self._lamps
        self._lamps = shown

    def _forget(self, unit: UnitOfWork) -> None:
        """Some of what nobody asks for any more: never much at once."""
        answers.forget_older(unit.session, than=unit.now() - self._shop.keep_answers)
        papers.forget_documents(unit, than=unit.now() - self._shop.keep_tickets)

    def _look_at_the_day(self) -> None:
        """Once a business day, and whenever a clock has changed it."""
        today = self._shop.day.date_of(self._store.clock())
        if today == self._day:
            return
        while self._store.run(lambda unit: queue.carry_over(unit, self._shop)):
            pass
        self._day = today

    def run(self) -> None:
        """Sweep for ever; never returns."""
        while True:
            time.sleep(EVERY_SECONDS)
            try:
                self.sweep()
            except DomainError as error:
                log.warning("sweeping waits: %s", error.message)
            except Exception:  # A bug in sweeping must not end it: time-outs depend on it.
                log.exception("sweeping failed")
