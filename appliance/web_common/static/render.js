/** One state, one view: changing the state draws the page again, at most once per frame. */

import { render } from "/static/common/vendor/lit-html/lit-html.js";

/**
 * @template {object} S
 * @typedef {object} App
 * @property {Readonly<S>} state The newest state; never change it in place.
 * @property {(patch: Partial<S>) => void} set Merges a patch into the state and draws soon.
 * @property {() => void} redraw Draws soon although nothing changed: the clock moved.
 * @property {() => void} flush Draws now: for focus and measurements that need the new page.
 */

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

  const draw = () => {
    if (!pending) return;
    pending = false;
    // What the server has put there for the time until now.
    if (!drawn) element.replaceChildren();
    drawn = true;
    render(view(state), element);
  };
  const schedule = () => {
    if (pending) return;
    pending = true;
    // Hidden pages get no frames, but their titles and live regions must not lag.
    if (document.hidden) setTimeout(draw);
    else requestAnimationFrame(draw);
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
    flush() {
      pending = true;
      draw();
    },
  };
}
