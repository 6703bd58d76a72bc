"""What it costs to tell everybody, beside what it costs to do what they are told about."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any, TypeVar

from appliance.server.auth import identity
from appliance.server.auth.identity import Credential
from appliance.server.domain.errors import DomainError
from appliance.server.domain.states import Actor
from appliance.server.realtime.broadcaster import Broadcaster
from appliance.server.realtime.emitting import Emit
from appliance.server.store.answers import Answer
from appliance.server.store.models import Transaction
from appliance.server.store.unit_of_work import Changes, UnitOfWork
from appliance.server.usecases import therapist
from appliance.server.wire import answers, serialize
from appliance.server.wire.snapshots import Snapshots
from tests.support.spa import shop as shop_settings

from .figures import Results
from .fill import fill
from .lab import Lab, Shop

T = TypeVar("T")

_WAITING = 12
_ROUNDS = 100


class _Nowhere(Emit):
    """Sends to nobody: what is left is reading and writing down."""

    def __init__(self) -> None:
        pass

    def __call__(self, *_: Any, **__: Any) -> None:
        pass


def push(lab: Lab) -> Results:
    """CPU of a push to nobody ÷ CPU of the event before it, in one process, turn by turn.

    A therapist calls the next of twelve and puts them back. Both halves are medians of the
    thread's CPU time, which other processes on the machine hardly change.
    """
    with lab.shop(therapists=2) as shop:
        fill(lab, shop, waiting=_WAITING)
        events, pushes = _turn_by_turn(shop)
    event, told = statistics.median(events) * 1000, statistics.median(pushes) * 1000
    print(f"    event {event:.2f} ms CPU, push {told:.2f} ms")
    return {"event_cpu_ms": event, "push_cpu_ms": told, "push_cpu_ratio": told / event}


def _turn_by_turn(shop: Shop) -> tuple[list[float], list[float]]:
    settings = shop_settings()
    changed: list[Changes] = []
    shop.store.on_commit = changed.append
    broadcaster = Broadcaster(_Nowhere(), Snapshots(shop.store, settings), lambda _: None)
    (token,) = shop.tokens([shop.spa.ana])
    events: list[float] = []
    pushes: list[float] = []

    def tell() -> None:
        broadcaster.publish(changed.pop())
        broadcaster.send_due()

    def do(verb: Callable[[UnitOfWork, Actor], Transaction]) -> int:
        spent, answer = _cpu(lambda: _asked(shop, token, verb))
        events.append(spent)
        pushes.append(_cpu(tell)[0])
        return int(answer["transaction"]["id"])

    changed.clear()
    for _ in range(_ROUNDS):
        called = do(lambda unit, ana: therapist.confirm_next(unit, settings, ana))
        do(lambda unit, ana, it=called: therapist.release(unit, settings, ana, it))  # type: ignore[misc]
    return events, pushes


def _asked(shop: Shop, token: str, verb: Callable[[UnitOfWork, Actor], Transaction]) -> Answer:
    def who(unit: UnitOfWork) -> Actor:
        found = identity.look_up(unit, Credential("auth", token))
        assert found
        return found.actor

    def refuse(error: DomainError) -> Answer:
        raise error

    return shop.store.answer(
        who, lambda unit, actor: answers.body(serialize.visit(verb(unit, actor))), refuse
    )


def _cpu(work: Callable[[], T]) -> tuple[float, T]:
    before = time.thread_time()
    result = work()
    return time.thread_time() - before, result
