"""The simulated printer on a real socket."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.peripherals.simulator.status import Switch
from appliance.peripherals.simulator.tcp_printer import TcpPrinter

CUT = b"\x1dV\x00"
LONG = 240.0


@pytest.fixture
def served() -> Iterator[TcpPrinter]:
    with TcpPrinter() as served:
        yield served


def connect(served: TcpPrinter) -> socket.socket:
    return socket.create_connection(("127.0.0.1", served.port), timeout=LONG)


def test_a_job_comes_out(served: TcpPrinter) -> None:
    with connect(served) as host:
        host.sendall(b"0042\n" + CUT)
    assert served.printer.wait_for_papers(1, LONG)


def test_it_answers(served: TcpPrinter) -> None:
    with connect(served) as host:
        host.sendall(b"\x10\x04\x01")
        assert host.recv(1) == b"\x16"


def test_its_address_is_one_for_the_settings(served: TcpPrinter) -> None:
    assert served.connection == f"tcp://127.0.0.1:{served.port}"


def test_hosts_come_one_after_the_other(served: TcpPrinter) -> None:
    first, second = connect(served), connect(served)
    second.sendall(b"\x10\x04\x04")
    with first:
        first.sendall(b"\x10\x04\x01")
        assert first.recv(1) == b"\x16"
    with second:
        assert second.recv(1) == b"\x12"


def test_a_job_broken_off_does_not_swallow_the_next(served: TcpPrinter) -> None:
    with connect(served) as host:
        host.sendall(b"\x10\x04\x01\x1dv0\x00\x48\x00\xff\x00half a picture")
        assert host.recv(1) == b"\x16"
    with connect(served) as host:
        host.sendall(b"\x10\x04\x04")
        assert host.recv(1) == b"\x12"


def test_unplugging_breaks_the_connection(served: TcpPrinter) -> None:
    with connect(served) as host:
        host.sendall(b"\x10\x04\x01")
        assert host.recv(1) == b"\x16"
        served.printer.switch(Switch.UNPLUGGED, on=True)
        with pytest.raises(ConnectionResetError):
            host.recv(1)


def test_a_stalled_printer_goes_on_when_it_is_ready(served: TcpPrinter) -> None:
    served.printer.switch(Switch.PAPER_OUT, on=True)
    with connect(served) as host:
        host.sendall(b"x\n" * 4000 + CUT)
        assert not served.printer.wait_for_papers(1, 0)
        served.printer.switch(Switch.PAPER_OUT, on=False)
        assert served.printer.wait_for_papers(1, LONG)


def test_the_port_exists_only_while_it_is_served() -> None:
    served = TcpPrinter()
    with pytest.raises(RuntimeError, match="not running"):
        _ = served.port
    with served:
        port = served.port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=LONG)


def test_as_a_program(tmp_path: Path) -> None:
    arguments = ["--port", "0", "--dump", str(tmp_path)]
    module = "appliance.peripherals.simulator.tcp_printer"
    with subprocess.Popen(
        [sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, text=True
    ) as program:
        try:
            assert program.stdout is not None
            found = re.search(r"tcp://127\.0\.0\.1:(\d+)", program.stdout.readline())
            assert found is not None
            with socket.create_connection(("127.0.0.1", int(found[1])), timeout=LONG) as host:
                # The second answer says that the first ticket and its dump's trigger are through.
                host.sendall(b"0042\n" + CUT + b"\x1dr\x01")
                assert host.recv(1) == b"\x00"
        finally:
            os.kill(program.pid, signal.SIGINT)
        assert "Stopped." in program.stdout.read()
        assert program.wait(LONG) == 0
    assert (tmp_path / "0001.bin").read_bytes() == b"0042\n" + CUT + b"\x1dr\x01"
    [paper] = [json.loads(file.read_text()) for file in tmp_path.glob("*.json")]
    assert paper["elements"][0]["spans"][0]["text"] == "0042"


def test_a_taken_port_is_told_in_a_sentence(served: TcpPrinter) -> None:
    module = "appliance.peripherals.simulator.tcp_printer"
    result = subprocess.run(
        [sys.executable, "-m", module, "--port", str(served.port)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert result.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{served.port}" in result.stderr
