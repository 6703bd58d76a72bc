"""A therapist's duty: breaks, since when it is as it is, and whether somebody has said so.

All may be empty, so that the release before this one runs on the new schema too; it knows no
breaks.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

from appliance.server.store.types import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("staff") as batch_op:
        batch_op.add_column(sa.Column("on_break_since", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("duty_since", UtcDateTime(), nullable=True))
        batch_op.add_column(
            sa.Column("duty_said", sa.Boolean(), server_default=sa.text("0"), nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("staff") as batch_op:
        batch_op.drop_column("duty_said")
        batch_op.drop_column("duty_since")
        batch_op.drop_column("on_break_since")
