"""Writes what is generated for those who read, or checks that it is not stale.

`docs/transitions.md` is drawn from the tables of visits and papers, `docs/events.md` and the
screens' `types.js` from the table of events and the shapes of answers.
"""

from __future__ import annotations

import sys
from pathlib import Path

from appliance.server.domain import papers
from appliance.server.domain.states import TERMINAL, TransactionStatus
from appliance.server.domain.visits import TABLE, Transition

from . import events_page, types_js

ROOT = Path(__file__).parents[1]

HEAD = """# Transitions
Generated from `appliance/server/domain/visits/table.py` by `make docs`; `make check` fails when
it is stale. A transition that is not a row here does not exist.

"""


def picture() -> str:
    """The state machine as a Mermaid diagram."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for row in TABLE:
        arrows.setdefault((row.source or "[*]", row.target), []).append(row.event)
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [
        f"    {source} --> {target}: {' / '.join(events)}"
        for (source, target), events in arrows.items()
    ]
    lines += [f"    {state} --> [*]" for state in TransactionStatus if state in TERMINAL]
    return "\n".join([*lines, "```"])


def table() -> str:
    """The state machine as a Markdown table."""
    head = "| event | from | to | who | guard | effects |\n|---|---|---|---|---|---|"
    return "\n".join([head, *(_row(row) for row in TABLE)])


def _row(row: Transition) -> str:
    who = f"that {row.role}" if row.owner is not None else str(row.role)
    effects = [effect.value for effect in row.effects]
    if row.takes is not None:
        effects.insert(0, f"sets `{row.takes}`")
    effects += [f"stamps `{name}`" for name in row.stamps]
    effects += [f"clears `{name}`" for name in row.clears]
    cells = [
        f"`{row.event}`",
        f"`{row.source}`" if row.source else "–",
        f"`{row.target}`",
        who,
        ", ".join(guard.value for guard in row.guards),
        ", ".join(effects),
    ]
    return f"| {' | '.join(cells)} |"


PAPERS = """
## Papers
From `appliance/server/domain/papers.py`. What has a row with the same state twice changes nothing
but what the row says; a second paper of the same kind is owed only when the first and all its
copies have come out or been dropped.

| event | from | to | who | marked COPY |
|---|---|---|---|---|
"""


def paper_table() -> str:
    """What can happen to a paper, as a Markdown table."""
    return "\n".join(
        f"| {row.event} | `{row.source}` | `{row.target}` | {row.by} | {row.mark} |"
        for row in papers.TABLE
    )


def files() -> dict[str, str]:
    """What is generated: path → content."""
    return {
        "docs/transitions.md": f"{HEAD}{picture()}\n\n{table()}\n{PAPERS}{paper_table()}\n",
        "docs/events.md": events_page.page(),
        "appliance/web_common/static/types.js": types_js.module(),
    }


def main() -> int:
    """Write the files, or with `--check` say whether they are current."""
    made = files()
    stale = [path for path, content in made.items() if _read(ROOT / path) != content]
    if "--check" in sys.argv[1:]:
        for path in stale:
            sys.stderr.write(f"{path} is stale: run `make docs`\n")
        return 1 if stale else 0
    for path in stale:
        (ROOT / path).write_text(made[path], encoding="utf-8")
    return 0


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
