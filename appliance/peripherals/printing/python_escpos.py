"""What is used of python-escpos; the other modules here import it from this one.

The library reads its database of printers with a YAML parser whenever it is imported. That takes
130 ms where JSON, which the file is, takes 2; on a Raspberry Pi more than half a second. It also
leaves a folder in /tmp each time. What it would rather read is a pickle of its own, so it is handed
one. `escpos/capabilities.py`
"""

from __future__ import annotations

import importlib
import os
import pickle
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from appliance.peripherals.printing import models

_DATABASE: Final = "escpos.capabilities"
_PICKLES: Final = "ESCPOS_CAPABILITIES_PICKLE_DIR"
_NEVER_STALE: Final = 2**31 - 1
"""A time of change that the database's file has not passed, whatever the clock says."""


def _import_database() -> None:
    if _DATABASE in sys.modules:
        return
    before, temporary = os.environ.get(_PICKLES), tempfile.tempdir
    with tempfile.TemporaryDirectory() as folder:
        pickled = Path(folder, f"{platform.python_version()}.capabilities.pickle")
        pickled.write_bytes(pickle.dumps(models.database()))
        os.utime(pickled, (_NEVER_STALE, _NEVER_STALE))
        # It makes a folder even where it has been given one.
        os.environ[_PICKLES] = tempfile.tempdir = folder
        try:
            importlib.import_module(_DATABASE)
        finally:
            tempfile.tempdir = temporary
            if before is None:
                del os.environ[_PICKLES]
            else:
                os.environ[_PICKLES] = before


_import_database()

from escpos.capabilities import CAPABILITIES, Profile  # noqa: E402
from escpos.constants import QR_ECLEVEL_M  # noqa: E402
from escpos.magicencode import Encoder  # noqa: E402
from escpos.printer import Dummy  # noqa: E402

PROFILES: Final[dict[str, dict[str, Any]]] = CAPABILITIES["profiles"]
"""What each model can do, by the name of its profile."""

__all__ = ["PROFILES", "QR_ECLEVEL_M", "Dummy", "Encoder", "Profile"]
