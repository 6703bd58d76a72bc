"""Rows as JSON: the only place that decides what the world sees of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from appliance.protocol import LampPattern
from appliance.server.domain.money import number
from appliance.server.domain.papers import question
from appliance.server.domain.payments import METHODS
from appliance.server.domain.printers import need, problem
from appliance.server.domain.shifts import Takings
from appliance.server.domain.states import AT_THE_DESK, Actor, Role, TransactionStatus
from appliance.server.domain.visits import allowed_events, allowed_requests
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
    Tender,
    Transaction,
    TransactionItem,
    ZReport,
)
from appliance.server.store.queries import Board, Devices, Queue, Ticket
from appliance.server.usecases.daemons import Introduction
from appliance.server.usecases.kiosk import Confirmed
from appliance.server.usecases.papers import Handed
from appliance.server.usecases.till.shifts import ShiftNow

Json = dict[str, Any]


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 with an offset, or null."""
    return moment.isoformat() if moment is not None else None


def transaction(row: Transaction) -> Json:
    """A visit, with what may be done with it."""
    paid = row.status is TransactionStatus.PAID
    # Nothing is taken off or given back before the desk: no need to ask for it.
    at_desk = paid or row.status in AT_THE_DESK
    refunds = row.refunds if paid else []
    return {
        "id": row.id,
        "code": row.code,
        "status": row.status.value,
        "therapist": row.therapist.name if row.therapist else None,
        "therapist_id": row.therapist_id,
        "cashier": row.cashier.name if row.cashier else None,
        "cashier_id": row.cashier_id,
        "room_number": row.room_number,
        "subtotal_amount": number(subtotal(row)),
        "discount_amount": number(subtotal(row) + row.tax_on_top - row.total_amount),
        "total_amount": number(row.total_amount),
        "total_duration_minutes": row.total_duration_minutes,
        "note": row.note,
        "created_at": iso(row.created_at),
        "selection_confirmed_at": iso(row.selection_confirmed_at),
        "therapist_confirmed_at": iso(row.therapist_confirmed_at),
        "service_start_at": iso(row.service_start_at),
        "service_finish_at": iso(row.service_finish_at),
        "cashier_claimed_at": iso(row.cashier_claimed_at),
        "paid_at": iso(row.paid_at),
        "items": [_item(item) for item in row.items],
        "adjustments": [_adjustment(entry) for entry in row.adjustments] if at_desk else [],
        "payment": _payment(row.payment, row.tenders) if paid and row.payment else None,
        "refunded_amount": number(sum((entry.amount for entry in refunds), Decimal(0))),
        "refunds": [refund(entry) for entry in refunds],
        "allowed_events": [
            *(event.value for event in allowed_events(row.status, len(row.items))),
            *allowed_requests(row.status),
        ],
    }


def _item(row: TransactionItem) -> Json:
    return {
        "id": row.id,
        "service_id": row.service_id,
        "service_name": row.service_name,
        "service_classification_id": row.service_classification_id,
        "classification_name": row.classification_name,
        "price": number(row.price),
        "duration_minutes": row.duration_minutes,
    }


def subtotal(row: Transaction) -> Decimal:
    """The sum of the list prices, of a visit of whatever release."""
    if row.subtotal_amount is not None:
        return row.subtotal_amount
    return sum((item.price for item in row.items), Decimal(0))


def _adjustment(row: Adjustment) -> Json:
    return {
        "id": row.id,
        "item_id": row.item_id,
        "kind": row.kind.value,
        "value": number(row.value),
        "amount": number(row.amount),
        "reason": row.reason,
        "by": row.by_name,
        "approved_by": row.approved_by_name,
    }


def _payment(row: Payment, tenders: Sequence[Tender]) -> Json:
    return {
        "amount_due": number(row.amount_due),
        "amount_paid": number(row.amount_paid),
        "change_amount": number(row.change_amount),
        "method": row.method,
        "receipt_number": row.receipt_number,
        "tip_amount": number(row.tip_amount),
        "rounding_amount": number(row.rounding_amount),
        "tax": _tax(row.tax or ()),
        "tenders": [_tender(tender) for tender in tenders if tender.refund_id is None],
        "created_at": iso(row.created_at),
    }


def _tax(lines: Iterable[Mapping[str, str]]) -> list[Json]:
    return [{name: number(Decimal(text)) for name, text in line.items()} for line in lines]


def _tender(row: Tender) -> Json:
    return {
        "method": row.method,
        "amount": number(row.amount),
        "given": number(row.given),
        "change": number(row.change_amount),
        "tip": number(row.tip),
        "rounding": number(row.rounding),
    }


def refund(row: Refund) -> Json:
    """Money that went back."""
    return {
        "number": row.number,
        "amount": number(row.amount),
        "tip_amount": number(row.tip_amount),
        "reason": row.reason,
        "by": row.by_name,
        "approved_by": row.approved_by_name,
        "created_at": iso(row.created_at),
        "lines": [{"item_id": line.item_id, "amount": number(line.amount)} for line in row.lines],
        "tenders": [_tender(tender) for tender in row.tenders],
    }


def refunded(result: tuple[Transaction, Refund]) -> Json:
    """The answer to a refund."""
    visit, given_back = result
    return {"ok": True, "transaction": transaction(visit), "refund": refund(given_back)}


def _shift(row: Shift, taken: Takings | None) -> Json:
    counted, expected = row.counted_amount, row.expected_amount
    difference = counted - expected if counted is not None and expected is not None else None
    return {
        "id": row.id,
        "drawer": row.drawer,
        "cashier": row.cashier.name,
        "state": row.state.value,
        "business_date": row.business_date,
        "opened_at": iso(row.opened_at),
        "closed_at": iso(row.closed_at),
        "float_amount": _maybe(row.float_amount),
        "counted_amount": _maybe(counted),
        "expected_amount": _maybe(expected),
        "difference": _maybe(difference),
        "left_amount": _maybe(row.left_amount),
        "totals": {name: number(taken.totals[name]) for name in sorted(taken.totals)}
        if taken
        else None,
        "tips": number(taken.tips) if taken else None,
        "movements": [_movement(movement) for movement in row.movements],
    }


def _maybe(amount: Decimal | None) -> float | int | None:
    return None if amount is None else number(amount)


def _movement(row: ShiftMovement) -> Json:
    return {
        "id": row.id,
        "kind": row.kind.value,
        "amount": number(row.amount),
        "reason": row.reason,
        "therapist_id": row.therapist_id,
        "at": iso(row.at),
    }


def shift(result: ShiftNow) -> Json:
    """The answer about a shift."""
    return {"ok": True, "shift": _shift(result.shift, result.takings)}


def my_shift(result: ShiftNow | None) -> Json:
    """My open shift, or null."""
    return {"ok": True, "shift": None} if result is None else shift(result)


def moved(result: tuple[ShiftNow, ShiftMovement]) -> Json:
    """The answer to cash that moved."""
    now, movement = result
    return {**shift(now), "movement": _movement(movement)}


def z(report: ZReport) -> Json:
    """A closed day."""
    body = _numbers(msgspec.json.decode(report.document))
    return {**body, "previous_hash": report.previous_hash, "hash": report.hash}


def x(document: Mapping[str, Any]) -> Json:
    """A day that goes on: what a Z has, but number and hashes."""
    return dict(_numbers(document))


_DIGITS = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_WORDS = frozenset({"business_date", "code", "drawer", "cashier", "closed_by", "currency"})
"""What may look like an amount in a Z's document and is none."""


def _numbers(value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {key: _numbers(part, key) for key, part in value.items()}
    if isinstance(value, list):
        return [_numbers(part, name) for part in value]
    if isinstance(value, str) and name not in _WORDS and _DIGITS.fullmatch(value):
        return number(Decimal(value))
    return value


def visit(row: Transaction) -> Json:
    """The answer to what was done with a visit."""
    return {"ok": True, "transaction": transaction(row)}


def room_ready(found: tuple[Room, str]) -> Json:
    """The answer to a therapist whose room is ready."""
    return {"ok": True, "room": room(*found)}


def paper(row: PrintJob) -> Json:
    """The answer to what was done with a paper."""
    return {"ok": True, "job": job(row)}


def leased(handed: Handed | None) -> Json:
    """The answer to a printer that asks for work."""
    return {"ok": True, "job": leased_job(*handed) if handed else None}


def drawer_taken(to_open: bool) -> Json:
    """The answer to a printer that asks whether its drawer is to be opened."""
    return {"ok": True, "open": to_open}


def introduced(found: Introduction) -> Json:
    """The answer to a daemon that has introduced itself."""
    return {
        "ok": True,
        "lamps": found.lamps,
        "jobs_waiting": jobs_waiting(found.jobs_waiting),
    }


def pressed(lamp: LampPattern | None) -> Json:
    """The answer to a finger on a call button."""
    return {"ok": True, "lamp": lamp}


def sign_of_life(now: datetime) -> Json:
    """The answer to whoever asks whether anybody is there."""
    return {"ok": True, "now": iso(now)}


def done(_: object) -> Json:
    """The answer where there is nothing to tell."""
    return {"ok": True}


def confirmed(result: Confirmed) -> Json:
    """A confirmed selection and its place in the queue."""
    return {
        "ok": True,
        "transaction": transaction(result.transaction),
        "queue_position": result.queue_position,
        "estimated_wait_minutes": result.estimated_wait_minutes,
    }


def room(row: Room, therapist: str | None = None) -> Json:
    """A treatment room."""
    return {
        "room_number": row.room_number,
        "status": row.status.value,
        "current_transaction_id": row.current_transaction_id,
        "therapist": therapist,
    }


def queue(snapshot: Queue, version: int, now: datetime) -> Json:
    """Everything that staff see at once."""
    return {
        "ok": True,
        "version": version,
        "now": iso(now),
        "pending": [
            {**transaction(row), "estimated_wait_minutes": wait}
            for row, wait in zip(snapshot.pending, snapshot.waits, strict=True)
        ],
        "in_progress": [transaction(row) for row in snapshot.in_progress],
        "finished": [transaction(row) for row in snapshot.finished],
        "counts": snapshot.counts,
        "rooms": [room(row, therapist) for row, therapist in snapshot.rooms],
    }


def board(snapshot: Board, version: int) -> Json:
    """What the lobby sees: no names and no money."""
    return {
        "ok": True,
        "version": version,
        "calls": [
            {"code": code, "room_number": number_, "at": iso(at)}
            for code, number_, at in snapshot.calls
        ],
        "waiting": [
            {"code": code, "estimated_wait_minutes": wait} for code, wait in snapshot.waiting
        ],
    }


def ticket(found: Ticket, version: int) -> Json:
    """What a customer's phone sees."""
    return {
        "ok": True,
        "version": version,
        "code": found.transaction.code,
        "status": found.transaction.status.value,
        "people_before": found.people_before,
        "estimated_wait_minutes": found.estimated_wait_minutes,
        "room_number": found.transaction.room_number,
    }


def catalog(categories: Sequence[ServiceCategory], currency: str) -> Json:
    """What the shop offers now; what has nothing to offer is left out."""
    return {
        "ok": True,
        "currency": currency,
        "categories": [
            entry
            for category in categories
            if category.active and (entry := _category(category))["services"]
        ],
    }


def _category(row: ServiceCategory) -> Json:
    services = [
        {
            "id": service.id,
            "name": service.service_name,
            "description": service.description,
            **_translated(service),
            "classifications": [
                {
                    "id": variant.id,
                    "name": variant.name,
                    **_translated(variant),
                    "price": number(variant.price),
                    "duration_minutes": variant.duration_minutes,
                }
                for variant in service.classifications
                if variant.active
            ],
        }
        for service in row.services
        if service.active
    ]
    return {
        "id": row.id,
        "name": row.name,
        **_translated(row),
        "services": [service for service in services if service["classifications"]],
    }


def _translated(row: ServiceCategory | Service | ServiceClassification) -> Json:
    return {"translations": row.translations} if row.translations else {}


def history(rows: Sequence[HistoryEntry]) -> list[Json]:
    """What happened, in order."""
    return [
        {
            "event": row.event,
            "from": row.from_status,
            "to": row.to_status,
            "actor": row.actor_name,
            "actor_role": row.actor_role.value,
            "at": iso(row.at),
            "detail": row.detail,
        }
        for row in rows
    ]


def devices(snapshot: Devices, version: int) -> Json:
    """Printers and what they need."""
    return {
        "ok": True,
        "version": version,
        "printers": [_printer(row) for row in snapshot.printers],
        "peripherals": [
            {"name": row.name, "online": row.connected} for row in snapshot.peripherals
        ],
        "jobs_waiting": jobs_waiting(snapshot.jobs_waiting),
        "jobs": [job(row) for row in snapshot.jobs],
    }


def _printer(row: Printer) -> Json:
    needs = need(online=row.online, paper=row.paper, cover_open=row.cover_open, error=row.error)
    return {
        "name": row.name,
        "roles": row.roles,
        "fallback_roles": row.fallback_roles or [],
        "online": row.online,
        "paper": row.paper.value,
        "cover_open": row.cover_open,
        "error": row.error,
        "need": needs,
        "problem": problem(row.name, needs),
    }


def jobs_waiting(counts: Mapping[str, int]) -> dict[str, int]:
    """How many papers are owed, by kind."""
    return {kind: counts.get(kind, 0) for kind in ("ticket", "receipt", "report")}


def job(row: PrintJob) -> Json:
    """A print job as staff see it."""
    return {
        "id": row.id,
        "kind": row.kind.value,
        "state": row.state,
        "copy": row.maybe_printed,
        "transaction_id": row.transaction_id,
        "code": row.document.get("code"),
        "printer": row.wanted_printer or row.printer,
        "error": row.error,
        "question": question(row.state),
        "created_at": iso(row.created_at),
    }


def leased_job(row: PrintJob, opens_drawer: bool = False) -> Json:
    """A print job as the daemon gets it.

    Args:
        row: The job.
        opens_drawer: Whether it opens the cash drawer, which daemons of today do by pulses.
    """
    document = dict(row.document)
    if "open_drawer" in document:
        document["open_drawer"] = opens_drawer
    return {
        "id": row.id,
        "kind": row.kind.value,
        "lease": row.lease,
        "copy": row.maybe_printed,
        "document": document,
    }


def payment_methods() -> list[Json]:
    """The ways to pay, as the cashier's page offers them: in this order."""
    return [
        {
            "name": method.name,
            "label": method.label,
            "icon": method.icon,
            "received": method.received,
            "received_for": method.received_for,
            "gives_change": method.gives_change,
            "instruction": method.instruction,
            "asks_reference": method.asks_reference,
        }
        for method in METHODS.values()
    ]


def person(actor: Actor, username: str | None) -> Json:
    """A person of the staff."""
    body: Json = {"id": actor.id, "name": actor.name, "username": username}
    if actor.role is Role.THERAPIST:
        body["room_number"] = actor.room_number
    return body
