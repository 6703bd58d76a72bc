/** Notices that the customer has walked away. */

const WARNING_SECONDS = 20;

/**
 * Counts the quiet seconds of a visit.
 * @param {object} settings
 * @param {number} settings.timeout Seconds after which the server gives the selection up.
 * @param {(left: number) => void} settings.warn Seconds left, again and again until somebody answers
 *   by `start`. A mere touch does not: the warning must stay under the finger until the tap is
 *   over, or the tap would go through to what lies below.
 * @param {() => void} settings.expire
 * @returns {{start: () => void, stop: () => void}} `start` counts from now.
 */
export function createIdleWatch({ timeout, warn, expire }) {
  const warning = Math.min(WARNING_SECONDS, Math.floor(timeout / 2));
  let touchedAt = 0;
  let warned = false;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;

  const stop = () => {
    clearInterval(timer);
    timer = undefined;
    warned = false;
  };
  const tick = () => {
    const left = Math.ceil(timeout - (performance.now() - touchedAt) / 1000);
    if (left <= 0) {
      stop();
      expire();
    } else if (left <= warning) {
      warned = true;
      warn(left);
    }
  };
  const touched = () => {
    if (!warned) touchedAt = performance.now();
  };
  for (const event of ["pointerdown", "keydown", "wheel"]) {
    addEventListener(event, touched, { capture: true, passive: true });
  }

  return {
    start() {
      stop();
      touchedAt = performance.now();
      timer = setInterval(tick, 500);
    },
    stop,
  };
}
