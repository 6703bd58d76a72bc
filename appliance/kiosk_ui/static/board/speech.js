/**
 * Reads a call aloud in the shop's languages, with the voices that the browser has. A television may
 * have none: then the chime alone calls.
 */

import { boot } from "/static/common/boot.js";
import { forRoom, N_ } from "/static/common/i18n.js";
import { inAllLanguages } from "../in_all_languages.js";
import { say, voiceFor, watchVoices } from "../voices.js";

/** @typedef {import("/static/common/types.js").Call} Call */

const SENTENCE = N_("Number {code}, please go to room {room}.");

/**
 * @returns {(call: Call) => Promise<void>} Reads a call aloud, one language after the other; done
 *   when the last word is said, at once where there is no voice.
 */
export function createSpeaker() {
  watchVoices(() => undefined);
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
