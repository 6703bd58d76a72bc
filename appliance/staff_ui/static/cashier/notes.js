/** What a customer is likely to hand over. It only fills the input: nothing here decides anything. */

const SUGGESTIONS = 3;
/** How far beyond the next likely note an amount is asked about before it is sent. */
const ODD_FACTOR = 2;

/**
 * The round amounts that a customer is likely to hand over for a total: the next multiples of
 * usual notes (1, 5, 10, 20, 50, 100, 200, 500, 1,000 …), none of them tiny beside the total.
 * @param {number} total
 * @param {number} decimals Of the currency: JPY none, KWD three.
 * @returns {number[]} Ascending, each above the total, at most three.
 */
export function likelyNotes(total, decimals) {
  const one = 10 ** decimals;
  const due = Math.round(total * one);
  if (due <= 0) return [];
  /** @type {Set<number>} */
  const amounts = new Set();
  for (let power = one; power <= due * 100; power *= 10) {
    const hasTwenties = power === 10 * one || power === 100 * one;
    const notes = hasTwenties ? [power, power * 2, power * 5] : [power, power * 5];
    for (const note of notes) {
      const amount = Math.ceil(due / note) * note;
      if (note * 20 >= due && amount > due) amounts.add(amount);
    }
  }
  return [...amounts]
    .sort((a, b) => a - b)
    .slice(0, SUGGESTIONS)
    .map((amount) => amount / one);
}

/**
 * Whether so much cash for a total is more likely a slip of the finger.
 * @param {number} amount
 * @param {number} total
 * @param {number} decimals Of the currency.
 */
export function isOdd(amount, total, decimals) {
  const notes = likelyNotes(total, decimals);
  return notes.length > 0 && amount > ODD_FACTOR * Math.max(...notes);
}
