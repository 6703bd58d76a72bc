"""`appliance archive`: closed years in files of their own, made, proved and looked into."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .asking import Digits
from .backup import backups
from .data import settings

if TYPE_CHECKING:
    from appliance.server.archive import Archives, Line, YearManifest


@click.group()
def archive() -> None:
    """Closed years in files of their own, for as long as the law wants them kept.

    Nothing is taken out of the database. docs/operations.md says what is in a file, and how it is
    read without the appliance.
    """


_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@archive.command("create")
@click.argument("year", type=int)
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def archive_create(year: int, folder: Path) -> None:
    """Write YEAR into a file in DIR and prove it; the server may go on working.

    Every day of the year must have its Z report.
    """
    manifest, path = _archives().create(year, folder)
    click.echo(path)
    click.echo(_told(manifest), err=True)


@archive.command("verify")
@_FILE
def archive_verify(file: Path) -> None:
    """Prove FILE: its seal, its rows, and that its money adds up to its Z reports."""
    click.echo(_told(_archives().verify(file)))


@archive.command("show")
@_FILE
@click.argument("receipt", type=Digits(), required=False)
@click.option("--number", "code", help="The customer's number, instead of a receipt's;")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="with its business date.")
@click.option("--history", is_flag=True, help="Who did what and when, too.")
@click.option("--json", "as_json", is_flag=True, help="All that the file says of it, as JSON.")
def archive_show(
    file: Path,
    receipt: int | None,
    code: str | None,
    day: datetime | None,
    *,
    history: bool,
    as_json: bool,
) -> None:
    """Show a visit in FILE by its RECEIPT number; without one, what FILE holds."""
    from appliance.server.archive import Asked
    from appliance.server.domain.codes import parse_code

    if (receipt is None) == (code is None) and (receipt, code, day) != (None, None, None):
        raise click.UsageError("say a receipt's number, or --number with --date")
    if (code is None) != (day is None):
        raise click.UsageError("--number and --date belong together")
    if receipt is None and code is None:
        click.echo(_told(_archives().manifest(file)))
        return
    asked = (
        Asked(receipt)
        if code is None
        else Asked(code=parse_code(code), day=f"{day:%Y-%m-%d}" if day else None)
    )
    found = _archives().find(file, asked)
    if found is None:
        what = f"receipt {receipt}" if code is None else f"number {code} on that day"
        raise click.ClickException(f"{file.name} has no {what}")
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for line in _lines(found, history=history):
        click.echo(line)


def _archives() -> Archives:
    from appliance.server.archive import Archives

    return Archives(backups(), settings().shop.day)


def _told(manifest: YearManifest) -> str:
    counts = manifest.counts
    return (
        f"{manifest.year}: {counts.get('transactions', 0)} visits, "
        f"{counts.get('payments', 0)} payments, {counts.get('refunds', 0)} refunds, "
        f"Z reports {manifest.first_z} to {manifest.last_z}, {counts.get('history', 0)} steps of "
        f"history. Made {manifest.made_at} by version {manifest.version}."
    )


def _lines(found: Line, *, history: bool) -> Iterator[str]:
    """A visit, for people and for scripts: as `appliance till show` has it, and more."""
    from appliance.server.domain.ledger import TenderKind

    (visit,) = found["transactions"]
    yield f"{visit['code']} {visit['business_date']}"
    for place, item in enumerate(found.get("transaction_items", ()), 1):
        price = _money(item["price"])
        yield f"{place} {price} {item['service_name']}, {item['classification_name']}"
    for off in found.get("adjustments", ()):
        yield f"less {_money(off['amount'])}: {off['reason']}"
    for tender in found.get("tenders", ()):
        if tender["kind"] != TenderKind.REFUND:
            kept = Decimal(tender["given"]) - Decimal(tender["change_amount"])
            yield f"{tender['method']} {_money(kept)}"
    for refund in found.get("refunds", ()):
        back = Decimal(refund["amount"]) + Decimal(refund["tip_amount"])
        yield f"refund {refund['number']} {_money(back)} {refund['created_at']}: {refund['reason']}"
    if history:
        for step in found.get("history", ()):
            yield f"{step['at']} {step['event']} {step['actor_name']}"


def _money(amount: str | Decimal) -> str:
    from appliance.server.domain.money import digits

    return digits(Decimal(amount), settings().shop.currency)
