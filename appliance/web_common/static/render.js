/**
 * One state, one view: changing the state draws the page again, at most once per frame.
 *
 * What a tap changes is drawn right after the next frame, not in it: that frame is the pressed
 * button's, so that a finger on a slow machine sees at once that it was felt.
 */

import { render } from "/static/common/vendor/lit-html/lit-html.js";

/**
 * @template {object} S
 * @typedef {object} App
 * @property {Readonly<S>} state The newest state; never change it in place.
 * @property {(patch: Partial<S>) => void} set Merges a patch into the state and draws soon.
 * @property {() => void} redraw Draws soon although nothing changed: the clock moved.
 * @property {(then: () => void) => void} drawn Calls back once the newest state is on the page: for
 *   focus and measurements.
 */

/**
 * Does something right after the next frame; at once on a page that nobody sees, which has none.
 * @param {() => void} work
 */
export function afterFrame(work) {
  if (document.hidden) setTimeout(work);
  else requestAnimationFrame(() => setTimeout(work));
}

/**
 * Binds a state to an element.
 * @template {object} S
 * @param {HTMLElement} element
 * @param {S} initial
 * @param {(state: Readonly<S>) => unknown} view What to draw, as a lit-html template.
 * @returns {App<S>}
 */
export function createApp(element, initial, view) {
  let state = initial;
  let pending = false;
  let drawn = false;
  /** @type {(() => void)[]} */
  let waiting = [];

  const draw = () => {
    if (!pending) return;
    pending = false;
    // What the server has put there for the time until now.
    if (!drawn) element.textContent = "";
    drawn = true;
    render(view(state), element);
    const told = waiting;
    waiting = [];
    for (const then of told) then();
  };
  const schedule = () => {
    if (pending) return;
    pending = true;
    afterFrame(draw);
  };
  // A page that is hidden between the request and the frame would wait for its return.
  document.addEventListener("visibilitychange", draw);
  schedule();

  return {
    get state() {
      return state;
    },
    set(patch) {
      state = { ...state, ...patch };
      schedule();
    },
    redraw: schedule,
    drawn(then) {
      waiting.push(then);
      schedule();
    },
  };
}
