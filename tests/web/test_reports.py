"""Reports over HTTP, as JSON and as a file."""

from __future__ import annotations

import csv
import io

import pytest

from tests.support.lobby import Lobby
from tests.web.conftest import OpenLobby
from tests.web.test_till_over_http import good, pay_for_one

REPORTS = "/api/manager/reports"


@pytest.fixture
def lobby(open_lobby: OpenLobby) -> Lobby:
    """A server of the test's own, whose sums are known."""
    return open_lobby()


def test_a_report_and_its_file_say_the_same(lobby: Lobby) -> None:
    token = lobby.token("eva")
    gloria = lobby.http(lobby.token("gloria"))
    eva = lobby.connect({"token": token})
    shift = eva.call("shift_open", {"float_amount": 200})["shift"]
    pay_for_one(lobby, eva)
    day = shift["business_date"]

    report = good(gloria, f"{REPORTS}?from={day}&to={day}&by=day")
    assert (report["by"], report["from"], report["to"]) == ("day", day, day)
    figures = {
        "visits": 1, "payments": 1, "sales": 50, "discounts": 0, "refunds": 0, "tips": 5,
        "rounding": 0, "taken": 55, "difference": 0, "no_shows": 0, "wait_p50": 0, "wait_p90": 0,
        "busy_minutes": 0,
    }  # fmt: skip
    assert report["rows"] == [{"day": day} | figures]
    assert report["totals"] == figures
    assert good(gloria, REPORTS)["rows"] == report["rows"], "today, by day, unless it is said"
    assert good(gloria, f"{REPORTS}?from=2001-01-01&to=2001-12-31")["rows"] == []

    by_method = good(gloria, f"{REPORTS}?by=method")
    assert by_method["rows"] == [
        {"method": "card", "sales": 50, "refunds": 0, "tips": 5, "rounding": 0, "taken": 55}
    ]
    for by in ("day", "hour", "service", "therapist", "cashier", "method", "room"):
        answer = good(gloria, f"{REPORTS}?by={by}")
        file = gloria.get(f"{REPORTS}.csv?by={by}")
        assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert f'filename="{by}-{day}-{day}.csv"' in file.headers["Content-Disposition"]
        assert file.content.startswith(b"\xef\xbb\xbf" + by.encode() + b",")
        assert file.content.endswith(b"\r\n")
        lines = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"), newline="")))
        # What cannot be said, such as a share of nothing, is an empty cell.
        told = [
            {k: v if k == by else float(v) if v else None for k, v in line.items()}
            for line in lines
        ]
        assert told == answer["rows"]


@pytest.mark.parametrize("path", [REPORTS, f"{REPORTS}.csv"])
@pytest.mark.parametrize(
    "query", ["from=2026-02-30", "to=yesterday", "from=2026-11-28&to=2026-11-27", "by=mood"]
)
def test_a_report_that_nobody_can_make(lobby: Lobby, path: str, query: str) -> None:
    answer = lobby.http(lobby.token("gloria")).get(f"{path}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")


@pytest.mark.parametrize("path", [REPORTS, f"{REPORTS}.csv"])
def test_reports_are_for_managers(lobby: Lobby, path: str) -> None:
    assert lobby.http().get(path).status_code == 401
    refused = lobby.http(lobby.token("eva")).get(path)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
