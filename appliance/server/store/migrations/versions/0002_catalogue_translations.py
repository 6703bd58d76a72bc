"""The catalogue's names in other languages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("service_categories", "services", "service_classifications")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("translations", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "translations")
