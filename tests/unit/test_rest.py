"""How long the news to all screens pauses after a sending."""

from __future__ import annotations

import pytest

from appliance.server.realtime.broadcaster import (
    REST_FACTOR,
    REST_SECONDS_AT_MOST,
    rest,
)

A_PIS_SENDING = 0.054


def test_what_happens_now_and_then_is_told_without_a_rest() -> None:
    assert rest(A_PIS_SENDING, in_a_row=0) == 0


def test_a_stream_is_slowed_down_until_claims_have_four_fifths_of_the_time() -> None:
    rests = [rest(0.01, in_a_row) for in_a_row in range(10)]
    assert rests == sorted(rests)
    assert rests[-1] == pytest.approx(0.01 * REST_FACTOR)
    assert rests[1] == pytest.approx(0.01)


def test_nobody_waits_for_news_for_ever() -> None:
    assert rest(3.0, in_a_row=100) == REST_SECONDS_AT_MOST
