"""What can happen to a paper: every state and event against the design."""

from __future__ import annotations

import itertools

import pytest

from appliance.server.domain.errors import InvalidState
from appliance.server.domain.papers import (
    ATTEMPTS_IN_ORDER,
    LEASE_TIME,
    LONGEST_LEASE_TIME,
    TABLE,
    TRIES_IN_DOUBT,
    PaperEvent,
    PaperState,
    decide,
    in_doubt_too_often,
    lease_time,
    marked,
    opens_drawer,
    put_off,
    question,
)

S, E = PaperState, PaperEvent
DESIGN = {
    (E.LEASE, S.WAITING): S.LEASED,
    (E.MOVE, S.WAITING): S.WAITING,
    (E.DROP, S.WAITING): S.DROPPED,
    (E.DONE, S.WAITING): S.PRINTED,
    (E.DONE, S.LEASED): S.PRINTED,
    (E.DONE, S.PRINTED): S.PRINTED,
    (E.DONE, S.DROPPED): S.PRINTED,
    (E.FAIL, S.WAITING): S.WAITING,
    (E.FAIL, S.LEASED): S.WAITING,
    (E.FAIL, S.PRINTED): S.PRINTED,
    (E.FAIL, S.DROPPED): S.DROPPED,
    (E.LOSE, S.LEASED): S.WAITING,
    (E.PRINT_AGAIN, S.PRINTED): S.PRINTED,
    (E.PRINT_AGAIN, S.DROPPED): S.DROPPED,
    (E.HOLD, S.LEASED): S.HELD,
    (E.MOVE, S.HELD): S.WAITING,
    (E.DROP, S.HELD): S.DROPPED,
    (E.DONE, S.HELD): S.PRINTED,
    (E.FAIL, S.HELD): S.HELD,
    (E.PRINT_AGAIN, S.HELD): S.WAITING,
}


@pytest.mark.parametrize(("state", "event"), list(itertools.product(S, E)), ids=str)
def test_every_state_and_event_goes_as_the_design_says(state: S, event: E) -> None:
    if (event, state) in DESIGN:
        assert decide(state, event).target is DESIGN[event, state]
    else:
        with pytest.raises(InvalidState, match=r"(?i)print.*\.$"):
            decide(state, event)


def test_one_row_for_each_event_and_state() -> None:
    assert len({(row.event, row.source) for row in TABLE}) == len(TABLE)


@pytest.mark.parametrize("maybe", [False, True])
def test_what_may_be_out_is_marked_and_nothing_else(maybe: bool) -> None:
    assert marked(decide(S.LEASED, E.FAIL), before=False, maybe=maybe) is maybe
    assert marked(decide(S.LEASED, E.LOSE), before=False)
    assert marked(decide(S.PRINTED, E.PRINT_AGAIN), before=False)
    assert not marked(decide(S.WAITING, E.LEASE), before=False, maybe=maybe)
    assert not marked(decide(S.WAITING, E.MOVE), before=False, maybe=maybe)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.event}-{row.source}")
def test_a_mark_never_comes_off(row: object) -> None:
    assert marked(row, before=True)  # type: ignore[arg-type]


def test_copies_that_nobody_asked_for_are_bounded() -> None:
    assert not in_doubt_too_often(TRIES_IN_DOUBT - 1)
    assert in_doubt_too_often(TRIES_IN_DOUBT)
    assert {state for state in S if question(state)} == {S.HELD}


def test_a_slow_printer_gets_more_time_and_never_less_or_for_ever() -> None:
    assert lease_time(1) == LEASE_TIME
    assert lease_time(130).total_seconds() == 130
    assert lease_time(1e6) == LONGEST_LEASE_TIME


def test_only_a_first_paper_opens_the_drawer() -> None:
    assert opens_drawer(asked=True, copy=False)
    assert not opens_drawer(asked=True, copy=True)
    assert not opens_drawer(asked=False, copy=False)


def test_a_paper_that_fails_again_and_again_lets_the_others_pass() -> None:
    assert put_off(ATTEMPTS_IN_ORDER - 1) is None
    assert put_off(ATTEMPTS_IN_ORDER) == LEASE_TIME
    assert put_off(1, at_once=True) == LEASE_TIME
