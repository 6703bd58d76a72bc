"""Lanes: whom a customer waits for, in the head of the claim's index.

Both columns are 0 where nobody is asked for, so that the release before this one runs on the new
schema too; it calls the oldest, whatever they asked for.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_COLUMNS = ("lane", "asked_lane")


def upgrade() -> None:
    with op.batch_alter_table("transactions") as batch_op:
        for name in _COLUMNS:
            batch_op.add_column(
                sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)
            )
    op.create_index(
        "ix_transactions_lane",
        "transactions",
        ["status", "hold", "lane", "selection_confirmed_at", "id"],
    )
    # What the new one begins with.
    op.drop_index("ix_transactions_callable", "transactions")


def downgrade() -> None:
    op.create_index(
        "ix_transactions_callable",
        "transactions",
        ["status", "hold", "selection_confirmed_at", "id"],
    )
    op.drop_index("ix_transactions_lane", "transactions")
    with op.batch_alter_table("transactions") as batch_op:
        for name in reversed(_COLUMNS):
            batch_op.drop_column(name)
