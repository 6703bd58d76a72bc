"""Every route that asks for or changes the shop's own things, one row each, as events have them.

The blueprint, the permissions and the description for outside programs read these rows. A new
route is its row, its use case and its words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from appliance.server.domain.states import STAFF_ROLES, Role
from appliance.server.usecases import account, lanes, my_day, papers, waits
from appliance.server.usecases.manager import devices, history, machine, menu, people, rooms, staff
from appliance.server.usecases.till import days, receipts, reports, shifts
from appliance.server.wire import parse, serialize

from .events import CONTEXT as OF_EVENTS
from .events import BadRow, Row

R = TypeVar("R")

_PATH_PARAMETER: Final = re.compile(r"<int:(\w+)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRow(Row[R]):
    """One route.

    Attributes:
        method: `GET` reads, its payload being the query; the others change something.
        rule: The path; its `<int:name>` are parameters of the use case.
    """

    method: str
    rule: str

    @property
    def called(self) -> str:
        """Method and path."""
        return f"{self.method} {self.rule}"

    @property
    def name(self) -> str:
        """One word for it, of 40 characters at most."""
        path = _PATH_PARAMETER.sub("one", self.rule).removeprefix("/api").strip("/")
        return f"{self.method.lower()}_{path.replace('.', '_').replace('/', '_')}"

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.method == "GET"

    @property
    def in_path(self) -> tuple[str, ...]:
        """The names of the path's parameters."""
        return tuple(_PATH_PARAMETER.findall(self.rule))

    def said(self) -> dict[str, object]:
        """What the asker says: in the path, and in the query or the body."""
        return Row.said(self) | dict.fromkeys(self.in_path, int)


_THERAPIST: Final = frozenset({Role.THERAPIST})
_CASHIER: Final = frozenset({Role.CASHIER})
_MANAGER: Final = frozenset({Role.MANAGER})
_ASKS: Final = frozenset({Role.KIOSK, Role.CASHIER, Role.MANAGER})
_DESK: Final = _CASHIER | _MANAGER

ROUTES: Final[tuple[RouteRow[Any], ...]] = (
    # --- one's own account ---
    *(
        RouteRow(
            method="POST",
            rule=f"/{role}/password",
            roles=frozenset({role}),
            payload=parse.OwnPassword,
            use_case=account.set_password,
            answer=serialize.done,
        )
        for role in STAFF_ROLES
    ),
    *(
        RouteRow(
            method="POST",
            rule=f"/{role}/language",
            roles=frozenset({role}),
            payload=parse.OwnLanguage,
            use_case=account.set_language,
            answer=serialize.done,
        )
        for role in STAFF_ROLES
    ),
    RouteRow(
        method="POST",
        rule="/manager/pin",
        roles=_MANAGER,
        payload=parse.OwnPin,
        use_case=account.set_pin,
        answer=serialize.done,
    ),
    # --- the therapist ---
    RouteRow(
        method="GET",
        rule="/api/my-day",
        roles=_THERAPIST,
        use_case=my_day.look,
        answer=serialize.my_day,
    ),
    RouteRow(
        method="POST",
        rule="/api/my-day/print",
        roles=_THERAPIST,
        payload=parse.Command,
        use_case=my_day.print_it,
        answer=serialize.my_day,
    ),
    # --- the front desk and the kiosk ---
    RouteRow(
        method="GET",
        rule="/api/therapists",
        roles=_ASKS,
        use_case=lanes.choices,
        answer=serialize.therapists,
    ),
    RouteRow(
        method="GET",
        rule="/api/wait",
        roles=_ASKS,
        payload=parse.Expected,
        use_case=waits.prospect,
        answer=serialize.wait,
    ),
    # --- the till ---
    RouteRow(
        method="GET",
        rule="/api/shift",
        roles=_CASHIER,
        use_case=shifts.mine,
        answer=serialize.my_shift,
    ),
    RouteRow(
        method="GET",
        rule="/api/receipts",
        roles=_DESK,
        payload=parse.FindReceipts,
        use_case=receipts.find,
        answer=serialize.found,
    ),
    RouteRow(
        method="POST",
        rule="/api/receipts/<int:transaction_id>/print",
        roles=_DESK,
        payload=parse.Command,
        use_case=papers.reprint_receipt,
        answer=serialize.paper,
    ),
    RouteRow(
        method="GET",
        rule="/api/manager/shifts",
        roles=_MANAGER,
        payload=parse.OnDate,
        use_case=shifts.of_day,
        answer=serialize.shifts,
    ),
    RouteRow(
        method="GET",
        rule="/api/manager/shifts/open",
        roles=_MANAGER,
        use_case=shifts.all_open,
        answer=serialize.shifts,
    ),
    RouteRow(
        method="GET",
        rule="/api/manager/reports",
        roles=_MANAGER,
        payload=parse.AskReport,
        use_case=reports.report,
        answer=serialize.report,
    ),
    RouteRow(
        method="GET",
        rule="/api/manager/x",
        roles=_MANAGER,
        payload=parse.OnDate,
        use_case=days.x,
        answer=serialize.on_x,
    ),
    RouteRow(
        method="POST",
        rule="/api/manager/x/print",
        roles=_MANAGER,
        payload=parse.Command,
        use_case=days.print_x,
        answer=serialize.on_x,
    ),
    RouteRow(
        method="POST",
        rule="/api/manager/days/close",
        roles=_MANAGER,
        payload=parse.Command,
        use_case=days.close_day,
        answer=serialize.on_z,
    ),
    RouteRow(
        method="GET",
        rule="/api/manager/z",
        roles=_MANAGER,
        payload=parse.Before,
        use_case=days.reports,
        answer=serialize.z_reports,
    ),
    RouteRow(
        method="GET",
        rule="/api/manager/z/<int:number>",
        roles=_MANAGER,
        use_case=days.numbered,
        answer=serialize.on_z,
    ),
    RouteRow(
        method="POST",
        rule="/api/manager/z/<int:number>/print",
        roles=_MANAGER,
        payload=parse.Command,
        use_case=days.print_again,
        answer=serialize.on_z,
    ),
    # --- people ---
    RouteRow(
        method="GET",
        rule="/api/manager/staff",
        roles=_MANAGER,
        use_case=staff.list_staff,
        answer=serialize.staff,
    ),
    RouteRow(
        method="POST",
        rule="/api/manager/staff",
        roles=_MANAGER,
        payload=parse.AddPerson,
        use_case=people.add,
        answer=serialize.person_now,
    ),
    RouteRow(
        method="PATCH",
        rule="/api/manager/staff/<int:person_id>",
        roles=_MANAGER,
        payload=parse.ChangePerson,
        use_case=people.change,
        answer=serialize.person_now,
    ),
    RouteRow(
        method="POST",
        rule="/api/manager/staff/<int:person_id>/password",
        roles=_MANAGER,
        payload=parse.NewPassword,
        use_case=people.set_password,
        answer=serialize.person_now,
    ),
    RouteRow(
        method="POST",
        rule="/api/manager/staff/<int:person_id>/pin",
        roles=_MANAGER,
        payload=parse.NewPin,
        use_case=people.set_pin,
        answer=serialize.person_now,
    ),
    RouteRow(
        method="POST",
        rule="/api/manager/staff/<int:person_id>/revoke",
        roles=_MANAGER,
        payload=parse.Command,
        use_case=people.revoke,
        answer=serialize.person_now,
    ),
    # --- rooms ---
    RouteRow(
        method="GET",
        rule="/api/manager/rooms",
        roles=_MANAGER,
        use_case=rooms.list_rooms,
        answer=serialize.managed_rooms,
    ),
    RouteRow(
        method="POST",
        rule="/api/manager/rooms",
        roles=_MANAGER,
        payload=parse.NameRoom,
        use_case=rooms.add,
        answer=serialize.room_now,
    ),
    RouteRow(
        method="PATCH",
        rule="/api/manager/rooms/<int:room_id>",
        roles=_MANAGER,
        payload=parse.ChangeRoom,
        use_case=rooms.change,
        answer=serialize.room_now,
    ),
    RouteRow(
        method="DELETE",
        rule="/api/manager/rooms/<int:room_id>",
        roles=_MANAGER,
        payload=parse.Command,
        use_case=rooms.remove,
        answer=serialize.room_now,
    ),
    # --- devices ---
    RouteRow(
        method="GET",
        rule="/api/manager/devices",
        roles=_MANAGER,
        use_case=devices.list_devices,
        answer=serialize.managed_devices,
    ),
    RouteRow(
        method="POST",
        rule="/api/manager/devices",
        roles=_MANAGER,
        payload=parse.AddDevice,
        use_case=devices.add,
        answer=serialize.device_added,
    ),
    RouteRow(
        method="POST",
        rule="/api/manager/devices/<int:device_id>/link",
        roles=_MANAGER,
        payload=parse.Command,
        use_case=devices.link,
        answer=serialize.device_link,
    ),
    RouteRow(
        method="DELETE",
        rule="/api/manager/devices/<int:device_id>",
        roles=_MANAGER,
        payload=parse.Command,
        use_case=devices.revoke,
        answer=serialize.device_now,
    ),
    RouteRow(
        method="GET",
        rule="/api/manager/machine",
        roles=_MANAGER,
        use_case=machine.look,
        answer=serialize.machine,
    ),
    # --- the catalogue ---
    RouteRow(
        method="GET",
        rule="/api/manager/catalog",
        roles=_MANAGER,
        use_case=menu.whole,
        answer=serialize.managed_catalog,
    ),
    RouteRow(
        method="POST",
        rule="/api/manager/catalog/order",
        roles=_MANAGER,
        payload=parse.PutInOrder,
        use_case=menu.put_in_order,
        answer=serialize.done,
    ),
    RouteRow(
        method="POST",
        rule="/api/manager/categories",
        roles=_MANAGER,
        payload=parse.AddCategory,
        use_case=menu.add_category,
        answer=serialize.category_now,
    ),
    RouteRow(
        method="PATCH",
        rule="/api/manager/categories/<int:category_id>",
        roles=_MANAGER,
        payload=parse.ChangeCategory,
        use_case=menu.change_category,
        answer=serialize.category_now,
    ),
    RouteRow(
        method="POST",
        rule="/api/manager/services",
        roles=_MANAGER,
        payload=parse.AddService,
        use_case=menu.add_service,
        answer=serialize.service_now,
    ),
    RouteRow(
        method="PATCH",
        rule="/api/manager/services/<int:service_id>",
        roles=_MANAGER,
        payload=parse.ChangeService,
        use_case=menu.change_service,
        answer=serialize.service_now,
    ),
    RouteRow(
        method="POST",
        rule="/api/manager/classifications",
        roles=_MANAGER,
        payload=parse.AddClassification,
        use_case=menu.add_classification,
        answer=serialize.classification_now,
    ),
    RouteRow(
        method="PATCH",
        rule="/api/manager/classifications/<int:classification_id>",
        roles=_MANAGER,
        payload=parse.ChangeClassification,
        use_case=menu.change_classification,
        answer=serialize.classification_now,
    ),
    # --- what happened ---
    RouteRow(
        method="GET",
        rule="/api/manager/history",
        roles=_MANAGER,
        payload=parse.FindHistory,
        use_case=history.find,
        answer=serialize.happened,
    ),
)


CONTEXT: Final[Mapping[object, str]] = {
    **OF_EVENTS,
    people.Hashed: "hashed",
    devices.DeviceToken: "token",
    devices.LinkCode: "code",
    account.Proved: "proved",
    account.LogIn: "log_in",
}
"""Type → what a use case's parameter of this type is given."""


def check(rows: tuple[RouteRow[Any], ...], known: Mapping[object, str]) -> None:
    """Make sure that the rows fit their use cases, and that each is named once.

    Args:
        rows: The table.
        known: Type → what a parameter of this type is given.

    Raises:
        BadRow: One does not.
    """
    names: set[str] = set()
    for row in rows:
        row.binding(known)
        if not row.roles:
            raise BadRow(f"{row.called} is open to anybody")
        if not row.reads and not issubclass(row.payload, parse.Command):
            raise BadRow(f"{row.called} changes something and cannot be repeated")
        if row.name in names or len(row.name) > 40:
            raise BadRow(f"{row.called} needs a shorter name, or one of its own")
        names.add(row.name)
