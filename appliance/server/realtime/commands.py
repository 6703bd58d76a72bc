"""Every event that changes something: who may send it, its shape, its use case, its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from appliance.server.domain.errors import DomainError
from appliance.server.domain.states import Actor, Role
from appliance.server.domain.visits import TABLE
from appliance.server.store.models import PrintJob, Transaction
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.server.usecases import cashier, kiosk, papers, therapist
from appliance.server.usecases.shop import Shop
from appliance.server.wire import parse, serialize
from appliance.server.wire.errors import refusal

Answer = dict[str, Any]
Run = Callable[[UnitOfWork, Shop, Actor, Any], Answer]


@dataclass(frozen=True, slots=True)
class Command:
    """One event of the protocol.

    Attributes:
        event: As the client sends it.
        result_event: As its result comes back, beside the acknowledgement.
        roles: Who may send it.
        shape: What its payload must be.
        run: The use case, from the parsed payload to the answer.
    """

    event: str
    result_event: str
    roles: frozenset[Role]
    shape: type[parse.Command]
    run: Run


def _answer(result: Transaction | DomainError) -> Answer:
    if isinstance(result, DomainError):
        return refusal(result)
    return {"ok": True, "transaction": serialize.transaction(result)}


def _customer_confirm(
    unit: UnitOfWork, shop: Shop, actor: Actor, asked: parse.ConfirmSelection
) -> Answer:
    wanted = (
        [item.service_classification_id for item in asked.items]
        if asked.items is not None
        else None
    )
    result = kiosk.confirm_selection(unit, shop, actor, asked.transaction_id, wanted)
    return {"ok": True, **serialize.confirmed(result)}


def _room_ready(unit: UnitOfWork, shop: Shop, actor: Actor, _: parse.Command) -> Answer:
    room = therapist.room_ready(unit, shop, actor)
    return {"ok": True, "room": serialize.room(room, actor.name)}


def _pay(unit: UnitOfWork, shop: Shop, actor: Actor, asked: parse.Pay) -> Answer:
    amount, method = asked.parsed()
    return _answer(
        cashier.pay(unit, shop, actor, asked.transaction_id, amount, method, asked.reference)
    )


def _reprint(unit: UnitOfWork, _: Shop, actor: Actor, asked: parse.OnTransaction) -> Answer:
    return _job(papers.reprint_receipt(unit, actor, asked.transaction_id))


def _job(job: PrintJob) -> Answer:
    return {"ok": True, "job": serialize.job(job)}


_KIOSK = frozenset({Role.KIOSK})
_THERAPIST = frozenset({Role.THERAPIST})
_CASHIER = frozenset({Role.CASHIER})
_DESK = frozenset({Role.CASHIER, Role.MANAGER})

COMMANDS: Final[tuple[Command, ...]] = (
    Command(
        "customer_start",
        "customer_start_result",
        _KIOSK,
        parse.Command,
        lambda unit, shop, actor, _: _answer(kiosk.start(unit, shop, actor)),
    ),
    Command(
        "customer_add_item",
        "customer_add_result",
        _KIOSK,
        parse.AddItem,
        lambda unit, shop, actor, asked: _answer(
            kiosk.add_item(unit, shop, actor, asked.transaction_id, asked.service_classification_id)
        ),
    ),
    Command(
        "customer_remove_item",
        "customer_remove_result",
        _KIOSK,
        parse.RemoveItem,
        lambda unit, shop, actor, asked: _answer(
            kiosk.remove_item(unit, shop, actor, asked.transaction_id, asked.item_id)
        ),
    ),
    Command(
        "customer_confirm_selection",
        "customer_confirm_result",
        _KIOSK,
        parse.ConfirmSelection,
        _customer_confirm,
    ),
    Command(
        "customer_cancel",
        "customer_cancel_result",
        _KIOSK,
        parse.OnTransaction,
        lambda unit, shop, actor, asked: _answer(
            kiosk.cancel(unit, shop, actor, asked.transaction_id)
        ),
    ),
    Command(
        "therapist_confirm_next",
        "therapist_confirm_result",
        _THERAPIST,
        parse.Command,
        lambda unit, shop, actor, _: _answer(therapist.confirm_next(unit, shop, actor)),
    ),
    Command(
        "therapist_start_service",
        "therapist_start_result",
        _THERAPIST,
        parse.OnTransaction,
        lambda unit, shop, actor, asked: _answer(
            therapist.start_service(unit, shop, actor, asked.transaction_id)
        ),
    ),
    Command(
        "therapist_add_service",
        "therapist_add_result",
        _THERAPIST,
        parse.AddItem,
        lambda unit, shop, actor, asked: _answer(
            therapist.add_service(
                unit, shop, actor, asked.transaction_id, asked.service_classification_id
            )
        ),
    ),
    Command(
        "therapist_remove_item",
        "therapist_remove_result",
        _THERAPIST,
        parse.RemoveItem,
        lambda unit, shop, actor, asked: _answer(
            therapist.remove_item(unit, shop, actor, asked.transaction_id, asked.item_id)
        ),
    ),
    Command(
        "therapist_finish_service",
        "therapist_finish_result",
        _THERAPIST,
        parse.OnTransaction,
        lambda unit, shop, actor, asked: _answer(
            therapist.finish_service(unit, shop, actor, asked.transaction_id)
        ),
    ),
    Command(
        "therapist_release",
        "therapist_release_result",
        _THERAPIST,
        parse.OnTransaction,
        lambda unit, shop, actor, asked: _answer(
            therapist.release(unit, shop, actor, asked.transaction_id)
        ),
    ),
    Command(
        "therapist_no_show",
        "therapist_no_show_result",
        _THERAPIST,
        parse.NoShow,
        lambda unit, shop, actor, asked: _answer(
            therapist.no_show(unit, shop, actor, asked.transaction_id, asked.reason)
        ),
    ),
    Command(
        "therapist_room_ready",
        "therapist_room_ready_result",
        _THERAPIST,
        parse.Command,
        _room_ready,
    ),
    Command(
        "cashier_claim_next",
        "cashier_claim_result",
        _CASHIER,
        parse.Command,
        lambda unit, shop, actor, _: _answer(cashier.claim_next(unit, shop, actor)),
    ),
    Command(
        "cashier_claim_code",
        "cashier_claim_result",
        _CASHIER,
        parse.ClaimCode,
        lambda unit, shop, actor, asked: _answer(
            cashier.claim_code(unit, shop, actor, asked.parsed())
        ),
    ),
    Command(
        "cashier_release",
        "cashier_release_result",
        _CASHIER,
        parse.OnTransaction,
        lambda unit, shop, actor, asked: _answer(
            cashier.release(unit, shop, actor, asked.transaction_id)
        ),
    ),
    Command("cashier_pay", "cashier_pay_result", _CASHIER, parse.Pay, _pay),
    Command("cashier_reprint", "cashier_reprint_result", _CASHIER, parse.OnTransaction, _reprint),
    Command(
        "print_job_reprint",
        "print_job_reprint_result",
        _DESK,
        parse.OnPrintJob,
        lambda unit, _, actor, asked: _job(papers.reprint(unit, actor, asked.job_id)),
    ),
    Command(
        "print_job_move",
        "print_job_move_result",
        _DESK,
        parse.MovePrintJob,
        lambda unit, _, actor, asked: _job(papers.move(unit, actor, asked.job_id, asked.printer)),
    ),
    Command(
        "print_job_drop",
        "print_job_drop_result",
        _DESK,
        parse.DropPrintJob,
        lambda unit, _, actor, asked: _job(papers.drop(unit, actor, asked.job_id, asked.reason)),
    ),
)


def _check_against_table() -> None:
    roles = {command.event: command.roles for command in COMMANDS}
    for row in TABLE:
        if row.role is not Role.SYSTEM and roles.get(row.event) != frozenset({row.role}):
            raise ValueError(f"{row.event} cannot be asked for by a {row.role}")


_check_against_table()
