"""Accounts and schema of the card's own database.

The roles make the same accounts on a machine that is provisioned; a test compares the two.
"""

from __future__ import annotations

from typing import Final

from . import secrets_made
from .machine import Machine

RELEASE: Final = "/opt/appliance/bin/appliance-release"
DATABASE: Final = "appliance"
CONNECTIONS: Final = 25
"""Of each account, five fewer than MariaDB has (`mariadb_max_connections`)."""


def make(machine: Machine) -> None:
    """Make accounts and schema; what is there stays."""
    # On standard input: arguments are read by everybody.
    machine.run("mariadb", "--batch", given=accounts(machine), secret=True)
    machine.run(RELEASE, "exec", "db", "upgrade")


def accounts(machine: Machine) -> str:
    """The statements that let each account do what it has to."""
    passwords = {
        name: secrets_made.read(machine, name)
        for name in ("mysql_password", "mysql_server_password", "mysql_rehearsal_password")
    }
    return f"""\
CREATE DATABASE IF NOT EXISTS `{DATABASE}` CHARACTER SET utf8mb4;
{_account("appliance", passwords["mysql_password"], CONNECTIONS)}
GRANT ALL PRIVILEGES ON `{DATABASE}`.* TO 'appliance'@'localhost';
{_account("appliance_server", passwords["mysql_server_password"], CONNECTIONS)}
GRANT SELECT, INSERT ON `{DATABASE}`.* TO 'appliance_server'@'localhost';
DROP DATABASE IF EXISTS test;
DELETE FROM mysql.global_priv WHERE User = '';
FLUSH PRIVILEGES;
GRANT ALL PRIVILEGES ON `{DATABASE}\\_%`.* TO 'appliance'@'localhost';
{_account("appliance_rehearsal", passwords["mysql_rehearsal_password"], 5)}
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, LOCK TABLES \
ON `{DATABASE}\\_rehearsal\\_%`.* TO 'appliance_rehearsal'@'localhost';
REVOKE BINLOG ADMIN ON *.* FROM 'appliance_rehearsal'@'localhost';
"""  # noqa: S608 — passwords of hexadecimal digits, which we have made


def _account(user: str, password: str, connections: int) -> str:
    return (
        f"CREATE USER IF NOT EXISTS '{user}'@'localhost' IDENTIFIED BY '{password}';\n"
        f"ALTER USER '{user}'@'localhost' IDENTIFIED BY '{password}' "
        f"WITH MAX_USER_CONNECTIONS {connections};"
    )
