"""`appliance serve` without the protection that gives everybody a turn: for controls of attacks."""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

from collections.abc import Callable  # noqa: E402
from typing import Any  # noqa: E402

from gevent import pywsgi  # noqa: E402

from appliance.server.edge import lines, listener, messages  # noqa: E402
from appliance.server.main import serve  # noqa: E402


class _Unfair(listener.Fair):
    def readinto(self, buffer: Any) -> int | None:
        count: int | None = self._raw.readinto(buffer)
        return count


def _as_it_was(given: pywsgi.Input, _give_up: Callable[[], None]) -> pywsgi.Input:
    return given


def _no_turns(_line: object) -> None:
    pass


def _no_frames(_line: object, _now: float, _frames: int) -> float:
    return 0.0


messages.take_turn = _no_turns
lines.Line.take_frames = _no_frames  # type: ignore[method-assign]
listener.Fair = _Unfair  # type: ignore[misc]
listener.Body = _as_it_was  # type: ignore[assignment, misc]

if __name__ == "__main__":
    serve()
