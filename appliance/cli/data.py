"""What every command on the data needs: the settings, the database, and whose doing it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from appliance.server.config import Settings
    from appliance.server.domain.states import Actor
    from appliance.server.store.unit_of_work import Store, UnitOfWork

T = TypeVar("T")


def settings() -> Settings:
    """The shop's settings, from the environment."""
    from appliance.server.config import Settings

    # A command needs the database, not the server's own secrets and address.
    os.environ.setdefault("FLASK_SECRET_KEY", "unused by this command")
    return Settings.from_environment()


def store() -> Store:
    """The database, whatever its schema."""
    from appliance.server.clock import utc_now
    from appliance.server.store.db import Database
    from appliance.server.store.unit_of_work import Store

    of_shop = settings()
    return Store(
        Database(of_shop.database_url, ssl_ca=of_shop.database_tls_ca, patient=True), utc_now
    )


def current_store() -> Store:
    """The database.

    Raises:
        ClickException: Its schema is not this version's.
    """
    from appliance.server.store import schema

    opened = store()
    if not schema.is_current(opened.database.engine):
        raise click.ClickException("the schema is not current: run `appliance db upgrade`")
    return opened


def work(use_case: Callable[[UnitOfWork], T]) -> T:
    """Run a use case in a unit of work of its own."""
    return current_store().run(use_case)


def technician() -> Actor:
    """The one who types the command, as the history names them."""
    from appliance.server.domain.states import Actor, Role

    return Actor(Role.SYSTEM, None, f"command line ({os.environ.get('USER', 'unknown')})")
