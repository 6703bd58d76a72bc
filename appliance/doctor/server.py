"""The server's half: settings, database, schema."""

from __future__ import annotations

from appliance.server.clock import utc_now
from appliance.server.config import Settings, SettingsError
from appliance.server.domain.codes import BusinessDay
from appliance.server.domain.turns import is_long
from appliance.server.store import moments, queries, schema
from appliance.server.store.db import Database
from appliance.server.store.unit_of_work import is_reachable

from .finding import Finding, Level


def examine() -> list[Finding]:
    """Look at the settings in the environment and at the database that they name."""
    try:
        settings = Settings.from_environment()
    except SettingsError as error:
        return [
            Finding("settings", Level.RED, str(error)),
            Finding("database", Level.NOTE, "Not looked at: the settings do not say where it is."),
        ]
    findings = [Finding("settings", Level.OK, "All settings are valid.")]
    database = Database(settings.database_url, ssl_ca=settings.database_tls_ca)
    try:
        findings += _database(database, settings.shop.day)
    finally:
        database.dispose()
    return findings


def _database(database: Database, day: BusinessDay) -> list[Finding]:
    where = database.engine.url.render_as_string(hide_password=True)
    if not is_reachable(database):
        return [
            Finding(
                "database", Level.RED, f"{where} does not answer.",
                "Check that MariaDB runs (`systemctl status mariadb`) and the MYSQL_* settings.",
            )
        ]  # fmt: skip
    findings = [Finding("database", Level.OK, f"{where} answers.")]
    if schema.is_current(database.engine):
        findings.append(Finding("schema", Level.OK, f"It is current ({schema.HEAD})."))
        findings += _times(database, day)
        findings += _duty(database)
    else:
        advice = "Run `appliance db upgrade`."
        findings.append(Finding("schema", Level.RED, "It is not current.", advice))
    return findings


def _duty(database: Database) -> list[Finding]:
    now = utc_now()
    with database.session() as session:
        long = [one for one in queries.on_duty(session) if is_long(one.on_duty_since, now)]
    if not long:
        return [Finding("duty", Level.OK, "Nobody has been on duty for more than 16 h.")]
    names = ", ".join(one.name for one in long)
    return [
        Finding(
            "duty", Level.WARNING, f"On duty for more than 16 h: {names}.",
            "If they have gone home, ask them to go off duty on their page, or end their log-ins "
            "(`appliance staff revoke USERNAME`).",
        )
    ]  # fmt: skip


def _times(database: Database, day: BusinessDay) -> list[Finding]:
    now = utc_now()
    with database.session() as session:
        found = moments.ahead(session, now, day)
    if not found:
        return [Finding("stored times", Level.OK, "None lies ahead of this machine's clock.")]
    worst = max(found, key=lambda one: one.until)
    others = f" {len(found) - 1} other kinds of times lie ahead, too." if len(found) > 1 else ""
    told = moments.told(worst, now)
    return [
        Finding(
            "stored times", Level.RED, f"{told[:1].upper()}{told[1:]}.{others}",
            "`timedatectl` shows the clock. When it is right, the server brings this back by "
            "itself within a minute; its log says what it did.",
        )
    ]  # fmt: skip
