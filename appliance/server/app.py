"""The one place where the parts are put together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import jinja2
from flask import Blueprint, Flask
from flask_socketio import SocketIO

from .auth import permissions
from .auth.approvals import Approvals
from .auth.enrolment import Enrolments
from .auth.first_manager import FirstManager
from .auth.journal import Journal
from .auth.log_in import LogIns
from .auth.proofs import Proofs
from .auth.sessions import Sessions
from .auth.throttle import LogInThrottle
from .clock import ServerClock, utc_now
from .config import Settings
from .domain.security import FLOOD_STOPPED, NOBODY
from .domain.turns import TurnRule
from .edge import doorway, json_limit
from .edge.doorway import Doorway
from .edge.gate import Gate, server_of
from .edge.lines import Lines
from .edge.pace import Pace
from .edge.packets import StrictPacket
from .edge.proxies import TrustedProxies
from .http import (
    answers,
    api,
    compression,
    demo,
    health,
    language,
    notices,
    openapi,
    pages,
    people,
    photos,
    reports,
    table,
    theme,
)
from .realtime.broadcaster import Broadcaster
from .realtime.devices import Devices
from .realtime.emitting import Emit
from .realtime.namespace import House, Namespace
from .realtime.screens import Screens
from .realtime.servers import Servers
from .realtime.watcher import Watcher
from .store.db import Database
from .store.unit_of_work import Clock, Store
from .sweeper import Sweeper
from .wire.errors import refusal
from .wire.snapshots import Snapshots

_MAX_BODY: Final = 256 * 1024
_MAX_SOCKET_MESSAGE: Final = 16 * 1024 * 1024
"""Above it the socket is closed; `json_limit` refuses far smaller ones and keeps it open."""


@dataclass(frozen=True, slots=True)
class Application:
    """A server that is ready to run.

    Attributes:
        flask: The WSGI application.
        socketio: Serves it.
        store: The database as use cases see it.
        broadcaster: Sends snapshots.
        watcher: Notices what others change in the database.
        sweeper: Looks after what is left over.
        servers: Tells other servers that something changed, where there are others.
    """

    flask: Flask
    socketio: SocketIO
    store: Store
    broadcaster: Broadcaster
    watcher: Watcher
    sweeper: Sweeper
    servers: Servers | None

    def start_background(self) -> None:
        """Start sending snapshots, watching the database and sweeping.

        Raises:
            DomainError: The database does not answer.
        """
        self.watcher.begin()
        self.socketio.start_background_task(self.broadcaster.run)
        self.socketio.start_background_task(self.watcher.run)
        self.socketio.start_background_task(self.sweeper.run)
        if self.servers is not None:
            self.socketio.start_background_task(self.servers.run)


def create_app(settings: Settings, clock: Clock | None = None) -> Application:
    """Put a server together.

    Args:
        settings: Checked.
        clock: Tells the moment; tests bring their own.
    """
    database = Database(settings.database_url, ssl_ca=settings.database_tls_ca)
    store = Store(database, clock or ServerClock(utc_now))
    look = theme.Look(settings)
    app = _flask(settings, store, look)
    servers = Servers(settings.message_queue) if settings.message_queue else None
    socketio = SocketIO(
        app,
        async_mode=settings.async_mode,
        json=json_limit,
        client_manager=servers,
        max_http_buffer_size=_MAX_SOCKET_MESSAGE,
        manage_session=False,
        logger=False,
        serializer=StrictPacket,  # type: ignore[call-arg]  # missing in its types
    )
    journal = Journal(store)
    app.extensions["appliance_journal"] = journal
    lines = Lines(settings.max_connections_per_address)

    def note_flood(address: str | None, what: str) -> None:
        journal.note(FLOOD_STOPPED, NOBODY, address, what)

    Gate(socketio, lines, note_flood, refusal)
    app.wsgi_app = TrustedProxies(  # type: ignore[method-assign]
        Doorway(app.wsgi_app, lines, note_flood, refusal, Pace(doorway.RATE, doorway.BURST)),
        settings.trusted_proxies,
    )
    namespaces: list[Namespace] = []

    def revoke(actor_key: str | None) -> None:
        for namespace in namespaces:
            namespace.revoke(actor_key)

    snapshots = Snapshots(store, settings.shop)
    broadcaster = Broadcaster(Emit(socketio), snapshots, revoke, servers)
    store.on_commit = broadcaster.publish
    watcher = Watcher(snapshots, broadcaster, revoke)
    if servers is not None:
        servers.on_hint = watcher.look
    approvals = Approvals(store, journal, LogInThrottle())
    house = House(socketio, store, settings.shop, broadcaster, journal, approvals)
    screens, devices = Screens(house), Devices(house, simulator=settings.simulator)
    namespaces += [screens, devices]
    first_press = settings.shop.turn_rule is TurnRule.FIRST_PRESS
    log_ins = LogIns(store, LogInThrottle(), journal, on_duty=first_press)
    enrolments = Enrolments(store, LogInThrottle(), journal)
    first_manager = FirstManager(store, LogInThrottle(), journal, settings.secret_key)
    for blueprint in (
        pages.create(settings, look, first_manager),
        demo.create(settings.demo_file),
        theme.create(look),
        language.create(settings),
        people.create(log_ins, enrolments, first_manager),
        openapi.create(),
        api.create(settings.shop, snapshots),
        table.create(settings.shop, Proofs(store, journal, LogInThrottle())),
        reports.create(settings.shop),
        photos.create(),
        health.create(store, screens.connections, devices.connections),
    ):
        app.register_blueprint(blueprint)
    permissions.check_routes(app.url_map)
    permissions.check_events(server_of(socketio).handlers)
    sweeper = Sweeper(store, settings.shop, journal)
    return Application(app, socketio, store, broadcaster, watcher, sweeper, servers)


def _flask(settings: Settings, store: Store, look: theme.Look) -> Flask:
    app = Flask("appliance", static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=_MAX_BODY,
        SESSION_COOKIE_NAME="appliance_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.json = json_limit.Answers(app)
    app.extensions["appliance_store"] = store
    app.jinja_loader = jinja2.FileSystemLoader(pages.template_folders())
    for name, folder in pages.static_folders().items():
        app.register_blueprint(
            Blueprint(
                f"static_{name}", __name__, static_folder=folder, static_url_path=f"/static/{name}"
            )
        )
    app.session_interface = Sessions()
    answers.install(app, notices.Notices(settings, look))
    compression.install(app)
    return app
