"""Whatever is written into the history has a sentence on the manager's page.

What is written is read from the source: each call of `record` or `note`, and of whatever hands its
own argument on to one of them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from appliance.server.domain import security
from appliance.server.domain.visits import Event

ROOT = Path(__file__).parents[2]
SERVER = ROOT / "appliance" / "server"
SENTENCES = ROOT / "appliance" / "staff_ui" / "static" / "manager" / "history" / "sentences.js"
WRITERS = {("record", 0), ("note", 0)}
"""Function and place of the argument that names what happened."""
BY_EVENT = re.compile(r"^  (\w+): \(\) => t\(", re.MULTILINE)


def sentences() -> set[str]:
    """What the page has words for."""
    table = SENTENCES.read_text().partition("export const EVENTS = {")[2].partition("\n};")[0]
    return set(BY_EVENT.findall(table))


def constants_of(module: ast.Module) -> Iterator[tuple[str, str]]:
    """The words that a module's constants stand for."""
    for line in module.body:
        if isinstance(line, ast.AnnAssign | ast.Assign):
            targets = line.targets if isinstance(line, ast.Assign) else [line.target]
            match targets, line.value:
                case [ast.Name(id=name)], ast.Constant(value=str(word)):
                    yield name, word


def argument(call: ast.Call, place: int) -> ast.expr | None:
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    return call.args[place] if len(call.args) > place else named.get("event")


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def calls_in(node: ast.AST) -> list[ast.Call]:
    return [each for each in ast.walk(node) if isinstance(each, ast.Call)]


def handed_on(
    functions: list[ast.FunctionDef], writers: set[tuple[str, int]]
) -> set[tuple[str, int]]:
    """The writers, and what hands its own `event` on to one of them."""
    found = set(writers)
    for function in functions:
        names = [each.arg for each in function.args.args if each.arg != "self"]
        if "event" in names and any(
            isinstance(given := argument(call, place), ast.Name) and given.id == "event"
            for call in calls_in(function)
            for name, place in writers
            if called(call) == name
        ):
            found.add((function.name, names.index("event")))
    return found if found == writers else handed_on(functions, found)


def words(expression: ast.expr | None, constants: dict[str, set[str]]) -> Iterator[str]:
    """The words that an argument may be."""
    match expression:
        case ast.Constant(value=str(word)):
            yield word
        case ast.Name(id=name) if name in constants:
            yield from constants[name]
        case ast.IfExp(body=one, orelse=other):
            yield from words(one, constants)
            yield from words(other, constants)


@cache
def written() -> frozenset[str]:
    """What the server writes into the history."""
    modules = [ast.parse(path.read_text()) for path in sorted(SERVER.rglob("*.py"))]
    constants: dict[str, set[str]] = {}
    for name, word in (pair for module in modules for pair in constants_of(module)):
        constants.setdefault(name, set()).add(word)
    functions = [
        node for module in modules for node in ast.walk(module) if isinstance(node, ast.FunctionDef)
    ]
    writers = handed_on(functions, WRITERS)
    calls = [call for module in modules for call in calls_in(module)]
    told = {
        word
        for call in calls
        for name, place in writers
        if called(call) == name
        for word in words(argument(call, place), constants)
    }
    return frozenset(told | {event.value for event in Event} | security.NOTHING_CHANGED)


def test_the_source_is_read() -> None:
    assert {
        "cashier_reprint",  # handed on
        "cashier_open_drawer",  # a constant
        "approval_failed",  # noted
        "therapist_release",  # decided
        "shift_close",
        "duty_break",
    } <= written()


def test_everything_that_is_written_has_a_sentence() -> None:
    assert written() - sentences() == set()
