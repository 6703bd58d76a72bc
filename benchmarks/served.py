"""`appliance serve` with a meter in its loop, for the figures that only the loop itself knows.

A greenlet asks to be woken every millisecond and notes by how much it was late: whatever holds up
the loop holds it up too. SIGUSR1 writes the longest gap since the last one to BENCH_GAPS_FILE.
"""

# The server's entry module patches the standard library, so it comes before everything else.
from appliance.server.main import serve  # isort: skip

import json
import os
import signal
import time
from pathlib import Path
from typing import Final

import gevent

_TICK_SECONDS: Final = 0.001


class Meter:
    """Measures how late the loop is."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._longest = 0.0

    def run(self) -> None:
        """Measure for ever."""
        while True:
            began = time.perf_counter()
            gevent.sleep(_TICK_SECONDS)
            late = time.perf_counter() - began - _TICK_SECONDS
            self._longest = max(self._longest, late)

    def tell(self) -> None:
        """Write what was measured, and begin again."""
        longest, self._longest = self._longest, 0.0
        part = self._target.with_suffix(".part")
        part.write_text(json.dumps({"longest_ms": longest * 1000}))
        part.rename(self._target)


def main() -> None:
    """Serve and measure."""
    meter = Meter(Path(os.environ["BENCH_GAPS_FILE"]))
    gevent.spawn(meter.run)
    gevent.signal_handler(signal.SIGUSR1, meter.tell)
    serve()


if __name__ == "__main__":
    main()
