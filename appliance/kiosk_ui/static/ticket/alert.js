/** Tells a customer who has allowed it that it is their turn, by sound and vibration. */

import { createChime } from "../board/chime.js";

const BUZZ = [300, 150, 300, 150, 300];
const RINGS = 3;
const RING_EVERY_MS = 1_800;

/** Whether this phone can do anything of it. */
export const canAlert = "AudioContext" in window || "vibrate" in navigator;

/**
 * Keeps the screen on, as long as the page is in sight; a browser that cannot, does not.
 * @returns {() => void} Lets it sleep again.
 */
function stayAwake() {
  let wanted = true;
  /** @type {WakeLockSentinel | null} */
  let lock = null;
  const ask = async () => {
    if (!wanted || document.hidden || !("wakeLock" in navigator)) return;
    try {
      lock = await navigator.wakeLock.request("screen");
      if (!wanted) void lock.release();
    } catch {
      lock = null; // A battery that is nearly empty: the phone decides.
    }
  };
  document.addEventListener("visibilitychange", ask);
  void ask();
  return () => {
    wanted = false;
    document.removeEventListener("visibilitychange", ask);
    void lock?.release();
  };
}

/**
 * To be called from a tap: browsers let no page ring before.
 * @returns {{ring: () => void, stop: () => void}}
 */
export function allowAlerts() {
  const chime = "AudioContext" in window ? createChime(() => undefined, true) : () => undefined;
  const sleep = stayAwake();
  return {
    ring() {
      navigator.vibrate?.(BUZZ);
      for (let count = 0; count < RINGS; count += 1) setTimeout(chime, count * RING_EVERY_MS);
    },
    stop: sleep,
  };
}
