"""Print jobs that staff move to a printer of their choice; printers that stand in for others.

All columns may be empty, so that the release before this one runs on the new schema too.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from appliance.server.store.types import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("printers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("fallback_roles", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("trouble_since", UtcDateTime(), nullable=True))
    with op.batch_alter_table("print_jobs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wanted_printer", sa.String(length=64), nullable=True))
        batch_op.create_index(
            "ix_print_jobs_wanted_printer", ["wanted_printer", "state", "id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("print_jobs", schema=None) as batch_op:
        batch_op.drop_index("ix_print_jobs_wanted_printer")
        batch_op.drop_column("wanted_printer")
    with op.batch_alter_table("printers", schema=None) as batch_op:
        batch_op.drop_column("trouble_since")
        batch_op.drop_column("fallback_roles")
