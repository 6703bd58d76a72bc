"""What a technician does on a machine of their own: write an inventory, run the playbook."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from .machine import Machine

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOKS = ROOT / "provisioning" / "ansible"
_RECAP = re.compile(
    r"^lobby\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE
)


def release_file(kept: Path, version: str | None = None) -> Path:
    """Make the release of this checkout, for the machine under test.

    Args:
        kept: Where to.
        version: Another version than the product's, for an upgrade.
    """
    made = subprocess.run(
        [
            sys.executable, "-m", "tools.release", "--platforms", "cp313-x86_64",
            "--outdir", str(kept / "dist"), *(("--version", version) if version else ()),
        ],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return Path(made.stdout.strip().splitlines()[-1])


class Technician:
    """Provisions a machine.

    Args:
        machine: Reached over SSH only.
        variables: What this shop is, over the inventory's.
    """

    def __init__(self, machine: Machine, variables: dict[str, Any]) -> None:
        self._machine = machine
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
        said = log.read_text()
        recap = _RECAP.search(said)
        if code or recap is None:
            raise AssertionError(f"{playbook} failed, see {log}:\n{said[-4000:]}")
        return int(recap[2])
