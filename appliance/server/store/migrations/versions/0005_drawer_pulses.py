"""Pulses for the cash drawer, and which printers take them.

The release before this one neither writes nor reads them.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from appliance.server.store.types import ID, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drawer_pulses",
        sa.Column("id", ID, nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drawer_pulses")),
        mariadb_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("printers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cash_drawer", sa.Boolean(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("printers", schema=None) as batch_op:
        batch_op.drop_column("cash_drawer")
    op.drop_table("drawer_pulses")
