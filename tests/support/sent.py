"""What is sent to MariaDB, and how often."""

from __future__ import annotations

from typing import Any

import pytest
from pymysql.connections import Connection


def note_written(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """A list of what connections write from now on, one element for each way to the database."""
    written: list[bytes] = []
    plainly: Any = Connection._write_bytes  # type: ignore[attr-defined]

    def note(connection: Any, data: bytes) -> None:
        written.append(data)
        plainly(connection, data)

    monkeypatch.setattr(Connection, "_write_bytes", note)
    return written
