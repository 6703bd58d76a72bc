"""A small spa with named people, for tests to act in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select

from appliance.server.auth import passwords, tokens
from appliance.server.domain.codes import BusinessDay, CodeReset
from appliance.server.domain.states import SYSTEM, Actor, Role
from appliance.server.store.models import Device, ServiceClassification, Staff
from appliance.server.store.unit_of_work import Store, UnitOfWork
from appliance.server.usecases import manager
from appliance.server.usecases.manager import (
    CatalogCategory,
    CatalogClassification,
    CatalogService,
)
from appliance.server.usecases.shop import Shop

PASSWORD = "quiet water 7"
_hash: list[str] = []


def password_hash() -> str:
    """The hash of PASSWORD, made once."""
    if not _hash:
        _hash.append(passwords.hash_password(PASSWORD))
    return _hash[0]


class Clock:
    """A clock that tests set; it ticks a microsecond at each look, as no two moments are one."""

    def __init__(self, now: datetime = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now

    def advance(self, **amount: float) -> None:
        """Let time pass: the arguments of `timedelta`."""
        self.now += timedelta(**amount)


class Hands:
    """A wall clock that somebody sets, and the time that passes all the same.

    A server lives by them through `ServerClock(hands.wall, hands.elapsed)`.
    """

    def __init__(self, now: datetime = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)) -> None:
        self._wall = Clock(now)
        self._passed = 0.0

    def wall(self) -> datetime:
        """What the clock on the wall shows."""
        return self._wall()

    def elapsed(self) -> float:
        """Seconds that have passed."""
        return self._passed

    def advance(self, **amount: float) -> None:
        """Let time pass: the arguments of `timedelta`."""
        self._passed += timedelta(**amount).total_seconds()
        self._wall.advance(**amount)

    def put(self, **amount: float) -> None:
        """Set the clock on the wall, forward or back."""
        self._wall.advance(**amount)


CATALOG = [
    CatalogCategory(
        "Massage",
        (
            CatalogService(
                "Swedish Massage",
                "Long strokes",
                (
                    CatalogClassification("30 minutes", Decimal("50.00"), 30),
                    CatalogClassification("60 minutes", Decimal("80.00"), 60),
                ),
            ),
            CatalogService(
                "Deep Tissue", "", (CatalogClassification("60 minutes", Decimal("95.50"), 60),)
            ),
        ),
    ),
    CatalogCategory(
        "Facial",
        (CatalogService("Classic", "", (CatalogClassification("One", Decimal("65.00"), 50),)),),
    ),
]


def shop(reset: CodeReset = CodeReset.DAILY, zone: str = "UTC") -> Shop:
    """The spa's settings."""
    return Shop(
        name="Stillwater Spa",
        details=("1 River Lane", "VAT 123"),
        currency="USD",
        day=BusinessDay(ZoneInfo(zone), time(4, 0)),
        code_reset=reset,
        selecting_timeout=timedelta(seconds=120),
        public_url="http://spa.test",
    )


@dataclass
class Spa:
    """Who and what there is.

    Attributes:
        therapists: Ana in room 1, Ben in room 2, and as many more as asked for.
        cashiers: Eva and Felix.
        manager: Gloria.
        kiosk: The kiosk at the door; `other_kiosk` stands at the pool.
        device_tokens: By device name.
        variants: Ids by (service, variant).
    """

    therapists: list[Actor] = field(default_factory=list)
    cashiers: list[Actor] = field(default_factory=list)
    manager: Actor = SYSTEM
    kiosk: Actor = SYSTEM
    other_kiosk: Actor = SYSTEM
    display: Actor = SYSTEM
    peripherals: Actor = SYSTEM
    device_tokens: dict[str, str] = field(default_factory=dict)
    variants: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def ana(self) -> Actor:
        return self.therapists[0]

    @property
    def ben(self) -> Actor:
        return self.therapists[1]

    @property
    def eva(self) -> Actor:
        return self.cashiers[0]

    @property
    def felix(self) -> Actor:
        return self.cashiers[1]

    @property
    def swedish_30(self) -> int:
        return self.variants["Swedish Massage", "30 minutes"]

    @property
    def swedish_60(self) -> int:
        return self.variants["Swedish Massage", "60 minutes"]

    @property
    def deep_60(self) -> int:
        return self.variants["Deep Tissue", "60 minutes"]


_THERAPISTS = ("ana", "ben")


def open_spa(store: Store, *, therapists: int = 2, cashiers: int = 2) -> Spa:
    """Fill an empty database."""
    names = [*_THERAPISTS, *(f"therapist{n}" for n in range(3, therapists + 1))][:therapists]
    desks = ["eva", "felix", *(f"cashier{n}" for n in range(3, cashiers + 1))][:cashiers]
    spa = Spa()

    def fill(unit: UnitOfWork) -> None:
        hashed = password_hash()
        for number, name in enumerate(names, 1):
            manager.add_room(unit, SYSTEM, str(number))
            unit.session.flush()
            person = manager.add_staff(
                unit, SYSTEM, Role.THERAPIST, name, name.title(), hashed, str(number)
            )
            person.on_duty_since = unit.now()
        for name in desks:
            cashier = manager.add_staff(unit, SYSTEM, Role.CASHIER, name, name.title(), hashed)
            tokens.issue(unit, cashier)
        manager.add_staff(unit, SYSTEM, Role.MANAGER, "gloria", "Gloria", hashed)
        for kind, name in (
            (Role.KIOSK, "door"),
            (Role.KIOSK, "pool"),
            (Role.DISPLAY, "lobby"),
            (Role.PERIPHERALS, "pi"),
        ):
            spa.device_tokens[name] = manager.add_device(unit, SYSTEM, kind, name)
        manager.import_catalog(unit, SYSTEM, CATALOG)

    store.run(fill)
    store.run(lambda unit: _look(unit, spa))
    return spa


def _look(unit: UnitOfWork, spa: Spa) -> None:
    for person in unit.session.scalars(select(Staff).order_by(Staff.id)):
        actor = Actor(person.role, person.id, person.name, person.room_number)
        if person.role is Role.THERAPIST:
            spa.therapists.append(actor)
        elif person.role is Role.CASHIER:
            spa.cashiers.append(actor)
        else:
            spa.manager = actor
    devices = {
        device.name: Actor(device.kind, device.id, device.name)
        for device in unit.session.scalars(select(Device))
    }
    spa.kiosk, spa.other_kiosk = devices["door"], devices["pool"]
    spa.display, spa.peripherals = devices["lobby"], devices["pi"]
    for variant in unit.session.scalars(select(ServiceClassification)):
        spa.variants[variant.service.service_name, variant.name] = variant.id
