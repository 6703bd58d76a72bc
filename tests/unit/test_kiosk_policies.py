"""What the kiosk's browser may do is said by the release, as Chromium reads it."""

from __future__ import annotations

import json

from click.testing import CliRunner

from appliance.cli import main


def test_nothing_but_the_own_page_is_let_in() -> None:
    said = CliRunner().invoke(main, ["kiosk", "policies", "--port", "5001"])
    assert said.exit_code == 0
    found = json.loads(said.stdout)
    assert found["URLAllowlist"] == ["127.0.0.1:5001", "about:blank"]
    # Without its own entry `*` leaves the browser's pages open.
    assert {"*", "chrome://*", "view-source:*", "devtools://*", "file://*"} <= set(
        found["URLBlocklist"]
    )
    assert found["SavingBrowserHistoryDisabled"] is True
    assert found["AllowDeletingBrowserHistory"] is False
    assert found["IncognitoModeAvailability"] == 1


def test_the_keeper_can_look_through_its_port() -> None:
    """With this policy Chromium refuses every look at a page."""
    found = json.loads(CliRunner().invoke(main, ["kiosk", "policies"]).stdout)
    assert "DeveloperToolsAvailability" not in found
    assert found.get("RemoteDebuggingAllowed", True)
