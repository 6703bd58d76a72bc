"""How long work takes that needs a known time of the CPU. Run as a program, it prints JSON."""

from __future__ import annotations

import json
import statistics
import time
from typing import Final, NamedTuple

_LONG_SECONDS: Final = 0.3
_BURSTS: Final = 30
_PARTS: Final = 10
_PART_SECONDS: Final = 0.0003
_WAIT_SECONDS: Final = 0.0002
_REST_SECONDS: Final = 0.05
_STEPS: Final = 500
_STEP: Final = 0.01
_BODIES: Final = (
    (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 39.48),
    (4.84, -1.16, -0.104, 0.606, 2.81, -0.0252, 0.0377),
    (8.34, 4.12, -0.404, -1.01, 1.82, 0.00842, 0.0113),
    (12.9, -15.1, -0.223, 1.08, 0.868, -0.0108, 0.00172),
    (15.4, -25.9, 0.179, 0.979, 0.595, -0.0348, 0.00203),
)
"""The Sun and four planets: place, speed and mass, as in every N-body of the benchmarks game."""


class Spun(NamedTuple):
    """What was seen.

    Attributes:
        factor: Seconds on the clock ÷ seconds of CPU, over a long piece of work.
        burst_factor: The same of a burst as an event makes it: after a rest, 3 ms of CPU in ten
            parts with a short wait after each, the waits taken off; the median of many.
        step_us: Microseconds of CPU for a step of N-body, the median of many: how fast the cores
            are at this moment, whatever a process gets of them.
    """

    factor: float
    burst_factor: float
    step_us: float


def _work(seconds: float) -> float:
    """Use the CPU; returns what was really used."""
    began = time.process_time()
    while (used := time.process_time() - began) < seconds:
        pass
    return used


def _clock(parts: int, seconds: float, wait: float) -> float:
    began, used = time.monotonic(), 0.0
    for _ in range(parts):
        used += _work(seconds)
        time.sleep(wait)
    return (time.monotonic() - began - parts * wait) / used


def _step_us() -> float:
    """N-body for a while, in plain Python as the published one."""
    bodies = [(list(body[:3]), list(body[3:6]), body[6]) for body in _BODIES]
    pairs = [(one, other) for n, one in enumerate(bodies) for other in bodies[n + 1 :]]
    began = time.process_time()
    for _ in range(_STEPS):
        for (place, speed, mass), (other_place, other_speed, other_mass) in pairs:
            x = place[0] - other_place[0]
            y = place[1] - other_place[1]
            z = place[2] - other_place[2]
            pull = _STEP * (x * x + y * y + z * z) ** -1.5
            by_one, by_other = mass * pull, other_mass * pull
            speed[0] -= x * by_other
            speed[1] -= y * by_other
            speed[2] -= z * by_other
            other_speed[0] += x * by_one
            other_speed[1] += y * by_one
            other_speed[2] += z * by_one
        for place, speed, _mass in bodies:
            place[0] += _STEP * speed[0]
            place[1] += _STEP * speed[1]
            place[2] += _STEP * speed[2]
    return (time.process_time() - began) / _STEPS * 1e6


def spun() -> Spun:
    """Work here and now."""
    bursts = []
    for _ in range(_BURSTS):
        time.sleep(_REST_SECONDS)
        bursts.append(_clock(_PARTS, _PART_SECONDS, _WAIT_SECONDS))
    steps = [_step_us() for _ in range(_BURSTS)]
    return Spun(_clock(1, _LONG_SECONDS, 0), statistics.median(bursts), statistics.median(steps))


if __name__ == "__main__":
    print(json.dumps(spun()._asdict()))
