/**
 * The voices that the browser has, for the board and the kiosk. Many have none: a television, or a
 * Chromium without a speech dispatcher.
 */

/** Some engines never tell that they have ended. */
const GIVE_UP_MS = 12_000;
/** Slower than any voice speaks, for what is longer than a sentence. */
const GIVE_UP_MS_PER_LETTER = 150;
/** What engines call a language that the shop calls otherwise. @type {Record<string, string[]>} */
const ALSO = { fil: ["tl"] };
/** Who cannot do what they say: eSpeak calls each Japanese sign "Chinese letter". @type {Record<string, RegExp>} */
const NOT_BY = { ja: /espeak/i };

/** Whether this browser can speak at all. */
const able = "speechSynthesis" in window;

/**
 * A voice of the machine itself, if there is one: one from the network would fall silent with it.
 * @param {string} code The shop's name of a language.
 * @returns {SpeechSynthesisVoice | undefined}
 */
export function voiceFor(code) {
  if (!able) return undefined;
  const wanted = [code, ...(ALSO[code] ?? [])];
  const known = speechSynthesis
    .getVoices()
    .filter(({ lang }) => wanted.includes(lang.toLowerCase().split(/[-_]/)[0] ?? ""))
    .filter(({ name }) => !NOT_BY[code]?.test(name));
  return known.find(({ localService }) => localService) ?? known[0];
}

/**
 * Tells when voices have come or gone: browsers load them late, and some only once asked.
 * @param {() => void} tell
 */
export function watchVoices(tell) {
  if (!able) return;
  speechSynthesis.getVoices();
  speechSynthesis.addEventListener?.("voiceschanged", tell);
}

/** Ends the wait for what is being said. */
let finish = () => {};

/**
 * @param {string} text
 * @param {SpeechSynthesisVoice} voice
 * @returns {Promise<void>} Done when the last word is said, or it is clear that it never will be.
 */
export function say(text, voice) {
  return new Promise((resolve) => {
    const utterance = new SpeechSynthesisUtterance(text);
    utterance.voice = voice;
    utterance.lang = voice.lang;
    utterance.rate = 0.9;
    const timer = setTimeout(hush, GIVE_UP_MS + text.length * GIVE_UP_MS_PER_LETTER);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    finish = end;
    utterance.onend = utterance.onerror = end;
    speechSynthesis.speak(utterance);
  });
}

/** Says no more of what was to be said. */
export function hush() {
  if (able) speechSynthesis.cancel();
  finish();
}
