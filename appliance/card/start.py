"""The start: small steps, each of which can be cut off and is done over.

The journal says for each step what it was done for. A step whose reason is the same as then is left
out, so that a usual start costs a second; what must be looked at each time has no entry there.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from appliance.words import N_

from . import authority, database, disk, lobby, secrets_made, settings, station
from .database import RELEASE
from .lobby import Lobby, Station
from .machine import CommandFailed, Machine
from .screen import Screen
from .text import MOST_BYTES, Mistake, Mistaken

log = logging.getLogger(__name__)
BOOT: Final = "/boot/firmware/lobby.yaml"
STATE: Final = "/var/lib/appliance-card"
ACCEPTED: Final = f"{STATE}/lobby.yaml"
"""The file that was used last: what stays in use while a later one is wrong."""
JOURNAL: Final = f"{STATE}/journal.json"
MISTAKES: Final = f"{STATE}/mistakes.json"
RETRY_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 20.0
"""Between two looks at a file that cannot be used, while there is none from before."""
_KIOSK: Final = "appliance-kiosk.service"
_NO_FILE: Final = (
    "There is no file lobby.yaml on the card's first partition, LOBBYBOOT. Put the example there."
)
_REPAIR: Final = "Let a computer check and repair the partition, or flash a card again."
_NO_PARTITION: Final = f"The card's first partition, LOBBYBOOT, cannot be read. {_REPAIR}"


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        name: In the journal.
        sentence: On the screen.
        work: Does it; done over, it changes nothing.
        reason: What it is done for: another one, and it is done again. None: at each start.
        needed: Whether there is no lobby without it. What is not needed and fails is tried again at
            the next start.
    """

    name: str
    sentence: str
    work: Callable[[], None]
    reason: str | None = None
    needed: bool = True


class Start:
    """One start of the card.

    Args:
        machine: The card's.
        wait: Waits for some seconds; a test does not.
    """

    def __init__(self, machine: Machine, wait: Callable[[float], None] = time.sleep) -> None:
        self._machine = machine
        self._wait = wait
        self._screen = Screen(machine)

    def run(self, *, keep_trying: bool = True) -> None:
        """Do everything that is left to do.

        Args:
            keep_trying: Whether what fails is tried again for ever: nobody is there to look.

        Raises:
            Mistaken: There has never been a file that could be used; only without `keep_trying`.
            CommandFailed: The machine refused something; likewise.
        """
        first = self._machine.read(JOURNAL) is None
        while True:
            try:
                wanted, in_use = self._lobby()
                break
            except Mistaken as mistaken:
                log.error("lobby.yaml cannot be used: %s", mistaken)  # noqa: TRY400 — no traceback
                if not keep_trying:
                    raise
                self._let_the_browser_tell()
                self._wait(LOOK_SECONDS)
        self._screen.speak(wanted.language)
        shown = first and in_use
        if shown:
            self._screen.begin()
        for step in self._steps(wanted):
            self._do(step, shown=shown, keep_trying=keep_trying)
        self._screen.clear()
        # At the first start the kiosk had no token yet, and was not started with the others.
        then = station.ENROLMENT if isinstance(wanted, Station) else _KIOSK
        self._machine.run("systemctl", "--no-block", "start", then)

    def _let_the_browser_tell(self) -> None:
        """Start the kiosk without a server: its browser has letters that a console has not."""
        try:
            secrets_made.make(self._machine)
            self._machine.run("systemctl", "--no-block", "start", _KIOSK)
        except (CommandFailed, OSError) as error:
            log.warning("the browser cannot be started: %s", error)

    def _do(self, step: Step, *, shown: bool, keep_trying: bool) -> None:
        journal = read_journal(self._machine)
        if step.reason is not None and journal.get(step.name) == step.reason:
            return
        if shown:
            self._screen.step(step.sentence)
        log.info("%s", step.name)
        while True:
            try:
                step.work()
                break
            except (CommandFailed, OSError) as error:
                if step.needed and not keep_trying:
                    raise
                log.warning("%s did not work yet: %s", step.name, error)
                if not step.needed:
                    return
                self._screen.trouble(str(error))
                self._wait(RETRY_SECONDS)
        if step.reason is not None:
            self._write(JOURNAL, {**journal, step.name: step.reason})

    def _steps(self, wanted: Lobby | Station) -> list[Step]:
        machine = self._machine
        grow = Step(
            "grow",
            N_("Using all of the card"),
            lambda: disk.grow(machine),
            disk.size(machine),
            needed=False,
        )
        settle = Step(
            "settings", N_("Reading the settings"), lambda: settings.apply(machine, wanted)
        )
        if isinstance(wanted, Station):
            keys = Step("keys", N_("Creating this station's own keys"), self._host_keys)
            role = Step(
                "station", N_("Preparing printers and rooms"), lambda: station.prepare(machine)
            )
            return [grow, keys, settle, role]
        return [grow, *self._steps_of_a_lobby(wanted, settle)]

    def _steps_of_a_lobby(self, wanted: Lobby, settle: Step) -> list[Step]:
        machine = self._machine
        host = wanted.hostname
        return [
            Step("secrets", N_("Creating this shop's own keys"), self._secrets),
            settle,
            Step(
                "certificate",
                N_("Creating the certificate that phones trust"),
                lambda: authority.make(machine, wanted.shop.name, host),
            ),
            Step("database", N_("Setting up the database"), lambda: database.make(machine), "1"),
            Step(
                "devices",
                N_("Connecting the screen, printers and rooms"),
                lambda: self._devices(wanted),
                json.dumps([room["number"] for room in wanted.rooms]),
            ),
        ]

    def _secrets(self) -> None:
        station.undo(self._machine)
        secrets_made.make(self._machine)
        self._host_keys()

    def _host_keys(self) -> None:
        if not self._machine.read("/etc/ssh/ssh_host_ed25519_key"):
            self._machine.run("ssh-keygen", "-A")

    def _devices(self, wanted: Lobby) -> None:
        """Let the machine's own devices in, and add the rooms."""
        for kind in ("kiosk", "peripherals"):
            token = secrets_made.read(self._machine, f"{kind}.token")
            self._machine.run(
                *(RELEASE, "exec", "devices", "add", kind, kind, "--token-stdin"),
                given=f"{token}\n",
                secret=True,
            )
        numbers = [str(room["number"]) for room in wanted.rooms]
        if numbers:
            self._machine.run(RELEASE, "exec", "rooms", "add", "--if-missing", "--", *numbers)

    # --- lobby.yaml -----------------------------------------------------------------------------

    def _lobby(self) -> tuple[Lobby | Station, bool]:
        """What the file says, or the one before where it cannot be used; and which of the two.

        Raises:
            Mistaken: It cannot be used, and none could before.
        """
        content = b""
        try:
            content = self._content()
            found = lobby.load(content)
        except Mistaken as mistaken:
            accepted = self._machine.read(ACCEPTED)
            before = lobby.load(accepted.encode()) if accepted is not None else None
            self._write(MISTAKES, [str(one) for one in mistaken.mistakes])
            self._screen.speak(before.language if before else lobby.language_of(content))
            self._screen.wrong(map(str, mistaken.mistakes), before=before is not None)
            if before is None:
                raise
            log.warning("lobby.yaml cannot be used: %s", mistaken)
            return before, False
        self._machine.write(ACCEPTED, content.decode("utf-8-sig"), 0o600)
        self._machine.remove(MISTAKES)
        self._screen.right()
        return found, True

    def _content(self) -> bytes:
        place = self._machine.path(BOOT)
        try:
            with place.open("rb") as file:
                return file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            # A partition that is there has a kernel on it; else its place in the tree is empty.
            there = place.parent.is_dir() and any(place.parent.iterdir())
            sentence = _NO_FILE if there else _NO_PARTITION
        except OSError as error:
            sentence = f"lobby.yaml cannot be read ({error.strerror}). {_REPAIR}"
        raise Mistaken(Mistake(0, sentence))

    def _write(self, absolute: str, content: Any) -> None:
        self._machine.write(
            absolute, f"{json.dumps(content, ensure_ascii=False, indent=2)}\n", 0o600
        )


def accepted(machine: Machine) -> Lobby | Station:
    """What the card says that is in use.

    Raises:
        Mistaken: There has not been a file that could be used.
    """
    return lobby.load((machine.read(ACCEPTED) or "").encode())


def read_journal(machine: Machine) -> dict[str, str]:
    """Step → what it was done for."""
    return dict(json.loads(machine.read(JOURNAL) or "{}"))


def read_mistakes(machine: Machine) -> list[str]:
    """What is wrong with the file on the card; nothing where it is in use."""
    return list(json.loads(machine.read(MISTAKES) or "[]"))
