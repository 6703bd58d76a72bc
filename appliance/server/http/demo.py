"""What only a demo has: starting over. Without `APPLIANCE_DEMO_FILE` there is no such route."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint

from appliance.server.auth.decorators import check_csrf
from appliance.server.demo_data import RESET_FILE
from appliance.server.wire.answers import Done, body


def create(demo_file: Path | None) -> Blueprint:
    """The demo's own routes.

    Args:
        demo_file: `demo.json` of a running demo; None for a shop, which gets none of them.
    """
    demo = Blueprint("demo", __name__)
    if demo_file is None:
        return demo

    @demo.post("/demo/reset")
    def reset() -> dict[str, Any]:
        check_csrf()
        # Who runs the demo looks for it, ends this process, and begins with fresh data.
        demo_file.with_name(RESET_FILE).touch()
        return body(Done())

    return demo
