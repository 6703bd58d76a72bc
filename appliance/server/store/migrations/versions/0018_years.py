"""Five years of data: packed answers, and how far the background has come.

A release that knows no packed answers sees an answer to another event in each, and refuses to
repeat it; it does not know `upkeep` at all.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

from appliance.server.store.types import ID, Packed, exact_string

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("stored_results") as batch_op:
        batch_op.add_column(sa.Column("packed", Packed(), nullable=True))
    op.create_table(
        "upkeep",
        sa.Column("name", exact_string(20), nullable=False),
        sa.Column("done", ID, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_upkeep")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
    )


def downgrade() -> None:
    op.drop_table("upkeep")
    with op.batch_alter_table("stored_results") as batch_op:
        batch_op.drop_column("packed")
