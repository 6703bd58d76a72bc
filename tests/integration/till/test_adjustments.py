"""What is taken off a bill, and taken back."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from appliance.server.domain.adjustments import AdjustmentKind
from appliance.server.domain.errors import NotFound
from appliance.server.store.models import Adjustment
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.server.usecases.till import adjustments

from .conftest import Till


def test_a_discount_is_taken_back_once(till: Till) -> None:
    customer, eva = till.at_the_desk(till.spa.swedish_60), till.spa.eva

    def adjust(unit: UnitOfWork) -> tuple[int, D]:
        kind = AdjustmentKind.PERCENT_OFF
        visit = adjustments.adjust(
            unit, till.shop, eva, customer, kind, D(10), "Late start", approver=till.approver
        )
        unit.session.flush()
        return visit.adjustments[0].id, visit.total_amount

    def remove(unit: UnitOfWork) -> D:
        return adjustments.remove(unit, till.shop, eva, customer, discount).total_amount

    discount, total = till.run(adjust)
    assert total == D("72.00")
    assert till.run(remove) == D("80.00")
    assert till.run(lambda unit: unit.session.get(Adjustment, discount)) is None
    with pytest.raises(NotFound, match="no longer on the bill"):
        till.run(remove)
