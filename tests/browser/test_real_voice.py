"""Chromium speaks by a real Speech Dispatcher and eSpeak NG, into a sound card that swallows it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from appliance.kiosk_host import speech
from tests.browser.conftest import OPTIONS

ALSA = """\
pcm.default { @args [ CARD ] @args.CARD { type string } type null }
ctl.default { @args [ CARD ] @args.CARD { type string } type hw card 0 }
"""
SAY = """(lang) => new Promise((resolve, reject) => {
  const speak = () => {
    const voices = speechSynthesis.getVoices();
    const voice = voices.find((each) => each.lang.startsWith(lang));
    if (!voice) return;
    const utterance = new SpeechSynthesisUtterance("0 0 4 2");
    utterance.voice = voice;
    utterance.onend = () => resolve(voices.map((each) => each.lang).sort());
    utterance.onerror = ({ error }) => reject(new Error(error));
    speechSynthesis.speak(utterance);
  };
  speechSynthesis.onvoiceschanged = speak;
  speak();
})"""


def test_what_is_said_in_three_languages_ends(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not shutil.which(speech.DISPATCHER) or not any(Path("/usr/lib").glob("*/espeak-ng-data")):
        pytest.skip("not here: apt-get install speech-dispatcher speech-dispatcher-espeak-ng")
    alsa = tmp_path / "asound.conf"
    alsa.write_text(ALSA)
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(alsa))
    folder = tmp_path / "speech"
    with speech.dispatcher(folder, "Test") as given:
        chromium = browser.browser_type.launch(
            executable_path=shutil.which("chromium-headless-shell"),
            env={**os.environ, **given},
            args=[*OPTIONS, "--enable-speech-dispatcher"],
        )
        page = chromium.new_page()
        for language in ("en", "es", "ar"):
            assert page.evaluate(SAY, language) == ["ar", "en-US", "es"]
        chromium.close()
