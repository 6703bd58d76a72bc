"""The till: tenders, shifts, refunds, discounts, tax, numbered receipts and Z reports.

What the release before this one writes fits too: new columns have defaults or may be empty. Its
payments have no receipt number, which tells them from those of the ledger.

Revision ID: 0007
Revises: 0006
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import LONGTEXT

from appliance.server.store.types import ID, UtcDateTime, exact_string, exact_text

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MONEY = sa.Numeric(14, 3)
OLD_MONEY = sa.Numeric(10, 2)
RATE = sa.Numeric(6, 3)
LONG_TEXT = sa.Text().with_variant(LONGTEXT(), "mysql", "mariadb")
TABLE: Any = {"mariadb_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    _new_tables()
    _new_columns()


def _new_tables() -> None:
    op.create_table(
        "number_counters",
        sa.Column("name", exact_string(20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_number_counters")),
        **TABLE,
    )
    op.create_table(
        "z_reports",
        sa.Column("number", ID, autoincrement=False, nullable=False),
        sa.Column("business_date", exact_string(10), nullable=False),
        sa.Column("document", LONG_TEXT, nullable=False),
        sa.Column("previous_hash", exact_string(64), nullable=False),
        sa.Column("hash", exact_string(64), nullable=False),
        sa.Column("grand_total", MONEY, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_z_reports")),
        **TABLE,
    )
    with op.batch_alter_table("z_reports") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_z_reports_business_date"), ["business_date"], unique=False
        )

    op.create_table(
        "shifts",
        sa.Column("id", ID, nullable=False),
        sa.Column("drawer", exact_text(64), nullable=False),
        sa.Column("cashier_id", ID, nullable=False),
        sa.Column("open_cashier_id", ID, nullable=True),
        sa.Column("open_drawer", exact_text(64), nullable=True),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("business_date", exact_string(10), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("float_amount", MONEY, nullable=True),
        sa.Column("counted_amount", MONEY, nullable=True),
        sa.Column("expected_amount", MONEY, nullable=True),
        sa.Column("difference_reason", sa.String(length=200), nullable=True),
        sa.Column("left_amount", MONEY, nullable=True),
        sa.Column("z_number", ID, nullable=True),
        sa.ForeignKeyConstraint(["cashier_id"], ["staff.id"], name=op.f("fk_shifts_cashier_id")),
        sa.ForeignKeyConstraint(
            ["z_number"], ["z_reports.number"], name=op.f("fk_shifts_z_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
        sa.UniqueConstraint("open_cashier_id", name=op.f("uq_shifts_open_cashier_id")),
        sa.UniqueConstraint("open_drawer", name=op.f("uq_shifts_open_drawer")),
        **TABLE,
    )
    with op.batch_alter_table("shifts") as batch_op:
        batch_op.create_index("ix_shifts_business_date", ["business_date"], unique=False)
        batch_op.create_index(batch_op.f("ix_shifts_z_number"), ["z_number"], unique=False)

    op.create_table(
        "adjustments",
        sa.Column("id", ID, nullable=False),
        sa.Column("transaction_id", ID, nullable=False),
        sa.Column("item_id", ID, nullable=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("value", MONEY, nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by_name", sa.String(length=120), nullable=False),
        sa.Column("approved_by_name", sa.String(length=120), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.id"], name=op.f("fk_adjustments_transaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustments")),
        **TABLE,
    )
    with op.batch_alter_table("adjustments") as batch_op:
        batch_op.create_index("ix_adjustments_transaction_id", ["transaction_id"], unique=False)

    op.create_table(
        "refunds",
        sa.Column("id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("transaction_id", ID, nullable=False),
        sa.Column("shift_id", ID, nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("tip_amount", MONEY, nullable=False),
        sa.Column("rounding_amount", MONEY, nullable=False),
        sa.Column("tax", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by_name", sa.String(length=120), nullable=False),
        sa.Column("approved_by_name", sa.String(length=120), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_refunds_shift_id")),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.id"], name=op.f("fk_refunds_transaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("number", name=op.f("uq_refunds_number")),
        **TABLE,
    )
    with op.batch_alter_table("refunds") as batch_op:
        batch_op.create_index("ix_refunds_transaction_id", ["transaction_id"], unique=False)

    op.create_table(
        "shift_counts",
        sa.Column("id", ID, nullable=False),
        sa.Column("shift_id", ID, nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("expected_amount", MONEY, nullable=False),
        sa.Column("denominations", sa.JSON(), nullable=True),
        sa.Column("by_id", ID, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_shift_counts_by_id")),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_shift_counts_shift_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_counts")),
        **TABLE,
    )
    with op.batch_alter_table("shift_counts") as batch_op:
        batch_op.create_index(batch_op.f("ix_shift_counts_shift_id"), ["shift_id"], unique=False)

    op.create_table(
        "shift_movements",
        sa.Column("id", ID, nullable=False),
        sa.Column("shift_id", ID, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("therapist_id", ID, nullable=True),
        sa.Column("by_id", ID, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_shift_movements_by_id")),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["shifts.id"], name=op.f("fk_shift_movements_shift_id")
        ),
        sa.ForeignKeyConstraint(
            ["therapist_id"], ["staff.id"], name=op.f("fk_shift_movements_therapist_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_movements")),
        **TABLE,
    )
    with op.batch_alter_table("shift_movements") as batch_op:
        batch_op.create_index(batch_op.f("ix_shift_movements_shift_id"), ["shift_id"], unique=False)

    op.create_table(
        "tip_shares",
        sa.Column("id", ID, nullable=False),
        sa.Column("transaction_id", ID, nullable=False),
        sa.Column("therapist_id", ID, nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["therapist_id"], ["staff.id"], name=op.f("fk_tip_shares_therapist_id")
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.id"], name=op.f("fk_tip_shares_transaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tip_shares")),
        **TABLE,
    )
    with op.batch_alter_table("tip_shares") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_tip_shares_therapist_id"), ["therapist_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_tip_shares_transaction_id"), ["transaction_id"], unique=False
        )

    op.create_table(
        "tenders",
        sa.Column("id", ID, nullable=False),
        sa.Column("transaction_id", ID, nullable=False),
        sa.Column("shift_id", ID, nullable=False),
        sa.Column("refund_id", ID, nullable=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("method", exact_string(10), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("given", MONEY, nullable=False),
        sa.Column("change_amount", MONEY, nullable=False),
        sa.Column("tip", MONEY, nullable=False),
        sa.Column("rounding", MONEY, nullable=False),
        sa.Column("by_id", ID, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_tenders_by_id")),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_tenders_refund_id")),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_tenders_shift_id")),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.id"], name=op.f("fk_tenders_transaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenders")),
        **TABLE,
    )
    with op.batch_alter_table("tenders") as batch_op:
        batch_op.create_index(batch_op.f("ix_tenders_refund_id"), ["refund_id"], unique=False)
        batch_op.create_index("ix_tenders_shift_id", ["shift_id"], unique=False)
        batch_op.create_index("ix_tenders_transaction_id", ["transaction_id"], unique=False)

    op.create_table(
        "refund_lines",
        sa.Column("refund_id", ID, nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["transaction_items.id"], name=op.f("fk_refund_lines_item_id")
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refunds.id"], name=op.f("fk_refund_lines_refund_id")
        ),
        sa.PrimaryKeyConstraint("refund_id", "item_id", name=op.f("pk_refund_lines")),
        **TABLE,
    )


def _new_columns() -> None:
    with op.batch_alter_table("payments") as batch_op:
        batch_op.drop_constraint("covers_the_total", type_="check")
        batch_op.add_column(sa.Column("receipt_number", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("tip_amount", MONEY, server_default=sa.text("0.000"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("rounding_amount", MONEY, server_default=sa.text("0.000"), nullable=False)
        )
        batch_op.add_column(sa.Column("tax", sa.JSON(), nullable=True))
        batch_op.alter_column(
            "amount_due", existing_type=OLD_MONEY, type_=MONEY, existing_nullable=False
        )
        batch_op.alter_column(
            "amount_paid", existing_type=OLD_MONEY, type_=MONEY, existing_nullable=False
        )
        batch_op.alter_column(
            "change_amount", existing_type=OLD_MONEY, type_=MONEY, existing_nullable=False
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_payments_receipt_number"), ["receipt_number"]
        )
        batch_op.create_check_constraint(
            "covers_the_total", "amount_paid >= amount_due + tip_amount + rounding_amount"
        )

    with op.batch_alter_table("service_classifications") as batch_op:
        batch_op.alter_column(
            "price", existing_type=OLD_MONEY, type_=MONEY, existing_nullable=False
        )

    with op.batch_alter_table("services") as batch_op:
        batch_op.add_column(
            sa.Column("tax_rate", RATE, server_default=sa.text("0.000"), nullable=False)
        )

    with op.batch_alter_table("staff") as batch_op:
        batch_op.add_column(sa.Column("pin_hash", sa.String(length=255), nullable=True))

    with op.batch_alter_table("transaction_items") as batch_op:
        batch_op.add_column(
            sa.Column("tax_rate", RATE, server_default=sa.text("0.000"), nullable=False)
        )
        batch_op.alter_column(
            "price", existing_type=OLD_MONEY, type_=MONEY, existing_nullable=False
        )

    with op.batch_alter_table("transactions") as batch_op:
        batch_op.add_column(sa.Column("subtotal_amount", MONEY, nullable=True))
        batch_op.add_column(
            sa.Column("tax_on_top", MONEY, server_default=sa.text("0.000"), nullable=False)
        )
        batch_op.alter_column(
            "total_amount", existing_type=OLD_MONEY, type_=MONEY, existing_nullable=False
        )


def downgrade() -> None:
    with op.batch_alter_table("transactions") as batch_op:
        batch_op.alter_column(
            "total_amount", existing_type=MONEY, type_=OLD_MONEY, existing_nullable=False
        )
        batch_op.drop_column("tax_on_top")
        batch_op.drop_column("subtotal_amount")
    with op.batch_alter_table("transaction_items") as batch_op:
        batch_op.alter_column(
            "price", existing_type=MONEY, type_=OLD_MONEY, existing_nullable=False
        )
        batch_op.drop_column("tax_rate")
    with op.batch_alter_table("staff") as batch_op:
        batch_op.drop_column("pin_hash")
    with op.batch_alter_table("services") as batch_op:
        batch_op.drop_column("tax_rate")
    with op.batch_alter_table("service_classifications") as batch_op:
        batch_op.alter_column(
            "price", existing_type=MONEY, type_=OLD_MONEY, existing_nullable=False
        )
    with op.batch_alter_table("payments") as batch_op:
        batch_op.drop_constraint("covers_the_total", type_="check")
        batch_op.drop_constraint("uq_payments_receipt_number", type_="unique")
        for column in ("amount_due", "amount_paid", "change_amount"):
            batch_op.alter_column(
                column, existing_type=MONEY, type_=OLD_MONEY, existing_nullable=False
            )
        for column in ("tax", "rounding_amount", "tip_amount", "receipt_number"):
            batch_op.drop_column(column)
        batch_op.create_check_constraint("covers_the_total", "amount_paid >= amount_due")
    for table in (
        "refund_lines", "tenders", "tip_shares", "shift_movements", "shift_counts", "refunds",
        "adjustments", "shifts", "z_reports", "number_counters",
    ):  # fmt: skip
        op.drop_table(table)
