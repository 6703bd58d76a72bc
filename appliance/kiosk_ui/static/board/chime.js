/** Two soft notes, made by the browser: no sound file to load or to lose. */

const NOTES_HZ = [659.26, 523.25];
const NOTE_GAP_S = 0.28;
const NOTE_S = 1.1;
const LOUDNESS = 0.25;

/**
 * Browsers keep a page silent until somebody touches it, unless they are started with
 * `--autoplay-policy=no-user-gesture-required`, as a kiosk's is.
 * @param {(silent: boolean) => void} tell Whether a touch is still needed.
 * @param {boolean} [touched] Whether this is the touch.
 * @returns {() => void} Rings once; does nothing while the browser keeps the page silent.
 */
export function createChime(tell, touched = false) {
  const context = new AudioContext();
  const look = () => tell(context.state !== "running");
  const wake = () => void context.resume().then(look, look);
  context.addEventListener("statechange", look);
  addEventListener("pointerdown", wake);
  addEventListener("keydown", wake);
  look();
  if (touched) wake();

  return () => {
    // What is scheduled while silent would all sound at once at the first touch.
    if (context.state !== "running") return;
    const { currentTime, destination } = context;
    NOTES_HZ.forEach((frequency, place) => {
      const begins = currentTime + place * NOTE_GAP_S;
      const oscillator = new OscillatorNode(context, { frequency });
      const volume = new GainNode(context, { gain: 0 });
      volume.gain.setValueAtTime(0, begins);
      volume.gain.linearRampToValueAtTime(LOUDNESS, begins + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.001, begins + NOTE_S);
      oscillator.connect(volume).connect(destination);
      oscillator.start(begins);
      oscillator.stop(begins + NOTE_S);
    });
  };
}
