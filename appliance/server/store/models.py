"""The tables."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.dialects.mysql import LONGTEXT, MEDIUMBLOB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from appliance.protocol import Paper, PrintRole
from appliance.server.domain.adjustments import AdjustmentKind
from appliance.server.domain.ledger import TenderKind
from appliance.server.domain.papers import PaperState
from appliance.server.domain.reports import Grouping
from appliance.server.domain.shifts import MovementKind, ShiftState
from appliance.server.domain.states import (
    Actor,
    Gender,
    Hold,
    Role,
    RoomStatus,
    TransactionStatus,
)
from appliance.server.domain.turns import Duty, duty_of

from .types import DIGEST, ID, Money, Packed, UtcDateTime, enum_column, exact_string, exact_text

_MONEY = Money()
_RATE = Numeric(6, 3)
"""Percent."""
_TURNS = Numeric(4, 2)
_TRANSLATIONS = JSON(none_as_null=True)
"""Language → `{name, description?}`, where the shop has translated them."""
_ICON = exact_string(40)
_PHOTO = exact_string(32)
_TABLE = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mariadb_engine": "InnoDB"}


class Base(DeclarativeBase):
    """All tables, with constraint names that migrations can refer to."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime(), Decimal: _MONEY}  # noqa: RUF012


# --- the catalogue: category → service → classification ---------------------------------------


class ServiceCategory(Base):
    """Level 1, such as Massage."""

    __tablename__ = "service_categories"
    __table_args__ = _TABLE

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(exact_text(120), unique=True)
    description: Mapped[str] = mapped_column(String(500), default="", server_default=text("''"))
    translations: Mapped[dict[str, dict[str, str]] | None] = mapped_column(_TRANSLATIONS)
    icon: Mapped[str | None] = mapped_column(_ICON)
    photo: Mapped[str | None] = mapped_column(_PHOTO, ForeignKey("catalog_photos.digest"))
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    services: Mapped[list[Service]] = relationship(
        back_populates="category", order_by="Service.position, Service.id"
    )


class Service(Base):
    """Level 2, such as Swedish Massage."""

    __tablename__ = "services"
    __table_args__ = (UniqueConstraint("category_id", "service_name"), _TABLE)

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("service_categories.id"))
    service_name: Mapped[str] = mapped_column(exact_text(120))
    description: Mapped[str] = mapped_column(String(500), default="")
    translations: Mapped[dict[str, dict[str, str]] | None] = mapped_column(_TRANSLATIONS)
    icon: Mapped[str | None] = mapped_column(_ICON)
    photo: Mapped[str | None] = mapped_column(_PHOTO, ForeignKey("catalog_photos.digest"))
    tax_rate: Mapped[Decimal] = mapped_column(
        _RATE, default=Decimal(0), server_default=text("0.000")
    )
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    hidden_until: Mapped[datetime | None]
    """Not offered before this moment: "not today"."""
    category: Mapped[ServiceCategory] = relationship(back_populates="services")
    classifications: Mapped[list[ServiceClassification]] = relationship(
        back_populates="service",
        order_by="ServiceClassification.position, ServiceClassification.id",
    )


class ServiceClassification(Base):
    """Level 3: a variant with its price and minutes."""

    __tablename__ = "service_classifications"
    __table_args__ = (
        UniqueConstraint("service_id", "name"),
        CheckConstraint("price >= 0", name="price_not_negative"),
        CheckConstraint("duration_minutes > 0", name="takes_time"),
        _TABLE,
    )

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("services.id"))
    name: Mapped[str] = mapped_column(exact_text(120))
    price: Mapped[Decimal]
    duration_minutes: Mapped[int]
    translations: Mapped[dict[str, dict[str, str]] | None] = mapped_column(_TRANSLATIONS)
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    hidden_until: Mapped[datetime | None]
    """Not offered before this moment: "not today"."""
    turn_value: Mapped[Decimal] = mapped_column(
        _TURNS, default=Decimal(1), server_default=text("1.00")
    )
    """How many turns a therapist uses up with it: 1, a half or none."""
    service: Mapped[Service] = relationship(back_populates="classifications")
    scheduled: Mapped[list[ScheduledPrice]] = relationship(
        order_by="ScheduledPrice.valid_from", cascade="all, delete-orphan"
    )

    def price_at(self, now: datetime) -> Decimal:
        """What it costs at a moment: a scheduled price is valid from its own on, by itself."""
        due = [row.price for row in self.scheduled if row.valid_from <= now]
        return due[-1] if due else self.price


class ScheduledPrice(Base):
    """A price that becomes valid by itself; gone once it stands in the classification."""

    __tablename__ = "scheduled_prices"
    __table_args__ = (
        UniqueConstraint("classification_id", "valid_from"),
        CheckConstraint("price >= 0", name="price_not_negative"),
        Index("ix_scheduled_prices_valid_from", "valid_from"),
        _TABLE,
    )

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    classification_id: Mapped[int] = mapped_column(ForeignKey("service_classifications.id"))
    valid_from: Mapped[datetime]
    price: Mapped[Decimal]


class CatalogPhoto(Base):
    """A picture of a category or a service, known by its content: the same one is kept once."""

    __tablename__ = "catalog_photos"
    __table_args__ = _TABLE

    digest: Mapped[str] = mapped_column(_PHOTO, primary_key=True)
    """The first half of its SHA-256, as hexadecimal digits."""
    content: Mapped[bytes] = mapped_column(
        LargeBinary().with_variant(MEDIUMBLOB(), "mysql", "mariadb"), deferred=True
    )
    """A JPEG."""
    created_at: Mapped[datetime] = mapped_column(index=True)


# --- people, devices, rooms -------------------------------------------------------------------


class Staff(Base):
    """A therapist, cashier or manager."""

    __tablename__ = "staff"
    __table_args__ = _TABLE

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    role: Mapped[Role] = mapped_column(enum_column(Role))
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(255))
    pin_hash: Mapped[str | None] = mapped_column(String(255))
    """A manager's, for approving at a cashier's screen."""
    room_number: Mapped[str | None] = mapped_column(exact_text(20), index=True)
    gender: Mapped[Gender | None] = mapped_column(enum_column(Gender, 10))
    """What customers who ask for a woman or a man are told; NULL where it is nobody's business."""
    commission_percent: Mapped[Decimal | None] = mapped_column(_RATE)
    on_duty_since: Mapped[datetime | None]
    """Since when they are there to be given customers, breaks and all; NULL: off duty."""
    on_break_since: Mapped[datetime | None]
    duty_since: Mapped[datetime | None]
    """Since when their duty is as it is: in, on a break, out. NULL where nobody has said."""
    duty_said: Mapped[bool] = mapped_column(default=False, server_default=text("0"))
    """Whether they said that they are there, rather than only logged in: a log-out does not end
    that."""
    language: Mapped[str | None] = mapped_column(String(10))
    """In which language the pages speak to them, on whichever device; NULL: in the device's."""
    disabled_at: Mapped[datetime | None]

    @property
    def actor(self) -> Actor:
        """The person as use cases and the history know them."""
        return Actor(self.role, self.id, self.name, self.room_number)

    @property
    def duty(self) -> Duty:
        """Whether a therapist is there to be given customers."""
        return duty_of(self.on_duty_since, self.on_break_since)


class AuthToken(Base):
    """A live token of a person, one for each log-in; only its digest is stored.

    A table of its own, so that sliding the expiry never locks the staff row that claims refer to.
    """

    __tablename__ = "auth_tokens"
    __table_args__ = _TABLE

    digest: Mapped[bytes] = mapped_column(DIGEST, primary_key=True)
    staff_id: Mapped[int] = mapped_column(ID, ForeignKey("staff.id"), index=True)
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    staff: Mapped[Staff] = relationship()


class Device(Base):
    """A kiosk, a display or a peripherals daemon, with its token's digest."""

    __tablename__ = "devices"
    __table_args__ = _TABLE

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    kind: Mapped[Role] = mapped_column(enum_column(Role))
    name: Mapped[str] = mapped_column(exact_text(64), unique=True)
    digest: Mapped[bytes] = mapped_column(DIGEST, unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    connected: Mapped[bool] = mapped_column(default=False)

    @property
    def actor(self) -> Actor:
        """The device as use cases and the history know it."""
        return Actor(self.kind, self.id, self.name)


class DeviceSession(Base):
    """A browser that is enrolled as a device, with the digest of the secret in its cookie.

    It lives as long as its device is let in; a device has several while it is on several screens.
    """

    __tablename__ = "device_sessions"
    __table_args__ = _TABLE

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), index=True)
    digest: Mapped[bytes] = mapped_column(DIGEST, unique=True)
    created_at: Mapped[datetime]
    device: Mapped[Device] = relationship()


class EnrolmentCode(Base):
    """The last enrolment link of a device, which works once; a new link replaces it."""

    __tablename__ = "enrolment_codes"
    __table_args__ = _TABLE

    device_id: Mapped[int] = mapped_column(
        ID, ForeignKey("devices.id"), primary_key=True, autoincrement=False
    )
    digest: Mapped[bytes] = mapped_column(DIGEST, unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    device: Mapped[Device] = relationship()


class Printer(Base):
    """A printer as its daemon last described it."""

    __tablename__ = "printers"
    __table_args__ = _TABLE

    name: Mapped[str] = mapped_column(exact_text(64), primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"))
    roles: Mapped[list[str]] = mapped_column(JSON)
    fallback_roles: Mapped[list[str] | None] = mapped_column(JSON)
    """What it prints only while the printers that are for it cannot."""
    online: Mapped[bool] = mapped_column(default=False)
    paper: Mapped[Paper] = mapped_column(enum_column(Paper), default=Paper.UNKNOWN)
    cover_open: Mapped[bool] = mapped_column(default=False)
    error: Mapped[str | None] = mapped_column(String(200))
    changed_at: Mapped[datetime]
    trouble_since: Mapped[datetime | None]
    """Since when it cannot print; NULL while it can."""
    cash_drawer: Mapped[bool | None]
    """Whether it takes pulses for a drawer; None for a daemon that knows none, whose receipts open
    it."""


class Room(Base):
    """A treatment room; occupied exactly while it names an open transaction."""

    __tablename__ = "rooms"
    __table_args__ = _TABLE

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    room_number: Mapped[str] = mapped_column(exact_text(20), unique=True)
    status: Mapped[RoomStatus] = mapped_column(
        enum_column(RoomStatus), default=RoomStatus.AVAILABLE
    )
    available_since: Mapped[datetime | None]
    """Since when it can take somebody, where it is available; NULL where nobody has noted it."""
    current_transaction_id: Mapped[int | None] = mapped_column(
        ForeignKey("transactions.id"), unique=True
    )
    current_transaction: Mapped[Transaction | None] = relationship()

    @property
    def customer_status(self) -> TransactionStatus | None:
        """How far who is in it has come."""
        return self.current_transaction.status if self.current_transaction else None


# --- transactions -----------------------------------------------------------------------------


class Transaction(Base):
    """One customer's visit."""

    __tablename__ = "transactions"
    __table_args__ = (
        # The claims' own indexes: equality on status, then the order, then the tie-break, so that
        # MariaDB locks one row and never sorts (a sort would lock them all).
        Index("ix_transactions_lane", "status", "hold", "lane", "selection_confirmed_at", "id"),
        # Everybody in the queue, whomever they wait for and whether or not they are called at
        # present: for lists.
        Index("ix_transactions_waiting", "status", "selection_confirmed_at", "id"),
        Index("ix_transactions_at_desk", "status", "service_finish_at", "id"),
        Index("ix_transactions_idle", "status", "touched_at"),
        Index("ix_transactions_therapist", "therapist_id", "status"),
        Index("ix_transactions_cashier", "cashier_id", "status"),
        UniqueConstraint("code", "code_series"),
        _TABLE,
    )

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    status: Mapped[TransactionStatus] = mapped_column(enum_column(TransactionStatus))
    code: Mapped[str | None] = mapped_column(exact_string(4))
    code_series: Mapped[str | None] = mapped_column(exact_string(20))
    open_code: Mapped[str | None] = mapped_column(exact_string(4), unique=True)
    """The code while the visit is open, then NULL: no two open visits can hold one code."""
    ticket_token: Mapped[str | None] = mapped_column(exact_string(43), unique=True)
    business_date: Mapped[str | None] = mapped_column(exact_string(10), index=True)
    kiosk_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"))
    therapist_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    cashier_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    room_number: Mapped[str | None] = mapped_column(String(20))
    """Where the customer is or was; compared in Python alone."""
    subtotal_amount: Mapped[Decimal | None]
    """The sum of the list prices; NULL in a visit of a release before the till."""
    tax_on_top: Mapped[Decimal] = mapped_column(default=Decimal(0), server_default=text("0.000"))
    """Tax that prices do not hold; 0 where they do."""
    total_amount: Mapped[Decimal] = mapped_column(default=Decimal(0))
    """What is due after adjustments, with the tax that is put on top."""
    total_duration_minutes: Mapped[int] = mapped_column(default=0)
    commission_percent: Mapped[Decimal | None] = mapped_column(_RATE)
    """The therapist's, as it was when the service was finished."""
    language: Mapped[str | None] = mapped_column(exact_string(12))
    """The customer's, as chosen at the kiosk; NULL where nobody chose one."""
    note: Mapped[str | None] = mapped_column(String(200))
    """Why it was cancelled, or what the cashier should know."""
    hold: Mapped[Hold | None] = mapped_column(enum_column(Hold))
    """Why the customer is not called at present; NULL where they may be."""
    held_since: Mapped[datetime | None]
    """Since when `hold` is set."""
    waits_on: Mapped[str | None] = mapped_column(exact_string(10))
    """The business day in whose queue it is, where somebody has put it back after its own."""
    lane: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    """Whom they wait for, as `domain/lanes.py` numbers it: equality in the claim's index."""
    asked_lane: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    """Whom they asked for, also where nobody is there any more for whom they could wait."""
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    selection_confirmed_at: Mapped[datetime | None]
    therapist_confirmed_at: Mapped[datetime | None]
    service_start_at: Mapped[datetime | None]
    service_finish_at: Mapped[datetime | None]
    cashier_claimed_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]

    items: Mapped[list[TransactionItem]] = relationship(
        order_by="TransactionItem.id", cascade="all, delete-orphan"
    )
    therapist: Mapped[Staff | None] = relationship(foreign_keys=[therapist_id])
    cashier: Mapped[Staff | None] = relationship(foreign_keys=[cashier_id])
    asked_for: Mapped[Staff | None] = relationship(
        primaryjoin="foreign(Transaction.asked_lane) == Staff.id", viewonly=True
    )
    """The therapist they asked for; nobody where `asked_lane` is no therapist's."""
    payment: Mapped[Payment | None] = relationship()
    adjustments: Mapped[list[Adjustment]] = relationship(
        order_by="Adjustment.id", cascade="all, delete-orphan"
    )
    refunds: Mapped[list[Refund]] = relationship(order_by="Refund.id")
    tenders: Mapped[list[Tender]] = relationship(order_by="Tender.id")

    @property
    def therapist_name(self) -> str | None:
        """Of who treats them, or did."""
        return self.therapist.name if self.therapist else None

    @property
    def cashier_name(self) -> str | None:
        """Of who takes their money, or did."""
        return self.cashier.name if self.cashier else None

    @property
    def asked_for_name(self) -> str | None:
        """Of the therapist they asked for."""
        return self.asked_for.name if self.asked_for else None


class TransactionItem(Base):
    """A chosen service; its names, price and minutes are copied when it is added."""

    __tablename__ = "transaction_items"
    __table_args__ = (Index("ix_transaction_items_transaction_id", "transaction_id"), _TABLE)

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("services.id"))
    service_classification_id: Mapped[int] = mapped_column(ForeignKey("service_classifications.id"))
    service_name: Mapped[str] = mapped_column(String(120))
    classification_name: Mapped[str] = mapped_column(String(120))
    price: Mapped[Decimal]
    duration_minutes: Mapped[int]
    tax_rate: Mapped[Decimal] = mapped_column(
        _RATE, default=Decimal(0), server_default=text("0.000")
    )
    turn_value: Mapped[Decimal] = mapped_column(
        _TURNS, default=Decimal(1), server_default=text("1.00")
    )
    """How many turns it uses up, as the catalogue said when it was added."""


class Payment(Base):
    """The one payment of a paid transaction: the envelope around its tenders."""

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint(
            "amount_paid >= amount_due + tip_amount + rounding_amount", name="covers_the_total"
        ),
        _TABLE,
    )

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id"), unique=True)
    amount_due: Mapped[Decimal]
    amount_paid: Mapped[Decimal]
    change_amount: Mapped[Decimal]
    method: Mapped[str] = mapped_column(String(10))
    """Of its one tender, or `mixed`."""
    receipt_number: Mapped[int | None] = mapped_column(unique=True)
    """1…n without a gap; NULL in a payment of a release before the till."""
    tip_amount: Mapped[Decimal] = mapped_column(default=Decimal(0), server_default=text("0.000"))
    rounding_amount: Mapped[Decimal] = mapped_column(
        default=Decimal(0), server_default=text("0.000")
    )
    tax: Mapped[list[dict[str, str]] | None] = mapped_column(JSON(none_as_null=True))
    """`[{rate, net, tax}]` as it stands on the receipt, in decimal digits."""
    created_at: Mapped[datetime]


class TransactionCounter(Base):
    """Where the codes stand: one row."""

    __tablename__ = "transaction_counter"
    __table_args__ = _TABLE

    id: Mapped[int] = mapped_column(ID, primary_key=True, autoincrement=False)
    period: Mapped[str] = mapped_column(exact_string(10), default="")
    wraps: Mapped[int] = mapped_column(default=0)
    number: Mapped[int] = mapped_column(default=0)
    confirmed_at: Mapped[datetime | None]
    """When the last code was given out; the next one is later, whatever the clock says."""
    called_at: Mapped[datetime | None]
    """When the queue last moved up in rotation; NULL where the first press counts."""


# --- the till: written once, never changed ----------------------------------------------------
# A trigger refuses UPDATE and DELETE where a table's docstring says so.


class NumberCounter(Base):
    """Where a series of numbers without a gap stands: `receipt`, `refund`, `z`."""

    __tablename__ = "number_counters"
    __table_args__ = _TABLE

    name: Mapped[str] = mapped_column(exact_string(20), primary_key=True)
    number: Mapped[int] = mapped_column(default=0)


class Shift(Base):
    """A cashier at a drawer, from the float to the close."""

    __tablename__ = "shifts"
    __table_args__ = (Index("ix_shifts_business_date", "business_date"), _TABLE)

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    drawer: Mapped[str] = mapped_column(exact_text(64))
    cashier_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    open_cashier_id: Mapped[int | None] = mapped_column(ID, unique=True)
    """The cashier until it is closed, then NULL: nobody has two open shifts."""
    open_drawer: Mapped[str | None] = mapped_column(exact_text(64), unique=True)
    """The drawer until it is closed, then NULL: no drawer has two open shifts."""
    state: Mapped[ShiftState] = mapped_column(enum_column(ShiftState), default=ShiftState.OPEN)
    business_date: Mapped[str] = mapped_column(exact_string(10))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    float_amount: Mapped[Decimal | None]
    """NULL where a payment opened the shift by itself: the float was not counted."""
    counted_amount: Mapped[Decimal | None]
    expected_amount: Mapped[Decimal | None]
    """As it was told after the count."""
    difference_reason: Mapped[str | None] = mapped_column(String(200))
    left_amount: Mapped[Decimal | None]
    z_number: Mapped[int | None] = mapped_column(ForeignKey("z_reports.number"), index=True)
    cashier: Mapped[Staff] = relationship()
    movements: Mapped[list[ShiftMovement]] = relationship(order_by="ShiftMovement.id")
    tenders: Mapped[list[Tender]] = relationship(order_by="Tender.id")


class ShiftMovement(Base):
    """Cash that went into a drawer or out of it without a customer. Written once."""

    __tablename__ = "shift_movements"
    __table_args__ = _TABLE

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shifts.id"), index=True)
    kind: Mapped[MovementKind] = mapped_column(enum_column(MovementKind))
    amount: Mapped[Decimal]
    """Positive whatever the direction."""
    reason: Mapped[str] = mapped_column(String(200))
    therapist_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]


class ShiftCount(Base):
    """A blind count; a recount is another row. Written once."""

    __tablename__ = "shift_counts"
    __table_args__ = _TABLE

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shifts.id"), index=True)
    amount: Mapped[Decimal]
    expected_amount: Mapped[Decimal]
    denominations: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]


class Adjustment(Base):
    """What was taken off a bill before it was paid, by whom and why."""

    __tablename__ = "adjustments"
    __table_args__ = (Index("ix_adjustments_transaction_id", "transaction_id"), _TABLE)

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id"))
    item_id: Mapped[int | None] = mapped_column(ID)
    """The item; NULL for the whole visit."""
    kind: Mapped[AdjustmentKind] = mapped_column(enum_column(AdjustmentKind))
    value: Mapped[Decimal]
    amount: Mapped[Decimal]
    """What it takes off as the bill stands now."""
    reason: Mapped[str] = mapped_column(String(200))
    by_name: Mapped[str] = mapped_column(String(120))
    approved_by_name: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime]


class Refund(Base):
    """Money given back after a visit was paid. Written once."""

    __tablename__ = "refunds"
    __table_args__ = (Index("ix_refunds_transaction_id", "transaction_id"), _TABLE)

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id"))
    shift_id: Mapped[int] = mapped_column(ForeignKey("shifts.id"))
    amount: Mapped[Decimal]
    tip_amount: Mapped[Decimal]
    rounding_amount: Mapped[Decimal]
    tax: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(200))
    by_name: Mapped[str] = mapped_column(String(120))
    approved_by_name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    lines: Mapped[list[RefundLine]] = relationship(order_by="RefundLine.item_id")
    tenders: Mapped[list[Tender]] = relationship(order_by="Tender.id")


class RefundLine(Base):
    """How much of one item a refund gave back. Written once."""

    __tablename__ = "refund_lines"
    __table_args__ = _TABLE

    refund_id: Mapped[int] = mapped_column(ForeignKey("refunds.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("transaction_items.id"), primary_key=True)
    amount: Mapped[Decimal]


class Tender(Base):
    """Money that moved: the only place where it does. Written once."""

    __tablename__ = "tenders"
    __table_args__ = (
        Index("ix_tenders_transaction_id", "transaction_id"),
        Index("ix_tenders_shift_id", "shift_id"),
        _TABLE,
    )

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id"))
    shift_id: Mapped[int] = mapped_column(ForeignKey("shifts.id"))
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refunds.id"), index=True)
    kind: Mapped[TenderKind] = mapped_column(enum_column(TenderKind))
    method: Mapped[str] = mapped_column(exact_string(10))
    amount: Mapped[Decimal]
    given: Mapped[Decimal]
    change_amount: Mapped[Decimal]
    tip: Mapped[Decimal]
    rounding: Mapped[Decimal]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]


class TipShare(Base):
    """What of a tip belongs to a therapist; negative where it was refunded. Written once."""

    __tablename__ = "tip_shares"
    __table_args__ = _TABLE

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions.id"), index=True)
    therapist_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    amount: Mapped[Decimal]
    at: Mapped[datetime]


class ZReport(Base):
    """A closed day, as it was told; each holds the hash of the one before. Written once."""

    __tablename__ = "z_reports"
    __table_args__ = _TABLE

    number: Mapped[int] = mapped_column(ID, primary_key=True, autoincrement=False)
    business_date: Mapped[str] = mapped_column(exact_string(10), index=True)
    document: Mapped[str] = mapped_column(Text().with_variant(LONGTEXT(), "mysql", "mariadb"))
    """JSON in one form only, so that it is the same to the byte for ever."""
    previous_hash: Mapped[str] = mapped_column(exact_string(64))
    hash: Mapped[str] = mapped_column(exact_string(64))
    grand_total: Mapped[Decimal]
    created_at: Mapped[datetime]


class DailyRow(Base):
    """What a closed day's money says, by whatever reports have rows for; they add up.

    Worked out from the ledger when a day is closed, and again where it is missing: never the truth.
    """

    __tablename__ = "daily_rows"
    __table_args__ = (Index("ix_daily_rows_kind", "kind", "business_date"), _TABLE)

    z_number: Mapped[int] = mapped_column(ForeignKey("z_reports.number"), primary_key=True)
    kind: Mapped[Grouping] = mapped_column(enum_column(Grouping, 10), primary_key=True)
    business_date: Mapped[str] = mapped_column(exact_string(10), primary_key=True)
    """Of the shift for its money, the visit's own for what is counted on that."""
    row_key: Mapped[str] = mapped_column(exact_string(32), primary_key=True)
    """A date, an hour, a person's or service's id, a method, a room; empty for nobody."""
    visits: Mapped[int]
    payments: Mapped[int]
    items: Mapped[int]
    busy_minutes: Mapped[int]
    open_minutes: Mapped[int]
    sales: Mapped[Decimal]
    discounts: Mapped[Decimal]
    refunds: Mapped[Decimal]
    tips: Mapped[Decimal]
    rounding: Mapped[Decimal]
    taken: Mapped[Decimal]
    tips_paid: Mapped[Decimal]
    commission: Mapped[Decimal]
    difference: Mapped[Decimal]
    waits: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    """Minutes → how many waited so long."""
    packed_waits: Mapped[str | None] = mapped_column(Text)
    """The same of a day as one number in hexadecimal digits, and what follows from it; empty in
    rows by something else, and in those of a release that kept none."""
    wait_p50: Mapped[int | None]
    wait_p90: Mapped[int | None]


class NoShow(Base):
    """A customer who was called and did not come; taken from the history."""

    __tablename__ = "no_shows"
    __table_args__ = (Index("ix_no_shows_business_date", "business_date"), _TABLE)

    transaction_id: Mapped[int] = mapped_column(
        ID, ForeignKey("transactions.id"), primary_key=True, autoincrement=False
    )
    therapist_id: Mapped[int | None] = mapped_column(ID)
    business_date: Mapped[str] = mapped_column(exact_string(10))
    at: Mapped[datetime]


# --- history and outbox -----------------------------------------------------------------------


class HistoryEntry(Base):
    """What happened, to what, by whom: written once, never changed."""

    __tablename__ = "history"
    __table_args__ = (
        Index("ix_history_transaction_id", "transaction_id", "id"),
        Index("ix_history_at", "at"),
        _TABLE,
    )

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(40))
    transaction_id: Mapped[int | None] = mapped_column(ForeignKey("transactions.id"))
    from_status: Mapped[str | None] = mapped_column(String(24))
    to_status: Mapped[str | None] = mapped_column(String(24))
    actor_role: Mapped[Role] = mapped_column(enum_column(Role))
    actor_id: Mapped[int | None] = mapped_column(ID)
    actor_name: Mapped[str] = mapped_column(String(120))
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


@event.listens_for(HistoryEntry, "before_update")
@event.listens_for(HistoryEntry, "before_delete")
def _append_only(_mapper: object, _connection: object, _row: HistoryEntry) -> None:
    raise TypeError("the history is written once and never changed")


class StoredResult(Base):
    """The answer to a request, so that a repeated request gets the same one."""

    __tablename__ = "stored_results"
    __table_args__ = _TABLE

    actor: Mapped[str] = mapped_column(exact_string(40), primary_key=True)
    request_id: Mapped[str] = mapped_column(exact_text(64), primary_key=True)
    event: Mapped[str] = mapped_column(String(40))
    """Empty where the answer is packed: a release that knows no packed ones refuses to repeat it,
    rather than doing it twice or telling half of it."""
    payload: Mapped[str | None] = mapped_column(exact_string(32))
    """A digest of what was asked with; NULL where an earlier release has written it."""
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The answer of an earlier release; empty where it is packed."""
    packed: Mapped[list[Any] | None] = mapped_column(Packed())
    """What was asked for, and its answer."""
    at: Mapped[datetime] = mapped_column(index=True)

    @property
    def asked_for(self) -> str:
        """The event that was answered, whichever release has."""
        return str(self.packed[0]) if self.packed is not None else self.event

    @property
    def answer(self) -> dict[str, Any]:
        """What was answered, whichever release has."""
        return dict(self.packed[1]) if self.packed is not None else self.result


class Upkeep(Base):
    """How far work has come that goes through a table in the background, little by little."""

    __tablename__ = "upkeep"
    __table_args__ = _TABLE

    name: Mapped[str] = mapped_column(exact_string(20), primary_key=True)
    """Which work: `papers`."""
    done: Mapped[int] = mapped_column(ID, default=0)
    """The last row that it has seen."""


class DrawerPulse(Base):
    """A cash drawer that is to be opened: no paper, never a copy, and gone within seconds."""

    __tablename__ = "drawer_pulses"
    __table_args__ = _TABLE

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    asked_at: Mapped[datetime]


class PrintJob(Base):
    """Paper that is owed: written with the transition that owes it."""

    __tablename__ = "print_jobs"
    __table_args__ = (
        Index("ix_print_jobs_state", "state", "kind", "id"),
        Index("ix_print_jobs_transaction_id", "transaction_id"),
        Index("ix_print_jobs_wanted_printer", "wanted_printer", "state", "id"),
        _TABLE,
    )

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    kind: Mapped[PrintRole] = mapped_column(enum_column(PrintRole))
    transaction_id: Mapped[int | None] = mapped_column(ForeignKey("transactions.id"))
    original_id: Mapped[int | None] = mapped_column(ForeignKey("print_jobs.id"))
    """The job that this one prints again, if it is a reprint."""
    state: Mapped[PaperState] = mapped_column(
        enum_column(PaperState, 10), default=PaperState.WAITING
    )
    maybe_printed: Mapped[bool] = mapped_column(default=False)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Empty once nobody prints it again any more."""
    lease: Mapped[str | None] = mapped_column(exact_string(32))
    leased_until: Mapped[datetime | None]
    printer: Mapped[str | None] = mapped_column(String(64))
    """Who has or had it last."""
    wanted_printer: Mapped[str | None] = mapped_column(exact_text(64))
    """The only printer that may have it, where staff have chosen one."""
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    printed_at: Mapped[datetime | None]
