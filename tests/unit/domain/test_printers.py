"""What staff are told about a printer."""

from __future__ import annotations

import pytest

from appliance.protocol import Paper
from appliance.server.domain.printers import need, notice, problem


def told(
    *,
    online: bool = True,
    paper: Paper = Paper.OK,
    cover_open: bool = False,
    error: str | None = None,
) -> str | None:
    needs = need(online=online, paper=paper, cover_open=cover_open, error=error)
    return problem("lobby", needs)


@pytest.mark.parametrize("paper", [Paper.OK, Paper.LOW, Paper.UNKNOWN])
def test_a_printer_that_prints_needs_nothing(paper: Paper) -> None:
    assert told(paper=paper) is None


@pytest.mark.parametrize(
    ("paper", "online", "cover_open", "said"),
    [
        (Paper.LOW, True, False, "paper low"),
        (Paper.OK, True, False, None),
        (Paper.UNKNOWN, True, False, None),
        (Paper.LOW, False, False, None),
        (Paper.LOW, True, True, None),
    ],
)
def test_low_paper_is_a_notice_of_a_printer_that_prints(
    paper: Paper, online: bool, cover_open: bool, said: str | None
) -> None:
    assert notice(online=online, paper=paper, cover_open=cover_open) == said


def test_no_paper_is_said() -> None:
    assert told(paper=Paper.OUT) == "Lobby printer: out of paper"


def test_an_open_cover_is_said_before_the_paper() -> None:
    assert told(cover_open=True, paper=Paper.OUT) == "Lobby printer: cover is open"


def test_another_error_is_said_as_the_printer_says_it() -> None:
    assert told(error="the cutter is stuck") == "Lobby printer: the cutter is stuck"


def test_a_printer_that_does_not_answer_is_said_before_what_it_last_said() -> None:
    assert told(online=False, cover_open=True, paper=Paper.OUT) == "Lobby printer: not connected"


def test_why_it_does_not_answer_is_said_where_it_is_known() -> None:
    assert told(online=False, error="no route to it") == "Lobby printer: no route to it"


def test_a_name_keeps_its_own_capitals() -> None:
    assert problem("deskTM", "not connected") == "DeskTM printer: not connected"
