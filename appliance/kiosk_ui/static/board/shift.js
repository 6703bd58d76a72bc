/** Screens that show the same for years keep it: the whole picture wanders, too slowly to be seen. */

const STEP_MS = 60_000;
/** A square of so many pixels, walked along in lines of one pixel: nothing stays on its place. */
const SIDE = 8;

/**
 * Where the picture is at a moment.
 * @param {number} now Milliseconds.
 * @returns {[number, number]} Pixels to the side and down.
 */
export function shiftAt(now) {
  const step = Math.floor(now / STEP_MS) % (SIDE * SIDE * 2);
  // There and back again: never a jump.
  const place = step < SIDE * SIDE ? step : SIDE * SIDE * 2 - 1 - step;
  const row = Math.floor(place / SIDE);
  const column = place % SIDE;
  const across = row % 2 === 0 ? column : SIDE - 1 - column;
  return [across - SIDE / 2, row - SIDE / 2];
}

/** @param {HTMLElement} element */
export function keepShifting(element) {
  const [across, down] = shiftAt(Date.now());
  element.style.transform = `translate(${across}px, ${down}px)`;
}
