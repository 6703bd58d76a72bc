"""What shows the browsers' windows: cage for one, sway for two."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from .screens import BOARD, KIOSK

END_SECONDS: Final = 5.0
SWAY: Final = """\
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


def command(
    state: Path, settings: dict[str, Any], speech: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """The command line of what shows the browsers, which it starts.

    Args:
        state: Where browsers keep what they keep.
        settings: Of kiosk.toml.
        speech: By screen, the environment with which its browser speaks.
    """
    turned = settings.get("rotation", "normal")
    if settings.get("board_output"):
        config = Path(os.environ["XDG_RUNTIME_DIR"]) / "sway.conf"
        commands = {
            screen.name: shlex.join(screen.browser(state, speech.get(screen.name, {})))
            for screen in (KIOSK, BOARD)
        }
        config.write_text(SWAY.format(**{**settings, "rotation": turned, **commands}))
        return ["sway", "--config", str(config)]
    chromium = KIOSK.browser(state, speech.get(KIOSK.name, {}))
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
    # Names are cut after fifteen letters.
    names = "cage|sway|chromium|Xwayland|speech-dispatch"
    kill = ["pkill", "--signal", "KILL", "--uid", str(os.getuid()), "--exact", names]
    deadline = time.monotonic() + END_SECONDS
    # It says whether there was anybody, zombies included, until they are buried.
    while subprocess.run(kill, check=False).returncode == 0:  # noqa: S603 — fixed words
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
