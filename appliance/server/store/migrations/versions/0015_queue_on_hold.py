"""Who is in the queue and not called at present: passed over, stepped out, from yesterday.

The release before this one calls everybody in the queue, by its own index, which stays.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

from appliance.server.store.types import UtcDateTime, exact_string

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("transactions") as batch_op:
        batch_op.add_column(sa.Column("hold", sa.String(24), nullable=True))
        batch_op.add_column(sa.Column("held_since", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("waits_on", exact_string(10), nullable=True))
    op.create_index(
        "ix_transactions_callable",
        "transactions",
        ["status", "hold", "selection_confirmed_at", "id"],
    )


def downgrade() -> None:
    op.drop_index("ix_transactions_callable", "transactions")
    with op.batch_alter_table("transactions") as batch_op:
        batch_op.drop_column("waits_on")
        batch_op.drop_column("held_since")
        batch_op.drop_column("hold")
