from __future__ import annotations

from pathlib import Path

import pytest

from appliance.peripherals.config import PrinterConfig
from appliance.peripherals.printing.connections import answers_status, make_delivery
from appliance.peripherals.printing.delivery import Delivery, millimetres, seconds_on_paper
from appliance.peripherals.printing.manners import (
    SILENCE_SECONDS,
    SILENCES,
    Manners,
    Memory,
    memory_of_the_service,
)
from appliance.peripherals.printing.status import Health, unreachable
from appliance.peripherals.printing.worker import Pace
from appliance.protocol import Paper, PrintRole

HERE = ("lobby", "tcp://192.0.2.9:9100", "default", None)


def test_a_printer_that_has_answered_is_known_to_after_a_restart(tmp_path: Path) -> None:
    Memory(tmp_path).of(*HERE).has_answered()
    assert Memory(tmp_path).of(*HERE).answers is True


@pytest.mark.parametrize(
    "other",
    [
        ("desk", *HERE[1:]),
        ("lobby", "tcp://192.0.2.10:9100", "default", None),
        ("lobby", "tcp://192.0.2.9:9100", "TM-T88V", None),
    ],
)
def test_another_printer_is_not_taken_for_it(
    tmp_path: Path, other: tuple[str, str, str, None]
) -> None:
    Memory(tmp_path).of(*HERE).has_answered()
    assert Memory(tmp_path).of(*other).answers is None


def test_what_the_configuration_says_counts_more(tmp_path: Path) -> None:
    Memory(tmp_path).of(*HERE).has_answered()
    assert Memory(tmp_path).of(*HERE[:3], False).answers is False


def test_a_silent_printer_is_asked_once_more_after_a_restart(tmp_path: Path) -> None:
    manners = Memory(tmp_path).of(*HERE)
    for _ in range(SILENCES):
        manners.was_silent()
    assert manners.answers is False
    again = Memory(tmp_path).of(*HERE)
    assert again.wants_question
    again.was_silent()
    assert not again.wants_question


def test_silence_counts_once_a_minute() -> None:
    now = [0.0]
    manners = Manners(clock=lambda: now[0])
    manners.was_silent()
    assert not manners.wants_question
    now[0] = SILENCE_SECONDS
    assert manners.wants_question


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"[1]", b"{", b"[" * 100_000, b'{"lobby": 1}',
     b'{"lobby": {"silences": "x"}}'],
)  # fmt: skip
def test_a_damaged_memory_only_means_to_learn_again(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "printers.json").write_bytes(content)
    manners = Memory(tmp_path).of(*HERE)
    assert manners.answers is None
    manners.has_answered()
    assert Memory(tmp_path).of(*HERE).answers is True


def test_a_memory_that_cannot_be_written_harms_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    manners = Memory(tmp_path / "gone").of(*HERE)
    manners.has_answered()
    assert manners.answers is True
    assert "learned again" in caplog.text


def test_the_memory_is_where_systemd_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    memory_of_the_service().of(*HERE).has_answered()
    assert (tmp_path / "printers.json").exists()
    monkeypatch.delenv("STATE_DIRECTORY")
    memory_of_the_service().of("desk", *HERE[1:]).has_answered()


# --- what a model is known for ------------------------------------------------------------------


def entry(profile: str = "default", answers: bool | None = None) -> PrinterConfig:
    return PrinterConfig(
        "lobby", (PrintRole.TICKET,), HERE[1], profile=profile, answers_status=answers
    )


def test_a_model_of_epsons_list_answers_unless_somebody_says_otherwise() -> None:
    assert answers_status(entry("TM-T88V")) is True
    assert answers_status(entry("TM-T88V", answers=False)) is False
    assert answers_status(entry("POS-5890")) is None


def test_a_model_that_nobody_knows_is_given_more_time() -> None:
    assert make_delivery(entry()).speed_mm_per_s < make_delivery(entry("POS-5890")).speed_mm_per_s


# --- how often it is looked at --------------------------------------------------------------------

READY = Health(online=True, paper=Paper.OK)
SILENT = Health(online=True, answers=False)
DAY = 24 * 60 * 60


def test_a_printer_that_was_used_lately_is_looked_at_every_1_5_seconds() -> None:
    assert Pace().next_look(READY, quiet=0) == 1.5
    assert Pace().next_look(unreachable("off"), quiet=0) == 1.5


def test_a_resting_printer_is_looked_at_now_and_then() -> None:
    """It was 57,000 connections a day."""
    assert DAY / Pace().next_look(READY, quiet=DAY) < 10_000
    assert DAY / Pace().next_look(SILENT, quiet=0) < 300
    assert DAY / Pace().next_look(unreachable("off"), quiet=DAY) < 20_000


# --- how much paper, and how long -----------------------------------------------------------------


def test_a_picture_counts_by_its_height_and_not_by_its_bytes() -> None:
    picture = b"\x1dv0\x00" + bytes((2, 0, 100, 0)) + b"\n" * 200
    assert millimetres(picture) == pytest.approx(100 * 25.4 / 180)
    assert millimetres(picture + b"\n") - millimetres(picture) == pytest.approx(4.2)


def test_large_letters_count_by_their_size() -> None:
    assert millimetres(b"\x1d!\x33four\n\x1d!\x00one\n") == pytest.approx(5 * 4.2)


def test_a_slow_printer_needs_longer() -> None:
    job = b"\n" * 100
    assert seconds_on_paper(job, 60) == pytest.approx(2.5 * seconds_on_paper(job, 150))


def test_no_job_may_take_for_ever() -> None:
    assert Delivery().allowance(b"x" * 10**7) <= 150
    assert Delivery().allowance(b"x" * 2_700) == 45
