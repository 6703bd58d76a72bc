"""A room's station: what happens between a finger on the call button and the lamp's answer."""

from __future__ import annotations

import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from appliance.peripherals.client import Answer, NotConnectedError, OnAnswer, Payload
from appliance.peripherals.pulse import IDLE_SECONDS, Pulse
from appliance.peripherals.rooms.gestures import GestureDetector, Made
from appliance.protocol import BUTTON_PRESS_MAX_AGE_SECONDS, DeviceEvent

log = logging.getLogger(__name__)

RETRY_SECONDS: Final = 2.0
"""How long an answer may take before the same press is sent again."""

_LONGEST_SILENCE_SECONDS: Final = 15.0


class Server(Protocol):
    """What a station needs of the connection."""

    def send(self, event: str, payload: Payload, on_answer: OnAnswer | None = None) -> None:
        """Send an event without waiting; NotConnectedError when there is no server."""


class Lamp(Protocol):
    """What a station needs of its lamp."""

    def ask(self) -> Callable[[str], None]:
        """Note that the server is being asked.

        Returns:
            Shows the pattern in the answer, unless the server has said something newer meanwhile.
        """

    def flash(self) -> None:
        """Say no."""


@dataclass(frozen=True)
class _Edge:
    down: bool
    at: float


@dataclass(frozen=True)
class _Answered:
    request_id: str
    answer: Answer


@dataclass
class _Request:
    payload: dict[str, Any]
    expires: float
    retry: float


class RoomStation:
    """Reports gestures of one room and shows the answers.

    One gesture is on its way at a time. Another one made before the answer is refused with the
    triple flash: its meaning would depend on an answer that nobody has seen yet.

    Args:
        number: The room.
        server: The connection.
        lamp: The lamp.
        retry_seconds: How long to wait for an answer before sending again.
        max_age_seconds: How old a gesture may become without an answer.
        clock: Monotonic seconds, the clock of the edges.
        wall_clock: The server's time of day, in UTC.

    Attributes:
        pulse: Its thread's sign of life.
    """

    def __init__(
        self,
        number: str,
        server: Server,
        lamp: Lamp,
        *,
        retry_seconds: float = RETRY_SECONDS,
        max_age_seconds: float = BUTTON_PRESS_MAX_AGE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._number = number
        self._server = server
        self._lamp = lamp
        self._retry_seconds = retry_seconds
        self._max_age_seconds = max_age_seconds
        self._clock = clock
        self._wall_clock = wall_clock
        self._detector = GestureDetector()
        self._request: _Request | None = None
        self._inbox: queue.SimpleQueue[_Edge | _Answered | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"room-{number}", daemon=True)
        self.pulse = Pulse(self._thread, _LONGEST_SILENCE_SECONDS)

    def edge(self, down: bool, at: float) -> None:
        """Take an edge of the button; never waits and never raises."""
        self._inbox.put(_Edge(down, at))

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; a gesture without an answer is given up."""
        self._inbox.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def step(self, wait: float) -> bool:
        """Handle the next edge or answer, and whatever is due.

        Called by the station's own thread, over and over; or, where none was started, by the code
        that keeps the time.

        Args:
            wait: Seconds to wait for an edge or an answer.

        Returns:
            False when the station has been stopped.
        """
        try:
            message = self._inbox.get(timeout=wait)
            if message is None:
                return False
            if isinstance(message, _Edge):
                self._handle(self._detector.edge(message.down, message.at))
            else:
                self._handle_answer(message)
        except queue.Empty:
            pass
        except Exception:
            log.exception("Room %s: an event of its button was lost.", self._number)
        self._tick(self._clock())
        return True

    def _run(self) -> None:
        while self.step(self._seconds_to_next()):
            self.pulse.beat()

    def _seconds_to_next(self) -> float:
        times = [] if self._detector.deadline is None else [self._detector.deadline]
        if self._request is not None:
            times.append(min(self._request.retry, self._request.expires))
        if not times:
            return IDLE_SECONDS
        return min(max(min(times) - self._clock(), 0.0), IDLE_SECONDS)

    def _tick(self, now: float) -> None:
        # Edges that wait in the inbox come first: time must not overtake them.
        if self._inbox.empty():
            self._handle(self._detector.advance(now))
        request = self._request
        if request is None:
            return
        if now >= request.expires:
            log.warning("Room %s: the server did not answer a press in time.", self._number)
            self._request = None
            self._lamp.flash()
        elif now >= request.retry:
            request.retry = now + self._retry_seconds
            self._send(request)

    def _handle(self, gestures: list[Made]) -> None:
        for made in gestures:
            self._report(made)

    def _report(self, made: Made) -> None:
        if made.gesture is None:
            log.warning("Room %s: the button's contact is worn: a press was lost.", self._number)
            self._lamp.flash()
            return
        if self._request is not None:
            log.info("Room %s: %s ignored, the last is unanswered.", self._number, made.gesture)
            self._lamp.flash()
            return
        now = self._clock()
        pressed_at = self._wall_clock() - timedelta(seconds=now - made.at)
        request = _Request(
            payload={
                "room_number": self._number,
                "gesture": str(made.gesture),
                "pressed_at": pressed_at.isoformat(),
                "request_id": uuid.uuid4().hex,
            },
            expires=made.at + self._max_age_seconds,
            retry=now + self._retry_seconds,
        )
        if self._send(request):
            log.info("Room %s: %s.", self._number, made.gesture)
            self._request = request
        else:
            # It never left, so it is not kept either: a lamp that said no must not act later.
            log.info("Room %s: %s refused, the server is away.", self._number, made.gesture)
            self._lamp.flash()

    def _send(self, request: _Request) -> bool:
        request_id = request.payload["request_id"]
        show = self._lamp.ask()

        def on_answer(answer: Answer) -> None:
            # On the thread that reads events: the lamp must change in the server's order.
            pattern = answer.get("lamp")
            if isinstance(pattern, str):
                show(pattern)
            self._inbox.put(_Answered(request_id, answer))

        try:
            self._server.send(DeviceEvent.BUTTON, request.payload, on_answer)
        except NotConnectedError:
            return False
        return True

    def _handle_answer(self, answered: _Answered) -> None:
        request = self._request
        if request is None or request.payload["request_id"] != answered.request_id:
            return  # the answer to an earlier sending of a press that is already answered
        self._request = None
        if not answered.answer.get("ok"):
            log.info("Room %s: refused: %s", self._number, answered.answer.get("error"))
            self._lamp.flash()
