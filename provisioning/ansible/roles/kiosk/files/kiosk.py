"""Keeps the kiosk's browser alive: starts it, gives it its page, and ends it when the page is dead.

systemd starts it again after every end (`Restart=always`), so there is one way out of every
trouble. Chromium runs under cage, which shows one window and has no desktop to get out to; where
the lobby's board has an output of its own, under sway, which is told where each of two windows
belongs, and no key. A browser is told what to show over its debugging port: "starting" until the
server answers, then its page. The device's token comes as a credential and goes the same way: it
is in no process list.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shlex
import signal
import subprocess
import sys
import time
import tomllib
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import websocket

LOOPBACK = "127.0.0.1"
BLANK = "about:blank"
BEAT_SECONDS = 5.0
# A page may be busy with a large catalogue on a slow Pi, and is never busy for so long.
SILENT_SECONDS = 20.0
# From a cold card until the first page; also how long Chromium may take to answer at all.
START_SECONDS = 60.0
END_SECONDS = 5.0

FLAGS = (
    "--kiosk",
    "--ozone-platform=wayland",
    "--no-first-run",
    "--noerrdialogs",
    "--disable-infobars",
    "--disable-pinch",
    "--overscroll-history-navigation=0",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--password-store=basic",
    "--simulate-outdated-no-au=Tue, 31 Dec 2099 23:59:59 GMT",
    "--no-memcheck",
    "--disable-breakpad",
    "--disable-dev-shm-usage",
    f"--remote-debugging-address={LOOPBACK}",
)
SWAY = """\
# One window on each output, and no key or gesture that does anything.
xwayland disable
default_border none
focus_follows_mouse no
output {output} transform {rotation}
input type:touch map_to_output {output}
workspace kiosk output {output}
workspace board output {board_output}
assign [app_id="^appliance-kiosk$"] workspace kiosk
assign [app_id="^appliance-board$"] workspace board
for_window [app_id=".*"] fullscreen enable
workspace kiosk
exec {board}
exec {kiosk}
"""


@dataclass(frozen=True)
class Screen:
    """What one browser shows.

    Attributes:
        name: `kiosk` or `board`; its page and the name of its token.
        port: Of the browser's debugging protocol, on loopback.
    """

    name: str
    port: int

    def address(self, url: str) -> str:
        """Its page; by way of its enrolment where the token is known.

        Args:
            url: The server's.
        """
        folder = Path(os.environ.get("CREDENTIALS_DIRECTORY", "/nonexistent"))
        credential = folder / f"{self.name}.token"
        token = credential.read_text().strip() if credential.exists() else ""
        return f"{url}/enroll#{token}" if token else f"{url}/{self.name}"

    def browser(self, state: Path) -> list[str]:
        """The command line of its browser.

        Args:
            state: Where browsers keep what they keep.
        """
        # The kiosk's keeps the place that it had when it was the only one.
        profile = state / ("chromium" if self.name == "kiosk" else f"chromium-{self.name}")
        return [
            "chromium",
            *FLAGS,
            f"--class=appliance-{self.name}",
            f"--remote-debugging-port={self.port}",
            f"--user-data-dir={profile}",
            BLANK,
        ]


KIOSK = Screen("kiosk", 9222)
BOARD = Screen("board", 9223)


class Silent(Exception):
    """The page did not answer."""


class Gone(Silent):
    """There is no browser."""


class Page:
    """The page in a browser, over Chromium's debugging port.

    Args:
        screen: Whose.
    """

    def __init__(self, screen: Screen) -> None:
        self._port = screen.port

    def address(self) -> str:
        """Where the page is, said by the page's own thread.

        Raises:
            Gone: There is no browser.
            Silent: It does not answer, or there is no page.
        """
        answer = self._ask("Runtime.evaluate", expression="location.href", returnByValue=True)
        return str(answer.get("result", {}).get("value", ""))

    def open(self, address: str) -> None:
        """Go to an address.

        Raises:
            Silent: There is no page.
        """
        self._ask("Page.navigate", url=address)

    def show(self, html: str) -> None:
        """Show this instead of what is there.

        Raises:
            Silent: There is no page.
        """
        frame = self._ask("Page.getFrameTree")["frameTree"]["frame"]["id"]
        self._ask("Page.setDocumentContent", frameId=frame, html=html)

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        try:
            connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=BEAT_SECONDS)
            with contextlib.closing(connection):
                connection.request("GET", "/json/list")
                pages = json.loads(connection.getresponse().read())
            address = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
            socket = websocket.create_connection(
                address, timeout=BEAT_SECONDS, suppress_origin=True
            )
            with contextlib.closing(socket):
                socket.send(json.dumps({"id": 1, "method": method, "params": params}))
                while (answer := json.loads(socket.recv())).get("id") != 1:
                    pass
        except ConnectionRefusedError as error:
            raise Gone(str(error)) from error
        except (
            OSError,
            ValueError,
            LookupError,
            StopIteration,
            http.client.HTTPException,
        ) as error:
            raise Silent(str(error)) from error
        except websocket.WebSocketException as error:
            raise Silent(str(error)) from error
        if "result" not in answer:
            raise Silent(str(answer.get("error")))
        return dict(answer["result"])


def answers(url: str) -> bool:
    """Whether the server answers at all."""
    try:
        with urllib.request.urlopen(f"{url}/livez", timeout=BEAT_SECONDS):  # noqa: S310 — ours
            return True
    except (OSError, http.client.HTTPException):
        return False


def compositor(state: Path, settings: dict[str, Any]) -> list[str]:
    """The command line of what shows the browsers, which it starts.

    Args:
        state: Where browsers keep what they keep.
        settings: Of kiosk.toml.
    """
    turned = settings.get("rotation", "normal")
    if settings.get("board_output"):
        config = Path(os.environ["XDG_RUNTIME_DIR"]) / "sway.conf"
        commands = {screen.name: shlex.join(screen.browser(state)) for screen in (KIOSK, BOARD)}
        config.write_text(SWAY.format(**{**settings, "rotation": turned, **commands}))
        return ["sway", "--config", str(config)]
    chromium = KIOSK.browser(state)
    if turned == "normal":
        return ["cage", "-d", "--", *chromium]
    # Inside cage, because there is no output to turn before it runs.
    script = 'wlr-randr --output "$0" --transform "$1"; shift; exec "$@"'
    return ["cage", "-d", "--", "sh", "-c", script, settings["output"], turned, *chromium]


def end_leftovers() -> None:
    """End the browser of an earlier life that was killed and could not do it itself.

    A log-in's processes are in a scope of their own, which does not end with the unit; two browsers
    would be in each other's way, on the screen, at the debugging port and in their profile.
    """
    names = "cage|sway|chromium|Xwayland"
    kill = ["pkill", "--signal", "KILL", "--uid", str(os.getuid()), "--exact", names]
    deadline = time.monotonic() + END_SECONDS
    # It says whether there was anybody, zombies included, until they are buried.
    while subprocess.run(kill, check=False).returncode == 0:  # noqa: S603 — fixed words
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)


def bring_up(screen: Screen, url: str) -> None:
    """Look whether a screen shows its page, and show it where it does not.

    Raises:
        Silent: The page does not answer.
    """
    page = Page(screen)
    if page.address().startswith(url):
        return
    # Nothing yet, or the browser's own error page after a server that went away.
    if answers(url):
        page.open(screen.address(url))
    else:
        starting = Path(__file__).with_name("starting.html")
        page.show(starting.read_text(encoding="utf-8"))


def watch(process: subprocess.Popen[bytes], screens: list[Screen], url: str) -> str:
    """Bring the pages up and wait until everything has to be ended; returns why."""
    began = time.monotonic()
    patience = dict.fromkeys(screens, began + START_SECONDS)
    seen = set()
    while process.poll() is None:
        for screen in screens:
            try:
                bring_up(screen, url)
                seen.add(screen)
                patience[screen] = time.monotonic() + SILENT_SECONDS
            except Gone:
                if screen in seen:
                    return f"the browser of the {screen.name} is gone"
            except Silent:
                pass
            if time.monotonic() > patience[screen]:
                return f"the page of the {screen.name} does not answer"
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(BEAT_SECONDS if time.monotonic() > began + START_SECONDS else 1.0)
    return f"the browser ended with {process.returncode}"


def main() -> int:
    """Run until the browser is dead."""
    settings = tomllib.loads(Path("/etc/appliance/kiosk.toml").read_text(encoding="utf-8"))
    state = Path(os.environ.get("STATE_DIRECTORY", "/var/lib/appliance-kiosk"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # The log-in's own is hidden by ProtectHome=; the unit gives another.
    os.environ["XDG_RUNTIME_DIR"] = os.environ["RUNTIME_DIRECTORY"]
    screens = [KIOSK, BOARD] if settings.get("board_output") else [KIOSK]
    end_leftovers()
    process = subprocess.Popen(compositor(state, settings))  # noqa: S603 — the command is ours
    try:
        why = watch(process, screens, settings["url"])
        print(f"kiosk: {why}", file=sys.stderr, flush=True)  # noqa: T201
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(END_SECONDS)
        process.kill()
    return 1


if __name__ == "__main__":
    sys.exit(main())
