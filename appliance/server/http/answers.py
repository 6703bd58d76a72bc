"""How every route answers, errors included."""

from __future__ import annotations

import logging
from typing import Any, Final

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from appliance.server.domain.errors import DomainError, TooManyAttempts, ValidationFailed
from appliance.server.wire.errors import HTTP_STATUS, INTERNAL, refusal, refused
from appliance.words import N_

from .notices import Notices

log = logging.getLogger(__name__)

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
FRAMED_CONTENT_SECURITY_POLICY: Final = CONTENT_SECURITY_POLICY.replace(
    "frame-ancestors 'none'", "frame-ancestors 'self'"
)
"""Of a page that other pages of ours may show in a frame."""


_NOT_FOUND: Final = N_("Page not found.")
_NEEDS_SCRIPT: Final = N_("This page needs JavaScript. Please turn it on, or ask the front desk.")


def json_body() -> Any:
    """The request's JSON.

    Raises:
        ValidationFailed: It is no JSON.
    """
    if not request.is_json:
        raise ValidationFailed("The request must be JSON, with Content-Type: application/json.")
    try:
        body = request.get_json(silent=True)
    except RecursionError:  # lists in lists in lists: correct JSON, and not to be read
        body = None
    if body is None:
        raise ValidationFailed("The request is no JSON object.")
    return body


def wants_page() -> bool:
    """Whether a browser asks for a page, rather than a program for data."""
    return request.accept_mimetypes.quality("text/html") > 0 and "text/html" in str(
        request.accept_mimetypes
    )


def install(app: Flask, notices: Notices | None = None) -> None:
    """Give every route of the application the one error shape and the safe headers.

    Args:
        app: The application.
        notices: What browsers show where programs get that shape; without it they get the same.
    """

    def answer(body: dict[str, Any], status: int, notice: str | None = None) -> Response:
        # An address of programs is none for people: they may be told something else.
        if notices and (_is_form() or request.method in {"GET", "HEAD"}) and wants_page():
            said = _NEEDS_SCRIPT if _is_form() else body["error"]
            response = notices.page(notice or said, status)
        else:
            response = jsonify(body)
            response.status_code = status
        # A file that is missing now may be there after the next upgrade.
        response.headers["Cache-Control"] = "no-store"
        return response

    def domain_error(error: DomainError) -> Response:
        response = answer(refusal(error), HTTP_STATUS[error.code])
        if isinstance(error, TooManyAttempts):
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    def http_error(error: HTTPException) -> Response:
        status = error.code or 500
        response = answer(_described(status), status, None if status >= 500 else _NOT_FOUND)
        if allowed := getattr(error, "valid_methods", None):
            response.headers["Allow"] = ", ".join(sorted(allowed))
        return response

    def bug(error: Exception) -> Response:
        log.error("%s %s failed", request.method, request.path, exc_info=error)
        return answer(INTERNAL, 500)

    app.register_error_handler(DomainError, domain_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, bug)
    app.after_request(_safe_headers)


def _is_form() -> bool:
    """Whether a browser sends a form by itself, as on no page of ours whose script runs."""
    return request.method == "POST" and not request.is_json


def _described(status: int) -> dict[str, Any]:
    """What a program is told that has met no route, or none that takes its kind of request."""
    if status == 404:
        return refused(_NOT_FOUND, "not_found")
    if status == 503:
        return refused(N_("Not ready yet. Please try again soon."), "unavailable")
    if status >= 500:
        return INTERNAL
    sentence = {
        405: "This address does not take this kind of request.",
        413: "The request is too large.",
    }.get(status, "The request is not understood.")
    return refused(sentence, "validation_failed")


def _safe_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    if request.endpoint is None or not request.endpoint.startswith("static"):
        headers.setdefault("Cache-Control", "no-store")
    return response
