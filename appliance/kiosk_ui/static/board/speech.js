/**
 * Reads a call aloud in the shop's languages, with the voices that the browser has. A television may
 * have none: then the chime alone calls.
 */

import { boot } from "/static/common/boot.js";
import { forRoom, N_ } from "/static/common/i18n.js";
import { inAllLanguages } from "../in_all_languages.js";

/** @typedef {import("/static/common/types.js").Call} Call */

const SENTENCE = N_("Number {code}, please go to room {room}.");
/** Some engines never tell that they have ended. */
const GIVE_UP_MS = 12_000;
/** What engines call a language that the shop calls otherwise. @type {Record<string, string[]>} */
const ALSO = { fil: ["tl"] };

/** @param {string} code @returns {SpeechSynthesisVoice | undefined} */
function voiceFor(code) {
  const wanted = [code, ...(ALSO[code] ?? [])];
  const able = speechSynthesis
    .getVoices()
    .filter(({ lang }) => wanted.includes(lang.toLowerCase().split(/[-_]/)[0] ?? ""));
  // A voice from the network would fall silent with it.
  return able.find(({ localService }) => localService) ?? able[0];
}

/**
 * @param {string} text
 * @param {SpeechSynthesisVoice} voice
 */
function say(text, voice) {
  return new Promise((resolve) => {
    const utterance = new SpeechSynthesisUtterance(text);
    utterance.voice = voice;
    utterance.lang = voice.lang;
    utterance.rate = 0.9;
    const timer = setTimeout(() => {
      speechSynthesis.cancel();
      resolve(undefined);
    }, GIVE_UP_MS);
    utterance.onend = utterance.onerror = () => {
      clearTimeout(timer);
      resolve(undefined);
    };
    speechSynthesis.speak(utterance);
  });
}

/**
 * @returns {(call: Call) => Promise<void>} Reads a call aloud, one language after the other; done
 *   when the last word is said, at once where there is no voice.
 */
export function createSpeaker() {
  if (!("speechSynthesis" in window)) return async () => undefined;
  // Asking is what makes some browsers load their voices.
  speechSynthesis.getVoices();
  const sentences = inAllLanguages(SENTENCE);

  return async (call) => {
    for (const { code } of boot.languages) {
      const voice = voiceFor(code);
      const sentence = sentences.get(code);
      if (!voice || !sentence) continue;
      // Digit by digit, as it is printed: "0 0 4 2".
      const number = [...call.code].join(" ");
      const { room_number: room } = call;
      const words = forRoom(sentence, room, code);
      await say(words.replace("{code}", number).replace("{room}", room), voice);
    }
  };
}
