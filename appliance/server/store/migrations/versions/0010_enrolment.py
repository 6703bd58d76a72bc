"""Enrolment links that work once, and a secret of its own for each enrolled browser.

Two tables that the release before this one does not look at: it lets in by a device's token.

Revision ID: 0010
Revises: 0009
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from appliance.server.store.types import DIGEST, ID, UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLE: Any = {"mariadb_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    op.create_table(
        "device_sessions",
        sa.Column("id", ID, nullable=False),
        sa.Column("device_id", ID, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.id"], name=op.f("fk_device_sessions_device_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_sessions")),
        sa.UniqueConstraint("digest", name=op.f("uq_device_sessions_digest")),
        **TABLE,
    )
    with op.batch_alter_table("device_sessions") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_device_sessions_device_id"), ["device_id"], unique=False
        )

    op.create_table(
        "enrolment_codes",
        sa.Column("device_id", ID, autoincrement=False, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.id"], name=op.f("fk_enrolment_codes_device_id")
        ),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_enrolment_codes")),
        sa.UniqueConstraint("digest", name=op.f("uq_enrolment_codes_digest")),
        **TABLE,
    )


def downgrade() -> None:
    op.drop_table("enrolment_codes")
    op.drop_table("device_sessions")
