"""The commands of docs/operations.md, typed as the page says."""

from __future__ import annotations

import shlex

import pytest

from tests.support.operations_page import Block, blocks

from .machine import Machine
from .technician import Technician


@pytest.mark.parametrize("block", blocks(), ids=lambda block: f"{block.where}-{block.line}")
def test_the_page_works(block: Block, technician: Technician, machine: Machine) -> None:
    if block.where == "appliance":
        machine.ssh(f"set -e\n{block.text}")
        return
    for line in block.text.splitlines():
        # `make release` is what the fixture has done already, for the container's processor.
        if line != "make release":
            words = dict(word.split("=", 1) for word in shlex.split(line) if "=" in word)
            technician.run(
                words.get("PLAYBOOK", "site.yml"), *shlex.split(words.get("PROVISION_ARGS", ""))
            )
