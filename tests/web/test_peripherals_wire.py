"""A peripherals daemon written from the protocol alone: lamps, buttons, paper."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, select

from appliance.protocol import Paper
from appliance.server.store import invariants
from appliance.server.store.models import Device, Printer
from appliance.server.store.unit_of_work import Store
from tests.support.clients import Client, Json, refusal
from tests.support.lobby import Lobby
from tests.web.conftest import OpenLobby

HELLO: Json = {
    "name": "pi",
    "printers": [{"name": "lobby", "roles": ["ticket"]}, {"name": "desk", "roles": ["receipt"]}],
    "rooms": ["1", "2"],
}
LONG_AGO = timedelta(seconds=11)


@pytest.fixture
def fresh(open_lobby: OpenLobby) -> Lobby:
    """For what depends on all that has happened before: a server and a spa of the test's own."""
    return open_lobby()


class Daemon:
    """A daemon, with verbs."""

    def __init__(self, lobby: Lobby) -> None:
        self.client = lobby.daemon()
        self.answer: Json = self.client.call("device_hello", HELLO)
        assert self.answer["ok"] is True

    def lamp(self, pattern: str, room: str = "1", *, count: int = 1) -> None:
        """Wait until the lamp has been told to show this, so many times in all."""
        wanted = {"room_number": room, "pattern": pattern}
        self.client.wait_for("lamp", lambda body: body == wanted, count=count)

    def touch(
        self,
        gesture: str = "press",
        room: str = "1",
        *,
        ago: timedelta = timedelta(0),
        request_id: str | None = None,
    ) -> Json:
        answer: Json = self.client.call(
            "button",
            {
                "room_number": room,
                "gesture": gesture,
                "pressed_at": (datetime.now(UTC) - ago).isoformat(),
                "request_id": request_id or str(uuid4()),
            },
        )
        return answer

    def lease(self, printer: str = "lobby", roles: tuple[str, ...] = ("ticket",)) -> Any:
        answer = self.client.call("print_lease", {"printer": printer, "roles": list(roles)})
        assert set(answer) == {"ok", "job"}
        return answer["job"]

    def take_all(self) -> None:
        """Lease whatever waits from before."""
        while self.lease() is not None:
            continue

    def say(self, event: str, **payload: Any) -> Json:
        answer: Json = self.client.call(event, payload)
        return answer


def confirm(kiosk: Client, lobby: Lobby) -> Json:
    items = [{"service_classification_id": lobby.spa.swedish_60}]
    answer = kiosk.call("customer_confirm_selection", {"items": items})
    assert answer["ok"] is True
    return dict(answer["transaction"])


def status_of(lobby: Lobby, transaction_id: int) -> str:
    row = next(row for row in lobby.rows()["transactions"] if row[0] == transaction_id)
    return str(row[1])


# --- hello ------------------------------------------------------------------------------------


def test_a_daemon_introduces_itself(fresh: Lobby) -> None:
    ana, kiosk = fresh.person("ana"), fresh.device("door")
    confirm(kiosk, fresh)
    daemon = Daemon(fresh)
    assert daemon.answer == {
        "ok": True,
        "lamps": {"1": "slow_blink", "2": "slow_blink"},
        "jobs_waiting": {"ticket": 1, "receipt": 0, "report": 0},
    }
    for screen in (ana, kiosk):
        devices = screen.wait_for("devices_updated", lambda body: len(body["printers"]) == 2)
        assert [printer["name"] for printer in devices["printers"]] == ["desk", "lobby"]
        assert devices["peripherals"] == [{"name": "pi", "online": True}]


def test_a_daemon_that_goes_takes_its_printers_with_it(fresh: Lobby) -> None:
    kiosk = fresh.device("door")
    daemon = Daemon(fresh)
    daemon.say("printer_status", printer="lobby", online=True, paper="ok", cover_open=False)
    kiosk.wait_for(
        "devices_updated", lambda body: any(printer["online"] for printer in body["printers"])
    )
    daemon.client.close()
    gone = kiosk.wait_for(
        "devices_updated",
        lambda body: body["peripherals"] == [{"name": "pi", "online": False}],
        count=2,  # The first came with the connection.
    )
    assert all(printer["problem"] for printer in gone["printers"])
    assert not any(printer["online"] for printer in gone["printers"])


def test_only_a_daemon_gets_in(lobby: Lobby) -> None:
    for name in ("door", "lobby"):
        auth = {"device_token": lobby.spa.device_tokens[name]}
        assert refusal(lobby.base_url, auth, namespace="/peripherals")["code"] == "forbidden"


# --- buttons and lamps ------------------------------------------------------------------------


def test_the_lamp_follows_the_room_and_the_button_moves_it(fresh: Lobby) -> None:
    daemon, kiosk = Daemon(fresh), fresh.device("door")
    assert daemon.answer["lamps"] == {"1": "off", "2": "off"}
    refused = daemon.touch()
    assert refused == refused | {"ok": False, "code": "nothing_waiting"}
    assert refused["error"] == "No pending customers."
    customer = confirm(kiosk, fresh)["id"]
    daemon.lamp("slow_blink")
    daemon.lamp("slow_blink", room="2")

    for gesture, answered, status in (
        ("press", "fast_blink", "therapist_confirmed"),
        ("press", "on", "in_service"),
        ("press", "on", "in_service"),
        ("hold", "pulse", "finished"),
        ("hold", "pulse", "finished"),
        ("press", "off", "finished"),
    ):
        answer = daemon.touch(gesture)
        assert answer == {"ok": True, "lamp": answered}
        assert status_of(fresh, customer) == status
        daemon.lamp(answered)
    shown = [body["pattern"] for body in daemon.client.pushed("lamp") if body["room_number"] == "1"]
    assert shown == ["slow_blink", "fast_blink", "on", "pulse", "off"]
    daemon.lamp("off", room="2")


def test_holding_puts_a_customer_back_who_did_not_come(fresh: Lobby) -> None:
    daemon, kiosk = Daemon(fresh), fresh.device("door")
    customer = confirm(kiosk, fresh)["id"]
    assert daemon.touch()["lamp"] == "fast_blink"
    assert daemon.touch("hold") == {"ok": True, "lamp": "slow_blink"}
    assert status_of(fresh, customer) == "pending_therapist"
    assert daemon.touch(room="2") == {"ok": True, "lamp": "fast_blink"}


def test_the_lamp_follows_what_therapists_do_on_their_page(fresh: Lobby) -> None:
    daemon, kiosk, ana = Daemon(fresh), fresh.device("door"), fresh.person("ana")
    customer = {"transaction_id": confirm(kiosk, fresh)["id"]}
    ana.call("therapist_confirm_next")
    daemon.lamp("fast_blink")
    daemon.lamp("off", room="2")
    ana.call("therapist_start_service", customer)
    daemon.lamp("on")
    ana.call("therapist_finish_service", customer)
    daemon.lamp("pulse")
    ana.call("therapist_room_ready")
    daemon.lamp("off")


def test_a_press_where_nobody_works_is_refused(lobby: Lobby) -> None:
    daemon, kiosk = Daemon(lobby), lobby.device("door")
    confirm(kiosk, lobby)
    lobby.http(lobby.token("ana")).post("/therapist/logout")
    answer = daemon.touch()
    assert (answer["ok"], answer["code"]) == (False, "room_unavailable")
    assert daemon.touch(room="77")["code"] == "not_found"


@pytest.mark.parametrize("ago", [LONG_AGO, timedelta(days=1), timedelta(days=-1)], ids=str)
def test_a_press_of_another_time_is_refused(lobby: Lobby, ago: timedelta) -> None:
    daemon, kiosk = Daemon(lobby), lobby.device("door")
    customer = confirm(kiosk, lobby)["id"]
    answer = daemon.touch(ago=ago)
    assert (answer["ok"], answer["code"]) == (False, "invalid_state")
    assert status_of(lobby, customer) == "pending_therapist"


def test_a_press_that_is_delivered_twice_acts_once(fresh: Lobby) -> None:
    daemon, kiosk = Daemon(fresh), fresh.device("door")
    customer = confirm(kiosk, fresh)["id"]
    for _ in range(3):
        assert daemon.touch(request_id="one press") == {"ok": True, "lamp": "fast_blink"}
    assert status_of(fresh, customer) == "therapist_confirmed"
    again = Daemon(fresh)
    assert again.touch(request_id="one press") == {"ok": True, "lamp": "fast_blink"}
    assert status_of(fresh, customer) == "therapist_confirmed"


def test_an_old_answer_that_is_repeated_is_put_right_by_a_push(fresh: Lobby) -> None:
    daemon, kiosk = Daemon(fresh), fresh.device("door")
    confirm(kiosk, fresh)
    assert daemon.touch(request_id="one press")["lamp"] == "fast_blink"
    assert daemon.touch()["lamp"] == "on"
    daemon.lamp("on")
    assert daemon.touch(request_id="one press")["lamp"] == "fast_blink"
    daemon.lamp("on", count=2)


@pytest.mark.parametrize(
    "odd",
    [
        {"gesture": "kick"},
        {"gesture": None},
        {"pressed_at": "yesterday"},
        {"pressed_at": "2026-11-22T10:00:00"},
        {"pressed_at": 1_700_000_000},
        {"room_number": 1},
        {"room_number": "x" * 100},
        {"request_id": None},
        {"request_id": ""},
    ],
    ids=str,
)
def test_a_press_that_is_none(lobby: Lobby, odd: Json) -> None:
    press = {
        "room_number": "1",
        "gesture": "press",
        "pressed_at": datetime.now(UTC).isoformat(),
        "request_id": "x",
    }
    daemon = Daemon(lobby)
    assert daemon.say("button", **press | odd)["code"] == "validation_failed"
    for name in press:
        less = {key: value for key, value in press.items() if key != name}
        assert daemon.say("button", **less)["code"] == "validation_failed"


# --- paper ------------------------------------------------------------------------------------


def test_a_ticket_is_leased_and_printed(fresh: Lobby) -> None:
    daemon, kiosk = Daemon(fresh), fresh.device("door")
    assert daemon.lease() is None
    confirmed = confirm(kiosk, fresh)
    assert daemon.client.wait_for("print_ready") == {"role": "ticket"}
    assert daemon.lease("desk", ("receipt", "report")) is None
    job = daemon.lease()
    assert set(job) == {"id", "kind", "lease", "copy", "document"}
    assert (job["kind"], job["copy"]) == ("ticket", False)
    document = job["document"]
    assert document["code"] == confirmed["code"]
    assert document["shop_name"]
    assert document["total_duration_minutes"] == 60
    assert (document["queue_position"], document["estimated_wait_minutes"]) == (1, 0)
    assert datetime.fromisoformat(document["at"]).utcoffset() is not None
    assert "/t/" in document["status_url"]
    assert [item["price"] for item in document["items"]] == ["80.00"]
    assert daemon.lease() is None, "one lease at a time"
    kiosk.wait_for("devices_updated", lambda body: body["jobs_waiting"]["ticket"] == 1)
    kiosk.forget()
    done = {"id": job["id"], "lease": job["lease"]}
    assert daemon.say("print_done", **done) == {"ok": True}
    assert daemon.say("print_done", **done) == {"ok": True}, "said twice, done once"
    kiosk.wait_for("devices_updated", lambda body: body["jobs_waiting"]["ticket"] == 0)
    assert daemon.lease() is None


def test_paper_that_may_be_out_comes_again_as_a_copy(lobby: Lobby) -> None:
    daemon, kiosk = Daemon(lobby), lobby.device("door")
    daemon.take_all()
    confirm(kiosk, lobby)
    job = daemon.lease()
    failed = {"id": job["id"], "lease": job["lease"], "reason": "out of paper"}
    assert daemon.say("print_failed", **failed) == {"ok": True}
    again = daemon.lease()
    assert (again["id"], again["copy"]) == (job["id"], True)
    assert again["lease"] != job["lease"]
    assert daemon.say("print_done", id=job["id"], lease=job["lease"])["code"] == "invalid_state"
    assert daemon.say("print_done", id=again["id"], lease=again["lease"])["ok"] is True


def test_what_a_daemon_had_before_it_started_anew_comes_again_at_once_as_a_copy(
    fresh: Lobby,
) -> None:
    daemon, kiosk = Daemon(fresh), fresh.device("door")
    for _ in range(2):
        confirm(kiosk, fresh)
    lost, held = daemon.lease(), daemon.lease()
    assert daemon.say("device_hello", **HELLO)["ok"] is True
    assert daemon.lease() is None, "a daemon that does not say keeps its leases"
    daemon.client.forget()
    assert daemon.say("device_hello", **HELLO, leases=[held["lease"]])["ok"] is True
    again = daemon.lease()
    assert (again["id"], again["copy"]) == (lost["id"], True)
    assert again["lease"] != lost["lease"]
    assert daemon.lease() is None
    late = daemon.say("print_done", id=lost["id"], lease=lost["lease"])
    assert late["code"] == "invalid_state"
    assert daemon.say("print_done", id=held["id"], lease=held["lease"])["ok"] is True


def test_jobs_come_oldest_first(lobby: Lobby) -> None:
    daemon, kiosk = Daemon(lobby), lobby.device("door")
    daemon.take_all()
    codes = [confirm(kiosk, lobby)["code"] for _ in range(3)]
    assert [daemon.lease()["document"]["code"] for _ in range(3)] == codes


def at_the_desk(lobby: Lobby, kiosk: Any) -> Any:
    """A cashier, with one customer ready to pay."""
    ana, eva = lobby.person("ana"), lobby.person("eva")
    customer = {"transaction_id": confirm(kiosk, lobby)["id"]}
    ana.call("therapist_confirm_next")
    ana.call("therapist_start_service", customer)
    ana.call("therapist_finish_service", customer)
    return eva


def test_a_receipt_opens_the_drawer_for_cash_and_its_copy_does_not(fresh: Lobby) -> None:
    daemon, kiosk = Daemon(fresh), fresh.device("door")
    eva = at_the_desk(fresh, kiosk)
    customer = {"transaction_id": eva.call("cashier_claim_next")["transaction"]["id"]}
    eva.call("cashier_pay", customer | {"amount_paid": 100, "method": "cash"})
    daemon.client.wait_for("print_ready", lambda body: body == {"role": "receipt"})
    receipt = daemon.lease("desk", ("receipt",))
    assert receipt["copy"] is False
    document = receipt["document"]
    assert document == document | {
        "method": "cash",
        "total_amount": "80.00",
        "amount_paid": "100.00",
        "change_amount": "20.00",
        "cashier": "Eva",
        "open_drawer": True,
    }
    again = eva.call("cashier_reprint", customer)
    assert (again["ok"], again["job"]["id"]) == (True, receipt["id"]), "it is on its way"
    assert daemon.say("print_done", id=receipt["id"], lease=receipt["lease"])["ok"] is True
    assert eva.call("cashier_reprint", customer)["ok"] is True
    copy = daemon.lease("desk", ("receipt",))
    assert (copy["copy"], copy["document"]["open_drawer"]) == (True, False)
    store = Store(fresh.database, lambda: datetime.now(UTC))
    assert store.run(lambda unit: list(invariants.violations(unit.session))) == []


def test_a_daemon_that_knows_pulses_opens_the_drawer_without_paper(fresh: Lobby) -> None:
    daemon, kiosk = Daemon(fresh), fresh.device("door")
    desk = {"name": "desk", "roles": ["receipt"], "cash_drawer": True}
    assert daemon.say("device_hello", **HELLO | {"printers": [desk]})["ok"] is True
    eva = at_the_desk(fresh, kiosk)
    customer = eva.call("cashier_claim_next")["transaction"]["id"]
    pay = {"transaction_id": customer, "amount_paid": 100, "method": "cash", "request_id": "once"}
    eva.call("cashier_pay", pay)
    eva.call("cashier_pay", pay)
    daemon.client.wait_for("drawer_ready", lambda body: body == {})
    assert daemon.say("drawer_take", printer="desk") == {"ok": True, "open": True}
    assert daemon.say("drawer_take", printer="desk") == {"ok": True, "open": False}
    assert daemon.lease("desk", ("receipt",))["document"]["open_drawer"] is False
    assert daemon.say("drawer_take", printer="attic")["code"] == "not_found"


def test_a_cashier_opens_the_drawer_for_a_reason(fresh: Lobby) -> None:
    daemon, eva = Daemon(fresh), fresh.person("eva")
    assert eva.call("cashier_open_drawer", {"reason": " "})["code"] == "validation_failed"
    assert fresh.person("ana").call("cashier_open_drawer", {"reason": "x"})["code"] == "forbidden"
    asked = {"reason": "change for the taxi", "request_id": "once"}
    for _ in range(2):
        answer = eva.ask("cashier_open_drawer", "cashier_open_drawer_result", asked)
        assert answer == {"ok": True}
    daemon.client.wait_for("drawer_ready", lambda body: body == {})
    taken = [daemon.say("drawer_take", printer="desk")["open"] for _ in range(2)]
    assert taken == [True, False]


def test_a_job_that_nobody_has(lobby: Lobby) -> None:
    daemon = Daemon(lobby)
    assert daemon.say("print_done", id=999, lease="x")["code"] == "not_found"
    assert daemon.say("print_failed", id=999, lease="x")["code"] == "not_found"
    assert daemon.say("print_lease", printer="lobby", roles=["poster"])["code"] == (
        "validation_failed"
    )


# --- printers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ({"online": True, "paper": "out", "cover_open": False}, "out of paper"),
        ({"online": True, "paper": "ok", "cover_open": True}, "cover is open"),
        ({"online": False, "paper": "unknown", "cover_open": False}, "not connected"),
        ({"online": True, "paper": "ok", "cover_open": False, "error": "cutter jam"}, "cutter jam"),
    ],
    ids=["paper", "cover", "offline", "jam"],
)
def test_the_kiosk_and_staff_read_what_a_printer_needs(
    lobby: Lobby, status: Json, says: str
) -> None:
    daemon, kiosk, eva = Daemon(lobby), lobby.device("door"), lobby.person("eva")
    well = {"online": True, "paper": "ok", "cover_open": False}
    assert daemon.say("printer_status", printer="lobby", **status) == {"ok": True}
    for screen in (kiosk, eva):
        body = screen.wait_for("devices_updated", lambda body: needs(body, "lobby", says))
        printer = next(entry for entry in body["printers"] if entry["name"] == "lobby")
        assert printer["problem"].startswith("Lobby printer: ")
        assert printer == printer | {key: status[key] for key in ("online", "paper", "cover_open")}
        screen.forget()
    assert daemon.say("printer_status", printer="lobby", **well) == {"ok": True}
    for screen in (kiosk, eva):
        screen.wait_for("devices_updated", lambda body: needs(body, "lobby", None))


def needs(body: Json, name: str, says: str | None) -> bool:
    """Whether this printer is there and says this, or is there and needs nothing."""
    problems = [printer["problem"] for printer in body["printers"] if printer["name"] == name]
    return any(problem is None if says is None else says in (problem or "") for problem in problems)


def test_a_daemon_may_take_its_time_to_introduce_itself(fresh: Lobby) -> None:
    """Another server changes who is here, and this one looks after its own: not yet after this."""
    eva = fresh.person("eva")
    daemon = fresh.daemon()
    with fresh.database.engine.begin() as connection:
        device = connection.scalar(select(Device.id).where(Device.name == "pi"))
        connection.execute(
            insert(Printer).values(
                name="elsewhere",
                device_id=device,
                roles=["ticket"],
                fallback_roles=[],
                online=True,
                paper=Paper.OK,
                cover_open=False,
                changed_at=datetime.now(UTC),
            )
        )
    eva.wait_for("devices_updated", lambda body: needs(body, "elsewhere", None))
    assert daemon.call("device_hello", HELLO)["ok"] is True


def test_a_printer_that_nobody_introduced(lobby: Lobby) -> None:
    daemon = Daemon(lobby)
    status = {"printer": "attic", "online": True, "paper": "ok", "cover_open": False}
    assert daemon.say("printer_status", **status)["code"] == "not_found"
    odd = {"printer": "lobby", "online": True, "paper": "plenty", "cover_open": False}
    assert daemon.say("printer_status", **odd)["code"] == "validation_failed"


# --- beside it --------------------------------------------------------------------------------


def test_a_second_server_on_the_same_port_disturbs_nobody(fresh: Lobby) -> None:
    """Somebody starts it once more by mistake: the daemon is still there, and so says everybody."""
    eva = fresh.person("eva")
    daemon = Daemon(fresh)
    daemon.say("printer_status", printer="lobby", online=True, paper="ok", cover_open=False)
    eva.wait_for("devices_updated", lambda body: needs(body, "lobby", None))
    second = subprocess.run(
        [sys.executable, "-m", "appliance", "serve"],
        env=fresh.server.environment,
        capture_output=True,
        timeout=240,
        check=False,
    )
    assert second.returncode == 1, second.stderr
    felix = fresh.person("felix")
    devices = felix.wait_for("devices_updated")
    assert devices["peripherals"] == [{"name": "pi", "online": True}]
    assert needs(devices, "lobby", None)
