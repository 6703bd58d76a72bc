"""A card in a folder: real files, real openssl, and commands that keep what they were told."""

from __future__ import annotations

import re
import secrets
import stat
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from appliance.card.machine import CommandFailed, Machine

AVAHI = "[server]\nhost-name=lobby\nuse-ipv4=yes\n"
TRUST = (
    "<title>Trust Lobby Appliance</title>\n<h1>Lobby Appliance: make this phone trust it</h1>\n"
    '<a href="https://lobby.local/">https://lobby.local/</a>\n'
)


class Cut(BaseException):
    """The plug was pulled: nothing in the program may catch it."""


class Card(Machine):
    """A flashed card before its first start.

    Args:
        root: An empty folder.
        lobby: The file on its boot partition.
        real: Whether openssl works; else what it makes only differs from card to card.
    """

    def __init__(self, root: Path, lobby: str, *, real: bool = False) -> None:
        super().__init__(root)
        self._real = real
        self.root = root
        self.points: list[str] = []
        self.cut_at = -1
        self.commands: list[tuple[str, ...]] = []
        self.accounts: dict[str, str] = {}
        self.devices: dict[str, tuple[str, str]] = {}
        self.rooms: list[str] = []
        self.schema = False
        self.sectors = {"mmcblk0": 62_000_000, "mmcblk0p2": 6_000_000}
        self.file_system = 6_000_000
        for name, content in {
            "/boot/firmware/lobby.yaml": lobby,
            "/etc/avahi/avahi-daemon.conf": AVAHI,
            "/usr/share/appliance/www/trust.html": TRUST,
            "/etc/hosts": "127.0.0.1\tlocalhost\n127.0.1.1\tlobby\n",
            "/etc/passwd": "root:x:0:0::/root:/bin/bash\n",
            "/etc/appliance/server.env": "APPLIANCE_HOST=127.0.0.1\n",
            "/dev/tty1": "",
            "/etc/wpa_supplicant/keep": "",
            "/etc/sudoers.d/keep": "",
        }.items():
            path = self.path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        self._sizes()

    def reached(self, point: str) -> None:
        self.points.append(point)
        if len(self.points) - 1 == self.cut_at:
            raise Cut(point)

    def bring_to_card(self, descriptor: int) -> None:
        """Nobody pulls this folder's plug, and a disk is slow."""

    def screen(self) -> str:
        return self.path("/dev/tty1").read_text().replace("\r", "")

    def run(self, *command: str, given: str = "", secret: bool = False) -> str:
        if command[0] == "openssl" and self._real:
            self.commands.append(command)
            return super().run(*command, given=given, secret=secret)
        self.commands.append(command)
        self.reached(f"before {' '.join(command)}")
        said = self._answer(command, given)
        self.reached(f"after {' '.join(command)}")
        return said

    def _answer(self, command: Sequence[str], given: str) -> str:
        if command[0] == "openssl":
            return self._openssl(command)
        if command == ("ssh-keygen", "-A"):
            self.path("/etc/ssh").mkdir(exist_ok=True)
            self.path("/etc/ssh/ssh_host_ed25519_key").write_text(secrets.token_hex())
            return ""
        return self._commands(command, given)

    def _commands(self, command: Sequence[str], given: str) -> str:  # noqa: C901 — a row for each
        match command:
            case ["findmnt", *_]:
                return "/dev/mmcblk0p2\n"
            case ["sfdisk", "--no-reread", "-N", "2", "/dev/mmcblk0"]:
                assert given == ",+\n"
                self.sectors["mmcblk0p2"] = self.sectors["mmcblk0"] - 1_000_000
            case ["partx", "--update", "--nr", "2", "/dev/mmcblk0"]:
                self._sizes()
            case ["resize2fs", "/dev/mmcblk0p2"]:
                self.file_system = int(self.read("/sys/class/block/mmcblk0p2/size") or 0)
            case ["mariadb", "--batch"]:
                found = re.findall(r"ALTER USER '(\w+)'@'localhost' IDENTIFIED BY '(\w+)'", given)
                self.accounts = dict(found)
            case [_, "exec", "db", "upgrade"]:
                assert set(self.accounts) == {
                    "appliance", "appliance_server", "appliance_rehearsal",
                }  # fmt: skip
                self.schema = True
            case [_, "exec", "devices", "add", kind, name, "--token-stdin"]:
                assert self.schema
                if self.devices.setdefault(name, (kind, given)) != (kind, given):
                    raise CommandFailed(f"Device {name} already exists.")
            case [_, "exec", "rooms", "add", "--if-missing", "--", *numbers]:
                self.rooms += [number for number in numbers if number not in self.rooms]
            case ["useradd", *_, user]:
                with self.path("/etc/passwd").open("a") as file:
                    file.write(f"{user}:x:1000:1000::/home/{user}:/bin/bash\n")
            case ["chpasswd", "--encrypted"]:
                self.path("/etc/shadow").write_text(given)
            case ["hostname" | "systemctl" | "chown" | "rfkill" | "usermod" | "nmcli", *_]:
                pass
            case _:
                raise AssertionError(f"a command that nobody expects: {command}")
        return ""

    def _openssl(self, command: Sequence[str]) -> str:
        """A key is random digits; a certificate says whose key it is."""
        named = dict(pairwise(command))
        match command[1]:
            case "ecparam":
                return f"{secrets.token_hex()}\n"
            case "req":
                Path(named["-out"]).write_text(Path(named["-key"]).read_text())
            case "ca":
                Path(named["-out"]).write_text(f"for {Path(named['-in']).read_text()}")
            case "x509" if "-pubkey" in command:
                return Path(named["-in"]).read_text().removeprefix("for ")
            case "pkey":
                return Path(named["-in"]).read_text()
        return ""

    def _sizes(self) -> None:
        for name, sectors in self.sectors.items():
            folder = self.path(f"/sys/class/block/{name}")
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "size").write_text(f"{sectors}\n")
            (folder / "start").write_text("1000000\n")

    def files(self) -> dict[str, tuple[int, str]]:
        """Path → permissions and content, of everything but what is gone with the power."""
        return {
            str(path.relative_to(self.root)): (stat.S_IMODE(path.lstat().st_mode), _content(path))
            for path in sorted(self.root.rglob("*"))
            if (path.is_symlink() or path.is_file())
            and not str(path.relative_to(self.root)).startswith(("sys/", "dev/", "run/"))
        }


def _content(path: Path) -> str:
    return f"→ {path.readlink()}" if path.is_symlink() else path.read_text()
