"""What the papers say. How they look is the peripherals daemon's affair."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

from appliance.protocol import DocumentItem, ReceiptDocument, TicketDocument
from appliance.server.domain.lanes import WantedKind
from appliance.server.domain.ledger import TenderKind
from appliance.server.domain.money import digits
from appliance.server.domain.payments import method_named
from appliance.server.store import catalog
from appliance.server.store.models import Payment, Transaction, TransactionItem
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.translations import SOURCE_LANGUAGE
from appliance.words import N_

from .lanes import Lane
from .shop import Shop

_ASKED: Final = {WantedKind.WOMAN: "A woman", WantedKind.MAN: "A man"}
_SEVERAL: Final = N_("Several methods")


def ticket_document(
    unit: UnitOfWork,
    shop: Shop,
    transaction: Transaction,
    *,
    code: str,
    ticket_token: str,
    at: datetime,
    queue_position: int,
    estimated_wait_minutes: int | None,
    lane: Lane,
    language: str | None = None,
) -> TicketDocument:
    """The paper that a customer takes from the kiosk."""
    document = TicketDocument(
        shop_name=shop.name,
        currency=shop.currency,
        code=code,
        items=_items(unit, shop, transaction, language),
        total_duration_minutes=transaction.total_duration_minutes,
        total_amount=digits(transaction.total_amount, shop.currency),
        at=shop.local(at),
        queue_position=queue_position,
        estimated_wait_minutes=estimated_wait_minutes,
        status_url=shop.ticket_url(ticket_token),
    )
    if shop.details:
        document["shop_details"] = list(shop.details)
    if spoken := _languages(shop, language):
        document["languages"] = spoken
    if asked := lane.name or _ASKED.get(lane.wanted.kind):
        document["wanted"] = asked
    return document


def receipt_document(
    unit: UnitOfWork, shop: Shop, transaction: Transaction, *, cashier: str, at: datetime
) -> ReceiptDocument:
    """The paper that a customer takes from the desk.

    Args:
        unit: The open unit of work.
        shop: The shop's settings.
        transaction: With its items, its payment and its tenders.
        cashier: Who took the payment, by name.
        at: When, aware UTC.
    """
    payment = transaction.payment
    if payment is None:
        raise ValueError("a receipt without a payment")

    def money(amount: Decimal) -> str:
        return digits(amount, shop.currency)

    tenders = [tender for tender in transaction.tenders if tender.kind is TenderKind.PAYMENT]
    methods = [method_named(tender.method) for tender in tenders]
    single = methods[0] if len(methods) == 1 else None
    document = ReceiptDocument(
        shop_name=shop.name,
        shop_details=list(shop.details),
        currency=shop.currency,
        code=transaction.code or "",
        items=_items(unit, shop, transaction, transaction.language),
        total_amount=money(payment.amount_due),
        method=payment.method,
        method_label=single.label if single else _SEVERAL,
        amount_paid=money(payment.amount_paid),
        change_amount=money(payment.change_amount),
        cashier=cashier,
        at=shop.local(at),
        open_drawer=any(method.opens_drawer for method in methods),
    )
    if single is None:
        document["tenders"] = [
            {"label": method.label, "amount": money(tender.given)}
            for method, tender in zip(methods, tenders, strict=True)
        ]
    _add_discounts_and_taxes(document, shop, transaction, payment)
    _add_what_there_is(document, shop, transaction, payment)
    return document


def _add_discounts_and_taxes(
    document: ReceiptDocument, shop: Shop, transaction: Transaction, payment: Payment
) -> None:
    if transaction.adjustments:
        document["discounts"] = [
            {"label": adjustment.reason, "amount": digits(-adjustment.amount, shop.currency)}
            for adjustment in transaction.adjustments
        ]
    if payment.tax:
        document["tax"] = [
            {"rate": line["rate"], "net": line["net"], "tax": line["tax"]} for line in payment.tax
        ]
    if transaction.tax_on_top:
        document["tax_on_top"] = digits(transaction.tax_on_top, shop.currency)


def _add_what_there_is(
    document: ReceiptDocument, shop: Shop, transaction: Transaction, payment: Payment
) -> None:
    def money(amount: Decimal) -> str:
        return digits(amount, shop.currency)

    if payment.receipt_number is not None:
        document["receipt_number"] = payment.receipt_number
    if transaction.therapist is not None:
        document["therapist"] = transaction.therapist.name
    if transaction.room_number is not None:
        document["room_number"] = transaction.room_number
    if payment.rounding_amount:
        document["rounding_amount"] = money(payment.rounding_amount)
    if payment.tip_amount:
        document["tip_amount"] = money(payment.tip_amount)
    if spoken := _languages(shop, transaction.language):
        document["languages"] = spoken
    if transaction.ticket_token is not None:
        document["status_url"] = shop.ticket_url(transaction.ticket_token)


def _languages(shop: Shop, language: str | None) -> list[str]:
    """The shop's language and the customer's; nothing where both are that of the source."""
    spoken = list(dict.fromkeys([shop.language, language or shop.language]))
    return [] if spoken == [SOURCE_LANGUAGE] else spoken


def _items(
    unit: UnitOfWork, shop: Shop, transaction: Transaction, language: str | None
) -> list[DocumentItem]:
    others: dict[int, tuple[str | None, str | None]] = {}
    if language is not None and language != shop.language:
        chosen = [item.service_classification_id for item in transaction.items]
        others = catalog.names_in(unit.session, chosen, language)
    return [
        _item(shop, item, others.get(item.service_classification_id)) for item in transaction.items
    ]


def _item(
    shop: Shop, item: TransactionItem, other: tuple[str | None, str | None] | None
) -> DocumentItem:
    document = DocumentItem(
        service_name=item.service_name,
        classification_name=item.classification_name,
        duration_minutes=item.duration_minutes,
        price=digits(item.price, shop.currency),
    )
    if other is not None and any(other):
        service, variant = other
        document["name_for_customer"] = ", ".join(
            part
            for part in (service or item.service_name, variant or item.classification_name)
            if part
        )
    return document
