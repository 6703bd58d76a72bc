"""Whether the appliance is well: for people, for systemd, for Prometheus."""

from __future__ import annotations

import re
from importlib.metadata import version

from tests.support.lobby import Lobby
from tests.web.conftest import OpenLobby


def test_a_well_appliance_says_so(lobby: Lobby) -> None:
    answer = lobby.http().get("/healthz")
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) >= {"ok", "version", "database", "peripherals", "queue"}
    assert body["ok"] is True
    assert body["version"] == version("lobby-appliance")
    assert body["database"] == "ok"
    assert body["queue"] == {}


def test_it_knows_how_many_daemons_and_customers_there_are(lobby: Lobby) -> None:
    assert lobby.http().get("/healthz").json()["peripherals"] == 0
    daemon = lobby.daemon()
    assert daemon.call("device_hello", {"name": "pi", "printers": [], "rooms": []})["ok"] is True
    kiosk = lobby.device("door")
    items = [{"service_classification_id": lobby.spa.swedish_60}]
    assert kiosk.call("customer_confirm_selection", {"items": items})["ok"] is True
    body = lobby.http().get("/healthz").json()
    assert body["peripherals"] == 1
    assert body["queue"]["pending_therapist"] >= 1


def test_the_process_says_that_it_lives(lobby: Lobby) -> None:
    answer = lobby.http().get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})


def test_prometheus_reads_the_figures_on_loopback(lobby: Lobby) -> None:
    lobby.device("door")
    answer = lobby.http().get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    figures = dict(re.findall(r"^(\w+(?:\{[^}]*\})?) ([0-9.e+]+)$", answer.text, re.MULTILINE))
    assert float(figures["appliance_database_up"]) == 1
    assert float(figures['appliance_sockets{kind="screen"}']) >= 1
    assert re.search(r"^# HELP appliance_database_up ", answer.text, re.MULTILINE)


def test_the_figures_are_closed_to_other_machines(open_lobby: OpenLobby) -> None:
    """A trusted proxy says who the client is; only a manager may look from there."""
    lobby = open_lobby(TRUSTED_PROXIES="127.0.0.1")
    away = {"X-Forwarded-For": "192.0.2.7"}
    answer = lobby.http().get("/metrics", headers=away)
    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_required")
    for username, status in (("ana", 403), ("eva", 403), ("gloria", 200)):
        session = lobby.http(lobby.token(username))
        assert session.get("/metrics", headers=away).status_code == status, username


def test_nobody_pretends_to_be_a_proxy(lobby: Lobby) -> None:
    """Without trusted proxies the header means nothing."""
    answer = lobby.http().get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"})
    assert answer.status_code == 200
