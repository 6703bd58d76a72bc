"""What a builder with another processor than a Pi's needs, and how lgpio comes into its image."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

from tools.image import build, check, foreign, lgpio
from tools.image.programs import NoImage

ROLES = build.PLAYBOOKS / "roles"


def programs_that_say(folder: Path, monkeypatch: pytest.MonkeyPatch, **said: str) -> None:
    """Put programs first in PATH that are a line of shell each."""
    for name, line in said.items():
        program = folder / name.replace("_", "-")
        program.write_text(f"#!/bin/sh\n{line}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_this_machines_own_processor_is_not_foreign() -> None:
    assert not foreign.is_foreign(platform.machine())
    assert foreign.is_foreign("riscv64")


def test_a_builder_that_cannot_emulate_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs_that_say(tmp_path, monkeypatch, arch_test="exit 1")
    with pytest.raises(NoImage, match=r"arm64.*Install qemu-user-binfmt.*systemd-binfmt"):
        foreign.require("arm64")
    # An emulator is as good as the processor: `-n` would ask for that one.
    programs_that_say(tmp_path, monkeypatch, arch_test='test "$*" = arm64')
    foreign.require("arm64")


@pytest.mark.parametrize(("version", "is_slow"), [("7.2.18", True), ("10.0.2", False)])
def test_an_old_emulator_is_warned_of(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    version: str,
    is_slow: bool,
) -> None:
    said = f"echo 'qemu-aarch64 version {version} (Debian)'"
    programs_that_say(tmp_path, monkeypatch, qemu_aarch64=said)
    foreign.warn_of_slow_emulator("aarch64")
    assert ("nine times as long" in capsys.readouterr().err) == is_slow


def test_the_builders_python_is_on_the_images_processor(tmp_path: Path) -> None:
    for name in ("usr/lib64/ld-linux-x86-64.so.2", "usr/bin/python3.13"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    own = tmp_path / "usr/lib/python3.13"
    own.mkdir(parents=True)
    (own / "sitecustomize.py").symlink_to("/etc/python3.13/sitecustomize.py")
    foreign.prepare(tmp_path, "aarch64")
    for program in ("python", "check-firewall"):
        assert "/run/native/usr/lib64/ld-linux-x86-64.so.2" in (tmp_path / program).read_text()
    said = subprocess.run(
        [sys.executable, "-c", "import platform; print(platform.machine())"],
        env={"PYTHONPATH": str(own)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "aarch64\n"


def test_the_pins_library_is_packed_under_the_name_that_the_role_asks_for(tmp_path: Path) -> None:
    wheel = tmp_path / "lgpio-0.2.2.0-cp313-cp313-linux_aarch64.whl"
    with ZipFile(wheel, "w") as content:
        for name in ("lgpio.py", "_lgpio.cpython-313-aarch64-linux-gnu.so", "x.dist-info/RECORD"):
            content.writestr(name, name)
    made = [tmp_path / "one.deb", tmp_path / "two.deb"]
    for target in made:
        lgpio.pack(wheel, "arm64", target, 1_700_000_000)
    assert made[0].read_bytes() == made[1].read_bytes()

    def asked(*arguments: str) -> str:
        return subprocess.run(
            ["dpkg-deb", *arguments], capture_output=True, text=True, check=True
        ).stdout

    role = yaml.safe_load((ROLES / "release/tasks/main.yml").read_text())
    wanted = [each.get("ansible.builtin.apt", {}).get("name") for each in role]
    assert asked("--field", str(made[0]), "Package").strip() in wanted
    assert asked("--field", str(made[0]), "Architecture").strip() == "arm64"
    files = set(re.findall(r"\S+/dist-packages/(\S+)", asked("--contents", str(made[0]))))
    assert files == {"lgpio.py", "_lgpio.cpython-313-aarch64-linux-gnu.so"}


def test_only_templates_say_who_manages_a_file() -> None:
    """In a task's own content the name is not known, and the task fails."""
    tasks = [*ROLES.rglob("tasks/*.yml"), *ROLES.rglob("handlers/*.yml")]
    assert tasks
    assert [str(path) for path in tasks if "ansible_managed" in path.read_text()] == []


BOOT = {
    "lobby.yaml": "# Which lobby this is.\n",
    "cmdline.txt": "console=tty0 root=LABEL=lobbyroot rw net.ifnames=0 rootwait quiet\n",
    "config.txt": "# kernel=old\narm_64bit=1\nkernel=vmlinuz-7\ninitramfs initrd.img-7\n",
    **dict.fromkeys(
        ("start4.elf", "bcm2711-rpi-4-b.dtb", "bcm2712-rpi-5-b.dtb", "vmlinuz-7", "initrd.img-7"),
        "",
    ),
}


def test_a_boot_partition_as_a_pi_needs_it_has_no_fault() -> None:
    assert check.faults_of_boot(BOOT, build.ARCHES["arm64"]) == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"cmdline.txt": "root=/dev/sda2 rw"}, "cmdline.txt: starts from /dev/sda2"),
        (
            {"cmdline.txt": "root=LABEL=lobbyroot rw cma=64M"},
            "cmdline.txt: reserves memory by cma=, with which a Pi 4 does not start",
        ),
        ({"config.txt": "kernel=vmlinuz-7\n"}, "config.txt: names no kernel with its initrd"),
        (
            {"config.txt": "kernel=vmlinuz-8\ninitramfs initrd.img-7\n"},
            "vmlinuz-8: is not there",
        ),
    ],
)
def test_a_boot_partition_that_starts_no_pi_is_refused(changed: dict[str, str], fault: str) -> None:
    assert check.faults_of_boot(BOOT | changed, build.ARCHES["arm64"]) == [fault]
