"""What a browser shows instead of a page that it cannot have."""

from __future__ import annotations

from flask import Response, make_response, render_template

from appliance import translations
from appliance.server.config import Settings

from .theme import Look


class Notices:
    """Refusals as pages, for people who typed an address or followed a link.

    They need no script and ask the database nothing: they are there when it is not.

    Args:
        settings: Of the shop, in whose language they are.
        look: The shop's own.
    """

    def __init__(self, settings: Settings, look: Look) -> None:
        self._settings = settings
        self._look = look
        self._words = translations.translations(settings.language)

    def page(self, sentence: str, status: int) -> Response:
        """The page that says why.

        Args:
            sentence: In English; people read it in the shop's language.
            status: The answer's HTTP status.
        """
        language = self._words.language
        page = render_template(
            "notice.html",
            boot={
                "shop_name": self._settings.shop.name,
                "locale": language.code,
                "dir": language.direction,
            },
            _=self._words.gettext,
            style=self._look.style,
            color_scheme=self._settings.color_scheme,
            sentence=self._words.gettext(sentence),
            status=status,
            demo=self._settings.demo_file is not None,
        )
        return make_response(page, status)
