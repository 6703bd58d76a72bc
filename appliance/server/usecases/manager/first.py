"""The first manager of a shop that has none."""

from __future__ import annotations

from appliance.server.domain.errors import InvalidState
from appliance.server.domain.states import SYSTEM, Role
from appliance.server.store import counter, people
from appliance.server.store.models import Staff
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.words import N_

from .staff import add_staff


def there_is_one() -> InvalidState:
    """What those are told who come second."""
    return InvalidState(N_("This shop already has a manager. Log in instead."))


def add_first_manager(unit: UnitOfWork, username: str, name: str, password_hash: str) -> Staff:
    """Add a manager, if there is none who could log in.

    Raises:
        InvalidState: There is one; also the one who came first of two at once.
        ValidationFailed: The username or the name cannot be used.
    """
    # Rows that are not there cannot be locked: the one row that always is stands for them.
    counter.lock(unit.session)
    if people.has_manager(unit.session):
        raise there_is_one()
    return add_staff(unit, SYSTEM, Role.MANAGER, username, name, password_hash)
