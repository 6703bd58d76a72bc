"""The manager's Devices page shows a station's code until the station has connected."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from appliance import station_code
from tests.browser.conftest import OpenShop
from tests.browser.looks import looks_right
from tests.support.clients import Client, Http
from tests.support.tls import make_certificate


def test_a_stations_code_is_shown_until_it_has_connected(
    open_shop: OpenShop, tmp_path: Path
) -> None:
    shop = open_shop(APPLIANCE_AUTHORITY_FILE=str(make_certificate(tmp_path)[1]))
    page = shop.manager(path="/manager/devices")
    page.get_by_role("button", name="Add device", exact=True).click()
    dialog = page.get_by_role("dialog", name="Add device", exact=True)
    dialog.get_by_role("radio", name="Printers, buttons", exact=True).check()
    dialog.locator("input[name=name]").fill("annex")
    dialog.get_by_role("button", name="Add", exact=True).click()
    shown = page.get_by_role("dialog", name="Connect annex", exact=True)
    code = shown.get_by_role("code")
    expect(code).to_have_text(re.compile(r"^([a-z2-7]{4}-){7}[a-z2-7]{4}$"))
    looks_right(page, "manager", "station code")
    secret = station_code.read(code.inner_text()).secret
    with Http(shop.base_url) as http:
        asked = {"code": secret, "token": "s" * 43}
        assert http.post("/devices/token", json=asked).json()["ok"] is True
    with Client(shop.base_url, {"device_token": "s" * 43}, namespace="/peripherals") as station:
        hello = {"name": "annex", "printers": [], "rooms": []}
        assert station.call("device_hello", hello)["ok"] is True
        expect(shown).to_be_hidden()
        expect(page.get_by_text("annex is connected.", exact=True)).to_be_visible()
    page.get_by_role("button", name=re.compile(r"^annex\b")).click()
    page.get_by_role("button", name="New code", exact=True).click()
    again = page.get_by_role("code")
    expect(again).to_be_visible()
    assert station_code.read(again.inner_text()).secret != secret
    page.get_by_role("button", name="Close", exact=True).click()
