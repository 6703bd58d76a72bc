"""MariaDB's own dump and client, and the schema beside the live one that a dump is tried in."""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Final

from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from appliance.server.store.db import Database

from . import archive
from .archive import BackupError, Unreadable

_INSERT: Final = re.compile(rb"INSERT INTO `([^`]+)` VALUES")
_TIMEOUT_SECONDS: Final = 3600
_NOBODY: Final = "nobody"
_IS_ROOT: Final = os.geteuid() == 0
_NOT_PERMITTED: Final = 1227
_BROKEN: Final = frozenset({1016, 1033, 1034, 1194, 1195, 1712, 1877, 1932})
"""What MariaDB says of a table whose files do not fit together any more.

https://mariadb.com/kb/en/mariadb-error-codes/
"""
_CODE: Final = re.compile(r"\((\d{4})\)|[Ee]rror:? (\d{4})")
_NO_LOG: Final = "sql_log_bin=0"
_SMALL: Final = "innodb_compression_default=ON"
"""New tables are written in compressed pages: a third of what a card would take otherwise."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who rehearses: somebody who may touch the schemas for it, `…_rehearsal_…`, and no other.

    Attributes:
        username: The database's user.
        password: Its password.
    """

    username: str
    password: str = field(repr=False)

    def at(self, url: URL) -> URL:
        """The same place, as this account."""
        return url.set(username=self.username, password=self.password)


def dump(url: URL, ssl_ca: str | None, out: IO[bytes]) -> dict[str, int]:
    """Write a schema as SQL, as it is at one moment, while others go on working.

    Args:
        url: The schema.
        ssl_ca: CA file for TLS, if any.
        out: Where to.

    Returns:
        How many rows of each table were written, counted in what was written: a count asked of
        the database would be of another moment.

    Raises:
        Unreadable: A table is broken.
        BackupError: The dump failed otherwise.
    """
    counts: dict[str, int] = {}
    table = ""
    with _program("mariadb-dump", url, ssl_ca, _DUMP_OPTIONS, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # noqa: S101 — asked for above
        for line in process.stdout:
            out.write(line)
            # Each row stands on a line of its own; line breaks in values are escaped.
            if insert := _INSERT.match(line):
                table = insert[1].decode()
            elif line.startswith(b"CREATE TABLE `"):
                counts[line.split(b"`")[1].decode()] = 0
            if line.startswith(b"(") or (insert and b"VALUES (" in line):
                counts[table] += 1
    return counts


_DUMP_OPTIONS: Final = (
    "--single-transaction",
    "--quick",
    "--hex-blob",
    "--no-tablespaces",
    # Nothing that could run stands in a backup; `schema.protect` makes them again.
    "--skip-triggers",
    "--skip-comments",
    "--skip-add-locks",
    "--default-character-set=utf8mb4",
)


# A dump is a program for the client, whose own commands start others, read and write files. The
# sandbox (MariaDB 10.5.25, 10.6.18, 10.11.8, 11.4.2) refuses them, and in binary mode there are
# none but `delimiter` and `charset`. https://mariadb.com/kb/en/mariadb-command-line-client/
_LOAD_OPTIONS: Final = (
    "--sandbox",
    "--binary-mode",
    "--skip-local-infile",
    "--default-character-set=utf8mb4",
    "--batch",
)


def has_binary_log(engine: Engine) -> bool:
    """Whether what is written to a database is written to MariaDB's binary log, too.

    Args:
        engine: The database.
    """
    with engine.connect() as connection:
        return bool(connection.scalar(text("SELECT @@log_bin")))


def may_write_no_log(url: URL, ssl_ca: str | None) -> bool:
    """Whether an account may keep what it writes out of the binary log (BINLOG ADMIN).

    Args:
        url: The account, in a schema that it may use.
        ssl_ca: CA file for TLS, if any.

    Raises:
        DBAPIError: Something else is wrong.
    """
    database = Database(url, ssl_ca=ssl_ca, logged=False)
    try:
        database.engine.connect().close()
    except DBAPIError as error:
        if error.orig is None or error.orig.args[0] != _NOT_PERMITTED:
            raise
        return False
    finally:
        database.dispose()
    return True


def load(
    url: URL, ssl_ca: str | None, data: IO[bytes], *, logged: bool = True, lasting: bool = True
) -> None:
    """Run a dump in a schema.

    Args:
        url: The schema, as an account that may touch no other.
        ssl_ca: CA file for TLS, if any.
        data: The dump.
        logged: Whether MariaDB's binary log has it, too.
        lasting: Whether the tables are to stay; those that go in a minute are written compressed.

    Raises:
        BackupError: The client refused something in it, or is too old to have a sandbox.
    """
    settings = [setting for setting, no in ((_NO_LOG, logged), (_SMALL, lasting)) if not no]
    first = [f"--init-command=SET SESSION {', '.join(settings)}"] if settings else []
    options = (*_LOAD_OPTIONS, *first)
    with _program("mariadb", url, ssl_ca, options, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None  # noqa: S101 — asked for above
        try:
            archive.copy(data, process.stdin)
            process.stdin.close()
        except BrokenPipeError:
            # It ended early; its exit code and its last line say why.
            return


@contextmanager
def scratch_schema(engine: Engine) -> Iterator[URL]:
    """A schema beside the live one, gone afterwards.

    Yields:
        Where it is.
    """
    name = f"{engine.url.database}_rehearsal_{secrets.token_hex(4)}"
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4"))
    try:
        yield engine.url.set(database=name)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS `{name}`"))


def drop_broken(engine: Engine) -> list[str]:
    """Remove the live tables that MariaDB cannot read: it renames none of them either.

    Args:
        engine: The live schema.

    Returns:
        Their names.
    """
    with engine.connect() as connection:
        broken = [
            table
            for table in _tables(connection, str(engine.url.database))
            if _is_broken(connection, table)
        ]
        connection.execute(text("SET SESSION foreign_key_checks=0"))
        try:
            for table in broken:
                connection.execute(text(f"DROP TABLE `{table}`"))
        finally:
            connection.execute(text("SET SESSION foreign_key_checks=1"))
    return broken


def _is_broken(connection: Connection, table: str) -> bool:
    try:
        connection.execute(text(f"SELECT * FROM `{table}` LIMIT 1")).all()  # noqa: S608 — a table's own name
    except DBAPIError as error:
        if error.orig is None or error.orig.args[0] not in _BROKEN:
            raise
        return True
    return False


def swap(engine: Engine, rehearsed: str) -> None:
    """Put the tables of a rehearsed schema in the place of the live ones, in one statement.

    MariaDB renames all of them or none (atomic DDL since 10.6), and InnoDB takes the foreign keys
    along. The old tables end in the rehearsed schema's place.

    Args:
        engine: The live schema.
        rehearsed: The schema whose tables take over.
    """
    live, aside = str(engine.url.database), f"{engine.url.database}_before_{secrets.token_hex(4)}"
    with engine.connect() as connection:
        old, new = _tables(connection, live), _tables(connection, rehearsed)
        moves = [f"`{live}`.`{t}` TO `{aside}`.`{t}`" for t in old]
        moves += [f"`{rehearsed}`.`{t}` TO `{live}`.`{t}`" for t in new]
        connection.execute(text(f"CREATE DATABASE `{aside}` CHARACTER SET utf8mb4"))
        try:
            connection.execute(text(f"RENAME TABLE {', '.join(moves)}"))
        finally:
            # After a failure it is empty; after the swap it holds what the safety backup holds.
            connection.execute(text(f"DROP DATABASE `{aside}`"))


def _tables(connection: Connection, schema: str) -> list[str]:
    rows = connection.execute(
        text("SELECT table_name FROM information_schema.tables WHERE table_schema = :schema"),
        {"schema": schema},
    )
    return sorted(rows.scalars())


@contextmanager
def _program(
    name: str,
    url: URL,
    ssl_ca: str | None,
    options: tuple[str, ...],
    *,
    stdin: int | None = subprocess.DEVNULL,
    stdout: int | None = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen[bytes]]:
    path = shutil.which(name)
    if path is None:
        raise BackupError(f"{name} is not installed: sudo apt-get install mariadb-client")
    # A technician's command runs as root, which these programs have no use for.
    user = _NOBODY if _IS_ROOT else None
    login = _login(url, ssl_ca, user)
    try:
        process = subprocess.Popen(  # noqa: S603 — our own arguments, no shell
            [path, f"--defaults-extra-file=/dev/fd/{login}", *options, str(url.database)],
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            pass_fds=[login],
            cwd="/",
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if user else None,
        )
    finally:
        os.close(login)
    try:
        yield process
        assert process.stderr is not None  # noqa: S101 — asked for above
        said = process.stderr.read().decode("utf-8", "replace").strip()
        if process.wait(_TIMEOUT_SECONDS) != 0:
            last = said.splitlines()[-1] if said else f"it ended with {process.returncode}"
            if "unknown option" in last and "--sandbox" in last:
                last = "it has no sandbox: update mariadb-client (10.11.8, 11.4.2 or later)"
            codes = {int(one or other) for one, other in _CODE.findall(last)}
            raise (Unreadable if codes & _BROKEN else BackupError)(f"{name} failed: {last}")
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                _close(pipe)


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        return


def _login(url: URL, ssl_ca: str | None, user: str | None) -> int:
    """A descriptor of an option file in memory: a password on a command line is seen by all."""
    lines = ["[client]"]
    socket = url.query.get("unix_socket")
    wanted = {
        "user": url.username,
        "password": url.password,
        "socket": socket,
        "host": None if socket else url.host,
        "port": None if socket else str(url.port or 3306),
        "protocol": "socket" if socket else "tcp",
        "ssl-ca": ssl_ca,
    }
    for key, value in wanted.items():
        if value:
            escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
            lines.append(f'{key}="{escaped}"')
    # Clients of 11.4 and later insist on TLS, which a database on loopback does not have.
    lines.append("ssl-verify-server-cert" if ssl_ca else "skip-ssl")
    handle = os.memfd_create("login")
    # The clients ignore an option file that others may write.
    os.fchmod(handle, 0o600)
    if user:
        os.fchown(handle, pwd.getpwnam(user).pw_uid, -1)
    os.write(handle, ("\n".join(lines) + "\n").encode())
    os.lseek(handle, 0, os.SEEK_SET)
    return handle
