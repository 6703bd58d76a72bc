"""In which language a page speaks, and the catalogues that pages load."""

from __future__ import annotations

from enum import Enum
from typing import Final

from flask import Blueprint, Response, request

from appliance.server.config import Settings
from appliance.server.domain.errors import NotFound
from appliance.server.wire.answers import Language
from appliance.translations import LANGUAGES, Translations, translations
from appliance.words import ROOM_WORDS

_FOREVER: Final = 365 * 24 * 60 * 60


class Audience(Enum):
    """Who reads a page, which decides how long a choice of language lasts.

    The value is the cookie that keeps it, if any.
    """

    LOBBY = None
    """The next customer at the kiosk starts in the shop's own language."""
    GUEST = "appliance_language_guest"
    """A customer's own phone: what its browser asks for, until they choose."""
    STAFF = "appliance_language_staff"
    """A device of the staff keeps it for the log-in page, and for who has not chosen theirs."""


class PageLanguages:
    """The languages of a shop's pages.

    Args:
        settings: Which are offered, and which one is the shop's own.
    """

    def __init__(self, settings: Settings) -> None:
        self._default = settings.language
        self._offered = settings.languages
        for code in self._offered:
            translations(code)  # Read at the start: not while the first customer waits.

    def of(self, audience: Audience, own: str | None = None) -> Translations:
        """The language of the page that is asked for.

        Args:
            audience: Who reads it.
            own: What the person who is logged in has chosen, on whichever device.
        """
        return translations(str(own) if own in self._offered else self._chosen(audience))

    def _chosen(self, audience: Audience) -> str:
        if audience is Audience.LOBBY:
            return self._default
        # The kiosk's QR code hands the customer's language on to the phone.
        for wish in (request.args.get("lang"), request.cookies.get(str(audience.value))):
            if wish in self._offered:
                return str(wish)
        if audience is Audience.GUEST:
            # `tl` is how browsers call Filipino, too.
            spoken = {**{code: code for code in self._offered}, "tl": "fil"}
            match = request.accept_languages.best_match(
                [name for name, code in spoken.items() if code in self._offered]
            )
            return spoken[match] if match else self._default
        return self._default

    def offered(self) -> list[Language]:
        """The languages that a page's script may turn to."""
        return [
            Language(
                code=code,
                name=LANGUAGES[code].name,
                dir=LANGUAGES[code].direction,
                messages=f"/translations/{code}.json?v={translations(code).version}",
                room=ROOM_WORDS.get(code, ""),
            )
            for code in self._offered
        ]


def create(settings: Settings) -> Blueprint:
    """The catalogues' blueprint."""
    blueprint = Blueprint("translations", __name__)

    @blueprint.get("/translations/<code>.json")
    def catalogue(code: str) -> Response:
        if code not in settings.languages:
            raise NotFound("Page not found.")
        found = translations(code)
        response = Response(found.document, mimetype="application/json")
        response.set_etag(found.version)
        if request.args.get("v") == found.version:
            response.cache_control.public = True
            response.cache_control.max_age = _FOREVER
            response.cache_control.immutable = True
        else:
            response.cache_control.no_cache = True
        response.make_conditional(request)
        return response

    return blueprint
