"""The strip of paper: what has been printed, cut into pieces, the last few kept."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from appliance.peripherals.simulator.elements import Element, Feed, Json, Picture

PIECES_KEPT: Final = 12

LONGEST_PIECE: Final = 500
"""Elements on a piece; a longer one is torn off, so that jobs without a cut cannot fill memory."""

CHARACTERS_TOLD: Final = 250_000
"""JSON of one printer's paper: a snapshot stays below the megabyte that Socket.IO servers take."""


@dataclass(slots=True)
class _Piece:
    id: int
    revision: int = 0
    elements: list[Element] = field(default_factory=list)
    complete: bool = False


class PieceView(NamedTuple):
    """A piece of paper as it was at one moment."""

    id: int
    revision: int
    elements: tuple[Element, ...]
    complete: bool


class _Told(NamedTuple):
    revision: int
    json: Json
    characters: int


class Strip:
    """The paper that came out of one printer. Its owner sees to it that one thread prints."""

    def __init__(self) -> None:
        self.revision = 0
        """Grows with every change."""
        self.completed = 0
        """Pieces cut off since the start, the forgotten ones included."""
        self._pieces: list[_Piece] = []
        self._last_id = 0
        self._told: dict[int, _Told] = {}

    @property
    def is_cut(self) -> bool:
        """True when no printed paper hangs from the printer."""
        return not self._pieces or self._pieces[-1].complete

    def add(self, element: Element) -> None:
        """Print an element below the others, on a new piece after a cut."""
        if self.is_cut:
            self._last_id += 1
            self._pieces.append(_Piece(self._last_id))
            del self._pieces[:-PIECES_KEPT]
        elements = self._pieces[-1].elements
        last = elements[-1] if elements else None
        if isinstance(element, Feed) and isinstance(last, Feed):
            elements[-1] = Feed(last.dots + element.dots)
        elif isinstance(element, Picture) and (joined := element.joined_to(last)):
            elements[-1] = joined
        else:
            elements.append(element)
        self._touch()
        if len(elements) >= LONGEST_PIECE:
            self.cut()

    def cut(self) -> None:
        """Cut off what hangs from the printer; cutting empty paper leaves nothing behind."""
        if not self.is_cut:
            self._pieces[-1].complete = True
            self.completed += 1
            self._touch()

    def clear(self) -> None:
        """Throw all paper away, what hangs from the printer included."""
        self._pieces.clear()
        self.revision += 1

    def _touch(self) -> None:
        self.revision += 1
        self._pieces[-1].revision = self.revision

    def view(self) -> list[PieceView]:
        """Return what there is now, oldest first; it does not change any more."""
        return [
            PieceView(piece.id, piece.revision, tuple(piece.elements), piece.complete)
            for piece in self._pieces
        ]

    def tell(self, view: list[PieceView]) -> list[Json]:
        """Return pieces as JSON, oldest first, the newest ones that a snapshot can carry.

        Symbols are computed here, so this may take a while: no lock need be held.
        """
        told: list[Json] = []
        room = CHARACTERS_TOLD
        for piece in reversed(view):
            one = self._tell_one(piece)
            room -= one.characters
            if told and room < 0:
                break
            told.insert(0, one.json)
        kept = {piece.id for piece in view}
        self._told = {number: one for number, one in self._told.items() if number in kept}
        return told

    def _tell_one(self, piece: PieceView) -> _Told:
        known = self._told.get(piece.id)
        if known is not None and known.revision == piece.revision:
            return known
        elements = [element.as_json() for element in piece.elements]
        body: Json = {"id": piece.id, "elements": elements, "complete": piece.complete}
        self._told[piece.id] = told = _Told(piece.revision, body, len(json.dumps(body)))
        return told
