"""Whom a customer asked for, and in which lane of the queue they wait for it.

A lane is a number in the head of the claim's index, compared by equality alone: 0 is for anyone,
a positive one is a therapist's id, and a woman and a man have one each. A therapist's claim takes
the customer who has waited longest in the lanes that she serves.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .states import Gender

ANYONE: Final = 0
_OF_GENDER: Final = {Gender.WOMAN: -1, Gender.MAN: -2}
_GENDER_OF: Final = {lane: gender for gender, lane in _OF_GENDER.items()}


class WantedKind(StrEnum):
    """What a customer asks for."""

    ANYONE = "anyone"
    THERAPIST = "therapist"
    WOMAN = "woman"
    MAN = "man"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a customer asked for.

    Attributes:
        kind: Of the request.
        therapist_id: Who is asked for, where it is a therapist; else None.
    """

    kind: WantedKind
    therapist_id: int | None = None

    @property
    def lane(self) -> int:
        """Where somebody waits who asked for it."""
        match self.kind:
            case WantedKind.THERAPIST:
                return self.therapist_id or ANYONE
            case WantedKind.WOMAN | WantedKind.MAN:
                return _OF_GENDER[Gender(self.kind)]
            case WantedKind.ANYONE:
                return ANYONE


def wanted_in(lane: int) -> Wanted:
    """What somebody asked for who was put into this lane."""
    if lane > 0:
        return Wanted(WantedKind.THERAPIST, lane)
    gender = _GENDER_OF.get(lane)
    return Wanted(WantedKind(gender) if gender else WantedKind.ANYONE)


def lanes_of(therapist_id: int, gender: Gender | None) -> tuple[int, ...]:
    """The lanes that a therapist serves."""
    of_gender = () if gender is None else (_OF_GENDER[gender],)
    return (ANYONE, therapist_id, *of_gender)
