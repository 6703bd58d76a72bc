"""Random histories of everybody, on the real use cases and MariaDB, against a model of the lobby.

The model knows the rules from the design and nothing of the code; after each step both must agree,
and every promise of `appliance db check` must hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from appliance.protocol import LampPattern, PrintRole
from appliance.server.auth.journal import Journal
from appliance.server.auth.tokens import LIFETIME
from appliance.server.domain.errors import DomainError
from appliance.server.domain.lanes import Wanted, WantedKind
from appliance.server.domain.ledger import Offer
from appliance.server.domain.papers import TRIES_IN_DOUBT
from appliance.server.domain.payments import METHODS
from appliance.server.domain.states import SYSTEM, Actor, Gender, Role
from appliance.server.domain.turns import TurnRule
from appliance.server.domain.visits import Event
from appliance.server.store import invariants, schema
from appliance.server.store.answers import Request
from appliance.server.store.db import Database
from appliance.server.store.models import HistoryEntry, PrintJob, Room, Staff, Transaction
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.sweeper import Sweeper
from appliance.server.usecases import (
    cashier,
    duty,
    kiosk,
    moves,
    papers,
    queue,
    rooms,
    therapist,
)
from appliance.server.usecases.manager import add_room, staff
from appliance.server.usecases.manager import visits as stuck
from appliance.server.usecases.steps import Step
from appliance.server.wire.errors import refusal
from tests.conftest import empty
from tests.support.campaign import rounds
from tests.support.mariadb import PrivateMariaDB
from tests.support.spa import Clock, Spa, open_spa, shop

SHOP = shop()
SELECTING_SECONDS = 120
SKIP_SECONDS = 180
OUT_SECONDS = 900
WAITS_OR_OWES = {"pending_therapist", "finished", "awaiting_payment"}
LEASE_SECONDS = 60
CASH = Decimal(1000)

Answer = dict[str, Any]
Work = Callable[[UnitOfWork, Actor], Answer]

# What may happen in which state, and where it leads; written down once more on purpose.
KIOSK: Final = {"add": ("selecting", "selecting"), "cancel": ("selecting", "cancelled")}
THERAPIST: Final = {
    "release": ("therapist_confirmed", "pending_therapist"),
    "start": ("therapist_confirmed", "in_service"),
    "not here yet": ("therapist_confirmed", "pending_therapist"),
    "more": ("in_service", "in_service"),
    "finish": ("in_service", "finished"),
}

people = st.integers(0, 1)
which = st.integers(0, 7)
asked = st.sampled_from(["anyone", "anyone", 0, 1, "woman", "man"])
"""Whom a customer asks for: a therapist by number, too."""
GENDERS: Final = ("woman", "man")
"""Ana's and Ben's."""
DUTY: Final = {
    "in": (duty.come_in, {"out": "in", "in": "in"}),
    "break": (duty.take_a_break, {"in": "break", "break": "break"}),
    "back": (duty.come_back, {"break": "in", "in": "in"}),
    "out": (duty.go_out, {"in": "out", "break": "out", "out": "out"}),
}
"""What makes which duty of which."""
MANAGER: Final = {
    "finish": (stuck.finish, {"in_service": "finished"}),
    "release": (stuck.release, {"awaiting_payment": "finished"}),
    "cancel": (
        stuck.cancel,
        dict.fromkeys(
            (
                *("selecting", "pending_therapist", "therapist_confirmed"),
                *("in_service", "finished", "awaiting_payment"),
            ),
            "cancelled",
        ),
    ),
}
WITH_THERAPIST: Final = {"therapist_confirmed", "in_service"}


@dataclass
class Visit:
    """A customer, as the model knows them."""

    kiosk: int
    touched: float
    status: str = "selecting"
    items: list[Decimal] = field(default_factory=list)
    code: str | None = None
    place: int = 0
    desk: int = 0
    therapist: int | None = None
    cashier: int | None = None
    hold: str | None = None
    held: float = 0.0
    day: int = 0
    room: int = 0
    lane: str | int = "anyone"


class Lobby(RuleBasedStateMachine):
    """Drives the use cases and the model side by side."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        empty(self.database)
        self.clock = Clock()
        self.store = Store(self.database, self.clock)
        self.spa: Spa = open_spa(self.store)
        self.sweeper = Sweeper(self.store, SHOP, Journal(self.store))
        self.kiosks = [self.spa.kiosk, self.spa.other_kiosk]
        self.prices = {self.spa.swedish_30: Decimal(50), self.spa.deep_60: Decimal("95.50")}
        self.visits: dict[int, Visit] = {}
        self.rooms: list[tuple[str, int | None]] = [("available", None)] * 3
        self.at = [0, 1]
        self.duty = ["in", "in"]
        self.shop = SHOP
        self.codes = 0
        self.order = 0
        self.jobs: dict[int, str] = {}
        self.leases: dict[int, tuple[str, float]] = {}
        self.tries: dict[int, int] = {}
        self.held: set[int] = set()
        self.day = 0
        self.disabled = False
        self.seconds = 0.0
        self.requests: list[tuple[Actor, str, Work, Answer, float]] = []
        self.chosen: int | None = None

        def more(unit: UnitOfWork) -> None:
            add_room(unit, SYSTEM, "3")
            for who, gender in zip(self.spa.therapists, GENDERS, strict=True):
                unit.session.get_one(Staff, who.id).gender = Gender(gender)

        self.store.run(more)

    @initialize(in_rotation=st.booleans())
    def turn_rule(self, in_rotation: bool) -> None:
        """The shop has one or the other."""
        self.shop = replace(SHOP, turn_rule=TurnRule.ROTATION) if in_rotation else SHOP
        self.sweeper = Sweeper(self.store, self.shop, Journal(self.store))

    def teardown(self) -> None:
        """From wherever a history has led, some living person brings every visit to its end."""
        for key, visit in self.visits.items():
            if visit.status not in {"paid", "cancelled"}:
                answer = self.deliver(self.spa.manager, self.on(stuck.cancel, key, "closing time"))
                assert answer["ok"], (visit, answer)
        for room in range(len(self.rooms)):
            answer = self.deliver(self.spa.manager, self._ready(room))
            assert answer["ok"], answer
        found = self.store.run(lambda unit: unit.session.scalars(select(Room.status)).all())
        assert set(found) == {"available"}
        self.every_promise_holds()

    # --- both sides ---------------------------------------------------------------------------

    def deliver(self, actor: Actor, work: Work) -> Answer:
        """Ask as a socket does, under a new request id."""
        name = f"r{len(self.requests)}"
        answer = self._answer(actor, name, work)
        self.requests.append((actor, name, work, answer, self.seconds))
        return answer

    def _answer(self, actor: Actor, name: str, work: Work) -> Answer:
        return self.store.answer(lambda _: actor, work, refusal, Request(actor, name, "step"))

    def on(self, verb: Callable[..., Transaction], key: int, *more: Any) -> Work:
        return lambda unit, actor: {"ok": True, "id": verb(unit, self.shop, actor, key, *more).id}

    def therapist(self, who: int) -> Actor:
        """As the log-in knows them now."""
        return replace(self.spa.therapists[who], room_number=str(self.at[who] + 1))

    def holds(self, who: int) -> bool:
        return any(
            visit.therapist == who and visit.status in WITH_THERAPIST
            for visit in self.visits.values()
        )

    def ready(self, who: int) -> bool:
        free = self.duty[who] == "in" and not self.holds(who)
        return free and self.rooms[self.at[who]][0] == "available"

    def served(self) -> set[str | int]:
        there = [who for who in (0, 1) if self.duty[who] != "out"]
        return {"anyone", *there, *(GENDERS[who] for who in there)}

    def pick(self, number: int, *likely: str) -> int | None:
        """Some visit: one in a likely state for most numbers, else any."""
        if self.chosen is not None:
            return self.chosen
        keys = [key for key, visit in self.visits.items() if visit.status in likely]
        if number == 7 or not keys:
            keys = list(self.visits)
        return keys[number % len(keys)] if keys else None

    def refused(self, answer: Answer, *codes: str) -> None:
        assert not answer["ok"]
        assert answer["code"] in codes, (answer, codes)

    def first(self, status: str, place: str, *lanes: str | int) -> int | None:
        waiting = [
            key
            for key, visit in self.visits.items()
            if visit.status == status and visit.hold is None
            if not lanes or visit.lane in lanes
        ]
        return min(waiting, key=lambda key: getattr(self.visits[key], place), default=None)

    def owe(self, kind: str) -> None:
        """A job is owed; the newest one in the database is it."""
        newest = self.store.run(lambda unit: unit.session.scalar(select(func.max(PrintJob.id))))
        assert newest not in self.jobs
        self.jobs[newest] = kind

    # --- the kiosk ----------------------------------------------------------------------------

    @rule(at=people)
    def start(self, at: int) -> None:
        answer = self.deliver(
            self.kiosks[at],
            lambda unit, actor: {"ok": True, "id": kiosk.start(unit, self.shop, actor).id},
        )
        self.visits[answer["id"]] = Visit(at, self.seconds)

    @precondition(lambda self: self.visits)
    @rule(at=people, number=which, cheap=st.booleans())
    def add(self, at: int, number: int, cheap: bool) -> None:
        key = self.pick(number, "selecting")
        variant = self.spa.swedish_30 if cheap else self.spa.deep_60

        def work(unit: UnitOfWork, actor: Actor) -> Answer:
            added = kiosk.add_item(unit, self.shop, actor, key, variant)
            return {"ok": True, "id": added.transaction.id}

        answer = self.deliver(self.kiosks[at], work)
        if self._kiosk(answer, key, at):
            self.visits[key].items.append(self.prices[variant])
            self.visits[key].touched = self.seconds

    @precondition(lambda self: self.visits)
    @rule(at=people, number=which)
    def cancel(self, at: int, number: int) -> None:
        key = self.pick(number, "selecting")
        answer = self.deliver(self.kiosks[at], self.on(kiosk.cancel, key))
        if self._kiosk(answer, key, at):
            self.visits[key].status = "cancelled"

    @precondition(lambda self: self.visits)
    @rule(at=people, number=which, asks=asked)
    def confirm(self, at: int, number: int, asks: str | int = "anyone") -> None:
        key = self.pick(number, "selecting")
        wanted = self._wanted(asks)

        def work(unit: UnitOfWork, actor: Actor) -> Answer:
            done = kiosk.confirm_selection(unit, self.shop, actor, key, None, wanted=wanted)
            return {"ok": True, "code": done.transaction.code, "position": done.queue_position}

        ahead = self._ahead()
        self._confirmed(self.deliver(self.kiosks[at], work), key, at, ahead, asks)

    @rule(at=people, asks=asked)
    def confirm_at_once(self, at: int, asks: str | int = "anyone") -> None:
        """Chosen and confirmed in one go."""
        wanted = self._wanted(asks)

        def work(unit: UnitOfWork, actor: Actor) -> Answer:
            chosen = [self.spa.swedish_30]
            done = kiosk.confirm_selection(unit, self.shop, actor, None, chosen, wanted=wanted)
            row = done.transaction
            return {"ok": True, "id": row.id, "code": row.code, "position": done.queue_position}

        ahead = self._ahead()
        answer = self.deliver(self.kiosks[at], work)
        if asks not in self.served():
            self.refused(answer, "invalid_state")
            return
        self.visits[answer["id"]] = Visit(at, self.seconds, items=[Decimal(50)])
        self._confirmed(answer, answer["id"], at, ahead, asks)

    def _wanted(self, asks: str | int) -> Wanted:
        if isinstance(asks, int):
            return Wanted(WantedKind.THERAPIST, self.spa.therapists[asks].id)
        return Wanted(WantedKind(asks))

    def _ahead(self) -> int:
        return sum(
            visit.status == "pending_therapist" and visit.hold is None
            for visit in self.visits.values()
        )

    def _kiosk(self, answer: Answer, key: int, at: int) -> bool:
        visit = self.visits[key]
        if visit.status != "selecting":
            self.refused(answer, "invalid_state")
        elif visit.kiosk != at:
            self.refused(answer, "forbidden")
        return bool(answer["ok"])

    def _confirmed(
        self, answer: Answer, key: int, at: int, ahead: int, asks: str | int = "anyone"
    ) -> None:
        visit = self.visits[key]
        if not self._kiosk(answer, key, at):
            if visit.status == "selecting" and visit.kiosk == at:
                assert visit.items == [] or asks not in self.served()
            return
        assert asks in self.served()
        visit.lane = asks
        self.order += 1
        assert answer["code"] == self._next_code()
        assert answer["position"] == ahead + 1
        visit.status, visit.code, visit.place = "pending_therapist", answer["code"], self.order
        visit.day = self.day
        self.owe("ticket")

    def _next_code(self) -> str:
        """The day's next; what a customer of the day before still holds is passed over."""
        held = {
            visit.code
            for visit in self.visits.values()
            if visit.status not in {"selecting", "paid", "cancelled"}
        }
        self.codes += 1
        while f"{self.codes:04d}" in held:
            self.codes += 1
        return f"{self.codes:04d}"

    # --- the therapist ------------------------------------------------------------------------

    @rule(who=people)
    def call_next(self, who: int) -> None:
        if self.disabled and who == 1:
            return  # His token died with his log-in.
        own = (who, GENDERS[who])
        oldest = self.first("pending_therapist", "place", "anyone", *own)
        asked_for = self.first("pending_therapist", "place", *own)
        was_ready, other = self.ready(who), 1 - who
        answer = self.deliver(
            self.therapist(who),
            lambda unit, actor: {
                "ok": True,
                "id": therapist.confirm_next(unit, self.shop, actor).id,
            },
        )
        if self.rooms[self.at[who]][0] != "available":
            self.refused(answer, "room_unavailable", "invalid_state")
        elif not was_ready:
            self.refused(answer, "invalid_state")
        elif oldest is None:
            self.refused(answer, "nothing_waiting")
        elif self.shop is SHOP:
            assert answer == {"ok": True, "id": oldest}
            self._called(oldest, who)
        elif answer["ok"]:
            # Those who asked for her come before the order.
            assert answer["id"] in {oldest, asked_for}
            assert answer["id"] == oldest or self.ready(other), "nobody else would be first"
            self._called(answer["id"], who)
        else:
            self.refused(answer, "invalid_state")
            assert asked_for is None
            assert self.ready(other), "somebody may always call"
            self.call_next(other)
            assert self.holds(other), "who is first is not refused"

    def _called(self, key: int, who: int) -> None:
        room = self.at[who]
        visit = self.visits[key]
        visit.status, visit.therapist, visit.room = "therapist_confirmed", who, room
        self.rooms[room] = ("occupied", key)

    @rule(who=people, verb=st.sampled_from(sorted(DUTY)))
    def say_duty(self, who: int, verb: str) -> None:
        if self.disabled and who == 1:
            return
        use_case, made = DUTY[verb]
        answer = self.deliver(
            self.therapist(who),
            lambda unit, actor: {"ok": True, "duty": use_case(unit, actor).duty.value},
        )
        then = made.get(self.duty[who])
        if then is None or (then == "out" and self.holds(who)):
            self.refused(answer, "invalid_state")
        else:
            assert answer == {"ok": True, "duty": then}
            self.duty[who] = then

    @precondition(lambda self: self.visits)
    @rule(who=people, number=which, verb=st.sampled_from(sorted(THERAPIST)))
    def treat(self, who: int, number: int, verb: str) -> None:
        source, target = THERAPIST[verb]
        key = self.pick(number, source)
        visit = self.visits[key]
        works = {
            "release": self.on(therapist.release, key),
            "not here yet": self.on(therapist.not_here_yet, key),
            "start": self.on(therapist.start_service, key),
            "more": self.on(therapist.add_service, key, self.spa.deep_60),
            "finish": self.on(therapist.finish_service, key),
        }
        answer = self.deliver(self.therapist(who), works[verb])
        if visit.status != source:
            self.refused(answer, "invalid_state")
        elif visit.therapist != who:
            self.refused(answer, "forbidden")
        else:
            assert answer["ok"], answer
            visit.status = target
            if verb == "more":
                visit.items.append(self.prices[self.spa.deep_60])
            if verb in {"release", "not here yet"}:
                visit.therapist = None
                self.rooms[visit.room] = ("available", None)
            if verb == "not here yet":
                visit.hold, visit.held = "skipped", self.seconds
            if verb == "finish":
                self.order += 1
                visit.desk = self.order
                self.rooms[visit.room] = ("preparing", None)

    @precondition(lambda self: self.visits)
    @rule(who=people, number=which)
    def no_show(self, who: int, number: int) -> None:
        key = self.pick(number, "pending_therapist", "therapist_confirmed")
        visit = self.visits[key]
        answer = self.deliver(self.therapist(who), self.on(therapist.no_show, key, None))
        if visit.status not in {"pending_therapist", "therapist_confirmed"}:
            self.refused(answer, "invalid_state")
        elif visit.status == "therapist_confirmed" and visit.therapist != who:
            self.refused(answer, "forbidden")
        else:
            assert answer["ok"], answer
            if visit.status == "therapist_confirmed":
                self.rooms[visit.room] = ("available", None)
            self._over(visit, "cancelled")

    @rule(who=people)
    def room_ready(self, who: int) -> None:
        self._is_ready(self.deliver(self.therapist(who), self._ready(self.at[who])), self.at[who])

    @rule(room=st.integers(0, 2), by_manager=st.booleans())
    def another_room_ready(self, room: int, by_manager: bool) -> None:
        """The one who has cleaned it says so: it may be nobody's since somebody moved on."""
        actor = self.spa.manager if by_manager else self.therapist(0)
        self._is_ready(self.deliver(actor, self._ready(room)), room)

    def _ready(self, room: int) -> Work:
        def work(unit: UnitOfWork, actor: Actor) -> Answer:
            found, _ = therapist.other_room_ready(unit, self.shop, actor, str(room + 1))
            return {"ok": True, "room": found.room_number}

        return work

    def _is_ready(self, answer: Answer, room: int) -> None:
        if self.rooms[room][0] == "occupied":
            self.refused(answer, "invalid_state")
        else:
            assert answer["ok"], answer
            self.rooms[room] = ("available", None)

    def _over(self, visit: Visit, status: str) -> None:
        visit.status, visit.hold = status, None

    # --- who is in the queue and not called ---------------------------------------------------

    @precondition(lambda self: self.visits)
    @rule(number=which, verb=st.sampled_from(["step out", "come back", "leave"]))
    def tap_on_the_phone(self, number: int, verb: str) -> None:
        key = self.pick(number, "pending_therapist")
        visit = self.visits[key]
        works = {"step out": queue.step_out, "come back": queue.come_back, "leave": queue.leave}
        answer = self.deliver(
            Actor(Role.CUSTOMER, key, "customer"),
            lambda unit, actor: {"ok": True, "id": works[verb](unit, self.shop, actor).id},
        )
        may = {
            "step out": visit.hold is None,
            "come back": visit.hold not in {None, "carried_over"},
            "leave": True,
        }
        if visit.status != "pending_therapist" or not may[verb]:
            self.refused(answer, "invalid_state")
            return
        assert answer["ok"], answer
        match verb:
            case "step out":
                visit.hold, visit.held = "stepped_out", self.seconds
            case "come back":
                visit.hold, visit.day = None, self.day
            case "leave":
                self._over(visit, "cancelled")

    @precondition(lambda self: self.visits)
    @rule(number=which, removes=st.booleans(), who=st.integers(0, 2))
    def staff_decide(self, number: int, removes: bool, who: int) -> None:
        key = self.pick(number, "pending_therapist")
        visit = self.visits[key]
        actor = [self.spa.ana, self.spa.eva, self.spa.manager][who]
        if removes:
            verb = stuck.cancel if actor is self.spa.manager else queue.remove
            more = ("had to go",)
        else:
            verb, more = queue.put_back, ()
        if removes and actor is self.spa.manager and visit.status != "pending_therapist":
            return
        answer = self.deliver(actor, self.on(verb, key, *more))
        if visit.status != "pending_therapist" or (not removes and visit.hold is None):
            self.refused(answer, "invalid_state")
        elif removes:
            assert answer["ok"], answer
            self._over(visit, "cancelled")
        else:
            assert answer["ok"], answer
            visit.hold, visit.day = None, self.day

    # --- people who go ------------------------------------------------------------------------

    @rule()
    def disable_or_enable(self) -> None:
        """Ben is sent home, unless he has a customer; then somebody lets him in again."""
        ben = self.spa.ben
        holds = self.holds(1)
        verb = staff.enable_staff if self.disabled else staff.disable_staff

        def work(unit: UnitOfWork, actor: Actor) -> Answer:
            row = unit.session.get_one(Staff, ben.id)
            verb(unit, actor, row.username)
            if self.disabled:
                row.on_duty_since = unit.now()
            return {"ok": True}

        if not self.disabled and holds:
            self.refused(self._answer(self.spa.manager, "disable", work), "invalid_state")
            return
        self.store.run(lambda unit: work(unit, self.spa.manager))
        self.disabled = not self.disabled
        self.duty[1] = "out" if self.disabled else "in"

    @precondition(lambda self: self.visits)
    @rule(number=which, to=people, by_manager=st.booleans())
    def hand_over(self, number: int, to: int, by_manager: bool) -> None:
        """A manager, or their own therapist, gives somebody's customer to the other one."""
        key = self.pick(number, "therapist_confirmed", "in_service")
        visit = self.visits[key]
        taker = self.spa.therapists[to]

        def work(unit: UnitOfWork, actor: Actor) -> Answer:
            verb = stuck.hand_over if by_manager else moves.hand_over
            return {"ok": True, "id": verb(unit, self.shop, actor, key, therapist_id=taker.id).id}

        holder = self.therapist(visit.therapist or 0)
        if self.disabled and holder.id == self.spa.ben.id and not by_manager:
            return
        answer = self.deliver(self.spa.manager if by_manager else holder, work)
        room = self.at[to]
        there = self.duty[to] == "in" and not self.holds(to)
        if visit.status not in WITH_THERAPIST or visit.therapist == to or not there:
            self.refused(answer, "invalid_state")
        elif room != visit.room and self.rooms[room][0] != "available":
            self.refused(answer, "room_unavailable")
        else:
            assert answer["ok"], answer
            self._moves(key, room)
            visit.therapist = to

    @precondition(lambda self: self.visits)
    @rule(number=which, room=st.integers(0, 2))
    def change_room(self, number: int, room: int) -> None:
        """The service goes on in another room, which is the therapist's from then on."""
        key = self.pick(number, "therapist_confirmed", "in_service")
        visit = self.visits[key]
        who = visit.therapist or 0
        work = self.on(moves.change_room, key, str(room + 1))
        answer = self.deliver(self.therapist(who), work)
        if visit.status not in WITH_THERAPIST or room == visit.room:
            self.refused(answer, "invalid_state")
        elif self.rooms[room][0] != "available":
            self.refused(answer, "room_unavailable")
        else:
            assert answer["ok"], answer
            self._moves(key, room)
            self.at[who] = room

    def _moves(self, key: int, room: int) -> None:
        visit = self.visits[key]
        used = visit.status == "in_service"
        self.rooms[visit.room] = ("preparing" if used else "available", None)
        self.rooms[room] = ("occupied", key)
        visit.room = room

    @precondition(lambda self: self.visits)
    @rule(number=which, verb=st.sampled_from(sorted(MANAGER)))
    def manager_decides(self, number: int, verb: str) -> None:
        """A visit is brought on, or to its end, by somebody whose it is not."""
        use_case, leads = MANAGER[verb]
        key = self.pick(number, *leads)
        visit = self.visits[key]
        answer = self.deliver(self.spa.manager, self.on(use_case, key, "went home"))
        target = leads.get(visit.status)
        if target is None:
            self.refused(answer, "invalid_state")
            return
        assert answer["ok"], answer
        if visit.status in WITH_THERAPIST:
            used = visit.status == "in_service"
            self.rooms[visit.room] = ("preparing" if used else "available", None)
        if verb == "finish":
            self.order += 1
            visit.desk = self.order
        if verb == "release":
            visit.cashier = None
        if target == "cancelled":
            self._over(visit, target)
        visit.status = target

    # --- the desk -----------------------------------------------------------------------------

    @rule(who=people)
    def claim_next(self, who: int) -> None:
        answer = self.deliver(
            self.spa.cashiers[who],
            lambda unit, actor: {"ok": True, "id": cashier.claim_next(unit, self.shop, actor).id},
        )
        oldest = self.first("finished", "desk")
        if oldest is None:
            self.refused(answer, "nothing_waiting")
        else:
            assert answer == {"ok": True, "id": oldest}
            self._at_the_desk(oldest, who)

    @rule(who=people, number=st.integers(1, 9))
    def claim_code(self, who: int, number: int) -> None:
        code = f"{number:04d}"
        answer = self.deliver(
            self.spa.cashiers[who],
            lambda unit, actor: {
                "ok": True,
                "id": cashier.claim_code(unit, self.shop, actor, code).id,
            },
        )
        # Codes of another day are closed, or still open: the open one is meant.
        holders = [key for key, visit in self.visits.items() if visit.code == code]
        held = [key for key in holders if self.visits[key].status not in {"paid", "cancelled"}]
        key = (held or holders or [None])[-1]
        if key is None:
            self.refused(answer, "not_found")
        elif self.visits[key].status == "awaiting_payment" and self._logged_out():
            assert answer == {"ok": True, "id": key}, "its cashier has gone"
            self._at_the_desk(key, who)
        elif self.visits[key].status != "finished":
            # Somebody who was here on an earlier day is nobody of today.
            self.refused(answer, "invalid_state", *([] if held else ["not_found"]))
        else:
            assert answer == {"ok": True, "id": key}
            self._at_the_desk(key, who)

    def _logged_out(self) -> bool:
        """Every cashier has logged in when the history began, and nobody's log-in was used."""
        return self.seconds > LIFETIME.total_seconds()

    def _at_the_desk(self, key: int, who: int) -> None:
        self.visits[key].status, self.visits[key].cashier = "awaiting_payment", who

    @precondition(lambda self: self.visits)
    @rule(who=people, number=which)
    def back_to_the_queue(self, who: int, number: int) -> None:
        key = self.pick(number, "awaiting_payment")
        answer = self.deliver(self.spa.cashiers[who], self.on(cashier.release, key))
        if self._cashier(answer, key, who):
            self.visits[key].status, self.visits[key].cashier = "finished", None

    @precondition(lambda self: self.visits)
    @rule(who=people, number=which, enough=st.booleans())
    def pay(self, who: int, number: int, enough: bool) -> None:
        key = self.pick(number, "awaiting_payment")
        amount = CASH if enough else Decimal(1)

        def work(unit: UnitOfWork, actor: Actor) -> Answer:
            paid = cashier.pay(unit, self.shop, actor, key, [Offer(METHODS["cash"], amount)])
            if isinstance(paid, DomainError):
                return refusal(paid)
            assert paid.payment is not None
            return {"ok": True, "change": str(paid.payment.change_amount)}

        answer = self.deliver(self.spa.cashiers[who], work)
        if self._cashier(answer, key, who, "insufficient_payment"):
            assert enough
            assert Decimal(answer["change"]) == CASH - sum(self.visits[key].items)
            self._over(self.visits[key], "paid")
            self.owe("receipt")

    def _cashier(self, answer: Answer, key: int, who: int, *otherwise: str) -> bool:
        visit = self.visits[key]
        if visit.status != "awaiting_payment":
            self.refused(answer, "invalid_state")
        elif visit.cashier != who:
            self.refused(answer, "forbidden")
        elif not answer["ok"]:
            self.refused(answer, *otherwise)
        return bool(answer["ok"])

    # --- paper --------------------------------------------------------------------------------

    @rule(kind=st.sampled_from([PrintRole.TICKET, PrintRole.RECEIPT]))
    def lease(self, kind: PrintRole) -> None:
        job = self.store.run(lambda unit: papers.lease(unit, "pi", [kind]))
        owed = [key for key, role in self.jobs.items() if role == kind.value]
        free = [key for key in owed if key not in self.leases and key not in self.held]
        if not free:
            assert job is None
            return
        assert job is not None
        assert job.id == min(free)
        self.leases[job.id] = (job.lease or "", self.seconds)
        self.tries[job.id] = self.tries.get(job.id, 0) + 1

    def state_of(self, key: int) -> str:
        if key in self.held:
            return "held"
        return "leased" if key in self.leases else "waiting"

    def in_doubt(self, key: int) -> None:
        """Nobody knows whether it came out: the third time somebody has to look."""
        if self.tries[key] >= TRIES_IN_DOUBT:
            self.held.add(key)

    @precondition(lambda self: self.held)
    @rule(number=which)
    def somebody_looks(self, number: int) -> None:
        key = sorted(self.held)[number % len(self.held)]
        self.store.run(lambda unit: papers.reprint(unit, self.spa.eva, key))
        self.held.remove(key)
        self.tries[key] = 0

    @precondition(lambda self: self.leases)
    @rule(number=which, printed=st.booleans())
    def report(self, number: int, printed: bool) -> None:
        key = sorted(self.leases)[number % len(self.leases)]
        lease, _ = self.leases.pop(key)
        if printed:
            self.store.run(lambda unit: papers.done(unit, key, lease))
            self.store.run(lambda unit: papers.done(unit, key, lease))
            del self.jobs[key]
        else:
            self.store.run(lambda unit: papers.failed(unit, key, lease, "jam", maybe=True))
            self.in_doubt(key)

    # --- what usually comes next --------------------------------------------------------------

    @rule(numbers=st.lists(which, min_size=1, max_size=6), who=people)
    def all_goes_well(self, numbers: list[int], who: int) -> None:
        """Several visits go one step on, by the right people: random rules alone seldom get far."""
        for number in numbers:
            open_ones = [
                key
                for key, visit in self.visits.items()
                if visit.status not in {"paid", "cancelled"}
            ]
            if not open_ones:
                self.confirm_at_once(who)
                continue
            self.chosen = open_ones[number % len(open_ones)]
            try:
                self._go_on(self.visits[self.chosen], who)
            finally:
                self.chosen = None
            self.every_promise_holds()
            self.the_model_agrees()

    def _go_on(self, visit: Visit, who: int) -> None:
        match visit.status:
            case "selecting":
                self.add(visit.kiosk, 0, cheap=True)
                self.confirm(visit.kiosk, 0)
            case "pending_therapist":
                self.say_duty(who, "back" if self.duty[who] == "break" else "in")
                self.room_ready(who)
                self.call_next(who)
            case "therapist_confirmed":
                self.treat(visit.therapist, 0, "start")
            case "in_service":
                self.treat(visit.therapist, 0, "finish")
            case "finished":
                self.claim_next(who)
            case "awaiting_payment":
                self.pay(visit.cashier, 0, enough=True)

    # --- time, repeated requests, crashes -----------------------------------------------------

    @rule(seconds=st.sampled_from([1, 61, 121, 181, 901, 86_400]))
    def time_passes(self, seconds: int) -> None:
        before = SHOP.day.date_of(self.clock.now)
        self.clock.advance(seconds=seconds)
        self.seconds += seconds
        self.day += (SHOP.day.date_of(self.clock.now) - before).days
        if SHOP.day.date_of(self.clock.now) > before:
            self.codes = 0
        self.sweeper.sweep()
        self._those_on_hold()
        for visit in self.visits.values():
            if visit.status == "selecting" and self.seconds - visit.touched > SELECTING_SECONDS:
                visit.status = "cancelled"
            waits = visit.status == "pending_therapist" and visit.hold is None
            if waits and visit.lane not in self.served():
                visit.lane = "anyone"
        for key, (_, since) in list(self.leases.items()):
            if self.seconds - since > LEASE_SECONDS:
                del self.leases[key]
                self.in_doubt(key)

    def _those_on_hold(self) -> None:
        for visit in self.visits.values():
            since = self.seconds - visit.held
            if visit.hold == "skipped" and since >= SKIP_SECONDS:
                visit.hold = None
            if visit.hold == "stepped_out" and since >= OUT_SECONDS:
                visit.hold = "stayed_out"
            if visit.status in WAITS_OR_OWES and visit.day < self.day:
                visit.hold = "carried_over"

    @precondition(lambda self: self.requests)
    @rule(number=st.integers(0, 40))
    def ask_again(self, number: int) -> None:
        """Anything may be asked again for two days: same answer, nothing happens."""
        keep = SHOP.keep_answers.total_seconds()
        kept = [one for one in self.requests if self.seconds - one[4] < keep]
        if not kept:
            return
        actor, name, work, earlier, _ = kept[-1 - number % len(kept)]
        before = self._history()
        assert self._answer(actor, name, work) == earlier
        assert self._history() == before

    @precondition(lambda self: self.visits)
    @rule(number=which)
    def crash_while_paying(self, number: int) -> None:
        """The server dies between the two steps of a payment, and starts again."""
        key = self.pick(number, "awaiting_payment")
        visit = self.visits[key]
        if visit.status == "awaiting_payment" and visit.cashier is not None:
            who = self.spa.cashiers[visit.cashier]

            def half(unit: UnitOfWork) -> None:
                step = Step(unit, self.shop, who)
                transaction = step.transaction(key)
                step.apply(transaction, step.decide(transaction, Event.CASHIER_PAY))

            self.store.run(half)
        self.sweeper.recover()

    def _history(self) -> int:
        count = select(func.count()).select_from(HistoryEntry)
        return self.store.run(lambda unit: unit.session.scalar(count)) or 0

    # --- after each step ----------------------------------------------------------------------

    @invariant()
    def every_promise_holds(self) -> None:
        assert self.store.look(lambda unit: list(invariants.violations(unit.session))) == []

    @invariant()
    def a_lamp_says_so_where_somebody_may_be_called(self) -> None:
        """Everyone who waits is called by someone, as soon as one who serves them is ready."""
        lanes = {lane for who in (0, 1) if self.ready(who) for lane in (who, GENDERS[who])}
        if lanes and self.first("pending_therapist", "place", "anyone", *lanes) is not None:
            lamps = self.store.look(lambda unit: rooms.lamps(unit, self.shop))
            assert LampPattern.SLOW_BLINK in lamps.values()

    @invariant()
    def the_model_agrees(self) -> None:
        therapists = {None: None} | {n: who.id for n, who in enumerate(self.spa.therapists)}
        cashiers = {None: None} | {n: who.id for n, who in enumerate(self.spa.cashiers)}
        expected = {
            key: (
                visit.status,
                visit.code,
                sum(visit.items, Decimal(0)),
                therapists[visit.therapist],
                cashiers[visit.cashier],
                visit.hold,
                self._wanted(visit.lane).lane,
            )
            for key, visit in self.visits.items()
        }

        def look(unit: UnitOfWork) -> None:
            found = {
                row.id: (
                    row.status.value,
                    row.code,
                    row.total_amount,
                    row.therapist_id,
                    row.cashier_id,
                    row.hold,
                    row.lane,
                )
                for row in unit.session.scalars(select(Transaction))
            }
            assert found == expected
            present = unit.session.scalars(select(Room).order_by(Room.room_number))
            assert [(row.status.value, row.current_transaction_id) for row in present] == self.rooms
            staff_now = [unit.session.get_one(Staff, who.id) for who in self.spa.therapists]
            assert [row.duty.value for row in staff_now] == self.duty
            assert [row.room_number for row in staff_now] == [str(room + 1) for room in self.at]
            unprinted = unit.session.scalars(select(PrintJob).where(PrintJob.state != "printed"))
            states = {job.id: (job.kind.value, job.state) for job in unprinted}
            assert states == {key: (kind, self.state_of(key)) for key, kind in self.jobs.items()}

        self.store.look(look)


@pytest.fixture
def alone(mariadb: PrivateMariaDB) -> Iterator[Database]:
    """A schema of its own. In the tests' common one the sweepers of other tests' servers may still
    be at work, by the real clock: they forget answers that are days old to them, time selections
    out and put everybody on yesterday's list.
    """
    mariadb.execute("CREATE DATABASE lobby_alone")
    database = Database(mariadb.url("lobby_alone"))
    schema.upgrade(database.engine)
    yield database
    database.dispose()
    mariadb.execute("DROP DATABASE lobby_alone")


@pytest.mark.timeout(rounds(1_800, 7_200))
def test_any_history_keeps_every_promise(alone: Database) -> None:
    machine = type("LobbyOnMariaDB", (Lobby,), {"database": alone})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=rounds(6, 500),
            stateful_step_count=rounds(25, 60),
            derandomize=rounds(1, 0) == 1,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            # A long history is told as it is: making it shorter takes longer than reading it.
            phases=[Phase.explicit, Phase.generate],
        ),
    )
