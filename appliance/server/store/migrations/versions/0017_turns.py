"""Turns: what a service uses up, since when a room is ready, when somebody was last called.

All have a default or may be empty, so that the release before this one runs on the new schema too;
it knows no rotation.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

from appliance.server.store.types import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("transaction_items") as batch_op:
        batch_op.add_column(
            sa.Column(
                "turn_value", sa.Numeric(4, 2), server_default=sa.text("1.00"), nullable=False
            )
        )
    with op.batch_alter_table("rooms") as batch_op:
        batch_op.add_column(sa.Column("available_since", UtcDateTime(), nullable=True))
    with op.batch_alter_table("transaction_counter") as batch_op:
        batch_op.add_column(sa.Column("called_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("transaction_counter") as batch_op:
        batch_op.drop_column("called_at")
    with op.batch_alter_table("rooms") as batch_op:
        batch_op.drop_column("available_since")
    with op.batch_alter_table("transaction_items") as batch_op:
        batch_op.drop_column("turn_value")
