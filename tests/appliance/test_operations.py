"""The commands of docs/operations.md, typed as the page says."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.support.operations_page import Block, blocks

from .machine import Machine
from .technician import Technician


@pytest.mark.parametrize("block", blocks(), ids=lambda block: f"{block.where}-{block.line}")
def test_the_page_works(
    block: Block, technician: Technician, machine: Machine, next_release: Path
) -> None:
    if block.where == "appliance":
        machine.ssh(f"set -e\n{block.text}")
        return
    for line in block.text.splitlines():
        # `make release` is what the fixtures have done already, for the container's processor.
        if line == "make release":
            continue
        words = dict(word.split("=", 1) for word in shlex.split(line) if "=" in word)
        playbook = words.get("PLAYBOOK", "site.yml")
        arguments = shlex.split(words.get("PROVISION_ARGS", ""))
        if playbook == "upgrade.yml":
            arguments += ["--extra-vars", f"release_file={next_release}"]
        technician.run(playbook, *arguments)
