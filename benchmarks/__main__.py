"""`python -m benchmarks`: measure, print the table, write `var/bench.json`."""

from __future__ import annotations

import json
import platform
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from .card import card
from .claims import claims, lanes
from .figures import FIGURES, Results, rounded, table
from .growth import growth
from .kiosk_page import kiosk
from .lab import QUICK, Lab, Sizes
from .paper import paper
from .past import reports
from .pi.measured import missing_for_pi, pi
from .push import push
from .screens import fanout
from .server_process import login, memory, start
from .staff_pages import staff
from .stored import stored
from .years import years

_VAR: Final = Path(__file__).parents[1] / "var"
GROUPS: Final[dict[str, Callable[[Lab], Results]]] = {
    "claims": claims,
    "lanes": lanes,
    "growth": growth,
    "reports": reports,
    "paper": paper,
    "push": push,
    "fanout": fanout,
    "memory": memory,
    "login": login,
    "start": start,
    "kiosk": kiosk,
    "staff": staff,
    "stored": stored,
    "card": card,
    "years": years,
    "pi": pi,
}
_NEEDS_ROOT: Final = "pi"
_ONLY_BY_NAME: Final = frozenset({"years", _NEEDS_ROOT})
"""They take long by themselves; `pi` is for root alone, and `years` wants 15 GB."""


@click.command()
@click.option("--quick", is_flag=True, help="Small sizes: does it work, not how fast is it.")
@click.option("--pi", "as_pi", is_flag=True, help="As slow as a Raspberry Pi 4; needs root.")
@click.option("--only", multiple=True, type=click.Choice(list(GROUPS)), help="Only this group.")
@click.option(
    "--past-visits", type=click.IntRange(min=1), help="Past visits that reports are made of."
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the figures go; var/bench.json, or var/bench-quick.json with --quick.",
)
def main(
    output: Path | None,
    only: tuple[str, ...],
    past_visits: int | None,
    *,
    quick: bool,
    as_pi: bool,
) -> None:
    """Measure the appliance on this machine; `benchmarks/README.md` says how to read it."""
    output = output or _VAR / ("bench-quick.json" if quick else "bench.json")
    if as_pi:
        only = (*only, _NEEDS_ROOT)
    if _NEEDS_ROOT in only and (missing := missing_for_pi()):
        raise click.ClickException(missing)
    everything = tuple(name for name in GROUPS if name not in _ONLY_BY_NAME)
    sizes = QUICK if quick else Sizes()
    if past_visits:
        sizes = replace(sizes, past_visits=past_visits)
    results = _measure(only or everything, sizes)
    if only and output.exists():
        # What was measured before stays beside what is measured now.
        results = {**json.loads(output.read_text()), **results}
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(rounded(results), indent=1) + "\n")
    click.echo(f"\n{_machine()}\n")
    for line in table(results):
        click.echo(line)
    unknown = [figure.key for figure in FIGURES if figure.key not in results]
    if unknown:
        click.echo(f"\nNot measured: {', '.join(unknown)}.")
    click.echo(f"\nWritten to {output}.")


def _measure(names: tuple[str, ...], sizes: Sizes) -> Results:
    _VAR.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=_VAR))
    results: Results = {}
    try:
        lab = Lab(folder, sizes)
        with lab.running():
            for name in names:
                click.echo(f"{name}:")
                began = time.monotonic()
                results |= GROUPS[name](lab)
                click.echo(f"    ({time.monotonic() - began:.0f} s)")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return results


def _machine() -> str:
    model = platform.processor() or platform.machine()
    cpus = 0
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        cpus += name.strip() == "processor"
        if name.strip() in {"model name", "Model"}:
            model = value.strip()
    return f"{model}, {cpus} cores, Linux {platform.release()}, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
