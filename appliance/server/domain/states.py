"""The states of a transaction and of a room, and who acts on them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class TransactionStatus(StrEnum):
    """Where a customer's visit stands."""

    SELECTING = "selecting"
    PENDING_THERAPIST = "pending_therapist"
    THERAPIST_CONFIRMED = "therapist_confirmed"
    IN_SERVICE = "in_service"
    FINISHED = "finished"
    AWAITING_PAYMENT = "awaiting_payment"
    PAYING = "paying"
    PAID = "paid"
    CANCELLED = "cancelled"


TERMINAL: Final = frozenset({TransactionStatus.PAID, TransactionStatus.CANCELLED})
OPEN: Final = frozenset(TransactionStatus) - TERMINAL
WITH_NUMBER: Final = OPEN - {TransactionStatus.SELECTING}
"""States of everybody who is in the house: confirmed, and not done."""
WITH_THERAPIST: Final = frozenset(
    {TransactionStatus.THERAPIST_CONFIRMED, TransactionStatus.IN_SERVICE}
)
"""States in which the transaction occupies a therapist and a room."""
AT_THE_DESK: Final = frozenset(
    {TransactionStatus.FINISHED, TransactionStatus.AWAITING_PAYMENT, TransactionStatus.PAYING}
)
"""States in which the cashier's desk owes the next step."""


class Hold(StrEnum):
    """Why somebody in the queue is not called at present; their place is kept."""

    SKIPPED = "skipped"
    """Was called and was not there: passed over for some minutes."""
    STEPPED_OUT = "stepped_out"
    """Has said so, and will say when they are back."""
    STAYED_OUT = "stayed_out"
    """Stepped out, and has not come back for too long."""
    CARRIED_OVER = "carried_over"
    """Is left from an earlier business day: staff decide what becomes of them."""


class RoomStatus(StrEnum):
    """What a treatment room is doing."""

    AVAILABLE = "available"
    OCCUPIED = "occupied"
    PREPARING = "preparing"


class Role(StrEnum):
    """Who or what acts. The first three are people, the next three devices.

    A customer is known by the secret on the ticket, and may do what its page offers.
    """

    THERAPIST = "therapist"
    CASHIER = "cashier"
    MANAGER = "manager"
    KIOSK = "kiosk"
    DISPLAY = "display"
    PERIPHERALS = "peripherals"
    SYSTEM = "system"
    CUSTOMER = "customer"


class Gender(StrEnum):
    """What a customer may ask for."""

    WOMAN = "woman"
    MAN = "man"


STAFF_ROLES: Final = (Role.THERAPIST, Role.CASHIER, Role.MANAGER)
DEVICE_ROLES: Final = (Role.KIOSK, Role.DISPLAY, Role.PERIPHERALS)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks for a transition.

    Attributes:
        role: What the actor may do follows from it.
        id: The person's or device's id; None for the system itself.
        name: As it stands in the history.
        room_number: The room a therapist works in, if any.
    """

    role: Role
    id: int | None
    name: str
    room_number: str | None = None

    @property
    def key(self) -> str:
        """Names the actor in stored results, e.g. `therapist:7`."""
        return f"{self.role}:{self.id}" if self.id is not None else str(self.role)


SYSTEM: Final = Actor(Role.SYSTEM, None, "system")
