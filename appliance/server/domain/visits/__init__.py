"""A customer's visit, from the kiosk to the receipt.

`table` says what can happen, `decide` whether it may now, and `check` that the table is sound, each
time the program starts.
"""

from .check import check_table
from .decide import (
    Decision,
    Situation,
    allowed_events,
    allowed_requests,
    customer_events,
    decide,
    describe,
    manager_events,
)
from .table import TABLE, Effect, Event, Guard, Owner, Transition, Who

__all__ = [
    "TABLE",
    "Decision",
    "Effect",
    "Event",
    "Guard",
    "Owner",
    "Situation",
    "Transition",
    "Who",
    "allowed_events",
    "allowed_requests",
    "check_table",
    "customer_events",
    "decide",
    "describe",
    "manager_events",
]

check_table(TABLE)
