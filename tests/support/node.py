"""The screens' own JavaScript, without a browser: what imports nothing of a page."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def run_node(program: str, given: Any = None) -> Any:
    """Run a module in the repository's root.

    Args:
        program: Finds what it is given in `given`, and prints JSON.
        given: What JSON can say.
    """
    node = shutil.which("node") or str(ROOT / "var" / "node" / "bin" / "node")
    begin = "let text = ''; for await (const part of process.stdin) text += part;"
    said = subprocess.run(
        [
            node,
            "--input-type=module",
            "--eval",
            f"{begin} const given = JSON.parse(text); {program}",
        ],
        cwd=ROOT,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return json.loads(said)
