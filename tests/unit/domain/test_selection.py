"""Which chosen item another tap may be meant to replace."""

from __future__ import annotations

import pytest

from appliance.server.domain.selection import Choice, may_replace

MASSAGE, FACIAL = 1, 2
SHORT, LONG, LONGEST = 10, 20, 30


@pytest.mark.parametrize(
    ("chosen", "item"),
    [
        ([], None),
        ([Choice(7, FACIAL, 99)], None),
        ([Choice(7, MASSAGE, SHORT)], 7),
        ([Choice(7, MASSAGE, SHORT), Choice(8, FACIAL, 99)], 7),
        ([Choice(7, MASSAGE, SHORT), Choice(8, MASSAGE, LONGEST)], 8),
        # Once more of the same is for somebody else, whatever else of the service is there.
        ([Choice(7, MASSAGE, LONG)], None),
        ([Choice(7, MASSAGE, LONG), Choice(8, MASSAGE, SHORT)], None),
    ],
)
def test_the_last_other_variant_of_the_service(chosen: list[Choice], item: int | None) -> None:
    assert may_replace(chosen, MASSAGE, LONG) == item
