/** Numbers and times as people read them, in the page's language. */

import { boot } from "./boot.js";

/** @type {Map<string, Intl.NumberFormat>} */
const moneyFormats = new Map();

/**
 * @param {string} locale
 * @param {string} currency
 */
function moneyFormat(locale, currency) {
  const key = `${locale} ${currency}`;
  let format = moneyFormats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, {
      style: "currency",
      currency,
      currencyDisplay: "narrowSymbol",
    });
    moneyFormats.set(key, format);
  }
  return format;
}

/**
 * An amount in the shop's currency, with as many decimals as that currency has.
 * @param {number} amount
 * @param {{locale?: string, currency?: string}} [options]
 */
export function money(amount, { locale = boot.locale, currency = boot.currency } = {}) {
  return moneyFormat(locale, currency).format(amount);
}

/**
 * How many decimals a currency has: 2 for USD, 0 for JPY.
 * @param {string} [currency]
 */
export function moneyDecimals(currency = boot.currency) {
  return moneyFormat(boot.locale, currency).resolvedOptions().maximumFractionDigits ?? 2;
}

/**
 * A length of time: `45 min`, `1 h`, `1 h 30 min`.
 * @param {number} total Minutes.
 */
export function minutes(total) {
  const whole = Math.max(0, Math.round(total));
  const hours = Math.floor(whole / 60);
  const rest = whole % 60;
  if (hours === 0) return `${rest} min`;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

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

const clock = new Intl.DateTimeFormat(boot.locale, { hour: "numeric", minute: "2-digit" });
const day = new Intl.DateTimeFormat(boot.locale, {
  weekday: "long",
  day: "numeric",
  month: "long",
});

/**
 * A time of day: `4:05 PM`.
 * @param {Date | string | number} when
 */
export function clockTime(when) {
  return clock.format(new Date(when));
}

/**
 * A day: `Monday, March 3`.
 * @param {Date | string | number} when
 */
export function dayName(when) {
  return day.format(new Date(when));
}
