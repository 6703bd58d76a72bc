"""What a stored answer was asked with, so that its name is not used for something else.

The column may be empty, so that the release before this one runs on the new schema too.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from appliance.server.store.types import exact_string

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("stored_results", schema=None) as batch_op:
        batch_op.add_column(sa.Column("payload", exact_string(32), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("stored_results", schema=None) as batch_op:
        batch_op.drop_column("payload")
