"""The notes that the cashier's page suggests, in currencies with two, three and no decimals."""

from __future__ import annotations

import pytest

from tests.support.node import run_node

READ = """
import { isOdd, likelyNotes } from "./appliance/staff_ui/static/cashier/notes.js";
const [total, decimals, amount] = given;
console.log(JSON.stringify([likelyNotes(total, decimals), isOdd(amount, total, decimals)]));
"""


@pytest.mark.parametrize(
    ("total", "decimals", "notes", "fine", "odd"),
    [
        (95.50, 2, [100, 200, 500], 1000, 1001),
        (80, 2, [100, 200, 500], 1000, 1001),
        (3.255, 3, [4, 5, 10], 20, 21),
        (12.755, 3, [13, 15, 20], 40, 41),
        (1000, 0, [5000, 10000, 50000], 100000, 100001),
        (3300, 0, [3400, 3500, 4000], 8000, 8001),
        (0.004, 2, [], 1000, None),
    ],
)
def test_the_next_round_amounts_and_what_is_far_beyond_them(
    total: float, decimals: int, notes: list[float], fine: float, odd: float | None
) -> None:
    found, asked = run_node(READ, [total, decimals, fine])
    assert (found, asked) == (notes, False)
    if odd is not None:
        assert run_node(READ, [total, decimals, odd])[1] is True
