"""Several log-ins of one person at once: a token is known by its digest, not by whose it is.

No column comes or goes, so the release before this one runs on the new schema too: it finds
tokens by their digest, slides them, and its log-in and log-out end all tokens of the person, as
they always did. Going back keeps the token of each person that was used last.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("auth_tokens", recreate="always") as batch_op:
            batch_op.drop_constraint("uq_auth_tokens_digest", type_="unique")
            batch_op.drop_constraint("pk_auth_tokens", type_="primary")
            batch_op.create_primary_key("pk_auth_tokens", ["digest"])
        op.create_index("ix_auth_tokens_staff_id", "auth_tokens", ["staff_id"])
        return
    # In one statement: the foreign key needs an index on its column at every moment.
    op.execute(
        "ALTER TABLE auth_tokens ADD INDEX ix_auth_tokens_staff_id (staff_id),"
        " DROP PRIMARY KEY, ADD PRIMARY KEY (digest), DROP INDEX uq_auth_tokens_digest"
    )


def downgrade() -> None:
    connection = op.get_bind()
    kept = set()
    for digest, person in connection.execute(
        sa.text("SELECT digest, staff_id FROM auth_tokens ORDER BY touched_at DESC")
    ).all():
        if person in kept:
            connection.execute(
                sa.text("DELETE FROM auth_tokens WHERE digest = :digest"), {"digest": digest}
            )
        kept.add(person)
    if connection.dialect.name == "sqlite":
        op.drop_index("ix_auth_tokens_staff_id", "auth_tokens")
        with op.batch_alter_table("auth_tokens", recreate="always") as batch_op:
            batch_op.drop_constraint("pk_auth_tokens", type_="primary")
            batch_op.create_primary_key("pk_auth_tokens", ["staff_id"])
            batch_op.create_unique_constraint("uq_auth_tokens_digest", ["digest"])
        return
    op.execute(
        "ALTER TABLE auth_tokens DROP PRIMARY KEY, ADD PRIMARY KEY (staff_id),"
        " DROP INDEX ix_auth_tokens_staff_id, ADD UNIQUE INDEX uq_auth_tokens_digest (digest)"
    )
