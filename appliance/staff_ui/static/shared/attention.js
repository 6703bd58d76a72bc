/** Sound and vibration for somebody who is not looking at the screen. */

/** When a page that was just opened has nothing more to do. */
const AT_REST_MS = 1_000;

/** @type {AudioContext | null} */
let audio = null;

/**
 * Lets the page make sounds from the first touch on: browsers refuse them before.
 */
export function armAttention() {
  // Making one takes a slow machine a tenth of a second: not while a finger waits.
  const make = () => {
    audio ??= new AudioContext();
    return audio;
  };
  if (!("AudioContext" in window)) return; // Safari before 14.1: the page stays silent.
  setTimeout(make, AT_REST_MS);
  const wake = () => {
    if (make().state === "running") {
      removeEventListener("click", wake);
      removeEventListener("keydown", wake);
    } else
      make()
        .resume()
        .catch(() => undefined);
  };
  addEventListener("click", wake);
  addEventListener("keydown", wake);
}

/**
 * One soft bell tone.
 * @param {AudioContext} context
 * @param {number} hertz
 * @param {number} delay Seconds from now.
 */
function tone(context, hertz, delay) {
  const start = context.currentTime + delay;
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.frequency.value = hertz;
  gain.gain.setValueAtTime(0.0001, start);
  gain.gain.exponentialRampToValueAtTime(0.25, start + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.0001, start + 0.9);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + 1);
}

/** Chimes and vibrates, where the device can and the person has touched the page before. */
export function callForAttention() {
  if (!audio || audio.state !== "running") return;
  tone(audio, 659.25, 0);
  tone(audio, 880, 0.22);
  navigator.vibrate?.([120, 80, 120]);
}
