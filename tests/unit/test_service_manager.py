"""What systemd is told, on a real datagram socket."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import pytest

from appliance.service_manager import REFUSED, ServiceManager
from tests.support.notify_socket import NotifySocket


@pytest.fixture(params=["path", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"@lobby-{uuid.uuid4()}" if request.param == "abstract" else str(tmp_path / "notify")


def test_each_beat_tells_everything_in_one_datagram(address: str) -> None:
    with NotifySocket(address) as systemd:
        manager = ServiceManager.from_environment({"NOTIFY_SOCKET": address})
        manager.tell("Looking\nfor the server.", ready=False, alive=False)
        assert systemd.next() == {"STATUS": "Looking for the server.", "ERRNO": "0"}
        manager.tell("Serving.", ready=True, alive=True, problem=REFUSED)
        assert systemd.next() == {
            "STATUS": "Serving.", "ERRNO": str(REFUSED), "READY": "1", "WATCHDOG": "1",
        }  # fmt: skip
        manager.stopping()
        assert systemd.next()["STOPPING"] == "1"


def test_without_a_manager_nothing_happens(caplog: pytest.LogCaptureFixture) -> None:
    manager = ServiceManager.from_environment({})
    assert not manager.listens
    manager.tell("Serving.", ready=True, alive=True)
    manager.stopping()
    assert caplog.text == ""


def test_a_manager_that_is_gone_is_told_of_once_and_disturbs_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    manager = ServiceManager(str(tmp_path / "gone"))
    manager.tell("Serving.", ready=True, alive=True)
    manager.tell("Serving.", ready=True, alive=True)
    assert caplog.text.count("cannot be told") == 1


def test_a_manager_that_does_not_read_never_makes_us_wait(tmp_path: Path) -> None:
    with NotifySocket(tmp_path / "notify") as systemd:
        manager = ServiceManager(systemd.address)
        for _ in range(5000):  # far more than any kernel keeps for a reader
            manager.tell("Serving.", ready=True, alive=True)
        assert systemd.drain()


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getppid())}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "-5"}, None),
        ({}, None),
    ],
)
def test_the_watchdogs_period(environment: dict[str, str], seconds: float | None) -> None:
    assert ServiceManager.from_environment(environment).watchdog_seconds == seconds


@pytest.mark.parametrize("period", [0.3, 3.0, 30.0, 86400.0, None])
def test_a_beat_may_come_late_once_without_harm(period: float | None) -> None:
    beat = ServiceManager("@x", period).beat_seconds
    assert 0 < beat <= 10
    assert period is None or beat <= period / 3


def test_an_address_of_another_kind_is_told_and_ignored(caplog: pytest.LogCaptureFixture) -> None:
    manager = ServiceManager.from_environment({"NOTIFY_SOCKET": "vsock:2:1234"})
    assert not manager.listens
    assert "vsock:2:1234" in caplog.text
