"""The image in a machine: its own loader, kernel and initrd, a real screen, a real usblp.

An emulated processor takes many minutes for what a Pi does in one: a campaign (`CAMPAIGN=full`).
"""

from __future__ import annotations

import base64
import io
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.appliance.books import every_promise_holds, sql
from tests.appliance.busy import Busy
from tests.appliance.shop import Shop, a_choice, a_day
from tests.appliance.test_recovery import is_healthy
from tests.support import clients, persistent
from tests.support.campaign import rounds

from .conftest import KEPT, opened
from .emulated import Emulated, UsbPrinter, board_of, missing
from .gpio.header import Header
from .test_first_start import fingerprints, note, nothing_failed

_MISSING = missing(board_of(Path(os.environ.get("IMAGE", ""))))
pytestmark = [
    pytest.mark.skipif(bool(_MISSING), reason=_MISSING or "a machine can be emulated"),
    pytest.mark.skipif(
        rounds(0, 1) == 0, reason="an emulated machine takes many minutes: CAMPAIGN=full"
    ),
]
BUTTON, LAMP = 17, 27
CUT = b"\x1dV"
_PORT = 9222
_DRAW = """
import json, sys, urllib.request, websocket
pages = json.load(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/json/list", timeout=20))
page = next(page for page in pages if page["type"] == "page")
if not page["url"].startswith("http://127.0.0.1"):
    raise SystemExit
socket = websocket.create_connection(page["webSocketDebuggerUrl"], timeout=60, suppress_origin=True)
socket.send(json.dumps({"id": 1, "method": "Page.captureScreenshot", "params": {}}))
while (answer := json.loads(socket.recv())).get("id") != 1:
    pass
print(answer["result"]["data"])
"""

# Of a page that several processes share each has its share (PSS).
_SHARES = (
    "for unit in mariadb appliance-server appliance-peripherals; do"
    " pid=$(systemctl show --property=MainPID --value $unit);"
    ' echo "$unit $(grep ^Pss: /proc/$pid/smaps_rollup)"; done;'
    ' echo "chromium Pss: $(cat $(pgrep chromium | sed "s,.*,/proc/&/smaps_rollup,")'
    " | sed -n 's/^Pss: *//p' | awk '{ sum += $1 } END { print sum }') kB\""
)


@pytest.fixture(scope="module", autouse=True)
def patience() -> Iterator[None]:
    """People wait for an emulated machine, also for its next start."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(clients, "TIMEOUT", 120.0)
        patched.setattr(persistent, "SILENCE", 60.0)
        patched.setattr(persistent, "PATIENCE", 1800.0)
        yield


def card(image: Path, folder: Path, number: int) -> Emulated:
    """A card with the image in a PC of its own, still off."""
    folder.mkdir()
    machine = Emulated(image, folder, number)
    machine.write_lobby(
        {
            "hostname": "emulated",
            "technician": {"ssh_key": machine.make_key()},
            "rooms": [{"number": "Garden"}],
            "printers": [
                {
                    "name": "lobby",
                    "roles": ["ticket", "receipt", "report"],
                    "connection": "usb:/dev/usb/lp0",
                    "profile": "TM-T20II",
                }
            ],
        }
    )
    return machine


@pytest.fixture(scope="module")
def pc(image: Path, work: Path) -> Iterator[Emulated]:
    """The one that most tests use, one after the other."""
    machine = card(image, work / "emulated", os.getpid())
    yield machine
    machine.throw_away()


@pytest.fixture(scope="module")
def lobby(pc: Emulated) -> Shop:
    """The lobby in it, with the demo's staff and catalogue."""
    pc.wait_for(pc.is_healthy, "healthy server")
    return opened(pc)


def page_of(machine: Emulated) -> Image.Image | None:
    """What its browser says that it draws; None while it shows no page of the lobby's server."""
    program = base64.b64encode(_DRAW.encode()).decode()
    said = machine.ssh(
        f"echo {program} | base64 -d > /run/draw.py; "
        f"/opt/appliance/current/bin/python /run/draw.py {_PORT} 2>/dev/null",
        check=False,
    )
    return Image.open(io.BytesIO(base64.b64decode(said))).convert("RGB") if said else None


def looks_like(one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures show the same, but for a clock or a spinning wheel."""
    small = [picture.resize((160, 100)) for picture in (one, other)]
    return max(ImageStat.Stat(ImageChops.difference(*small)).mean) < 4


def has_content(picture: Image.Image) -> bool:
    """Whether it is more than a console or one colour: text, cards and icons have many."""
    return len(picture.getcolors(1 << 24) or []) > 100


def seconds_to_paint(machine: Emulated, name: str) -> None:
    """From power to `/healthz` and to the page on the monitor; kept as figures.

    The monitor is looked at all the time; what is on it in the end is compared with what the
    browser draws, and was there since the first look that showed the same.
    """
    began = time.monotonic()
    machine.start()
    seen: list[tuple[float, float, Image.Image]] = []
    healthy = False

    def look() -> bool:
        nonlocal healthy
        picture = machine.screen()
        if not seen or picture != seen[-1][2]:
            seen.append((time.monotonic() - began, machine.cpu_seconds, picture))
        if not healthy and machine.is_healthy():
            healthy = True
            note(machine, f"{name}: healthy after {figures(machine, began)}")
        if not healthy or not has_content(picture):
            return False
        page = page_of(machine)
        if page is None or not has_content(page):
            return False
        page.save(machine.work / f"{name}, page.png")
        shown = machine.screen()
        shown.save(machine.work / f"{name}, monitor.png")
        return looks_like(shown, page)

    machine.wait_for(look, "page on the monitor", timeout=2400)
    last = machine.screen()
    after, cpu, _ = next((one for one in seen if looks_like(one[2], last)), seen[-1])
    note(machine, f"{name}: painted after {after:.0f} s, {cpu:.0f} s of CPU")
    note(machine, f"{name}: load {' '.join(f'{load:.1f}' for load in os.getloadavg())}")


def figures(machine: Emulated, began: float) -> str:
    """Seconds since then, and CPU seconds since it was switched on."""
    return f"{time.monotonic() - began:.0f} s, {machine.cpu_seconds:.0f} s of CPU"


def test_power_on_ends_in_a_page_on_the_monitor(pc: Emulated) -> None:
    seconds_to_paint(pc, "first start")
    loaded = pc.ssh("cat /proc/cmdline; findmnt --noheadings --output SOURCE,FSTYPE,OPTIONS /")
    assert "root=LABEL=lobbyroot" in loaded
    assert "ext4 rw" in " ".join(loaded.split())
    pc.wait_for(lambda: nothing_failed(pc), "minute in which every unit is well")


def test_the_journey_with_paper_from_usblp(pc: Emulated, lobby: Shop) -> None:
    with UsbPrinter(pc) as printer:
        assert "usblp" in pc.ssh("readlink -f /sys/class/usbmisc/lp0/device/driver")
        pc.wait_for(lambda: is_healthy(lobby), "devices' daemon")
        paid = a_day(lobby, printer)
    assert paid["status"] == "paid"
    assert every_promise_holds(pc)


def test_the_second_start_is_the_same_lobby(pc: Emulated, lobby: Shop) -> None:
    before = fingerprints(pc)
    # From now on it has a header, as a Pi has, and a room with a button and a lamp.
    Header(pc, KEPT).install()
    pc.power_off()
    assert pc.check_card() == ""
    pc.write_lobby({"rooms": [{"number": 1, "button_pin": BUTTON, "lamp_pin": LAMP}]})
    seconds_to_paint(pc, "second start")
    assert fingerprints(pc) == before
    pc.wait_for(lambda: nothing_failed(pc), "minute in which every unit is well")


def test_a_button_on_a_real_line_calls_the_customer(pc: Emulated, lobby: Shop) -> None:
    pc.wait_for(lambda: is_healthy(lobby), "devices' daemon")
    header = Header(pc, KEPT)

    def status() -> str:
        return sql(pc, "SELECT status FROM transactions ORDER BY id DESC LIMIT 1")[0]

    therapist, cashier = lobby.staff("ana"), lobby.staff(lobby.first("cashier"))
    with UsbPrinter(pc) as printer, lobby.kiosk() as kiosk, therapist, cashier:
        # The cable may have come while the daemon waited to look for it again.
        pc.wait_for(lambda: printer.asked > 0, "printer's first question")
        assert header.levels_seen(LAMP, 10) == {False}, "nobody waits"
        confirmed = kiosk.call("customer_confirm_selection", a_choice(lobby))
        assert confirmed["ok"], confirmed
        assert printer.wait_for_more(0, CUT), "the ticket"
        header.press(BUTTON)
        pc.wait_for(lambda: status() == "therapist_confirmed", "call")
        header.press(BUTTON)
        pc.wait_for(lambda: status() == "in_service", "service")
        assert header.levels_seen(LAMP, 10) == {True}, "a customer is in the room"
        visit = confirmed["transaction"]
        this = {"transaction_id": visit["id"]}
        assert therapist.call("therapist_finish_service", this)["ok"]
        assert therapist.call("therapist_room_ready")["ok"]
        assert cashier.call("cashier_claim_code", {"code": visit["code"]})["ok"]
        before = len(printer.paper)
        paid = {**this, "amount_paid": visit["total_amount"], "method": "cash"}
        assert cashier.call("cashier_pay", paid)["ok"]
        assert printer.wait_for_more(before, CUT), "the receipt"
    assert status() == "paid"
    assert every_promise_holds(pc)


def test_its_plug_is_pulled_while_people_work(pc: Emulated, lobby: Shop) -> None:
    pc.wait_for(lambda: is_healthy(lobby), "devices' daemon")
    chance = random.Random(16)
    busy = Busy(lobby)
    with busy.at_work():
        for number in range(int(os.environ.get("CUTS", "3"))):
            # Not a wait for something: the moment of the cut is what is tried.
            moment = 5 + 20 * chance.random()
            time.sleep(moment)
            before = len(busy.visits)
            pc.pull_the_plug()
            began = time.monotonic()
            pc.start()
            pc.wait_for(pc.is_healthy, "healthy server")
            note(pc, f"cut {number + 1}: healthy after {figures(pc, began)}")
            pc.wait_for(
                lambda before=before: busy.has_trouble or len(busy.visits) > before,
                "visit after the cut",
            )
            assert not busy.has_trouble
            assert every_promise_holds(pc)
            pc.wait_for(lambda: nothing_failed(pc), "minute in which every unit is well")
    assert [person.contradictions for person in busy.people] == [[], [], []]
    codes = sql(pc, "SELECT code FROM transactions WHERE status = 'paid' ORDER BY id")
    assert codes[-len(busy.visits) :] == busy.visits
    note(pc, f"{len(busy.visits)} visits, longest silence {busy.longest_silence:.0f} s")
    pc.power_off()
    assert pc.check_card() == ""


def test_a_lobby_fits_into_one_gigabyte(pc: Emulated) -> None:
    pc.power_off()
    pc.memory = 1024
    seconds_to_paint(pc, "1 GB")
    note(pc, pc.ssh(f"free --mebi; zramctl; {_SHARES}"))
    assert "/dev/zram0" in pc.ssh("swapon --show --noheadings")
    assert "Out of memory" not in pc.ssh("journalctl --boot --dmesg --no-pager")
    pc.wait_for(lambda: nothing_failed(pc), "minute in which every unit is well")


def test_a_first_start_that_is_cut_goes_on_at_the_next(
    pc: Emulated, image: Path, work: Path
) -> None:
    # One machine at a time: two would halve each other's processor.
    pc.power_off()
    other = card(image, work / "cut", os.getpid() + 1)
    chance = random.Random(16)
    for number in range(2):
        other.start()
        # Not a wait for something: a first start takes about four minutes on two free cores.
        moment = 40 + 160 * chance.random()
        time.sleep(moment)
        other.screen().save(other.work / f"cut {number + 1}.png")
        other.pull_the_plug()
        note(other, f"first start cut after {moment:.0f} s")
    seconds_to_paint(other, "after the cuts")
    assert every_promise_holds(other)
    other.wait_for(lambda: nothing_failed(other), "minute in which every unit is well")
    other.power_off()
    assert other.check_card() == ""
    other.throw_away()
