"""The 40-pin header: where a BCM number is found.

Source: Raspberry Pi's documentation of the header, the same on every board with 40 pins.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

HEADER_PINS: Final[Mapping[int, int]] = {
    2: 3, 3: 5, 4: 7, 14: 8, 15: 10, 17: 11, 18: 12, 27: 13, 22: 15, 23: 16, 24: 18, 10: 19,
    9: 21, 25: 22, 11: 23, 8: 24, 7: 26, 5: 29, 6: 31, 12: 32, 13: 33, 19: 35, 16: 36, 26: 37,
    20: 38, 21: 40,
}  # fmt: skip
"""Header pin by BCM number; 0 and 1 are left to the identification of add-on boards."""


def describe(bcm: int) -> str:
    """How a technician finds it: `GPIO 17, header pin 11`."""
    return f"GPIO {bcm}, header pin {HEADER_PINS[bcm]}"
