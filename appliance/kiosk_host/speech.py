"""What the browsers speak with: a Speech Dispatcher for each screen that has a sound card.

Only languages that eSpeak NG speaks so that people understand it are given to it. With all of its
voices and their variants Chromium waits five seconds for a list of 13,362.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

DISPATCHER: Final = "speech-dispatcher"
CARDS: Final = Path("/proc/asound")
USB: Final = "usb"
"""Instead of a card's name: the first that is plugged in by USB, such as a headset's."""
_LANGUAGES: Final = ("gmw/en-US", "roa/es", "sem/ar")
"""Not Japanese, whose signs it calls "Chinese letter"; it has no Filipino."""
_SOUNDS: Final = ("phondata", "phonindex", "phontab", "intonations")
_START_SECONDS: Final = 5.0
_END_SECONDS: Final = 2.0
_SETTINGS: Final = """\
LogLevel 0
Timeout 0
AudioOutputMethod "alsa"
AudioALSADevice "default:CARD={card}"
AddModule "espeak-ng" "sd_espeak-ng" "espeak-ng.conf"
DefaultModule espeak-ng
"""


def card(wanted: str, cards: Path = CARDS) -> str | None:
    """The name of the sound card to speak through; None where it is not there, or none is wanted.

    Args:
        wanted: As `aplay -l` calls it, or `usb`.
        cards: Where the kernel lists them.
    """
    for folder in sorted(cards.glob("card[0-9]*")):
        name = (folder / "id").read_text(encoding="utf-8").strip()
        if name == wanted or (wanted == USB and (folder / "usbid").exists()):
            return name
    return None


def _data(folder: Path, libraries: Path) -> Path | None:
    """Data of eSpeak with the languages that it speaks well; None where it is not installed."""
    whole = next(libraries.glob("*/espeak-ng-data"), None)
    if whole is None:
        return None
    part = folder / "espeak-ng-data"
    shutil.rmtree(part, ignore_errors=True)
    dictionaries = [f"{Path(each).name.split('-')[0]}_dict" for each in _LANGUAGES]
    for name in (*_SOUNDS, *dictionaries, *(f"lang/{each}" for each in _LANGUAGES)):
        (part / name).parent.mkdir(parents=True, exist_ok=True)
        (part / name).symlink_to(whole / name)
    return folder


@contextlib.contextmanager
def dispatcher(
    folder: Path, sound_card: str | None, libraries: Path = Path("/usr/lib")
) -> Iterator[dict[str, str]]:
    """Runs one while it is needed.

    Args:
        folder: For its settings and its socket, empty or its own.
        sound_card: Through which it speaks; None for silence.
        libraries: Where the system keeps eSpeak's data.

    Yields:
        What a browser is given in its environment to speak with it; nothing where that cannot be.
    """
    program = shutil.which(DISPATCHER)
    if sound_card is None or program is None or (data := _data(folder, libraries)) is None:
        yield {}
        return
    settings = folder / "conf"
    (settings / "modules").mkdir(parents=True, exist_ok=True)
    (settings / "speechd.conf").write_text(_SETTINGS.format(card=sound_card), encoding="utf-8")
    (settings / "modules" / "espeak-ng.conf").touch()
    socket = folder / "socket"
    socket.unlink(missing_ok=True)
    process = subprocess.Popen(  # noqa: S603 — ours
        [program, "--run-single", "--communication-method", "unix_socket",
         "--socket-path", str(socket), "--config-dir", str(settings),
         "--pid-file", str(folder / "pid"), "--log-dir", str(folder)],
        env={**os.environ, "ESPEAK_DATA_PATH": str(data)},
    )  # fmt: skip
    # A browser that finds none starts one of its own, with other settings.
    deadline = time.monotonic() + _START_SECONDS
    while not socket.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    try:
        yield {"SPEECHD_ADDRESS": f"unix_socket:{socket}"}
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)
        process.kill()
