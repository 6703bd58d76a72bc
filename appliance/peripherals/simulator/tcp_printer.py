"""The simulated printer on a TCP port, as a network printer listens on port 9100.

`python -m appliance.peripherals.simulator.tcp_printer --port 9100 --dump var/paper` writes each
piece of paper as `0001.json` and each connection's bytes as `0001.bin`.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import click

from appliance.peripherals.simulator.printer import SimulatedPrinter
from appliance.peripherals.simulator.status import Switch

_LOOK_SECONDS: Final = 0.1
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER: closing sends a reset, as a printer that lost its power does to the next packet."""


class TcpPrinter:
    """Serves a simulated printer on a socket; one host at a time, the others wait in line.

    While the printer is unplugged every connection is reset. A full receive buffer stops the
    reading, so that the sender stalls, as with a real printer.

    Args:
        printer: what is behind the socket; a new one with all roles when left out.
        host: address to listen on.
        port: 0 takes a free one, told by `port`.
        dump: directory for the paper and the bytes, made when missing.
    """

    def __init__(
        self,
        printer: SimulatedPrinter | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        dump: Path | None = None,
    ) -> None:
        self.printer = printer or SimulatedPrinter(
            "tcp", ("ticket", "receipt", "report"), lambda: None
        )
        self._address = (host, port)
        self._dump = dump
        self._stopping = threading.Event()
        self._listener: socket.socket | None = None
        self._threads: list[threading.Thread] = []
        self._connections = 0

    @property
    def port(self) -> int:
        """The port it listens on; only while it is served."""
        if self._listener is None:
            raise RuntimeError("The TCP printer is not running: use it in a with statement.")
        return int(self._listener.getsockname()[1])

    @property
    def connection(self) -> str:
        """What to write as `connection` in the daemon's settings."""
        return f"tcp://{self._address[0]}:{self.port}"

    def __enter__(self) -> Self:
        """Listen.

        Raises:
            OSError: the port cannot be had.
        """
        if self._dump is not None:
            self._dump.mkdir(parents=True, exist_ok=True)
        self._stopping.clear()
        self._listener = socket.create_server(self._address)
        self._listener.settimeout(_LOOK_SECONDS)
        targets = [self._accept] if self._dump is None else [self._accept, self._dump_papers]
        self._threads = [
            threading.Thread(target=target, name=f"tcp-printer-{target.__name__}", daemon=True)
            for target in targets
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the port and all connections."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def wait(self) -> None:
        """Serve until the program is interrupted."""
        self._stopping.wait()

    def _accept(self) -> None:
        listener = self._listener
        while listener is not None and not self._stopping.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            with connection:
                self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        """Carry bytes both ways until one side ends the connection."""
        self._connections += 1
        over = threading.Event()
        answers = threading.Thread(
            target=self._carry_answers, args=(connection, over), name="tcp-printer-answers"
        )
        connection.settimeout(_LOOK_SECONDS)
        answers.start()
        try:
            self._carry_data(connection)
        except ConnectionError:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        finally:
            over.set()
            answers.join()
            self.printer.forget_connection()

    def _carry_data(self, connection: socket.socket) -> None:
        while not self._stopping.is_set():
            if self.printer.is_on(Switch.UNPLUGGED):
                raise ConnectionResetError("The printer is unplugged.")
            try:
                data = connection.recv(4096)
            except TimeoutError:
                continue
            if not data:
                return
            self._dump_bytes(data)
            while data and not self._stopping.is_set():
                data = data[self.printer.offer(data, _LOOK_SECONDS) :]

    def _carry_answers(self, connection: socket.socket, over: threading.Event) -> None:
        while not over.is_set():
            try:
                data = self.printer.read(256, _LOOK_SECONDS)
                if data:
                    connection.sendall(data)
            except OSError:
                return  # the other thread notices too, and ends the connection

    def _dump_bytes(self, data: bytes) -> None:
        if self._dump is not None:
            with (self._dump / f"{self._connections:04}.bin").open("ab") as file:
                file.write(data)

    def _dump_papers(self) -> None:
        written = 0
        while not self._stopping.is_set():
            if self.printer.wait_for_papers(written + 1, _LOOK_SECONDS):
                written = self._write_papers(written)
        self._write_papers(written)

    def _write_papers(self, written: int) -> int:
        """Write the pieces with a number above `written`; returns the last number."""
        for paper in self.printer.papers():
            number = paper["id"]
            if not (paper["complete"] and isinstance(number, int) and number > written):
                continue
            if self._dump is not None:
                text = json.dumps(paper, ensure_ascii=False, indent=1)
                (self._dump / f"{number:04}.json").write_text(text, encoding="utf-8")
            written = number
        return written


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=9100, show_default=True, type=click.IntRange(0, 65535))
@click.option("--dump", type=click.Path(file_okay=False, path_type=Path), help="Where paper goes.")
def main(host: str, port: int, dump: Path | None) -> None:
    """Be a receipt printer on a TCP port until interrupted."""
    try:
        with TcpPrinter(host=host, port=port, dump=dump) as served:
            click.echo(f"Printing what arrives at {served.connection}; stop with Ctrl+C.")
            served.wait()
    except KeyboardInterrupt:
        click.echo("Stopped.")
    except OSError as error:
        raise click.ClickException(f"Cannot listen on {host}:{port}: {error.strerror}.") from error


if __name__ == "__main__":
    main()
