"""`appliance till`: what was paid, and what a manager puts right about it, from a shell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from .asking import Digits, ask, event, person_named, typed_by_technician
from .data import settings, work

if TYPE_CHECKING:
    from appliance.server.domain.states import Actor
    from appliance.server.store.models import Transaction
    from appliance.server.store.unit_of_work import UnitOfWork

Command = TypeVar("Command", bound=Callable[..., Any])
_RECEIPT: Final = click.argument("receipt", type=Digits())
_REASON: Final = click.option("--reason", required=True, help="Why; it stays in the history.")


def _in_the_name_of(who: str) -> Callable[[Command], Command]:
    return click.option(
        "--as", "username", metavar="USERNAME", required=True, help=f"In whose name: {who}."
    )


class _Amount(click.ParamType[tuple[str, str]]):
    """`card=20.00`: what, and how much of it."""

    name = "amount"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """The two sides.

        Raises:
            BadParameter: There are no two.
        """
        what, equals, amount = str(value).partition("=")
        if not (what and equals and amount):
            self.fail(f"{value!r} is no amount of something, as card=20.00 is.", param, ctx)
        return what, amount


@click.group()
def till() -> None:
    """What was paid, by RECEIPT number: look, refund, correct a method, print a copy.

    A refund and a correction are a manager's, who approves them by it.
    """


@till.command("show")
@_RECEIPT
def till_show(receipt: int) -> None:
    """Show a receipt's services, each with the number that a refund names it by."""
    for line in work(lambda unit: _lines(_paid(unit, receipt))):
        click.echo(line)


@till.command("refund")
@_RECEIPT
@click.argument("services", metavar="SERVICE=AMOUNT...", type=_Amount(), nargs=-1)
@click.option("--tip", metavar="AMOUNT", help="How much of the tip.")
@click.option(
    "--method",
    "methods",
    metavar="METHOD=AMOUNT",
    type=_Amount(),
    multiple=True,
    help="How it is given back, where not as it was paid; may repeat.",
)
@click.option("--drawer", metavar="USERNAME", help="Whose, where several shifts are open.")
@_REASON
@_in_the_name_of("a manager")
def till_refund(
    receipt: int,
    services: tuple[tuple[str, str], ...],
    tip: str | None,
    methods: tuple[tuple[str, str], ...],
    drawer: str | None,
    reason: str,
    username: str,
) -> None:
    """Give money back, out of the drawer of an open shift; its slip is printed.

    SERVICE is the number before it in `till show`: `till refund 7 1=20.00`.
    """

    def give(unit: UnitOfWork) -> str:
        visit = _paid(unit, receipt)
        said: dict[str, Any] = {
            "transaction_id": visit.id,
            "reason": reason,
            "lines": [
                {"item_id": _item(visit, number), "amount": amount} for number, amount in services
            ],
        }
        if tip is not None:
            said["tip_amount"] = tip
        if methods:
            said["methods"] = _by_method(methods)
        if drawer is not None:
            said["shift_id"] = _shift(unit, drawer)
        _, given = ask(event("cashier_refund"), unit, _manager(unit, username), said)
        return f"Refund {given.number}: {_money(given.amount + given.tip_amount)}"

    click.echo(work(give))


@till.command("correct")
@_RECEIPT
@click.argument("tenders", metavar="METHOD=AMOUNT...", type=_Amount(), nargs=-1, required=True)
@_REASON
@_in_the_name_of("a manager")
def till_correct(
    receipt: int, tenders: tuple[tuple[str, str], ...], reason: str, username: str
) -> None:
    """Put right by which methods a visit was paid, while its shift is open."""

    def correct(unit: UnitOfWork) -> list[str]:
        said = {
            "transaction_id": _paid(unit, receipt).id,
            "tenders": _by_method(tenders),
            "reason": reason,
        }
        ask(event("cashier_correct_tender"), unit, _manager(unit, username), said)
        return _lines(_paid(unit, receipt))

    for line in work(correct):
        click.echo(line)


@till.command("copy")
@_RECEIPT
@_in_the_name_of("a cashier or a manager")
def till_copy(receipt: int, username: str) -> None:
    """Print a receipt again, marked COPY."""

    def copy(unit: UnitOfWork) -> None:
        row = event("cashier_reprint")
        person = person_named(unit, username)
        if person.role not in row.roles:
            raise click.UsageError(f"a {person.role} prints no receipt")
        said = {"transaction_id": _paid(unit, receipt).id}
        ask(row, unit, typed_by_technician(person.actor), said)

    work(copy)
    click.echo(f"Receipt {receipt} is waiting to print.")


def _manager(unit: UnitOfWork, username: str) -> Actor:
    person = person_named(unit, username)
    if person.role != "manager":
        raise click.UsageError(f"a {person.role} does not approve this: name a manager")
    return typed_by_technician(person.actor)


def _paid(unit: UnitOfWork, receipt: int) -> Transaction:
    from appliance.server.domain.errors import NotFound
    from appliance.server.usecases.till import receipts

    found = receipts.find(unit, settings().shop, receipt)
    if not found:
        raise NotFound(f"There is no receipt {receipt}.")
    return found[0]


def _item(visit: Transaction, number: str) -> int:
    from appliance.server.domain.errors import NotFound
    from appliance.server.domain.numerals import read_digits

    place = int(read_digits(number) or 0)
    if not 1 <= place <= len(visit.items):
        raise NotFound(f"This receipt has no service {number}: see `appliance till show`.")
    return visit.items[place - 1].id


def _shift(unit: UnitOfWork, username: str) -> int:
    from appliance.server.domain.errors import NotFound
    from appliance.server.store import ledger

    cashier = person_named(unit, username)
    for shift in ledger.open_shifts(unit.session):
        if shift.cashier_id == cashier.id:
            return shift.id
    raise NotFound(f"{username} has no open shift.")


def _by_method(amounts: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"method": method, "amount": amount} for method, amount in amounts]


def _lines(visit: Transaction) -> list[str]:
    """A receipt, for people and for scripts."""
    services = [
        f"{place} {_money(item.price)} {item.service_name}, {item.classification_name}"
        for place, item in enumerate(visit.items, 1)
    ]
    money: dict[str, Any] = {}
    for tender in visit.tenders:
        money[tender.method] = money.get(tender.method, 0) + tender.given - tender.change_amount
    taken = [f"{method} {_money(amount)}" for method, amount in money.items()]
    return [f"{visit.code} {visit.business_date}", *services, *taken]


def _money(amount: Any) -> str:
    from appliance.server.domain.money import digits

    return digits(amount, settings().shop.currency)
