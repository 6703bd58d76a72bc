"""From the bytes on the card to a tree of texts: YAML without its surprises.

No value has a type here: `NO` is a word, `0101` keeps its zero. What YAML offers beyond names,
texts and lists (aliases, tags, several documents) is refused: a file means what a reader sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import yaml

MOST_BYTES: Final = 64 * 1024
"""Some forty times the example; a larger file is another one."""
_DEEPEST: Final = 8


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """What is wrong, for the person who edited the file on a laptop.

    Attributes:
        line: Where, counted from 1; 0 where it is about the whole file.
        sentence: What is wrong and what to write.
    """

    line: int
    sentence: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.sentence}" if self.line else self.sentence


class Mistaken(Exception):
    """The file cannot be used.

    Args:
        mistakes: All that were found, at least one.
    """

    def __init__(self, *mistakes: Mistake) -> None:
        self.mistakes: Final = tuple(sorted(mistakes))
        super().__init__("\n".join(map(str, self.mistakes)))


@dataclass(frozen=True, slots=True)
class Text:
    """One value, as it is written.

    Attributes:
        line: Where.
        value: Without its quotes.
    """

    line: int
    value: str


@dataclass(frozen=True, slots=True)
class Group:
    """Names with what stands behind them.

    Attributes:
        line: Where it begins.
        names: Name → the line of the name, and what stands behind it.
    """

    line: int
    names: dict[str, tuple[int, Tree]]


@dataclass(frozen=True, slots=True)
class Entries:
    """A list.

    Attributes:
        line: Where it begins.
        entries: In their order.
    """

    line: int
    entries: tuple[Tree, ...]


Tree = Text | Group | Entries


def read(content: bytes) -> Group:
    """Read a file.

    Args:
        content: Of the file, as any editor on any system saves it, but in UTF-8.

    Returns:
        Its names; none where the file is empty or has comments only.

    Raises:
        Mistaken: It is no text, or no YAML of the kind described above.
    """
    text = _decoded(content)
    _refuse_tabs(text)
    try:
        _refuse_surprises(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError:
        raise Mistaken(Mistake(0, _NOT_TEXT)) from None
    except yaml.MarkedYAMLError as error:
        raise Mistaken(_told(error, text)) from None
    if root is None:
        return Group(1, {})
    tree = _tree(root)
    if not isinstance(tree, Group):
        raise Mistaken(Mistake(tree.line, _NO_COLON))
    return tree


_NOT_TEXT: Final = (
    "This is not a text file. Write it with a plain text editor, such as Notepad or TextEdit, from "
    "the example that came with the card."
)
_NO_COLON: Final = (
    "A colon is missing. Write `name: value`, with a space after the colon; a text that has a "
    'colon of its own belongs in quotes: "so: it is".'
)


def _decoded(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise Mistaken(
            Mistake(
                0,
                f"The file has more than {MOST_BYTES // 1024} KB, which is the most that is read. "
                "Start again from the example that came with the card.",
            )
        )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Mistaken(
            Mistake(0, "The file is saved as UTF-16. Save it again with the encoding UTF-8.")
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\0" in content:
            raise Mistaken(Mistake(0, _NOT_TEXT)) from None
        line = content.count(b"\n", 0, error.start) + 1
        raise Mistaken(
            Mistake(
                line,
                "A letter here is not saved as UTF-8. Save the file again with the encoding UTF-8 "
                "(in Notepad: Save as, Encoding).",
            )
        ) from None
    if "\0" in text:
        raise Mistaken(Mistake(0, _NOT_TEXT))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _refuse_tabs(text: str) -> None:
    wrong = [
        Mistake(number, "There is a tab at the beginning. Use spaces instead, two for each step.")
        for number, line in enumerate(text.split("\n"), 1)
        if re.match(r" *\t\s*[^\s#]", line)
    ]
    if wrong:
        raise Mistaken(*wrong)


def _refuse_surprises(text: str) -> None:
    """Look at the file's events, of which none is built, however much it would be."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise Mistaken(
                    Mistake(line, "A second part begins here with `---`. Remove this line.")
                )
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Mistaken(
                Mistake(
                    line,
                    "A value that begins with & or * means something else here. Put it in quotes, "
                    'such as "*value".',
                )
            )
        if getattr(event, "tag", None) is not None:
            raise Mistaken(
                Mistake(
                    line,
                    "A value that begins with ! means something else here. Put it in quotes, such "
                    'as "!value".',
                )
            )
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise Mistaken(
                Mistake(line, "There are too many brackets or indented lines inside each other.")
            )


_SENTENCES: Final = (
    ("could not find expected ':'", _NO_COLON),
    ("mapping values are not allowed", _NO_COLON),
    (
        "unexpected end of stream",
        "A quotation mark is opened here and never closed. Write one at the end of the value.",
    ),
    (
        "expected ',' or",
        "A bracket is opened and never closed, or a comma is missing: [ticket, receipt].",
    ),
    (
        "unknown escape character",
        "A backslash in a text with double quotes means something else. Use single quotes: 'a\\b'.",
    ),
    (
        "expected <block end>",
        "This line is indented differently from the others. Put the same number of spaces there.",
    ),
    (
        "cannot start any token",
        "A value begins with a character that means something else here. Put it in quotes.",
    ),
    ("expected the node content", "A value is missing here, or belongs in quotes."),
)


def _told(error: yaml.MarkedYAMLError, text: str) -> Mistake:
    problem = error.problem or ""
    mark = error.problem_mark or error.context_mark
    for words, sentence in _SENTENCES:
        if words in problem:
            # Where it began is where the reader has to look, not where YAML gave up.
            where = error.context_mark if error.context_mark and "never" in sentence else mark
            line = _line(where, text)
            return Mistake(_without_colon(text, line) if sentence == _NO_COLON else line, sentence)
    return Mistake(
        _line(mark, text),
        "This line is not understood. Compare it with the example that came with the card.",
    )


def _without_colon(text: str, at_most: int) -> int:
    """The first line that has no `name: `; YAML notices only at the next one that has."""
    for number, line in enumerate(text.split("\n")[:at_most], 1):
        words = line.split(" #")[0].strip()
        if words and words[0] not in "#-[{" and not re.search(r":(\s|$)", words):
            return number
    return at_most


def _line(mark: yaml.Mark | None, text: str) -> int:
    if mark is None:
        return 0
    lines = text.split("\n")
    line = min(int(mark.line), len(lines) - 1)
    # YAML gives up on the line after; an empty one helps nobody.
    while line and not lines[line].strip():
        line -= 1
    return line + 1


def _tree(node: yaml.Node) -> Tree:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return Entries(line, tuple(map(_tree, node.value)))
    if isinstance(node, yaml.MappingNode):
        return Group(line, dict(_names(node)))
    return Text(line, str(node.value).strip())


def _names(node: yaml.MappingNode) -> Iterator[tuple[str, tuple[int, Tree]]]:
    seen: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise Mistaken(Mistake(line, _NO_COLON))
        name = str(key.value)
        if name in seen:
            raise Mistaken(
                Mistake(
                    line,
                    f"`{name}` stands twice, here and in line {seen[name]}. Keep the one you mean.",
                )
            )
        seen[name] = line
        yield name, (line, _tree(value))
