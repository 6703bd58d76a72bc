"""What a technician does on a machine of their own: write an inventory, run the playbook."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.release import copy_product

from .machine import Machine
from .tree import PYTHON, SUITE

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOKS = ROOT / "provisioning" / "ansible"
_RECAP = r"(?m)^{}\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)"


def release_file(
    kept: Path,
    version: str | None = None,
    edit: Callable[[Path], None] | None = None,
    *,
    made_before: bool = False,
) -> Path:
    """Make the release of this checkout, for the machine under test.

    Args:
        kept: Where to.
        version: Another version than the product's, for an upgrade.
        edit: Changes a copy of the product, of which the release is made then.
        made_before: Whether one that was made in an earlier run will do.
    """
    if made_before and (
        made := sorted((kept / SUITE).glob(f"appliance-{version or '[0-8]*'}.tar"))
    ):
        return made[-1]
    with tempfile.TemporaryDirectory() as folder:
        source = ROOT
        if edit:
            source = Path(folder) / "product"
            copy_product(ROOT, source)
            edit(source)
        said = subprocess.run(
            [
                sys.executable, "-m", "tools.release", "--platforms", f"{PYTHON}-x86_64",
                "--outdir", str(kept / SUITE), "--source", str(source),
                "--site", str(kept / "site"),
                *(("--version", version) if version else ()),
            ],
            cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    return Path(said.stdout.strip().splitlines()[-1])


class Technician:
    """Provisions a machine.

    Args:
        machine: Reached over SSH only.
        variables: What this shop is, over the inventory's.
        host: Its name in the lab's inventory.
    """

    def __init__(self, machine: Machine, variables: dict[str, Any], host: str = "lobby") -> None:
        self._machine = machine
        self._recap = re.compile(_RECAP.format(host))
        self.site = machine.work / "site"
        self.logs: list[Path] = []
        self.variables: dict[str, Any] = {
            "lab_address": machine.address,
            "appliance_site_dir": str(self.site),
            "ansible_ssh_common_args": " ".join(machine.ssh_options()),
            **variables,
        }

    def run(self, playbook: str, *arguments: str) -> int:
        """Run a playbook of the lab's inventory; returns how many tasks changed something.

        Raises:
            AssertionError: It failed; the log says where.
        """
        log, code = self._play(playbook, *arguments)
        said = log.read_text()
        recap = self._recap.search(said)
        if code or recap is None:
            raise AssertionError(f"{playbook} failed, see {log}:\n{said[-4000:]}")
        return int(recap[2])

    def fail(self, playbook: str, *arguments: str) -> str:
        """Run a playbook that must fail; returns what it said, on one line."""
        log, code = self._play(playbook, *arguments)
        assert code, f"{playbook} did not fail, see {log}"
        return " ".join(log.read_text().split())

    def _play(self, playbook: str, *arguments: str) -> tuple[Path, int]:
        log = (
            self._machine.work / f"ansible-{len(self.logs) + 1}-{playbook.removesuffix('.yml')}.log"
        )
        self.logs.append(log)
        variables = self._machine.work / "variables.json"
        variables.write_text(json.dumps(self.variables))
        with log.open("w") as file:
            code = subprocess.call(
                [
                    str(ROOT / "var/ansible/bin/ansible-playbook"),
                    "--inventory",
                    "inventories/lab",
                    "--extra-vars",
                    f"@{variables}",
                    playbook,
                    *arguments,
                ],
                cwd=PLAYBOOKS,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                timeout=1500,
                env={
                    **os.environ,
                    "ANSIBLE_CONFIG": str(PLAYBOOKS / "ansible.cfg"),
                    "ANSIBLE_HOME": str(self._machine.work / "ansible"),
                },
            )
        return log, code
