"""The same visit by the JavaScript Socket.IO client, as pages and other programs use it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.spa import PASSWORD
from tests.web.conftest import OpenLobby

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def node() -> str:
    """Node.js from PATH, else the one that tools/npm has brought."""
    brought = ROOT / "var" / "node" / "bin"
    found = shutil.which("node") or shutil.which("node", path=str(brought))
    assert found, "node is missing: run `make node_modules/.done`"
    return found


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_customer_visits_the_spa(open_lobby: OpenLobby, transport: str) -> None:
    lobby = open_lobby()
    tokens = lobby.spa.device_tokens
    visit = {
        "base_url": lobby.base_url,
        "transport": transport,
        "device_tokens": {"kiosk": tokens["door"], "display": tokens["lobby"]},
        "people": {"ana": PASSWORD, "eva": PASSWORD},
    }
    ended = subprocess.run(
        [node(), str(HERE / "journey.mjs")],
        input=json.dumps(visit),
        text=True,
        capture_output=True,
        timeout=240,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
