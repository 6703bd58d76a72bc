"""What the till prints beside receipts: pay-outs to sign, refunds, X and Z."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from appliance.amounts import written
from appliance.protocol import PrintRole, ReportDocument
from appliance.server.domain.payments import method_named
from appliance.server.domain.shifts import MovementKind
from appliance.server.domain.states import Actor
from appliance.server.store import papers
from appliance.server.store.models import Refund, ShiftMovement, Transaction, ZReport
from appliance.server.store.unit_of_work import UnitOfWork

from ..shop import Shop

_MOVEMENTS: Final = {
    MovementKind.PAY_IN: "Cash in",
    MovementKind.PAY_OUT: "Cash out",
    MovementKind.DROP: "Cash to safe",
    MovementKind.TIP_PAYOUT: "Tips paid out",
}
_TO_SIGN: Final = ("Signature", "____________________")
Rows = list[tuple[str, str]]
"""Left and right; a row without a right side is a heading."""


def movement(unit: UnitOfWork, shop: Shop, cashier: Actor, row: ShiftMovement) -> None:
    """A slip for cash that went into a drawer or out of it, to sign and to put into the drawer."""
    rows: Rows = [
        ("Amount", written(row.amount, shop.currency)),
        ("Reason", row.reason),
        ("Cashier", cashier.name),
        _TO_SIGN,
    ]
    _owe(unit, shop, _MOVEMENTS[row.kind], row.at, rows)


def refund(unit: UnitOfWork, shop: Shop, cashier: Actor, visit: Transaction, row: Refund) -> None:
    """A slip for money that went back, to sign."""
    names = {item.id: f"{item.service_name}, {item.classification_name}" for item in visit.items}
    rows: Rows = [("Customer", visit.code or "")]
    if visit.payment is not None and visit.payment.receipt_number is not None:
        rows.append(("Receipt", str(visit.payment.receipt_number)))
    rows += [(names[line.item_id], written(-line.amount, shop.currency)) for line in row.lines]
    if row.tip_amount:
        rows.append(("Tip", written(-row.tip_amount, shop.currency)))
    rows += [
        (f"Tax {line['rate']} %", written(-Decimal(line["tax"]), shop.currency))
        for line in row.tax
        if Decimal(line["tax"])
    ]
    rows += [
        (method_named(tender.method).label, written(tender.given, shop.currency))
        for tender in row.tenders
    ]
    rows += [
        ("Reason", row.reason),
        ("Cashier", cashier.name),
        ("Approved by", row.approved_by_name),
        _TO_SIGN,
    ]
    _owe(unit, shop, f"Refund {row.number}", row.created_at, rows, transaction_id=visit.id)


def z(unit: UnitOfWork, shop: Shop, report: ZReport) -> None:
    """The paper of a closed day: it says what the stored document says, whenever it is printed."""
    document = msgspec.json.decode(report.document)
    rows = [*figures(document), ("Total ever", _money(document, "grand_total"))]
    rows.append(("Seal", report.hash[:16]))
    _owe(unit, shop, f"Z report {report.number}", report.created_at, rows)


def my_day(
    unit: UnitOfWork,
    shop: Shop,
    therapist: Actor,
    business_date: str,
    lines: Rows,
    tips: Decimal,
) -> None:
    """A therapist's own day."""
    rows: Rows = [
        ("Business day", business_date),
        *lines,
        ("Tips", written(tips, shop.currency)),
    ]
    _owe(unit, shop, f"Day of {therapist.name}", unit.now(), rows)


def x(unit: UnitOfWork, shop: Shop, document: dict[str, Any]) -> None:
    """The paper of a day that goes on: what it would say if it were closed now."""
    _owe(unit, shop, "X report", unit.now(), figures(document))


def figures(document: dict[str, Any]) -> Rows:
    """The figures of an X or Z as lines of paper."""
    currency = document["currency"]

    def money(amount: str | None) -> str:
        return "–" if amount is None else written(Decimal(amount), currency)

    rows: Rows = [
        ("Business day", document["business_date"]),
        ("Paid visits", str(document["visits"])),
    ]
    rows += [
        (label, money(document[key]))
        for label, key in (
            ("Sales", "sales"),
            ("Discounts", "discounts"),
            ("Refunds", "refunds"),
            ("Tips", "tips"),
            ("Cash rounding", "rounding"),
        )
    ]
    rows += [
        (f"Tax {line['rate']} % of {money(line['net'])}", money(line["tax"]))
        for line in document["tax"]
        if Decimal(line["tax"])
    ]
    rows.append(("Taken by method", ""))
    rows += [
        (method_named(name).label, money(amount)) for name, amount in document["totals"].items()
    ]
    for shift in document["shifts"]:
        rows.append((f"Drawer of {shift['cashier']}", ""))
        rows += [
            (label, money(shift[key]))
            for label, key in (
                ("Float", "float"),
                ("Expected", "expected"),
                ("Counted", "counted"),
                ("Difference", "difference"),
                ("Left in drawer", "left"),
            )
        ]
    # A Z of an earlier release does not say who left without paying.
    if uncollected := document.get("uncollected"):
        rows.append((f"Uncollected: {uncollected['count']}", money(uncollected["amount"])))
    still_here = document["open_customers"]
    rows.append((f"Still open: {still_here['count']}", money(still_here["amount"])))
    return rows


def _money(document: dict[str, Any], key: str) -> str:
    return written(Decimal(document[key]), document["currency"])


def _owe(
    unit: UnitOfWork,
    shop: Shop,
    title: str,
    at: datetime,
    rows: Iterable[tuple[str, str]],
    *,
    transaction_id: int | None = None,
) -> None:
    document = ReportDocument(shop_name=shop.name, title=title, at=shop.local(at), rows=list(rows))
    papers.owe(unit, PrintRole.REPORT, document, transaction_id=transaction_id)
