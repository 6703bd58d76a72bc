"""The page for technicians names commands, playbooks and units that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from appliance.cli import main
from tests.support.operations_page import PAGE, Block, blocks

ROOT = Path(__file__).parents[2]


def test_every_block_of_commands_says_where_it_is_typed() -> None:
    assert len(blocks()) == PAGE.read_text(encoding="utf-8").count("```sh")


@pytest.mark.parametrize("block", blocks(), ids=lambda block: f"{block.where}-{block.line}")
def test_commands_exist(block: Block) -> None:
    for line in block.text.splitlines():
        for words in re.findall(r"sudo appliance ([a-z][^|>)]*)", line):
            resolves(shlex.split(words))
        for target in re.findall(r"^make ([a-z]+)", line):
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def resolves(words: list[str]) -> None:
    command: click.Command = main
    with click.Context(main) as context:
        while isinstance(command, click.Group):
            found = command.get_command(context, words.pop(0))
            assert found is not None, words
            command = found
        known = {name for parameter in command.params for name in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known


def test_playbooks_and_units_exist() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name in re.findall(r"PLAYBOOK=(\S+\.yml)", text):
        assert (ROOT / "provisioning/ansible" / name).is_file(), name
    for name in re.findall(
        r"\b(appliance-(?:server|peripherals|backup|health)(?:\.timer)?)\b", text
    ):
        unit = name if "." in name else f"{name}.service"
        assert (ROOT / "systemd" / unit).is_file(), name


def test_links_on_the_page_lead_somewhere() -> None:
    text = PAGE.read_text(encoding="utf-8")
    titles = {
        re.sub(r"[^a-z -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^## (.*)$", text, re.MULTILINE)
    }
    assert set(re.findall(r"\(#([a-z-]+)\)", text)) <= titles
