"""A lobby full of people and devices who act at once, whatever happens to the server."""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from appliance.server.auth import tokens
from appliance.server.domain.states import Actor
from appliance.server.store.models import Staff
from appliance.server.store.unit_of_work import Store, UnitOfWork
from tests.support.persistent import PATIENCE, Answered, Json, Persistent, Stopped
from tests.support.spa import Spa

CASH: Final = 1000
_REST: Final = 0.05
_NEXT_LAMP: Final = {
    ("slow_blink", "press"): "fast_blink",
    ("fast_blink", "press"): "on",
    ("fast_blink", "hold"): "slow_blink",
    ("on", "hold"): "pulse",
    ("pulse", "press"): "free",
}
"""What a room's lamp shows after a gesture that meant something; `free` is off or slow blink."""


class Unexpected(Exception):
    """An answer that nobody should get."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What came out of a printer."""

    job: int
    copy: bool


class Character:
    """Somebody who does the same kind of thing again and again.

    Args:
        client: How they reach the server.
        spa: What there is.
    """

    def __init__(self, client: Persistent, spa: Spa) -> None:
        self.client = client
        self.spa = spa
        self.rng = client.rng
        self.trouble: list[Exception] = []

    def live(self) -> None:
        """Act until the shift is over."""
        try:
            while True:
                self.turn()
        except Stopped:
            pass
        except Exception as error:  # noqa: BLE001 — the test looks at it
            self.trouble.append(error)
        finally:
            self.client.close()

    def turn(self) -> None:
        """One round of what they do."""
        raise NotImplementedError

    def ask(
        self, event: str, payload: Json | None = None, *, may_be: Sequence[str] = ()
    ) -> Json | None:
        """Ask, and get the answer; None for a refusal of a kind that may be.

        Raises:
            Unexpected: Any other refusal.
        """
        return self._expect(event, payload or {}, may_be, repeatable=True)

    def _expect(
        self, event: str, payload: Json, may_be: Sequence[str], *, repeatable: bool
    ) -> Json | None:
        answer = self.client.ask(event, payload, repeatable=repeatable)
        if answer["ok"]:
            return answer
        if answer["code"] in may_be:
            return None
        raise Unexpected(f"{event} {payload} was answered with {answer}")

    def rest(self) -> None:
        """Wait a moment, since there is nothing to do."""
        self.client.over.wait(self.rng.uniform(_REST, 2 * _REST))

    def chance(self, probability: float) -> bool:
        """Whether to do something that is done now and then."""
        return self.rng.random() < probability


class Kiosk(Character):
    """Customers who choose, change their minds, walk away, and confirm."""

    def turn(self) -> None:
        wanted = self.rng.sample(sorted(self.spa.variants.values()), self.rng.randint(1, 2))
        if self.chance(0.4):
            items = [{"service_classification_id": variant} for variant in wanted]
            confirmed = self.ask("customer_confirm_selection", {"items": items})
        else:
            confirmed = self._step_by_step(wanted)
        if confirmed and confirmed["queue_position"] > 15:
            self.client.over.wait(0.5)  # Nobody joins a queue that long.

    def _step_by_step(self, wanted: list[int]) -> Json | None:
        started = self.ask("customer_start")
        assert started
        key = {"transaction_id": started["transaction"]["id"]}
        shown: Json = {}
        for variant in wanted:
            shown = (
                self.ask("customer_add_item", key | {"service_classification_id": variant}) or {}
            )
        if len(wanted) > 1 and self.chance(0.3):
            item = shown["transaction"]["items"][0]["id"]
            self.ask("customer_remove_item", key | {"item_id": item})
        if self.chance(0.1):
            self.ask("customer_cancel", key)
            return None
        return self.ask("customer_confirm_selection", key)


class Therapist(Character):
    """Calls the next, treats them, prepares the room.

    Args:
        client: How they reach the server.
        spa: What there is.
        to_the_desk: Told the codes of those who may pay.
    """

    def __init__(self, client: Persistent, spa: Spa, to_the_desk: queue.SimpleQueue[str]) -> None:
        super().__init__(client, spa)
        self._to_the_desk = to_the_desk

    def turn(self) -> None:
        claimed = self.ask("therapist_confirm_next", may_be=["nothing_waiting"])
        if claimed is None:
            self.rest()
            return
        key = {"transaction_id": claimed["transaction"]["id"]}
        if self.chance(0.1):
            self.ask("therapist_release", key)
            return
        if self.chance(0.05):
            self.ask("therapist_no_show", key | {"reason": "left"})
            return
        self.ask("therapist_start_service", key)
        if self.chance(0.3):
            more = {"service_classification_id": self.spa.swedish_30}
            longer = self.ask("therapist_add_service", key | more)
            assert longer
            item = longer["transaction"]["items"][-1]["id"]
            if self.chance(0.3):
                self.ask("therapist_remove_item", key | {"item_id": item})
        self.ask("therapist_finish_service", key)
        self._to_the_desk.put(claimed["transaction"]["code"])
        self.ask("therapist_room_ready")


class Cashier(Character):
    """Claims who is to pay, in turn or by code, and takes their money.

    Args:
        client: How they reach the server.
        spa: What there is.
        codes: Of customers who come to the desk in their own order.
    """

    def __init__(self, client: Persistent, spa: Spa, codes: queue.SimpleQueue[str]) -> None:
        super().__init__(client, spa)
        self._codes = codes

    def turn(self) -> None:
        claimed = self._by_code() if self.chance(0.3) else None
        claimed = claimed or self.ask("cashier_claim_next", may_be=["nothing_waiting"])
        if claimed is None:
            self.rest()
            return
        key = {"transaction_id": claimed["transaction"]["id"]}
        if self.chance(0.1):
            self.ask("cashier_release", key)
            return
        if self.chance(0.2):
            too_little = {"amount_paid": 1, "method": "cash"}
            assert not self.ask("cashier_pay", key | too_little, may_be=["insufficient_payment"])
        self.ask("cashier_pay", key | {"amount_paid": CASH, "method": "cash"})
        if self.chance(0.1):
            self.ask("cashier_reprint", key)

    def _by_code(self) -> Json | None:
        try:
            code = self._codes.get_nowait()
        except queue.Empty:
            return None
        # Another cashier may have taken them as the next.
        return self.ask("cashier_claim_code", {"code": code}, may_be=["invalid_state"])


class CallButton(Character):
    """A room whose therapist uses the button alone, and looks at the lamp.

    Args:
        client: The peripherals daemon's connection.
        spa: What there is.
        room: The room's number.

    Attributes:
        done: What the presses did, by event.
    """

    def __init__(self, client: Persistent, spa: Spa, room: str) -> None:
        super().__init__(client, spa)
        self.room = room
        self._lamp = "slow_blink"
        self.done: list[str] = []

    def turn(self) -> None:
        before = self._lamp
        gesture = (
            "hold" if before == "on" or (before == "fast_blink" and self.chance(0.1)) else "press"
        )
        told = self.ask(
            "button",
            {
                "room_number": self.room,
                "gesture": gesture,
                "pressed_at": datetime.now(UTC).isoformat(),
            },
            # Nobody waits; or the press came too late, and is refused for good.
            may_be=["nothing_waiting", "invalid_state"],
        )
        if told is None:
            self.rest()
            return
        after = "free" if told["lamp"] in {"off", "slow_blink"} else told["lamp"]
        expected = _NEXT_LAMP[before, gesture]
        if after != ("free" if expected == "slow_blink" else expected):
            raise Unexpected(f"room {self.room}: {gesture} at {before} was answered with {told}")
        self.done.append(
            {
                "fast_blink": "therapist_confirm_next",
                "on": "therapist_start_service",
                "pulse": "therapist_finish_service",
                "slow_blink": "therapist_release",
                "free": "therapist_room_ready",
            }[expected]
        )
        self._lamp = "slow_blink" if after == "free" else after


class Printer(Character):
    """Prints what is owed.

    Args:
        client: The peripherals daemon's connection.
        spa: What there is.
        name: The printer's.
        role: What it prints.

    Attributes:
        papers: What came out, in order.
    """

    def __init__(self, client: Persistent, spa: Spa, name: str, role: str) -> None:
        super().__init__(client, spa)
        self._name = name
        self._role = role
        self.papers: list[Paper] = []

    def turn(self) -> None:
        wish = {"printer": self._name, "roles": [self._role]}
        leased = self._expect("print_lease", wish, (), repeatable=False)
        if leased is None or leased["job"] is None:
            self.rest()
            return
        job = leased["job"]
        self.papers.append(Paper(job["id"], job["copy"]))
        report: dict[str, Any] = {"id": job["id"], "lease": job["lease"]}
        if self.chance(0.03):
            failed = report | {"reason": "paper jam", "maybe_printed": True}
            self._expect("print_failed", failed, ["invalid_state"], repeatable=False)
        else:
            self._expect("print_done", report, ["invalid_state"], repeatable=False)


class Crowd:
    """32 clients: kiosks, therapists, cashiers, call buttons, printers.

    Args:
        port: The server's.
        spa: Opened with `therapists` and `cashiers` as below.
        store: To give them their tokens.
        rng: Decides what each does.
    """

    therapists = 12
    """Of whom the last two use their buttons alone."""
    cashiers = 8
    kiosks = 10
    cashier: type[Cashier] = Cashier
    prints_reports = False

    def __init__(self, port: int, spa: Spa, store: Store, rng: random.Random) -> None:
        self.over = threading.Event()
        self._all_printed = threading.Event()
        self._news = threading.Condition()
        at_the_desk: queue.SimpleQueue[str] = queue.SimpleQueue()
        codes = _tokens(store, spa)
        pi = {"device_token": spa.device_tokens["pi"]}
        hello = ("device_hello", {"name": "pi", "printers": ["lobby", "desk"], "rooms": []})
        kiosks = [(spa.kiosk, "door"), (spa.other_kiosk, "pool")] * (self.kiosks // 2)
        doors = {at: {"device_token": spa.device_tokens[at]} for _, at in kiosks}
        by_phone, by_button = spa.therapists[:-2], spa.therapists[-2:]

        def client(
            actor: Actor, auth: Json, name: str, over: threading.Event, **options: Any
        ) -> Persistent:
            found = Persistent(
                port, actor, auth, name, random.Random(rng.random()), over, **options
            )
            found.on_answer = self._note
            return found

        def person(actor: Actor) -> Persistent:
            return client(actor, {"token": codes[actor.key]}, actor.name, self.over)

        def daemon(name: str, over: threading.Event) -> Persistent:
            return client(spa.peripherals, pi, name, over, namespace="/peripherals", greeting=hello)

        self.buttons = [
            CallButton(daemon(f"button {who.room_number}", self.over), spa, who.room_number or "")
            for who in by_button
        ]
        self.printers = [
            Printer(daemon("lobby", self._all_printed), spa, "lobby", "ticket"),
            Printer(daemon("desk", self._all_printed), spa, "desk", "receipt"),
        ]
        if self.prints_reports:
            self.printers.append(
                Printer(daemon("office", self._all_printed), spa, "desk", "report")
            )
        self.characters: list[Character] = [
            *(
                Kiosk(client(who, doors[at], f"{at} {n}", self.over), spa)
                for n, (who, at) in enumerate(kiosks)
            ),
            *(Therapist(person(who), spa, at_the_desk) for who in by_phone),
            *(self.cashier(person(who), spa, at_the_desk) for who in spa.cashiers),
            *self.buttons,
            *self.printers,
        ]
        self._threads = {
            character: threading.Thread(target=character.live, daemon=True)
            for character in self.characters
        }

    @property
    def clients(self) -> list[Persistent]:
        """Everybody's connection."""
        return [character.client for character in self.characters]

    @property
    def trouble(self) -> list[Exception]:
        """What should not have happened to anybody."""
        return [error for character in self.characters for error in character.trouble]

    def answered(self) -> list[Answered]:
        """Everything that anybody has been told so far."""
        return [answer for client in self.clients for answer in list(client.answered)]

    def come(self) -> None:
        """Everybody begins to act."""
        for thread in self._threads.values():
            thread.start()

    def wait_for_answers(self, number: int) -> None:
        """Wait until this many more answers have been given."""
        goal = sum(len(client.answered) for client in self.clients) + number

        def enough() -> bool:
            given = sum(len(client.answered) for client in self.clients)
            return given >= goal or bool(self.trouble)

        with self._news:
            assert self._news.wait_for(enough, PATIENCE), "the server does not go on"
        assert not self.trouble, self.trouble

    def go(self) -> None:
        """Everybody gets the answer that they wait for, and goes; the printers go on."""
        self.over.set()
        self._join(thread for who, thread in self._threads.items() if who not in self.printers)

    def switch_off(self) -> None:
        """The printers stop too."""
        self.over.set()
        self._all_printed.set()
        self._join(self._threads.values())

    def _join(self, threads: Iterable[threading.Thread]) -> None:
        give_up_at = time.monotonic() + PATIENCE
        for thread in threads:
            if thread.ident is not None:
                thread.join(max(0.0, give_up_at - time.monotonic()))
                assert not thread.is_alive(), "somebody waits for ever"

    def _note(self) -> None:
        with self._news:
            self._news.notify_all()


def _tokens(store: Store, spa: Spa) -> dict[str, str]:
    """A token for each of the staff, by actor."""

    def issue(unit: UnitOfWork) -> dict[str, str]:
        return {
            who.key: tokens.issue(unit, unit.session.get_one(Staff, who.id))[0]
            for who in (*spa.therapists, *spa.cashiers)
        }

    return store.run(issue)
