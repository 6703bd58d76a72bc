"""The screen that customers touch is painted, enrolled, and alive again when it dies."""

from __future__ import annotations

import base64
import io
import json
import time
from collections.abc import Callable
from typing import Any

from PIL import Image

from .machine import Machine
from .shop import Shop

_ASK = """
import json, sys, urllib.request, websocket
pages = json.load(urllib.request.urlopen("http://127.0.0.1:9222/json/list", timeout=5))
page = next(page for page in pages if page["type"] == "page")
socket = websocket.create_connection(page["webSocketDebuggerUrl"], timeout=5, suppress_origin=True)
socket.send(json.dumps({"id": 1, "method": "Runtime.evaluate",
    "params": {"expression": sys.argv[1], "returnByValue": True}}))
while (answer := json.loads(socket.recv())).get("id") != 1:
    pass
print(json.dumps(answer["result"]["result"].get("value")))
"""


def ask(machine: Machine, expression: str) -> Any:
    """What the page in the kiosk's browser answers; None while there is none."""
    program = base64.b64encode(_ASK.encode()).decode()
    said = machine.ssh(
        f"echo {program} | base64 -d > /run/ask.py; "
        f"/opt/appliance/current/bin/python /run/ask.py '{expression}' 2>/dev/null",
        check=False,
    )
    return json.loads(said) if said.strip() else None


def becomes(what: Callable[[], Any], timeout: float) -> bool:
    """Whether it is so within seconds."""
    deadline = time.monotonic() + timeout
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


def is_painted(machine: Machine) -> bool:
    """Whether the kiosk's own page is there, with the catalogue's first category on it."""
    return bool(
        ask(
            machine,
            'location.pathname === "/kiosk" && document.querySelectorAll("button").length > 2',
        )
    )


def test_the_kiosk_is_enrolled_and_painted(machine: Machine, shop: Shop) -> None:
    assert becomes(lambda: is_painted(machine), 120), ask(machine, "document.body.innerText")


def test_the_screen_shows_it(machine: Machine, shop: Shop) -> None:
    shot = machine.ssh(
        "cd /run && runuser -u kiosk -- env XDG_RUNTIME_DIR=/run/appliance-kiosk "
        "WAYLAND_DISPLAY=wayland-0 grim - | base64"
    )
    picture = Image.open(io.BytesIO(base64.b64decode(shot)))
    (machine.work / "kiosk.png").write_bytes(base64.b64decode(shot))
    assert picture.width >= 1024
    # A blank, black or error page has a handful of colours; ours has text, cards and icons.
    assert len(picture.convert("RGB").getcolors(maxcolors=1 << 24) or []) > 100


def test_a_killed_browser_is_back(machine: Machine, shop: Shop) -> None:
    machine.ssh("systemctl kill --signal=KILL appliance-kiosk.service")
    assert becomes(lambda: is_painted(machine), 30)


def test_nothing_but_the_kiosk_runs_for_the_kiosk(machine: Machine) -> None:
    shells = machine.ssh("ps -u kiosk -o comm= | sort -u").split()
    assert not {"bash", "login", "agetty", "sshd"} & set(shells)
    assert "masked" in machine.ssh("systemctl is-enabled getty@tty1.service", check=False)
