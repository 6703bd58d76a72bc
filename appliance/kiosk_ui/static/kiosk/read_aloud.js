/**
 * The kiosk reads itself aloud, as cash machines do: for people who do not see it, with headphones
 * and a keypad, or by touch. It says what stands on the page and nothing else
 * (docs/decisions/read-aloud.md).
 */

import { language, t } from "/static/common/i18n.js";
import { hush, say, voiceFor } from "../voices.js";
import { CONTROLS, controlWords, PLACES, wordsOf } from "./spoken.js";

/** @typedef {import("./spoken.js").Words} Words */

/** What tells of itself when it changes. */
const TELLING = "[role=status], [role=alert], [aria-live]";
/** What a finger may want to hear that is not to be chosen. */
const READABLE = "p, li, h1, h2, figure";
/** By their place, whether NumLock is on or off. @type {Record<string, 1 | -1>} */
const STEPS = {
  ArrowDown: 1,
  ArrowRight: 1,
  Numpad2: 1,
  Numpad6: 1,
  ArrowUp: -1,
  ArrowLeft: -1,
  Numpad8: -1,
  Numpad4: -1,
};

/** Whether the page can be read aloud in a language. @param {string} [code] */
export const canRead = (code = language()) => voiceFor(code) !== undefined;

/** Whether a key asks to hear the page, or to hear it again: the one that a finger finds by its dot. @param {KeyboardEvent} event */
export const asksToHear = ({ key, code, ctrlKey, altKey, metaKey }) =>
  (key === "5" || code === "Numpad5") && !ctrlKey && !altKey && !metaKey;

/** @param {Words[]} all */
const textOf = (all) => all.map(({ text }) => text).join(" ");

/**
 * @param {HTMLElement} element What is read; it stays, whatever is drawn into it.
 * @returns {{on: (byKey: boolean) => void, off: () => void, again: () => void}} `on` says how to go
 *   about it: by keys, or by touch.
 */
export function createReader(element) {
  /** @type {AbortController | null} */
  let reading = null;
  /** @type {{key: unknown, words: Words}[]} What is still to be said; the same key, once. */
  let queue = [];
  /** Grows with all that is said at once: what was waiting before it is not said any more. */
  let turn = 0;
  let isTalking = false;
  /** @type {Element | null} Where the focus was last. */
  let place = null;
  /** What each telling part has said. @type {WeakMap<Element, string>} */
  let told = new WeakMap();
  /** The control that a finger has been told about. @type {{control: Element, said: string} | null} */
  let touched = null;
  /** Whether the focus has spoken since the finger came down. */
  let hasSpoken = false;

  const talk = async () => {
    const mine = turn;
    isTalking = true;
    for (let next = queue.shift(); next; next = queue.shift()) {
      const voice = voiceFor(next.words.lang) ?? voiceFor(language());
      if (voice) await say(next.words.text, voice);
      if (mine !== turn) return;
    }
    isTalking = false;
  };

  const silence = () => {
    turn += 1;
    queue = [];
    isTalking = false;
    hush();
  };

  /** @param {Words[]} all @param {unknown} [key] */
  const tell = (all, key = {}) => {
    queue = [...queue.filter((each) => each.key !== key), ...all.map((words) => ({ key, words }))];
    if (!isTalking) void talk();
  };

  /** @param {Words[]} all */
  const tellNow = (all) => {
    silence();
    tell(all);
  };

  /** The words of a place; what tells of itself there has been told with them. @param {Element} at */
  const arrive = (at) => {
    place = at;
    for (const part of at.querySelectorAll(TELLING)) told.set(part, textOf(wordsOf(part)));
    return wordsOf(at);
  };

  /** What is uppermost: a question lies over the page. */
  const uppermost = () =>
    element.querySelector(".overlay [role], [role=alert].overlay-card") ??
    element.querySelector("main");

  /** @param {Element} target @param {boolean} whole Whether its place is said, too. */
  const focusWords = (target, whole) => {
    const at = target.closest(PLACES);
    const words = at && (whole || at !== place) ? arrive(at) : [];
    place = at;
    return target.matches(CONTROLS) ? [...words, ...controlWords(target)] : words;
  };

  /** Everything about where the focus is. */
  const here = () => {
    const { activeElement } = document;
    if (activeElement && element.contains(activeElement)) return focusWords(activeElement, true);
    const at = uppermost();
    return at ? arrive(at) : [];
  };

  /** @param {FocusEvent} event */
  const focused = ({ target }) => {
    if (!(target instanceof Element) || !element.contains(target)) return;
    hasSpoken = true;
    // The page has turned: focus was led to where it begins.
    tellNow(focusWords(target, target.matches("[data-focus]")));
  };

  /** @param {1 | -1} by */
  const step = (by) => {
    const all = [...element.querySelectorAll(CONTROLS)].filter((each) => !each.closest("[inert]"));
    const { activeElement: from } = document;
    const side = by > 0 ? Node.DOCUMENT_POSITION_FOLLOWING : Node.DOCUMENT_POSITION_PRECEDING;
    const ahead = all.filter((each) => from && from.compareDocumentPosition(each) & side);
    const to = by > 0 ? (ahead[0] ?? all[0]) : (ahead[ahead.length - 1] ?? all[all.length - 1]);
    if (to instanceof HTMLElement) to.focus();
  };

  /** @param {KeyboardEvent} event */
  const pressed = (event) => {
    touched = null;
    const by = STEPS[event.code];
    if (!by || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    step(by);
  };

  /** The first touch says what is there, the second one is meant. @param {MouseEvent} event */
  const clicked = (event) => {
    // A key's click has no count.
    if (event.detail === 0 || !(event.target instanceof Element)) return;
    const control = event.target.closest(CONTROLS);
    if (!control) {
      const part = event.target.closest(READABLE);
      if (part) tellNow(wordsOf(part));
      return;
    }
    const words = controlWords(control);
    const said = textOf(words);
    // The same button may have become another one.
    if (touched?.control === control && touched.said === said) return;
    event.preventDefault();
    event.stopPropagation();
    touched = { control, said };
    if (!hasSpoken) tellNow(words);
  };

  /** @param {MutationRecord[]} records */
  const changed = (records) => {
    /** @type {Set<Element>} */
    const parts = new Set();
    for (const { type, target, addedNodes } of records) {
      const at = target instanceof Element ? target : target.parentElement;
      if (type === "attributes") {
        if (at && at === document.activeElement) tellNow(controlWords(at));
        continue;
      }
      const telling = at?.closest(TELLING);
      if (telling) parts.add(telling);
      for (const node of addedNodes) {
        if (!(node instanceof Element)) continue;
        if (node.matches(TELLING)) parts.add(node);
        for (const part of node.querySelectorAll(TELLING)) parts.add(part);
      }
    }
    for (const part of parts) {
      const words = element.contains(part) && !part.closest("[inert]") ? wordsOf(part) : [];
      const text = textOf(words);
      if (told.get(part) === text) continue;
      told.set(part, text);
      if (text) tell(words, part);
    }
  };

  return {
    on(byKey) {
      if (reading) return;
      reading = new AbortController();
      const { signal } = reading;
      const capture = { capture: true, signal };
      place = touched = null;
      told = new WeakMap();
      document.addEventListener("focusin", focused, { signal });
      document.addEventListener("keydown", pressed, capture);
      document.addEventListener("pointerdown", () => (hasSpoken = false), capture);
      document.addEventListener("click", clicked, capture);
      const observer = new MutationObserver(changed);
      const what = { subtree: true, childList: true, characterData: true };
      observer.observe(element, { ...what, attributeFilter: ["aria-pressed"] });
      signal.addEventListener("abort", () => observer.disconnect());
      const how = byKey
        ? t(
            "This screen reads itself aloud. Move with the arrow keys, choose with Enter. Press 5 to hear it again.",
          )
        : t("This screen reads itself aloud. Touch a button once to hear it, twice to choose it.");
      tellNow([{ text: how, lang: language() }, ...here()]);
    },

    off() {
      if (!reading) return;
      reading.abort();
      reading = null;
      silence();
    },

    again() {
      if (reading) tellNow(here());
    },
  };
}
