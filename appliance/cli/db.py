"""`appliance db`: schema, consistency, first data."""

from __future__ import annotations

import click

from .data import current_store, settings, store


@click.group()
def db() -> None:
    """The database: schema, consistency, first data."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Upgrade the schema and protect the books from changes."""
    from appliance.server.store import schema

    engine = store().database.engine
    schema.upgrade(engine)
    schema.protect(engine)
    click.echo("The schema is current.")


@db.command("downgrade")
@click.argument("revision")
def db_downgrade(revision: str) -> None:
    """Take the schema back to REVISION, for an older release; the data stay."""
    from appliance.server.store import schema

    schema.downgrade(store().database.engine, revision)
    click.echo(f"The schema is at {revision}.")


@db.command("check")
def db_check() -> None:
    """Is the schema current and the data consistent? Prints what is broken."""
    from appliance.server.store import invariants, moments, schema

    day = settings().shop.day
    opened = current_store()
    broken = 0
    with opened.database.session() as session:
        for line in invariants.violations(session):
            broken += 1
            click.echo(line)
    ahead = opened.run(lambda unit: moments.ahead(unit.session, unit.now(), day))
    for one in ahead:
        click.echo(moments.told(one, opened.clock()))
    if tables := schema.unprotected(opened.database.engine):
        click.echo(
            f"Warning: the database does not protect {', '.join(tables)}. "
            "Run `appliance db upgrade`."
        )
    if broken:
        what = "problem" if broken == 1 else "problems"
        raise click.ClickException(f"{broken} {what} found in the data")
    if ahead:
        raise click.ClickException(
            "the clock is or was wrong: set it, and the server corrects these times automatically "
            "within a minute"
        )
    click.echo("The schema is current and the data is consistent.")


@db.command("seed")
@click.option("--demo", "with_demo", is_flag=True, help="Rooms, staff and catalogue of the demo.")
def db_seed(*, with_demo: bool) -> None:
    """First data for an empty database."""
    from appliance.server.demo_data import seed_demo

    if not with_demo:
        click.echo(
            "Nothing to do: add rooms, staff, devices and a catalogue with "
            "`appliance rooms add`, `staff add`, `devices add` and `catalog import`."
        )
        return
    for log_in in seed_demo(current_store()):
        click.echo(f"{log_in.role:10} {log_in.username:10} {log_in.password}")
