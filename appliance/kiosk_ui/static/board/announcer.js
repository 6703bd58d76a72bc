/** Rings for each new call, one after the other. */

import { CHIME_MS } from "./chime.js";

/** @typedef {import("/static/common/types.js").Call} Call */

const PAUSE_MS = 400;
/** How long a call stands out after it was rung. */
const FRESH_MS = 8_000;

/** @param {Call} call */
export const callKey = (call) => `${call.code} ${call.room_number} ${call.at}`;

/**
 * @param {() => void} chime
 * @param {(key: string | null) => void} highlight Told which call stands out, or that none does.
 */
export function createAnnouncer(chime, highlight) {
  /** @type {Set<string> | null} The calls on the last snapshot; null before the first. */
  let known = null;
  /** @type {string[]} */
  const queue = [];
  let ringing = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let fading;

  const ring = () => {
    const key = queue.shift();
    if (key === undefined) {
      ringing = false;
      fading = setTimeout(() => highlight(null), FRESH_MS);
      return;
    }
    ringing = true;
    clearTimeout(fading);
    highlight(key);
    chime();
    setTimeout(ring, CHIME_MS + PAUSE_MS);
  };

  return {
    /** @param {Call[]} calls Newest first. */
    see(calls) {
      const keys = calls.map(callKey);
      if (known !== null) {
        // Oldest first: in the order in which they were called.
        queue.push(...keys.filter((key) => !known?.has(key)).reverse());
      }
      known = new Set(keys);
      if (!ringing && queue.length > 0) ring();
    },

    /** The next snapshot is a first one again. */
    forget() {
      known = null;
    },
  };
}
