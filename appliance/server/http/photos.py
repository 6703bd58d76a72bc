"""The catalogue's photos: brought by a manager, shown to everybody."""

from __future__ import annotations

import re
import threading
from typing import Final

from flask import Blueprint, Response, request

from appliance.server.auth.decorators import require, store_of_app
from appliance.server.domain.errors import Busy, NotFound
from appliance.server.domain.states import Role
from appliance.server.store import catalog
from appliance.server.usecases.manager import menu
from appliance.server.wire import photo_file, serialize
from appliance.server.wire.answers import Json, body

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
        request.max_content_length = photo_file.MAX_BYTES
        content = request.get_data(cache=False)
        if not turn.acquire(timeout=_PATIENCE_SECONDS):
            raise Busy("Other photos are being read. Try again in a moment.")
        try:
            kept = photo_file.read(content)
        finally:
            turn.release()
        store_of_app().run(lambda unit: menu.keep_photo(unit, *kept), repeatable=True)
        return body(serialize.kept_photo(kept.digest))

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
