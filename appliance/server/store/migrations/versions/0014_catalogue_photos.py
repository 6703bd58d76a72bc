"""Icons, photos and descriptions in the catalogue.

The columns may be empty or have a default: the release before this one runs on the new schema too,
and shows the menu without them.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from appliance.server.store.types import UtcDateTime, exact_string

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_LEVELS = ("service_categories", "services")


def upgrade() -> None:
    op.create_table(
        "catalog_photos",
        sa.Column("digest", exact_string(32), nullable=False),
        sa.Column(
            "content",
            sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_catalog_photos")),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mariadb_engine="InnoDB",
    )
    op.create_index("ix_catalog_photos_created_at", "catalog_photos", ["created_at"])
    for table in _LEVELS:
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column("icon", exact_string(40), nullable=True))
            batch_op.add_column(sa.Column("photo", exact_string(32), nullable=True))
            batch_op.create_foreign_key(
                op.f(f"fk_{table}_photo"), "catalog_photos", ["photo"], ["digest"]
            )
    with op.batch_alter_table("service_categories") as batch_op:
        batch_op.add_column(
            sa.Column("description", sa.String(500), server_default=sa.text("''"), nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("service_categories") as batch_op:
        batch_op.drop_column("description")
    for table in _LEVELS:
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(op.f(f"fk_{table}_photo"), type_="foreignkey")
            batch_op.drop_column("photo")
            batch_op.drop_column("icon")
    op.drop_table("catalog_photos")
