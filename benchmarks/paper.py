"""From the kiosk's confirmation to the ticket's last byte at the printer, through the daemon."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from appliance.peripherals.simulator.printer import SimulatedPrinter
from appliance.peripherals.simulator.tcp_printer import TcpPrinter

from .child import rss_kb, wait_until
from .figures import Results, percentile
from .fill import fill
from .lab import Lab, Shop
from .screens import connect_kiosk

_BUSY_EVENING: Final = 12
_APART: Final = (0.05, 0.15)
_PATIENCE: Final = 10.0
_SETTINGS: Final = """
name = "pi"
[server]
url = "{url}"
token_file = "{token_file}"
[[printer]]
name = "lobby"
roles = ["ticket", "receipt", "report"]
connection = "{connection}"
profile = "TM-T20II"
# Watching the paper come out begins after the last byte: it is not what is measured.
speed_mm_per_s = 100000
[[room]]
number = "1"
button_pin = 17
lamp_pin = 27
[[room]]
number = "2"
button_pin = 22
lamp_pin = 23
"""


class Stopwatch(SimulatedPrinter):
    """A printer that knows when the bytes that completed a paper arrived."""

    def __init__(self) -> None:
        super().__init__("lobby", ("ticket", "receipt", "report"), lambda: None)
        self._done = 0
        self.arrived_at = 0.0
        self.complete = threading.Event()

    def offer(self, data: bytes, timeout: float) -> int:
        """Take bytes, as a printer does; the time is taken before they are looked at."""
        now = time.monotonic()
        taken = super().offer(data, timeout)
        if self.wait_for_papers(self._done + 1, 0):
            self._done += 1
            self.arrived_at = now
            self.complete.set()
        return taken


def paper(lab: Lab) -> Results:
    """Print tickets one by one, as a customer at a kiosk does."""
    watch = Stopwatch()
    with (
        lab.shop() as shop,
        lab.server(shop) as server,
        TcpPrinter(watch) as printer,
        _daemon(lab, shop, server.base_url, printer.connection) as daemon,
    ):
        fill(lab, shop, waiting=_BUSY_EVENING)
        kiosk = connect_kiosk(shop, server.base_url)
        try:
            wait_until(lambda: printer_online(lab, shop), _PATIENCE, "the printer is online")
            _ticket(lab, shop, kiosk, watch)  # The first loads fonts and code.
            delays = [_ticket(lab, shop, kiosk, watch) for _ in range(lab.sizes.tickets)]
        finally:
            kiosk.disconnect()
        rss = rss_kb(daemon.pid) / 1024
    print(f"    max {max(delays):.0f} ms")
    return {
        "confirm_to_paper_ms_p50": percentile(delays, 0.5),
        "confirm_to_paper_ms_p99": percentile(delays, 0.99),
        "peripherals_rss_mb": rss,
    }


def _ticket(lab: Lab, shop: Shop, kiosk: Any, watch: Stopwatch) -> float:
    """Milliseconds from the confirmation of one customer to their ticket."""
    time.sleep(random.uniform(*_APART))
    started = _ok(kiosk.call("customer_start", {"request_id": uuid.uuid4().hex}))
    transaction = {"transaction_id": started["transaction"]["id"]}
    _ok(
        kiosk.call(
            "customer_add_item",
            {
                **transaction,
                "service_classification_id": shop.spa.swedish_60,
                "request_id": uuid.uuid4().hex,
            },
        )
    )
    watch.complete.clear()
    sent = time.monotonic()
    answer = kiosk.call(
        "customer_confirm_selection", {**transaction, "request_id": uuid.uuid4().hex}
    )
    _ok(answer)
    if not watch.complete.wait(_PATIENCE):
        raise RuntimeError("a ticket was not printed")
    _send_home(lab, shop, started["transaction"]["id"])
    return (watch.arrived_at - sent) * 1000


def _ok(answer: dict[str, Any]) -> dict[str, Any]:
    if not answer["ok"]:
        raise RuntimeError(f"the kiosk was refused: {answer}")
    return answer


def _send_home(lab: Lab, shop: Shop, transaction_id: int) -> None:
    # The queue stays as long as it was, and no daemon prints a ticket that it has printed.
    def printed() -> bool:
        with lab.sql(shop) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM print_jobs WHERE state <> 'printed'")
            row = cursor.fetchone()
        return bool(row == (0,))

    wait_until(printed, _PATIENCE, "the ticket is reported as printed")
    with lab.sql(shop) as connection, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE transactions SET status = 'cancelled', open_code = NULL WHERE id = %s",
            (transaction_id,),
        )


def printer_online(lab: Lab, shop: Shop) -> bool:
    """Whether the daemon has told the server that its printer answers."""
    with lab.sql(shop) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM printers WHERE online")
        row = cursor.fetchone()
    return bool(row == (1,))


def daemon_settings(lab: Lab, shop: Shop, url: str, printer: str) -> Path:
    """Write what a daemon with one printer and two rooms is started with.

    Args:
        lab: Where.
        shop: Whose daemon.
        url: The server's.
        printer: Its connection.
    """
    token_file = lab.folder / "peripherals.token"
    token_file.write_text(shop.spa.device_tokens["pi"])
    settings = lab.folder / "peripherals.toml"
    settings.write_text(_SETTINGS.format(url=url, token_file=token_file, connection=printer))
    return settings


@contextlib.contextmanager
def _daemon(lab: Lab, shop: Shop, url: str, printer: str) -> Iterator[subprocess.Popen[bytes]]:
    """A real `appliance peripherals`; its pins are gpiozero's mock pins."""
    settings = daemon_settings(lab, shop, url, printer)
    with Path(lab.folder / "peripherals.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *lab.peripherals, "--config", str(settings)],
            env={**os.environ, "GPIOZERO_PIN_FACTORY": "mock"},
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)
