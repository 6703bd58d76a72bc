"""How customers pay: one row a method, and nothing else to touch but its icon and its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from appliance.words import N_

from .errors import ValidationFailed


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """One way to pay. The cashier's page, papers, OpenAPI and `db check` follow from it.

    Attributes:
        name: As it stands in the payment, one of the protocol's.
        label: What its button and the receipt say.
        icon: What `tools/icons.py` calls its drawing.
        received: What the page says afterwards, of `{paid}`.
        gives_change: Whether more than is due may be handed over; `received_for` then says of
            `{paid}` and `{due}` what happened. Else it pays exactly what is due.
        received_for: See there.
        opens_drawer: Whether the cash drawer opens at the payment.
        instruction: What the cashier does first where there is nothing to count.
        asks_reference: Whether something that names the payment, such as a voucher's number, has
            to be noted.
    """

    name: str
    label: str
    icon: str
    received: str
    gives_change: bool = False
    received_for: str = ""
    opens_drawer: bool = False
    instruction: str = ""
    asks_reference: bool = False


_ROWS: Final = (
    PaymentMethod(
        "cash",
        N_("Cash"),
        icon="cash",
        received=N_("{paid} received in cash"),
        gives_change=True,
        received_for=N_("{paid} received in cash for {due}"),
        opens_drawer=True,
    ),
    PaymentMethod(
        "card",
        N_("Card"),
        icon="card",
        received=N_("{paid} received by card"),
        instruction=N_("Charge the card terminal, then tap “Mark as paid”."),
    ),
    PaymentMethod(
        "other",
        N_("Other"),
        icon="other",
        received=N_("{paid} received another way"),
        instruction=N_("Collect by the other method, then tap “Mark as paid”."),
    ),
)
METHODS: Final[dict[str, PaymentMethod]] = {method.name: method for method in _ROWS}
"""By name, in the order of the cashier's buttons."""


def method_named(name: str) -> PaymentMethod:
    """Find a payment method.

    Raises:
        ValidationFailed: There is none of that name.
    """
    try:
        return METHODS[name]
    except KeyError:
        raise ValidationFailed(f"method must be one of {', '.join(METHODS)}.") from None
