"""What a check, a backup, its rehearsal, its restore and an archive cost after years of visits."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import click

from tests.support.mariadb import PrivateMariaDB

from .figures import Results
from .lab import Lab
from .past import fill_past

_BLOCK: Final = 512
"""Bytes of `ru_oublock`. getrusage(2)"""
_REHEARSAL: Final = "rehearsal"
_WATCHED: Final = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_maxrss, used.ru_oublock)
sys.exit(code)
"""
"""A small program in between: a process is told to have had what it was forked from."""


class Cost(NamedTuple):
    """What a command took.

    Attributes:
        seconds: On the clock.
        memory_mb: The most that it, or a program that it started, ever had.
        written_mb: By it, those programs and MariaDB, every changed page included.
        said: What it printed, stripped.
    """

    seconds: float
    memory_mb: float
    written_mb: float
    said: str


def years(lab: Lab) -> Results:
    """Make years of visits and let technicians' commands loose on them."""
    with lab.shop() as shop:
        began = time.monotonic()
        fill_past(lab.mariadb.url(shop.schema), lab.sizes.years_visits)
        click.echo(f"    {lab.sizes.years_visits} visits: {time.monotonic() - began:.0f} s")
        return measure(lab.mariadb, shop.schema, lab.folder)


def measure(mariadb: PrivateMariaDB, schema: str, folder: Path) -> Results:
    """Measure on a shop that has its years already.

    Args:
        mariadb: Running.
        schema: The shop's.
        folder: For backups; on the disk that is written to, with room for the data twice.
    """
    mariadb.execute(
        f"CREATE OR REPLACE USER {_REHEARSAL}@'%' IDENTIFIED BY '{mariadb.password}'",
        "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, "
        f"LOCK TABLES ON `{schema}\\_rehearsal\\_%`.* TO {_REHEARSAL}@'%'",
    )
    settings = mariadb.environment(schema) | {
        "BACKUP_KEY_FILE": str(_file(folder / "key", "5a" * 32)),
        "MYSQL_REHEARSAL_USER": _REHEARSAL,
        "MYSQL_REHEARSAL_PASSWORD_FILE": str(_file(folder / "password", mariadb.password)),
        "APPLIANCE_TIMEZONE": "UTC",
        "TMPDIR": str(folder),
    }

    def run(name: str, *arguments: str) -> Cost:
        cost = _cost(mariadb, settings, arguments)
        click.echo(
            f"    {name}: {cost.seconds:.0f} s, {cost.memory_mb:.0f} MB of memory, "
            f"{cost.written_mb:.0f} MB written"
        )
        return cost

    data = mariadb.bytes_of(schema) / 1e6
    click.echo(f"    data: {data:.0f} MB")
    kept = str(folder / "kept")
    check = run("check", "db", "check")
    create = run("backup", "backup", "create", kept)
    verify = run("verify", "backup", "verify", create.said)
    restore = run("restore", "backup", "restore", create.said)
    return {
        "years_data_mb": data,
        "years_backup_mb": Path(create.said).stat().st_size / 1e6,
        "years_memory_mb": max(cost.memory_mb for cost in (check, create, verify, restore)),
        "years_check_s": check.seconds,
        "years_backup_s": create.seconds,
        "years_verify_s": verify.seconds,
        "years_restore_s": restore.seconds,
        "years_verify_written_mb": verify.written_mb,
        "years_restore_written_mb": restore.written_mb,
        "years_verify_written_ratio": verify.written_mb / data,
        "years_restore_written_ratio": restore.written_mb / data,
    }


def _file(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def _cost(mariadb: PrivateMariaDB, settings: Mapping[str, str], arguments: tuple[str, ...]) -> Cost:
    mariadb.write_pages()
    before = _written(mariadb)
    began = time.monotonic()
    process = subprocess.run(
        [sys.executable, "-S", "-c", _WATCHED, sys.executable, "-m", "appliance", *arguments],
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - began
    if process.returncode != 0:
        raise click.ClickException(f"`appliance {' '.join(arguments)}` failed")
    mariadb.write_pages()
    *said, used = process.stdout.strip().splitlines()
    memory, blocks = map(int, used.split())
    written = blocks * _BLOCK + _written(mariadb) - before
    return Cost(seconds, memory / 1024, written / 1e6, "\n".join(said))


def _written(mariadb: PrivateMariaDB) -> int:
    pid = int((mariadb.folder / "mariadbd.pid").read_text())
    for line in Path(f"/proc/{pid}/io").read_text().splitlines():
        if line.startswith("write_bytes:"):
            return int(line.split()[1])
    raise click.ClickException("the kernel does not count what a process writes")
