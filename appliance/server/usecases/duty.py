"""Whether a therapist is there to be given customers, which is not whether they are logged in."""

from __future__ import annotations

from appliance.server.store import claims
from appliance.server.store.models import Staff
from appliance.server.store.unit_of_work import UnitOfWork


def forget(unit: UnitOfWork, person: Staff) -> None:
    """The last log-in of somebody ended: they are off duty, unless they have a customer.

    The duty of a therapist with a customer goes on, so that the room's button brings the visit to
    its end and the room back.
    """
    if not claims.holds_a_customer(unit.session, person.id):
        person.on_duty_since = None
