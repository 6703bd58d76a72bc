"""How customers pay."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from .errors import ValidationFailed


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """One way to pay.

    Attributes:
        name: As it stands in the payment, one of the protocol's.
        opens_drawer: Whether the receipt's printer opens the cash drawer.
    """

    name: str
    opens_drawer: bool

    def change(self, due: Decimal, paid: Decimal) -> Decimal:
        """What the customer gets back."""
        return paid - due


METHODS: Final = {
    method.name: method
    for method in (
        PaymentMethod("cash", opens_drawer=True),
        PaymentMethod("card", opens_drawer=False),
        PaymentMethod("other", opens_drawer=False),
    )
}


def method_named(name: str) -> PaymentMethod:
    """Find a payment method.

    Raises:
        ValidationFailed: There is none of that name.
    """
    try:
        return METHODS[name]
    except KeyError:
        raise ValidationFailed(f"method must be one of {', '.join(METHODS)}.") from None
