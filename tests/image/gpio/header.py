"""A Pi's header in an emulated PC, whose buttons a test presses.

Debian's kernel has neither gpio-sim nor gpio-mockup, and Debian has no lgpio. So a small chip of
the test's own is built against the image's kernel, and lgpio from source for the image's Python.
The character device, its edges, lgpio, gpiozero and the daemon above them are what runs on a Pi.
"""

from __future__ import annotations

import base64
import shutil
import time
from pathlib import Path
from typing import Final

from tests.image.emulated import Emulated
from tools.image import lgpio, tree

_SOURCES: Final = Path(__file__).parent
_DEVICE: Final = "/sys/devices/platform/test-gpio"
_A_PI_4: Final = "c03115"
"""Which lines are on the header is asked of the board's revision; a PC has none."""
_PLACES: Final = """
set -e
folder=/lib/modules/$(uname -r)/updates
mkdir -p $folder /etc/systemd/system/appliance-peripherals.service.d
mv /run/test_gpio.ko $folder/
depmod
echo test_gpio > /etc/modules-load.d/test-gpio.conf
echo 'SUBSYSTEM=="gpio", KERNEL=="gpiochip*", GROUP="gpio", MODE="0660"' \
  > /etc/udev/rules.d/60-gpio.rules
python=/opt/appliance/current/bin/python
python3 -m zipfile -e /run/lgpio.whl \
  "$($python -c 'import sysconfig; print(sysconfig.get_path("platlib"))')"
(cat /proc/cpuinfo; echo "Revision : REVISION") > /etc/test-cpuinfo
printf '[Service]\\nBindReadOnlyPaths=/etc/test-cpuinfo:/proc/cpuinfo\\n' \
  > /etc/systemd/system/appliance-peripherals.service.d/test-gpio.conf
systemctl daemon-reload
modprobe test_gpio
udevadm settle
"""


def built(work: Path, kernel: str) -> tuple[Path, Path]:
    """The module and the library's wheel; what was built for this kernel is taken again.

    Args:
        work: Where the tools stay for the next time.
        kernel: As `uname -r` says it.
    """
    folder = work / f"gpio-{kernel}"
    if not folder.exists():
        part = work / "gpio-part"
        shutil.rmtree(part, ignore_errors=True)
        tree.make(part, (*lgpio.TOOLS, "make", f"linux-headers-{kernel}"))
        shutil.copytree(_SOURCES, part / "gpio")
        tree.inside(part, f"make -C /lib/modules/{kernel}/build M=/gpio modules")
        lgpio.build_wheel(part)
        part.rename(folder)
    (wheel,) = (folder / "lgpio").glob("lgpio-*.whl")
    return folder / "gpio/test_gpio.ko", wheel


class Header:
    """The lines of a running machine.

    Args:
        machine: Running.
        work: Where what is built stays.
    """

    def __init__(self, machine: Emulated, work: Path) -> None:
        self._machine = machine
        self._work = work

    def install(self) -> None:
        """Put it into the machine; it is there again after each start."""
        machine = self._machine
        module, wheel = built(self._work, machine.ssh("uname -r").strip())
        machine.put(module, Path("/run/test_gpio.ko"))
        machine.put(wheel, Path("/run/lgpio.whl"))
        script = base64.b64encode(_PLACES.replace("REVISION", _A_PI_4).encode()).decode()
        machine.ssh(f"echo {script} | base64 -d | sh")

    def press(self, line: int, seconds: float = 0.3) -> None:
        """Put a finger on a button, and take it away.

        Args:
            line: By its BCM number.
            seconds: How long it stays, in the machine's own time.
        """
        self._machine.ssh(
            f"echo {line} 0 > {_DEVICE}/press; sleep {seconds}; echo {line} 1 > {_DEVICE}/press"
        )

    def is_high(self, line: int) -> bool:
        """The level of a line, in or out."""
        return self._machine.ssh(f"cat {_DEVICE}/levels")[line] == "1"

    def levels_seen(self, line: int, seconds: float) -> set[bool]:
        """Which levels a line takes within some time."""
        seen: set[bool] = set()
        end = time.monotonic() + seconds
        while time.monotonic() < end and len(seen) < 2:
            seen.add(self.is_high(line))
        return seen
