"""`appliance catalog`: the services that the shop offers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from .asking import Digits, ask, route
from .data import settings, technician, work

if TYPE_CHECKING:
    from appliance.server.store.unit_of_work import UnitOfWork
    from appliance.server.usecases.manager.menu import Entry

_LISTS: Final = {
    "ServiceCategory": "categories",
    "Service": "services",
    "ServiceClassification": "classifications",
}
"""Kind of entry → the list that it stands in, as routes name it."""
_KINDS: Final = {
    "categories": "category",
    "services": "service",
    "classifications": "classification",
}
_OPTIONS: Final = {
    "name": "name",
    "description": "description",
    "price": "price",
    "from": "from",
    "minutes": "duration_minutes",
    "tax_rate": "tax_rate",
    "turn_value": "turn_value",
    "icon": "icon",
    "photo": "photo",
    "to": "category_id",
    "translate": "translations",
}
"""Option → the field that it says."""


@click.group()
def catalog() -> None:
    """The services that the shop offers; open kiosks follow.

    ENTRY is a category, CATEGORY/SERVICE or CATEGORY/SERVICE/VARIANT, as `catalog list` has it.
    """


@catalog.command("list")
def catalog_list() -> None:
    """Show every entry, with what is hidden."""

    def look(unit: UnitOfWork) -> list[str]:
        return [_line(path, entry) for path, entry in _entries(unit).items()]

    for line in work(look):
        click.echo(line)


def _photo(_context: click.Context, _option: click.Parameter, file: Path | None) -> Any:
    """What the photo in a file is known by, now that it is kept; "none" as it is."""
    from appliance.server.usecases.manager import menu
    from appliance.server.wire import photo_file

    if file is None or str(file) == "none":
        return file and "none"
    try:
        with file.open("rb") as opened:
            content = opened.read(photo_file.MAX_BYTES + 1)
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from None
    if len(content) > photo_file.MAX_BYTES:
        raise click.ClickException(f"{file} is larger than 5 MB. Make it smaller and try again.")
    kept = photo_file.read(content)
    work(lambda unit: menu.keep_photo(unit, *kept))
    return kept.digest


def _worded(command: Any) -> Any:
    """The options of what every entry may have, and some of them alone."""
    for option in reversed(
        (
            click.option("--description"),
            click.option("--price", help="As 95.50; with --from, none cancels a later price."),
            click.option("--minutes", type=Digits(), help="How long it takes."),
            click.option("--tax-rate", metavar="PERCENT"),
            click.option("--turn-value", metavar="0|0.5|1", help="What it is worth in rotation."),
            click.option("--icon", metavar="NAME", help="As Lucide names it, or none."),
            click.option(
                "--photo",
                type=click.Path(dir_okay=False, path_type=Path),
                callback=_photo,
                help="A JPEG, PNG or WebP file, or none.",
            ),
            click.option(
                "--translate", multiple=True, nargs=2, metavar="LANGUAGE NAME", help="May repeat."
            ),
        )
    ):
        command = option(command)
    return command


@catalog.command("add")
@click.argument("entry")
@_worded
def catalog_add(entry: str, **options: Any) -> None:
    """Add an entry. A variant needs --price and --minutes; a service is offered once it has one."""

    def add(unit: UnitOfWork) -> None:
        known = _entries(unit)
        said: dict[str, Any]
        above = max((path for path in known if entry.startswith(f"{path}/")), key=len, default=None)
        if entry in known:
            raise click.ClickException(f"{entry} already exists.")
        if above is None:
            if "/" in entry:
                raise click.ClickException(f"There is no {entry.rpartition('/')[0]}: add it first.")
            kind, said = "categories", {"name": entry}
        else:
            parent = known[above]
            if _list_of(parent) == "classifications":
                raise click.UsageError(f"{above} is a variant: nothing stands below it")
            kind = "services" if _list_of(parent) == "categories" else "classifications"
            key = f"{_KINDS[_list_of(parent)]}_id"
            said = {"name": entry.removeprefix(f"{above}/"), key: parent.id}
        row = route("POST", f"/api/manager/{kind}")
        ask(row, unit, technician(), said | _said(unit, row.payload, kind, options))

    work(add)
    click.echo(f"{entry} added.")


@catalog.command("change")
@click.argument("entry")
@click.option("--name", help="New name.")
@_worded
@click.option(
    "--from",
    type=click.DateTime(["%Y-%m-%dT%H:%M"]),
    metavar="MOMENT",
    help="When the price begins, by the shop's clock: 2026-12-24T08:00.",
)
@click.option("--to", metavar="CATEGORY", help="Move a service to another category.")
def catalog_change(entry: str, **options: Any) -> None:
    """Change an entry; only the given options are changed, and running visits keep their price."""

    def change(unit: UnitOfWork) -> None:
        found = _entry(unit, entry)
        row = _change_of(found)
        _change(unit, found, _said(unit, row.payload, _list_of(found), options, found))

    work(change)
    click.echo(f"Saved: {entry}.")


@catalog.command("hide")
@click.argument("entry")
@click.option("--today", is_flag=True, help="Until the next business day begins.")
def catalog_hide(entry: str, *, today: bool) -> None:
    """Take an entry off the kiosk; past visits keep it."""

    def hide(unit: UnitOfWork) -> None:
        found = _entry(unit, entry)
        if today and _list_of(found) == "categories":
            raise click.UsageError("a category has no --today: hide its services")
        said = {"hidden_until": "next_business_day"} if today else {"active": False}
        _change(unit, found, said)

    work(hide)
    click.echo(f"{entry} is hidden{' for today' if today else ''}.")


@catalog.command("show")
@click.argument("entry")
def catalog_show(entry: str) -> None:
    """Put an entry on the kiosk again."""

    def show(unit: UnitOfWork) -> None:
        found = _entry(unit, entry)
        hides = {} if _list_of(found) == "categories" else {"hidden_until": None}
        _change(unit, found, {"active": True} | hides)

    work(show)
    click.echo(f"{entry} is on the menu.")


@catalog.command("order")
@click.argument("entries", nargs=-1, required=True, metavar="ENTRY...")
def catalog_order(entries: tuple[str, ...]) -> None:
    """Put a list into this order; name all of it, also what is hidden."""

    def order(unit: UnitOfWork) -> None:
        found = [_entry(unit, entry) for entry in entries]
        kinds = {_KINDS[_list_of(entry)] for entry in found}
        if len(kinds) > 1:
            raise click.UsageError("name the entries of one list")
        said = {"kind": kinds.pop(), "ids": [entry.id for entry in found]}
        ask(route("POST", "/api/manager/catalog/order"), unit, technician(), said)

    work(order)
    click.echo("Saved.")


def _entries(unit: UnitOfWork) -> dict[str, Entry]:
    """Path → entry, as they stand on the screen."""
    found: dict[str, Entry] = {}
    for category in ask(route("GET", "/api/manager/catalog"), unit, technician()).categories:
        found[category.name] = category
        for service in category.services:
            path = f"{category.name}/{service.service_name}"
            found[path] = service
            found |= {f"{path}/{each.name}": each for each in service.classifications}
    return found


def _entry(unit: UnitOfWork, path: str) -> Entry:
    found = _entries(unit).get(path)
    if found is None:
        raise click.ClickException(f"There is no {path}. `appliance catalog list` shows what is.")
    return found


def _list_of(entry: Entry) -> str:
    return _LISTS[type(entry).__name__]


def _change_of(entry: Entry) -> Any:
    kind = _list_of(entry)
    return route("PATCH", f"/api/manager/{kind}/<int:{_KINDS[kind]}_id>")


def _change(unit: UnitOfWork, entry: Entry, said: dict[str, Any]) -> None:
    row = _change_of(entry)
    ask(row, unit, technician(), said, **{row.in_path[0]: entry.id})


def _said(
    unit: UnitOfWork, payload: Any, kind: str, options: dict[str, Any], present: Entry | None = None
) -> dict[str, Any]:
    """The payload's fields, of the options that were given."""
    import msgspec

    given = {name: value for name, value in options.items() if value is not None and value != ()}
    fields = {field.encode_name: field.required for field in msgspec.structs.fields(payload)}
    needed = {
        f"--{name}" for name, field in _OPTIONS.items() if name in options and fields.get(field)
    }
    for name in given:
        if _OPTIONS[name] not in fields:
            raise click.UsageError(f"a {_KINDS[kind]} has no --{name.replace('_', '-')}")
    nothing = {name for name in ("price", "icon", "photo") if given.get(name) == "none"}
    said = {_OPTIONS[name]: None if name in nothing else given[name] for name in given}
    if "to" in given:
        said["category_id"] = _entry(unit, given["to"]).id
    if "translate" in given:
        said["translations"] = _translations(present, given["translate"])
    missing = needed - {f"--{name}" for name in given}
    if missing:
        raise click.UsageError(f"a {_KINDS[kind]} needs {' and '.join(sorted(missing))}")
    return said


def _translations(present: Entry | None, wanted: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """What is translated already, and what is now; an empty name takes one away."""
    words = {code: dict(each) for code, each in ((present and present.translations) or {}).items()}
    for code, name in wanted:
        if name:
            words[code] = {**words.get(code, {}), "name": name}
        else:
            words.pop(code, None)
    return words


def _line(path: str, entry: Entry) -> str:
    """An entry, on a line for people and for scripts."""
    hidden = "hidden" if not entry.active else ""
    if getattr(entry, "hidden_until", None):
        hidden = "hidden today"
    price = getattr(entry, "price", "")
    minutes = f"{entry.duration_minutes} min" if hasattr(entry, "duration_minutes") else ""
    return f"{price!s:>12} {minutes:8} {path}  {hidden}".rstrip()


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
