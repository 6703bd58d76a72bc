/** Written for eyes, said for ears: engines read "$35.50" and "1 h 30 min" letter by letter. */

import { boot } from "/static/common/boot.js";
import { moneyDecimals } from "/static/common/format.js";
import { intlLocale, t } from "/static/common/i18n.js";

/** What keeps words together or apart on paper and screens, and is no word. */
const UNSEEN = /[\u200e\u200f\u2066-\u2069]/g;
const AMOUNT = "(\\d(?:[\\d.,]*\\d)?)";

/** @param {string} text As a part of a regular expression. */
const literal = (text) => text.replace(/[.*+?^$()[\]|\\{}]/g, "\\$&");

/** @param {Intl.NumberFormatOptions} options @param {number} value */
const inWords = (options, value) => new Intl.NumberFormat(intlLocale(), options).format(value);

/** @param {string} text */
function amountsInWords(text) {
  const { currency } = boot;
  const narrow = /** @type {"symbol"} */ ("narrowSymbol"); // Younger than TypeScript's list.
  const sign = new Intl.NumberFormat(intlLocale(), {
    style: "currency",
    currency,
    currencyDisplay: narrow,
  })
    .formatToParts(0)
    .find(({ type }) => type === "currency")
    ?.value.replace(UNSEEN, "");
  if (!sign) return text;
  const decimals = moneyDecimals(currency);
  const written = new RegExp(`${literal(sign)} ?${AMOUNT}|${AMOUNT} ?${literal(sign)}`, "g");
  return text.replace(written, (_, after, before) => {
    const amount = Number((after ?? before).replace(/\D/g, "")) / 10 ** decimals;
    const digits = Number.isInteger(amount) ? 0 : decimals;
    return inWords(
      {
        style: "currency",
        currency,
        currencyDisplay: "name",
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      },
      amount,
    );
  });
}

/** @param {string} text */
function timesInWords(text) {
  /** @param {"hour" | "minute"} unit @param {string} value */
  const long = (unit, value) => {
    const style = /** @type {"decimal"} */ ("unit"); // Younger than TypeScript's list.
    const options = { style, unit, unitDisplay: "long" };
    return inWords(options, Number(value));
  };
  const written = [t("{hours} h {minutes} min"), t("{hours} h"), t("{minutes} min")].map(
    (sentence) => literal(sentence).replace(/\\\{(\w+)\\\}/g, "(?<$1>\\d+)"),
  );
  return written.reduce(
    (said, pattern) =>
      said.replace(new RegExp(`${pattern}(?!\\p{L})`, "gu"), (...match) => {
        const { hours, minutes } = match[match.length - 1];
        return [hours && long("hour", hours), minutes && long("minute", minutes)]
          .filter(Boolean)
          .join(" ");
      }),
    text,
  );
}

/**
 * A text of the page as it is read out.
 * @param {string} text In the page's language.
 */
export const forEars = (text) =>
  timesInWords(amountsInWords(text.replace(UNSEEN, "").replace(/\u00a0/g, " ")));
