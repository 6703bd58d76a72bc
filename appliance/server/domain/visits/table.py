"""What can happen to a visit: one row each, all of them on one screen.

A transition that is not a row here does not exist. `docs/transitions.md` is drawn from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ..states import Role
from ..states import TransactionStatus as S


class Event(StrEnum):
    """What can happen to a transaction."""

    CUSTOMER_START = "customer_start"
    CUSTOMER_ADD_ITEM = "customer_add_item"
    CUSTOMER_REMOVE_ITEM = "customer_remove_item"
    CUSTOMER_CONFIRM_SELECTION = "customer_confirm_selection"
    CUSTOMER_CANCEL = "customer_cancel"
    SELECTING_TIMED_OUT = "selecting_timed_out"
    THERAPIST_CONFIRM_NEXT = "therapist_confirm_next"
    THERAPIST_RELEASE = "therapist_release"
    THERAPIST_NO_SHOW = "therapist_no_show"
    THERAPIST_CALL_AGAIN = "therapist_call_again"
    THERAPIST_NOT_HERE_YET = "therapist_not_here_yet"
    THERAPIST_HAND_OVER = "therapist_hand_over"
    THERAPIST_CHANGE_ROOM = "therapist_change_room"
    THERAPIST_START_SERVICE = "therapist_start_service"
    THERAPIST_ADD_SERVICE = "therapist_add_service"
    THERAPIST_REMOVE_ITEM = "therapist_remove_item"
    THERAPIST_FINISH_SERVICE = "therapist_finish_service"
    CUSTOMER_STEP_OUT = "customer_step_out"
    CUSTOMER_COME_BACK = "customer_come_back"
    CUSTOMER_LEAVE = "customer_leave"
    CUSTOMER_STAYED_OUT = "customer_stayed_out"
    QUEUE_PUT_BACK = "queue_put_back"
    QUEUE_REMOVE = "queue_remove"
    HOLD_ENDED = "hold_ended"
    CARRIED_OVER = "carried_over"
    CASHIER_ADD_WALK_IN = "cashier_add_walk_in"
    CASHIER_CLAIM_NEXT = "cashier_claim_next"
    CASHIER_CLAIM_CODE = "cashier_claim_code"
    CASHIER_RELEASE = "cashier_release"
    CASHIER_ADJUST = "cashier_adjust"
    CASHIER_REMOVE_ADJUSTMENT = "cashier_remove_adjustment"
    CASHIER_PAY = "cashier_pay"
    PAYMENT_ACCEPTED = "payment_accepted"
    PAYMENT_REFUSED = "payment_refused"
    MANAGER_RELEASE = "manager_release"
    MANAGER_FINISH = "manager_finish"
    MANAGER_CANCEL = "manager_cancel"
    MANAGER_HAND_OVER = "manager_hand_over"


class Owner(StrEnum):
    """Whose transaction it is: the attribute that names the person or device."""

    KIOSK = "kiosk_id"
    THERAPIST = "therapist_id"
    CASHIER = "cashier_id"


class Guard(StrEnum):
    """A condition beyond state, role and owner."""

    HAS_ITEMS = "at least one item"
    KEEPS_AN_ITEM = "an item is left"
    OWN_ROOM_AVAILABLE = "own room available"
    NO_OTHER_CUSTOMER = "no other open customer"
    ON_DUTY = "on duty, not on a break"
    COVERS_TOTAL = "amount ≥ total"
    CASHIER_GONE = "its cashier is not logged in"
    ON_HOLD = "not called at present"
    NOT_ON_HOLD = "may be called"
    OUT = "has stepped out"
    MAY_RETURN = "stepped out or passed over"
    NOT_CARRIED_OVER = "not on yesterday's list yet"
    NEW_ROOM_AVAILABLE = "the other room is available"
    TAKER_FREE = "the other therapist has no customer and an available room"


class Effect(StrEnum):
    """What else is written in the same unit of work."""

    TOTALS = "totals"
    CODE = "code"
    TICKET = "ticket job"
    RECEIPT = "receipt job"
    PAYMENT = "payment and change"
    DRAWER = "drawer pulse where the method opens it"
    OCCUPY_ROOM = "room occupied"
    PREPARE_ROOM = "room preparing"
    FREE_ROOM = "room available"
    MOVE_ROOM = "the other room occupied, the old one preparing or available"
    SKIP = "passed over for some minutes"
    STEP_OUT = "not called until back"
    STAY_OUT = "out for too long"
    CARRY_OVER = "on yesterday's list"
    CALLABLE = "called again, at the old place"
    CLOSE = "code free again"


@dataclass(frozen=True, slots=True)
class Who:
    """Who may do something.

    Attributes:
        role: Of the actor.
        owner: Where it has to be their own transaction, the attribute that names them.
    """

    role: Role
    owner: Owner | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """What a step forward into a state leaves on the transaction; a step back takes it off again.

    Attributes:
        stamp: The timestamp attribute.
        owner: Whose the transaction becomes.
    """

    stamp: str
    owner: Owner | None = None


STAGES: Final = {
    S.SELECTING: Stage("created_at", Owner.KIOSK),
    S.PENDING_THERAPIST: Stage("selection_confirmed_at"),
    S.THERAPIST_CONFIRMED: Stage("therapist_confirmed_at", Owner.THERAPIST),
    S.IN_SERVICE: Stage("service_start_at"),
    S.FINISHED: Stage("service_finish_at"),
    S.AWAITING_PAYMENT: Stage("cashier_claimed_at", Owner.CASHIER),
    S.PAID: Stage("paid_at"),
    S.CANCELLED: Stage("cancelled_at"),
}
"""`paying` leaves nothing: it begins and ends within one unit of work."""

OWN: Final = {
    Role.KIOSK: Owner.KIOSK,
    Role.THERAPIST: Owner.THERAPIST,
    Role.CASHIER: Owner.CASHIER,
}
"""What names an actor of this role; others own no transaction."""

_BEGINNING: Final = S.SELECTING
"""Where a visit begins, unless somebody else has chosen for the customer."""
_ORDER: Final = {state: place for place, state in enumerate(S)}


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table.

    Attributes:
        event: What happens.
        source: The state it happens in; None before the transaction exists.
        target: The state afterwards.
        who: Who may do it. One event may have a row for each of several roles.
        guards: Conditions beyond those.
        effects: What else is written, in this order.
    """

    event: Event
    source: S | None
    target: S
    who: Who
    guards: tuple[Guard, ...] = ()
    effects: tuple[Effect, ...] = ()

    @property
    def role(self) -> Role:
        """Who may do it."""
        return self.who.role

    @property
    def owner(self) -> Owner | None:
        """Whose it must be, if anybody's."""
        return self.who.owner

    @property
    def forward(self) -> bool:
        """Whether it leads to a later state."""
        return self.source is None or _ORDER[self.target] > _ORDER[self.source]

    @property
    def back(self) -> bool:
        """Whether it leads to an earlier state."""
        return self.source is not None and _ORDER[self.target] < _ORDER[self.source]

    @property
    def stamps(self) -> tuple[str, ...]:
        """The timestamp attributes that are set; a visit is created wherever it begins."""
        entered = (_BEGINNING, self.target) if self.source is None else (self.target,)
        stages = [STAGES[state] for state in dict.fromkeys(entered) if state in STAGES]
        return tuple(stage.stamp for stage in stages) if self.forward else ()

    @property
    def takes(self) -> Owner | None:
        """The owner attribute that the actor takes, where one of this role can."""
        stage = STAGES.get(self.target)
        owner = stage.owner if stage is not None and self.forward else None
        return owner if owner is OWN.get(self.role) else None

    @property
    def clears(self) -> tuple[str, ...]:
        """The attributes that are forgotten: owner and timestamp of the state that is left."""
        stage = STAGES.get(self.source) if self.back and self.source is not None else None
        if stage is None:
            return ()
        return (stage.stamp,) if stage.owner is None else (stage.owner.value, stage.stamp)


_Row = tuple[Event, S, Who, *tuple[Guard | Effect, ...]]


def _in(source: S | None, *rows: _Row) -> list[Transition]:
    return [
        Transition(
            event,
            source,
            target,
            who,
            guards=tuple(one for one in also if isinstance(one, Guard)),
            effects=tuple(one for one in also if isinstance(one, Effect)),
        )
        for event, target, who, *also in rows
    ]


E, G, F = Event, Guard, Effect
A_KIOSK, THAT_KIOSK = Who(Role.KIOSK), Who(Role.KIOSK, Owner.KIOSK)
A_THERAPIST, THAT_THERAPIST = Who(Role.THERAPIST), Who(Role.THERAPIST, Owner.THERAPIST)
A_CASHIER, THAT_CASHIER = Who(Role.CASHIER), Who(Role.CASHIER, Owner.CASHIER)
A_MANAGER = Who(Role.MANAGER)
A_CUSTOMER = Who(Role.CUSTOMER)
SYSTEM = Who(Role.SYSTEM)

# One line a row, in columns: event, the state it leads to, who may, guards, effects.
# fmt: off
TABLE: Final[tuple[Transition, ...]] = (
    *_in(None,
        (E.CUSTOMER_START,             S.SELECTING,           A_KIOSK),
        (E.CASHIER_ADD_WALK_IN,        S.PENDING_THERAPIST,   A_CASHIER, G.HAS_ITEMS, F.TOTALS, F.CODE, F.TICKET)),
    *_in(S.SELECTING,
        (E.CUSTOMER_ADD_ITEM,          S.SELECTING,           THAT_KIOSK, F.TOTALS),
        (E.CUSTOMER_REMOVE_ITEM,       S.SELECTING,           THAT_KIOSK, F.TOTALS),
        (E.CUSTOMER_CONFIRM_SELECTION, S.PENDING_THERAPIST,   THAT_KIOSK, G.HAS_ITEMS, F.CODE, F.TICKET),
        (E.CUSTOMER_CANCEL,            S.CANCELLED,           THAT_KIOSK),
        (E.SELECTING_TIMED_OUT,        S.CANCELLED,           SYSTEM),
        (E.MANAGER_CANCEL,             S.CANCELLED,           A_MANAGER)),
    *_in(S.PENDING_THERAPIST,
        (E.THERAPIST_CONFIRM_NEXT,     S.THERAPIST_CONFIRMED, A_THERAPIST, G.OWN_ROOM_AVAILABLE, G.NO_OTHER_CUSTOMER, G.ON_DUTY, F.OCCUPY_ROOM),
        (E.THERAPIST_NO_SHOW,          S.CANCELLED,           A_THERAPIST, F.CLOSE),
        (E.QUEUE_PUT_BACK,             S.PENDING_THERAPIST,   A_THERAPIST, G.ON_HOLD, F.CALLABLE),
        (E.QUEUE_PUT_BACK,             S.PENDING_THERAPIST,   A_CASHIER, G.ON_HOLD, F.CALLABLE),
        (E.QUEUE_PUT_BACK,             S.PENDING_THERAPIST,   A_MANAGER, G.ON_HOLD, F.CALLABLE),
        (E.QUEUE_REMOVE,               S.CANCELLED,           A_THERAPIST, F.CLOSE),
        (E.QUEUE_REMOVE,               S.CANCELLED,           A_CASHIER, F.CLOSE),
        (E.CUSTOMER_STEP_OUT,          S.PENDING_THERAPIST,   A_CUSTOMER, G.NOT_ON_HOLD, F.STEP_OUT),
        (E.CUSTOMER_COME_BACK,         S.PENDING_THERAPIST,   A_CUSTOMER, G.MAY_RETURN, F.CALLABLE),
        (E.CUSTOMER_LEAVE,             S.CANCELLED,           A_CUSTOMER, F.CLOSE),
        (E.CUSTOMER_STAYED_OUT,        S.PENDING_THERAPIST,   SYSTEM, G.OUT, F.STAY_OUT),
        (E.HOLD_ENDED,                 S.PENDING_THERAPIST,   SYSTEM, G.ON_HOLD, F.CALLABLE),
        (E.CARRIED_OVER,               S.PENDING_THERAPIST,   SYSTEM, G.NOT_CARRIED_OVER, F.CARRY_OVER),
        (E.MANAGER_CANCEL,             S.CANCELLED,           A_MANAGER, F.CLOSE)),
    *_in(S.THERAPIST_CONFIRMED,
        (E.THERAPIST_RELEASE,          S.PENDING_THERAPIST,   THAT_THERAPIST, F.FREE_ROOM),
        (E.THERAPIST_NOT_HERE_YET,     S.PENDING_THERAPIST,   THAT_THERAPIST, F.FREE_ROOM, F.SKIP),
        (E.THERAPIST_NO_SHOW,          S.CANCELLED,           THAT_THERAPIST, F.FREE_ROOM, F.CLOSE),
        (E.THERAPIST_CALL_AGAIN,       S.THERAPIST_CONFIRMED, THAT_THERAPIST),
        (E.THERAPIST_HAND_OVER,        S.THERAPIST_CONFIRMED, THAT_THERAPIST, G.TAKER_FREE, F.MOVE_ROOM),
        (E.THERAPIST_CHANGE_ROOM,      S.THERAPIST_CONFIRMED, THAT_THERAPIST, G.NEW_ROOM_AVAILABLE, F.MOVE_ROOM),
        (E.THERAPIST_START_SERVICE,    S.IN_SERVICE,          THAT_THERAPIST),
        (E.MANAGER_CANCEL,             S.CANCELLED,           A_MANAGER, F.FREE_ROOM, F.CLOSE),
        (E.MANAGER_HAND_OVER,          S.THERAPIST_CONFIRMED, A_MANAGER, G.TAKER_FREE, F.MOVE_ROOM)),
    *_in(S.IN_SERVICE,
        (E.THERAPIST_ADD_SERVICE,      S.IN_SERVICE,          THAT_THERAPIST, F.TOTALS),
        (E.THERAPIST_REMOVE_ITEM,      S.IN_SERVICE,          THAT_THERAPIST, G.KEEPS_AN_ITEM, F.TOTALS),
        (E.THERAPIST_HAND_OVER,        S.IN_SERVICE,          THAT_THERAPIST, G.TAKER_FREE, F.MOVE_ROOM),
        (E.THERAPIST_CHANGE_ROOM,      S.IN_SERVICE,          THAT_THERAPIST, G.NEW_ROOM_AVAILABLE, F.MOVE_ROOM),
        (E.THERAPIST_FINISH_SERVICE,   S.FINISHED,            THAT_THERAPIST, F.PREPARE_ROOM),
        (E.MANAGER_FINISH,             S.FINISHED,            A_MANAGER, F.PREPARE_ROOM),
        (E.MANAGER_CANCEL,             S.CANCELLED,           A_MANAGER, F.PREPARE_ROOM, F.CLOSE),
        (E.MANAGER_HAND_OVER,          S.IN_SERVICE,          A_MANAGER, G.TAKER_FREE, F.MOVE_ROOM)),
    *_in(S.FINISHED,
        (E.CASHIER_CLAIM_NEXT,         S.AWAITING_PAYMENT,    A_CASHIER),
        (E.CASHIER_CLAIM_CODE,         S.AWAITING_PAYMENT,    A_CASHIER),
        (E.HOLD_ENDED,                 S.FINISHED,            SYSTEM, G.ON_HOLD, F.CALLABLE),
        (E.CARRIED_OVER,               S.FINISHED,            SYSTEM, G.NOT_CARRIED_OVER, F.CARRY_OVER),
        (E.MANAGER_CANCEL,             S.CANCELLED,           A_MANAGER, F.CLOSE)),
    *_in(S.AWAITING_PAYMENT,
        (E.CASHIER_CLAIM_CODE,         S.AWAITING_PAYMENT,    A_CASHIER, G.CASHIER_GONE),
        (E.CASHIER_RELEASE,            S.FINISHED,            THAT_CASHIER),
        (E.CASHIER_ADJUST,             S.AWAITING_PAYMENT,    THAT_CASHIER, F.TOTALS),
        (E.CASHIER_REMOVE_ADJUSTMENT,  S.AWAITING_PAYMENT,    THAT_CASHIER, F.TOTALS),
        (E.CASHIER_PAY,                S.PAYING,              THAT_CASHIER),
        (E.HOLD_ENDED,                 S.AWAITING_PAYMENT,    SYSTEM, G.ON_HOLD, F.CALLABLE),
        (E.CARRIED_OVER,               S.AWAITING_PAYMENT,    SYSTEM, G.NOT_CARRIED_OVER, F.CARRY_OVER),
        (E.MANAGER_RELEASE,            S.FINISHED,            A_MANAGER),
        (E.MANAGER_CANCEL,             S.CANCELLED,           A_MANAGER, F.CLOSE),
        (E.MANAGER_HAND_OVER,          S.AWAITING_PAYMENT,    A_MANAGER)),
    *_in(S.PAYING,
        (E.PAYMENT_ACCEPTED,           S.PAID,                SYSTEM, G.COVERS_TOTAL, F.PAYMENT, F.DRAWER, F.RECEIPT, F.CLOSE),
        (E.PAYMENT_REFUSED,            S.AWAITING_PAYMENT,    SYSTEM)),
)
# fmt: on

WAYS_BACK: Final = frozenset(
    {
        E.THERAPIST_RELEASE,
        E.THERAPIST_NOT_HERE_YET,
        E.CASHIER_RELEASE,
        E.MANAGER_RELEASE,
        E.PAYMENT_REFUSED,
    }
)
"""The only events that lead to an earlier state."""
