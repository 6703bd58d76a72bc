"""What printers have shown of their manners, remembered across restarts of the daemon.

The one question that matters is whether a printer answers when it is asked how it is. One that does
is in trouble when it is silent: perhaps its address belongs to another device now, which reads
everything and prints nothing. One that does not is better left alone: some clones print a question
as stray characters.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

log = logging.getLogger(__name__)

SILENCES: Final = 3
"""Questions without an answer until none is asked any more: of a printer that never gave one."""
SILENCE_SECONDS: Final = 60.0
"""Between two such questions: another computer's long print must not be taken for silence."""
_FILE: Final = "printers.json"
_MOST_BYTES: Final = 1 << 20
_STATE_DIRECTORY: Final = Path("/var/lib/appliance-peripherals")
"""Where systemd keeps what the daemon remembers, for commands that run beside it."""


class Manners:
    """One printer's.

    Args:
        answers: Whether it answers status questions; None where that is to be learned.
        silences: How many questions it has left without an answer.
        learned: Told whenever something has been learned.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        answers: bool | None = None,
        *,
        silences: int = 0,
        learned: Callable[[Manners], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._answers = answers
        self._silences = silences
        self._learned = learned or (lambda _: None)
        self._clock = clock
        self._silent_at: float | None = None

    @property
    def answers(self) -> bool | None:
        """Whether it answers; None while nobody knows."""
        return self._answers

    @property
    def silences(self) -> int:
        """How many questions it has left without an answer, having never given one."""
        return self._silences

    @property
    def wants_question(self) -> bool:
        """Whether to ask it now."""
        if self._answers is not None:
            return self._answers
        return self._silent_at is None or self._clock() - self._silent_at >= SILENCE_SECONDS

    def has_answered(self) -> None:
        """It does answer."""
        if self._answers is None:
            self._answers, self._silences = True, 0
            self._learned(self)

    def was_silent(self) -> None:
        """It has left a question without an answer."""
        if self._answers is not None:
            return
        self._silences += 1
        self._silent_at = self._clock()
        if self._silences >= SILENCES:
            self._answers = False
        self._learned(self)


class Memory:
    """What is known of all printers, in a file where there is a place for one.

    A file that is missing, damaged or cannot be written only means that things are learned again.

    Args:
        folder: Where the file is; None to remember nothing.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._path = folder / _FILE if folder else None
        self._lock = threading.Lock()
        self._known = _read(self._path) if self._path else {}

    def of(self, name: str, connection: str, profile: str, answers: bool | None) -> Manners:
        """What is known of a printer.

        Args:
            name: As configured.
            connection: Its address: behind another one stands another printer.
            profile: Its model, likewise.
            answers: What the configuration or the model says; it needs no memory.
        """
        if answers is not None:
            return Manners(answers)
        kept = self._known.get(name)
        if not isinstance(kept, dict) or [kept.get("connection"), kept.get("profile")] != [
            connection,
            profile,
        ]:
            kept = {}

        def keep(manners: Manners) -> None:
            self._keep(
                name,
                {
                    "connection": connection,
                    "profile": profile,
                    "answers": manners.answers is True,
                    "silences": manners.silences,
                },
            )

        silences = kept.get("silences")
        # Silent before, it is asked once more after a restart: somebody may have set it right.
        return Manners(
            True if kept.get("answers") is True else None,
            silences=min(silences, SILENCES - 1) if isinstance(silences, int) else 0,
            learned=keep,
        )

    def _keep(self, name: str, what: dict[str, Any]) -> None:
        with self._lock:
            self._known[name] = what
            if self._path is None:
                return
            try:
                _write(self._path, self._known)
            except OSError as error:
                log.warning(
                    "%s cannot be written (%s): what printers can do is learned again at the next "
                    "start.",
                    self._path,
                    error.strerror,
                )


def memory_of_the_service() -> Memory:
    """The daemon's own memory: in the folder that systemd gives it, else none."""
    folder = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    return Memory(Path(folder)) if folder else Memory()


def memory_to_look_at() -> Memory:
    """What the daemon of this machine knows, for a command beside it, which keeps nothing."""
    memory = Memory()
    memory._known = _read(_STATE_DIRECTORY / _FILE)
    return memory


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            known = json.loads(file.read(_MOST_BYTES))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        log.warning("%s cannot be read (%s): what printers can do is learned again.", path, error)
        return {}
    return known if isinstance(known, dict) else {}


def _write(path: Path, known: dict[str, Any]) -> None:
    # Whole or not at all: the plug may be pulled in between.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(known, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
