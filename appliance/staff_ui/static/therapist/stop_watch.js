/** The one thing on the page that changes every second, without the page being drawn again. */

import { stopwatch } from "/static/common/format.js";
import { millisecondsSince } from "../shared/clock.js";

/** `<stop-watch>` with the property since: ISO 8601. */
class StopWatch extends HTMLElement {
  /** @type {string | null} */
  #since = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @param {string | null} since */
  set since(since) {
    this.#since = since;
    this.#show();
  }

  connectedCallback() {
    this.#timer = setInterval(() => this.#show(), 1_000);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  #show() {
    this.textContent = stopwatch(millisecondsSince(this.#since));
  }
}

customElements.define("stop-watch", StopWatch);
