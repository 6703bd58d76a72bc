"""What the papers say. How they look is the peripherals daemon's affair."""

from __future__ import annotations

from datetime import datetime

from appliance.protocol import DocumentItem, ReceiptDocument, TicketDocument
from appliance.server.domain.money import digits
from appliance.server.domain.payments import PaymentMethod
from appliance.server.store.models import Transaction

from .shop import Shop


def ticket_document(
    shop: Shop,
    transaction: Transaction,
    *,
    code: str,
    ticket_token: str,
    at: datetime,
    queue_position: int,
    estimated_wait_minutes: int | None,
) -> TicketDocument:
    """The paper that a customer takes from the kiosk."""
    return TicketDocument(
        shop_name=shop.name,
        currency=shop.currency,
        code=code,
        items=_items(transaction),
        total_duration_minutes=transaction.total_duration_minutes,
        total_amount=digits(transaction.total_amount),
        at=shop.local(at),
        queue_position=queue_position,
        estimated_wait_minutes=estimated_wait_minutes,
        status_url=shop.ticket_url(ticket_token),
    )


def receipt_document(
    shop: Shop,
    transaction: Transaction,
    method: PaymentMethod,
    *,
    cashier: str,
    at: datetime,
) -> ReceiptDocument:
    """The paper that a customer takes from the desk.

    Args:
        shop: The shop's settings.
        transaction: With its items and its payment.
        method: How it was paid.
        cashier: Who took the payment, by name.
        at: When, aware UTC.
    """
    payment = transaction.payment
    if payment is None:
        raise ValueError("a receipt without a payment")
    return ReceiptDocument(
        shop_name=shop.name,
        shop_details=list(shop.details),
        currency=shop.currency,
        code=transaction.code or "",
        items=_items(transaction),
        total_amount=digits(payment.amount_due),
        method=method.name,
        method_label=method.label,
        amount_paid=digits(payment.amount_paid),
        change_amount=digits(payment.change_amount),
        cashier=cashier,
        at=shop.local(at),
        open_drawer=method.opens_drawer,
    )


def _items(transaction: Transaction) -> list[DocumentItem]:
    return [
        DocumentItem(
            service_name=item.service_name,
            classification_name=item.classification_name,
            duration_minutes=item.duration_minutes,
            price=digits(item.price),
        )
        for item in transaction.items
    ]
