"""The figures that are measured, what they should reach, and how they are shown."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

Results = dict[str, float]


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure should reach.

    Attributes:
        sign: `≥`, `≤` or `=`.
        value: Compared with.
    """

    sign: str
    value: float

    def reached_by(self, value: float) -> bool:
        """Whether a value is good enough."""
        return _COMPARE[self.sign](value, self.value)

    def __str__(self) -> str:
        return f"{self.sign} {number(self.value)}"


_COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    "≥": operator.ge,
    "≤": operator.le,
    "=": operator.eq,
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Attributes:
        key: Its name in `bench.json`.
        says: What it is.
        target: What it should reach, if anything.
        parts: The keys it is the quotient of, if it is one.
    """

    key: str
    says: str
    target: Target | None = None
    parts: tuple[str, str] | None = None


FIGURES: Final = (
    Figure("raw_claims_per_s", "hand-written SQL, 16 clients, 10,000 waiting"),
    Figure("server_claims_per_s", "16 Socket.IO therapists, 0 watchers"),
    Figure("server_claims_per_s_500_watchers", "the same with 500 staff screens open"),
    Figure(
        "claims_ratio",
        "server ÷ raw",
        Target("≥", 0.6),
        ("server_claims_per_s", "raw_claims_per_s"),
    ),
    Figure(
        "claims_ratio_500_watchers",
        "server with 500 watchers ÷ raw",
        Target("≥", 0.5),
        ("server_claims_per_s_500_watchers", "raw_claims_per_s"),
    ),
    Figure("claims_duplicates", "customers claimed twice", Target("=", 0)),
    Figure(
        "claims_lanes_ratio",
        "server: 19 lanes ÷ one lane",
        Target("≥", 0.9),
        ("lanes_claims_per_s", "one_lane_claims_per_s"),
    ),
    Figure("claims_lanes_duplicates", "customers claimed twice with lanes", Target("=", 0)),
    Figure(
        "claims_growth_ratio",
        "server: grown ÷ small database",
        Target("≥", 0.95),
        ("grown_claims_per_s", "small_claims_per_s"),
    ),
    Figure(
        "claims_beside_reports_ratio",
        "claims beside a report a second ÷ claims alone",
        Target("≥", 0.95),
    ),
    Figure("report_ms_max", "the slowest report over all of the past", Target("≤", 1_000)),
    Figure("report_cpu_ms_max", "the same, CPU of server and MariaDB", Target("≤", 1_000)),
    Figure("reports_memory_growth_mb", "what reports add to the server's memory"),
    Figure("z_ms_2000_visits", "Z of a day with 2,000 visits", Target("≤", 1_000)),
    Figure("z_cpu_ms_2000_visits", "the same, CPU of both", Target("≤", 1_000)),
    Figure("confirm_to_paper_ms_p50", "kiosk confirm → last byte at the printer", Target("≤", 15)),
    Figure("confirm_to_paper_ms_p99", "the same, 99th percentile", Target("≤", 35)),
    Figure(
        "push_cpu_ratio",
        "telling everybody ÷ what they are told about, CPU",
        Target("≤", 1),
        ("push_cpu_ms", "event_cpu_ms"),
    ),
    Figure("fanout_ms_p99", "a kiosk's confirm → each of 500 staff screens", Target("≤", 60)),
    Figure("fanout_board_ms_p99", "a kiosk's confirm → each of 500 lobby boards", Target("≤", 70)),
    Figure("server_rss_mb", "idle server", Target("≤", 78)),
    Figure("server_rss_per_socket_kb", "each of 500 idle sockets", Target("≤", 60)),
    Figure("peripherals_rss_mb", "daemon that has printed", Target("≤", 45)),
    Figure("login_loop_gap_ms_max", "longest stall while 16 people log in", Target("≤", 30)),
    Figure("stored_kb_per_visit", "what a visit leaves, answers and all, as text", Target("≤", 4)),
    Figure("card_kb_per_visit", "what a visit writes to the disk", Target("≤", 200)),
    Figure("flushes_per_visit", "how often it makes the disk flush", Target("≤", 24)),
    Figure("years_memory_mb", "after years: check, backup, rehearsal, restore", Target("≤", 150)),
    Figure(
        "years_verify_written_ratio",
        "what a rehearsal writes ÷ the data",
        Target("≤", 1.3),
        ("years_verify_written_mb", "years_data_mb"),
    ),
    Figure(
        "years_restore_written_ratio",
        "what a restore writes ÷ the data",
        Target("≤", 1.3),
        ("years_restore_written_mb", "years_data_mb"),
    ),
    Figure("years_check_s", "`db check` after years"),
    Figure("years_backup_s", "`backup create`"),
    Figure("years_verify_s", "`backup verify`"),
    Figure("years_restore_s", "`backup restore`"),
    Figure("start_to_healthy_s", "start of the process → /healthz says 200", Target("≤", 2)),
    Figure("kiosk_transfer_kb", "cold load of the kiosk page, as sent", Target("≤", 120)),
    *(
        figure
        for page in ("kiosk", "therapist", "cashier")
        for figure in (
            Figure(
                f"{page}_first_paint_ms_cpu6x",
                "cold load → first contentful paint, CPU 6× slower",
                Target("≤", 600),
            ),
            Figure(
                f"{page}_tap_ms_p95_cpu6x",
                "tap → next frame on the screen, CPU 6× slower",
                Target("≤", 80),
            ),
        )
    ),
    Figure("pi_slowdown", "as a Pi 4: how much slower a process really is; 5 is meant"),
    Figure("pi_commit_ms_p50", "as a Pi 4: a commit of one row, a flush of 7.5 ms in it"),
    Figure("pi_start_to_healthy_s", "as a Pi 4: start of the process → /healthz says 200"),
    Figure("pi_confirm_to_paper_ms_p50", "as a Pi 4: kiosk confirm → last byte at the printer"),
    Figure("pi_confirm_to_paper_ms_p99", "the same, 99th percentile"),
    Figure("pi_press_to_lamp_ms_p50", "as a Pi 4: finger off the call button → lamp's pin"),
    Figure("pi_press_to_lamp_ms_p99", "the same, 99th percentile"),
    Figure("pi_claim_ms_p95", "as a Pi 4: therapist calls → answer, 12 waiting"),
    Figure(
        "pi_push_late_ms_p95",
        "as a Pi 4: answer to the therapist → the lobby's board is told",
        Target("≤", 100),
    ),
    *(
        figure
        for page in ("kiosk", "therapist", "cashier")
        for figure in (
            Figure(
                f"pi_{page}_first_paint_ms_cpu6x",
                "as a Pi 4: cold load → first contentful paint, browser 6× slower",
            ),
            Figure(
                f"pi_{page}_tap_ms_p95_cpu6x",
                "as a Pi 4: tap → next frame, browser 6× slower",
                Target("≤", 80),
            ),
        )
    ),
    Figure("pi_card_kb_per_visit", "as a Pi 4: what a visit writes to the disk"),
    Figure("pi_flushes_per_visit", "as a Pi 4: how often it makes the disk flush"),
    Figure("pi_pss_mb", "server, daemon, MariaDB and Chromium at the kiosk", Target("≤", 560)),
)


def number(value: float) -> str:
    """A number with as many digits as mean something."""
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def rounded(results: Mapping[str, float]) -> Results:
    """The figures as they are kept: four significant digits."""
    return {key: float(f"{value:.4g}") for key, value in results.items()}


def table(results: Mapping[str, float]) -> Iterator[str]:
    """The figures as lines of a Markdown table, each ratio with its parts.

    Args:
        results: Value by key; a figure that was not measured is left out.
    """
    yield "| figure | value | target | | what it is |"
    yield "|---|---:|---:|---|---|"
    for figure in FIGURES:
        if figure.key in results:
            yield _line(figure, results)
    known = {figure.key for figure in FIGURES}
    for key in sorted(set(results) - known):
        yield f"| `{key}` | {number(results[key])} | | | beside |"


def _line(figure: Figure, results: Mapping[str, float]) -> str:
    value = results[figure.key]
    says = figure.says
    if figure.parts is not None and all(part in results for part in figure.parts):
        over, under = (number(results[part]) for part in figure.parts)
        says += f" = {over} ÷ {under}"
    target, verdict = "", ""
    if figure.target is not None:
        target = str(figure.target)
        verdict = "✓" if figure.target.reached_by(value) else "**missed**"
    return f"| `{figure.key}` | {number(value)} | {target} | {verdict} | {says} |"


def percentile(values: list[float], share: float) -> float:
    """The smallest value that `share` (0 to 1) of all values do not exceed.

    Raises:
        ValueError: There are no values.
    """
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
