"""Rooms, devices and printers are compared as they are written, on both databases alike.

MariaDB's own comparison takes `VIP` for `vip` and one emoji for another. Where a therapist was
given a room in another spelling than its own, they get the room's; a room whose letters were stored
in two pieces (Unicode's NFD) gets the one spelling that is compared from now on.

The release before this one runs on the new schema too.

Revision ID: 0004
Revises: 0003
"""

import unicodedata

import sqlalchemy as sa
from alembic import op

from appliance.server.store.types import exact_text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("rooms", "room_number", 20, False),
    ("staff", "room_number", 20, True),
    ("devices", "name", 64, False),
    ("printers", "name", 64, False),
    ("print_jobs", "wanted_printer", 64, True),
)


def upgrade() -> None:
    connection = op.get_bind()
    for number in connection.scalars(sa.text("SELECT room_number FROM rooms")).all():
        if (name := unicodedata.normalize("NFC", number)) != number:
            for table in ("rooms", "staff", "transactions"):
                connection.execute(
                    sa.text(f"UPDATE {table} SET room_number = :name WHERE room_number = :number"),  # noqa: S608 — fixed names
                    {"name": name, "number": number},
                )
    if connection.dialect.name == "sqlite":
        return  # It has always compared byte by byte.
    op.execute(
        "UPDATE staff JOIN rooms ON staff.room_number = rooms.room_number"
        " SET staff.room_number = rooms.room_number"
    )
    for table, column, length, nullable in _COLUMNS:
        op.alter_column(table, column, type_=exact_text(length), existing_nullable=nullable)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, column, length, nullable in _COLUMNS:
        op.alter_column(table, column, type_=sa.String(length), existing_nullable=nullable)
