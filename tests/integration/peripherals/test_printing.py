from __future__ import annotations

from typing import Any

import pytest

from appliance.peripherals.printing import printers
from appliance.peripherals.printing.delivery import Outcome
from appliance.peripherals.printing.documents import parse_job
from appliance.peripherals.printing.render import render
from appliance.peripherals.printing.transports.tcp import TcpTransport
from appliance.protocol import PrintJob
from tests.integration.peripherals.conftest import StartDaemon, printer_entry
from tests.support.documents import ITEMS, receipt_job, ticket_job
from tests.support.escpos_parser import parse
from tests.support.fake_printer import FakePrinter
from tests.support.fake_server import FakeServer

CUT = b"\x1dV\x00"


def test_the_daemon_introduces_itself_and_its_printers_state(
    server: FakeServer, printer: FakePrinter, start_daemon: StartDaemon
) -> None:
    start_daemon(printer_entry(printer, roles='"ticket", "receipt"'))
    assert server.wait("device_hello") == {
        "name": "lobby-pi",
        "printers": [
            {
                "name": "lobby",
                "roles": ["ticket", "receipt"],
                "fallback_roles": [],
                "cash_drawer": False,
            }
        ],
        "rooms": [],
        "leases": [],
    }
    assert server.wait("printer_status") == {
        "printer": "lobby",
        "online": True,
        "paper": "ok",
        "cover_open": False,
        "error": None,
    }
    assert server.wait("print_lease") == {"printer": "lobby", "roles": ["ticket", "receipt"]}


def test_a_ticket_is_printed_once_and_reported_done(
    server: FakeServer, printer: FakePrinter, start_daemon: StartDaemon
) -> None:
    start_daemon(printer_entry(printer))
    server.wait("print_lease")
    server.add_job(ticket_job(7))
    assert server.wait("print_done") == {"id": 7, "lease": "lease-7"}
    assert printer.paper == render(parse_job(ticket_job(7)), "TM-T20II")
    assert "0042" in parse(printer.paper).text
    server.wait("print_lease", count=len(server.said("print_lease")))
    assert server.said("print_failed") == []


def test_a_report_that_the_server_cannot_take_now_is_made_again(
    server: FakeServer, printer: FakePrinter, start_daemon: StartDaemon
) -> None:
    server.jobs = [ticket_job(7), ticket_job(8)]
    answers = iter([{"ok": False, "code": "unavailable", "error": "The database is away."}])
    server.answers["print_done"] = lambda _: next(answers, {"ok": True})
    start_daemon(printer_entry(printer))
    server.wait("print_done", count=3)
    assert [done["id"] for done in server.said("print_done")] == [7, 7, 8]
    assert parse(printer.paper).text.count("0042") == 2


def test_jobs_that_wait_come_out_in_order_at_start(
    server: FakeServer, printer: FakePrinter, start_daemon: StartDaemon
) -> None:
    server.jobs = [ticket_job(number, code=f"{number:04}") for number in range(1, 4)]
    start_daemon(printer_entry(printer))
    server.wait("print_done", count=3)
    assert [done["id"] for done in server.said("print_done")] == [1, 2, 3]
    at = [printer.paper.index(f"{number:04}".encode()) for number in range(1, 4)]
    assert at == sorted(at)


def test_a_daemon_that_comes_back_says_what_it_still_prints(
    server: FakeServer, printer: FakePrinter, start_daemon: StartDaemon
) -> None:
    printer.stalled_by_paper = True
    server.jobs = [ticket_job(1)]
    start_daemon(printer_entry(printer))
    assert printer.wait_for_paper(CUT)
    server.drop()
    assert server.wait("device_hello", count=2)["leases"] == ["lease-1"]
    printer.stalled_by_paper = printer.stalled = False
    server.wait("print_lease", count=2)  # It has heard the answer to its report.
    server.drop()
    assert server.wait("device_hello", count=3)["leases"] == []
    assert printer.paper.count(CUT) == 1


def test_each_printer_takes_only_its_roles(
    server: FakeServer, printer: FakePrinter, start_daemon: StartDaemon
) -> None:
    with FakePrinter() as desk:
        start_daemon(printer_entry(printer) + printer_entry(desk, name="desk", roles='"receipt"'))
        server.wait("print_lease", where=lambda body: body["printer"] == "lobby")
        server.wait("print_lease", where=lambda body: body["printer"] == "desk")
        server.add_job(receipt_job(1))
        server.wait("print_done", where=lambda body: body["id"] == 1)
        server.add_job(ticket_job(2))
        server.wait("print_done", where=lambda body: body["id"] == 2)
        assert b"Receipt" in desk.paper
        assert b"Your number" in printer.paper
        assert desk.paper.count(CUT) == printer.paper.count(CUT) == 1


def test_a_printer_without_paper_is_reported_and_gets_no_job_until_it_has_some(
    server: FakeServer, printer: FakePrinter, start_daemon: StartDaemon
) -> None:
    printer.paper_out = True
    server.jobs = [ticket_job(1), ticket_job(2)]
    start_daemon(printer_entry(printer))
    assert server.wait("printer_status")["paper"] == "out"
    server.push("print_ready", {"role": "ticket"})
    # It has been looked at again and still nothing was leased to it.
    assert printer.wait_for_connections(printer.connections + 1)
    assert server.leased == []
    printer.paper_out = False
    assert server.wait("printer_status", count=2)["paper"] == "ok"
    server.wait("print_done", count=2)
    assert printer.paper.count(CUT) == 2


def test_a_printer_that_is_away_is_reported_and_prints_when_it_is_back(
    server: FakeServer, printer: FakePrinter, start_daemon: StartDaemon
) -> None:
    printer.refusing.set()
    server.jobs = [ticket_job(1)]
    start_daemon(printer_entry(printer))
    status = server.wait("printer_status")
    assert status["online"] is False
    assert status["error"]
    printer.refusing.clear()
    server.wait("print_done")
    assert printer.paper.count(CUT) == 1


def test_paper_that_ends_in_the_middle_is_reported_as_maybe_printed(
    server: FakeServer, printer: FakePrinter, start_daemon: StartDaemon
) -> None:
    printer.paper_out_after = 200
    server.jobs = [ticket_job(1)]
    start_daemon(printer_entry(printer))
    failed = server.wait("print_failed")
    assert (failed["id"], failed["lease"], failed["maybe_printed"]) == (1, "lease-1", True)
    assert "out of paper" in failed["reason"]
    server.wait("printer_status", where=lambda body: body["paper"] == "out")
    assert server.said("print_done") == []


def test_a_lease_that_is_delivered_twice_is_printed_once_and_reported_twice(
    server: FakeServer, printer: FakePrinter, start_daemon: StartDaemon
) -> None:
    server.jobs = [ticket_job(1), ticket_job(1), ticket_job(2)]
    start_daemon(printer_entry(printer))
    server.wait("print_done", where=lambda body: body["id"] == 2)
    assert [done["id"] for done in server.said("print_done")] == [1, 1, 2]
    assert printer.paper.count(CUT) == 2


def test_a_report_that_the_server_did_not_get_is_made_again(
    server: FakeServer, printer: FakePrinter, start_daemon: StartDaemon
) -> None:
    """The server goes away between paper and report, and comes back."""
    lost: list[int] = []

    def lose_the_first(body: dict[str, object]) -> dict[str, object]:
        if not lost:
            lost.append(1)
            server.drop()
        return {"ok": True}

    server.answers["print_done"] = lose_the_first
    server.jobs = [ticket_job(1)]
    start_daemon(printer_entry(printer))
    server.wait("print_done", count=2)
    assert server.said("print_done")[1] == {"id": 1, "lease": "lease-1"}
    assert printer.paper.count(CUT) == 1
    assert len(server.said("device_hello")) == 2
    server.wait("printer_status", count=2)


def test_a_job_that_cannot_be_read_is_refused_and_the_next_is_printed(
    server: FakeServer, printer: FakePrinter, start_daemon: StartDaemon
) -> None:
    server.jobs = [ticket_job(1, total_amount="much"), ticket_job(2)]
    start_daemon(printer_entry(printer))
    failed = server.wait("print_failed")
    assert (failed["id"], failed["maybe_printed"]) == (1, False)
    assert failed["reason"] == "the job cannot be read: an amount is not a number"
    assert failed["put_off"] is True
    server.wait("print_done", where=lambda body: body["id"] == 2)


def test_whatever_goes_wrong_with_one_paper_is_told_and_the_next_is_printed(
    server: FakeServer,
    printer: FakePrinter,
    start_daemon: StartDaemon,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once an unknown character raised KeyError: never printed, never told, leased for ever."""

    def breaks_at_7(job: PrintJob, *arguments: Any, **options: Any) -> bytes:
        if job["id"] == 7:
            raise KeyError("a fault of ours")
        return render(job, *arguments, **options)

    monkeypatch.setattr(printers, "render", breaks_at_7)
    server.jobs = [ticket_job(7), ticket_job(8)]
    start_daemon(printer_entry(printer))
    assert server.wait("print_failed") == {
        "id": 7,
        "lease": "lease-7",
        "reason": "can't be printed – write it by hand",
        "maybe_printed": False,
        "put_off": True,
    }
    server.wait("print_done", where=lambda body: body["id"] == 8)
    assert printer.paper.count(CUT) == 1


def test_a_transport_that_breaks_its_promise_is_told_too(
    server: FakeServer,
    printer: FakePrinter,
    start_daemon: StartDaemon,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    jobs = iter([True])

    def breaks_once(self: TcpTransport, data: bytes, notice: Any = None) -> Outcome:
        if next(jobs, False):
            raise AssertionError("a fault of ours")
        return whole(self, data, notice)

    whole = TcpTransport.print
    monkeypatch.setattr(TcpTransport, "print", breaks_once)
    server.jobs = [ticket_job(7), ticket_job(8)]
    start_daemon(printer_entry(printer))
    failed = server.wait("print_failed")
    assert (failed["id"], failed["maybe_printed"]) == (7, True)
    server.wait("print_done", where=lambda body: body["id"] == 8)


def test_a_paper_that_takes_longer_than_a_lease_asks_for_time_first(
    server: FakeServer, printer: FakePrinter, start_daemon: StartDaemon
) -> None:
    """58 kB of pictures on a line of 9600 baud: 62 s, and a lease has 60."""
    items = [{**ITEMS[0], "service_name": f"莲花水疗 {n}"} for n in range(60)]
    job = ticket_job(1, items=items)
    size = len(render(parse_job(job), "TM-T20II"))
    assert size > 58_000
    server.jobs = [job, ticket_job(2)]
    start_daemon(printer_entry(printer))
    server.wait("print_done", count=2)
    (asked,) = server.said("print_extend")
    assert (asked["id"], asked["lease"]) == (1, "lease-1")
    assert asked["seconds"] > size / 960


def test_a_copy_is_marked_on_paper(
    server: FakeServer, printer: FakePrinter, start_daemon: StartDaemon
) -> None:
    server.jobs = [ticket_job(1, copy=True)]
    start_daemon(printer_entry(printer))
    server.wait("print_done")
    assert parse(printer.paper).lines[0].text.strip() == "COPY"


def test_the_drawer_opens_while_there_is_no_paper_and_not_again_when_there_is(
    server: FakeServer, printer: FakePrinter, start_daemon: StartDaemon
) -> None:
    printer.paper_out = True
    start_daemon(printer_entry(printer) + "cash_drawer = true\ncash_drawer_pin = 5\n")
    server.wait("printer_status", where=lambda body: body["paper"] == "out")
    server.owe_pulse()
    assert printer.wait_for_kicks(1)
    server.owe_pulse()
    assert printer.wait_for_kicks(2)
    printer.paper_out = False
    server.add_job(ticket_job(7))
    server.wait("print_done")
    assert printer.kicks == [5, 5]
    assert b"\x1bp" not in printer.paper
