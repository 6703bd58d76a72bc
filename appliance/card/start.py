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

from . import authority, database, disk, lobby, secrets_made, settings
from .database import RELEASE
from .lobby import Lobby
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
READ_SECONDS: Final = 20.0
"""How long a wrong file's sentences stay before the lobby starts with what was set before."""


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
                wanted = self._lobby()
                break
            except Mistaken as mistaken:
                self._screen.wrong(map(str, mistaken.mistakes), before=False)
                if not keep_trying:
                    raise
                log.error("lobby.yaml cannot be used: %s", mistaken)  # noqa: TRY400 — no traceback
                self._wait(READ_SECONDS)
        self._screen.speak(wanted.shop.language)
        if first:
            self._screen.begin()
        for step in self._steps(wanted):
            self._do(step, shown=first, keep_trying=keep_trying)

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

    def _steps(self, wanted: Lobby) -> list[Step]:
        machine = self._machine
        host = wanted.hostname
        return [
            Step(
                "grow",
                N_("Using all of the card"),
                lambda: disk.grow(machine),
                disk.size(machine),
                needed=False,
            ),
            Step("secrets", N_("Making this lobby's own keys"), self._secrets),
            Step("settings", N_("Taking the settings"), lambda: settings.apply(machine, wanted)),
            Step(
                "certificate",
                N_("Making the certificate that phones trust"),
                lambda: authority.make(machine, wanted.shop.name, host),
            ),
            Step("database", N_("Making the database"), lambda: database.make(machine), "1"),
            Step(
                "devices",
                N_("Letting screen, printers and rooms in"),
                lambda: self._devices(wanted),
                json.dumps([room["number"] for room in wanted.rooms]),
            ),
        ]

    def _secrets(self) -> None:
        secrets_made.make(self._machine)
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

    def _lobby(self) -> Lobby:
        """What the file says; what the one before said where it cannot be used.

        Raises:
            Mistaken: It cannot be used, and none could before.
        """
        try:
            content = self._content()
            found = lobby.load(content)
        except Mistaken as mistaken:
            accepted = self._machine.read(ACCEPTED)
            self._write(MISTAKES, [str(one) for one in mistaken.mistakes])
            if accepted is None:
                raise
            log.warning("lobby.yaml cannot be used: %s", mistaken)
            before = lobby.load(accepted.encode())
            self._screen.speak(before.shop.language)
            self._screen.wrong(map(str, mistaken.mistakes), before=True)
            self._wait(READ_SECONDS)
            return before
        self._machine.write(ACCEPTED, content.decode("utf-8-sig"), 0o600)
        self._machine.remove(MISTAKES)
        return found

    def _content(self) -> bytes:
        try:
            with self._machine.path(BOOT).open("rb") as file:
                return file.read(MOST_BYTES + 1)
        except OSError:
            raise Mistaken(
                Mistake(
                    0,
                    "There is no file lobby.yaml on the card's first partition, LOBBYBOOT. Put the "
                    "example there.",
                )
            ) from None

    def _write(self, absolute: str, content: Any) -> None:
        self._machine.write(
            absolute, f"{json.dumps(content, ensure_ascii=False, indent=2)}\n", 0o600
        )


def read_journal(machine: Machine) -> dict[str, str]:
    """Step → what it was done for."""
    return dict(json.loads(machine.read(JOURNAL) or "{}"))


def read_mistakes(machine: Machine) -> list[str]:
    """What is wrong with the file on the card; nothing where it is in use."""
    return list(json.loads(machine.read(MISTAKES) or "[]"))
