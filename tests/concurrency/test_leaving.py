"""Somebody is disabled, or goes off duty, at the moment at which they claim a customer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from appliance.server.domain.errors import Busy, InvalidState
from appliance.server.domain.states import Actor
from appliance.server.store import claims
from appliance.server.store.models import Staff, Transaction
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.server.usecases import duty, therapist
from appliance.server.usecases.manager import staff
from tests.support.threads import at_once
from tests.support.visits import Visits


def disable(visits: Visits) -> Staff:
    return visits.store.run(lambda u: staff.disable_staff(u, visits.spa.manager, "ana"))


def claim(visits: Visits) -> Transaction:
    return visits.store.run(lambda u: therapist.confirm_next(u, visits.shop, visits.spa.ana))


def in_the_middle_of(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str, other: Callable[[], Any]
) -> list[Any]:
    """Let something else happen, on a connection of its own, just before a function's work."""
    real = getattr(where, name)
    became: list[Any] = []

    def interrupted(*arguments: Any) -> Any:
        if not became:
            became.append(None)
            became[:] = at_once([other])
        return real(*arguments)

    monkeypatch.setattr(where, name, interrupted)
    return became


def test_who_is_claiming_is_not_disabled_meanwhile(
    visits: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = visits.waiting()
    became = in_the_middle_of(monkeypatch, claims, "next_waiting", lambda: disable(visits))
    assert claim(visits).id == there
    assert isinstance(became[0], Busy), became
    with pytest.raises(InvalidState, match="still has a customer: 0001"):
        disable(visits)
    assert visits.broken_promises() == []


def test_who_is_being_disabled_claims_nobody(
    visits: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits.waiting()
    became = in_the_middle_of(monkeypatch, staff, "end_tokens", lambda: claim(visits))
    disable(visits)
    assert isinstance(became[0], Busy), became
    with pytest.raises(InvalidState, match="off duty"):
        claim(visits)
    assert visits.broken_promises() == []


def test_control_without_the_room_a_disabled_therapist_has_a_customer(
    visits: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = visits.waiting()
    monkeypatch.setattr(duty, "meet_claims", lambda _, person: person)
    became = in_the_middle_of(monkeypatch, claims, "next_waiting", lambda: disable(visits))
    assert claim(visits).id == there
    assert isinstance(became[0], Staff), became
    assert any("who is disabled" in line for line in visits.broken_promises())


# --- off duty, on a break, logged out ---------------------------------------------------------


def log_out(unit: UnitOfWork, ana: Actor) -> Staff:
    """Her last log-in ends, and with it her duty."""
    person = unit.session.get_one(Staff, ana.id)
    duty.after_log_out(unit, person)
    return person


def leave(visits: Visits, way: Callable[[UnitOfWork, Actor], Staff]) -> Staff:
    return visits.store.run(lambda u: way(u, visits.spa.ana))


def off_duty(visits: Visits) -> bool:
    return visits.store.run(lambda u: u.session.get_one(Staff, visits.spa.ana.id)).duty == "out"


WAYS = [duty.go_out, duty.take_a_break, log_out]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_who_is_claiming_does_not_leave_meanwhile(
    visits: Visits, monkeypatch: pytest.MonkeyPatch, way: Callable[[UnitOfWork, Actor], Staff]
) -> None:
    there = visits.waiting()
    became = in_the_middle_of(monkeypatch, claims, "next_waiting", lambda: leave(visits, way))
    assert claim(visits).id == there
    assert isinstance(became[0], Busy), became
    if way is duty.go_out:
        with pytest.raises(InvalidState, match="still have customer 0001"):
            leave(visits, way)
    else:
        leave(visits, way)
    assert not off_duty(visits), "the room's button has to bring the visit to its end"
    assert visits.broken_promises() == []


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_who_is_leaving_claims_nobody(
    visits: Visits, monkeypatch: pytest.MonkeyPatch, way: Callable[[UnitOfWork, Actor], Staff]
) -> None:
    visits.waiting()
    became = in_the_middle_of(monkeypatch, duty, "_put", lambda: claim(visits))
    leave(visits, way)
    assert isinstance(became[0], Busy), became
    with pytest.raises(InvalidState, match=r"off duty|on a break"):
        claim(visits)
    assert visits.broken_promises() == []


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_control_without_the_room_who_has_left_has_a_customer(
    visits: Visits, monkeypatch: pytest.MonkeyPatch, way: Callable[[UnitOfWork, Actor], Staff]
) -> None:
    there = visits.waiting()
    monkeypatch.setattr(duty, "meet_claims", lambda _, person: person)
    became = in_the_middle_of(monkeypatch, claims, "next_waiting", lambda: leave(visits, way))
    assert claim(visits).id == there
    assert isinstance(became[0], Staff), became
    if way is duty.take_a_break:
        assert became[0].duty == "break", "she is given somebody on her break"
    else:
        assert any("who is off duty" in line for line in visits.broken_promises())
