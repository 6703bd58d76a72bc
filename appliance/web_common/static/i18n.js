/**
 * What the page says, in the language that its reader has chosen: `t("Start over")`. The English
 * sentence is the key, and stands in where a translation is missing. `make translations` collects
 * the sentences, so they must be written out: `t(variable)` is only for what `N_` has marked.
 */

import { amountIn } from "./amounts.js";
import { boot } from "./boot.js";

/** @typedef {Record<string, string | number>} Params */
/** @typedef {import("./types.js").Refusal} Refusal */
/** @typedef {import("./types.js").Language} Language */

/**
 * @typedef {object} Catalogue
 * @property {string} language
 * @property {Record<string, number>} plurals CLDR category → index of the form.
 * @property {Record<string, string | string[]>} messages
 */

/** @type {Catalogue} */
const ENGLISH = { language: "en", plurals: { one: 0, other: 1 }, messages: {} };

/** @type {Map<string, Catalogue>} */
const loaded = new Map([["en", ENGLISH]]);
/** @type {Set<(language: Language) => void>} */
const handlers = new Set();

let catalogue = ENGLISH;
let rules = new Intl.PluralRules("en");

/** The languages that this shop offers. */
export const languages = boot.languages;

/** @param {string} code @returns {Language} */
const described = (code) =>
  languages.find((each) => each.code === code) ?? {
    code,
    name: code,
    dir: "ltr",
    messages: "",
    room: "",
  };

/** @param {string} code */
async function load(code) {
  const known = loaded.get(code);
  if (known) return known;
  try {
    const response = await fetch(described(code).messages);
    if (!response.ok) return ENGLISH;
    /** @type {Catalogue} */
    const found = await response.json();
    loaded.set(code, found);
    return found;
  } catch {
    return ENGLISH; // Better understood by few than not shown at all.
  }
}

/** @param {Catalogue} found */
function use(found) {
  catalogue = found;
  rules = new Intl.PluralRules(found.language);
}

/** What a room is called that is no number beside the word for a room, as the server has it. */
const WHOLE_NAME = /\s|[室間屋]$/;
const ENGLISH_ROOM = "[Rr]oom \\{room\\}";

/**
 * Whether a room's name says by itself that it is one: "Garden room", and neither "5" nor "Garden".
 * @param {string} room
 */
export const isWholeName = (room) => WHOLE_NAME.test(room);

/**
 * A sentence about a room, not yet filled in, without the word that the room's name has.
 * @param {string} sentence
 * @param {string} room
 * @param {string} code Of the sentence's language.
 */
export function forRoom(sentence, room, code) {
  const word = code === "en" ? ENGLISH_ROOM : described(code).room;
  return word && isWholeName(room) ? sentence.replace(new RegExp(word, "g"), "{room}") : sentence;
}

/**
 * @param {string} sentence
 * @param {Params | undefined} params
 * @param {string} code Of the sentence's language.
 */
function fill(sentence, params, code) {
  if (!params) return sentence;
  const { room } = params;
  const said = typeof room === "string" ? forRoom(sentence, room, code) : sentence;
  return said.replace(/\{(\w+)\}/g, (whole, name) => String(params[name] ?? whole));
}

/** The language that the page speaks now: `en`, `fil`, `es`, `ja`, `ar`. */
export const language = () => catalogue.language;

/**
 * The locale for `Intl`. Digits stay the ones that stand on tickets, doors and keys.
 * @param {string} [code]
 */
export const intlLocale = (code = catalogue.language) => `${code}-u-nu-latn`;

/**
 * Marks a sentence that is translated later, where it is shown.
 * @param {string} msgid
 */
export const N_ = (msgid) => msgid;

/**
 * A sentence in the page's language.
 * @param {string} msgid The English sentence, with `{name}` where a parameter belongs.
 * @param {Params} [params]
 */
export function t(msgid, params) {
  const found = catalogue.messages[msgid];
  if (found === undefined) return fill(msgid, params, "en");
  return fill(typeof found === "string" ? found : (found[0] ?? msgid), params, language());
}

/**
 * A sentence that depends on a number.
 * @param {string} singular English for one.
 * @param {string} plural English for any other number.
 * @param {number} n
 * @param {Params} [params] The number itself, too, where the sentence shows it.
 */
export function tn(singular, plural, n, params) {
  const forms = catalogue.messages[singular];
  const place = catalogue.plurals[rules.select(n)] ?? catalogue.plurals.other ?? 0;
  const sentence = Array.isArray(forms) ? forms[place] : undefined;
  if (sentence !== undefined) return fill(sentence, params, language());
  return fill(n === 1 ? singular : plural, params, "en");
}

/** @type {WeakMap<Catalogue, {msgid: string, said: string, pattern: RegExp}[]>} */
const patterns = new WeakMap();

/** The catalogue's sentences with parameters, as patterns that find the parameters again. */
function withParameters() {
  const known = patterns.get(catalogue);
  if (known) return known;
  const made = Object.keys(catalogue.messages)
    .filter((msgid) => /\{\w+\}/.test(msgid))
    .flatMap((msgid) => {
      // About a room with a name of its own the server leaves its word for a room out.
      const short = msgid.replace(new RegExp(ENGLISH_ROOM), "{room}");
      return [msgid, ...(short === msgid ? [] : [short])].map((said) => {
        const literal = said.replace(/[.*+?^$()[\]|\\]/g, "\\$&");
        const pattern = `^${literal.replace(/\{(\w+)\}/g, "(?<$1>.+)")}$`;
        return { msgid, said, pattern: new RegExp(pattern, "s") };
      });
    })
    // "{service} removed." would take many a sentence: the one that says the most goes first.
    .sort((one, other) => other.said.length - one.said.length);
  patterns.set(catalogue, made);
  return made;
}

/**
 * What stands in a sentence's place: an amount, a day, words of ours too (a reason in brackets), a
 * name.
 * @param {string} word
 */
const part = (word) => amountIn(word, intlLocale(), boot.currency) ?? dayIn(word) ?? t(word);

/**
 * A day in a sentence of the server, as the page writes days.
 * @param {string} word
 * @returns {string | undefined} Nothing where the word is no day.
 */
function dayIn(word) {
  const day = new Date(`${word}T00:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(word) || Number.isNaN(day.getTime())) return undefined;
  /** @type {Intl.DateTimeFormatOptions} */
  const options = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" };
  return new Intl.DateTimeFormat(intlLocale(), options).format(day);
}

/**
 * A sentence of the server in the page's language. The server's own is always English and complete:
 * the catalogue knows it with the parameters still to be put in.
 * @param {string} sentence
 */
export function tSentence(sentence) {
  if (catalogue.messages[sentence] !== undefined) return t(sentence);
  for (const { msgid, said, pattern } of withParameters()) {
    const match = pattern.exec(sentence);
    if (!match || (said !== msgid && !isWholeName(match.groups?.room ?? ""))) continue;
    const words = Object.entries(match.groups ?? {}).map(([name, word]) => [name, part(word)]);
    return t(msgid, Object.fromEntries(words));
  }
  return sentence;
}

/**
 * A failure's sentence, likewise.
 * @param {Refusal} failure
 */
export const tError = ({ error }) => tSentence(error);

/**
 * A name from the catalogue in the page's language, where the shop has translated it.
 * @param {{name: string, translations?: Record<string, {name?: string}>}} entry
 */
export const tName = (entry) => entry.translations?.[language()]?.name ?? entry.name;

/**
 * Its description, likewise.
 * @param {{description?: string | null, translations?: Record<string, {description?: string}>}} entry
 */
export const tDescription = (entry) =>
  entry.translations?.[language()]?.description ?? entry.description ?? "";

/**
 * Changes the page's language, and keeps it where this kind of page keeps one.
 * @param {string} code One of `languages`.
 */
export async function setLanguage(code) {
  use(await load(code));
  if (boot.language_cookie) {
    const year = 365 * 24 * 60 * 60;
    document.cookie = `${boot.language_cookie}=${code}; Path=/; Max-Age=${year}; SameSite=Lax`;
  }
  const chosen = described(catalogue.language);
  document.documentElement.lang = chosen.code;
  document.documentElement.dir = chosen.dir;
  for (const handler of handlers) handler(chosen);
}

/**
 * Tells when the language has changed: the page has to be drawn again.
 * @param {(language: Language) => void} handler
 * @returns {() => void} Stops telling.
 */
export function onLanguage(handler) {
  handlers.add(handler);
  return () => handlers.delete(handler);
}

/** Whether the page's own language is there: what starts a page waits for it. */
export const ready = load(boot.locale).then(use);
