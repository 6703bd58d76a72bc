"""`appliance catalog`: the services that the shop offers."""

from __future__ import annotations

from pathlib import Path

import click

from .data import settings, technician, work


@click.group()
def catalog() -> None:
    """The services that the shop offers."""


@catalog.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def catalog_import(file: Path) -> None:
    """Replace the menu with FILE; services not in it are no longer offered."""
    from appliance.server.usecases import manager
    from appliance.server.wire import catalog_file

    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise click.ClickException(f"{file} is not a UTF-8 text file") from None
    wanted = catalog_file.load(text, settings().shop.currency)
    work(lambda unit: manager.import_catalog(unit, technician(), wanted))
    variants = sum(len(s.classifications) for category in wanted for s in category.services)
    click.echo(f"{len(wanted)} categories with {variants} variants are now on the menu.")


@catalog.command("export")
@click.option("--ids", is_flag=True, help="With each entry's id, so that it can be renamed.")
def catalog_export(*, ids: bool) -> None:
    """Print the catalogue as YAML; photos by what they are known by, not the pictures."""
    from appliance.server.usecases import manager
    from appliance.server.wire import catalog_file

    offered = work(lambda unit: manager.export_catalog(unit, ids=ids))
    click.echo(catalog_file.dump(offered), nl=False)
