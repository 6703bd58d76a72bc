"""The session cookie: signed, HttpOnly, SameSite, and Secure wherever the page came over TLS."""

from __future__ import annotations

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface


class Sessions(SecureCookieSessionInterface):
    """Flask's sessions, whose cookie is Secure by how the request came rather than by a setting.

    The kiosk loads the pages over plain http from its own machine, staff over TLS from a trusted
    proxy that says so; both are served by one process.
    """

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 — the base class's signature
        """Whether the browser may send the cookie over TLS only."""
        return bool(request.is_secure)


def same_site(following: str) -> str:
    r"""Where to go after the log-in: a path of this site, or nowhere.

    A browser takes `//elsewhere` and `/\elsewhere` for another site, and drops tabs and line ends
    before it looks.
    """
    if (
        not following.startswith("/")
        or following.startswith("//")
        or "\\" in following
        or any(character <= " " or character == "\x7f" for character in following)
        or len(following) > 500
    ):
        return ""
    return following
