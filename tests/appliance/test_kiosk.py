"""The screen that customers touch is painted, enrolled, and alive again when it dies."""

from __future__ import annotations

import base64
import io
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from .machine import Machine
from .shop import Shop
from .technician import Technician

_ASK = """
import json, sys, urllib.request, websocket
pages = json.load(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[2]}/json/list", timeout=5))
page = next(page for page in pages if page["type"] == "page")
socket = websocket.create_connection(page["webSocketDebuggerUrl"], timeout=5, suppress_origin=True)
socket.send(json.dumps({"id": 1, "method": "Runtime.evaluate",
    "params": {"expression": sys.argv[1], "returnByValue": True}}))
while (answer := json.loads(socket.recv())).get("id") != 1:
    pass
print(json.dumps(answer["result"]["result"].get("value")))
"""


def ask(
    machine: Machine,
    expression: str,
    port: int = 9222,
    *,
    run: Callable[[str], str] | None = None,
) -> Any:
    """What the page in the kiosk's browser answers; None while there is none.

    Args:
        machine: Whose kiosk.
        expression: In JavaScript, without apostrophes.
        port: Of the browser.
        run: How a command is run there, where it is not over SSH.
    """
    program = base64.b64encode(_ASK.encode()).decode()
    command = (
        f"echo {program} | base64 -d > /run/ask.py; "
        f"/opt/appliance/current/bin/python /run/ask.py '{expression}' {port} 2>/dev/null"
    )
    said = run(command) if run else machine.ssh(command, check=False)
    return json.loads(said) if said.strip() else None


def becomes(what: Callable[[], Any], timeout: float, every: float = 0.5) -> bool:
    """Whether it is so within seconds."""
    deadline = time.monotonic() + timeout
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
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


def look_at(machine: Machine, output: str, kept: str) -> Image.Image:
    """What an output of the kiosk's machine shows; the picture is kept beside its logs."""
    shot = base64.b64decode(
        machine.ssh(
            "cd /run && runuser -u kiosk -- env XDG_RUNTIME_DIR=/run/appliance-kiosk sh -c '"
            'export WAYLAND_DISPLAY=$(basename $(ls -d "$XDG_RUNTIME_DIR"/wayland-? | head -1)); '
            f"grim -o {output} - | base64'"
        )
    )
    (machine.work / kept).write_bytes(shot)
    return Image.open(io.BytesIO(shot))


def is_drawn(machine: Machine, output: str, kept: str) -> bool:
    """Whether one of our pages is on an output.

    A blank, black or error page has a handful of colours; ours have text, cards and icons.
    """
    picture = look_at(machine, output, kept)
    return picture.width >= 1024 and len(picture.convert("RGB").getcolors(1 << 24) or []) > 100


def test_the_screen_shows_it(machine: Machine, shop: Shop) -> None:
    assert becomes(lambda: is_drawn(machine, "HEADLESS-1", "kiosk.png"), 30)


def compositors(machine: Machine) -> set[str]:
    """What shows the browsers, by process id."""
    return set(machine.ssh("pgrep --uid kiosk --exact 'cage|sway'", check=False).split())


def test_a_killed_kiosk_is_back(machine: Machine, shop: Shop) -> None:
    before = compositors(machine)
    assert len(before) == 1
    machine.ssh("systemctl kill --signal=KILL appliance-kiosk.service")
    # Of the one that was killed nothing stays, to be in the new one's way.
    assert becomes(lambda: len(now := compositors(machine)) == 1 and not now & before, 30)
    assert becomes(lambda: is_painted(machine), 30)


def test_a_dead_browser_is_back(machine: Machine, shop: Shop) -> None:
    before = compositors(machine)
    machine.ssh("pkill --signal KILL --uid kiosk --exact chromium")
    assert becomes(lambda: len(now := compositors(machine)) == 1 and not now & before, 30)
    assert becomes(lambda: is_painted(machine), 30)


def test_its_memory_is_bounded(machine: Machine) -> None:
    """Where its processes are, which is not the unit."""
    (compositor,) = compositors(machine)
    group = machine.ssh(f"cat /proc/{compositor}/cgroup")
    kiosk = machine.ssh("id --user kiosk").strip()
    assert f"/user-{kiosk}.slice/" in group
    bound = machine.ssh(f"systemctl show --property=MemoryMax --value user-{kiosk}.slice")
    assert int(bound) == 1600 * 1024 * 1024


def test_nothing_but_the_kiosk_runs_for_the_kiosk(machine: Machine) -> None:
    shells = machine.ssh("ps -u kiosk -o comm= | sort -u").split()
    assert not {"bash", "login", "agetty", "sshd"} & set(shells)
    assert "masked" in machine.ssh("systemctl is-enabled getty@tty1.service", check=False)


_WINDOWS = """
import json, sys, urllib.request, websocket
base = "http://127.0.0.1:9222/json/"
def pages():
    found = json.load(urllib.request.urlopen(base + "list", timeout=5))
    return [one for one in found if one["type"] == "page" and ".top-chrome/" not in one["url"]]
if sys.argv[1] == "another":
    urllib.request.urlopen(urllib.request.Request(base + "new?about:blank", method="PUT"))
elif sys.argv[1] != "count":
    socket = websocket.create_connection(pages()[-1]["webSocketDebuggerUrl"], suppress_origin=True)
    socket.send(json.dumps({"id": 1, "method": "Page.navigate", "params": {"url": sys.argv[1]}}))
    while (answer := json.loads(socket.recv())).get("id") != 1:
        pass
    print(answer["result"].get("errorText"))
    sys.exit()
print(len(pages()))
"""


def windows(machine: Machine, what: str) -> str:
    """`count` them, open `another`, or go to an address as its bar would; what that said."""
    program = base64.b64encode(_WINDOWS.encode()).decode()
    return machine.ssh(
        f"echo {program} | base64 -d > /run/windows.py; "
        f"/opt/appliance/current/bin/python /run/windows.py '{what}' 2>&1",
        check=False,
    ).strip()


@pytest.mark.parametrize(
    "address",
    ["chrome://history/", "chrome://settings/clearBrowserData", "view-source:http://127.0.0.1:5000/",
     "file:///etc/passwd", "https://example.com/", "devtools://devtools/bundled/inspector.html"],
)  # fmt: skip
def test_nothing_but_its_own_page_opens(machine: Machine, shop: Shop, address: str) -> None:
    assert becomes(lambda: is_painted(machine), 60)
    assert windows(machine, address) == "net::ERR_BLOCKED_BY_ADMINISTRATOR"
    assert becomes(lambda: is_painted(machine), 30), "and the kiosk is there again"


def test_another_window_does_not_stay(machine: Machine, shop: Shop) -> None:
    assert becomes(lambda: is_painted(machine), 60)
    assert windows(machine, "another") == "2"
    assert becomes(lambda: windows(machine, "count") == "1", 20)
    assert is_painted(machine)


def test_no_address_is_kept(machine: Machine, shop: Shop) -> None:
    kept = machine.ssh(
        "systemctl stop appliance-kiosk; pkill --signal KILL --uid kiosk; "
        "cd /var/lib/appliance-kiosk/chromium/Default && python3 -c '"
        'import os, sqlite3; print(sqlite3.connect("History").execute("select count(*) from urls")'
        '.fetchone()[0] if os.path.exists("History") else 0)\'; systemctl start appliance-kiosk'
    )
    assert kept.strip() == "0"
    assert becomes(lambda: is_painted(machine), 120)


def test_a_machine_with_a_new_name_has_a_kiosk(machine: Machine, shop: Shop) -> None:
    machine.ssh(
        "systemctl stop appliance-kiosk; pkill --signal KILL --uid kiosk; "
        "cd /var/lib/appliance-kiosk/chromium && "
        "ln -sfn lobby-of-yesterday-4711 SingletonLock && systemctl start appliance-kiosk"
    )
    assert becomes(lambda: is_painted(machine), 120)


def test_a_keyboard_does_nothing(machine: Machine) -> None:
    rules = "/etc/udev/rules.d/91-appliance-keyboard.rules"
    assert "LIBINPUT_IGNORE_DEVICE" in machine.ssh(f"cat {rules}")
    machine.ssh(f"udevadm verify {rules}")


def test_a_second_screen_shows_the_board(
    machine: Machine, shop: Shop, technician: Technician
) -> None:
    outputs = {"kiosk_output": "HEADLESS-1", "kiosk_board_output": "HEADLESS-2"}
    technician.run("site.yml", "--tags", "kiosk", "--extra-vars", json.dumps(outputs))
    try:
        there = 'location.pathname === "/board" && document.body.innerText.includes("Waiting")'
        assert becomes(lambda: is_painted(machine), 120)
        assert becomes(lambda: ask(machine, there, 9223), 60)
        # A page that is there is not drawn yet.
        assert becomes(lambda: is_drawn(machine, "HEADLESS-1", "kiosk-beside-board.png"), 30)
        assert becomes(lambda: is_drawn(machine, "HEADLESS-2", "board.png"), 30)
        # Whichever of the two dies, both are there again.
        machine.ssh("sudo pkill --signal KILL --full remote-debugging-port=9223", check=False)
        assert becomes(lambda: ask(machine, there, 9223), 60)
        assert becomes(lambda: is_painted(machine), 30)
    finally:
        technician.run("site.yml", "--tags", "kiosk")
    assert becomes(lambda: is_painted(machine), 120)
