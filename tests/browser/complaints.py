"""What pages say on the console and on the line, where nobody looks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Request, Response

LINE_IS_CUT = (
    # The browser's own words, of which it has many; the page's are what the tests look at.
    r"net::ERR_\w+",
    r"WebSocket connection to .* failed",
    r"\b400\b.*/socket\.io/",  # A poll of a session that a restarted server does not know.
    r"^kiosk: .*\bqr\.svg",  # It asks once more when the line is back.
)
"""What is said where a test cuts a line or restarts the server."""


@dataclass
class Complaints:
    """What went wrong on the screens' pages without anybody seeing it."""

    heard: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def listen(self, name: str, context: BrowserContext) -> None:
        """Write down errors on the console (the security policy's among them) and of the line."""

        def note(what: str) -> None:
            self.heard.append(f"{name}: {what}")

        answered: set[Request] = set()

        def came(answer: Response) -> None:
            answered.add(answer.request)
            if answer.status >= 400:
                note(f"{answer.status} {answer.url}")

        def failed(request: Request) -> None:
            # A page that goes on to another one, or closes, leaves what it is asking for; what it
            # was told, such as that its log-in was right, may be why it goes.
            left = request.method == "GET" or request in answered
            if not left or request.failure != "net::ERR_ABORTED":
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
        context.on("response", came)

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
