"""Names and clocks that come in the way of a shift or a close."""

from __future__ import annotations

import json
from decimal import Decimal as D
from typing import Any

import pytest

from appliance.server.domain.errors import InvalidState, ValidationFailed
from appliance.server.store import claims
from appliance.server.usecases.till import shifts
from tests.support.spa import Clock
from tests.support.till import Till


def test_nobody_opens_another_cashiers_own_drawer(till: Till) -> None:
    eva, felix = till.spa.cashiers
    with pytest.raises(ValidationFailed, match="must not begin with #"):
        till.run(lambda u: shifts.open_shift(u, till.shop, felix, D(10), f" #{eva.id} "))
    # Otherwise Eva's next payment would find her own drawer taken, and could not open a shift.
    till.run(lambda u: shifts.open_shift(u, till.shop, felix, D(10), f"#{felix.id}"))
    till.sale("100", till.spa.swedish_60)
    assert till.visits.broken_promises() == []


@pytest.mark.parametrize("hours", [20, -20])
def test_a_clock_that_jumps_over_the_days_start_in_the_middle_of_a_close(
    till: Till, clock: Clock, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    till.open("100")
    till.sale("80", till.spa.swedish_60)
    till.count_and_close()
    day = clock().date().isoformat()
    of_day = claims.shifts_of_day

    def and_jump(*arguments: Any) -> Any:
        found = of_day(*arguments)
        clock.advance(hours=hours)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(claims, "shifts_of_day", and_jump)
        first = till.close_day()
    # The day is the one of its shifts, whatever the clock says before and after.
    assert (first.number, first.business_date) == (1, day)
    assert json.loads(first.document)["sales"] == "80.00"
    assert till.visits.broken_promises() == []

    # Where nothing was open the day is the one at the beginning, and is closed once.
    with monkeypatch.context() as patched:
        patched.setattr(claims, "shifts_of_day", and_jump)
        try:
            second = till.close_day()
        except InvalidState as refusal:
            assert "already closed" in refusal.message  # noqa: PT017 — either is a clear answer
            second = None
    till.sale("80", till.spa.swedish_60)
    till.count_and_close()
    last = till.close_day()
    assert last.number == (2 if second is None else 3), "numbers have no gap"
    assert json.loads(last.document)["sales"] == "80.00"
    assert D(last.grand_total) == D(160)
    assert till.visits.broken_promises() == []
