"""The first thing that a request meets: who is too fast waits, and who would wait too long goes."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import pytest

from appliance.server.edge import doorway
from appliance.server.edge.doorway import Doorway
from appliance.server.edge.lines import Lines
from appliance.server.edge.pace import Pace
from appliance.server.wire.errors import refusal
from tests.security.test_throttle import Seconds

GUEST, OTHER = "192.0.2.7", "192.0.2.8"


def test_who_would_have_to_wait_for_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds, slept, floods = Seconds(), list[float](), list[str]()
    monkeypatch.setattr(time, "sleep", slept.append)

    def page(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [b"served"]

    door = Doorway(
        page,
        Lines(1000, seconds),
        lambda address, what: floods.append(f"{address}: {what}"),
        refusal,
        Pace(rate=1, burst=2, clock=seconds),
    )

    def ask(address: str) -> tuple[str, dict[str, str], bytes]:
        said: list[Any] = []
        body = door({"REMOTE_ADDR": address, "PATH_INFO": "/kiosk"}, lambda *it: said.extend(it))
        return said[0], dict(said[1]), b"".join(body)

    at_most = 2 + int(doorway.PATIENCE_SECONDS)
    assert {ask(GUEST)[0] for _ in range(at_most)} == {"200 OK"}
    assert slept == [1, 2, 3, 4, 5], "slowed, not refused"
    status, headers, body = ask(GUEST)
    assert status == "429 Too Many Requests"
    assert headers["Retry-After"] == "7"
    assert b'"code": "too_many_attempts"' in body
    assert floods == [f"{GUEST}: too many requests"]
    assert ask(OTHER)[0] == "200 OK"
    seconds.now += 60
    assert ask(GUEST)[0] == "200 OK"
