"""`appliance db check` proves every equation of the ledger: each is broken here, and named."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal as D

import pytest
from sqlalchemy import text

from appliance.server.domain.adjustments import AdjustmentKind
from appliance.server.store import invariants
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.server.usecases.till import adjustments

from .conftest import Till, offer


@dataclass(frozen=True)
class Books:
    """A closed day and the beginning of the next shift.

    Attributes:
        mixed: Paid by card and in cash with a tip; 20 of its first service and 5 of the tip went
            back, to the card.
        cash: Paid in cash, less a discount of 10 on its second service.
        shift: Closed, in the Z.
        later: Open.
        first: The first service of `mixed`.
        second: The second one of `cash`.
        card: The tender by card of `mixed`.
        refund: What went back.
    """

    mixed: int
    cash: int
    shift: int
    later: int
    first: int
    second: int
    card: int
    refund: int


@pytest.fixture
def books(till: Till) -> Books:
    spa = till.spa
    shift = till.open("200").id
    mixed = till.at_the_desk(spa.swedish_60)
    till.pay(mixed, offer("card", "65", "15"), offer("cash", "50"))
    refund = till.refund(mixed, "20", {"card": D(20)}, tip="5")
    cash = till.at_the_desk(spa.swedish_60, spa.deep_60)
    item = till.row(cash).items[1].id
    till.run(
        lambda u: adjustments.adjust(
            u,
            till.shop,
            spa.eva,
            cash,
            AdjustmentKind.AMOUNT_OFF,
            D(10),
            "a late start",
            item,
            till.approver,
        )
    )
    till.pay(cash, offer("cash", "200"))
    till.move("pay_out", "30")
    till.count_and_close()
    till.close_day()
    later = till.open("100").id
    assert till.visits.broken_promises() == []

    def card(unit: UnitOfWork) -> int:
        found = unit.session.scalar(
            text("SELECT id FROM tenders WHERE kind = 'payment' AND method = 'card'")
        )
        assert isinstance(found, int)
        return found

    return Books(
        mixed,
        cash,
        shift,
        later,
        till.row(mixed).items[0].id,
        item,
        till.run(card),
        refund.id,
    )


WITHOUT_KEYS = "SET foreign_key_checks = 0"
PAYMENT = "kind = 'payment' AND transaction_id = {mixed}"
BROKEN: dict[str, tuple[list[str], str]] = {
    # Σ tenders.amount of a payment = amount_due + rounding
    "a tender less than was due": (
        [f"DELETE FROM tenders WHERE {PAYMENT} AND method = 'cash'"],
        "transaction {mixed}: 80.00 due, but its tenders pay 50.00",
    ),
    "a rounding that nobody paid": (
        ["UPDATE tenders SET rounding = 0.05 WHERE transaction_id = {cash}"],
        "transaction {cash}: 165.50 due, but its tenders pay",
    ),
    # amount_paid − change = amount_due + tip + rounding
    "a payment that kept more than it says": (
        ["UPDATE payments SET amount_paid = amount_paid + 1 WHERE transaction_id = {mixed}"],
        "transaction {mixed}: paid, total 80.00, but its payment says",
    ),
    "a tip in the payment alone": (
        [
            (
                "UPDATE payments SET tip_amount = tip_amount + 1, amount_paid = amount_paid + 1"
                " WHERE transaction_id = {mixed}"
            )
        ],
        "transaction {mixed}: 80.00 due, but its tenders pay",
    ),
    "a tender that is not its amount and tip": (
        ["UPDATE tenders SET given = given + 1 WHERE method = 'cash' AND " + PAYMENT],
        "tender ",
    ),
    # change only from cash; a method other than cash gives exactly its amount + tip
    "change from a card": (
        ["UPDATE tenders SET given = given + 5, change_amount = 5 WHERE id = {card}"],
        "tender {card}: card with change",
    ),
    "a card that is rounded": (
        ["UPDATE tenders SET rounding = 0.05 WHERE id = {card}"],
        "tender {card}: card with change, rounding",
    ),
    "a card that was charged too much": (
        ["UPDATE tenders SET given = given + 1 WHERE id = {card}"],
        "tender {card}: card with change, rounding or a wrong sum",
    ),
    # Σ refunds per item ≤ paid for it
    "more back for a service than it cost": (
        ["UPDATE refund_lines SET amount = 81 WHERE refund_id = {refund}"],
        "item {first}: 80.00 paid at most, 81.00 refunded",
    ),
    "more back than the discount has left of a service": (
        [
            (
                "INSERT INTO refunds (number, transaction_id, shift_id, amount, tip_amount,"
                " rounding_amount, tax, reason, by_name, approved_by_name, created_at)"
                " SELECT 2, {cash}, {later}, 90, 0, 0, '[]', 'why', 'Eva', 'Gloria', created_at"
                " FROM refunds WHERE id = {refund}"
            ),
            (
                "INSERT INTO refund_lines (refund_id, item_id, amount)"
                " SELECT id, {second}, 90 FROM refunds WHERE number = 2"
            ),
        ],
        "item {second}: 85.50 paid at most, 90.00 refunded",
    ),
    "somebody else's service": (
        ["UPDATE refund_lines SET item_id = {second} WHERE refund_id = {refund}"],
        "refund {refund}: item {second} is of another visit",
    ),
    "a refund that is not its lines": (
        ["UPDATE refund_lines SET amount = amount - 1 WHERE refund_id = {refund}"],
        "refund {refund}: 20.00, but its lines sum to 19.00",
    ),
    "a refund that did not go back": (
        ["DELETE FROM tenders WHERE refund_id = {refund}"],
        "refund {refund}: 20.00 and tip 5.00, but 0.00",
    ),
    "more back than was paid": (
        ["UPDATE refunds SET amount = 81 WHERE id = {refund}"],
        "transaction {mixed}: 80.00 paid, 81.00 refunded",
    ),
    "more of the tip back than there was": (
        ["UPDATE refunds SET tip_amount = 16 WHERE id = {refund}"],
        "transaction {mixed}: 80.00 paid, 20.00 refunded",
    ),
    # Σ refunds per method ≤ net taken by it
    "more back to the card than it paid": (
        ["UPDATE tenders SET amount = -51, given = -56 WHERE refund_id = {refund}"],
        "transaction {mixed}: -1.00 by card: more was given back than came in",
    ),
    # Σ tip shares = tip
    "a tip that belongs to nobody": (
        ["DELETE FROM tip_shares WHERE transaction_id = {mixed} AND amount > 0"],
        "transaction {mixed}: tip 10.00, but its shares sum to",
    ),
    # every tender in exactly one shift, every shift in exactly one day
    "a tender in no shift": (
        [WITHOUT_KEYS, "UPDATE tenders SET shift_id = 0 WHERE id = {card}"],
        "tender {card}: in no shift",
    ),
    "a payment over two shifts": (
        ["UPDATE tenders SET shift_id = {later} WHERE id = {card}"],
        "transaction {mixed}: one payment in 2 shifts",
    ),
    "a refund in one shift, its money in another": (
        ["UPDATE tenders SET shift_id = {later} WHERE refund_id = {refund}"],
        "refund {refund}: its money went out of another shift",
    ),
    "a shift in the Z of another day": (
        ["UPDATE shifts SET business_date = '2026-01-01' WHERE id = {shift}"],
        "shift {shift}: of 2026-01-01, but in Z 1 of",
    ),
    "a shift in a Z that there is not": (
        [WITHOUT_KEYS, "UPDATE shifts SET z_number = 9 WHERE id = {shift}"],
        "shift {shift}: of 2026-11-22, but in Z 9 of nothing",
    ),
    "an open shift in a Z": (
        ["UPDATE shifts SET z_number = 1 WHERE id = {later}"],
        "shift {later}: in Z 1, and not closed",
    ),
    "a closed shift that still holds its drawer": (
        ["UPDATE shifts SET open_cashier_id = 999 WHERE id = {shift}"],
        "shift {shift}: closed, but it says otherwise",
    ),
    "other cash than was expected": (
        ["UPDATE shift_movements SET amount = amount + 1"],
        "shift {shift}: expected ",
    ),
    # numbers 1…n without a gap
    "a receipt's number that is missing": (
        ["UPDATE payments SET receipt_number = 9 WHERE transaction_id = {cash}"],
        "receipts: 2 of them, numbered from 1 to 9",
    ),
    "a refund's number that is missing": (
        ["UPDATE refunds SET number = 2 WHERE id = {refund}"],
        "refunds: 1 of them, numbered from 2 to 2",
    ),
    # the Z
    "a Z that was changed": (
        ["UPDATE z_reports SET document = REPLACE(document, 'Gloria', 'Nobody')"],
        "Z 1: its seal is broken",
    ),
    "a Z after another one than the one before": (
        [f"UPDATE z_reports SET previous_hash = '{'1' * 64}'"],
        "Z 1: its seal is broken",
    ),
    "a grand total that was reset": (
        ["UPDATE z_reports SET grand_total = 0"],
        "Z 1: 0 before and ",
    ),
    # the Z says what its rows say
    "money that came into a closed day": (
        [
            (
                "INSERT INTO tenders (transaction_id, shift_id, kind, method, amount, given,"
                " change_amount, tip, rounding, at)"
                " SELECT transaction_id, {shift}, 'correction', 'other', 7, 7, 0, 0, 0, at"
                " FROM tenders WHERE id = {card}"
            ),
        ],
        "Z 1: it says 0 by other, its tenders keep 7",
    ),
    "a sale that left a closed day": (
        ["UPDATE tenders SET shift_id = {later} WHERE " + PAYMENT],
        "Z 1: it says sales 245.50, its rows sum to 165.50",
    ),
    "a refund that left a closed day": (
        ["UPDATE refunds SET shift_id = {later} WHERE id = {refund}"],
        "Z 1: it says refunds 20.00, its rows sum to 0",
    ),
    "a rounding that came into a closed day": (
        ["UPDATE tenders SET rounding = 0.05 WHERE transaction_id = {cash}"],
        "Z 1: it says rounding 0.00, its rows sum to 0.05",
    ),
    # the bill
    "a discount that is not in the total": (
        ["UPDATE adjustments SET amount = amount + 1 WHERE transaction_id = {cash}"],
        "transaction {cash}: total 165.50",
    ),
}


class _Undo(Exception):
    pass


def test_each_broken_equation_is_named_with_its_row(till: Till, books: Books) -> None:
    def spoiled(statements: list[str]) -> list[str]:
        """What is found while these have been done; afterwards they have not."""
        found: list[str] = []

        def work(unit: UnitOfWork) -> None:
            for statement in statements:
                done = unit.session.execute(text(statement.format(**vars(books))))
                assert statement == WITHOUT_KEYS or done.rowcount > 0  # type: ignore[attr-defined]
            found.extend(invariants.violations(unit.session))
            unit.session.execute(text("SET foreign_key_checks = 1"))
            raise _Undo

        with suppress(_Undo):
            till.run(work)
        return found

    unnamed = {}
    for what, (statements, expected) in BROKEN.items():
        found = spoiled(statements)
        if not any(line.startswith(expected.format(**vars(books))) for line in found):
            unnamed[what] = found
    assert not unnamed
    assert till.visits.broken_promises() == []
