"""`appliance backup`: create, test-restore, restore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .data import settings

if TYPE_CHECKING:
    from appliance.server.backup import Backups


@click.group()
def backup() -> None:
    """Backups: create, test-restore, restore."""


@backup.command("create")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--label", default="manual", show_default=True, help="Label of the backup.")
@click.option(
    "--keep", type=click.IntRange(min=1), help="Remove all but this many of the same label."
)
def backup_create(folder: Path, label: str, keep: int | None) -> None:
    """Write a backup into DIR and print its path; the server may go on working."""
    click.echo(backups().create(folder, label=label, keep=keep))


_BACKUP_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@backup.command("newest")
@click.argument(
    "folders",
    metavar="DIR…",
    nargs=-1,
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
)
@click.option("--label", default="nightly", show_default=True, help="Label of the backup.")
def backup_newest(folders: tuple[Path, ...], label: str) -> None:
    """Print the path of the last backup of this site in the DIRs, by the time in the file."""
    click.echo(backups().newest(folders, label))


@backup.command("trust")
@_BACKUP_FILE
def backup_trust(file: Path) -> None:
    """Seal FILE, made before backups had seals; only if you know who made it."""
    backups().trust(file)
    click.echo(f"{file.name} now belongs to this site.")


@backup.command("verify")
@_BACKUP_FILE
def backup_verify(file: Path) -> None:
    """Test-restore FILE beside the live data and check the result."""
    manifest = backups().verify(file)
    click.echo(
        f"{file.name} is complete: {sum(manifest.counts.values())} rows in {len(manifest.counts)} "
        f"tables, made {manifest.made_at} by version {manifest.version}."
    )


@backup.command("restore")
@_BACKUP_FILE
@click.option(
    "--safety-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to back up the current data first (default: beside FILE).",
)
@click.option("--over-newer", is_flag=True, help="Restore even if the current data is newer.")
@click.option(
    "--over-damaged",
    is_flag=True,
    help="Restore even if a table of the current data is broken, so that it cannot be backed up.",
)
def backup_restore(
    file: Path, safety_dir: Path | None, *, over_newer: bool, over_damaged: bool
) -> None:
    """Replace all data with FILE; the current data is backed up first."""
    manifest, kept = backups().restore(
        file,
        safety_dir or file.resolve().parent,
        over_newer=over_newer,
        over_damaged=over_damaged,
    )
    click.echo(f"Restored the data of {manifest.made_at}.")
    if kept:
        click.echo(f"The previous data is in {kept}.")


def backups() -> Backups:
    """The backups of the shop's database.

    Raises:
        ClickException: There is no key that they are sealed with.
    """
    from appliance import seal
    from appliance.server.backup import Account, Backups

    of_shop = settings()
    if not of_shop.backup_key:
        raise click.ClickException(
            "BACKUP_KEY_FILE is not set: backups are sealed with the site's key, 64 hexadecimal "
            "digits in a file of its own"
        )
    return Backups(
        of_shop.database_url,
        seal.key_from(of_shop.backup_key),
        Account(of_shop.rehearsal_user, of_shop.rehearsal_password)
        if of_shop.rehearsal_password
        else None,
        of_shop.database_tls_ca,
    )
