/** What a page says to somebody who does not see it: the same words, as they are read out. */

import { forEars } from "./for_ears.js";
import { language, t } from "/static/common/i18n.js";

/**
 * @typedef {object} Words
 * @property {string} text
 * @property {string} lang Of the text, as the shop calls the language.
 */

/** What is chosen, by keys and by touch. */
export const CONTROLS = "button:not([disabled]), a[href]";
/** What says its own name and words to whoever comes into it. */
export const PLACES =
  "main, nav, section, [role=group], [role=dialog], [role=alertdialog], [role=alert]";
const UNHEARD = "svg, [inert], [aria-hidden=true]";
/** A sign alone, such as the dot between two words. */
const SIGN = /^[^\p{L}\p{N}]*$/u;
const SENTENCE_END = /[.!?:;,…。、！？：،؛؟]$/;

/**
 * @param {Node} node
 * @param {string} left Which elements in it are left out.
 * @returns {Words[]}
 */
function pieces(node, left) {
  if (node instanceof Text) {
    const text = node.data.replace(/\s+/g, " ").trim();
    return SIGN.test(text) ? [] : [{ text, lang: langOf(node) }];
  }
  if (!(node instanceof Element) || node.matches(UNHEARD)) return [];
  if (node instanceof HTMLImageElement)
    return node.alt ? [{ text: node.alt, lang: langOf(node) }] : [];
  return [...node.childNodes]
    .filter((child) => !(left && child instanceof Element && child.matches(left)))
    .flatMap((child) => pieces(child, left));
}

/** @param {Node} node */
const langOf = (node) =>
  (node instanceof Element ? node : node.parentElement)?.closest("[lang]")?.getAttribute("lang") ??
  language();

/**
 * One after the other, with a pause between; each language by itself.
 * @param {Words[]} all
 * @returns {Words[]}
 */
function joined(all) {
  /** @type {Words[]} */
  const result = [];
  for (const { text, lang } of all) {
    const last = result[result.length - 1];
    if (last?.lang !== lang) result.push({ text, lang });
    else last.text += `${SENTENCE_END.test(last.text) ? "" : ","} ${text}`;
  }
  return result.map(({ text, lang }) => ({ text: forEars(text), lang }));
}

/**
 * What a part of the page says, without what can be chosen there and without the places in it, which
 * speak for themselves.
 * @param {Element} place
 * @returns {Words[]}
 */
export function wordsOf(place) {
  const said = pieces(place, `${CONTROLS}, ${PLACES}`);
  const label = place.getAttribute("aria-label");
  return joined(label ? [{ text: label, lang: language() }, ...said] : said);
}

/**
 * A control: its name, whether it is selected, and what it is.
 * @param {Element} control
 * @returns {Words[]}
 */
export function controlWords(control) {
  const pressed = control.getAttribute("aria-pressed");
  const state =
    pressed === "true" ? [t("selected")] : pressed === "false" ? [t("not selected")] : [];
  const rest = [...state, t("button")].map((text) => ({ text, lang: language() }));
  return joined([...pieces(control, ""), ...rest]);
}
