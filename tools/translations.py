"""Keeps the catalogues in step with the source, or checks that they are.

`python -m tools.translations` collects the sentences from Python, templates and scripts into
`appliance/locale/messages.pot`, adds the new ones to every language's catalogue and drops those
that nothing shows any more. What is left to translate is listed. With `--check` nothing is written,
and a sentence that is missing, unused, untranslated or has other parameters fails.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from appliance.translations import LANGUAGES, LOCALE_FOLDER, SOURCE_LANGUAGE, catalogue_file

ROOT: Final = Path(__file__).parents[1]
TEMPLATE: Final = LOCALE_FOLDER / "messages.pot"
KEYWORDS: Final = {
    "_": None,
    "gettext": None,
    "N_": None,
    # Every refusal's sentence may come to a screen, but for those about a program's mistakes.
    "AuthenticationRequired": (1,),
    "Busy": (1,),
    "Forbidden": (1,),
    "InsufficientPayment": (1,),
    "InvalidCredentials": (1,),
    "InvalidState": (1,),
    "NotFound": (1,),
    "NothingWaiting": (1,),
    "RoomUnavailable": (1,),
    "TooManyAttempts": (1,),
    "Unavailable": (1,),
}
_PARAMETER: Final = re.compile(r"\{(\w+)\}")

Id = str | tuple[str, str]


@dataclass
class Found:
    """The sentences of the source.

    Attributes:
        places: Sentence → the files that show it.
        mistakes: What cannot be translated as it is written.
    """

    places: dict[Id, set[str]] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)

    def add(self, msgid: Id, file: str) -> None:
        """Write a sentence down."""
        self.places.setdefault(msgid, set()).add(file)


def collect() -> Found:
    """Every sentence that the source shows to people."""
    found = Found()
    for path in _files("*.py"):
        _extract(found, path, "python")
    for path in _files("*.html"):
        _extract(found, path, "jinja2.ext:babel_extract")
    scripts = [str(path.relative_to(ROOT)) for path in _files("*.js")]
    for file, line, keyword, sentences in _from_scripts(scripts):
        if None in sentences or not sentences:
            # `N_` has marked it elsewhere, and `t` is handed a variable.
            if keyword != "t":
                found.mistakes.append(f"{file}:{line}: {keyword}() needs sentences written out")
        elif keyword == "tn":
            found.add((sentences[0] or "", sentences[1] or ""), file)
        else:
            found.add(sentences[0] or "", file)
    singulars = {msgid[0] for msgid in found.places if isinstance(msgid, tuple)}
    found.mistakes += [
        f"{msgid!r} is translated both with and without plural"
        for msgid in found.places
        if msgid in singulars
    ]
    return found


def _files(pattern: str) -> Iterator[Path]:
    for path in sorted((ROOT / "appliance").rglob(pattern)):
        if not {"vendor", "bundles"} & set(path.parts):
            yield path


def _extract(found: Found, path: Path, method: str) -> None:
    with path.open("rb") as file:
        for _line, msgid, _comments, _context in extract(
            method, file, KEYWORDS, options={"encoding": "utf-8"}
        ):
            name = str(path.relative_to(ROOT))
            if isinstance(msgid, tuple):
                found.add((msgid[0], msgid[1]), name)
            elif msgid:
                found.add(msgid, name)


def _from_scripts(files: list[str]) -> list[tuple[str, int, str, list[str | None]]]:
    node = shutil.which("node") or str(ROOT / "var" / "node" / "bin" / "node")
    done = subprocess.run(  # noqa: S603 — our own script and our own files
        [node, "tools/extract_strings.js", *files],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    )
    return [tuple(row) for row in json.loads(done.stdout)]


def render(found: Found, language: str | None) -> str:
    """A catalogue's text: `.pot` without a language, else `.po` with what was translated before."""
    known = _known(language) if language else {}
    catalogue = Catalog(locale=language, fuzzy=False)
    if language:
        # Babel fits the number of forms to the rule; the rule is ours.
        count, expression = _rule(language)
        vars(catalogue).update(_num_plurals=count, _plural_expr=expression)
    for msgid in sorted(found.places, key=_order):
        locations = [(file, 0) for file in sorted(found.places[msgid])]
        before = known.get(_order(msgid))
        same_kind = before is not None and isinstance(before.id, tuple) == isinstance(msgid, tuple)
        catalogue.add(msgid, before.string if before and same_kind else None, locations=locations)
    buffer = io.BytesIO()
    # Which file shows a sentence stands in the template alone: files may move without a change.
    write_po(
        buffer,
        catalogue,
        width=100,
        omit_header=True,
        include_lineno=False,
        no_location=language is not None,
    )
    head = ['msgid ""', 'msgstr ""']
    if language:
        head.append(f'"Language: {language}\\n"')
        head.append(f'"Plural-Forms: {LANGUAGES[language].plural_forms}\\n"')
    head.append('"Content-Type: text/plain; charset=utf-8\\n"')
    head.append('"Content-Transfer-Encoding: 8bit\\n"')
    return "\n".join(head) + "\n\n" + buffer.getvalue().decode().strip() + "\n"


def _rule(language: str) -> tuple[int, str]:
    rule = LANGUAGES[language].plural_forms
    count, expression = re.findall(r"nplurals=(\d+); plural=(.*);", rule)[0]
    return int(count), expression


def _order(msgid: Id) -> str:
    return msgid if isinstance(msgid, str) else msgid[0]


def _first(forms: str | Sequence[str]) -> str:
    return forms if isinstance(forms, str) else forms[0]


def _known(language: str) -> dict[str, Message]:
    path = catalogue_file(language)
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {_first(message.id): message for message in read_po(file, locale=language)}


def gaps(found: Found, language: str) -> list[str]:
    """What a language's catalogue lacks, has too much, or says with other parameters."""
    known = _known(language)
    problems = [
        f"{language}: {order!r} is not used any more"
        for order in known.keys() - {""} - {*map(_order, found.places)}
    ]
    for msgid in sorted(found.places, key=_order):
        message = known.get(_order(msgid))
        forms = [message.string] if message and isinstance(message.string, str) else []
        if message and not forms:
            forms = list(message.string or ())
        if not forms or not all(forms):
            problems.append(f"{language}: {_order(msgid)!r} is not translated")
        elif message and message.fuzzy:
            problems.append(f"{language}: {_order(msgid)!r} is marked as fuzzy")
        else:
            problems += _parameter_problems(language, msgid, forms)
    return problems


def _parameter_problems(language: str, msgid: Id, forms: list[str]) -> list[str]:
    """Each form may leave a number out ("nobody is waiting"), but for the last, the general one."""
    wanted = set(_PARAMETER.findall(msgid if isinstance(msgid, str) else msgid[1]))
    problems = []
    for place, form in enumerate(forms):
        has = set(_PARAMETER.findall(form))
        complete = has == wanted if place == len(forms) - 1 else has <= wanted
        if not complete:
            problems.append(
                f"{language}: {form!r} has parameters {sorted(has)}, not {sorted(wanted)}"
            )
    return problems


def main(arguments: list[str]) -> int:
    """Write the catalogues, or with `--check` only look."""
    found = collect()
    translated = [code for code in LANGUAGES if code != SOURCE_LANGUAGE]
    texts = {TEMPLATE: render(found, None)}
    texts |= {catalogue_file(language): render(found, language) for language in translated}
    problems = list(found.mistakes)
    if "--check" in arguments:
        problems += [
            f"{path.relative_to(ROOT)} is stale: run make translations"
            for path, text in texts.items()
            if not path.exists() or path.read_text(encoding="utf-8") != text
        ]
    else:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for language in translated:
        problems += gaps(found, language)
    for problem in problems:
        print(problem, file=sys.stderr)  # noqa: T201
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
