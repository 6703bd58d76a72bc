"""What people and devices may be called."""

from __future__ import annotations

import re
from typing import Final

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""What somebody logs in with, and what a device is enrolled as."""
