"""First schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from appliance.server.store.types import DIGEST, ID, UtcDateTime, exact_string, exact_text

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "devices",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("connected", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("digest", name=op.f("uq_devices_digest")),
        sa.UniqueConstraint("name", name=op.f("uq_devices_name")),
        mariadb_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "service_categories",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", exact_text(120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_categories")),
        sa.UniqueConstraint("name", name=op.f("uq_service_categories_name")),
        mariadb_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "staff",
        sa.Column("id", ID, nullable=False),
        sa.Column("role", sa.String(24), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("room_number", sa.String(length=20), nullable=True),
        sa.Column("on_duty_since", UtcDateTime(), nullable=True),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("username", name=op.f("uq_staff_username")),
        mariadb_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_staff_room_number", "staff", ["room_number"], unique=False)

    op.create_table(
        "stored_results",
        sa.Column("actor", exact_string(40), nullable=False),
        sa.Column("request_id", exact_text(64), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "request_id", name=op.f("pk_stored_results")),
        mariadb_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_stored_results_at", "stored_results", ["at"], unique=False)

    op.create_table(
        "transaction_counter",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("period", exact_string(10), nullable=False),
        sa.Column("wraps", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transaction_counter")),
        mariadb_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "auth_tokens",
        sa.Column("staff_id", ID, autoincrement=False, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("touched_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_auth_tokens_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_auth_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_auth_tokens_digest")),
        mariadb_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_auth_tokens_expires_at", "auth_tokens", ["expires_at"], unique=False)

    op.create_table(
        "printers",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("device_id", ID, nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("paper", sa.String(24), nullable=False),
        sa.Column("cover_open", sa.Boolean(), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_printers_device_id")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_printers")),
        mariadb_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "services",
        sa.Column("id", ID, nullable=False),
        sa.Column("category_id", ID, nullable=False),
        sa.Column("service_name", exact_text(120), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["service_categories.id"], name=op.f("fk_services_category_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
        sa.UniqueConstraint(
            "category_id", "service_name", name=op.f("uq_services_category_id_service_name")
        ),
        mariadb_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "transactions",
        sa.Column("id", ID, nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("code", exact_string(4), nullable=True),
        sa.Column("code_series", exact_string(20), nullable=True),
        sa.Column("open_code", exact_string(4), nullable=True),
        sa.Column("ticket_token", exact_string(43), nullable=True),
        sa.Column("business_date", exact_string(10), nullable=True),
        sa.Column("kiosk_id", ID, nullable=True),
        sa.Column("therapist_id", ID, nullable=True),
        sa.Column("cashier_id", ID, nullable=True),
        sa.Column("room_number", sa.String(length=20), nullable=True),
        sa.Column("total_amount", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("total_duration_minutes", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("touched_at", UtcDateTime(), nullable=False),
        sa.Column("selection_confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("therapist_confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("service_start_at", UtcDateTime(), nullable=True),
        sa.Column("service_finish_at", UtcDateTime(), nullable=True),
        sa.Column("cashier_claimed_at", UtcDateTime(), nullable=True),
        sa.Column("paid_at", UtcDateTime(), nullable=True),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cashier_id"], ["staff.id"], name=op.f("fk_transactions_cashier_id")
        ),
        sa.ForeignKeyConstraint(
            ["kiosk_id"], ["devices.id"], name=op.f("fk_transactions_kiosk_id")
        ),
        sa.ForeignKeyConstraint(
            ["therapist_id"], ["staff.id"], name=op.f("fk_transactions_therapist_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transactions")),
        sa.UniqueConstraint("code", "code_series", name=op.f("uq_transactions_code_code_series")),
        sa.UniqueConstraint("open_code", name=op.f("uq_transactions_open_code")),
        sa.UniqueConstraint("ticket_token", name=op.f("uq_transactions_ticket_token")),
        mariadb_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index(
        "ix_transactions_at_desk",
        "transactions",
        ["status", "service_finish_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_transactions_business_date", "transactions", ["business_date"], unique=False
    )
    op.create_index(
        "ix_transactions_cashier", "transactions", ["cashier_id", "status"], unique=False
    )
    op.create_index("ix_transactions_idle", "transactions", ["status", "touched_at"], unique=False)
    op.create_index(
        "ix_transactions_therapist", "transactions", ["therapist_id", "status"], unique=False
    )
    op.create_index(
        "ix_transactions_waiting",
        "transactions",
        ["status", "selection_confirmed_at", "id"],
        unique=False,
    )

    op.create_table(
        "history",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("transaction_id", ID, nullable=True),
        sa.Column("from_status", sa.String(length=24), nullable=True),
        sa.Column("to_status", sa.String(length=24), nullable=True),
        sa.Column("actor_role", sa.String(24), nullable=False),
        sa.Column("actor_id", ID, nullable=True),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.id"], name=op.f("fk_history_transaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
        mariadb_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_history_transaction_id", "history", ["transaction_id", "id"], unique=False)

    op.create_table(
        "payments",
        sa.Column("id", ID, nullable=False),
        sa.Column("transaction_id", ID, nullable=False),
        sa.Column("amount_due", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("amount_paid", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("change_amount", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("amount_paid >= amount_due", name=op.f("ck_payments_covers_the_total")),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.id"], name=op.f("fk_payments_transaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_payments_transaction_id")),
        mariadb_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "print_jobs",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("transaction_id", ID, nullable=True),
        sa.Column("original_id", ID, nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("maybe_printed", sa.Boolean(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("lease", exact_string(32), nullable=True),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.Column("printer", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("printed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["original_id"], ["print_jobs.id"], name=op.f("fk_print_jobs_original_id")
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.id"], name=op.f("fk_print_jobs_transaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_jobs")),
        mariadb_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_print_jobs_state", "print_jobs", ["state", "kind", "id"], unique=False)
    op.create_index("ix_print_jobs_transaction_id", "print_jobs", ["transaction_id"], unique=False)

    op.create_table(
        "rooms",
        sa.Column("id", ID, nullable=False),
        sa.Column("room_number", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("current_transaction_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["current_transaction_id"],
            ["transactions.id"],
            name=op.f("fk_rooms_current_transaction_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rooms")),
        sa.UniqueConstraint("current_transaction_id", name=op.f("uq_rooms_current_transaction_id")),
        sa.UniqueConstraint("room_number", name=op.f("uq_rooms_room_number")),
        mariadb_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "service_classifications",
        sa.Column("id", ID, nullable=False),
        sa.Column("service_id", ID, nullable=False),
        sa.Column("name", exact_text(120), nullable=False),
        sa.Column("price", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "duration_minutes > 0", name=op.f("ck_service_classifications_takes_time")
        ),
        sa.CheckConstraint(
            "price >= 0", name=op.f("ck_service_classifications_price_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["services.id"], name=op.f("fk_service_classifications_service_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_classifications")),
        sa.UniqueConstraint(
            "service_id", "name", name=op.f("uq_service_classifications_service_id_name")
        ),
        mariadb_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "transaction_items",
        sa.Column("id", ID, nullable=False),
        sa.Column("transaction_id", ID, nullable=False),
        sa.Column("service_id", ID, nullable=False),
        sa.Column("service_classification_id", ID, nullable=False),
        sa.Column("service_name", sa.String(length=120), nullable=False),
        sa.Column("classification_name", sa.String(length=120), nullable=False),
        sa.Column("price", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_classification_id"],
            ["service_classifications.id"],
            name=op.f("fk_transaction_items_service_classification_id"),
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["services.id"], name=op.f("fk_transaction_items_service_id")
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["transactions.id"],
            name=op.f("fk_transaction_items_transaction_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transaction_items")),
        mariadb_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("transaction_items", schema=None) as batch_op:
        batch_op.create_index(
            "ix_transaction_items_transaction_id", ["transaction_id"], unique=False
        )
    op.bulk_insert(
        sa.table(
            "transaction_counter",
            sa.column("id"),
            sa.column("period"),
            sa.column("wraps"),
            sa.column("number"),
        ),
        [{"id": 1, "period": "", "wraps": 0, "number": 0}],
    )


def downgrade() -> None:
    raise NotImplementedError("there is nothing before the first schema")
