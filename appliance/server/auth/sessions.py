"""The session cookie: signed, HttpOnly, SameSite, and Secure wherever the page came over TLS."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Final

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature

_LONGEST: Final = 500
_PLAIN_PATH: Final = re.compile(
    r"/(?:[A-Za-z0-9_~-][A-Za-z0-9_.~-]*/)*(?:[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)?"
    r"(?:\?[!$-;=?-\[\]_a-z~]*)?(?:#[!$-;=?-\[\]_a-z~]*)?"
)
"""Names that do not begin with a dot; then perhaps a query and a fragment of printable ASCII."""
_SENT_AGAIN_AFTER: Final = 24 * 3600
"""Seconds after which a cookie that says nothing new is sent again, so that it does not run out."""


class _Session(SecureCookieSession):
    """What a cookie holds, and when it was signed; None where none came."""

    signed_at: datetime | None = None


class Sessions(SecureCookieSessionInterface):
    """Flask's sessions, whose cookie is Secure by how the request came rather than by a setting.

    The kiosk loads the pages over plain http from its own machine, staff over TLS from a trusted
    proxy that says so; both are served by one process.
    """

    session_class = _Session

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 — the base class's signature
        """Whether the browser may send the cookie over TLS only."""
        return bool(request.is_secure)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie holds, however old this machine's clock makes it.

        The tokens in it end in the database, by the time that passes; the base class would refuse a
        cookie that was signed before the clock was set back, or set forward by a month.
        """
        serializer = self.get_signing_serializer(app)
        held = request.cookies.get(self.get_cookie_name(app))
        if serializer is None or not held:
            return self.session_class() if serializer else None
        try:
            content, signed_at = serializer.loads(held, return_timestamp=True)
        except BadSignature:
            return self.session_class()
        session = self.session_class(content)
        session.signed_at = signed_at
        return session

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:  # noqa: ARG002
        """Whether an answer brings the cookie: with what is new, and once a day.

        Not with every answer: one page's answer that is late would bring back what the cookie held
        before somebody logged in on another page of the same browser.
        """
        if session.modified:
            return True
        signed_at = getattr(session, "signed_at", None)
        return (
            session.permanent
            and signed_at is not None
            and abs(time.time() - signed_at.timestamp()) > _SENT_AGAIN_AFTER
        )

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep the cookie for as long as the browser counts, whose clock is not this machine's."""
        super().save_session(app, session, response)
        ours = f"{self.get_cookie_name(app)}="
        lasts = int(app.permanent_session_lifetime.total_seconds())
        cookies = response.headers.getlist("Set-Cookie")
        if session and session.permanent and any(text.startswith(ours) for text in cookies):
            response.headers.setlist(
                "Set-Cookie",
                [f"{text}; Max-Age={lasts}" if text.startswith(ours) else text for text in cookies],
            )


def same_site(following: str) -> str:
    r"""Where to go after the log-in: a path of this site, or nowhere.

    The one place that decides; the page goes where this says. A browser takes `//elsewhere` and
    `/\elsewhere` for another site, drops tabs and line ends before it looks, and makes
    `//elsewhere` of `/..//elsewhere` and `/%2e%2e//elsewhere`. So a path passes only if there is
    nothing to normalise in it: plain names, none of them empty but the last, none of dots alone.
    """
    if len(following) > _LONGEST or not _PLAIN_PATH.fullmatch(following):
        return ""
    return following
