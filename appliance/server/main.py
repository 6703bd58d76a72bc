"""The server's entry: `appliance serve`."""

# gevent must replace the standard library's blocking parts before anything imports ssl or sockets.
import os

if os.environ.get("SOCKETIO_ASYNC_MODE") == "gevent":
    from gevent import monkey

    monkey.patch_all()

import contextlib
import ctypes
import gc
import logging
import signal
import sys
import threading
from typing import Final

from appliance.listening import check_address
from appliance.service_manager import ServiceManager

from .app import Application, create_app
from .config import Settings, SettingsError
from .heartbeat import Heartbeat
from .rehearsal import rehearse
from .store import schema
from .store.unit_of_work import is_reachable
from .wire.errors import refusal

log = logging.getLogger(__name__)

SPARE_CONNECTIONS: Final = 64
_COLLECT_EVERY: Final = 10_000
"""New objects that outlive their function; Python's own 700 is reached several times a push."""


class CannotStart(Exception):
    """The server cannot start; the message is one clear line."""


def serve() -> None:
    """Serve until told to stop.

    Raises:
        CannotStart: A setting is wrong, the database is away or not current, the port is taken.
    """
    try:
        settings = Settings.from_environment()
    except SettingsError as error:
        raise CannotStart(str(error)) from None
    # Before anything is touched: a second server by mistake must not disturb the first.
    _check_address(settings)
    _give_memory_back()
    application = create_app(settings)
    _check_database(application)
    application.sweeper.recover()
    rehearse(application.store, settings.shop)
    application.start_background()
    _leave_in_peace_what_stays()
    manager = ServiceManager.from_environment()
    _stop_on_signals(manager)
    if manager.listens:
        application.socketio.start_background_task(_heartbeat(manager, application, settings).run)
    log.info("serving on http://%s:%s (%s)", settings.host, settings.port, settings.async_mode)
    _run(application, settings)


def _check_address(settings: Settings) -> None:
    try:
        check_address(settings.host, settings.port)
    except OSError as error:
        raise CannotStart(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}"
        ) from None


def _give_memory_back() -> None:
    # A password's hash takes 19 MiB for a moment. glibc would learn from the first to keep such
    # blocks in its heap; a fixed M_MMAP_THRESHOLD (-3, malloc.h) lets each go back to the system.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(-3, 1024 * 1024)


def _leave_in_peace_what_stays() -> None:
    # A full collection walks every module and mapper that was loaded, a tenth of a second on a Pi
    # in which nobody is answered, and finds nothing there: what lives now lives until the end.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_EVERY)


def _check_database(application: Application) -> None:
    database = application.store.database
    if not is_reachable(database):
        raise CannotStart(
            f"the database at {database.engine.url.render_as_string(hide_password=True)} does not "
            "answer: check the MYSQL_* settings or DATABASE_URL, and that it runs"
        )
    if not schema.is_current(database.engine):
        raise CannotStart("the database's schema is not current: run `appliance db upgrade`")


def _heartbeat(manager: ServiceManager, application: Application, settings: Settings) -> Heartbeat:
    database = application.store.database
    address = (settings.host, settings.port)
    return Heartbeat(manager, lambda: is_reachable(database), address)


def _run(application: Application, settings: Settings) -> None:
    if settings.async_mode == "gevent":
        _listen(application, settings)
        return
    # Werkzeug's threaded server is meant for development, as is this mode.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application.socketio.run(
        application.flask,
        host=settings.host,
        port=settings.port,
        debug=False,
        log_output=False,
        allow_unsafe_werkzeug=True,
    )


def _listen(application: Application, settings: Settings) -> None:
    # Not before it is needed: without gevent's patches its parts are not to be loaded.
    from .edge import frames, listener, pings

    frames.install()
    pings.install()
    listener.raise_open_files()
    listener.Listener(
        (settings.host, settings.port),
        application.flask,
        # A little more than sockets: who has them all may still ask for a page.
        settings.max_connections_per_address + SPARE_CONNECTIONS,
        settings.trusted_proxies,
        refusal,
    ).serve_forever()


def _stop_on_signals(manager: ServiceManager) -> None:
    def stop(*_: object) -> None:
        manager.stopping()
        log.info("stopping")
        sys.stdout.flush()
        sys.stderr.flush()
        # Every change is one committed transaction, so there is nothing to finish; waiting for
        # open sockets to close would only delay the restart.
        os._exit(0)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
