"""Which screens there are, and how the browser of each is started."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LOOPBACK: Final = "127.0.0.1"
BLANK: Final = "about:blank"

FLAGS: Final = (
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

    def profile(self, state: Path) -> Path:
        """Where its browser keeps what it keeps.

        Args:
            state: Where browsers keep what they keep.
        """
        # The kiosk's keeps the place that it had when it was the only one.
        return state / ("chromium" if self.name == "kiosk" else f"chromium-{self.name}")

    def browser(self, state: Path, speech: Mapping[str, str]) -> list[str]:
        """The command line of its browser.

        Args:
            state: Where browsers keep what they keep.
            speech: The environment with which it speaks; empty where it does not.
        """
        return [
            *(("env", *(f"{name}={value}" for name, value in speech.items())) if speech else ()),
            "chromium",
            *FLAGS,
            *(("--enable-speech-dispatcher",) if speech else ()),
            f"--class=appliance-{self.name}",
            f"--remote-debugging-port={self.port}",
            f"--user-data-dir={self.profile(state)}",
            BLANK,
        ]


KIOSK: Final = Screen("kiosk", 9222)
BOARD: Final = Screen("board", 9223)
