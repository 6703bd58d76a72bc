"""What the use cases need to know of the shop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from appliance.server.domain.codes import BusinessDay, CodeReset
from appliance.server.domain.currencies import denominations
from appliance.server.domain.tax import TaxMode
from appliance.server.domain.turns import TurnRule
from appliance.station_code import StationCode
from appliance.translations import SOURCE_LANGUAGE


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop's settings.

    Attributes:
        name: As it stands on paper and screens.
        details: Lines under the name on a receipt: address, tax number.
        currency: ISO 4217 code.
        day: When a business day starts, and in which time zone.
        code_reset: When the codes start again at 0001.
        selecting_timeout: How long a customer may rest at the kiosk.
        tax_mode: Whether prices hold the tax already.
        cash_rounding: The smallest coin in use; None where every amount can be paid in cash.
        discount_limit_percent: How much a cashier may take off a bill without a manager.
        difference_limit: By how much a drawer may differ without a reason.
        turn_rule: Who may call the next customer.
        keep_answers: For how long a repeated request gets the answer that it got.
        keep_tickets: For how long a ticket can be printed again.
        language: The shop's own, which its papers speak first.
        skip: How long a customer is passed over who was called and was not there.
        step_out: How long a customer may be out before staff are told.
        public_url: Where customers' phones reach the server, without a trailing slash.
        authority: Which certificate vouches for this machine, as a station's code says it; None
            where it has none.
        closes: Local time of day at which the shop closes; None where that is not said.
    """

    name: str
    details: tuple[str, ...]
    currency: str
    day: BusinessDay
    code_reset: CodeReset
    selecting_timeout: timedelta
    public_url: str
    skip: timedelta = timedelta(minutes=3)
    step_out: timedelta = timedelta(minutes=15)
    tax_mode: TaxMode = TaxMode.INCLUSIVE
    cash_rounding: Decimal | None = None
    discount_limit_percent: Decimal = Decimal(0)
    difference_limit: Decimal = Decimal(0)
    turn_rule: TurnRule = TurnRule.FIRST_PRESS
    keep_answers: timedelta = timedelta(days=2)
    keep_tickets: timedelta = timedelta(days=30)
    language: str = SOURCE_LANGUAGE
    authority: str | None = None
    closes: time | None = None

    def closing(self, now: datetime) -> datetime | None:
        """When the shop closes on the business day of a moment, aware UTC; None if not said."""
        return (
            None if self.closes is None else self.day.next_time(self.day.start_of(now), self.closes)
        )

    @property
    def denominations(self) -> tuple[Decimal, ...]:
        """The coins and notes of the currency, the largest first."""
        return denominations(self.currency)

    def local(self, moment: datetime) -> str:
        """An aware moment in the shop's time, for paper."""
        return moment.astimezone(self.day.timezone).isoformat(timespec="seconds")

    def ticket_url(self, token: str) -> str:
        """The customer's own page."""
        return f"{self.public_url}/t/{token}"

    def enrolment_url(self, code: str) -> str:
        """What a screen opens to become a device; the fragment is sent to no server."""
        return f"{self.public_url}/enroll#{code}"

    def station_code(self, code: str) -> str | None:
        """What is written on a station's card; None where no certificate vouches for us."""
        return None if self.authority is None else str(StationCode(code, self.authority))
