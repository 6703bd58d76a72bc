"""Whether a claim takes longer after years of visits."""

from __future__ import annotations

import statistics
import time

import click

from .claims import served
from .figures import Results
from .lab import Lab, Shop, short_windows
from .past import fill_past

SMALL, GROWN = "small", "grown"


def growth(lab: Lab) -> Results:
    """The server on a new database and on a grown one, in pairs of short windows.

    The grown one has what years leave: items, payments, tenders, refunds, history, papers, days.
    Both queues are as long as any can be, as no two who wait have the same number.
    """
    sizes = lab.sizes

    def past(shop: Shop) -> None:
        began = time.monotonic()
        fill_past(lab.mariadb.url(shop.schema), sizes.grown_past)
        click.echo(f"    {sizes.grown_past} visits: {time.monotonic() - began:.0f} s")

    with (
        short_windows(lab),
        served(lab, waiting=sizes.waiting) as small,
        served(lab, waiting=sizes.waiting, past=past) as grown,
    ):
        turns = {SMALL: small, GROWN: grown}
        ratios = []
        for pair in range(sizes.pairs):
            for app in turns.values():
                app.desk.top_up()
            # Pages of what was loaded are no part of what a claim writes.
            lab.mariadb.write_pages()
            # What else the machine does meanwhile meets both alike.
            for kind in turns if pair % 2 == 0 else reversed(turns):
                turns[kind].round(kind)
            ratios.append(grown.desk.rates[GROWN][-1] / small.desk.rates[SMALL][-1])
        click.echo("    pairs: " + ", ".join(f"{ratio:.2f}" for ratio in ratios))
        return {
            "claims_growth_ratio": statistics.median(ratios),
            "small_claims_per_s": small.desk.rate(SMALL),
            "grown_claims_per_s": grown.desk.rate(GROWN),
        }
