"""What a shop's authority may vouch for, made by a technician's machine or by a flashed card.

It stands on the standard library alone, because the two have nothing else in common.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from typing import Final

YEARS: Final = 20
LOCAL: Final = "local"
"""The domain of mDNS (RFC 6762): no public name is in it."""
PRIVATE: Final = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7")
)
"""Addresses that mean something on a local network only (RFC 1918, 3927, 4193)."""
SKEW: Final = dt.timedelta(days=1)
"""Clocks of phones and of a Pi that has just started are not equal."""
