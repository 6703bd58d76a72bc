"""What a long menu offers to customers who are short of time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

LONG_MENU: Final = 9
"""Services from which on a menu is long: they are more than one look at a screen."""

_STEPS: Final = (30, 45, 60, 90, 120)
"""Minutes that people say they have."""


@dataclass(frozen=True, slots=True)
class TimeFilter:
    """An amount of time, and what of the menu fits into it.

    Attributes:
        minutes: How long the customer has.
        variants: The ids of the variants that take no longer.
    """

    minutes: int
    variants: tuple[int, ...]


def time_filters(services: Collection[Mapping[int, int]]) -> list[TimeFilter]:
    """The filters that make a long menu shorter.

    Args:
        services: What is offered: for each service, variant id → minutes.

    Returns:
        The shortest first; none for a menu that is not long. Each has more variants than the one
        before it, and leaves at least one service out: where every service has a short variant,
        its minutes stand beside it and a filter would hide nothing from the list.
    """
    filters: list[TimeFilter] = []
    if len(services) < LONG_MENU:
        return filters
    shown = 0
    for minutes in _STEPS:
        fitting = [
            [variant for variant, needs in variants.items() if needs <= minutes]
            for variants in services
        ]
        together = tuple(variant for variants in fitting for variant in variants)
        if shown < len(together) and not all(fitting):
            filters.append(TimeFilter(minutes, together))
            shown = len(together)
    return filters
