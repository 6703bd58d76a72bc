"""Every event and every push of Socket.IO, one row each: who sends it, what it says, what it does.

The namespaces, the permissions, the description for outside programs and the types of the screens
read these rows. A new event is its row, its use case and its words; a row that does not fit its
use case stops the start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import Any, Final, Generic, TypeVar, get_type_hints

from msgspec import Struct

from appliance.protocol import PERIPHERALS_NAMESPACE, SIMULATOR_NAMESPACE, DeviceEvent
from appliance.server.domain.errors import DomainError
from appliance.server.domain.states import STAFF_ROLES, Actor, Role
from appliance.server.domain.visits import TABLE
from appliance.server.store.unit_of_work import UnitOfWork
from appliance.server.usecases import (
    cashier,
    daemons,
    drawer,
    duty,
    front_desk,
    kiosk,
    moves,
    papers,
    queue,
    rooms,
    therapist,
)
from appliance.server.usecases.manager import visits as stuck
from appliance.server.usecases.shop import Shop
from appliance.server.usecases.till import adjustments, refunds, shifts
from appliance.server.usecases.till.approvals import Approver
from appliance.server.wire import answers, parse, serialize

R = TypeVar("R")

SCREENS: Final = "/"
"""The namespace of people and screens."""

CONTEXT: Final[Mapping[object, str]] = {
    UnitOfWork: "unit",
    Shop: "shop",
    Actor: "actor",
    Approver | None: "approver",
}


class BadRow(Exception):
    """A row of the table and its use case do not fit: a bug, found when the server starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Generic[R]):
    """Something that may be asked for: who may, what they must say, and what it does.

    Attributes:
        roles: Who may ask; anybody, identified or not, where it is empty.
        payload: What it must say.
        use_case: What it does. It is given the unit of work, the shop and the asker where it has
            parameters of these types, and the payload's fields by their names. None for what is
            answered without the database: a sign of life, and what the simulator's relay passes on.
        answer: From what the use case returns to what the asker is told.
    """

    roles: frozenset[Role]
    payload: type[parse.Payload] = parse.Payload
    use_case: Callable[..., R | DomainError] | None
    answer: Callable[[R], Struct]

    @property
    def called(self) -> str:
        """What it is called, for who has to mend a row."""
        raise NotImplementedError

    @property
    def result(self) -> type[Struct]:
        """The shape of the answer."""
        shape: type[Struct] = get_type_hints(self.answer)["return"]
        return shape

    @property
    def summary(self) -> str:
        """What it does, in a sentence."""
        return _first_line(self.use_case or self.answer)

    def said(self) -> dict[str, object]:
        """What the asker says: the use case's parameters, each with its type if it is known."""
        return self.payload.arguments_named()

    def binding(self, known: Mapping[object, str] = CONTEXT) -> dict[str, str]:
        """The use case's parameters that the asker does not say: what each is given.

        Args:
            known: Type → what a parameter of this type is given.

        Returns:
            Parameter → `unit`, `shop`, `actor` or `approver`.

        Raises:
            BadRow: The use case wants something that the payload does not say, or the other way
                round, or takes it for another type.
        """
        if self.use_case is None:
            return {}
        wanted = get_type_hints(self.use_case)
        parameters = signature(self.use_case).parameters
        context = {name: known[wanted[name]] for name in parameters if wanted[name] in known}
        said = self.said()
        for name, parameter in parameters.items():
            if name not in context and name not in said and parameter.default is Parameter.empty:
                raise BadRow(f"{self.called}: its payload lacks {name}, which the use case needs")
        for name, kind in said.items():
            if name not in parameters:
                raise BadRow(f"{self.called}: the use case does not take {name}")
            if kind is not None and kind != wanted[name]:
                raise BadRow(f"{self.called}: the use case takes {name} for {wanted[name]}")
        return context


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow(Row[R]):
    """One event that clients send.

    Attributes:
        namespace: Where it comes in.
        event: As the client sends it.
        result_event: As its result comes back, beside the acknowledgement; None for the
            acknowledgement alone.
        optional: Whether it is there only in some installations.
    """

    namespace: str = SCREENS
    event: str
    result_event: str | None = None
    optional: bool = False

    @property
    def called(self) -> str:
        """The event's name."""
        return self.event


@dataclass(frozen=True, slots=True)
class Push:
    """One message that the server sends unasked.

    Attributes:
        event: Its name.
        roles: Who is told; everybody in the namespace where it is empty. On `/` it is also the
            Socket.IO room of those who watch.
        greets: Whether a client that connects gets the present one at once.
        namespace: Where it goes out.
        optional: Whether it is there only in some installations.
        body: What it says; None for what the simulator's page and its daemon tell each other.
    """

    event: str
    roles: frozenset[Role]
    body: type[Struct] | None
    greets: bool = False
    namespace: str = SCREENS
    optional: bool = False


_ANYBODY: Final[frozenset[Role]] = frozenset()
_KIOSK: Final = frozenset({Role.KIOSK})
_THERAPIST: Final = frozenset({Role.THERAPIST})
_CASHIER: Final = frozenset({Role.CASHIER})
_MANAGER: Final = frozenset({Role.MANAGER})
_DESK: Final = frozenset({Role.CASHIER, Role.MANAGER})
_STAFF: Final = frozenset(STAFF_ROLES)
_LOBBY: Final = frozenset({Role.DISPLAY, Role.KIOSK})
_DAEMON: Final = frozenset({Role.PERIPHERALS})

EVENTS: Final[tuple[EventRow[Any], ...]] = (
    EventRow(event="ping_time", roles=_ANYBODY, use_case=None, answer=serialize.sign_of_life),
    # --- the kiosk ---
    EventRow(
        event="customer_start",
        result_event="customer_start_result",
        roles=_KIOSK,
        payload=parse.Command,
        use_case=kiosk.start,
        answer=serialize.visit,
    ),
    EventRow(
        event="customer_add_item",
        result_event="customer_add_result",
        roles=_KIOSK,
        payload=parse.ChooseItem,
        use_case=kiosk.add_item,
        answer=serialize.selected,
    ),
    EventRow(
        event="customer_remove_item",
        result_event="customer_remove_result",
        roles=_KIOSK,
        payload=parse.RemoveItem,
        use_case=kiosk.remove_item,
        answer=serialize.selected,
    ),
    EventRow(
        event="customer_confirm_selection",
        result_event="customer_confirm_result",
        roles=_KIOSK,
        payload=parse.ConfirmSelection,
        use_case=kiosk.confirm_selection,
        answer=serialize.confirmed,
    ),
    EventRow(
        event="customer_cancel",
        result_event="customer_cancel_result",
        roles=_KIOSK,
        payload=parse.OnTransaction,
        use_case=kiosk.cancel,
        answer=serialize.visit,
    ),
    # --- the therapist ---
    EventRow(
        event="therapist_confirm_next",
        result_event="therapist_confirm_result",
        roles=_THERAPIST,
        payload=parse.Command,
        use_case=therapist.confirm_next,
        answer=serialize.visit,
    ),
    EventRow(
        event="therapist_call_again",
        result_event="therapist_call_again_result",
        roles=_THERAPIST,
        payload=parse.OnTransaction,
        use_case=therapist.call_again,
        answer=serialize.visit,
    ),
    EventRow(
        event="therapist_not_here_yet",
        result_event="therapist_not_here_yet_result",
        roles=_THERAPIST,
        payload=parse.OnTransaction,
        use_case=therapist.not_here_yet,
        answer=serialize.visit,
    ),
    EventRow(
        event="therapist_start_service",
        result_event="therapist_start_result",
        roles=_THERAPIST,
        payload=parse.OnTransaction,
        use_case=therapist.start_service,
        answer=serialize.visit,
    ),
    EventRow(
        event="therapist_add_service",
        result_event="therapist_add_result",
        roles=_THERAPIST,
        payload=parse.AddItem,
        use_case=therapist.add_service,
        answer=serialize.visit,
    ),
    EventRow(
        event="therapist_remove_item",
        result_event="therapist_remove_result",
        roles=_THERAPIST,
        payload=parse.RemoveItem,
        use_case=therapist.remove_item,
        answer=serialize.visit,
    ),
    EventRow(
        event="therapist_finish_service",
        result_event="therapist_finish_result",
        roles=_THERAPIST,
        payload=parse.OnTransaction,
        use_case=therapist.finish_service,
        answer=serialize.visit,
    ),
    EventRow(
        event="therapist_release",
        result_event="therapist_release_result",
        roles=_THERAPIST,
        payload=parse.OnTransaction,
        use_case=therapist.release,
        answer=serialize.visit,
    ),
    EventRow(
        event="therapist_hand_over",
        result_event="therapist_hand_over_result",
        roles=_THERAPIST,
        payload=parse.ToTherapist,
        use_case=moves.hand_over,
        answer=serialize.visit,
    ),
    EventRow(
        event="therapist_change_room",
        result_event="therapist_change_room_result",
        roles=_THERAPIST,
        payload=parse.ToRoom,
        use_case=moves.change_room,
        answer=serialize.visit,
    ),
    EventRow(
        event="therapist_no_show",
        result_event="therapist_no_show_result",
        roles=_THERAPIST,
        payload=parse.NoShow,
        use_case=therapist.no_show,
        answer=serialize.visit,
    ),
    EventRow(
        event="therapist_room_ready",
        result_event="therapist_room_ready_result",
        roles=_THERAPIST,
        payload=parse.ReadyRoom,
        use_case=therapist.own_room_ready,
        answer=serialize.room_ready,
    ),
    EventRow(
        event=duty.DUTY_IN,
        result_event="duty_result",
        roles=_THERAPIST,
        payload=parse.Command,
        use_case=duty.come_in,
        answer=serialize.duty,
    ),
    EventRow(
        event=duty.DUTY_BREAK,
        result_event="duty_result",
        roles=_THERAPIST,
        payload=parse.Command,
        use_case=duty.take_a_break,
        answer=serialize.duty,
    ),
    EventRow(
        event=duty.DUTY_BACK,
        result_event="duty_result",
        roles=_THERAPIST,
        payload=parse.Command,
        use_case=duty.come_back,
        answer=serialize.duty,
    ),
    EventRow(
        event=duty.DUTY_OUT,
        result_event="duty_result",
        roles=_THERAPIST,
        payload=parse.Command,
        use_case=duty.go_out,
        answer=serialize.duty,
    ),
    # --- the queue ---
    EventRow(
        event="queue_put_back",
        result_event="queue_put_back_result",
        roles=_STAFF,
        payload=parse.OnTransaction,
        use_case=queue.put_back,
        answer=serialize.visit,
    ),
    EventRow(
        event="queue_remove",
        result_event="queue_remove_result",
        roles=_THERAPIST | _CASHIER,
        payload=parse.RemoveFromQueue,
        use_case=queue.remove,
        answer=serialize.visit,
    ),
    # --- the desk ---
    EventRow(
        event="cashier_add_walk_in",
        result_event="cashier_walk_in_result",
        roles=_CASHIER,
        payload=parse.AddWalkIn,
        use_case=front_desk.add_walk_in,
        answer=serialize.confirmed,
    ),
    EventRow(
        event="cashier_claim_next",
        result_event="cashier_claim_result",
        roles=_CASHIER,
        payload=parse.Command,
        use_case=cashier.claim_next,
        answer=serialize.visit,
    ),
    EventRow(
        event="cashier_claim_code",
        result_event="cashier_claim_result",
        roles=_CASHIER,
        payload=parse.ClaimCode,
        use_case=cashier.claim_code,
        answer=serialize.visit,
    ),
    EventRow(
        event="cashier_release",
        result_event="cashier_release_result",
        roles=_CASHIER,
        payload=parse.OnTransaction,
        use_case=cashier.release,
        answer=serialize.visit,
    ),
    EventRow(
        event="cashier_pay",
        result_event="cashier_pay_result",
        roles=_CASHIER,
        payload=parse.Pay,
        use_case=cashier.pay,
        answer=serialize.visit,
    ),
    EventRow(
        event="cashier_adjust",
        result_event="cashier_adjust_result",
        roles=_CASHIER,
        payload=parse.Adjust,
        use_case=adjustments.adjust,
        answer=serialize.visit,
    ),
    EventRow(
        event="cashier_remove_adjustment",
        result_event="cashier_adjust_result",
        roles=_CASHIER,
        payload=parse.RemoveAdjustment,
        use_case=adjustments.remove,
        answer=serialize.visit,
    ),
    EventRow(
        event="cashier_refund",
        result_event="cashier_refund_result",
        roles=_DESK,
        payload=parse.GiveBack,
        use_case=refunds.refund,
        answer=serialize.refunded,
    ),
    EventRow(
        event="cashier_correct_tender",
        result_event="cashier_correct_result",
        roles=_DESK,
        payload=parse.CorrectTender,
        use_case=refunds.correct_tender,
        answer=serialize.visit,
    ),
    EventRow(
        event="shift_open",
        result_event="shift_open_result",
        roles=_CASHIER,
        payload=parse.OpenShift,
        use_case=shifts.open_shift,
        answer=serialize.shift,
    ),
    EventRow(
        event="shift_movement",
        result_event="shift_movement_result",
        roles=_CASHIER,
        payload=parse.MoveCash,
        use_case=shifts.move,
        answer=serialize.moved,
    ),
    EventRow(
        event="shift_count",
        result_event="shift_count_result",
        roles=_DESK,
        payload=parse.CountDrawer,
        use_case=shifts.count,
        answer=serialize.shift,
    ),
    EventRow(
        event="shift_close",
        result_event="shift_close_result",
        roles=_DESK,
        payload=parse.CloseShift,
        use_case=shifts.close,
        answer=serialize.shift,
    ),
    EventRow(
        event="cashier_reprint",
        result_event="cashier_reprint_result",
        roles=_DESK,
        payload=parse.OnTransaction,
        use_case=papers.reprint_receipt,
        answer=serialize.paper,
    ),
    EventRow(
        event="cashier_open_drawer",
        result_event="cashier_open_drawer_result",
        roles=_CASHIER,
        payload=parse.OpenDrawer,
        use_case=drawer.open_drawer,
        answer=serialize.done,
    ),
    EventRow(
        event="print_job_reprint",
        result_event="print_job_reprint_result",
        roles=_DESK,
        payload=parse.OnPrintJob,
        use_case=papers.reprint,
        answer=serialize.paper,
    ),
    EventRow(
        event="print_job_move",
        result_event="print_job_move_result",
        roles=_DESK,
        payload=parse.MovePrintJob,
        use_case=papers.move,
        answer=serialize.paper,
    ),
    EventRow(
        event="print_job_drop",
        result_event="print_job_drop_result",
        roles=_DESK,
        payload=parse.DropPrintJob,
        use_case=papers.drop,
        answer=serialize.paper,
    ),
    # --- the manager ---
    EventRow(
        event="manager_release",
        result_event="manager_release_result",
        roles=_MANAGER,
        payload=parse.WithReason,
        use_case=stuck.release,
        answer=serialize.visit,
    ),
    EventRow(
        event="manager_finish",
        result_event="manager_finish_result",
        roles=_MANAGER,
        payload=parse.WithReason,
        use_case=stuck.finish,
        answer=serialize.visit,
    ),
    EventRow(
        event="manager_cancel",
        result_event="manager_cancel_result",
        roles=_MANAGER,
        payload=parse.WithReason,
        use_case=stuck.cancel,
        answer=serialize.visit,
    ),
    EventRow(
        event="manager_hand_over",
        result_event="manager_hand_over_result",
        roles=_MANAGER,
        payload=parse.HandOver,
        use_case=stuck.hand_over,
        answer=serialize.visit,
    ),
    EventRow(
        event="manager_room_ready",
        result_event="manager_room_ready_result",
        roles=_MANAGER,
        payload=parse.OnRoom,
        use_case=therapist.other_room_ready,
        answer=serialize.room_ready,
    ),
    # --- the peripherals daemon ---
    EventRow(
        namespace=PERIPHERALS_NAMESPACE,
        event=DeviceEvent.PING_TIME,
        roles=_DAEMON,
        use_case=None,
        answer=serialize.sign_of_life,
    ),
    EventRow(
        namespace=PERIPHERALS_NAMESPACE,
        event=DeviceEvent.HELLO,
        roles=_DAEMON,
        payload=parse.Hello,
        use_case=daemons.hello,
        answer=serialize.introduced,
    ),
    EventRow(
        namespace=PERIPHERALS_NAMESPACE,
        event=DeviceEvent.BUTTON,
        roles=_DAEMON,
        payload=parse.Button,
        use_case=rooms.press,
        answer=serialize.pressed,
    ),
    EventRow(
        namespace=PERIPHERALS_NAMESPACE,
        event=DeviceEvent.PRINT_LEASE,
        roles=_DAEMON,
        payload=parse.PrintLease,
        use_case=papers.hand_out,
        answer=serialize.leased,
    ),
    EventRow(
        namespace=PERIPHERALS_NAMESPACE,
        event=DeviceEvent.DRAWER_TAKE,
        roles=_DAEMON,
        payload=parse.DrawerTake,
        use_case=drawer.take,
        answer=serialize.drawer_taken,
    ),
    EventRow(
        namespace=PERIPHERALS_NAMESPACE,
        event=DeviceEvent.PRINT_EXTEND,
        roles=_DAEMON,
        payload=parse.PrintExtend,
        use_case=papers.extend,
        answer=serialize.done,
    ),
    EventRow(
        namespace=PERIPHERALS_NAMESPACE,
        event=DeviceEvent.PRINT_DONE,
        roles=_DAEMON,
        payload=parse.PrintDone,
        use_case=papers.done,
        answer=serialize.done,
    ),
    EventRow(
        namespace=PERIPHERALS_NAMESPACE,
        event=DeviceEvent.PRINT_FAILED,
        roles=_DAEMON,
        payload=parse.PrintFailed,
        use_case=papers.failed,
        answer=serialize.done,
    ),
    EventRow(
        namespace=PERIPHERALS_NAMESPACE,
        event=DeviceEvent.PRINTER_STATUS,
        roles=_DAEMON,
        payload=parse.Status,
        use_case=daemons.note_status,
        answer=serialize.done,
    ),
    # --- the simulator ---
    EventRow(
        namespace=PERIPHERALS_NAMESPACE,
        event=DeviceEvent.SIMULATOR_STATE,
        roles=_DAEMON,
        use_case=None,
        answer=serialize.done,
        optional=True,
    ),
    EventRow(
        namespace=PERIPHERALS_NAMESPACE,
        event=DeviceEvent.SIMULATOR_LAMPS,
        roles=_DAEMON,
        use_case=None,
        answer=serialize.done,
        optional=True,
    ),
    EventRow(
        namespace=SIMULATOR_NAMESPACE,
        event=DeviceEvent.SIMULATOR_ACTION,
        roles=_ANYBODY,
        use_case=None,
        answer=serialize.done,
        optional=True,
    ),
)

QUEUE_UPDATED: Final = "queue_updated"
TRANSACTION_UPDATED: Final = "transaction_updated"
BOARD_UPDATED: Final = "board_updated"
DEVICES_UPDATED: Final = "devices_updated"
CATALOG_UPDATED: Final = "catalog_updated"
IDENTITY_REVOKED: Final = "identity_revoked"

PUSHES: Final[tuple[Push, ...]] = (
    Push(QUEUE_UPDATED, _STAFF, answers.Queue, greets=True),
    Push(BOARD_UPDATED, _LOBBY, answers.Board, greets=True),
    Push(DEVICES_UPDATED, _STAFF | _KIOSK, answers.Devices, greets=True),
    Push(TRANSACTION_UPDATED, _STAFF, answers.OneTransaction),
    Push(CATALOG_UPDATED, _ANYBODY, answers.CatalogNews),
    Push(IDENTITY_REVOKED, _ANYBODY, answers.Revoked),
    Push(IDENTITY_REVOKED, _DAEMON, answers.Revoked, namespace=PERIPHERALS_NAMESPACE),
    Push(DeviceEvent.LAMP, _DAEMON, answers.Lamp, namespace=PERIPHERALS_NAMESPACE),
    Push(DeviceEvent.DRAWER_READY, _DAEMON, answers.DrawerReady, namespace=PERIPHERALS_NAMESPACE),
    Push(DeviceEvent.PRINT_READY, _DAEMON, answers.PrintReady, namespace=PERIPHERALS_NAMESPACE),
    *(
        Push(event, roles, None, namespace=namespace, optional=True)
        for event, roles, namespace in (
            (DeviceEvent.SIMULATOR_ACTION, _DAEMON, PERIPHERALS_NAMESPACE),
            (DeviceEvent.SIMULATOR_STATE, _ANYBODY, SIMULATOR_NAMESPACE),
            (DeviceEvent.SIMULATOR_LAMPS, _ANYBODY, SIMULATOR_NAMESPACE),
            (DeviceEvent.SIMULATOR_AWAY, _ANYBODY, SIMULATOR_NAMESPACE),
        )
    ),
)


def _first_line(function: Callable[..., Any]) -> str:
    return (function.__doc__ or "").partition("\n")[0]


def of_namespace(
    namespace: str, rows: Iterable[EventRow[Any]] | None = None
) -> list[EventRow[Any]]:
    """The events that are always there in a namespace."""
    rows = EVENTS if rows is None else rows
    return [row for row in rows if row.namespace == namespace and not row.optional]


def watched_by(role: Role) -> tuple[Push, ...]:
    """What somebody with this role is told on `/`, beside what everybody is told."""
    return tuple(push for push in PUSHES if push.namespace == SCREENS and role in push.roles)


def who_may_come(namespace: str) -> frozenset[Role]:
    """The roles that have anything to say or to hear in a namespace."""
    rows: tuple[EventRow[Any] | Push, ...] = (*EVENTS, *PUSHES)
    return frozenset().union(*(row.roles for row in rows if row.namespace == namespace))


def is_open(namespace: str) -> bool:
    """Whether somebody who is not identified has anything to say in a namespace."""
    return any(row.namespace == namespace and not row.roles for row in EVENTS)


def check(rows: Iterable[EventRow[Any]]) -> None:
    """Make sure that the rows fit their use cases, and the transitions' table.

    Raises:
        BadRow: One does not.
    """
    by_event: dict[tuple[str, str], EventRow[Any]] = {}
    for row in rows:
        row.binding()
        if row.use_case is not None and not row.roles:
            raise BadRow(f"{row.event} changes something, and anybody may send it")
        key = (row.namespace, str(row.event))
        if key in by_event:
            raise BadRow(f"{row.event} has two rows")
        by_event[key] = row
    may: dict[str, set[Role]] = {}
    for transition in TABLE:
        # Nothing asks for what happens by itself, and a customer does so on the ticket's own page.
        if transition.role not in {Role.SYSTEM, Role.CUSTOMER}:
            may.setdefault(str(transition.event), set()).add(transition.role)
    for event, roles in may.items():
        asked = by_event.get((SCREENS, event))
        if asked is None or asked.roles != roles:
            raise BadRow(f"{event} cannot be asked for by a {' or a '.join(sorted(roles))}")


check(EVENTS)
