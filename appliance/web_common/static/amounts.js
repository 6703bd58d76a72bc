/** Amounts of money as a locale writes them; `format.js` has them in the page's language. */

/** @type {Map<string, Intl.NumberFormat>} */
const moneyFormats = new Map();

const WHOLE = { minimumFractionDigits: 0, maximumFractionDigits: 0 };
const SERVER = "en-US";

/**
 * @param {string} locale
 * @param {string} currency
 * @param {boolean} [whole] Whether to leave the decimals out.
 */
export function moneyFormat(locale, currency, whole = false) {
  const key = `${locale} ${currency} ${whole}`;
  let format = moneyFormats.get(key);
  if (!format) {
    /** @type {Intl.NumberFormatOptions} */
    const options = { style: "currency", currency, ...(whole ? WHOLE : {}) };
    const narrow = /** @type {"symbol"} */ ("narrowSymbol"); // Younger than TypeScript's list.
    try {
      format = new Intl.NumberFormat(locale, { ...options, currencyDisplay: narrow });
    } catch {
      format = new Intl.NumberFormat(locale, options); // Safari before 14.1.
    }
    moneyFormats.set(key, format);
  }
  return format;
}

/** @param {string} text What keeps its own direction between Arabic words. */
export const island = (text) =>
  document.dir === "rtl" ? `\u2066${text.replace(/\u200f/g, "")}\u2069` : text;

/**
 * An amount in a sentence of the server, as the page writes amounts.
 * @param {string} text Whatever stands in the sentence; the server writes amounts in English.
 * @param {string} locale The page's.
 * @param {string} currency
 * @returns {string | undefined} The amount; nothing where the text is none of that currency.
 */
export function amountIn(text, locale, currency) {
  const amount = Number(text.replace(/[^\d.-]/g, "") || NaN);
  if (Number.isNaN(amount)) return undefined;
  const english = new Intl.NumberFormat(SERVER, { style: "currency", currency }).format(amount);
  if (english.replace(/\u00a0/g, " ") !== text) return undefined;
  return island(moneyFormat(locale, currency).format(amount));
}
