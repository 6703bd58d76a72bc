"""Keeps the figures of closed days, a little at a time, where nobody waits for it."""

from __future__ import annotations

import time

from .domain.reports import Grouping
from .store.reports import Rows
from .store.unit_of_work import Store
from .usecases.shop import Shop
from .usecases.till import daily


class Bookkeeper:
    """Works out what a closed day's figures are, and keeps them.

    A Z holds its shifts while it is written, so this comes after it: what it reads cannot change
    any more, it holds nothing while it reads, and what it writes is one short unit of work. If it
    dies in between, the day has no figures yet, and the next one to come works them out.

    Args:
        store: The database.
        shop: The shop's settings.
    """

    def __init__(self, store: Store, shop: Shop) -> None:
        self._store = store
        self._shop = shop
        self._all_ready = False

    def keep_last(self) -> bool:
        """Keep the figures of the last Z, where they are missing.

        Returns:
            Whether they were.

        Raises:
            DomainError: The database does not answer, or takes no changes.
        """
        return self._keep(self._store.run(daily.last_not_kept))

    def keep_one(self) -> bool:
        """Keep the figures of any Z that has none: of a release before, or one restored.

        Returns:
            Whether there was one.

        Raises:
            DomainError: The database does not answer, or takes no changes.
        """
        return self._keep(self._store.run(daily.first_not_kept))

    def make_ready(self) -> bool:
        """Let some days that a release before has kept be read as quickly as the others.

        Returns:
            Whether there were any. Once there are none, none can come, and nobody looks again.

        Raises:
            DomainError: The database does not answer, or takes no changes.
        """
        if not self._all_ready:
            self._all_ready = not self._store.run(daily.make_ready)
        return not self._all_ready

    def _keep(self, z_number: int | None) -> bool:
        if z_number is None:
            return False
        facts = self._store.look(lambda unit: daily.Facts(unit, self._shop, z_number).read())
        rows: Rows = {}
        for by in Grouping:
            # A big day is half a second of a Pi's time: requests that have come go first.
            time.sleep(0)
            rows |= daily.rows_of(facts, by)
        self._store.run(lambda unit: daily.keep(unit, z_number, rows))
        return True
