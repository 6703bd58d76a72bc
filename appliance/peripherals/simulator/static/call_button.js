// Holding a button on a page as one holds a real one: with a finger, a mouse, the keyboard or a
// screen reader. It tells when it goes down and when it comes up, once each.

/** Milliseconds: a shorter touch is stretched, so that debouncing does not take it for a bounce. */
const SHORTEST = 150;

/** @typedef {{down: (room: string) => void, up: (room: string) => void}} Finger */

/** The buttons that are down, and since when. */
export class CallButtons {
  /** @type {Map<string, number>} */
  #down = new Map();
  /** @type {Map<string, number>} */
  #rising = new Map();

  /** @param {Finger} finger */
  constructor(finger) {
    this.finger = finger;
    addEventListener("blur", () => this.releaseAll());
    addEventListener("pagehide", () => this.releaseAll());
    document.addEventListener("visibilitychange", () => document.hidden && this.releaseAll());
  }

  /** @param {string} room */
  isDown(room) {
    return this.#down.has(room);
  }

  /** @param {string} room */
  press(room) {
    clearTimeout(this.#rising.get(room));
    this.#rising.delete(room);
    if (!this.#down.has(room)) {
      this.#down.set(room, performance.now());
      this.finger.down(room);
    }
  }

  /** @param {string} room */
  release(room) {
    const since = this.#down.get(room);
    if (since === undefined || this.#rising.has(room)) return;
    const rest = Math.max(0, since + SHORTEST - performance.now());
    this.#rising.set(
      room,
      setTimeout(() => this.#up(room), rest),
    );
  }

  releaseAll() {
    for (const room of [...this.#down.keys()]) this.#up(room);
  }

  /** Forgets what is down: there is nobody to tell. */
  forget() {
    for (const timer of this.#rising.values()) clearTimeout(timer);
    this.#rising.clear();
    this.#down.clear();
  }

  /** @param {string} room */
  #up(room) {
    clearTimeout(this.#rising.get(room));
    this.#rising.delete(room);
    if (this.#down.delete(room)) this.finger.up(room);
  }

  /**
   * @param {string} room
   * @returns {(event: Event) => void} for every event of that room's button
   */
  listener(room) {
    return (event) => {
      if (event instanceof KeyboardEvent) this.#key(room, event);
      else if (event instanceof PointerEvent) this.#point(room, event);
      else if (event.type === "blur") this.release(room);
    };
  }

  /**
   * @param {string} room
   * @param {KeyboardEvent} event
   */
  #key(room, event) {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault(); // the browser would make a click of it
    if (event.type === "keydown" && !event.repeat) this.press(room);
    if (event.type === "keyup") this.release(room);
  }

  /**
   * @param {string} room
   * @param {PointerEvent} event
   */
  #point(room, event) {
    switch (event.type) {
      case "pointerdown":
        if (event.button === 0 && event.currentTarget instanceof Element) {
          event.currentTarget.setPointerCapture(event.pointerId);
          this.press(room);
        }
        break;
      case "click":
        // A screen reader's click comes without a finger before it.
        if (event.detail === 0 && !this.#down.has(room)) {
          this.press(room);
          this.release(room);
        }
        break;
      case "contextmenu":
        event.preventDefault();
        break;
      default:
        this.release(room);
    }
  }
}
