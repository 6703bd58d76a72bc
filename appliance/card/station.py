"""A station: a machine with printers and call buttons alone, let in by the main one.

Nobody looks while the two meet, and the plug may be pulled at any moment. The station keeps the
token it has made before it offers it, and believes a certificate only that its code names. What it
writes last says that it is in; until then it asks again, and is answered the same.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import logging
import secrets
import ssl
import time
from collections.abc import Callable
from typing import Final

from appliance import station_code
from appliance.notices import Sentence
from appliance.station_code import StationCode
from appliance.words import N_

from .lobby import Station
from .machine import Machine
from .screen import Screen
from .secrets_made import FOLDER
from .settings import MAIN

log = logging.getLogger(__name__)

MARK: Final = "/etc/appliance/station"
"""There on a station, of a card or of the playbook; units of the lobby look for it."""
TOKEN: Final = f"{FOLDER}/station.token"
"""Beside the token of a lobby's own daemon: a card that is a lobby again needs that one."""
OFFERED: Final = f"{FOLDER}/offered.json"
ENROLLED: Final = "/var/lib/appliance-card/enrolled"
"""Which code has let this station in, as a digest."""
ENROLMENT: Final = "appliance-station.service"
DAEMON: Final = "appliance-peripherals.service"
OF_THE_LOBBY: Final = (
    "mariadb.service",
    "nginx.service",
    "appliance-server.service",
    "appliance-kiosk.service",
    "appliance-backup.service",
    "appliance-stick@.service",
)
"""What a station does not run."""
ONCE_ENROLLED: Final = (DAEMON, "appliance-health.service")
"""What needs the token, under the name that it has in a lobby."""
RETRY_SECONDS: Final = 10.0
_CREDENTIAL: Final = f"[Service]\nLoadCredential=\nLoadCredential=peripherals.token:{TOKEN}\n"
_LARGEST: Final = 64 * 1024
_PATIENCE_SECONDS: Final = 10.0
_REFUSALS: Final = frozenset({"invalid_credentials", "invalid_state", "validation_failed"})


class NotLetInError(Exception):
    """The main machine says no, and would say it again; the message is its sentence."""


class NotYetError(Exception):
    """It has not worked, and may later; the message is a sentence for a technician.

    Args:
        told: What people are told, in a sentence that has translations.
        detail: What else a technician wants to know.
    """

    def __init__(self, told: Sentence, detail: str = "") -> None:
        super().__init__(f"{told.english()} ({detail})" if detail else told.english())
        self.told = told


SILENT: Final = N_("{server} does not answer. Check that it is on, and in the same network.")
BARE: Final = N_("{server} shows no certificate. Check that this is the main machine's name.")
OTHER: Final = N_(
    "{server} shows another certificate than the code names. Check the main machine's name and "
    "the code."
)
INVALID: Final = N_(
    "The certificate of {server} is not valid here. Check the main machine's name, and this "
    "station's date and time."
)
STRANGE: Final = N_(
    "{server} answers, but not as a lobby does. Check that this is the main machine's name."
)


class Main:
    """The main machine, as a station meets it.

    Args:
        host: Its name or address.
        http_port: Where it shows the certificate of its authority.
        https_port: Where it lets in.
    """

    def __init__(self, host: str, http_port: int = 80, https_port: int = 443) -> None:
        self.host = host
        self._http_port = http_port
        self._https_port = https_port

    def certificate(self) -> str:
        """The certificate of its authority, in PEM, which nobody has vouched for.

        Raises:
            NotYetError: It does not answer, or with something else.
        """
        connection = http.client.HTTPConnection(
            self.host, self._http_port, timeout=_PATIENCE_SECONDS
        )
        return self._asked(connection, "GET", "/ca.crt", None)

    def let_in(self, certificate: str, code: str, token: str) -> None:
        """Offer a token.

        Args:
            certificate: The authority's, which vouches for the main machine.
            code: The secret half of the code.
            token: The station's own.

        Raises:
            NotLetInError: The code is none, or none any more.
            NotYetError: It does not answer, or is somebody else.
        """
        try:
            context = ssl.create_default_context(cadata=certificate)
        except ssl.SSLError as error:
            raise self.not_yet(BARE, error.reason) from None
        connection = http.client.HTTPSConnection(
            self.host, self._https_port, timeout=_PATIENCE_SECONDS, context=context
        )
        said = self._asked(
            connection, "POST", "/devices/token", json.dumps({"code": code, "token": token})
        )
        try:
            answer = json.loads(said)
            well, why, kind = answer["ok"], answer.get("error", ""), answer.get("code")
        except (ValueError, TypeError, KeyError, AttributeError):
            raise self.not_yet(STRANGE) from None
        if well is True:
            return
        if kind in _REFUSALS:
            raise NotLetInError(str(why))
        raise NotYetError(Sentence(str(why)))

    def _asked(
        self, connection: http.client.HTTPConnection, method: str, path: str, sent: str | None
    ) -> str:
        try:
            connection.request(
                method, path, sent, {"Content-Type": "application/json"} if sent else {}
            )
            return connection.getresponse().read(_LARGEST).decode("utf-8", errors="replace")
        except ssl.SSLCertVerificationError as error:
            raise self.not_yet(INVALID, error.verify_message) from None
        except (OSError, http.client.HTTPException) as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise self.not_yet(SILENT, why) from None
        finally:
            connection.close()

    def not_yet(self, told: str, detail: str = "") -> NotYetError:
        """What is wrong with it, for people: a sentence that names it as `{server}`."""
        return NotYetError(Sentence(told, (("server", self.host),)), detail)


def prepare(machine: Machine) -> None:
    """Let nothing of a lobby run, and the daemon only once the station is let in.

    Raises:
        CommandFailed: The machine refused something.
    """
    changed = _wait_for_the_code(machine)
    for unit in OF_THE_LOBBY:
        changed |= machine.write(_drop_in(unit), _condition(f"!{MARK}"))
    if changed:
        machine.run("systemctl", "daemon-reload")
        running = [unit for unit in OF_THE_LOBBY if "@" not in unit]
        machine.run("systemctl", "--no-block", "stop", *running)


def prepare_bare(machine: Machine) -> None:
    """As `prepare`, where nothing of a lobby has ever been: the playbook's station.

    Raises:
        CommandFailed: The machine refused something.
    """
    if _wait_for_the_code(machine):
        machine.run("systemctl", "daemon-reload")


def _wait_for_the_code(machine: Machine) -> bool:
    machine.path(FOLDER).mkdir(parents=True, exist_ok=True, mode=0o700)
    changed = machine.write(MARK, "This machine has printers and call buttons alone.\n")
    for unit in ONCE_ENROLLED:
        changed |= machine.write(_drop_in(unit), _condition(MAIN) + _CREDENTIAL)
    return changed


def undo(machine: Machine) -> None:
    """Be a lobby again, where the card said `role: station` before.

    Raises:
        CommandFailed: The machine refused something.
    """
    changed = False
    for unit in (*OF_THE_LOBBY, *ONCE_ENROLLED):
        changed |= machine.remove(_drop_in(unit))
    if changed or machine.read(MARK) is not None:
        machine.run("systemctl", "daemon-reload")
        # It was not started with the others. The rest of them come after this start.
        machine.run("systemctl", "start", "mariadb.service")
    # The last: until then the next start does it over.
    machine.remove(MARK)


def _drop_in(unit: str) -> str:
    return f"/etc/systemd/system/{unit}.d/station.conf"


def _condition(path: str) -> str:
    return f"# This machine is a station.\n[Unit]\nConditionPathExists={path}\n"


def enrol(machine: Machine, code: StationCode, main: Main) -> bool:
    """Be let in, once for each code.

    Args:
        machine: The station's.
        code: What the main machine has shown.
        main: The main machine.

    Returns:
        Whether it is new: it was not let in by this code before.

    Raises:
        NotLetInError: The main machine says no.
        NotYetError: It does not answer, or is not the one that the code is for.
    """
    mark = hashlib.sha256(str(code).encode()).hexdigest()
    if machine.read(ENROLLED) == mark:
        # Of a start that was cut off between the two.
        machine.remove(OFFERED)
        return False
    certificate = main.certificate()
    try:
        shown = station_code.fingerprint(certificate)
    except ValueError:
        raise main.not_yet(BARE, "at /ca.crt") from None
    if shown != code.authority:
        raise main.not_yet(OTHER)
    token = _offered(machine, mark)
    main.let_in(certificate, code.secret, token)
    machine.write(TOKEN, token, 0o600)
    machine.write(MAIN, certificate)
    machine.write(ENROLLED, mark, 0o600)
    machine.remove(OFFERED)
    return True


def _offered(machine: Machine, mark: str) -> str:
    """The token for this code: the same at each attempt, and another one for another code."""
    kept = json.loads(machine.read(OFFERED) or "{}")
    if kept.get("code") != mark:
        kept = {"code": mark, "token": secrets.token_urlsafe(32)}
        machine.write(OFFERED, json.dumps(kept), 0o600)
    return str(kept["token"])


def keep_asking(
    machine: Machine,
    station: Station,
    main: Main,
    wait: Callable[[float], None] = time.sleep,
) -> None:
    """Ask until the station is let in, and start its daemon.

    Args:
        machine: The station's.
        station: What its card says.
        main: The main machine.
        wait: Waits for some seconds; a test does not.

    Raises:
        NotLetInError: The main machine says no: it needs another code, and a new start.
        CommandFailed: The daemon cannot be started.
    """
    screen = Screen(machine, station.language)
    told = ""
    while True:
        try:
            new = enrol(machine, station.code, main)
            break
        except NotYetError as error:
            if str(error) != told:
                log.warning("not let in yet: %s", error)
                screen.station_waits(error.told)
            told = str(error)
            wait(RETRY_SECONDS)
        except NotLetInError as error:
            screen.station_refused(str(error))
            raise
    if told or new:
        screen.station_ready(main.host)
    if new:
        log.info("let in by %s", main.host)
    machine.run("systemctl", "--no-block", "restart" if new else "start", DAEMON)
