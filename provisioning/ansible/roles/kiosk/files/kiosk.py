"""Keeps the kiosk's browser alive: starts it, gives it its page, and ends it when the page is dead.

systemd starts it again after every end (`Restart=always`), so there is one way out of every
trouble. Chromium runs under cage, which shows one window and has no desktop to get out to. It is
told what to show over its debugging port: "starting" until the server answers, then the kiosk's
page. The device's token comes as a credential and goes the same way: it is in no process list.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
import tomllib
import urllib.request
from pathlib import Path
from typing import Any

import websocket

DEBUGGING = ("127.0.0.1", 9222)
BLANK = "about:blank"
BEAT_SECONDS = 5.0
# A page may be busy with a large catalogue on a slow Pi, and is never busy for so long.
SILENT_SECONDS = 20.0
# From a cold card until the first page; also how long Chromium may take to answer at all.
START_SECONDS = 60.0

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
    f"--remote-debugging-address={DEBUGGING[0]}",
    f"--remote-debugging-port={DEBUGGING[1]}",
)


class Silent(Exception):
    """The page did not answer."""


class Page:
    """The page in the browser, over Chromium's debugging port."""

    def address(self) -> str:
        """Where the page is, said by the page's own thread.

        Raises:
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
            connection = http.client.HTTPConnection(*DEBUGGING, timeout=BEAT_SECONDS)
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


def kiosk_address(url: str) -> str:
    """The kiosk's page; by way of its enrolment where the token is known.

    Args:
        url: The server's.
    """
    credential = Path(os.environ.get("CREDENTIALS_DIRECTORY", "/nonexistent")) / "kiosk.token"
    token = credential.read_text().strip() if credential.exists() else ""
    return f"{url}/enroll#{token}" if token else f"{url}/kiosk"


def answers(url: str) -> bool:
    """Whether the server answers at all."""
    try:
        with urllib.request.urlopen(f"{url}/livez", timeout=BEAT_SECONDS):  # noqa: S310 — ours
            return True
    except (OSError, http.client.HTTPException):
        return False


def browser(state: Path, settings: dict[str, Any]) -> list[str]:
    """The command line of Chromium under cage."""
    chromium = ["chromium", *FLAGS, f"--user-data-dir={state / 'chromium'}", BLANK]
    turned = settings.get("rotation", "normal")
    if turned == "normal":
        return ["cage", "-d", "--", *chromium]
    # Inside cage, because there is no output to turn before it runs.
    script = 'wlr-randr --output "$0" --transform "$1"; shift; exec "$@"'
    return ["cage", "-d", "--", "sh", "-c", script, settings["output"], turned, *chromium]


def watch(process: subprocess.Popen[bytes], url: str) -> str:
    """Bring the page up and wait until the browser has to be ended; returns why."""
    page = Page()
    starting = Path(__file__).with_name("starting.html").read_text(encoding="utf-8")
    began = time.monotonic()
    heard = began + START_SECONDS - SILENT_SECONDS
    while process.poll() is None:
        with contextlib.suppress(Silent):
            there = page.address()
            heard = max(heard, time.monotonic())
            if not there.startswith(url):
                # Nothing yet, or the browser's own error page after a server that went away.
                if answers(url):
                    page.open(kiosk_address(url))
                else:
                    page.show(starting)
        if time.monotonic() - heard > SILENT_SECONDS:
            return "the page does not answer"
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
    process = subprocess.Popen(browser(state, settings))  # noqa: S603 — the command is ours
    try:
        print(f"kiosk: {watch(process, settings['url'])}", file=sys.stderr, flush=True)  # noqa: T201
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        process.kill()
    return 1


if __name__ == "__main__":
    sys.exit(main())
