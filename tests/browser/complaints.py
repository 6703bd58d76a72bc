"""What pages say on the console and on the line, where nobody looks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Request


@dataclass
class Complaints:
    """What went wrong on the screens' pages without anybody seeing it."""

    heard: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def listen(self, name: str, context: BrowserContext) -> None:
        """Write down errors on the console (the security policy's among them) and of the line."""

        def note(what: str) -> None:
            self.heard.append(f"{name}: {what}")

        def failed(request: Request) -> None:
            # A page that goes on to another one, or closes, leaves what it is asking for.
            if request.method != "GET" or request.failure != "net::ERR_ABORTED":
                note(f"{request.method} {request.url} failed: {request.failure}")

        context.on(
            "console",
            lambda message: (
                note(f"console: {message.text} ({message.location.get('url')})")
                if message.type == "error"
                else None
            ),
        )
        context.on("weberror", lambda error: note(f"uncaught: {error.error}"))
        context.on("requestfailed", failed)
        context.on(
            "response",
            lambda answer: note(f"{answer.status} {answer.url}") if answer.status >= 400 else None,
        )

    def expect(self, pattern: str) -> None:
        """Something that belongs to the test: a page that asks for a log-in answers 401."""
        self.expected.append(pattern)

    def unexpected(self) -> list[str]:
        """What was heard and does not belong to the test."""
        return [
            each
            for each in self.heard
            if not any(re.search(pattern, each) for pattern in self.expected)
        ]
