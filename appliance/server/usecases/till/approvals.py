"""What a manager has to approve at a cashier's screen."""

from __future__ import annotations

from appliance.server.domain.errors import ApprovalRequired
from appliance.server.domain.states import Actor


class Approver(Actor):
    """The manager whose PIN was right a moment ago, before the unit of work began."""


def needed(approver: Approver | None) -> Approver:
    """The manager who approves.

    Raises:
        ApprovalRequired: Nobody does.
    """
    if approver is None:
        raise ApprovalRequired
    return approver
