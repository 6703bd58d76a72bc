"""Broken rules, each with a sentence for people and a word for programs."""

from __future__ import annotations

from typing import ClassVar

from appliance.words import N_, filled


class DomainError(Exception):
    """A rule forbids what was asked; nothing was changed.

    Args:
        message: What happened and what to do, for people, with `{name}` where a parameter belongs.
        params: The parameters.

    Attributes:
        code: The stable word for programs.
        lasting: Whether a repeated request gets the same refusal again; the others ask to be tried
            again.
        message: The English sentence, complete; a screen finds it again in its catalogue.
    """

    code: ClassVar[str] = "internal"
    lasting: ClassVar[bool] = False

    def __init__(self, message: str, **params: str | int) -> None:
        self.message = filled(message, params)
        super().__init__(self.message)


class ValidationFailed(DomainError):
    """The request itself is wrong, whatever the state."""

    code = "validation_failed"
    lasting = True


class NotFound(DomainError):
    """What the request names does not exist."""

    code = "not_found"
    lasting = True


class Forbidden(DomainError):
    """Known, but not permitted."""

    code = "forbidden"
    lasting = True


class InvalidState(DomainError):
    """The transaction or room is not in a state that permits this."""

    code = "invalid_state"
    lasting = True


class NothingWaiting(DomainError):
    """The queue is empty: a normal answer."""

    code = "nothing_waiting"
    lasting = True


class WantedOffDuty(InvalidState):
    """Whom the customer asks for is not there: they may ask for somebody else, or for anyone."""


class VisitFull(InvalidState):
    """No more fits into one visit: what was chosen before stands."""


class RoomUnavailable(DomainError):
    """The therapist has no room, or it is not free."""

    code = "room_unavailable"
    lasting = True


class InsufficientPayment(DomainError):
    """The amount does not cover the total."""

    code = "insufficient_payment"
    lasting = True


class Busy(DomainError):
    """Somebody else holds it at this moment; trying again helps."""

    code = "busy"


class Unavailable(DomainError):
    """The database cannot be reached at this moment."""

    code = "unavailable"


class AuthenticationRequired(DomainError):
    """Nobody is identified."""

    code = "authentication_required"

    def __init__(self, message: str = N_("Authentication required")) -> None:
        super().__init__(message)


class InvalidCredentials(DomainError):
    """Name and password, or the token, do not belong together."""

    code = "invalid_credentials"


class ApprovalRequired(DomainError):
    """A manager has to approve this with a PIN."""

    code = "approval_required"

    def __init__(self, message: str = N_("A manager has to approve this with a PIN.")) -> None:
        super().__init__(message)


class TooManyAttempts(DomainError):
    """Guessing is slowed down.

    Attributes:
        retry_after: Seconds until the next attempt is heard.
    """

    code = "too_many_attempts"

    def __init__(self, message: str, retry_after: int, **params: str | int) -> None:
        super().__init__(message, **params)
        self.retry_after = retry_after
