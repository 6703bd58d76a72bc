/** Announces each new call by itself, one after the other: two never overlap. */

/** @typedef {import("/static/common/types.js").Call} Call */

/** Each call has the stage for at least this long before the next one. */
const STAGE_MS = 5_000;
/** The chime first, so that people listen. */
const CHIME_MS = 1_200;
/** The last one stands out a little longer. */
const FADE_MS = 3_000;
/** After a long time away only the newest are rung for: the others have found their way. */
const AT_MOST = 4;

/** @param {Call} call */
export const callKey = (call) => `${call.code} ${call.room_number} ${call.at}`;

/** @param {number} milliseconds */
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * @param {() => void} chime
 * @param {(call: Call) => Promise<void>} speak Done when the last word is said.
 * @param {(key: string | null) => void} highlight Told which call stands out, or that none does.
 * @returns {(calls: Call[]) => void} Takes each snapshot's calls, newest first. The first
 *   snapshot's were called before this page came: they are shown, not announced.
 */
export function createAnnouncer(chime, speak, highlight) {
  /** @type {Set<string> | null} The calls on the last snapshot; null before the first. */
  let known = null;
  /** @type {Call[]} */
  let queue = [];
  let onStage = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let fading;

  /** @param {Call} call */
  const announce = async (call) => {
    highlight(callKey(call));
    chime();
    await pause(CHIME_MS);
    await speak(call);
  };

  const work = async () => {
    onStage = true;
    clearTimeout(fading);
    for (let call = queue.shift(); call; call = queue.shift()) {
      await Promise.all([announce(call), pause(STAGE_MS)]);
    }
    onStage = false;
    fading = setTimeout(() => highlight(null), FADE_MS);
  };

  return (calls) => {
    const before = known;
    known = new Set(calls.map(callKey));
    if (before === null) return;
    const fresh = calls.filter((call) => !before.has(callKey(call))).reverse();
    // A customer who went to the room meanwhile needs no announcement any more.
    queue = [...queue.filter((call) => known?.has(callKey(call))), ...fresh].slice(-AT_MOST);
    if (!onStage && queue.length > 0) void work();
  };
}
