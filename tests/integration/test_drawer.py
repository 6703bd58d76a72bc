"""Pulses for the cash drawer: owed by cash and by cashiers, taken once, never late."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from appliance.protocol import PrintRole
from appliance.server.domain.drawer import EXPIRES_AFTER
from appliance.server.domain.errors import NotFound, ValidationFailed
from appliance.server.domain.payments import METHODS
from appliance.server.store import drawer as pulses
from appliance.server.store.models import DrawerPulse, HistoryEntry
from appliance.server.store.unit_of_work import Changes
from appliance.server.usecases import daemons, drawer, papers
from tests.support.spa import Clock, Spa
from tests.support.visits import Visits

RECEIPT = PrintRole.RECEIPT


@pytest.fixture(autouse=True)
def _desk(visits: Visits, spa: Spa) -> None:
    introduce(visits, spa, cash_drawer=True)


def introduce(visits: Visits, spa: Spa, *, cash_drawer: bool | None) -> None:
    desk = daemons.Introduced("desk", [RECEIPT], cash_drawer=cash_drawer)
    visits.store.run(lambda u: daemons.introduce(u, spa.peripherals, [desk]))


def take(visits: Visits, spa: Spa, printer: str = "desk") -> bool:
    return visits.store.run(lambda u: drawer.take(u, spa.peripherals, printer))


def owed(visits: Visits) -> int:
    return len(visits.store.run(lambda u: u.session.scalars(select(DrawerPulse)).all()))


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda method: method.name)
def test_the_payment_opens_the_drawer_once_where_the_method_says_so(
    visits: Visits, spa: Spa, method: object
) -> None:
    told: list[Changes] = []
    there = visits.at_the_desk()
    visits.store.on_commit = told.append
    visits.pay(there, "80", method.name)  # type: ignore[attr-defined]
    opens = method.opens_drawer  # type: ignore[attr-defined]
    assert any(changes.drawer for changes in told) is opens
    assert (take(visits, spa), take(visits, spa)) == (opens, False)


def test_a_refused_payment_opens_nothing(visits: Visits, spa: Spa) -> None:
    there = visits.at_the_desk()
    visits.pay(there, "1")
    assert take(visits, spa) is False


def test_a_copy_opens_nothing(visits: Visits, spa: Spa) -> None:
    there = visits.paid()
    assert take(visits, spa)
    visits.print_everything()
    visits.store.run(lambda u: papers.reprint_receipt(u, spa.eva, there))
    assert take(visits, spa) is False


def test_a_pulse_that_nobody_took_in_time_never_opens_the_drawer(
    visits: Visits, spa: Spa, clock: Clock
) -> None:
    visits.paid()
    clock.advance(seconds=EXPIRES_AFTER.total_seconds() + 1)
    assert take(visits, spa) is False
    assert owed(visits) == 0


def test_the_sweeper_drops_what_is_late_and_nothing_else(
    visits: Visits, spa: Spa, clock: Clock
) -> None:
    visits.paid()
    visits.store.run(pulses.forget_late)
    assert owed(visits) == 1
    clock.advance(seconds=EXPIRES_AFTER.total_seconds() + 1)
    visits.store.run(pulses.forget_late)
    assert owed(visits) == 0


def test_a_cashier_opens_the_drawer_for_a_reason_that_stays(visits: Visits, spa: Spa) -> None:
    visits.store.run(lambda u: drawer.open_drawer(u, spa.eva, " change for the taxi "))
    assert take(visits, spa)
    (row,) = visits.store.run(
        lambda u: u.session.scalars(
            select(HistoryEntry).where(HistoryEntry.event == drawer.OPENED)
        ).all()
    )
    assert (row.actor_name, row.detail) == ("Eva", {"reason": "change for the taxi"})


def test_without_a_reason_it_stays_shut(visits: Visits, spa: Spa) -> None:
    with pytest.raises(ValidationFailed, match="say why"):
        visits.store.run(lambda u: drawer.open_drawer(u, spa.eva, "  "))
    assert take(visits, spa) is False


def test_only_a_devices_own_printer_takes_a_pulse(visits: Visits, spa: Spa) -> None:
    visits.paid()
    with pytest.raises(NotFound):
        take(visits, spa, "attic")
    assert take(visits, spa)


@pytest.mark.parametrize(("cash_drawer", "opens"), [(None, True), (True, False), (False, False)])
def test_a_receipt_opens_the_drawer_only_where_the_daemon_knows_no_pulses(
    visits: Visits, spa: Spa, cash_drawer: bool | None, opens: bool
) -> None:
    introduce(visits, spa, cash_drawer=cash_drawer)
    visits.paid()
    handed = visits.store.run(lambda u: papers.hand_out(u, "desk", [RECEIPT]))
    assert handed is not None
    assert handed.opens_drawer is opens
