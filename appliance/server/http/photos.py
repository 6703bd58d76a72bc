"""The catalogue's photos: brought by a manager, shown to everybody."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import threading
from typing import Final

from flask import Blueprint, Response, request

from appliance.photo import NO_PICTURE, TOO_LARGE
from appliance.server.auth.decorators import require, store_of_app
from appliance.server.domain.errors import Busy, NotFound, ValidationFailed
from appliance.server.domain.states import Role
from appliance.server.store import catalog
from appliance.server.usecases.manager import menu
from appliance.server.wire import serialize
from appliance.server.wire.answers import Json, body

MAX_BYTES: Final = 5 * 1024 * 1024
_PATIENCE_SECONDS: Final = 30
_YEAR: Final = 365 * 24 * 60 * 60
_DIGEST: Final = re.compile("[0-9a-f]{32}")


def create() -> Blueprint:
    """The blueprint."""
    photos = Blueprint("photos", __name__)
    # Each one takes memory while it is read: one after the other.
    turn = threading.Lock()

    @photos.post("/api/manager/photos")
    def keep() -> Json:
        require(Role.MANAGER)
        request.max_content_length = MAX_BYTES
        content = request.get_data(cache=False)
        if not turn.acquire(timeout=_PATIENCE_SECONDS):
            raise Busy("Other photos are being read. Try again in a moment.")
        try:
            made = _small(content)
        finally:
            turn.release()
        digest = hashlib.sha256(made).hexdigest()[:32]
        store_of_app().run(lambda unit: menu.keep_photo(unit, digest, made), repeatable=True)
        return body(serialize.kept_photo(digest))

    @photos.get("/catalog/photos/<digest>.jpg")
    def show(digest: str) -> Response:
        known = _DIGEST.fullmatch(digest) is not None
        content = (
            store_of_app().run(lambda unit: catalog.photo(unit.session, digest)) if known else None
        )
        if content is None:
            raise NotFound("Page not found.")
        response = Response(content, mimetype="image/jpeg")
        response.set_etag(digest)
        response.cache_control.public = True
        response.cache_control.max_age = _YEAR
        response.cache_control.immutable = True
        response.make_conditional(request)
        return response

    return photos


def _small(content: bytes) -> bytes:
    """The photo as it is kept, made by a program of its own: see `appliance.photo`.

    Raises:
        ValidationFailed: It is no picture, or one with too many pixels.
        Busy: It took too long.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "appliance.photo"],
            input=content,
            capture_output=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Busy("The photo takes too long to read. Try a smaller one.") from None
    if done.returncode == TOO_LARGE:
        raise ValidationFailed("This photo is too large. Make it smaller and try again.")
    if done.returncode == NO_PICTURE or not done.stdout:
        raise ValidationFailed("This is not a JPEG, PNG or WebP photo, or the file is damaged.")
    return done.stdout
