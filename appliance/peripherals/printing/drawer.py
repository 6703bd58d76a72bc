"""The cash drawer on a printer's kick connector.

A drawer opens at the payment, not with the receipt: paper may be out, and a drawer that springs
open when the roll is back stands open to anybody near.
"""

from __future__ import annotations

from typing import Final

from appliance.peripherals.printing.status import Health

_REAL_TIME: Final = b"\x10\x14\x01"
"""`DLE DC4 1 m t`, Epson's real-time pulse: also a printer without paper obeys it at once."""
_CONNECTOR: Final = {2: 0, 5: 1}
_TENTHS_OF_A_SECOND: Final = 2


def pulse(pin: int, health: Health) -> bytes:
    """The bytes that open the drawer now.

    Args:
        pin: Of the printer's connector, 2 or 5.
        health: How the printer is. Ready, it gets `ESC p`, which every model knows. Else that would
            wait in its memory until there is paper, and it gets the real-time command.
    """
    if not health.ready:
        return _REAL_TIME + bytes((_CONNECTOR[pin], _TENTHS_OF_A_SECOND))
    # Not before a drawer opens: whoever asks a printer how it is needs nothing of the library.
    from appliance.peripherals.printing.python_escpos import Dummy

    out = Dummy()
    out.cashdraw(pin)
    return bytes(out.output)
