"""What reports read: a closed day's figures, no-shows, and what a visit was worth at its finish.

Columns may be empty and tables are of their own, so that the release before this one runs on the
new schema too. Days that were closed before are worked out by the server, one at a time. No-shows
are taken from the history; a way back drops them, and the way forth takes them again.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

from appliance.server.store.types import ID, UtcDateTime, exact_string

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MONEY = sa.Numeric(14, 3)


def upgrade() -> None:
    with op.batch_alter_table("transactions") as batch_op:
        batch_op.add_column(sa.Column("commission_percent", sa.Numeric(6, 3), nullable=True))
        batch_op.add_column(sa.Column("language", exact_string(12), nullable=True))
    op.create_table(
        "daily_rows",
        sa.Column("z_number", ID, nullable=False),
        sa.Column("kind", exact_string(10), nullable=False),
        sa.Column("business_date", exact_string(10), nullable=False),
        sa.Column("row_key", exact_string(32), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("visits", "payments", "items", "busy_minutes", "open_minutes")
        ),
        *(
            sa.Column(name, MONEY, nullable=False)
            for name in (
                "sales", "discounts", "refunds", "tips", "rounding", "taken", "tips_paid",
                "commission", "difference",
            )
        ),
        sa.Column("waits", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["z_number"], ["z_reports.number"], name=op.f("fk_daily_rows_z_number")
        ),
        sa.PrimaryKeyConstraint(
            "z_number", "kind", "business_date", "row_key", name=op.f("pk_daily_rows")
        ),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mariadb_engine="InnoDB",
    )  # fmt: skip
    op.create_index("ix_daily_rows_kind", "daily_rows", ["kind", "business_date"])
    op.create_table(
        "no_shows",
        sa.Column("transaction_id", ID, autoincrement=False, nullable=False),
        sa.Column("therapist_id", ID, nullable=True),
        sa.Column("business_date", exact_string(10), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.id"], name=op.f("fk_no_shows_transaction_id")
        ),
        sa.PrimaryKeyConstraint("transaction_id", name=op.f("pk_no_shows")),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mariadb_engine="InnoDB",
    )
    op.create_index("ix_no_shows_business_date", "no_shows", ["business_date"])
    op.execute(
        "INSERT INTO no_shows (transaction_id, therapist_id, business_date, at)"
        " SELECT visit.id, visit.therapist_id, visit.business_date, visit.cancelled_at"
        " FROM transactions AS visit WHERE visit.status = 'cancelled'"
        " AND visit.business_date IS NOT NULL AND visit.cancelled_at IS NOT NULL"
        " AND EXISTS (SELECT 1 FROM history WHERE history.transaction_id = visit.id"
        " AND history.event = 'therapist_no_show')"
    )


def downgrade() -> None:
    op.drop_table("no_shows")
    op.drop_table("daily_rows")
    with op.batch_alter_table("transactions") as batch_op:
        batch_op.drop_column("language")
        batch_op.drop_column("commission_percent")
