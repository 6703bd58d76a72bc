"""Whether a claim takes longer after years of visits and in a long queue."""

from __future__ import annotations

import time

import click

from .claims import served
from .figures import Results
from .lab import Lab, Shop
from .past import fill_past


def growth(lab: Lab) -> Results:
    """The server on a new database and on a grown one, turn by turn in one run.

    The grown one has what years leave: items, payments, tenders, refunds, history, papers, days.
    """
    sizes = lab.sizes

    def past(shop: Shop) -> None:
        began = time.monotonic()
        fill_past(lab.mariadb.url(shop.schema), sizes.grown_past)
        click.echo(f"    {sizes.grown_past} visits: {time.monotonic() - began:.0f} s")

    with (
        served(lab, waiting=sizes.waiting) as small,
        served(lab, waiting=sizes.grown_waiting, past=past) as grown,
    ):
        # Loaded once: a few rounds take little from a queue of this length.
        grown.desk.join()
        # Pages of what was loaded are no part of what a claim writes.
        lab.mariadb.write_pages()
        for _ in range(sizes.rounds):
            small.desk.refill()
            small.round("small")
            grown.round("grown")
        before, after = small.desk.rate("small"), grown.desk.rate("grown")
        return {
            "claims_growth_ratio": after / before,
            "small_claims_per_s": before,
            "grown_claims_per_s": after,
        }
