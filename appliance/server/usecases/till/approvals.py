"""What a manager has to approve at a cashier's screen."""

from __future__ import annotations

from appliance.server.domain.errors import ApprovalRequired
from appliance.server.domain.states import Actor, Role


class Approver(Actor):
    """The manager whose PIN was right a moment ago, before the unit of work began."""


def needed(approver: Approver | None, by: Actor | None = None) -> Approver:
    """The manager who approves.

    Args:
        approver: Whose PIN came with it.
        by: Who asks for it: a manager has logged in as one, and needs nobody else's word.

    Raises:
        ApprovalRequired: Nobody does.
    """
    if approver is None and by is not None and by.role is Role.MANAGER:
        return Approver(by.role, by.id, by.name)
    if approver is None:
        raise ApprovalRequired
    return approver
