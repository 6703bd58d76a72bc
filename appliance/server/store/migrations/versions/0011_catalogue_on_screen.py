"""What a manager sets in the catalogue: hidden until, turns, prices from a moment on.

The columns have defaults, so that the release before this one runs on the new schema too; it knows
no scheduled prices, and offers what is hidden for today.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

from appliance.server.store.types import ID, Money, UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("services") as batch_op:
        batch_op.add_column(sa.Column("hidden_until", UtcDateTime(), nullable=True))
    with op.batch_alter_table("service_classifications") as batch_op:
        batch_op.add_column(sa.Column("hidden_until", UtcDateTime(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "turn_value", sa.Numeric(4, 2), server_default=sa.text("1.00"), nullable=False
            )
        )
    op.create_table(
        "scheduled_prices",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("classification_id", ID, nullable=False),
        sa.Column("valid_from", UtcDateTime(), nullable=False),
        sa.Column("price", Money(), nullable=False),
        sa.CheckConstraint("price >= 0", name=op.f("ck_scheduled_prices_price_not_negative")),
        sa.ForeignKeyConstraint(
            ["classification_id"],
            ["service_classifications.id"],
            name=op.f("fk_scheduled_prices_classification_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduled_prices")),
        sa.UniqueConstraint(
            "classification_id",
            "valid_from",
            name=op.f("uq_scheduled_prices_classification_id_valid_from"),
        ),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mariadb_engine="InnoDB",
    )
    op.create_index("ix_scheduled_prices_valid_from", "scheduled_prices", ["valid_from"])
    op.create_index("ix_history_at", "history", ["at"])


def downgrade() -> None:
    op.drop_index("ix_history_at", "history")
    op.drop_table("scheduled_prices")
    with op.batch_alter_table("service_classifications") as batch_op:
        batch_op.drop_column("turn_value")
        batch_op.drop_column("hidden_until")
    with op.batch_alter_table("services") as batch_op:
        batch_op.drop_column("hidden_until")
