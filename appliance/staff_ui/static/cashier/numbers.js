/**
 * Numbers and amounts as somebody types them. The server reads what was typed itself, and decides;
 * these find a customer who is at this desk already, and show a sum or change meanwhile. Both pass
 * the cases of `tests/unit/numbers.json`.
 */

const DIGIT = /\p{Nd}/u;
const UNSEEN = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\u061c\ufeff]/g;

/**
 * A decimal digit of any script as a number: each script's ten stand in a row, from zero on.
 * @param {string} digit
 */
function digitValue(digit) {
  const place = digit.codePointAt(0) ?? 0;
  let zero = place;
  while (DIGIT.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return (place - zero) % 10;
}

/**
 * A text with every script's digits as 0 to 9, and without marks that nobody sees.
 * @param {string} text
 */
export function plainDigits(text) {
  return [...text.replace(UNSEEN, "").trim()]
    .map((each) => (DIGIT.test(each) ? String(digitValue(each)) : each))
    .join("");
}

/**
 * @param {string} text Such as `42`, `0042`, `٤٢` or `００４２`.
 * @returns {string | null} The number as printed, `0042`; null where the text is none.
 */
export function customerNumber(text) {
  const characters = [...text.replace(UNSEEN, "").trim()];
  if (characters.length === 0 || characters.length > 4) return null;
  if (!characters.every((each) => DIGIT.test(each))) return null;
  const number = characters.map(digitValue).join("").padStart(4, "0");
  return number === "0000" ? null : number;
}

/** @type {Record<string, string>} */
const SAME = {
  "．": ".",
  "。": ".",
  "٫": ".",
  "，": ",",
  "、": ",",
  "،": ",",
  "٬": "'",
  "’": "'",
  "＇": "'",
};
const POINT = /^\d+\.\d*$/;
const PLAIN = /^(?:\d+[.,]?\d*|[.,]\d+)$/;
/** Thousands, as in 1,500,000 and in India's 15,00,000. Nobody groups what begins with 0. */
const GROUPED = [
  [",", "\\."],
  ["\\.", ","],
  ["'", "[.,]"],
  [" ", "[.,]"],
].map(
  ([mark, decimal]) =>
    new RegExp(`^[1-9]\\d{0,2}(?:${mark}\\d{2,3})*${mark}\\d{3}(?:${decimal}\\d*)?$`),
);
const FINER_THAN_ANY = /\.\d{3}\d*[1-9]/;

/**
 * An amount of money: a lone point is a decimal point; a lone comma before exactly three digits
 * groups thousands, else it is one, too. A currency's sign may stand before or after.
 * @param {string} text Such as `95.50`, `1,500`, `1.500,00`, `１，５００`, `٩٥٫٥` or `$ 20`.
 * @returns {number | null} Null where the text is none.
 */
export function readAmount(text) {
  const typed = [...plainDigits(text)].map((each) => SAME[each] ?? each).join("");
  const signed = typed.replace(/\s/g, " ");
  const plain = /^\p{Sc}/u.test(signed)
    ? signed.replace(/^\p{Sc} */u, "")
    : signed.replace(/ *\p{Sc}$/u, "");
  let read = null;
  if (!POINT.test(plain) && GROUPED.some((form) => form.test(plain))) {
    const marks = plain.replace(/\d/g, "");
    // A second kind of mark is the decimal point; the first one's are groups.
    const cut = new Set(marks).size === 2 ? plain.lastIndexOf(marks.slice(-1)) : plain.length;
    read = `${plain.slice(0, cut).replace(/\D/g, "")}.${plain.slice(cut + 1)}`;
  } else if (PLAIN.test(plain)) {
    read = plain.replace(",", ".");
  }
  return read === null || FINER_THAN_ANY.test(read) ? null : Number(read);
}
