"""One printer's thread: looks after its health, takes its jobs, reports what became of them."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from appliance.peripherals.client import Answer, NoAnswerError, NotConnectedError, Payload
from appliance.peripherals.config import PrinterConfig
from appliance.peripherals.printing.delivery import (
    AT_MOST_SECONDS,
    NotPrinted,
    Outcome,
    describe,
)
from appliance.peripherals.printing.documents import BadJobError, parse_job
from appliance.peripherals.printing.status import Health, unreachable
from appliance.peripherals.printing.transports.base import Transport
from appliance.peripherals.pulse import Pulse
from appliance.protocol import LEASE_SECONDS, DeviceEvent, PrinterStatus, PrintJob, PrintRole
from appliance.words import N_

log = logging.getLogger(__name__)

Render = Callable[[PrintJob], bytes]
"""Turns a job into bytes for this printer; raises BadJobError (a fault of ours: anything)."""

_CANNOT_DRAW: Final = N_("can't be printed – write it by hand")
_NOBODY_KNOWS: Final = N_("printer service error – check whether it was printed")

_REMEMBERED: Final = 64
"""How many finished leases are remembered, against one that is delivered twice."""

_ASK_AGAIN: Final = frozenset({"busy", "unavailable", "internal"})
"""Answers that decide nothing: to drop the report would print the paper again."""

_REPORT_SECONDS: Final = 10.0
"""For a report to reach the server after a job."""

_LONGEST_SILENCE_SECONDS: Final = AT_MOST_SECONDS + 60.0
"""Longer than any one job: each wait for a printer or the server has its own deadline."""


class Server(Protocol):
    """What a worker needs of the connection."""

    @property
    def connected(self) -> bool:
        """True while the server can be talked to."""

    def call(self, event: str, payload: Payload) -> Answer:
        """Send an event and wait for its answer; NotConnectedError or NoAnswerError."""


@dataclass(frozen=True)
class Pace:
    """How often a printer is looked after, in seconds.

    Attributes:
        check: Between two looks at a printer that was used or changed lately: people hear within
            two seconds.
        lively: For how long after a job or a change a printer is looked at that often.
        resting: Between two looks at a printer that has answered and has nothing to do.
        silent: Between two looks at one that cannot answer: a look can only tell that it is there.
        away: Between two looks at one that has been in trouble for a while.
        retry: After a first failure; doubles with each further one.
        longest_retry: Never more than this.
    """

    check: float = 1.5
    lively: float = 60.0
    resting: float = 10.0
    silent: float = 300.0
    away: float = 5.0
    retry: float = 1.0
    longest_retry: float = 30.0

    def next_look(self, health: Health, quiet: float) -> float:
        """After how many seconds to look again.

        Args:
            health: What the last look said.
            quiet: Seconds since it was used or changed.
        """
        if health.ready and not health.answers:
            return self.silent
        if quiet < self.lively:
            return self.check
        return self.resting if health.ready else self.away


class PrinterWorker:
    """Prints the jobs of one printer, one after the other, in the server's order.

    Args:
        printer: Its name and roles.
        transport: The way to it.
        render: Turns its jobs into bytes.
        server: The connection.
        pace: How often to look.

    Attributes:
        pulse: Its thread's sign of life.
    """

    def __init__(
        self,
        printer: PrinterConfig,
        transport: Transport,
        render: Render,
        server: Server,
        *,
        pace: Pace | None = None,
    ) -> None:
        self._printer = printer
        self._transport = transport
        self._render = render
        self._server = server
        self._pace = pace or Pace()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._look = True
        self._health: Health | None = None
        self._stirred = self._looked = time.monotonic()
        self._drawer = False
        self._told: PrinterStatus | None = None
        self._logged: str | None = None
        self._failures = 0
        self._at_hand: str | None = None
        self._unreported: tuple[DeviceEvent, dict[str, Any]] | None = None
        self._finished: OrderedDict[tuple[int, str], tuple[DeviceEvent, dict[str, Any]]] = (
            OrderedDict()
        )
        self._thread = threading.Thread(
            target=self._run, name=f"printer-{printer.name}", daemon=True
        )
        self.pulse = Pulse(self._thread, _LONGEST_SILENCE_SECONDS)

    @property
    def roles(self) -> tuple[PrintRole, ...]:
        """What this printer prints."""
        return self._printer.roles

    @property
    def leases(self) -> list[str]:
        """The leases it has not reported on yet: what it prints now, and what it has printed."""
        at_hand, unreported = self._at_hand, self._unreported
        held = [] if at_hand is None else [at_hand]
        return held if unreported is None else [*held, str(unreported[1]["lease"])]

    def wake(self) -> None:
        """There may be a job."""
        self._wake.set()

    def look(self) -> None:
        """The printer may have changed: look at it now, not at the next round."""
        self._look = True
        self._wake.set()

    def open_drawer(self) -> None:
        """A drawer is to be opened, perhaps this one."""
        if self._printer.cash_drawer:
            self._drawer = True
            self._wake.set()

    def greet(self) -> None:
        """The server knows nothing of this printer: tell it, and ask what it owes."""
        self._told = None
        self._drawer = self._printer.cash_drawer
        self.look()

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the job at hand and stop."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            self._serve()
        finally:
            self._transport.close()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            self.pulse.beat()
            woken = self._wake.wait(self._pause())
            self._wake.clear()
            if self._stopping.is_set() or not self._server.connected:
                continue
            try:
                self._round(look=self._look or self._is_due(woken=woken))
            except (NotConnectedError, NoAnswerError) as error:
                log.info("Printer %s: %s; going on when it is back.", self._printer.name, error)
                self._failures += 1
            except Exception:
                # A printer that stops being looked after is worse than any one error.
                log.exception("Printer %s: a round failed.", self._printer.name)
                self._failures += 1

    def _is_due(self, *, woken: bool) -> bool:
        """Whether to look at the printer before anything else. While it prints nobody has to."""
        health = self._health
        if health is None or (woken and not health.ready):
            return True
        now = time.monotonic()
        return now - self._looked >= self._pace.next_look(health, now - self._stirred)

    def _pause(self) -> float:
        if not self._failures:
            return self._pace.check
        return min(self._pace.longest_retry, self._pace.retry * 2.0 ** min(self._failures - 1, 16))

    def _round(self, *, look: bool) -> None:
        self._take_drawer()
        self._report_outcome()
        with self._transport.kept():
            if look:
                self._look = False
                self._tell(self._transport.status())
            if self._health is None or not self._health.ready:
                # It is looked at often while somebody may be putting it right.
                self._failures = 0
                return
            while not self._stopping.is_set() and self._print_next():
                pass

    def _take_drawer(self) -> None:
        """Open the drawer if one is owed: at most once, and never late, which the server sees to.

        A pulse that was taken and did not arrive is not tried again: the person there presses
        "Open drawer" or has opened it with the key by now.
        """
        if not self._drawer:
            return
        self._drawer = False
        answer = self._server.call(DeviceEvent.DRAWER_TAKE, {"printer": self._printer.name})
        if not answer.get("open"):
            return
        trouble = self._transport.open_drawer(self._printer.cash_drawer_pin)
        if trouble:
            log.warning("Printer %s: the drawer stays shut: it %s.", self._printer.name, trouble)
        else:
            log.info("Printer %s: drawer opened.", self._printer.name)

    def _print_next(self) -> bool:
        """Lease and print one job; False when there is none, or the printer is in trouble."""
        self.pulse.beat()
        self._take_drawer()
        roles = [str(role) for role in self.roles]
        answer = self._server.call(
            DeviceEvent.PRINT_LEASE, {"printer": self._printer.name, "roles": roles}
        )
        if not answer.get("ok"):
            log.warning("Printer %s: no job: %s", self._printer.name, answer.get("error"))
            self._failures += 1
            return False
        if answer.get("job") is None:
            self._failures = 0
            return False
        return self._do(answer["job"])

    def _do(self, raw: object) -> bool:
        try:
            job = parse_job(raw)
        except BadJobError as error:
            log.warning("Printer %s: %s.", self._printer.name, error)
            return self._refuse(raw, str(error))
        key = (job["id"], job["lease"])
        if key in self._finished:
            # The same lease again: our report was lost on its way, the paper was not.
            self._unreported = self._finished[key]
            self._report_outcome()
            return True
        self._at_hand = job["lease"]
        try:
            data = self._drawn(job)
            if isinstance(data, str):
                return self._refuse(raw, data)
            self._ask_for_time(job, data)
            outcome = self._printed(data)
            self._note(job, outcome)
        finally:
            self._at_hand = None
        self._stirred = time.monotonic()
        self._report_outcome()
        self._tell(outcome.health)
        self._failures = self._failures + 1 if isinstance(outcome, NotPrinted) else 0
        return not isinstance(outcome, NotPrinted) and outcome.health.ready

    def _drawn(self, job: PrintJob) -> bytes | str:
        """A job's bytes, or in a sentence for staff why there are none.

        Whatever goes wrong with one paper, the ones behind it come out: nothing passes from here.
        """
        try:
            return self._render(job)
        except BadJobError as error:
            log.warning("Printer %s: %s.", self._printer.name, error)
            return str(error)
        except Exception:
            log.exception(
                "Printer %s: %s %d cannot be drawn.", self._printer.name, job["kind"], job["id"]
            )
            return _CANNOT_DRAW

    def _ask_for_time(self, job: PrintJob, data: bytes) -> None:
        """Have the lease made longer than usual for a paper that takes longer than usual."""
        seconds = self._transport.allowance(data) + _REPORT_SECONDS
        if seconds > LEASE_SECONDS:
            # Without the time it is printed all the same: at worst as a COPY once more.
            with contextlib.suppress(NotConnectedError, NoAnswerError):
                self._server.call(
                    DeviceEvent.PRINT_EXTEND,
                    {"id": job["id"], "lease": job["lease"], "seconds": seconds},
                )

    def _printed(self, data: bytes) -> Outcome:
        try:
            return self._transport.print(data, self._tell_if_possible)
        except Exception:
            # A transport promises never to raise. Where it breaks its word, the paper may be out.
            log.exception("Printer %s: printing failed.", self._printer.name)
            return NotPrinted(_NOBODY_KNOWS, True, unreachable(_NOBODY_KNOWS))

    def _note(self, job: PrintJob, outcome: Outcome) -> None:
        payload: dict[str, Any] = {"id": job["id"], "lease": job["lease"]}
        event = DeviceEvent.PRINT_DONE
        if isinstance(outcome, NotPrinted):
            event = DeviceEvent.PRINT_FAILED
            payload |= {"reason": outcome.reason, "maybe_printed": outcome.maybe_printed}
            log.warning(
                "Printer %s: %s %d failed: it %s.",
                self._printer.name,
                job["kind"],
                job["id"],
                outcome.reason,
            )
        else:
            log.info("Printer %s: %s %d printed.", self._printer.name, job["kind"], job["id"])
            self._finished[job["id"], job["lease"]] = (event, payload)
            while len(self._finished) > _REMEMBERED:
                self._finished.popitem(last=False)
        self._unreported = (event, payload)

    def _refuse(self, raw: object, reason: str) -> bool:
        """Give back a job that this printer can never print, and go on with the next.

        Args:
            raw: As it came.
            reason: A sentence for staff.
        """
        if not (isinstance(raw, dict) and "id" in raw and "lease" in raw):
            self._failures += 1
            return False
        self._unreported = (
            DeviceEvent.PRINT_FAILED,
            {
                "id": raw["id"],
                "lease": raw["lease"],
                "reason": reason,
                "maybe_printed": False,
                # To try again at once would only keep the others waiting.
                "put_off": True,
            },
        )
        self._report_outcome()
        return True

    def _report_outcome(self) -> None:
        """Report what became of the last job; kept until the server has taken or refused it.

        Raises:
            NoAnswerError: The server could not look at it just now.
        """
        if self._unreported is None:
            return
        event, payload = self._unreported
        answer = self._server.call(event, payload)
        if answer.get("code") in _ASK_AGAIN:
            raise NoAnswerError(f"the server could not take {event}: {answer.get('error')}")
        self._unreported = None
        if not answer.get("ok"):
            # The lease has run out meanwhile: the server has already given the job back.
            log.warning(
                "Printer %s: the server did not take %s for job %s: %s",
                self._printer.name,
                event,
                payload["id"],
                answer.get("error"),
            )

    def _tell_if_possible(self, health: Health) -> None:
        # In the middle of a job: what becomes of the paper matters more than who hears of it.
        with contextlib.suppress(NotConnectedError, NoAnswerError):
            self._tell(health)

    def _tell(self, health: Health) -> None:
        status = PrinterStatus(
            printer=self._printer.name,
            online=health.online,
            paper=health.paper,
            cover_open=health.cover_open,
            error=health.error,
        )
        now = time.monotonic()
        if health != self._health:
            self._stirred = now
        self._health, self._looked = health, now
        sentence = describe(health)
        if sentence != self._logged:
            self._logged = sentence
            level = logging.INFO if health.ready else logging.WARNING
            log.log(level, "Printer %s %s.", self._printer.name, sentence)
        if status != self._told:
            answer = self._server.call(DeviceEvent.PRINTER_STATUS, status)
            if answer.get("ok"):
                self._told = status
