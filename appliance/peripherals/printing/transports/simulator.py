"""The simulated printer behind the same contract as a real one."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Final

from appliance.peripherals.printing import drawer
from appliance.peripherals.printing.delivery import (
    Delivery,
    Notice,
    NotPrinted,
    Outcome,
    out_of_reach,
)
from appliance.peripherals.printing.dialogue import Dialogue
from appliance.peripherals.printing.manners import Manners
from appliance.peripherals.printing.status import Health, Stream, Timing, unreachable
from appliance.words import N_

# Simulated paper comes out at once, and simulated answers need no way back.
_DELIVERY: Final = Delivery(
    timing=Timing(answer=0.3, quiet=0.0), speed_mm_per_s=float("inf"), process_ids=True
)


class SimulatorTransport:
    """Talks to a printer on the simulator's page.

    Args:
        printer: Where bytes go and answers come from; raises OSError when unplugged.
        delivery: How to wait; the default suits a printer without a motor.
    """

    def __init__(self, printer: Stream, delivery: Delivery = _DELIVERY) -> None:
        self._printer = printer
        self._delivery = delivery
        self._dialogue = Dialogue(delivery, Manners(answers=True))

    def kept(self) -> AbstractContextManager[None]:
        """There is no line to keep."""
        return nullcontext()

    def close(self) -> None:
        """Nothing is open between calls."""

    def allowance(self, data: bytes) -> float:
        """Seconds after which a job has failed."""
        return self._delivery.allowance(data)

    def status(self) -> Health:
        """Ask the printer how it is."""
        try:
            return self._dialogue.health(self._printer)
        except ConnectionError:
            return unreachable(N_("not connected – check cable and power"))
        except OSError as error:
            return unreachable(out_of_reach(error))

    def print(self, data: bytes, notice: Notice | None = None) -> Outcome:
        """Print a whole job."""
        return self._dialogue.print(self._printer, data, _never, notice)

    def open_drawer(self, pin: int) -> str | None:
        """Open the cash drawer now."""
        try:
            self._printer.write(drawer.pulse(pin, self._dialogue.health(self._printer)))
        except OSError as error:
            return out_of_reach(error)
        return None


def _never(_data: bytes) -> NotPrinted:
    raise AssertionError("a simulated printer always answers")
