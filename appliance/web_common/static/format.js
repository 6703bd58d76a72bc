/** Numbers and times as people read them, in the page's language. */

import { island, moneyFormat } from "./amounts.js";
import { boot } from "./boot.js";
import { intlLocale, t } from "./i18n.js";

/**
 * An amount in the shop's currency, with as many decimals as that currency has.
 * @param {number} amount
 * @param {{locale?: string, currency?: string, zeros?: "auto" | "stripIfInteger"}} [options]
 *   `zeros`: what becomes of decimals that are all zero.
 */
export function money(
  amount,
  { locale = intlLocale(), currency = boot.currency, zeros = "auto" } = {},
) {
  const whole = zeros === "stripIfInteger" && Number.isInteger(amount);
  return island(moneyFormat(locale, currency, whole).format(amount));
}

/**
 * An amount without the currency's sign, for a table that says its currency once.
 * @param {number} amount
 * @param {string} [currency]
 */
export function plainAmount(amount, currency = boot.currency) {
  const digits = moneyDecimals(currency);
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  // The sign of a negative amount stays at its front in a line from right to left, too.
  return island(new Intl.NumberFormat(intlLocale(), options).format(amount));
}

/**
 * How many decimals a currency has: 2 for USD, 0 for JPY.
 * @param {string} [currency]
 */
export function moneyDecimals(currency = boot.currency) {
  return moneyFormat(intlLocale(), currency).resolvedOptions().maximumFractionDigits ?? 2;
}

/**
 * A length of time, never broken over lines: `45 min`, `1 h`, `1 h 30 min`.
 * @param {number} total Minutes.
 */
export function minutes(total) {
  const whole = Math.max(0, Math.round(total));
  const hours = Math.floor(whole / 60);
  const rest = whole % 60;
  const words =
    hours === 0
      ? t("{minutes} min", { minutes: rest })
      : rest === 0
        ? t("{hours} h", { hours })
        : t("{hours} h {minutes} min", { hours, minutes: rest });
  return words.replace(/ /g, "\u00a0");
}

const STEP_MINUTES = 5;

/** @param {number} wait Minutes. @returns {number} In whole steps; 0 for less than one. */
const inSteps = (wait) =>
  wait < STEP_MINUTES ? 0 : Math.round(wait / STEP_MINUTES) * STEP_MINUTES;

/**
 * An estimated wait, which nobody knows to the minute: `less than 5 min`, `25 min`, `1 h 30 min`.
 * @param {number} wait Minutes.
 */
export const estimate = (wait) =>
  inSteps(wait) === 0 ? t("less than 5 min") : minutes(inSteps(wait));

/**
 * The same where there is room for a sign alone: `< 5 min`, `≈ 25 min`, `≈ 1 h 30 min`.
 * @param {number} wait Minutes.
 */
export const estimateInShort = (wait) =>
  inSteps(wait) === 0 ? `<\u00a0${minutes(STEP_MINUTES)}` : `≈\u00a0${minutes(inSteps(wait))}`;

/**
 * A running time: `07:05`, `1:02:33`.
 * @param {number} milliseconds
 */
export function stopwatch(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const tail = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const dateFormats = new Map();

/** @param {Intl.DateTimeFormatOptions} options */
function dateFormat(options) {
  const key = `${intlLocale()} ${JSON.stringify(options)}`;
  let format = dateFormats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(intlLocale(), options);
    dateFormats.set(key, format);
  }
  return format;
}

/**
 * A time of day: `4:05 PM`.
 * @param {Date | string | number} when
 */
export function clockTime(when) {
  return dateFormat({ hour: "numeric", minute: "2-digit" }).format(new Date(when));
}

/**
 * A day: `Monday, March 3`.
 * @param {Date | string | number} when
 */
export function dayName(when) {
  return dateFormat({ weekday: "long", day: "numeric", month: "long" }).format(new Date(when));
}

/**
 * A business date, which is a day and no moment: it has no time zone.
 * @param {string} date `2026-11-27`.
 * @param {Intl.DateTimeFormatOptions} [options]
 */
export function dateWords(date, options = { weekday: "long", day: "numeric", month: "long" }) {
  return dateFormat({ ...options, timeZone: "UTC" }).format(new Date(`${date}T00:00:00Z`));
}

/**
 * Business dates from one to another: `Nov 23 – 29, 2026`, 「2026年11月23日～29日」.
 * @param {string} from
 * @param {string} to
 */
export function datesWords(from, to) {
  /** @type {Intl.DateTimeFormatOptions} */
  const options = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" };
  // Safari knows it since 14.1.
  const format =
    /** @type {Intl.DateTimeFormat & {formatRange?: (from: Date, to: Date) => string}} */ (
      dateFormat(options)
    );
  const [first, last] = [new Date(`${from}T00:00:00Z`), new Date(`${to}T00:00:00Z`)];
  return format.formatRange?.(first, last) ?? `${format.format(first)} – ${format.format(last)}`;
}

/**
 * A moment with its day: `Nov 27, 4:05 PM`.
 * @param {Date | string | number} when
 */
export function dayAndTime(when) {
  /** @type {Intl.DateTimeFormatOptions} */
  const options = { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" };
  return dateFormat(options).format(new Date(when));
}
