"""What must be the same afterwards: every row that people would miss."""

from __future__ import annotations

from .machine import Machine
from .shop import APPLIANCE

DATABASE = "appliance"
_WHAT = {
    "orders": "SELECT * FROM transactions ORDER BY id",
    "what was ordered": "SELECT * FROM transaction_items ORDER BY id",
    "takings": "SELECT * FROM payments ORDER BY id",
    "counter": "SELECT * FROM transaction_counter",
    "history": "SELECT * FROM history WHERE transaction_id IS NOT NULL ORDER BY id",
    "staff": "SELECT id, role, username, name, password_hash FROM staff ORDER BY id",
    "rooms": "SELECT room_number FROM rooms ORDER BY 1",
    "catalogue": "SELECT * FROM service_classifications ORDER BY id",
}


def sql(machine: Machine, query: str) -> list[str]:
    """What the database says to root, a line for each row."""
    return machine.ssh(f'mariadb --batch --skip-column-names {DATABASE} -e "{query}"').splitlines()


def books(machine: Machine) -> dict[str, list[str]]:
    """Every row of what the shop's people would miss, by what it is."""
    return {name: sql(machine, query) for name, query in _WHAT.items()}


def schema(machine: Machine) -> list[str]:
    """Every column, and the revision that the database says it has."""
    return [
        *sql(
            machine,
            "SELECT table_name, column_name, column_type FROM information_schema.columns "
            f"WHERE table_schema = '{DATABASE}' ORDER BY 1, 2",
        ),
        *sql(machine, "SELECT version_num FROM alembic_version"),
    ]


def every_promise_holds(machine: Machine) -> bool:
    """Whether the appliance's own check finds nothing."""
    return "the data is consistent" in machine.ssh(f"{APPLIANCE} db check")
