"""The pages: shells that boot a screen's script."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as BaseResponse

from appliance import translations
from appliance.server import sections
from appliance.server.auth import tokens
from appliance.server.auth.decorators import (
    device_required,
    identify_anybody,
    require,
    store_of_app,
)
from appliance.server.auth.first_manager import FirstManager
from appliance.server.auth.sessions import same_site
from appliance.server.config import Settings
from appliance.server.domain.errors import AuthenticationRequired, Forbidden, NotFound, Unavailable
from appliance.server.domain.money import number
from appliance.server.domain.states import STAFF_ROLES, Role
from appliance.server.sections import Section
from appliance.server.store import people, queries
from appliance.server.wire import serialize
from appliance.server.wire.answers import BoardExtras, Boot, KioskExtras, Person, SectionLink, body

from .answers import FRAMED_CONTENT_SECURITY_POLICY, wants_page
from .language import Audience, PageLanguages
from .qr import qr_svg
from .theme import Look

_PACKAGE: Final = Path(__file__).parents[2]
_WITH_MONEY: Final = {
    (Role.CASHIER, sections.HOME),
    (Role.MANAGER, "money"),
    (Role.MANAGER, "history"),
}
"""Pages that name ways to pay and count drawers."""


def create(settings: Settings, look: Look, first_manager: FirstManager) -> Blueprint:
    """The blueprint of all pages."""
    pages = Blueprint("pages", __name__)
    shells = Shells(settings, look, first_manager)
    pages.add_url_rule("/kiosk", "kiosk", shells.kiosk)
    pages.add_url_rule("/setup", "setup", shells.setup)
    pages.add_url_rule("/board", "board", shells.board)
    pages.add_url_rule("/enroll", "enroll", lambda: shells.screen("enroll"))
    pages.add_url_rule(
        "/t/<ticket_token>",
        "ticket",
        lambda ticket_token: shells.screen("ticket", Audience.GUEST, ticket_token=ticket_token),
    )
    pages.add_url_rule(
        "/kiosk/tickets/<int:transaction_id>/qr.svg",
        "ticket_qr",
        device_required(Role.KIOSK)(shells.ticket_qr),
    )
    for each in sections.SECTIONS:
        pages.add_url_rule(
            each.path,
            f"{each.role}_{each.name}",
            lambda section=each: shells.section(section),
        )
    for staff_role in STAFF_ROLES:
        pages.add_url_rule(
            f"/{staff_role}/login",
            f"{staff_role}_login_page",
            lambda role=staff_role: shells.login(role, 200, request.args.get("next", "")),
        )
    pages.add_url_rule("/manager/menu/preview", "menu_preview", shells.preview)
    if settings.simulator:
        pages.add_url_rule("/simulator", "simulator", lambda: shells.screen("simulator"))
    pages.add_url_rule("/", "front", shells.front)
    return pages


class Shells:
    """The pages' HTML, each with what its script needs to start.

    Args:
        settings: Of the shop.
        look: The shop's own.
        first_manager: Knows whether the shop has a manager, and the code for the first.
    """

    def __init__(self, settings: Settings, look: Look, first_manager: FirstManager) -> None:
        self._look = look
        self._first_manager = first_manager
        self._settings = settings
        self._languages = PageLanguages(settings)

    def screen(self, name: str, audience: Audience = Audience.LOBBY, **more: Any) -> str:
        """A page that needs nobody to be logged in."""
        return self._render(name, audience, **more)

    def kiosk(self) -> Response | str:
        """The kiosk; in a shop without a manager how to become it, on an enrolled kiosk alone."""
        identity = identify_anybody() if self._first_manager.is_wanted() else None
        if identity is None or identity.actor.role is not Role.KIOSK:
            extras = KioskExtras(
                picture=self._look.board_picture,
                picture_after_seconds=self._settings.kiosk_picture_after,
            )
            return self.screen("kiosk", kiosk=extras)
        address = f"{self._settings.shop.public_url}/setup"
        code = self._first_manager.code()
        context = {"code": f"{code[:4]} {code[4:]}", "address": address, "qr": qr_svg(address)}
        page = make_response(self._render("setup_code", Audience.LOBBY, context))
        page.headers["Cache-Control"] = "no-store"
        # It looks again by itself: for the next code, and for the manager who has been made.
        page.headers["Refresh"] = "10"
        return page

    def setup(self) -> BaseResponse | str:
        """Where the first manager is made; for a shop that has one the log-in page."""
        if not self._first_manager.is_wanted():
            return redirect(f"/{Role.MANAGER}/login")
        return self._render("setup", Audience.STAFF)

    def board(self) -> str:
        """The lobby board."""
        own = self._settings.board
        extras = BoardExtras(clock=own.clock, message=own.message, picture=self._look.board_picture)
        return self._render("board", Audience.LOBBY, board=extras)

    def ticket_qr(self, transaction_id: int) -> Response:
        """What a phone's camera reads off the kiosk: the customer's page, in their language."""
        token = store_of_app().run(
            lambda unit: queries.ticket_token(unit.session, min(transaction_id, 2**63 - 1))
        )
        if token is None:
            raise NotFound("Customer not found.")
        url = self._settings.shop.ticket_url(token)
        spoken = request.args.get("lang", "")
        if spoken in self._settings.languages:
            url += f"?lang={spoken}"
        return Response(qr_svg(url), mimetype="image/svg+xml")

    def login(self, role: Role, status: int, following: str, reason: str = "") -> Response:
        """The log-in page of a role, which goes on to where somebody wanted to go.

        Args:
            role: Whose.
            status: The answer's HTTP status.
            following: Where to go on.
            reason: Why somebody who is logged in stands here, in English.
        """
        unmanaged = role is Role.MANAGER and self._first_manager.is_wanted()
        page = self._render(
            "login",
            Audience.STAFF,
            {"unmanaged": unmanaged, "reason": reason},
            role=role.value,
            next=same_site(following),
        )
        return make_response(page, status)

    def section(self, section: Section) -> Response | str:
        """A page of a role's own; for a browser without identity the log-in page."""
        try:
            identity = require(section.role)
        except (AuthenticationRequired, Forbidden) as error:
            if not wants_page():
                raise
            reason = error.message if isinstance(error, Forbidden) else ""
            return self.login(section.role, 401, request.full_path.rstrip("?"), reason)
        more = self._till() if (section.role, section.name) in _WITH_MONEY else {}
        links = [
            SectionLink(path=each.path, title=each.title, icon=each.icon)
            for each in sections.of(section.role)
        ]
        return self._render(
            "staff",
            Audience.STAFF,
            {"section": section},
            keeps_language=False,
            own_language=store_of_app().look(
                lambda unit: people.language_of(unit.session, identity.actor.id or 0)
            ),
            me=serialize.person(identity.actor, identity.username),
            sections=links,
            **more,
        )

    def preview(self) -> Response:
        """The kiosk's menu, for a frame of the manager's own page."""
        require(Role.MANAGER)
        page = make_response(self._render("preview", Audience.LOBBY, keeps_language=False))
        page.headers["Content-Security-Policy"] = FRAMED_CONTENT_SECURITY_POLICY
        return page

    def _till(self) -> dict[str, Any]:
        """What a page where money is counted offers to choose from."""
        shop = self._settings.shop
        coin = shop.cash_rounding
        return {
            "payment_methods": serialize.payment_methods(),
            "denominations": [f"{value:f}" for value in shop.denominations],
            "cash_rounding": number(coin) if coin else None,
            "therapists": store_of_app().look(
                lambda unit: [
                    {"id": person.id, "name": person.name}
                    for person in people.everybody(unit.session)
                    if person.role is Role.THERAPIST and person.disabled_at is None
                ]
            ),
        }

    def front(self) -> BaseResponse | str:
        """The way in: the kiosk, or in a demo a page with all the others."""
        demo_file = self._settings.demo_file
        if demo_file is None:
            return redirect("/kiosk")
        if not demo_file.exists():
            raise Unavailable("The demo is starting. Please try again in a moment.")
        demo = json.loads(demo_file.read_text())
        done = store_of_app().run(lambda unit: queries.first_visit(unit.session))
        return self._render("demo", Audience.GUEST, {"demo": demo, "done": done})

    def _render(
        self,
        name: str,
        audience: Audience,
        context: dict[str, Any] | None = None,
        own_language: str | None = None,
        **boot: Any,
    ) -> str:
        words = self._languages.of(audience, own_language)
        return render_template(
            f"{name}.html",
            boot=body(self._boot(audience, words.language, **boot)),
            _=words.gettext,
            style=self._look.style,
            color_scheme=self._settings.color_scheme,
            **(context or {}),
        )

    def _boot(
        self,
        audience: Audience,
        chosen: translations.Language,
        *,
        me: Person | None = None,
        keeps_language: bool = True,
        **more: Any,
    ) -> Boot:
        shop = self._settings.shop
        return Boot(
            shop_name=shop.name,
            logo=self._look.logo,
            currency=shop.currency,
            time_zone=shop.day.timezone.key,
            selecting_timeout_seconds=int(shop.selecting_timeout.total_seconds()),
            log_in_seconds=int(tokens.LIFETIME.total_seconds()),
            csrf_token=generate_csrf(),
            me=me,
            demo=self._settings.demo_file is not None,
            locale=chosen.code,
            dir=chosen.direction,
            language_cookie=audience.value if keeps_language else None,
            languages=self._languages.offered(),
            **more,
        )


def static_folders() -> dict[str, Path]:
    """URL prefix → folder of the files that browsers load."""
    return {
        "common": _PACKAGE / "web_common" / "static",
        "bundles": _PACKAGE / "web_common" / "bundles",
    }


def template_folders() -> list[Path]:
    """Where the pages' shells are."""
    return [
        _PACKAGE / "web_common" / "templates",
        _PACKAGE / "kiosk_ui" / "templates",
        _PACKAGE / "staff_ui" / "templates",
        _PACKAGE / "peripherals" / "simulator" / "templates",
    ]
