"""Boots a Debian tree as a machine of its own, and ends it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CGROUPS = next(
    path for path in (Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup")) if path.is_dir()
)
USER = "technician"


class Machine:
    """A container with systemd as its first process and a network cable to this host.

    Args:
        root: The tree; changed by what the machine does.
        work: Where logs and keys go.
        number: Tells machines that run at the same time apart.
    """

    def __init__(self, root: Path, work: Path, number: int) -> None:
        self.root = root
        self.work = work
        self.name = f"lobby{number}"
        # 198.18.0.0/15 is set aside for tests (RFC 2544): no shop's network is in it.
        block = (number % 16000) * 4
        self.host_address = f"198.18.{block // 256}.{block % 256 + 1}"
        self.address = f"198.18.{block // 256}.{block % 256 + 2}"
        self.key = work / "id_ed25519"
        self.options: list[str] = []
        """Further ones of systemd-nspawn."""
        self._cgroup = CGROUPS / f"appliance-test-{number}"
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self, name: str = "lobby") -> None:
        """Give the tree what a technician's SD card has: a user, a key, a name, a network."""
        self.make_key()
        etc = self.root / "etc"
        _run("chroot", str(self.root), "useradd", "--create-home", "--shell", "/bin/bash", USER)
        keys = self.root / "home" / USER / ".ssh"
        keys.mkdir(mode=0o700)
        shutil.copy(self.key.with_suffix(".pub"), keys / "authorized_keys")
        _run("chroot", str(self.root), "chown", "-R", f"{USER}:", f"/home/{USER}/.ssh")
        _write(etc / "sudoers.d/technician", f"{USER} ALL=(ALL) NOPASSWD: ALL\n", 0o440)
        _write(etc / "hostname", f"{name}\n")
        _write(etc / "hosts", f"127.0.0.1 localhost\n127.0.1.1 {name}\n::1 localhost\n")
        _write(
            etc / "systemd/network/10-cable.network",
            f"[Match]\nName=cable0\n[Network]\nAddress={self.address}/30\n"
            f"Gateway={self.host_address}\nMulticastDNS=no\nLLMNR=no\n",
        )
        for unit in ("systemd-networkd.service", "ssh.service"):
            _run("systemctl", f"--root={self.root}", "enable", "--quiet", unit)
        # A card that was written long ago: its package lists are stale.
        os.utime(self.root / "var/lib/apt/lists", (0, 0))
        # The journal is read after the machine is gone.
        (self.root / "var/log/journal").mkdir(exist_ok=True)

    def make_key(self) -> str:
        """A technician's key; returns the public half, on a line."""
        self.key.unlink(missing_ok=True)
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key))
        return self.key.with_suffix(".pub").read_text().strip()

    def find_packages(self, proxy: str) -> None:
        """Tell apt where packages come from.

        Args:
            proxy: An address that the machine reaches.
        """
        _write(self.root / "etc/apt/apt.conf.d/00test-proxy", f'Acquire::http::Proxy "{proxy}";\n')

    def boot(self, timeout: float = 120) -> None:
        """Start it and wait until SSH answers."""
        deadline = time.monotonic() + timeout
        self.start(timeout)
        self._wait(self._ssh_answers, deadline, "SSH")

    def start(self, timeout: float = 120) -> None:
        """Start it, with its network cable plugged in."""
        self._cgroup.mkdir(exist_ok=True)
        cable = f"lt{self.name[5:]}"
        command = [
            "sh", "-c", 'echo 0 > "$0"/cgroup.procs && exec "$@"', str(self._cgroup),
            "systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network",
            f"--network-veth-extra={cable}:cable0", f"--machine={self.name}", "--boot",
            f"--directory={self.root}", "--link-journal=no", "--resolv-conf=off",
            "--timezone=off", "--console=read-only", *self.options,
        ]  # fmt: skip
        # Newer systemd knows the unified hierarchy only; on a host with the old one it has no
        # controllers and so no memory limits, but everything else.
        environment = {**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
        with (self.work / "console.log").open("ab") as console:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                env=environment,
                start_new_session=True,
            )
        deadline = time.monotonic() + timeout
        self._wait(lambda: Path(f"/sys/class/net/{cable}").exists(), deadline, "its network cable")
        _run("ip", "addr", "replace", f"{self.host_address}/30", "dev", cable)
        _run("ip", "link", "set", cable, "up")

    @property
    def first_process(self) -> int:
        """Its first process, as this host counts it: the way into its network."""
        assert self._process is not None
        owned = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        return int(owned.split()[0])

    def _ssh_answers(self) -> bool:
        try:
            with socket.create_connection((self.address, 22), timeout=1) as connection:
                connection.settimeout(2)
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    def _wait(self, what: Any, deadline: float, name: str) -> None:
        while not what():
            if self._process is None or self._process.poll() is not None:
                raise AssertionError(f"the machine ended: see {self.work / 'console.log'}")
            if time.monotonic() > deadline:
                raise AssertionError(f"no {name} in time: see {self.work / 'console.log'}")
            time.sleep(0.1)

    def ssh(self, command: str, *, check: bool = True, timeout: float = 120) -> str:
        """Run a command on it as root, as a technician does; returns what it printed."""
        result = subprocess.run(
            [
                "ssh", *self.ssh_options(), f"{USER}@{self.address}",
                "sudo", "sh", "-c", _quoted(command),
            ],
            capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip
        if check and result.returncode:
            raise AssertionError(f"{command}: {result.returncode}\n{result.stdout}{result.stderr}")
        return result.stdout

    def put(self, file: Path, to: Path) -> None:
        """Put a file on it, beside SSH: what is tested is not how it came there."""
        shutil.copy(file, self.root / to.relative_to("/"))

    def ssh_options(self) -> list[str]:
        """For ssh and Ansible alike."""
        return [
            "-i", str(self.key), "-o", "IdentitiesOnly=yes",
            "-o", f"UserKnownHostsFile={self.work / 'known_hosts'}",
            "-o", "StrictHostKeyChecking=accept-new", "-o", "LogLevel=ERROR",
        ]  # fmt: skip

    def power_off(self, timeout: float = 60) -> None:
        """Shut it down in an orderly way; pull the plug if it does not go."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)
        self.pull_the_plug()

    def pull_the_plug(self) -> None:
        """Nothing in it gets another instruction."""
        # All that is below is killed with it; nobody looks what that is, as it changes meanwhile.
        with contextlib.suppress(OSError):
            (self._cgroup / "cgroup.kill").write_text("1")
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait()
            self._process = None
        deadline = time.monotonic() + 10
        while self._cgroup.exists() and time.monotonic() < deadline:
            for folder, _, _ in os.walk(self._cgroup, topdown=False):
                with contextlib.suppress(OSError):
                    Path(folder).rmdir()
            time.sleep(0.05)


def connect(one: Machine, other: Machine) -> None:
    """Put a network cable between two machines that run; it goes with the first that ends."""
    ends = (one, f"wa{one.name[5:]}", 1), (other, f"wb{one.name[5:]}", 2)
    _run("ip", "link", "add", ends[0][1], "type", "veth", "peer", "name", ends[1][1])
    for machine, end, number in ends:
        inside = str(machine.first_process)
        enter = ("nsenter", "--target", inside, "--net", "ip")
        # One whose other end was in a machine that has been switched off goes a moment later.
        subprocess.run([*enter, "link", "delete", "wire0"], capture_output=True, check=False)
        _run("ip", "link", "set", end, "netns", inside, "name", "wire0")
        # The same block of addresses as the machines' cables to this host, in its other half.
        _run(*enter, "address", "add", f"198.19.0.{number}/30", "dev", "wire0")
        _run(*enter, "link", "set", "wire0", "up")


@contextlib.contextmanager
def unpacked(tree: Path, root: Path, *, stays: bool = False) -> Iterator[Path]:
    """A fresh copy of the tree, gone afterwards; or the one that stayed, and stays again."""
    if stays and root.exists():
        yield root
        return
    if root.exists():
        shutil.rmtree(root)
    root.mkdir(parents=True)
    try:
        _run("tar", "-xf", str(tree), "-C", str(root), "--numeric-owner", "--xattrs")
        yield root
    finally:
        if not stays:
            shutil.rmtree(root, ignore_errors=True)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _write(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def _run(*command: str) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise AssertionError(f"{' '.join(command)}: {result.stderr}")
