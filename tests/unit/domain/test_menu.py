"""Which filters by time a menu gets, and what each shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.server.domain.menu import LONG_MENU, TimeFilter, time_filters


def menu(*services: list[int]) -> list[dict[int, int]]:
    """A long menu: these services by their variants' minutes, and further ones of three hours."""
    every = [*services, *([180] for _ in range(LONG_MENU - len(services)))]
    return [
        {100 * place + row: minutes for row, minutes in enumerate(variants)}
        for place, variants in enumerate(every, start=1)
    ]


def test_a_short_menu_has_no_filters() -> None:
    long = menu([30], [60])
    assert [each.minutes for each in time_filters(long)] == [30, 60]
    assert time_filters(long[: LONG_MENU - 1]) == []


@pytest.mark.parametrize(
    ("services", "buttons"),
    [
        ([[30], [60], [90]], [30, 60, 90]),  # 45 would show the same as 30
        ([[45], [46]], [45, 60]),
        ([[30, 45]], [30, 45]),  # a longer variant of the same service
        ([[30]] * LONG_MENU, []),  # every service fits: nothing is left out
        ([[30, 60]] * LONG_MENU, []),
        ([[200]], []),
    ],
)
def test_a_filter_is_there_where_it_tells_services_apart(
    services: list[list[int]], buttons: list[int]
) -> None:
    assert [each.minutes for each in time_filters(menu(*services))] == buttons


def test_what_takes_exactly_as_long_fits() -> None:
    found = time_filters(menu([46, 45], [44]))
    assert found[0] == TimeFilter(45, (101, 200))


@given(st.lists(st.lists(st.integers(1, 240), min_size=1, max_size=4), max_size=LONG_MENU))
def test_each_shows_more_than_the_one_before_and_leaves_a_service_out(
    services: list[list[int]],
) -> None:
    offered = menu(*services)
    durations = {variant: needs for each in offered for variant, needs in each.items()}
    before: set[int] = set()
    for each in time_filters(offered):
        fits = set(each.variants)
        assert before < fits
        assert {variant for variant, needs in durations.items() if needs <= each.minutes} == fits
        assert any(fits.isdisjoint(variants) for variants in offered)
        before = fits
