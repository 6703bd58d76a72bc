"""What is taken off a bill."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.server.domain.adjustments import (
    Adjustment,
    AdjustmentKind,
    Priced,
    bill,
    check,
    percent_off,
)
from appliance.server.domain.errors import ValidationFailed

ITEMS = [Priced(1, D(80)), Priced(2, D(50))]


def off(kind: str, value: str, item: int | None = None) -> Adjustment:
    return Adjustment(AdjustmentKind(kind), D(value), item)


def test_the_whole_visit_bears_a_discount_in_proportion() -> None:
    worked = bill(ITEMS, [off("amount_off", "13")], "USD")
    assert worked.lines == {1: D(72), 2: D(45)}
    assert (worked.subtotal, worked.discount, worked.total) == (D(130), D(13), D(117))


def test_a_later_discount_works_on_what_is_left() -> None:
    worked = bill(ITEMS, [off("price", "40", 2), off("percent_off", "10")], "USD")
    assert worked.taken_off == (D(10), D(12))
    assert worked.total == D(108)


def test_nothing_goes_below_zero() -> None:
    assert bill(ITEMS, [off("amount_off", "500", 1)], "USD").lines == {1: D(0), 2: D(50)}
    assert bill(ITEMS, [off("percent_off", "100")], "USD").total == 0


def test_an_adjustment_of_an_item_that_was_removed_does_nothing() -> None:
    assert bill(ITEMS[:1], [off("amount_off", "5", 2)], "USD").total == D(80)


def test_strange_values_are_refused() -> None:
    for wrong in (off("percent_off", "100.01"), off("amount_off", "-1")):
        with pytest.raises(ValidationFailed):
            check(wrong)


def test_what_a_limit_is_measured_by() -> None:
    assert percent_off(D(130), D(13)) == D(10)
    assert percent_off(D(0), D(0)) == 0


adjustment = st.builds(
    Adjustment,
    st.sampled_from(list(AdjustmentKind)),
    st.decimals(0, 100, places=2),
    st.sampled_from([None, 1, 2, 3]),
)


@given(st.lists(adjustment, max_size=6))
def test_the_parts_always_add_up(adjustments: list[Adjustment]) -> None:
    items = [Priced(1, D("33.33")), Priced(2, D("0.01")), Priced(3, D(20))]
    worked = bill(items, adjustments, "USD")
    assert worked.subtotal - sum(worked.taken_off) == worked.total
    assert all(line >= 0 for line in worked.lines.values())
