"""Keeps the browsers alive: starts them, gives each its page, and ends them when one is dead."""

from __future__ import annotations

import contextlib
import http.client
import logging
import os
import signal
import subprocess
import sys
import time
import tomllib
import urllib.request
from pathlib import Path
from typing import Final

from appliance.service_manager import ServiceManager

from . import compositor, profile, speech
from .notice_page import NoticePage
from .page import Gone, Page, Silent
from .screens import BOARD, KIOSK, Screen

log = logging.getLogger(__name__)
SETTINGS: Final = Path("/etc/appliance/kiosk.toml")
BEAT_SECONDS: Final = 5.0
HASTE_SECONDS: Final = 0.3
"""Between two looks while somebody waits for the first page."""
SILENT_SECONDS: Final = 20.0
"""A page may be busy with a large catalogue on a slow Pi, and is never busy for so long."""
HASTE_FOR_SECONDS: Final = 60.0
"""So long it is looked often; a start that takes longer is not hurried by looks."""
START_SECONDS: Final = 300.0
"""From a cold card until the first page; also how long Chromium may take to answer at all.

On a slow machine with a worn card, everything starting beside it, a minute was too short: the
browser was ended just before it could answer, for ever. One that ends by itself is noticed at once.
"""
NOWHERE: Final = "about:blank"
STARTING: Final = Path(__file__).with_name("starting.html")


def answers(url: str) -> bool:
    """Whether the server answers at all."""
    try:
        with urllib.request.urlopen(f"{url}/livez", timeout=BEAT_SECONDS):  # noqa: S310 — ours
            return True
    except (OSError, http.client.HTTPException):
        return False


def bring_up(screen: Screen, page: Page, url: str, notices: NoticePage) -> bool:
    """Look whether a screen shows its page and nothing else, and show it where it does not.

    Args:
        screen: Which.
        page: What it shows.
        url: The server's.
        notices: What the machine has to say to the person there.

    Returns:
        Whether the server's page is there. Until then the screen says that it is starting.

    Raises:
        Silent: The page does not answer.
    """
    if closed := page.close_others():
        log.warning("closed %s window(s) beside the page of the %s", closed, screen.name)
    shown = page.address()
    if (notice := notices.to_be_read()) is not None:
        # Not within the server's page, whose own rules and programs would go on.
        if shown != NOWHERE:
            page.open(NOWHERE)
        page.show(notice)
        return False
    if shown.startswith(f"{url}/"):
        if not shown.startswith(f"{url}/enroll"):
            page.forget_where_it_was()
        return True
    # Nothing yet, or the browser's own error page after a server that went away.
    if answers(url):
        page.open(screen.address(url))
    else:
        page.show(notices.meanwhile() or STARTING.read_text(encoding="utf-8"))
    return False


def watch(
    process: subprocess.Popen[bytes], screens: list[Screen], url: str, manager: ServiceManager
) -> str:
    """Bring the pages up and wait until everything has to be ended; returns why.

    The start is over, for systemd, when each screen shows the server's page: what
    `systemd-analyze` says of the boot is what a customer in front of the screen sees.

    Args:
        process: The compositor.
        screens: What is shown.
        url: The server's.
        manager: Is told when everything is on the screens.
    """
    began = time.monotonic()
    pages = {screen: Page(screen) for screen in screens}
    notices = NoticePage()
    patience = dict.fromkeys(screens, began + START_SECONDS)
    seen, shown = set(), set()
    while process.poll() is None:
        for screen, page in pages.items():
            try:
                if bring_up(screen, page, url, notices) and screen not in shown:
                    shown.add(screen)
                    manager.tell(_told(shown), ready=len(shown) == len(screens), alive=False)
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
            process.wait(_pause(time.monotonic() - began, all_shown=len(shown) == len(screens)))
    return f"the browser ended with {process.returncode}"


def _told(shown: set[Screen]) -> str:
    names = " and the ".join(sorted(screen.name for screen in shown))
    return f"On the screen: the {names}."


def _pause(seconds: float, *, all_shown: bool) -> float:
    """Until the next look, in seconds."""
    if seconds > HASTE_FOR_SECONDS:
        return BEAT_SECONDS
    return 1.0 if all_shown else HASTE_SECONDS


def keep(settings_file: Path = SETTINGS) -> str:
    """Run until the browser is dead; returns why.

    Args:
        settings_file: `kiosk.toml`.
    """
    settings = tomllib.loads(settings_file.read_text(encoding="utf-8"))
    state = Path(os.environ.get("STATE_DIRECTORY", "/var/lib/appliance-kiosk"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # The log-in's own is hidden by ProtectHome=; the unit gives another.
    os.environ["XDG_RUNTIME_DIR"] = os.environ["RUNTIME_DIRECTORY"]
    screens = [KIOSK, BOARD] if settings.get("board_output") else [KIOSK]
    compositor.end_leftovers()
    for screen in screens:
        if profile.is_foreign(screen.profile(state)):
            log.warning("the machine has another name than when the %s last ran", screen.name)
        profile.tidy(screen.profile(state))
    cards = {KIOSK: settings.get("sound_card", ""), BOARD: settings.get("board_sound_card", "")}
    with contextlib.ExitStack() as speaking:
        voices = {
            screen.name: speaking.enter_context(
                speech.dispatcher(
                    Path(os.environ["XDG_RUNTIME_DIR"]) / f"speech-{screen.name}",
                    speech.card(cards[screen]),
                )
            )
            for screen in screens
        }
        process = subprocess.Popen(compositor.command(state, settings, voices))  # noqa: S603 — ours
        try:
            return watch(process, screens, settings["url"], ServiceManager.from_environment())
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(compositor.END_SECONDS)
            process.kill()
