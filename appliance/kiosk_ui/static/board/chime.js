/** Two soft notes, made by the browser: no sound file to load or to lose. */

const NOTES_HZ = [659.26, 523.25];
const NOTE_GAP_S = 0.28;
const NOTE_S = 1.1;
const LOUDNESS = 0.25;

/** How long the whole chime sounds. */
export const CHIME_MS = (NOTE_GAP_S * (NOTES_HZ.length - 1) + NOTE_S) * 1000;

/**
 * @returns {() => void} Rings once. Silent where the browser wants a touch first; a kiosk's browser
 *   is started with `--autoplay-policy=no-user-gesture-required`.
 */
export function createChime() {
  /** @type {AudioContext | undefined} */
  let context;
  const wake = () => void context?.resume();
  addEventListener("pointerdown", wake);
  addEventListener("keydown", wake);

  return () => {
    context ??= new AudioContext();
    const { currentTime, destination } = context;
    NOTES_HZ.forEach((frequency, place) => {
      const begins = currentTime + place * NOTE_GAP_S;
      const oscillator = new OscillatorNode(/** @type {AudioContext} */ (context), { frequency });
      const volume = new GainNode(/** @type {AudioContext} */ (context), { gain: 0 });
      volume.gain.setValueAtTime(0, begins);
      volume.gain.linearRampToValueAtTime(LOUDNESS, begins + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.001, begins + NOTE_S);
      oscillator.connect(volume).connect(destination);
      oscillator.start(begins);
      oscillator.stop(begins + NOTE_S);
    });
  };
}
