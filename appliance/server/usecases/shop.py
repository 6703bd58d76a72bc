"""What the use cases need to know of the shop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.server.domain.codes import BusinessDay, CodeReset


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
        public_url: Where customers' phones reach the server, without a trailing slash.
    """

    name: str
    details: tuple[str, ...]
    currency: str
    day: BusinessDay
    code_reset: CodeReset
    selecting_timeout: timedelta
    public_url: str

    def local(self, moment: datetime) -> str:
        """An aware moment in the shop's time, for paper."""
        return moment.astimezone(self.day.timezone).isoformat(timespec="seconds")

    def ticket_url(self, token: str) -> str:
        """The customer's own page."""
        return f"{self.public_url}/t/{token}"
