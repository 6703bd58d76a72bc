"""A card that is a file: flashed with the image, started in a container, its plug pulled.

The quick form: the host's kernel, and the root from a loop device. The image's own kernel takes
no part. A cut is what it would be for the file system: ext4 is told to write nothing more, not
even its journal (`EXT4_IOC_SHUTDOWN`), every process is killed, and the next start mounts what had
reached the disk. What a card's own cache loses is not modelled.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.appliance.machine import Machine
from tools.image import disk
from tools.image.programs import run

EXT4_IOC_SHUTDOWN = 0x8004587D
"""_IOR('X', 125, __u32), linux/fs/ext4/ext4.h."""
NOLOGFLUSH = 2
CARD = 8 * 1024**3
"""Bytes: a small card, much larger than the image."""
_CONNECTION = """\
[connection]
id=cable
type=ethernet
interface-name=cable0
[ipv4]
method=manual
address1={address}/30,{gateway}
[ipv6]
method=disabled
"""
_NO_SCREEN = """\
[Service]
Environment=WLR_BACKENDS=headless WLR_RENDERER=pixman WLR_LIBINPUT_NO_DEVICES=1
Environment=WLR_HEADLESS_OUTPUTS=1
TTYPath=
TTYReset=no
TTYVHangup=no
TTYVTDisallocate=no
StandardInput=null
UtmpIdentifier=
"""


class Flashed(Machine):
    """A machine whose card holds the image.

    Args:
        image: The image, not compressed; stays as it is.
        work: Where the card, logs and keys go.
        number: Tells machines that run at the same time apart.
    """

    def __init__(self, image: Path, work: Path, number: int) -> None:
        super().__init__(work / "root", work, number)
        self.card = work / "card.img"
        self.boot_partition = work / "boot"
        self.root.mkdir(exist_ok=True)
        self.boot_partition.mkdir(exist_ok=True)
        run(["cp", "--sparse=always", str(image), str(self.card)])
        os.truncate(self.card, CARD)
        run(["mcopy", "-n", "-m", "-i", disk.fat(image), "::/lobby.yaml", str(self.boot_partition)])
        self.options = [f"--bind-ro={self.boot_partition}:/{disk.BOOT_FOLDER}"]
        self._boot_mount = self.root / "etc/systemd/system/boot-firmware.mount"
        self._mounted = False

    def write_lobby(self, changes: dict[str, object]) -> None:
        """Edit `lobby.yaml` on a laptop: what the example says, with these parts of it changed."""
        file = self.boot_partition / "lobby.yaml"
        file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | changes))

    def damage_boot_partition(self) -> None:
        """A laptop has left nothing that could be mounted; the machine is off.

        A container has neither the device nor, as a rule, a kernel with FAT. So the unit that
        systemd would make of the line in fstab is written here, for a file without a file system.
        """
        self.mount()
        (line,) = [
            line.split()
            for line in (self.root / "etc/fstab").read_text().splitlines()
            if line.startswith("LABEL=LOBBYBOOT")
        ]
        assert "nofail" in line[3].split(","), "local file systems do not wait for it"
        options = [one for one in line[3].split(",") if one != "nofail"]
        noise = self.root / "var/tmp/damaged.img"
        noise.write_bytes(bytes(range(256)) * 4096)
        self._boot_mount.write_text(
            f"[Mount]\nWhat=/var/tmp/damaged.img\nWhere={line[1]}\nType={line[2]}\n"
            f"Options=loop,{','.join(options)}\n"
        )
        self.options.clear()

    def repair_boot_partition(self) -> None:
        """It is what it was before; the machine is off."""
        self._boot_mount.unlink()
        self.options.append(f"--bind-ro={self.boot_partition}:/{disk.BOOT_FOLDER}")

    def plug_in_a_container(self) -> None:
        """What a container lacks: a screen, and somebody who answers DHCP on its cable."""
        self.mount()
        connection = self.root / "etc/NetworkManager/system-connections/cable.nmconnection"
        connection.write_text(_CONNECTION.format(address=self.address, gateway=self.host_address))
        connection.chmod(0o600)
        # A wire between two of them has an address already, which it would take away.
        wire = self.root / "etc/NetworkManager/conf.d/wire.conf"
        wire.write_text(
            "[keyfile]\nunmanaged-devices=interface-name:wire0;interface-name:wa*;interface-name:wb*\n"
        )
        screen = self.root / "etc/systemd/system/appliance-kiosk.service.d/container.conf"
        screen.write_text(_NO_SCREEN)
        # Its root is no device that a label could be found on.
        (self.root / "etc/systemd/system/systemd-remount-fs.service").symlink_to("/dev/null")
        run(["sync", "-f", str(self.root)])

    def mount(self) -> None:
        """The card is put in: ext4 replays its journal where it has to."""
        if self._mounted:
            return
        part = disk.partitions(self.card)[1]
        options = f"loop,noatime,offset={int(part['start']) * disk.SECTOR}"
        options += f",sizelimit={int(part['size']) * disk.SECTOR}"
        run(["mount", "-t", "ext4", "-o", options, str(self.card), str(self.root)])
        self._mounted = True

    def boot(self, timeout: float = 120) -> None:
        """Switch it on and wait until SSH answers."""
        self.mount()
        super().boot(timeout)

    def switch_on(self) -> None:
        """Switch it on and wait for nothing but its cable."""
        self.mount()
        self.start()

    def inside(self, command: str) -> str:
        """Run a command in it as root beside SSH, which waits for a card that can be used."""
        assert self._process is not None
        pid = self._process.pid
        (first, *_) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split() or [""]
        if not first:
            return ""
        into = ["nsenter", "--target", first, "--mount", "--uts", "--ipc", "--net", "--pid"]
        ended = subprocess.run(
            [*into, "sh", "-c", command], capture_output=True, text=True, timeout=60, check=False
        )
        return ended.stdout

    @contextlib.contextmanager
    def stick(self, folder: Path) -> Iterator[str]:
        """Put in a USB stick; gives the kernel's name of its partition.

        A container gets no events of udev: the test starts the unit that its rule names.

        Args:
            folder: What is on it.
        """
        assert self._process is not None
        file = self.work / "stick.img"
        file.unlink(missing_ok=True)
        size = sum(path.stat().st_size for path in folder.iterdir()) // 1024**2 * 5 // 4 + 16
        run(["mke2fs", "-q", "-t", "ext4", "-F", "-d", str(folder), str(file), f"{size}M"])
        before = _digest(file)
        pid = self._process.pid
        (first, *_) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        device = Path(run(["losetup", "--find", "--show", str(file)]).strip())
        node = Path(f"/proc/{first}/root{device}")
        try:
            numbers = device.stat().st_rdev
            run(["mknod", str(node), "b", str(os.major(numbers)), str(os.minor(numbers))])
            yield device.name
        finally:
            node.unlink(missing_ok=True)
            run(["losetup", "--detach", str(device)])
        assert _digest(file) == before, "not a byte has been written to it"
        file.unlink()

    def cut(self) -> None:
        """Pull the plug: not a byte more reaches the card."""
        handle = os.open(self.root, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, EXT4_IOC_SHUTDOWN, struct.pack("I", NOLOGFLUSH))
        finally:
            os.close(handle)
        self.pull_the_plug()
        self.unmount()

    def unmount(self) -> None:
        """Take the card out."""
        if not self._mounted:
            return
        deadline = time.monotonic() + 10
        # The killed container's own view of the card goes a moment after its processes.
        umount = ["umount", str(self.root)]
        while subprocess.run(umount, capture_output=True, check=False).returncode:
            assert time.monotonic() < deadline, "the card is still in use"
            time.sleep(0.05)
        self._mounted = False

    def check_card(self) -> str:
        """What e2fsck finds on the card once it is out of the machine."""
        self.mount()
        self.unmount()
        part = disk.partitions(self.card)[1]
        device = run(
            ["losetup", "--find", "--show", f"--offset={int(part['start']) * disk.SECTOR}",
             f"--sizelimit={int(part['size']) * disk.SECTOR}", str(self.card)]
        ).strip()  # fmt: skip
        try:
            found = subprocess.run(
                ["e2fsck", "-f", "-n", device], capture_output=True, text=True, check=False
            )
            return "" if found.returncode == 0 else found.stdout
        finally:
            run(["losetup", "--detach", device])

    def throw_away(self) -> None:
        """Switch it off; logs stay, the card does not."""
        if self._process is not None:
            with contextlib.suppress(Exception):
                said = self.ssh("journalctl --no-pager", check=False, timeout=30)
                (self.work / "journal.log").write_text(said)
            with contextlib.suppress(Exception):
                self.power_off()
        self.unmount()
        self.card.unlink(missing_ok=True)
        shutil.rmtree(self.root, ignore_errors=True)


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
