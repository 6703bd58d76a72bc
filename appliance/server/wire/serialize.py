"""Rows as answers: the only place that decides what the world sees of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, overload

import msgspec
from msgspec import UNSET, UnsetType

from appliance.protocol import LampPattern, PrintRole
from appliance.server.domain.lanes import ANYONE, WantedKind, wanted_in
from appliance.server.domain.menu import time_filters
from appliance.server.domain.money import number, numbers
from appliance.server.domain.papers import question
from appliance.server.domain.payments import METHODS
from appliance.server.domain.printers import need, notice, problem
from appliance.server.domain.reports import Report, told
from appliance.server.domain.shifts import Takings
from appliance.server.domain.states import AT_THE_DESK, Actor, Role, TransactionStatus
from appliance.server.domain.turns import Duty, is_long
from appliance.server.domain.visits import (
    allowed_events,
    allowed_requests,
    customer_events,
    manager_events,
)
from appliance.server.domain.waits import free_until
from appliance.server.store import overview
from appliance.server.store.ledger import LISTED
from appliance.server.store.models import (
    Adjustment,
    HistoryEntry,
    Payment,
    Printer,
    PrintJob,
    Refund,
    Room,
    Service,
    ServiceCategory,
    ServiceClassification,
    Shift,
    ShiftMovement,
    Staff,
    Tender,
    Transaction,
    TransactionItem,
    ZReport,
)
from appliance.server.store.queries import Board, Devices, OnDuty, Queue, Ticket
from appliance.server.usecases.daemons import Introduction
from appliance.server.usecases.kiosk import UNDO_SECONDS, Confirmed, Selected
from appliance.server.usecases.lanes import Choices
from appliance.server.usecases.manager.devices import DeviceNow
from appliance.server.usecases.manager.history import Page
from appliance.server.usecases.manager.machine import Machine
from appliance.server.usecases.manager.menu import Menu
from appliance.server.usecases.manager.rooms import RoomNow
from appliance.server.usecases.my_day import MyDay, minutes_of
from appliance.server.usecases.papers import Handed
from appliance.server.usecases.rotation import Turn
from appliance.server.usecases.till.days import Page as ZPage
from appliance.server.usecases.till.days import Reading
from appliance.server.usecases.till.shifts import ShiftNow
from appliance.server.usecases.waits import Prospect

from . import answers


@overload
def iso(moment: datetime) -> str: ...
@overload
def iso(moment: datetime | None) -> str | None: ...
def iso(moment: datetime | None) -> str | None:
    """ISO 8601 with an offset, or null."""
    return moment.isoformat() if moment is not None else None


# --- visits -----------------------------------------------------------------------------------


def transaction(
    row: Transaction | overview.Visit, estimated_wait_minutes: int | UnsetType | None = UNSET
) -> answers.Transaction:
    """A visit, with what may be done with it."""
    paid = row.status is TransactionStatus.PAID
    # Nothing is taken off or given back before the desk: no need to ask for it.
    at_desk = paid or row.status in AT_THE_DESK
    refunds = row.refunds if paid else []
    return answers.Transaction(
        id=row.id,
        code=row.code,
        status=row.status,
        therapist=row.therapist_name,
        therapist_id=row.therapist_id,
        cashier=row.cashier_name,
        cashier_id=row.cashier_id,
        room_number=row.room_number,
        subtotal_amount=number(subtotal(row)),
        discount_amount=number(subtotal(row) + row.tax_on_top - row.total_amount),
        total_amount=number(row.total_amount),
        total_duration_minutes=row.total_duration_minutes,
        note=row.note,
        hold=row.hold,
        held_since=iso(row.held_since),
        wanted=_wanted(row),
        created_at=iso(row.created_at),
        selection_confirmed_at=iso(row.selection_confirmed_at),
        therapist_confirmed_at=iso(row.therapist_confirmed_at),
        service_start_at=iso(row.service_start_at),
        service_finish_at=iso(row.service_finish_at),
        cashier_claimed_at=iso(row.cashier_claimed_at),
        paid_at=iso(row.paid_at),
        items=[_item(item) for item in row.items],
        adjustments=[_adjustment(entry) for entry in row.adjustments] if at_desk else [],
        payment=_payment(row.payment, row.tenders) if paid and row.payment else None,
        refunded_amount=number(sum((entry.amount for entry in refunds), Decimal(0))),
        refunds=[refund(entry) for entry in refunds],
        allowed_events=[
            *(event.value for event in allowed_events(row.status, len(row.items), row.hold)),
            *allowed_requests(row.status),
        ],
        manager_events=[event.value for event in manager_events(row.status, row.hold)],
        estimated_wait_minutes=estimated_wait_minutes,
    )


# What has not changed since the last look is the same object, and looks the same.
_shown = lru_cache(maxsize=overview.REMEMBERED)(transaction)


def _wanted(row: Transaction | overview.Visit) -> answers.Wanted:
    asked = wanted_in(row.asked_lane)
    return answers.Wanted(
        kind=asked.kind,
        therapist_id=asked.therapist_id,
        # Nobody is looked up for those who asked for nobody.
        therapist=row.asked_for_name if asked.therapist_id is not None else None,
    )


def therapists(found: Choices) -> answers.Therapists:
    """Whom a customer may ask for."""
    return answers.Therapists(
        kinds=list(found.kinds),
        therapists=[
            answers.Therapist(id=one.therapist_id, name=one.name) for one in found.therapists
        ],
    )


def wait(found: Prospect) -> answers.Wait:
    """What somebody may expect who takes a number now."""
    return answers.Wait(
        people_before=found.people_before,
        estimated_wait_minutes=found.wait,
        closes_at=iso(found.closing),
        reach=found.reach,
    )


def _item(row: TransactionItem | overview.Item) -> answers.Item:
    return answers.Item(
        id=row.id,
        service_id=row.service_id,
        service_name=row.service_name,
        service_classification_id=row.service_classification_id,
        classification_name=row.classification_name,
        price=number(row.price),
        duration_minutes=row.duration_minutes,
    )


def subtotal(row: Transaction | overview.Visit) -> Decimal:
    """The sum of the list prices, of a visit of whatever release."""
    if row.subtotal_amount is not None:
        return row.subtotal_amount
    return sum((item.price for item in row.items), Decimal(0))


def _adjustment(row: Adjustment | overview.Adjustment) -> answers.Adjustment:
    return answers.Adjustment(
        id=row.id,
        item_id=row.item_id,
        kind=row.kind,
        value=number(row.value),
        amount=number(row.amount),
        reason=row.reason,
        by=row.by_name,
        approved_by=row.approved_by_name,
    )


def _payment(row: Payment, tenders: Sequence[Tender]) -> answers.Payment:
    return answers.Payment(
        amount_due=number(row.amount_due),
        amount_paid=number(row.amount_paid),
        change_amount=number(row.change_amount),
        method=row.method,
        receipt_number=row.receipt_number,
        tip_amount=number(row.tip_amount),
        rounding_amount=number(row.rounding_amount),
        tax=[_tax_line(line) for line in row.tax or ()],
        tenders=[_tender(tender) for tender in tenders if tender.refund_id is None],
        created_at=iso(row.created_at),
    )


def _tax_line(line: Mapping[str, str]) -> answers.TaxLine:
    return answers.TaxLine(**{name: number(Decimal(text)) for name, text in line.items()})


def _tender(row: Tender) -> answers.Tender:
    return answers.Tender(
        method=row.method,
        amount=number(row.amount),
        given=number(row.given),
        change=number(row.change_amount),
        tip=number(row.tip),
        rounding=number(row.rounding),
    )


def refund(row: Refund) -> answers.Refund:
    """Money that went back."""
    return answers.Refund(
        number=row.number,
        amount=number(row.amount),
        tip_amount=number(row.tip_amount),
        reason=row.reason,
        by=row.by_name,
        approved_by=row.approved_by_name,
        lines=[
            answers.RefundLine(item_id=line.item_id, amount=number(line.amount))
            for line in row.lines
        ],
        tenders=[_tender(tender) for tender in row.tenders],
        created_at=iso(row.created_at),
    )


def visit(row: Transaction) -> answers.Visit:
    """The answer to what was done with a visit."""
    return answers.Visit(transaction=transaction(row))


def selected(result: Selected) -> answers.Selected:
    """A selection after a change, and how that is taken back."""
    undo = result.undo
    return answers.Selected(
        transaction=transaction(result.transaction),
        undo=UNSET
        if undo is None
        else answers.Undo(
            service_classification_id=undo.classification_id,
            replaces=undo.replaces,
            seconds=UNDO_SECONDS,
        ),
    )


def refunded(result: tuple[Transaction, Refund]) -> answers.Refunded:
    """The answer to a refund."""
    visit, given_back = result
    return answers.Refunded(transaction=transaction(visit), refund=refund(given_back))


def confirmed(result: Confirmed) -> answers.Confirmed:
    """A confirmed selection and its place in the queue."""
    return answers.Confirmed(
        transaction=transaction(result.transaction),
        queue_position=result.queue_position,
        estimated_wait_minutes=result.estimated_wait_minutes,
    )


def whole_visit(
    row: Transaction, history: Iterable[HistoryEntry], jobs: Iterable[PrintJob]
) -> answers.WholeVisit:
    """A visit, what happened to it, in order, and its papers."""
    return answers.WholeVisit(
        transaction=transaction(row),
        history=[
            answers.HistoryRow(
                event=entry.event,
                source=entry.from_status,
                target=entry.to_status,
                actor=entry.actor_name,
                actor_role=entry.actor_role,
                at=iso(entry.at),
                detail=entry.detail,
            )
            for entry in history
        ],
        print_jobs=[job(paper) for paper in jobs],
    )


# --- the till ---------------------------------------------------------------------------------


def _shift(row: Shift, taken: Takings | None) -> answers.Shift:
    counted, expected = row.counted_amount, row.expected_amount
    difference = counted - expected if counted is not None and expected is not None else None
    return answers.Shift(
        id=row.id,
        drawer=row.drawer,
        cashier=row.cashier.name,
        state=row.state,
        business_date=row.business_date,
        opened_at=iso(row.opened_at),
        closed_at=iso(row.closed_at),
        float_amount=_maybe(row.float_amount),
        counted_amount=_maybe(counted),
        expected_amount=_maybe(expected),
        difference=_maybe(difference),
        left_amount=_maybe(row.left_amount),
        totals={name: number(taken.totals[name]) for name in sorted(taken.totals)}
        if taken
        else None,
        tips=number(taken.tips) if taken else None,
        movements=[_movement(movement) for movement in row.movements],
    )


def _maybe(amount: Decimal | None) -> float | int | None:
    return None if amount is None else number(amount)


def _movement(row: ShiftMovement) -> answers.Movement:
    return answers.Movement(
        id=row.id,
        kind=row.kind,
        amount=number(row.amount),
        reason=row.reason,
        therapist_id=row.therapist_id,
        at=iso(row.at),
    )


def shift(result: ShiftNow) -> answers.OnShift:
    """The answer about a shift."""
    return answers.OnShift(shift=_shift(result.shift, result.takings))


def my_day(result: MyDay) -> answers.MyDay:
    """What a therapist has done today."""
    return answers.MyDay(
        business_date=result.business_date.isoformat(),
        minutes=result.minutes,
        tips=number(result.tips),
        treated=[
            answers.Treated(
                code=visit.code or "",
                services=[item.service_name for item in visit.items],
                service_start_at=iso(visit.service_start_at),
                service_finish_at=iso(visit.service_finish_at),
                minutes=minutes_of(visit),
            )
            for visit in result.treated
        ],
    )


def my_shift(result: ShiftNow | None) -> answers.MyShift:
    """My open shift, or null."""
    return answers.MyShift(shift=_shift(result.shift, result.takings) if result else None)


def moved(result: tuple[ShiftNow, ShiftMovement]) -> answers.Moved:
    """The answer to cash that moved."""
    now, movement = result
    return answers.Moved(shift=_shift(now.shift, now.takings), movement=_movement(movement))


def shifts(rows: Sequence[ShiftNow]) -> answers.Shifts:
    """The shifts of a day."""
    return answers.Shifts(shifts=[_shift(row.shift, row.takings) for row in rows])


def found(rows: Sequence[Transaction]) -> answers.Transactions:
    """The visits that were looked for."""
    listed = [transaction(row) for row in rows[:LISTED]]
    return answers.Transactions(transactions=listed, more=len(rows) > LISTED)


def z(report: ZReport) -> answers.Z:
    """A closed day."""
    body = _numbers(msgspec.json.decode(report.document))
    hashes = {"previous_hash": report.previous_hash, "hash": report.hash}
    return msgspec.convert(body | hashes, answers.Z)


def x(document: Mapping[str, Any]) -> answers.X:
    """A day that goes on: what a Z has, but number and hashes."""
    return msgspec.convert(_numbers(document), answers.X)


def person_now(row: Staff) -> answers.OnPerson:
    """The answer about a person."""
    return answers.OnPerson(person=_staff_member(row))


def staff(rows: Sequence[Staff]) -> answers.Staff:
    """Everyone who works here, or did."""
    return answers.Staff(staff=[_staff_member(row) for row in rows])


def _staff_member(row: Staff) -> answers.StaffMember:
    return answers.StaffMember(
        id=row.id,
        role=row.role,
        username=row.username,
        name=row.name,
        room_number=row.room_number,
        gender=row.gender,
        commission_percent=_maybe(row.commission_percent),
        has_pin=row.pin_hash is not None,
        disabled=row.disabled_at is not None,
        on_duty=row.duty is not Duty.OUT,
        duty=row.duty,
    )


def room_now(found: RoomNow) -> answers.OnRoom:
    """The answer about a room."""
    return answers.OnRoom(room=_managed_room(found))


def managed_rooms(rows: Sequence[RoomNow]) -> answers.Rooms:
    """Every treatment room."""
    return answers.Rooms(rooms=[_managed_room(row) for row in rows])


def _managed_room(found: RoomNow) -> answers.ManagedRoom:
    return answers.ManagedRoom(
        id=found.room.id,
        room_number=found.room.room_number,
        status=found.room.status,
        current_transaction_id=found.room.current_transaction_id,
        therapists=list(found.therapists),
    )


def device_now(found: DeviceNow) -> answers.OnDevice:
    """The answer about a device."""
    return answers.OnDevice(device=_managed_device(found))


def device_added(found: DeviceNow) -> answers.DeviceAdded:
    """The answer about a new device; its secrets are put in as it goes out, and never stored."""
    return answers.DeviceAdded(
        device=_managed_device(found), token="", enrol_url=None, enrol_qr=None, station_code=None
    )


def device_link(found: DeviceNow) -> answers.DeviceLink:
    """The answer with a new link or code, which is put in as it goes out, and never stored."""
    return answers.DeviceLink(
        device=_managed_device(found), enrol_url=None, enrol_qr=None, station_code=None
    )


def managed_devices(found: Sequence[DeviceNow]) -> answers.ManagedDevices:
    """Every device."""
    return answers.ManagedDevices(devices=[_managed_device(each) for each in found])


def machine(found: Machine) -> answers.Machine:
    """The machine itself: what somebody has to do something about stands first."""
    told = [
        answers.MachineFact(level="ok" if notice.good else "warning", sentences=notice.english())
        for notice in found.notices
    ]
    known = [
        answers.MachineFact(level=fact.level, sentences=[fact.sentence.english()])
        for fact in found.facts
    ]
    order = ("bad", "warning", "ok")
    return answers.Machine(
        release=found.release, facts=sorted(told + known, key=lambda fact: order.index(fact.level))
    )


def _managed_device(found: DeviceNow) -> answers.ManagedDevice:
    row = found.device
    return answers.ManagedDevice(
        id=row.id,
        kind=row.kind,
        name=row.name,
        created_at=iso(row.created_at),
        revoked=row.revoked_at is not None,
        connected=row.connected,
        browsers=found.browsers,
    )


def on_z(report: ZReport) -> answers.OnZ:
    """The answer about a closed day."""
    return answers.OnZ(z=z(report))


def on_x(reading: Reading) -> answers.OnX:
    """The answer about a day that goes on."""
    return answers.OnX(x=x(reading.figures), today=reading.today, closed=reading.closed)


def report(found: Report) -> answers.Report:
    """The answer to a request for a report."""
    columns = _numbers_of(told(found.by, [figures for _, figures in found.rows]))
    names = (found.by.value, *columns)
    named = zip([name for name, _ in found.rows], *columns.values(), strict=True)
    totals = _numbers_of(told(found.by, [found.totals]))
    return answers.Report(
        by=found.by,
        since=found.since,
        to=found.to,
        currency=found.currency,
        rows=[answers.ReportRow(**dict(zip(names, row, strict=True))) for row in named],
        totals=answers.ReportFigures(**{name: column[0] for name, column in totals.items()}),
    )


def _numbers_of(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Figures of rows, amounts as numbers; a figure is an amount in all rows or in none."""
    return {
        name: numbers(column) if column and isinstance(column[0], Decimal) else column
        for name, column in columns.items()
    }


def z_reports(page: ZPage) -> answers.ZReports:
    """A page of closed days."""
    return answers.ZReports(
        reports=[
            answers.SealedZ(verified=verified, **msgspec.structs.asdict(z(report)))
            for report, verified in page.reports
        ],
        before=page.before,
    )


_DIGITS = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_WORDS = frozenset(
    {
        "business_date",
        "code",
        "drawer",
        "cashier",
        "closed_by",
        "currency",
        "difference_reason",
    }
)
"""What may look like an amount in a Z's document and is none."""


def _numbers(value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {key: _numbers(part, key) for key, part in value.items()}
    if isinstance(value, list):
        return [_numbers(part, name) for part in value]
    if isinstance(value, str) and name not in _WORDS and _DIGITS.fullmatch(value):
        return number(Decimal(value))
    return value


# --- rooms ------------------------------------------------------------------------------------


def room(row: Room | overview.Room, therapist: str | None = None) -> answers.Room:
    """A treatment room."""
    return answers.Room(
        room_number=row.room_number,
        status=row.status,
        current_transaction_id=row.current_transaction_id,
        therapist=therapist,
    )


def duty(row: Staff) -> answers.DutyNow:
    """The answer to a therapist who comes, goes or takes a break."""
    return answers.DutyNow(state=row.duty, since=iso(row.duty_since or row.on_duty_since))


def _on_duty(
    row: OnDuty, now: datetime, pending: Sequence[overview.Visit], turn: Turn | None
) -> answers.OnDuty:
    first = next(
        (visit for visit in pending if visit.hold is None and visit.lane in row.lanes), None
    )
    return answers.OnDuty(
        therapist_id=row.therapist_id,
        name=row.name,
        room_number=row.room_number,
        state=row.duty,
        since=iso(row.since),
        on_duty_since=iso(row.on_duty_since),
        turns=number(turn.turns) if turn else None,
        first=turn.first if turn else None,
        next_transaction_id=first.id if first else None,
        long=is_long(row.on_duty_since, now),
    )


def room_ready(found: tuple[Room, str | None]) -> answers.RoomReady:
    """The answer to a room that is marked ready."""
    return answers.RoomReady(room=room(*found))


def introduced(found: Introduction) -> answers.Introduced:
    """The answer to a daemon that has introduced itself."""
    return answers.Introduced(
        lamps=dict(found.lamps), jobs_waiting=jobs_waiting(found.jobs_waiting)
    )


def pressed(lamp: LampPattern | None) -> answers.Pressed:
    """The answer to a finger on a call button."""
    return answers.Pressed(lamp=lamp)


def sign_of_life(now: datetime) -> answers.Alive:
    """The answer to a question whether anyone is there."""
    return answers.Alive(now=iso(now))


_DONE: Final = answers.Done()


def done(_: object) -> answers.Done:
    """The answer where there is nothing to tell."""
    return _DONE


# --- paper ------------------------------------------------------------------------------------


def paper(row: PrintJob) -> answers.OnPaper:
    """The answer to what was done with a paper."""
    return answers.OnPaper(job=job(row))


def job(row: PrintJob) -> answers.PrintJob:
    """A print job as staff see it."""
    return answers.PrintJob(
        id=row.id,
        kind=row.kind,
        state=row.state,
        copy=row.maybe_printed,
        transaction_id=row.transaction_id,
        code=row.document.get("code"),
        printer=row.wanted_printer or row.printer,
        error=row.error,
        question=question(row.state),
        created_at=iso(row.created_at),
    )


def leased(handed: Handed | None) -> answers.Leased:
    """The answer to a printer that asks for work."""
    return answers.Leased(job=leased_job(*handed) if handed else None)


def drawer_taken(to_open: bool) -> answers.DrawerTaken:
    """The answer to a printer that asks whether its drawer is to be opened."""
    return answers.DrawerTaken(open=to_open)


def leased_job(row: PrintJob, opens_drawer: bool = False) -> answers.LeasedJob:
    """A print job as the daemon gets it.

    Args:
        row: The job.
        opens_drawer: Whether it opens the cash drawer, which daemons of today do by pulses.
    """
    document = dict(row.document)
    if "open_drawer" in document:
        document["open_drawer"] = opens_drawer
    return answers.LeasedJob(
        id=row.id,
        kind=row.kind,
        lease=row.lease or "",
        copy=row.maybe_printed,
        document=document,
    )


def jobs_waiting(counts: Mapping[str, int]) -> answers.JobsWaiting:
    """How many papers are owed, by kind."""
    return answers.JobsWaiting(**{kind.value: counts.get(kind, 0) for kind in PrintRole})


# --- snapshots --------------------------------------------------------------------------------


def queue(
    snapshot: Queue, version: int, now: datetime, turns: Mapping[int, Turn] | None = None
) -> answers.Queue:
    """Everything that staff see at once.

    Args:
        snapshot: As it was read.
        version: Of the answer.
        now: The moment.
        turns: Each therapist's, where customers are taken in rotation.
    """
    turns = turns or {}
    return answers.Queue(
        version=version,
        now=iso(now),
        pending=[
            msgspec.structs.replace(_shown(row), estimated_wait_minutes=wait)
            for row, wait in zip(snapshot.pending, snapshot.waits, strict=True)
        ],
        in_progress=[_shown(row) for row in snapshot.in_progress],
        finished=[_shown(row) for row in snapshot.finished],
        counts=answers.Counts(**snapshot.counts),
        rooms=[room(row, therapist) for row, therapist in snapshot.rooms],
        duty=[
            _on_duty(row, now, snapshot.pending, turns.get(row.therapist_id))
            for row in snapshot.duty
        ],
    )


def board(snapshot: Board, version: int) -> answers.Board:
    """What the lobby sees: no names and no money."""
    return answers.Board(
        version=version,
        calls=[_call(*each) for each in snapshot.calls],
        waiting=[
            answers.Waiting(
                code=code,
                estimated_wait_minutes=wait,
                wanted=UNSET if wanted is WantedKind.ANYONE else wanted,
            )
            for code, wait, wanted in snapshot.waiting
        ],
        recent_calls=[_call(*each) for each in snapshot.recent_calls] or UNSET,
        more_waiting=snapshot.more_waiting or UNSET,
    )


def _call(code: str, room_number: str, at: datetime) -> answers.Call:
    return answers.Call(code=code, room_number=room_number, at=iso(at))


def devices(snapshot: Devices, version: int) -> answers.Devices:
    """Printers and what they need."""
    return answers.Devices(
        version=version,
        printers=[_printer(row) for row in snapshot.printers],
        peripherals=[
            answers.Peripheral(name=row.name, online=row.connected) for row in snapshot.peripherals
        ],
        jobs_waiting=jobs_waiting(snapshot.jobs_waiting),
        jobs=[job(row) for row in snapshot.jobs],
    )


def _printer(row: Printer) -> answers.Printer:
    needs = need(online=row.online, paper=row.paper, cover_open=row.cover_open, error=row.error)
    return answers.Printer(
        name=row.name,
        roles=[PrintRole(role) for role in row.roles],
        fallback_roles=[PrintRole(role) for role in row.fallback_roles or []],
        online=row.online,
        paper=row.paper,
        cover_open=row.cover_open,
        error=row.error,
        need=needs,
        problem=problem(row.name, needs),
        notice=notice(online=row.online, paper=row.paper, cover_open=row.cover_open) or UNSET,
    )


# --- over HTTP --------------------------------------------------------------------------------


def ticket(found: Ticket, version: int, now: datetime) -> answers.TicketStatus:
    """What a customer's phone sees."""
    return answers.TicketStatus(
        version=version,
        code=found.transaction.code or "",
        status=found.transaction.status,
        hold=found.transaction.hold,
        events=[*customer_events(found.transaction.status, found.transaction.hold)],
        people_before=found.people_before,
        estimated_wait_minutes=found.estimated_wait_minutes,
        room_number=found.transaction.room_number,
        items=[_item(row) for row in found.transaction.items],
        total_amount=number(found.transaction.total_amount),
        free_until=iso(free_until(now, found.estimated_wait_minutes)),
        wanted=_wanted(found.transaction) if found.transaction.asked_lane != ANYONE else UNSET,
    )


def managed_catalog(menu: Menu) -> answers.ManagedCatalog:
    """The whole catalogue."""
    return answers.ManagedCatalog(
        currency=menu.currency,
        categories=[_managed_category(row) for row in menu.categories],
    )


def category_now(row: ServiceCategory) -> answers.OnCategory:
    """The answer about a category."""
    return answers.OnCategory(category=_managed_category(row))


def service_now(row: Service) -> answers.OnService:
    """The answer about a service."""
    return answers.OnService(service=_managed_service(row))


def classification_now(row: ServiceClassification) -> answers.OnClassification:
    """The answer about a variant."""
    return answers.OnClassification(classification=_managed_classification(row))


def _managed_category(row: ServiceCategory) -> answers.ManagedCategory:
    return answers.ManagedCategory(
        id=row.id,
        name=row.name,
        description=row.description,
        translations=_words(row.translations),
        icon=row.icon,
        photo=row.photo,
        photo_url=_photo_url(row.photo) or None,
        position=row.position,
        active=row.active,
        services=[_managed_service(service) for service in row.services],
    )


def _managed_service(row: Service) -> answers.ManagedService:
    return answers.ManagedService(
        id=row.id,
        name=row.service_name,
        description=row.description,
        translations=_words(row.translations),
        icon=row.icon,
        photo=row.photo,
        photo_url=_photo_url(row.photo) or None,
        position=row.position,
        active=row.active,
        hidden_until=iso(row.hidden_until),
        tax_rate=number(row.tax_rate),
        category_id=row.category_id,
        classifications=[_managed_classification(variant) for variant in row.classifications],
    )


def _managed_classification(row: ServiceClassification) -> answers.ManagedClassification:
    return answers.ManagedClassification(
        id=row.id,
        name=row.name,
        translations=_words(row.translations),
        position=row.position,
        active=row.active,
        hidden_until=iso(row.hidden_until),
        price=number(row.price),
        duration_minutes=row.duration_minutes,
        turn_value=number(row.turn_value),
        scheduled=[
            answers.PriceFrom(price=number(entry.price), valid_from=iso(entry.valid_from))
            for entry in row.scheduled
        ],
    )


def kept_photo(digest: str) -> answers.KeptPhoto:
    """The answer about a photo."""
    return answers.KeptPhoto(photo=digest, photo_url=_photo_url(digest))


def _photo_url(digest: str | None) -> str:
    return f"/catalog/photos/{digest}.jpg" if digest else ""


def _words(translations: dict[str, dict[str, str]] | None) -> answers.Translations:
    return msgspec.convert(translations or {}, answers.Translations)


def happened(page: Page) -> answers.History:
    """A page of the history."""
    return answers.History(
        history=[
            answers.Happened(
                id=row.id,
                at=iso(row.at),
                event=row.event,
                actor=row.actor_name,
                actor_role=row.actor_role,
                transaction_id=row.transaction_id,
                code=code,
                source=row.from_status,
                target=row.to_status,
                detail=row.detail,
            )
            for row, code in page.rows
        ],
        before=page.before,
    )


def catalog(categories: Sequence[ServiceCategory], currency: str, now: datetime) -> answers.Catalog:
    """What the shop offers now; what has nothing to offer is left out."""
    offered = [
        entry
        for category in categories
        if category.active and (entry := _category(category, now)).services
    ]
    return answers.Catalog(
        currency=currency,
        categories=offered,
        time_filters=[
            answers.TimeFilter(minutes=each.minutes, variants=list(each.variants))
            for each in time_filters(
                [
                    {variant.id: variant.duration_minutes for variant in service.classifications}
                    for category in offered
                    for service in category.services
                ]
            )
        ],
    )


def _is_shown(row: Service | ServiceClassification, now: datetime) -> bool:
    return row.active and (row.hidden_until is None or row.hidden_until <= now)


def _category(row: ServiceCategory, now: datetime) -> answers.Category:
    services = [
        answers.Service(
            id=service.id,
            name=service.service_name,
            description=service.description,
            translations=_translated(service.translations),
            icon=service.icon or UNSET,
            photo_url=_photo_url(service.photo) or UNSET,
            classifications=[
                answers.Classification(
                    id=variant.id,
                    name=variant.name,
                    translations=_translated(variant.translations),
                    price=number(variant.price_at(now)),
                    duration_minutes=variant.duration_minutes,
                )
                for variant in service.classifications
                if _is_shown(variant, now)
            ],
        )
        for service in row.services
        if _is_shown(service, now)
    ]
    return answers.Category(
        id=row.id,
        name=row.name,
        description=row.description or UNSET,
        translations=_translated(row.translations),
        icon=row.icon or UNSET,
        photo_url=_photo_url(row.photo) or UNSET,
        services=[service for service in services if service.classifications],
    )


def _translated(words: Any) -> answers.Translations | UnsetType:
    return words or UNSET


def payment_methods() -> list[answers.PaymentMethod]:
    """The ways to pay, as the cashier's page offers them: in this order."""
    return [
        answers.PaymentMethod(
            name=method.name,
            label=method.label,
            icon=method.icon,
            received=method.received,
            received_for=method.received_for,
            gives_change=method.gives_change,
            instruction=method.instruction,
            asks_reference=method.asks_reference,
        )
        for method in METHODS.values()
    ]


def person(actor: Actor, username: str | None) -> answers.Person:
    """A person of the staff."""
    return answers.Person(
        id=actor.id or 0,
        name=actor.name,
        username=username or "",
        room_number=actor.room_number if actor.role is Role.THERAPIST else UNSET,
    )
