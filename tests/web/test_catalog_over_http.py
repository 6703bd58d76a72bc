"""A manager keeps the catalogue over HTTP; the kiosk follows by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appliance.server.clock import utc_now
from tests.support.clients import Http, Json
from tests.support.lobby import Lobby
from tests.web.conftest import OpenLobby
from tests.web.test_manager_over_http import good, history, refused


@pytest.fixture
def lobby(open_lobby: OpenLobby) -> Lobby:
    """A server of the test's own: what it offers changes here."""
    return open_lobby(CURRENCY="USD")


@pytest.fixture
def gloria(lobby: Lobby) -> Http:
    return lobby.http(lobby.token("gloria"))


def offered(lobby: Lobby) -> dict[str, float]:
    """What the kiosk shows: names and prices."""
    return {
        f"{service['name']}, {variant['name']}": variant["price"]
        for category in good(lobby.http().get("/api/catalog"))["categories"]
        for service in category["services"]
        for variant in service["classifications"]
    }


def add_one(gloria: Http) -> tuple[Json, Json, Json]:
    """A category with a service with a variant."""
    words = {"translations": {"ja": {"name": "足"}}}
    category = good(gloria.post("/api/manager/categories", json={"name": "Feet", **words}))
    service = good(
        gloria.post(
            "/api/manager/services",
            json={"category_id": category["category"]["id"], "name": "Reflexology", "tax_rate": 12},
        )
    )
    variant = {
        "service_id": service["service"]["id"],
        "name": "45 minutes",
        "price": "40.50",
        "duration_minutes": 45,
        "turn_value": 0.5,
        "request_id": "a variant",
    }
    added = good(gloria.post("/api/manager/classifications", json=variant))
    assert good(gloria.post("/api/manager/classifications", json=variant)) == added
    return category["category"], service["service"], added["classification"]


def test_an_entry_of_each_kind_is_added_and_changed(lobby: Lobby, gloria: Http) -> None:
    kiosk = lobby.device("door")
    category, service, variant = add_one(gloria)
    assert (variant["price"], variant["turn_value"], service["tax_rate"]) == (40.5, 0.5, 12)
    assert offered(lobby)["Reflexology, 45 minutes"] == 40.5
    kiosk.wait_for("catalog_updated")
    path = f"/api/manager/classifications/{variant['id']}"
    change = {"name": "50 minutes", "price": 45, "duration_minutes": 50, "position": 7}
    changed = good(gloria.patch(path, json=change))["classification"]
    assert {name: changed[name] for name in change} == change
    assert offered(lobby)["Reflexology, 50 minutes"] == 45
    detail = history(lobby, "classification_changed")[-1]
    by_another_keyboard = good(gloria.patch(path, json={"price": "٤٩٫٥"}))["classification"]
    assert by_another_keyboard["price"] == 49.5
    assert (detail["before"]["price"], detail["after"]["price"]) == ("40.50", "45.00")
    new = {"name": "Foot", "description": "On a chair", "tax_rate": "5.5", "active": False}
    answer = good(gloria.patch(f"/api/manager/services/{service['id']}", json=new))["service"]
    assert (answer["name"], answer["tax_rate"], answer["active"]) == ("Foot", 5.5, False)
    assert "Foot, 50 minutes" not in offered(lobby)
    words = {"translations": {"es": {"name": "Pies"}}, "name": "Soles"}
    path = f"/api/manager/categories/{category['id']}"
    assert good(gloria.patch(path, json=words))["category"]["translations"] == words["translations"]
    whole = good(gloria.get("/api/manager/catalog"))["categories"]
    (soles,) = [entry for entry in whole if entry["name"] == "Soles"]
    assert soles["services"] == [answer], "what is hidden is there, too"


def test_a_service_moves_to_another_category(lobby: Lobby, gloria: Http) -> None:
    category, service, variant = add_one(gloria)
    menu = {one["name"]: one for one in good(gloria.get("/api/manager/catalog"))["categories"]}
    massage = menu["Massage"]
    path = f"/api/manager/services/{service['id']}"
    seen = {"expected": {"category_id": category["id"]}}
    moved = good(gloria.patch(path, json={"category_id": massage["id"], **seen}))["service"]
    assert moved["category_id"] == massage["id"]
    menu = {one["name"]: one for one in good(gloria.get("/api/manager/catalog"))["categories"]}
    assert menu["Massage"]["services"][-1] == moved, "it comes last there"
    assert menu[category["name"]]["services"] == []
    assert [one["id"] for one in moved["classifications"]] == [variant["id"]]
    detail = history(lobby, "service_changed")[-1]
    assert detail["before"]["category"] == category["name"]
    assert detail["after"]["category"] == "Massage"
    said = refused(
        gloria.patch(path, json={"category_id": menu["Facial"]["id"], **seen}), 409, "invalid_state"
    )
    assert str(massage["id"]) in said
    refused(gloria.patch(path, json={"category_id": 999}), 404, "not_found")
    twin = {"category_id": category["id"], "name": "Deep Tissue"}
    other = good(gloria.post("/api/manager/services", json=twin))["service"]
    refused(
        gloria.patch(f"/api/manager/services/{other['id']}", json={"category_id": massage["id"]}),
        409,
        "invalid_state",
    )


def test_not_today(lobby: Lobby, gloria: Http) -> None:
    variant = f"/api/manager/classifications/{lobby.spa.swedish_30}"
    hidden = good(gloria.patch(variant, json={"hidden_until": "next_business_day"}))
    assert hidden["classification"]["hidden_until"] > utc_now().isoformat()
    assert "Swedish Massage, 30 minutes" not in offered(lobby)
    kiosk = lobby.device("door")
    item = {"items": [{"service_classification_id": lobby.spa.swedish_30}]}
    assert kiosk.call("customer_confirm_selection", item)["code"] == "not_found"
    good(gloria.patch(variant, json={"hidden_until": None}))
    assert offered(lobby)["Swedish Massage, 30 minutes"] == 50
    assert kiosk.call("customer_confirm_selection", item)["ok"]


def test_a_scheduled_price_is_valid_by_itself(lobby: Lobby, gloria: Http) -> None:
    kiosk = lobby.device("door")
    started = kiosk.call("customer_start", {})["transaction"]
    item = {"service_classification_id": lobby.spa.swedish_60, "transaction_id": started["id"]}
    assert kiosk.call("customer_add_item", item)["transaction"]["total_amount"] == 80
    path = f"/api/manager/classifications/{lobby.spa.swedish_60}"
    far = (utc_now() + timedelta(days=7)).isoformat()
    good(gloria.patch(path, json={"price": "99", "from": far}))
    moment = utc_now() + timedelta(seconds=3)
    kiosk.forget()
    told = good(gloria.patch(path, json={"price": "90.00", "from": moment.isoformat()}))
    scheduled = told["classification"]["scheduled"]
    assert (told["classification"]["price"], [row["price"] for row in scheduled]) == (80, [90, 99])
    pushes = 0
    while not history(lobby, "price_valid"):
        pushes += 1
        kiosk.wait_for("catalog_updated", count=pushes)
    assert utc_now() >= moment
    assert offered(lobby)["Swedish Massage, 60 minutes"] == 90
    both = kiosk.call("customer_add_item", item)["transaction"]
    assert both["total_amount"] == 170, "two lines: what was chosen keeps its price"
    assert history(lobby, "price_valid")[0]["after"] == {"price": "90.00"}
    taken_back = good(gloria.patch(path, json={"price": None, "from": far}))["classification"]
    assert (taken_back["price"], taken_back["scheduled"]) == (90, [])


def test_a_list_gets_another_order(lobby: Lobby, gloria: Http) -> None:
    kiosk = lobby.device("door")
    order = "/api/manager/catalog/order"
    swedish = [lobby.spa.swedish_30, lobby.spa.swedish_60]
    for ids in (swedish[::-1], swedish):
        kiosk.forget()
        good(
            gloria.post(order, json={"kind": "classification", "ids": ids, "request_id": str(ids)})
        )
        kiosk.wait_for("catalog_updated")
        shown = good(lobby.http().get("/api/catalog"))["categories"][0]["services"][0]
        assert [variant["id"] for variant in shown["classifications"]] == ids
    detail = history(lobby, "catalog_order_changed")[-1]
    assert (detail["before"], detail["after"]) == (swedish[::-1], swedish)
    categories = [entry["id"] for entry in good(gloria.get("/api/manager/catalog"))["categories"]]
    before = lobby.rows()
    for kind, ids, status in (
        ("classification", swedish[:1], 409),  # not all of them
        ("classification", [*swedish, 987654], 409),
        ("classification", swedish * 2, 409),
        ("service", swedish[:1] * 2, 409),
        ("category", [], 400),
        ("room", categories, 400),
    ):
        answer = gloria.post(order, json={"kind": kind, "ids": ids})
        refused(answer, status, "invalid_state" if status == 409 else "validation_failed")
    assert lobby.rows() == before


def test_a_price_is_scheduled_by_the_shops_own_clock(open_lobby: OpenLobby) -> None:
    lobby = open_lobby(APPLIANCE_TIMEZONE="Asia/Manila")
    gloria = lobby.http(lobby.token("gloria"))
    path = f"/api/manager/classifications/{lobby.spa.swedish_30}"
    told = good(gloria.patch(path, json={"price": 60, "from": "2031-03-05T08:00:00"}))
    (scheduled,) = told["classification"]["scheduled"]
    assert scheduled["from"].startswith("2031-03-05T00:00:00")


def test_bad_input_changes_nothing(lobby: Lobby, gloria: Http) -> None:
    variant = f"/api/manager/classifications/{lobby.spa.swedish_30}"
    before = lobby.rows()
    for price in ("1e3", "-0", "１２,5", "NaN", "0.0123456789", "12.005", -1, 10**12, "", " ",
                  "1,5", None, True, [], 0.001, -0.0):  # fmt: skip
        refused(gloria.patch(variant, json={"price": price}), 400, "validation_failed")
    json = {"Content-Type": "application/json"}
    for body in (b'{"price": NaN}', b'{"price": 1e400}', b'{"price": -Infinity}', b'{"price": '):
        answer = gloria.patch(variant, data=body, headers=json)
        refused(answer, 400, "validation_failed")
    said = refused(gloria.patch(variant, json={"price": "-0"}), 400, "validation_failed")
    assert said == "Write plain digits with a point, such as 95.50."
    for bad in (
        {"name": ""},
        {"name": " \t"},
        {"name": "x" * 121},
        {"duration_minutes": 0},
        {"duration_minutes": 1.5},
        {"turn_value": 2},
        {"position": -1},
        {"active": None},
        {"hidden_until": "tomorrow"},
        {"hidden_until": "2026-11-27T10:00:00"},
        {"translations": {"xx": {"name": "?"}}},
        {"translations": {"es": {"name": "\ud800"}}},
        {"translations": {"es": {}}},
        {"from": "2099-01-01T00:00:00+00:00"},
        {"price": 5, "from": "soon"},
    ):
        refused(gloria.patch(variant, json=bad), 400, "validation_failed")
    said = refused(gloria.patch(variant, json={"name": "60 minutes"}), 409, "invalid_state")
    assert said == "60 minutes already exists here."
    refused(gloria.post("/api/manager/categories", json={"name": "Massage"}), 409, "invalid_state")
    refused(gloria.patch("/api/manager/services/999", json={"name": "X"}), 404, "not_found")
    new = {"category_id": 999, "name": "X"}
    refused(gloria.post("/api/manager/services", json=new), 404, "not_found")
    assert lobby.rows() == before


def test_the_second_of_two_managers_sees_the_firsts_price(lobby: Lobby, gloria: Http) -> None:
    path = f"/api/manager/classifications/{lobby.spa.swedish_30}"
    seen = {"expected": {"price": 50}}
    good(gloria.patch(path, json={"price": 55, **seen}))
    said = refused(gloria.patch(path, json={"price": "52.00", **seen}), 409, "invalid_state")
    assert "55.00" in said
    assert offered(lobby)["Swedish Massage, 30 minutes"] == 55


def test_the_history_in_pages(lobby: Lobby, gloria: Http) -> None:
    path = f"/api/manager/classifications/{lobby.spa.swedish_30}"
    for price in range(1, 131):
        good(gloria.patch(path, json={"price": price}))
    query = "event=classification_changed&actor=Gloria"
    first = good(gloria.get(f"/api/manager/history?{query}"))
    assert len(first["history"]) == 100
    assert first["history"][0]["detail"]["after"] == {"price": "130.00"}
    second = good(gloria.get(f"/api/manager/history?{query}&before={first['before']}"))
    assert (len(second["history"]), second["before"]) == (30, None)
    today = utc_now().date()
    ago = f"from={today - timedelta(days=9)}&to={today - timedelta(days=5)}"
    assert good(gloria.get(f"/api/manager/history?{ago}"))["history"] == []
    for good_query in ("from=0001-01-01&to=9999-12-31", f"from={today - timedelta(days=1)}"):
        assert good(gloria.get(f"/api/manager/history?{good_query}"))["history"]
    visit = lobby.device("door").call(
        "customer_confirm_selection",
        {"items": [{"service_classification_id": lobby.spa.swedish_30}]},
    )["transaction"]
    rows = good(gloria.get(f"/api/manager/history?code={visit['code']}"))["history"]
    assert {row["transaction_id"] for row in rows} == {visit["id"]}
    for bad in ("from=2026-13-01", "to=yesterday", "before=x", "before=-1", "code=nine"):
        answer = gloria.get(f"/api/manager/history?{bad}")
        refused(answer, 400, "validation_failed")
