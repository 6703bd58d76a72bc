"""Through which sound card the kiosk's browsers speak, and that without one they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.kiosk_host import speech
from appliance.kiosk_host.screens import KIOSK


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    for number, name in enumerate(("vc4hdmi0", "Headphones", "Device")):
        folder = tmp_path / f"card{number}"
        folder.mkdir()
        (folder / "id").write_text(f"{name}\n")
    (tmp_path / "card2" / "usbid").write_text("0d8c:0014\n")
    return tmp_path


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("usb", "Device"),
        ("Headphones", "Headphones"),
        ("vc4hdmi1", None),
        ("", None),
    ],
)
def test_a_card_is_one_that_is_there(cards: Path, wanted: str, found: str | None) -> None:
    assert speech.card(wanted, cards) == found


def test_a_machine_without_cards(tmp_path: Path) -> None:
    assert speech.card("usb", tmp_path / "asound") is None


def test_without_a_card_the_browser_has_no_voice(tmp_path: Path) -> None:
    with speech.dispatcher(tmp_path, None) as given:
        assert given == {}
    assert "--enable-speech-dispatcher" not in KIOSK.browser(tmp_path, given)


def test_without_the_packages_the_browser_has_no_voice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with speech.dispatcher(tmp_path, "Device") as given:
        assert given == {}


def test_a_browser_with_a_voice_is_told_where_it_is(tmp_path: Path) -> None:
    command = KIOSK.browser(tmp_path, {"SPEECHD_ADDRESS": "unix_socket:/run/socket"})
    assert command[:3] == ["env", "SPEECHD_ADDRESS=unix_socket:/run/socket", "chromium"]
    assert "--enable-speech-dispatcher" in command
