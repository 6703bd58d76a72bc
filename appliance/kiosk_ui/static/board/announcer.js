/** Announces each new call by itself, one after the other: two never overlap. */

/** @typedef {import("/static/common/types.js").Call} Call */

/** Each call has the stage for this long before the next one. */
const STAGE_MS = 5_000;
/** The last one stands out a little longer. */
const FADE_MS = 8_000;
/** After a long time away only the newest are rung for: the others have found their way. */
const AT_MOST = 4;

/** @param {Call} call */
export const callKey = (call) => `${call.code} ${call.room_number} ${call.at}`;

/**
 * @param {() => void} chime
 * @param {(key: string | null) => void} highlight Told which call stands out, or that none does.
 * @returns {(calls: Call[]) => void} Takes each snapshot's calls, newest first. The first
 *   snapshot's were called before this page came: they are shown, not announced.
 */
export function createAnnouncer(chime, highlight) {
  /** @type {Set<string> | null} The calls on the last snapshot; null before the first. */
  let known = null;
  /** @type {string[]} */
  let queue = [];
  let onStage = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let fading;

  const next = () => {
    const key = queue.shift();
    if (key === undefined) {
      onStage = false;
      fading = setTimeout(() => highlight(null), FADE_MS - STAGE_MS);
      return;
    }
    onStage = true;
    clearTimeout(fading);
    highlight(key);
    chime();
    setTimeout(next, STAGE_MS);
  };

  return (calls) => {
    const keys = calls.map(callKey);
    const before = known;
    known = new Set(keys);
    if (before === null) return;
    const fresh = keys.filter((key) => !before.has(key)).reverse();
    // Whoever went to the room meanwhile needs no announcement any more.
    queue = [...queue.filter((key) => known?.has(key)), ...fresh].slice(-AT_MOST);
    if (!onStage && queue.length > 0) next();
  };
}
