"""How every route answers, errors included."""

from __future__ import annotations

import logging
from typing import Any, Final

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from appliance.server.domain.errors import DomainError, TooManyAttempts, ValidationFailed
from appliance.server.wire.errors import HTTP_STATUS, INTERNAL, refusal, refused
from appliance.words import N_

log = logging.getLogger(__name__)

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
FRAMED_CONTENT_SECURITY_POLICY: Final = CONTENT_SECURITY_POLICY.replace(
    "frame-ancestors 'none'", "frame-ancestors 'self'"
)
"""Of a page that other pages of ours may show in a frame."""


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


def install(app: Flask) -> None:
    """Give every route of the application the one error shape and the safe headers."""
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _bug)
    app.after_request(_safe_headers)


def _domain_error(error: DomainError) -> Response:
    response = jsonify(refusal(error))
    response.status_code = HTTP_STATUS[error.code]
    if isinstance(error, TooManyAttempts):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if status == 404:
        body = refused(N_("Page not found."), "not_found")
    elif status == 503:
        body = refused(N_("Not ready yet. Please try again soon."), "unavailable")
    elif status >= 500:
        body = INTERNAL
    else:
        sentence = {
            405: "This address does not take this kind of request.",
            413: "The request is too large.",
        }.get(status, "The request is not understood.")
        body = refused(sentence, "validation_failed")
    response = jsonify(body)
    response.status_code = status
    if allowed := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _bug(error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    response = jsonify(INTERNAL)
    response.status_code = 500
    return response


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
