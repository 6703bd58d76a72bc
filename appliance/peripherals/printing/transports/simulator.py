"""The simulated printer behind the same contract as a real one."""

from __future__ import annotations

from typing import Final

from appliance.peripherals.printing.delivery import (
    Delivery,
    NotPrinted,
    Outcome,
    describe,
    plain,
)
from appliance.peripherals.printing.status import Health, Stream, Timing, ask, unreachable

_NO_ANSWER: Final = "does not answer: is it switched on?"
# Simulated paper comes out at once, and simulated answers need no way back.
_DELIVERY: Final = Delivery(timing=Timing(answer=0.3, quiet=0.0), speed_mm_per_s=float("inf"))


class SimulatorTransport:
    """Talks to a printer on the simulator's page.

    Args:
        printer: Where bytes go and answers come from; raises OSError when unplugged.
        delivery: How to wait; the default suits a printer without a motor.
    """

    def __init__(self, printer: Stream, delivery: Delivery = _DELIVERY) -> None:
        self._printer = printer
        self._delivery = delivery

    def status(self) -> Health:
        """Ask the printer how it is."""
        try:
            return ask(self._printer, self._delivery.timing) or unreachable(_NO_ANSWER)
        except OSError as error:
            return unreachable(f"cannot be reached ({plain(error)})")

    def print(self, data: bytes) -> Outcome:
        """Print a whole job."""
        health = self.status()
        if not health.ready:
            return NotPrinted(describe(health), False, health)
        return self._delivery.deliver(self._printer, data)
