"""What a customer may mean who chooses once more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Choice(NamedTuple):
    """One item of a selection.

    Attributes:
        item: Its id.
        service: The service's id.
        variant: The id of the variant of that service.
    """

    item: int
    service: int
    variant: int


def may_replace(chosen: Iterable[Choice], service: int, variant: int) -> int | None:
    """The item that a newly chosen variant might be meant to take the place of.

    Args:
        chosen: The selection so far, in the order of choosing.
        service: The newly chosen service.
        variant: Its newly chosen variant.

    Returns:
        The item that was chosen last of the same service; None where there is none, or where the
        same variant is chosen already: once more is for somebody else.
    """
    same = [each for each in chosen if each.service == service]
    if not same or any(each.variant == variant for each in same):
        return None
    return same[-1].item
