"""A card in an emulated machine: its own kernel and initrd start it, on a PC its loader, too.

A board of 64-bit ARM as QEMU knows it has no Pi's firmware: what that would read from the boot
partition, QEMU does, anew at each start.

Nothing of the test is mounted in it, and it reaches nothing outside. What the test knows of it
comes over its network cable, from its screen and from its serial console. The processor is emulated
(QEMU's TCG), so its seconds are not a card's; its CPU seconds are those of the emulation.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import socket
import ssl
import subprocess
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from PIL import Image

from tests.appliance.machine import USER, Machine
from tests.support.fake_printer import FakePrinter
from tools.image import disk
from tools.image.programs import run

_FIRMWARE: Final = Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
_VARIABLES: Final = Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
_CARD: Final = 8 * 1024**3
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PORTS: Final = (22, 80, 443)
_PATIENCE: Final = "systemd.default_device_timeout_sec=900 systemd.default_timeout_start_sec=900"

# Debian's own modules: a USB host without a cable, and a printer that is plugged into it.
_PLUG_IN: Final = """
set -e
modprobe -a dummy_hcd libcomposite usb_f_printer
cd /sys/kernel/config/usb_gadget
mkdir printer && cd printer
echo 0x04b8 > idVendor
echo 0x0e15 > idProduct
mkdir strings/0x409 configs/c.1 functions/printer.g0
echo Emulated > strings/0x409/manufacturer
echo Paper > strings/0x409/product
echo 1 > strings/0x409/serialnumber
echo 10 > functions/printer.g0/q_len
ln -s functions/printer.g0 configs/c.1
ls /sys/class/udc | head -n 1 > UDC
udevadm settle
for second in $(seq 60); do [ -c /dev/usb/lp0 ] && exit 0; sleep 1; done
exit 1
"""
_RELAY: Final = """
import os, select
device = os.open("/dev/g_printer0", os.O_RDWR)
waits = select.poll()
for end in (0, device):
    waits.register(end, select.POLLIN)
while True:
    for end, _ in waits.poll():
        data = os.read(end, 8192)
        if end == 0 and not data:
            raise SystemExit
        os.write(1 if end == device else device, data)
"""


@dataclass(frozen=True)
class Board:
    """A machine that QEMU knows.

    Attributes:
        qemu: The program.
        options: What it is.
        has_firmware: Whether a loader on the card is started; else QEMU loads the kernel itself.
    """

    qemu: str
    options: tuple[str, ...]
    has_firmware: bool


BOARDS: Final = {
    "amd64": Board(
        "qemu-system-x86_64",
        ("-machine", "q35", "-cpu", "max,la57=off", "-vga", "std"),
        has_firmware=True,
    ),
    # The processor of a Pi 4; a screen and a keyboard that a kernel of Debian's knows.
    "arm64": Board(
        "qemu-system-aarch64",
        ("-machine", "virt", "-cpu", "cortex-a72", "-device", "virtio-gpu-pci"),
        has_firmware=False,
    ),
}


def board_of(image: Path) -> Board:
    """The machine for an image, by its name."""
    return BOARDS["arm64" if "arm64" in image.name else "amd64"]


def missing(board: Board) -> str:
    """Why this machine cannot be emulated here; empty where it can."""
    if shutil.which(board.qemu) is None:
        return f"there is no {board.qemu}"
    if board.has_firmware and not _FIRMWARE.exists():
        return f"there is no firmware for it: {_FIRMWARE} (ovmf)"
    return ""


class Emulated(Machine):
    """A machine whose disk holds the image.

    Args:
        image: The image, not compressed; stays as it is.
        work: Where the card, logs and keys go.
        number: Tells machines apart.
        memory: In MiB.
    """

    def __init__(self, image: Path, work: Path, number: int, memory: int = 2048) -> None:
        super().__init__(work, work, number)
        # On loopback, and none that anybody else listens at: ports as they are in a shop.
        self.host_address = "127.0.0.1"
        self.address = f"127.16.{number % 250}.1"
        self.memory = memory
        self.board = board_of(image)
        self.card = work / "card.img"
        self._monitor = work / "qmp"
        self._line = work / "ssh"
        run(["cp", "--sparse=always", str(image), str(self.card)])
        os.truncate(self.card, _CARD)
        if self.board.has_firmware:
            shutil.copy(_VARIABLES, work / "variables.fd")

    def write_lobby(self, changes: dict[str, object]) -> None:
        """Edit `lobby.yaml` on a laptop: what is on the card, with these parts of it changed."""
        where, file = disk.fat(self.card), self.work / "lobby.yaml"
        run(["mcopy", "-n", "-o", "-i", where, "::/lobby.yaml", str(file)])
        file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | changes))
        run(["mcopy", "-o", "-i", where, str(file), "::/lobby.yaml"])

    def start(self, _timeout: float = 120) -> None:
        """Switch it on."""
        self._monitor.unlink(missing_ok=True)
        forwarded = "".join(f",hostfwd=tcp:{self.address}:{port}-:{port}" for port in _PORTS)
        command = [
            self.board.qemu, *self.board.options, "-accel", "tcg,thread=multi",
            "-smp", "2", "-m", str(self.memory), *self._what_starts_it(),
            # What the machine flushes is in the host's hands, what it has not flushed is not; a
            # killed QEMU loses the machine's own page cache, and no more.
            "-drive", f"if=virtio,format=raw,cache=writeback,file={self.card}",
            "-netdev", f"user,id=cable,restrict=on{forwarded}",
            "-device", "virtio-net-pci,netdev=cable,romfile=",
            "-display", "none", "-monitor", "none",
            "-serial", f"file:{self.work / 'serial.log'}",
            "-qmp", f"unix:{self._monitor},server=on,wait=off",
        ]  # fmt: skip
        with (self.work / "console.log").open("ab") as said:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )
        self._wait(self._monitor.exists, time.monotonic() + 60, "monitor")

    def _what_starts_it(self) -> list[str]:
        # An emulated processor may take longer to find a disk than systemd waits for one.
        if self.board.has_firmware:
            return [
                "-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={_FIRMWARE}",
                "-drive", f"if=pflash,format=raw,unit=1,file={self.work / 'variables.fd'}",
                "-smbios", f"type=11,value=io.systemd.boot.kernel-cmdline-extra={_PATIENCE}",
            ]  # fmt: skip
        where = disk.fat(self.card)
        for name in ("config.txt", "cmdline.txt"):
            run(["mcopy", "-n", "-o", "-i", where, f"::/{name}", str(self.work / name)])
        named = dict(
            line.replace("=", " ", 1).split()[:2]
            for line in (self.work / "config.txt").read_text().splitlines()
            if line.startswith(("kernel=", "initramfs "))
        )
        for name in named.values():
            run(["mcopy", "-n", "-o", "-i", where, f"::/{name}", str(self.work / name)])
        said = (self.work / "cmdline.txt").read_text().strip()
        return [
            "-kernel", str(self.work / named["kernel"]),
            "-initrd", str(self.work / named["initramfs"]),
            "-append", f"{said} {_PATIENCE} console=ttyAMA0,115200 console=tty1",
        ]  # fmt: skip

    def boot(self, timeout: float = 1800) -> None:
        """Switch it on and wait until SSH answers."""
        super().boot(timeout)

    def ssh(self, command: str, *, check: bool = True, timeout: float = 600) -> str:
        """As on every machine, with an emulated one's patience."""
        return super().ssh(command, check=check, timeout=timeout)

    def ssh_options(self) -> list[str]:
        """As on every machine; one log-in is enough for all commands, as each costs a minute."""
        return [
            *super().ssh_options(),
            "-o", "ControlMaster=auto", "-o", f"ControlPath={self._line}",
            "-o", "ControlPersist=yes", "-o", "ConnectTimeout=120",
        ]  # fmt: skip

    def put(self, file: Path, to: Path) -> None:
        """Put a file on it, over SSH: there is no other way in."""
        where = f"{USER}@{self.address}"
        command = ["ssh", *self.ssh_options(), where, "sudo", "tee", str(to)]
        with file.open("rb") as content:
            subprocess.run(command, stdin=content, stdout=subprocess.DEVNULL, check=True)

    @property
    def cpu_seconds(self) -> float:
        """What QEMU has used since it was switched on."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def is_healthy(self) -> bool:
        """Whether `/healthz` says so, over TLS; by whom it is certified is asked elsewhere."""
        anybody = ssl.create_default_context()
        anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
        try:
            address = f"https://{self.address}/healthz"
            with urllib.request.urlopen(address, timeout=20, context=anybody) as answer:
                return bool(json.load(answer)["ok"])
        except (OSError, ValueError, KeyError):
            return False

    def wait_for(self, what: Any, name: str, timeout: float = 1800) -> None:
        """Wait until it is so, or fail: in time, or as soon as the machine has ended."""
        # Each look costs the machine some of its processor.
        slowly = threading.Event()
        self._wait(lambda: what() or slowly.wait(2), time.monotonic() + timeout, name)

    def tell(self, command: str, **arguments: object) -> Any:
        """Ask QEMU for something (QMP); returns its answer."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(60)
            line.connect(str(self._monitor))
            with line.makefile("rw") as said:
                for wanted in (
                    {"execute": "qmp_capabilities"},
                    {"execute": command, "arguments": arguments},
                ):
                    said.write(json.dumps(wanted) + "\n")
                    said.flush()
                    while "return" not in (answer := json.loads(said.readline())):
                        assert "error" not in answer, answer
        return answer["return"]

    def screen(self) -> Image.Image:
        """What its monitor shows."""
        dump = self.work / "screen.ppm"
        self.tell("screendump", filename=str(dump))
        return Image.open(dump).convert("RGB")

    def power_off(self, timeout: float = 600) -> None:
        """Press its power button, and wait; pull the plug if it does not go."""
        if self._process is None:
            return
        with contextlib.suppress(OSError, ValueError):
            self.tell("system_powerdown")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)
        self.pull_the_plug()

    def pull_the_plug(self) -> None:
        """Nothing in it gets another instruction."""
        if self._line.exists():
            hang_up = ["ssh", "-O", "exit", "-o", f"ControlPath={self._line}", self.address]
            subprocess.run(hang_up, capture_output=True, check=False)
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def check_card(self) -> str:
        """What e2fsck finds on the root of a machine that is off."""
        start = int(disk.partitions(self.card)[1]["start"]) * disk.SECTOR
        found = subprocess.run(
            ["e2fsck", "-f", "-n", f"{self.card}?offset={start}"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return "" if found.returncode == 0 else found.stdout

    def throw_away(self) -> None:
        """Nobody needs it any more; logs stay, the card does not."""
        self.pull_the_plug()
        self.card.unlink(missing_ok=True)


class UsbPrinter(FakePrinter):
    """A fake printer behind a real cable: the machine's usblp talks to a USB gadget in it.

    Args:
        machine: Running. What is plugged in is gone with its next start.
    """

    def __init__(self, machine: Emulated) -> None:
        super().__init__()
        machine.ssh(_PLUG_IN)
        self._line, far = socket.socketpair()
        self._line.settimeout(0.05)
        relay = f"sudo python3 -c {shlex.quote(_RELAY)}"
        with far:
            self._relay = subprocess.Popen(
                ["ssh", *machine.ssh_options(), f"{USER}@{machine.address}", relay],
                stdin=far.fileno(), stdout=far.fileno(),
            )  # fmt: skip

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        self._line.close()
        self._relay.kill()
        self._relay.wait()

    def wait_for_more(self, before: int, mark: bytes, timeout: float = 300.0) -> bool:
        """As on every printer, with an emulated machine's patience."""
        return super().wait_for_more(before, mark, timeout)

    def _serve(self) -> None:
        with contextlib.suppress(ConnectionError):
            self._talk(self._line)
