"""`python -m benchmarks.profile_claim`: where a claim's time goes.

The use case runs in this process, one claim after the other, against the same durable MariaDB as
the benchmarks; each phase is timed without the phases inside it. Then the real server is loaded
with sixteen therapists: what its process spends beyond the use case is Socket.IO, gevent and the
pushes.
"""

from __future__ import annotations

import contextlib
import cProfile
import pstats
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, Final

import click
from pymysql.cursors import Cursor
from sqlalchemy.orm import Session

from appliance.server.auth import identity
from appliance.server.auth.identity import Credential
from appliance.server.domain.errors import DomainError
from appliance.server.store import claims
from appliance.server.store.answers import Answer
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases import therapist
from appliance.server.usecases.steps import Step
from appliance.server.wire import answers, serialize
from tests.support.spa import shop as shop_settings

from .child import Child, cpu_seconds
from .fill import fill, free_rooms_at_once
from .lab import Lab, Shop, Sizes

_VAR: Final = Path(__file__).parents[1] / "var"


@dataclass
class Phase:
    """What was spent in one phase, without the phases inside it."""

    calls: int = 0
    wall: float = 0.0
    cpu: float = 0.0


@dataclass
class Stopwatch:
    """Times phases that may be nested."""

    phases: dict[str, Phase] = field(default_factory=dict)
    _inner: list[list[float]] = field(default_factory=list)

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time what happens inside, but for phases inside it."""
        found = self.phases.setdefault(name, Phase())
        self._inner.append([0.0, 0.0])
        wall, cpu = time.perf_counter(), time.thread_time()
        try:
            yield
        finally:
            wall, cpu = time.perf_counter() - wall, time.thread_time() - cpu
            inner_wall, inner_cpu = self._inner.pop()
            found.calls += 1
            found.wall += wall - inner_wall
            found.cpu += cpu - inner_cpu
            if self._inner:
                self._inner[-1][0] += wall
                self._inner[-1][1] += cpu

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, timed."""

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with self.phase(name):
                return function(*args, **kwargs)

        return call


def _points(store: Store) -> Iterator[tuple[str, Any, str]]:
    dialect = store.database.engine.dialect
    yield "SQL: statements (PyMySQL and MariaDB)", Cursor, "execute"
    yield "SQL: COMMIT", dialect, "do_commit"
    yield "SQL: ping when taken from the pool", dialect, "do_ping"
    yield "SQL: ROLLBACK when given back", dialect, "do_rollback"
    yield "identity", identity, "look_up"
    yield "room lock", claims, "room_by_number"
    yield "other customer?", claims, "holds_a_customer"
    yield "select the oldest", claims, "next_waiting"
    yield "decide, items", Step, "decide"
    yield "apply: effects, UPDATE", Step, "apply"
    yield "flush: room, history", Session, "flush"
    yield "commit", Session, "commit"
    yield "serialize", serialize, "transaction"
    yield "answer: to JSON's types", answers, "body"


@contextlib.contextmanager
def _instrumented(store: Store, watch: Stopwatch) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for name, owner, attribute in _points(store):
            before = getattr(owner, attribute)
            own = attribute in vars(owner)
            setattr(owner, attribute, watch.timed(name, before))
            restore = setattr if own else _forget
            stack.callback(restore, owner, attribute, before)
        yield


def _forget(owner: Any, attribute: str, _: Any) -> None:
    delattr(owner, attribute)


def claimer(shop: Shop) -> Callable[[], Answer]:
    """A function that claims once, just as the server's handler does."""
    (token,) = shop.tokens([shop.spa.ana])
    credential = Credential("auth", token)
    settings = shop_settings()

    def who(unit: Any) -> Any:
        found = identity.look_up(unit, credential)
        assert found
        return found.actor

    def refuse(error: DomainError) -> Answer:
        raise error

    def claim() -> Answer:
        return shop.store.answer(
            who,
            lambda unit, actor: answers.body(
                serialize.visit(therapist.confirm_next(unit, settings, actor))
            ),
            refuse,
        )

    return claim


def _in_process(shop: Shop, count: int) -> tuple[Stopwatch, float, float]:
    """Phases of so many claims; wall and CPU milliseconds of one without instruments."""
    claim = claimer(shop)
    for _ in range(50):
        claim()
    wall, cpu = time.perf_counter(), time.thread_time()
    for _ in range(count):
        claim()
    wall, cpu = time.perf_counter() - wall, time.thread_time() - cpu
    watch = Stopwatch()
    with _instrumented(shop.store, watch):
        for _ in range(count):
            with watch.phase("rest: session, unit of work"):
                claim()
    return watch, wall / count * 1000, cpu / count * 1000


def _server_cpu(lab: Lab, shop: Shop) -> float:
    """CPU milliseconds of the real server for one claim of sixteen at once."""
    with lab.server(shop) as server, Child("benchmarks.therapists") as therapists:
        assert server.process
        therapists.ask("connect", port=server.port, tokens=shop.tokens(shop.spa.therapists))
        before = cpu_seconds(server.process.pid)
        told = therapists.ask("claim", warm=0.5, seconds=3)
        return (cpu_seconds(server.process.pid) - before) / len(told["ids"]) * 1000


def _print(watch: Stopwatch, count: int) -> None:
    print(f"\n{'phase':40} {'calls':>6} {'wall ms':>8} {'CPU ms':>8}   a claim, one at a time")
    for name, phase in sorted(watch.phases.items(), key=lambda item: -item[1].wall):
        wall, cpu = phase.wall / count * 1000, phase.cpu / count * 1000
        print(f"{name:40} {phase.calls / count:6.1f} {wall:8.3f} {cpu:8.3f}")


@click.command()
@click.option("--claims", "count", default=1000, show_default=True, help="How many are timed.")
@click.option("--functions", is_flag=True, help="Also the functions that take most (cProfile).")
def main(count: int, *, functions: bool) -> None:
    """Show where a claim's time goes."""
    _VAR.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="profile-", dir=_VAR))
    lab = Lab(folder, Sizes())
    try:
        with lab.running(), lab.shop(therapists=lab.sizes.clients) as shop:
            free_rooms_at_once(lab, shop)
            fill(lab, shop, waiting=lab.sizes.waiting)
            watch, wall, cpu = _in_process(shop, count)
            _print(watch, count)
            print(f"\nwithout instruments: {wall:.2f} ms wall, {cpu:.2f} ms CPU a claim")
            if functions:
                _show_functions(claimer(shop), count)
            fill(lab, shop, waiting=lab.sizes.waiting)
            whole = _server_cpu(lab, shop)
            print(
                f"the server's process, 16 therapists: {whole:.2f} ms CPU a claim; beyond the use "
                f"case (Socket.IO, gevent, pushes): {whole - cpu:.2f} ms"
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _show_functions(claim: Callable[[], Answer], count: int) -> None:
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(count):
        claim()
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
