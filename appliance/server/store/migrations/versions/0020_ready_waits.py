"""A closed day's waits as a report by day needs them: packed, and their percentiles.

A release that does not know them writes none, and goes on reading `waits`.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("daily_rows") as batch_op:
        batch_op.add_column(sa.Column("packed_waits", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("wait_p50", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("wait_p90", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("daily_rows") as batch_op:
        batch_op.drop_column("wait_p90")
        batch_op.drop_column("wait_p50")
        batch_op.drop_column("packed_waits")
