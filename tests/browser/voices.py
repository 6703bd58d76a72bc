"""A machine that speaks: its voices, and what they were asked to say."""

from __future__ import annotations

from playwright.sync_api import Page

_MACHINE = """(languages) => {
  let speaking = 0;
  window.said = [];
  class Utterance { constructor(text) { this.text = text; } }
  const voice = (lang) => ({ lang, name: lang, localService: true, default: false });
  Object.defineProperty(window, "SpeechSynthesisUtterance", { value: Utterance });
  Object.defineProperty(window, "speechSynthesis", { value: {
    getVoices: () => languages.map(voice),
    cancel: () => undefined,
    speak(utterance) {
      speaking += 1;
      said.push({ text: utterance.text, lang: utterance.lang, alone: speaking === 1 });
      setTimeout(() => { speaking -= 1; utterance.onend(); }, DURATION);
    },
  } });
}"""


def give_voices(page: Page, *languages: str, milliseconds: int = 0) -> None:
    """From the next page on the machine has these voices and records what they say in `said`.

    Args:
        page: Before it opens what is to speak.
        languages: One voice for each, such as `en-US`.
        milliseconds: How long each sentence takes.
    """
    machine = _MACHINE.replace("DURATION", str(milliseconds))
    page.add_init_script(f"({machine})({list(languages)!r})")
