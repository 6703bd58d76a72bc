/**
 * The customer's number as somebody types it. The server reads it, too, and decides; this one only
 * finds a customer who is at this desk already. Both pass the cases of `tests/unit/numbers.json`.
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
    .join("")
    .replace(/[٫．]/g, ".")
    .replace(/，/g, ",");
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
