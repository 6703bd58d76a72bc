"""Paper that is owed: leased, printed, and marked COPY where it may be out already."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from appliance.protocol import Paper, PrintRole
from appliance.server.domain.errors import InvalidState, NotFound, ValidationFailed
from appliance.server.domain.papers import ATTEMPTS_IN_ORDER, LEASE_TIME, TRIES_IN_DOUBT
from appliance.server.domain.printers import FALLBACK_AFTER
from appliance.server.domain.states import Actor, Role
from appliance.server.store import papers as outbox
from appliance.server.store import queries
from appliance.server.store.invariants import violations
from appliance.server.store.models import Device, Printer, PrintJob
from appliance.server.store.unit_of_work import Changes
from appliance.server.usecases import daemons, papers
from appliance.server.wire import serialize
from appliance.server.wire.answers import body
from tests.support.spa import Clock, Spa
from tests.support.visits import Visits

TICKET, RECEIPT, REPORT = PrintRole.TICKET, PrintRole.RECEIPT, PrintRole.REPORT


class Daemon:
    """What a peripherals daemon does with the outbox."""

    def __init__(self, visits: Visits) -> None:
        self._run = visits.store.run

    def lease(self, *roles: PrintRole, printer: str = "lobby") -> PrintJob | None:
        return self._run(lambda u: papers.lease(u, printer, list(roles or PrintRole)))

    def must_lease(self, *roles: PrintRole) -> PrintJob:
        job = self.lease(*roles)
        assert job is not None
        return job

    def handed(self, *roles: PrintRole) -> dict[str, Any]:
        """A job as a daemon that knows no drawer pulses gets it."""
        handed = self._run(lambda u: papers.hand_out(u, "lobby", list(roles)))
        assert handed is not None
        return body(serialize.leased_job(*handed))

    def done(self, job: PrintJob, lease: str | None = None) -> PrintJob:
        return self._run(lambda u: papers.done(u, job.id, lease or job.lease or ""))

    def failed(
        self,
        job: PrintJob,
        *,
        maybe: bool,
        reason: str = "out of paper",
        put_off: bool = False,
    ) -> PrintJob:
        return self._run(
            lambda u: papers.failed(
                u, job.id, job.lease or "", reason, maybe=maybe, put_off=put_off
            )
        )

    def let_leases_run_out(self) -> int:
        return self._run(outbox.return_expired)


@pytest.fixture
def daemon(visits: Visits) -> Daemon:
    return Daemon(visits)


def expire(clock: Clock) -> None:
    clock.advance(seconds=LEASE_TIME.total_seconds() + 1)


# --- leasing ----------------------------------------------------------------------------------


def test_nothing_owed_is_a_normal_answer(daemon: Daemon) -> None:
    assert daemon.lease() is None


def test_papers_come_in_the_order_in_which_they_are_owed(visits: Visits, daemon: Daemon) -> None:
    owed = [visits.jobs(visits.waiting())[0].id for _ in range(3)]
    assert [daemon.must_lease().id for _ in range(3)] == owed
    assert daemon.lease() is None


def test_a_printer_gets_what_it_is_for(visits: Visits, daemon: Daemon) -> None:
    visits.paid()
    assert daemon.lease(REPORT) is None
    assert daemon.must_lease(RECEIPT).kind is RECEIPT
    assert daemon.lease(RECEIPT) is None
    assert daemon.must_lease(TICKET).kind is TICKET


def test_a_printer_for_both_gets_the_older_first(visits: Visits, daemon: Daemon) -> None:
    paid = visits.paid()
    visits.waiting()
    kinds = [daemon.must_lease(RECEIPT, TICKET).kind for _ in range(3)]
    assert kinds == [TICKET, RECEIPT, TICKET]
    assert visits.jobs(paid)[0].kind is TICKET


def test_a_printer_for_nothing_gets_nothing(visits: Visits) -> None:
    visits.waiting()
    assert visits.store.run(lambda u: papers.lease(u, "lobby", [])) is None


def test_a_leased_paper_is_not_leased_again(visits: Visits, daemon: Daemon) -> None:
    visits.waiting()
    job = daemon.must_lease()
    assert (job.state, job.printer, job.attempts) == ("leased", "lobby", 1)
    assert daemon.lease() is None


def test_two_printers_at_once_get_two_papers(visits: Visits, daemon: Daemon) -> None:
    first, second = (visits.jobs(visits.waiting())[0].id for _ in range(2))

    def both(unit) -> tuple[int, int]:
        mine = outbox.lease(unit, "lobby", [TICKET])
        unit.session.flush()
        other = daemon.must_lease(TICKET)  # while the first is not committed yet
        assert mine is not None
        return mine.id, other.id

    assert visits.store.run(both) == (first, second)


def test_every_lease_is_a_new_one(visits: Visits, daemon: Daemon) -> None:
    visits.waiting()
    first = daemon.must_lease()
    daemon.failed(first, maybe=False)
    assert daemon.must_lease().lease != first.lease


# --- done -------------------------------------------------------------------------------------


def test_a_printed_paper_is_not_printed_again(visits: Visits, daemon: Daemon) -> None:
    visits.waiting()
    job = daemon.done(daemon.must_lease())
    assert job.state == "printed"
    assert job.printed_at is not None
    assert daemon.lease() is None


def test_done_said_twice_is_done_once(visits: Visits, daemon: Daemon) -> None:
    visits.waiting()
    job = daemon.must_lease()
    first = daemon.done(job).printed_at
    assert daemon.done(job).printed_at == first


def test_done_with_a_foreign_lease_is_refused(visits: Visits, daemon: Daemon) -> None:
    visits.waiting()
    job = daemon.must_lease()
    with pytest.raises(InvalidState, match="another printer"):
        daemon.done(job, lease="0" * 32)
    assert visits.jobs()[0].state == "leased"


def test_a_paper_that_was_never_leased_is_not_done(visits: Visits, daemon: Daemon) -> None:
    (job,) = visits.jobs(visits.waiting())
    with pytest.raises(InvalidState):
        daemon.done(job, lease="")


def test_a_paper_that_never_was_is_not_found(visits: Visits) -> None:
    with pytest.raises(NotFound):
        visits.store.run(lambda u: papers.done(u, 10**9, "x"))


# --- failed -----------------------------------------------------------------------------------


def test_a_failed_paper_waits_in_its_old_place(visits: Visits, daemon: Daemon) -> None:
    visits.waiting()
    visits.waiting()
    first = daemon.must_lease()
    daemon.failed(first, maybe=False, reason="the cover is open")
    assert visits.jobs()[0].error == "the cover is open"
    assert daemon.must_lease().id == first.id


@pytest.mark.parametrize("maybe", [True, False])
def test_a_failed_paper_is_a_copy_only_if_it_may_be_out(
    visits: Visits, daemon: Daemon, maybe: bool
) -> None:
    visits.waiting()
    daemon.failed(daemon.must_lease(), maybe=maybe)
    assert daemon.must_lease().maybe_printed is maybe


def test_once_maybe_out_always_a_copy(visits: Visits, daemon: Daemon) -> None:
    visits.waiting()
    daemon.failed(daemon.must_lease(), maybe=True)
    daemon.failed(daemon.must_lease(), maybe=False)
    assert daemon.must_lease().maybe_printed


def test_a_failure_after_done_changes_nothing(visits: Visits, daemon: Daemon) -> None:
    visits.waiting()
    job = daemon.must_lease()
    daemon.done(job)
    assert daemon.failed(job, maybe=True).state == "printed"
    assert daemon.lease() is None


def test_a_very_long_reason_is_cut(visits: Visits, daemon: Daemon) -> None:
    visits.waiting()
    daemon.failed(daemon.must_lease(), maybe=False, reason="x" * 1000)
    assert visits.jobs()[0].error == "x" * 200


def test_paper_comes_out_in_order_when_the_printer_is_back(visits: Visits, daemon: Daemon) -> None:
    owed = [visits.jobs(visits.waiting())[0].id for _ in range(3)]
    for _ in range(4):
        daemon.failed(daemon.must_lease(), maybe=False)
    printed = [daemon.done(daemon.must_lease()).id for _ in range(3)]
    assert printed == owed


def fail_until_put_off(daemon: Daemon) -> PrintJob:
    """Let the oldest paper fail as often as is tolerated."""
    for _ in range(ATTEMPTS_IN_ORDER):
        job = daemon.must_lease()
        daemon.failed(job, maybe=False)
    return job


def test_a_paper_that_fails_again_and_again_lets_the_next_one_pass(
    visits: Visits, daemon: Daemon
) -> None:
    visits.waiting()
    (second,) = visits.jobs(visits.waiting())
    fail_until_put_off(daemon)
    assert daemon.must_lease().id == second.id
    assert daemon.lease() is None


def test_a_paper_that_fails_for_its_own_sake_lets_the_next_one_pass_at_once(
    visits: Visits, daemon: Daemon, spa: Spa
) -> None:
    first, second = (visits.jobs(visits.waiting())[0] for _ in range(2))
    daemon.failed(daemon.must_lease(), maybe=False, reason="cannot be drawn", put_off=True)
    assert daemon.must_lease().id == second.id
    # It waits, so that somebody can do something about it.
    assert visits.jobs()[0].state == "waiting"
    dropped = visits.store.run(lambda unit: papers.drop(unit, spa.eva, first.id, "written by hand"))
    assert dropped.state == "dropped"


def test_a_paper_that_was_put_off_is_tried_again_later(
    visits: Visits, daemon: Daemon, clock: Clock
) -> None:
    visits.waiting()
    put_off = fail_until_put_off(daemon)
    assert daemon.lease() is None
    expire(clock)
    assert daemon.done(daemon.must_lease()).id == put_off.id


def test_a_paper_that_was_put_off_is_no_copy_for_it(
    visits: Visits, daemon: Daemon, clock: Clock
) -> None:
    visits.waiting()
    fail_until_put_off(daemon)
    expire(clock)
    daemon.let_leases_run_out()
    assert not daemon.must_lease().maybe_printed


# --- copies that nobody has asked for ---------------------------------------------------------


def doubt(daemon: Daemon, times: int) -> PrintJob:
    """Let the oldest paper end in doubt, again and again."""
    for _ in range(times):
        job = daemon.must_lease()
        daemon.failed(job, maybe=True, reason="does not take its data")
    return job


def test_a_paper_in_doubt_comes_three_times_and_then_somebody_is_asked(
    visits: Visits, daemon: Daemon, clock: Clock
) -> None:
    """A clone that printed and never said so made one COPY a minute without end."""
    first, second = (visits.jobs(visits.waiting())[0] for _ in range(2))
    doubt(daemon, TRIES_IN_DOUBT)
    assert daemon.must_lease().id == second.id
    for _ in range(10):
        expire(clock)
        assert (job := daemon.lease()) is None or job.id != first.id
    held = body(serialize.job(visits.jobs()[0]))
    assert held["state"] == "held"
    assert held["question"] == "may already be printed – print again or cancel?"
    shown = visits.store.look(lambda unit: queries.devices(unit.session))
    assert first.id in [job.id for job in shown.jobs]


def test_a_held_paper_is_printed_again_moved_or_dropped(
    visits: Visits, daemon: Daemon, spa: Spa
) -> None:
    (paper,) = visits.jobs(visits.waiting())
    doubt(daemon, TRIES_IN_DOUBT)
    again = visits.store.run(lambda unit: papers.reprint(unit, spa.eva, paper.id))
    assert (again.id, again.state, again.maybe_printed) == (paper.id, "waiting", True)
    doubt(daemon, TRIES_IN_DOUBT)
    assert daemon.lease() is None
    dropped = visits.store.run(lambda unit: papers.drop(unit, spa.eva, paper.id, "it is there"))
    assert dropped.state == "dropped"


def test_leases_that_run_out_again_and_again_are_bounded_too(
    visits: Visits, daemon: Daemon, clock: Clock
) -> None:
    visits.waiting()
    for _ in range(TRIES_IN_DOUBT):
        daemon.must_lease()
        expire(clock)
        daemon.let_leases_run_out()
    assert daemon.lease() is None
    assert visits.jobs()[0].state == "held"


def test_a_late_done_ends_the_doubt(visits: Visits, daemon: Daemon) -> None:
    visits.waiting()
    job = doubt(daemon, TRIES_IN_DOUBT)
    assert daemon.done(job).state == "printed"


def test_without_doubt_nobody_is_asked(visits: Visits, daemon: Daemon, clock: Clock) -> None:
    """The control: a printer without paper is tried for as long as it takes."""
    visits.waiting()
    for _ in range(4 * TRIES_IN_DOUBT):
        daemon.failed(daemon.must_lease(), maybe=False)
        expire(clock)
    assert daemon.must_lease().state == "leased"


def test_a_slow_printer_keeps_its_paper(visits: Visits, daemon: Daemon, clock: Clock) -> None:
    visits.waiting()
    job = daemon.must_lease()
    visits.store.run(lambda unit: papers.extend(unit, job.id, job.lease or "", 130))
    clock.advance(seconds=125)
    assert daemon.let_leases_run_out() == 0
    assert not daemon.done(job).maybe_printed


# --- leases that run out ----------------------------------------------------------------------


def test_a_lease_that_has_not_run_out_stays(visits: Visits, daemon: Daemon, clock: Clock) -> None:
    visits.waiting()
    daemon.must_lease()
    clock.advance(seconds=LEASE_TIME.total_seconds() - 1)
    assert daemon.let_leases_run_out() == 0
    assert daemon.lease() is None


def test_a_lease_that_runs_out_goes_back_as_a_copy(
    visits: Visits, daemon: Daemon, clock: Clock
) -> None:
    visits.waiting()
    first = daemon.must_lease()
    expire(clock)
    assert daemon.let_leases_run_out() == 1
    again = daemon.must_lease()
    assert (again.id, again.maybe_printed, again.attempts) == (first.id, True, 2)


def test_a_late_done_counts_while_nobody_else_has_the_paper(
    visits: Visits, daemon: Daemon, clock: Clock
) -> None:
    visits.waiting()
    job = daemon.must_lease()
    expire(clock)
    daemon.let_leases_run_out()
    assert daemon.done(job).state == "printed"
    assert daemon.lease() is None


def test_a_late_done_is_refused_once_somebody_else_has_the_paper(
    visits: Visits, daemon: Daemon, clock: Clock
) -> None:
    visits.waiting()
    late = daemon.must_lease()
    expire(clock)
    daemon.let_leases_run_out()
    current = daemon.must_lease()
    with pytest.raises(InvalidState):
        daemon.done(late)
    with pytest.raises(InvalidState):
        daemon.failed(late, maybe=True)
    assert daemon.done(current).state == "printed"


def test_a_late_failure_leaves_the_paper_waiting(
    visits: Visits, daemon: Daemon, clock: Clock
) -> None:
    visits.waiting()
    job = daemon.must_lease()
    expire(clock)
    daemon.let_leases_run_out()
    assert daemon.failed(job, maybe=False).state == "waiting"
    assert daemon.must_lease().maybe_printed


def test_printed_papers_do_not_run_out(visits: Visits, daemon: Daemon, clock: Clock) -> None:
    visits.waiting()
    daemon.done(daemon.must_lease())
    expire(clock)
    assert daemon.let_leases_run_out() == 0


def test_printers_hear_that_a_paper_is_back(visits: Visits, daemon: Daemon, clock: Clock) -> None:
    visits.waiting()
    daemon.must_lease()
    expire(clock)
    told: list[Changes] = []
    visits.store.on_commit = told.append
    daemon.let_leases_run_out()
    assert TICKET in told[0].print_roles


def test_a_paper_that_is_owed_is_told_to_its_printers(visits: Visits) -> None:
    told: list[Changes] = []
    visits.store.on_commit = told.append
    visits.waiting()
    assert told[-1].print_roles == {TICKET}


# --- what the daemon is given -----------------------------------------------------------------


def test_the_daemon_gets_what_the_protocol_says(visits: Visits, daemon: Daemon) -> None:
    visits.waiting()
    job = body(serialize.leased_job(daemon.must_lease()))
    assert set(job) == {"id", "kind", "lease", "copy", "document"}
    assert (job["kind"], job["copy"]) == ("ticket", False)
    assert job["document"]["code"] == "0001"


def test_a_first_cash_receipt_opens_the_drawer(visits: Visits, daemon: Daemon) -> None:
    visits.paid()
    assert daemon.handed(RECEIPT)["document"]["open_drawer"] is True


def test_a_copy_never_opens_the_drawer(visits: Visits, daemon: Daemon) -> None:
    visits.paid()
    daemon.failed(daemon.must_lease(RECEIPT), maybe=True)
    job = daemon.handed(RECEIPT)
    assert job["copy"] is True
    assert job["document"]["open_drawer"] is False


# --- printers ---------------------------------------------------------------------------------


def introduce(visits: Visits, who: Actor, *printers: tuple[Any, ...]) -> None:
    introduced = [daemons.Introduced(*printer) for printer in printers]
    visits.store.run(lambda u: daemons.introduce(u, who, introduced))


def printers(visits: Visits) -> list[Printer]:
    return list(visits.store.run(lambda u: queries.devices(u.session)).printers)


def test_a_daemon_introduces_its_printers(visits: Visits, spa: Spa) -> None:
    introduce(visits, spa.peripherals, ("lobby", [TICKET]), ("desk", [RECEIPT, REPORT]))
    assert [(p.name, p.roles, p.online) for p in printers(visits)] == [
        ("desk", ["receipt", "report"], False),
        ("lobby", ["ticket"], False),
    ]
    connected = visits.store.run(
        lambda u: u.session.scalar(select(Device.connected).where(Device.name == "pi"))
    )
    assert connected is True


def test_a_printer_that_is_gone_from_the_configuration_is_forgotten(
    visits: Visits, spa: Spa
) -> None:
    introduce(visits, spa.peripherals, ("lobby", [TICKET]), ("desk", [RECEIPT]))
    introduce(visits, spa.peripherals, ("desk", [RECEIPT, TICKET]))
    assert [(p.name, p.roles) for p in printers(visits)] == [("desk", ["receipt", "ticket"])]


def status(visits: Visits, who: Actor, name: str, *, error: str | None = None) -> None:
    visits.store.run(
        lambda u: daemons.note_status(
            u, who, name, online=True, paper=Paper.LOW, cover_open=False, error=error
        )
    )


def test_a_printers_state_is_kept(visits: Visits, spa: Spa) -> None:
    introduce(visits, spa.peripherals, ("lobby", [TICKET]))
    status(visits, spa.peripherals, "lobby", error="e" * 300)
    (lobby,) = printers(visits)
    assert (lobby.online, lobby.paper, lobby.error) == (True, Paper.LOW, "e" * 200)


def test_a_printer_that_nobody_introduced_is_not_found(visits: Visits, spa: Spa) -> None:
    with pytest.raises(NotFound, match="lobby"):
        status(visits, spa.peripherals, "lobby")


def test_another_daemons_printer_is_not_found(visits: Visits, spa: Spa) -> None:
    introduce(visits, spa.peripherals, ("lobby", [TICKET]))
    stranger = Actor(Role.PERIPHERALS, spa.kiosk.id, "stranger")
    with pytest.raises(NotFound):
        status(visits, stranger, "lobby")


def test_a_daemon_that_leaves_takes_its_printers_with_it(visits: Visits, spa: Spa) -> None:
    introduce(visits, spa.peripherals, ("lobby", [TICKET]))
    status(visits, spa.peripherals, "lobby")
    visits.store.run(lambda u: daemons.leave(u, spa.peripherals))
    (lobby,) = printers(visits)
    assert (lobby.online, lobby.error) == (False, "printer service offline")


def test_papers_that_wait_are_counted_by_kind(visits: Visits, daemon: Daemon) -> None:
    visits.paid()
    visits.waiting()
    daemon.must_lease(TICKET)
    counts = visits.store.run(lambda u: queries.devices(u.session)).jobs_waiting
    assert body(serialize.jobs_waiting(counts)) == {"ticket": 2, "receipt": 1, "report": 0}


# --- printers that stand in for others --------------------------------------------------------


def say(visits: Visits, spa: Spa, name: str, *, paper: Paper) -> None:
    visits.store.run(
        lambda u: daemons.note_status(
            u, spa.peripherals, name, online=True, paper=paper, cover_open=False, error=None
        )
    )


def wait_for_fallback(clock: Clock) -> None:
    clock.advance(seconds=FALLBACK_AFTER.total_seconds())


@pytest.fixture
def two_printers(visits: Visits, spa: Spa) -> None:
    introduce(visits, spa.peripherals, ("lobby", [TICKET]), ("desk", [RECEIPT], [TICKET]))
    for name in ("lobby", "desk"):
        say(visits, spa, name, paper=Paper.OK)


@pytest.mark.usefixtures("two_printers")
def test_the_printer_at_the_desk_prints_no_tickets_while_the_lobbys_can(
    visits: Visits, daemon: Daemon, clock: Clock
) -> None:
    visits.waiting()
    wait_for_fallback(clock)
    assert daemon.lease(RECEIPT, printer="desk") is None


@pytest.mark.usefixtures("two_printers")
def test_it_prints_them_once_the_lobbys_has_been_in_trouble_for_a_while(
    visits: Visits, daemon: Daemon, spa: Spa, clock: Clock
) -> None:
    visits.waiting()
    say(visits, spa, "lobby", paper=Paper.OUT)
    assert daemon.lease(RECEIPT, printer="desk") is None  # somebody may be changing the roll
    wait_for_fallback(clock)
    job = daemon.lease(RECEIPT, printer="desk")
    assert job is not None
    assert (job.kind, job.printer) == (TICKET, "desk")


@pytest.mark.usefixtures("two_printers")
def test_trouble_of_another_kind_is_still_the_same_trouble(
    visits: Visits, daemon: Daemon, spa: Spa, clock: Clock
) -> None:
    visits.waiting()
    say(visits, spa, "lobby", paper=Paper.OUT)
    wait_for_fallback(clock)
    visits.store.run(lambda u: daemons.leave(u, spa.peripherals))
    assert daemon.lease(RECEIPT, printer="desk") is not None


@pytest.mark.usefixtures("two_printers")
def test_it_stops_when_the_lobbys_is_back(
    visits: Visits, daemon: Daemon, spa: Spa, clock: Clock
) -> None:
    visits.waiting()
    say(visits, spa, "lobby", paper=Paper.OUT)
    wait_for_fallback(clock)
    say(visits, spa, "lobby", paper=Paper.LOW)
    assert daemon.lease(RECEIPT, printer="desk") is None


@pytest.mark.usefixtures("two_printers")
def test_its_own_papers_come_first(visits: Visits, daemon: Daemon, spa: Spa, clock: Clock) -> None:
    visits.paid()
    say(visits, spa, "lobby", paper=Paper.OUT)
    wait_for_fallback(clock)
    kinds = [daemon.lease(RECEIPT, printer="desk") for _ in range(2)]
    assert [job.kind for job in kinds if job] == [RECEIPT, TICKET]


@pytest.mark.usefixtures("two_printers")
def test_the_lobbys_printer_stands_in_for_nobody(
    visits: Visits, daemon: Daemon, spa: Spa, clock: Clock
) -> None:
    visits.paid()
    say(visits, spa, "desk", paper=Paper.OUT)
    wait_for_fallback(clock)
    daemon.must_lease(TICKET)
    assert daemon.lease(TICKET) is None


# --- what staff do ----------------------------------------------------------------------------


def reprint(visits: Visits, spa: Spa, job_id: int) -> PrintJob:
    return visits.store.run(lambda u: papers.reprint(u, spa.eva, job_id))


def move(visits: Visits, spa: Spa, job_id: int, printer: str) -> PrintJob:
    return visits.store.run(lambda u: papers.move(u, spa.eva, job_id, printer))


def drop(visits: Visits, spa: Spa, job_id: int, reason: str) -> PrintJob:
    return visits.store.run(lambda u: papers.drop(u, spa.eva, job_id, reason))


def test_a_lost_ticket_is_printed_again_as_a_copy(visits: Visits, daemon: Daemon, spa: Spa) -> None:
    customer = visits.waiting()
    first = daemon.done(daemon.must_lease())
    copy = reprint(visits, spa, first.id)
    assert (copy.original_id, copy.kind, copy.maybe_printed) == (first.id, TICKET, True)
    assert daemon.must_lease().id == copy.id
    (entry,) = [row for row in visits.history(customer) if row.event == "print_job_reprint"]
    assert (entry.actor_name, entry.detail) == ("Eva", {"job": first.id, "kind": "ticket"})


def test_a_copy_of_a_receipt_keeps_the_drawer_shut(
    visits: Visits, daemon: Daemon, spa: Spa
) -> None:
    visits.paid()
    copy = reprint(visits, spa, daemon.done(daemon.must_lease(RECEIPT)).id)
    assert copy.document["open_drawer"] is False


@pytest.mark.parametrize("leased", [True, False])
def test_what_has_not_come_out_is_not_printed_again(
    visits: Visits, daemon: Daemon, spa: Spa, leased: bool
) -> None:
    (job,) = visits.jobs(visits.waiting())
    if leased:
        daemon.must_lease()
    for _ in range(5):
        assert reprint(visits, spa, job.id).id == job.id
    assert [(one.id, one.maybe_printed) for one in visits.jobs()] == [(job.id, False)]


def test_one_copy_waits_however_often_it_is_asked_for(
    visits: Visits, daemon: Daemon, spa: Spa
) -> None:
    visits.waiting()
    first = daemon.done(daemon.must_lease())
    copy = reprint(visits, spa, first.id)
    assert reprint(visits, spa, first.id).id == copy.id
    assert reprint(visits, spa, copy.id).id == copy.id
    daemon.done(daemon.must_lease())
    another = reprint(visits, spa, copy.id)
    assert (another.original_id, another.maybe_printed) == (first.id, True)
    assert another.id != copy.id


@pytest.mark.usefixtures("two_printers")
def test_a_waiting_paper_is_moved_to_a_printer_that_is_not_for_it(
    visits: Visits, daemon: Daemon, spa: Spa
) -> None:
    customer = visits.waiting()
    (job,) = visits.jobs(customer)
    told: list[Changes] = []
    visits.store.on_commit = told.append
    move(visits, spa, job.id, "desk")
    assert told[0].print_roles == {TICKET, RECEIPT}
    assert told[0].devices
    assert daemon.lease(TICKET, printer="lobby") is None
    moved = daemon.lease(RECEIPT, printer="desk")
    assert moved is not None
    assert (moved.id, moved.maybe_printed) == (job.id, False)
    (entry,) = [row for row in visits.history(customer) if row.event == "print_job_move"]
    assert entry.detail == {"job": job.id, "kind": "ticket", "from": None, "to": "desk"}


@pytest.mark.usefixtures("two_printers")
def test_a_moved_paper_that_was_put_off_comes_at_once(
    visits: Visits, daemon: Daemon, spa: Spa
) -> None:
    visits.waiting()
    put_off = fail_until_put_off(daemon)
    move(visits, spa, put_off.id, "desk")
    assert daemon.lease(RECEIPT, printer="desk") is not None


@pytest.mark.usefixtures("two_printers")
def test_a_printer_gets_what_was_moved_to_it_in_order_with_its_own(
    visits: Visits, daemon: Daemon, spa: Spa
) -> None:
    visits.paid()
    ticket, _receipt = visits.jobs()
    move(visits, spa, ticket.id, "desk")
    jobs = [daemon.lease(RECEIPT, printer="desk") for _ in range(2)]
    assert [job.kind for job in jobs if job] == [TICKET, RECEIPT]


@pytest.mark.usefixtures("two_printers")
def test_a_paper_that_is_being_printed_is_neither_moved_nor_dropped(
    visits: Visits, daemon: Daemon, spa: Spa
) -> None:
    visits.waiting()
    job = daemon.must_lease()
    with pytest.raises(InvalidState, match="Printing now"):
        move(visits, spa, job.id, "desk")
    with pytest.raises(InvalidState, match="Printing now"):
        drop(visits, spa, job.id, "left")
    daemon.done(job)
    with pytest.raises(InvalidState, match="Already printed"):
        drop(visits, spa, job.id, "left")


def test_a_paper_is_not_moved_to_a_printer_that_is_not_there(visits: Visits, spa: Spa) -> None:
    (job,) = visits.jobs(visits.waiting())
    with pytest.raises(NotFound, match="There is no printer 'attic'"):
        move(visits, spa, job.id, "attic")


@pytest.mark.usefixtures("two_printers")
def test_what_was_moved_to_a_printer_that_is_taken_away_comes_out_elsewhere(
    visits: Visits, daemon: Daemon, spa: Spa
) -> None:
    (job,) = visits.jobs(visits.waiting())
    move(visits, spa, job.id, "desk")
    introduce(visits, spa.peripherals, ("lobby", [TICKET]))
    assert daemon.must_lease(TICKET).id == job.id


def test_a_dropped_paper_does_not_come_and_its_reason_stays(
    visits: Visits, daemon: Daemon, spa: Spa
) -> None:
    customer = visits.waiting()
    (job,) = visits.jobs(customer)
    drop(visits, spa, job.id, " the customer has left ")
    assert daemon.lease() is None
    assert visits.store.run(lambda u: queries.devices(u.session)).jobs_waiting == {}
    (entry,) = [row for row in visits.history(customer) if row.event == "print_job_drop"]
    assert entry.actor_name == "Eva"
    assert entry.detail == {"job": job.id, "kind": "ticket", "reason": "the customer has left"}
    assert list(visits.store.run(lambda u: list(violations(u.session)))) == []


def test_a_paper_is_not_dropped_without_a_reason(visits: Visits, spa: Spa) -> None:
    (job,) = visits.jobs(visits.waiting())
    with pytest.raises(ValidationFailed, match="say why"):
        drop(visits, spa, job.id, "  ")


def test_a_paper_that_came_out_although_it_was_dropped_has_come_out(
    visits: Visits, daemon: Daemon, spa: Spa, clock: Clock
) -> None:
    visits.waiting()
    late = daemon.must_lease()
    expire(clock)
    daemon.let_leases_run_out()
    drop(visits, spa, late.id, "nobody waits for it")
    assert daemon.done(late).state == "printed"


def test_screens_see_what_is_owed_and_why_it_does_not_come(visits: Visits, daemon: Daemon) -> None:
    visits.waiting()
    daemon.failed(daemon.must_lease(), maybe=True, reason="is out of paper")
    shown = visits.store.run(lambda u: body(serialize.devices(queries.devices(u.session), 1)))[
        "jobs"
    ]
    assert [(job["kind"], job["code"], job["printer"], job["error"]) for job in shown] == [
        ("ticket", "0001", "lobby", "is out of paper")
    ]
