"""What the first customer would wait for, done before anybody is there.

Statements are put into words by the first event that makes them: the first ticket after a start
would take four times as long as all others, an eighth of a second more on a Pi.
"""

from __future__ import annotations

import logging
from typing import Final

from .domain.errors import DomainError
from .domain.states import Actor, Role
from .store import catalog
from .store.unit_of_work import Store, UnitOfWork
from .usecases import kiosk
from .usecases.shop import Shop

log = logging.getLogger(__name__)

_NOBODY: Final = Actor(Role.KIOSK, None, "rehearsal")


class _TakenBackError(Exception):
    """Ends the rehearsal."""


def rehearse(store: Store, shop: Shop) -> bool:
    """Give a customer a number, and take all of it back.

    Args:
        store: The database.
        shop: The shop's settings.

    Returns:
        Whether it came to its end; where nothing is offered, or the database has other worries,
        the first customer waits as before.
    """

    def confirm(unit: UnitOfWork) -> None:
        offered = catalog.any_offered(unit.session, unit.now())
        if offered is not None:
            kiosk.confirm_selection(unit, shop, _NOBODY, None, [offered])
            unit.settle()
            raise _TakenBackError

    try:
        store.run(confirm)
    except _TakenBackError:
        return True
    except DomainError as error:
        log.info("the first ticket was not rehearsed: %s", error.message)
    except Exception:  # A start does not fail for it.
        log.exception("the first ticket could not be rehearsed")
    return False
