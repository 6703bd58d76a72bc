"""Every page of the staff's own, one row each: what a role's navigation leads to.

The routes, who may load them, where a log-in goes on to, and the navigation follow from these rows.
A new page is its row, its script `staff_ui/static/ROLE/NAME.js` with a line in `tools/bundle.js`,
and its title's translations. It wears its role's style sheet. There is no row without a page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from appliance.server.domain.states import Role
from appliance.words import N_

HOME: Final = "dashboard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One page.

    Attributes:
        role: Whose it is.
        name: The last part of its address.
        title: What the navigation calls it.
        icon: What the navigation draws beside it, as `tools/icons.py` calls it.
    """

    role: Role
    name: str
    title: str
    icon: str

    @property
    def path(self) -> str:
        """Its address."""
        return f"/{self.role}/{self.name}"

    @property
    def bundle(self) -> str:
        """What its script is called in `tools/bundle.js`."""
        return self.role.value if self.name == HOME else f"{self.role}-{self.name}"


SECTIONS: Final = (
    Section(role=Role.THERAPIST, name=HOME, title=N_("Therapist"), icon="people"),
    Section(role=Role.CASHIER, name=HOME, title=N_("Cashier"), icon="cash"),
    Section(role=Role.MANAGER, name=HOME, title=N_("Today"), icon="clock"),
    Section(role=Role.MANAGER, name="money", title=N_("Money"), icon="cash"),
    Section(role=Role.MANAGER, name="menu", title=N_("Menu"), icon="menu"),
    Section(role=Role.MANAGER, name="people", title=N_("People"), icon="people"),
    Section(role=Role.MANAGER, name="rooms", title=N_("Rooms"), icon="door"),
    Section(role=Role.MANAGER, name="devices", title=N_("Devices"), icon="devices"),
    Section(role=Role.MANAGER, name="history", title=N_("History"), icon="history"),
)
"""In the order of the navigation."""


def of(role: Role) -> tuple[Section, ...]:
    """The pages of a role."""
    return tuple(section for section in SECTIONS if section.role is role)
