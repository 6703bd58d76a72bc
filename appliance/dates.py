"""Dates and times as people read them on paper, in the forms of the CLDR."""

from __future__ import annotations

from datetime import date, datetime

from babel.dates import format_date, format_time


def written_day(day: date, language: str) -> str:
    """A date as a language writes one: `Mar 1, 2026`, `2026/03/01`.

    Args:
        day: Which.
        language: A code of `translations.LANGUAGES`.
    """
    return _plain_spaces(format_date(day, "medium", language))


def written_moment(at: datetime, language: str) -> str:
    """A moment as a language writes one: `Mar 1, 2026, 4:41 PM`; as `written_day`."""
    time = _plain_spaces(format_time(at, "short", locale=language))
    return f"{written_day(at, language)}, {time}"


def _plain_spaces(text: str) -> str:
    # CLDR has narrow spaces that no code page has.
    return text.replace("\u202f", " ").replace("\xa0", " ")
