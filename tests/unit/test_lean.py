"""What server, daemon and doctor keep out of their memory, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

_WHAT_IS_THERE = """
import sys
from appliance import lean
{leave_out}
import {program}
never = ("PIL", "cryptography", "redis", "requests", "websocket")
print(*(name for name in never if sys.modules.get(name)))
"""


@pytest.mark.parametrize(
    ("leave_out", "program", "stays"),
    [
        ("lean.server({})", "appliance.server.main", []),
        (
            "lean.server({'SOCKETIO_MESSAGE_QUEUE': 'redis://127.0.0.1'})",
            "appliance.server.main",
            ["redis"],
        ),
        (
            "lean.server({'SOCKETIO_MESSAGE_QUEUE_FILE': '/run/secrets/queue'})",
            "appliance.server.main",
            ["redis"],
        ),
        ("lean.daemon()", "appliance.peripherals.daemon", ["PIL", "websocket"]),
        ("lean.doctor()", "appliance.doctor.report", []),
    ],
)
def test_nothing_is_loaded_that_is_never_used(
    leave_out: str, program: str, stays: list[str]
) -> None:
    code = _WHAT_IS_THERE.format(leave_out=leave_out, program=program)
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == stays


def test_control_the_libraries_load_all_of_it() -> None:
    code = _WHAT_IS_THERE.format(leave_out="", program="appliance.server.main")
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["cryptography", "redis", "requests", "websocket"]
