"""The proof that paper is out: a printer's own word that everything before a mark is printed.

`GS ( H` function 48 puts four characters behind a job. The printer sends them back "when the
printing is completed" (Epson, ESC/POS Command Reference, "GS ( H <Function 48>",
https://download4.epson.biz/sec_pubs/pos/reference_en/escpos/gs_lparen_ch_fn48.html). Unlike the
real-time status it passes through the printer's buffers behind the job, so that it can neither
come too early nor, being unlike any earlier one, be left over from before.

Printers of other makers may print the mark as text. It is used only where the model is on Epson's
list, or where the configuration says so.
"""

from __future__ import annotations

import secrets
import string
import time
from typing import Final

from appliance.peripherals.printing.status import Stream

MODELS: Final = frozenset(
    {
        "TM-L90",
        "TM-P80",
        "TM-P80-42col",
        "TM-T20II",
        "TM-T20II-42col",
        "TM-T88IV",
        "TM-T88IV-SA",
        "TM-T88V",
    }
)
"""python-escpos profiles of models that Epson's page lists for the command.

The TM-U220 is on the list too, but older editions of the reference except it, and its profile
stands for the old ones as well.
"""

ID_LENGTH: Final = 4
_HEAD: Final = b"\x37\x22"
_LENGTH: Final = len(_HEAD) + ID_LENGTH + 1
_ALPHABET: Final = string.ascii_letters + string.digits


def new_id() -> bytes:
    """A mark unlike any other: 62⁴ of them, so that one left over from before is not mistaken."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(ID_LENGTH)).encode()


def request(process_id: bytes) -> bytes:
    """The command that makes the printer send a mark back once all before it is printed."""
    return b"\x1d(H\x06\x00\x30\x30" + process_id


class Listener:
    """A printer's stream from which returned marks have been taken out.

    Args:
        stream: An open way to the printer.

    Attributes:
        heard: The marks that came back.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._begun = b""
        self.heard: set[bytes] = set()

    def write(self, data: bytes) -> None:
        """Send all bytes; OSError when the printer is gone or does not take them in time."""
        self._stream.write(data)

    def read(self, size: int, timeout: float) -> bytes:
        """Read what is no mark; b"" when nothing has come in time."""
        deadline = time.monotonic() + timeout
        while True:
            data = self._stream.read(size, max(0.0, deadline - time.monotonic()))
            if not data:
                # What began like a mark and did not go on was none.
                begun, self._begun = self._begun, b""
                return begun
            plain = self._take_marks(data)
            if plain:
                return plain

    def wait_for(self, process_id: bytes, timeout: float) -> bool:
        """Wait until a mark has come back; everything else that comes is thrown away."""
        deadline = time.monotonic() + timeout
        while process_id not in self.heard:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self.read(64, left)
        return True

    def _take_marks(self, data: bytes) -> bytes:
        data, self._begun = self._begun + data, b""
        plain = b""
        while data:
            at = data.find(_HEAD[:1])
            if at < 0:
                return plain + data
            plain, data = plain + data[:at], data[at:]
            if not (data.startswith(_HEAD) or _HEAD.startswith(data)):
                plain, data = plain + data[:1], data[1:]
            elif len(data) < _LENGTH:
                self._begun = data
                return plain
            elif data[_LENGTH - 1] == 0:
                self.heard.add(data[len(_HEAD) : _LENGTH - 1])
                data = data[_LENGTH:]
            else:
                plain, data = plain + data[:1], data[1:]
        return plain
