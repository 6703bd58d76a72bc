/**
 * What a cashier types as an amount. Nothing here decides anything: totals and change come from the
 * server, and the suggestions only fill the input.
 */

const SUGGESTIONS = 3;
/** Decimals that the server keeps, whatever the currency. */
const CENTS = 2;

/**
 * The round amounts that a customer is likely to hand over for a total: the next multiples of
 * usual notes (1, 5, 10, 20, 50, 100, 200, 500, 1,000 …), none of them tiny beside the total.
 * @param {number} total
 * @returns {number[]} Ascending, each above the total, at most three.
 */
export function likelyNotes(total) {
  const cents = Math.round(total * 100);
  if (cents <= 0) return [];
  /** @type {Set<number>} */
  const amounts = new Set();
  for (let power = 100; power <= cents * 100; power *= 10) {
    const hasTwenties = power === 1_000 || power === 10_000;
    const notes = hasTwenties ? [power, power * 2, power * 5] : [power, power * 5];
    for (const note of notes) {
      const amount = Math.ceil(cents / note) * note;
      if (note * 20 >= cents && amount > cents) amounts.add(amount);
    }
  }
  return [...amounts]
    .sort((a, b) => a - b)
    .slice(0, SUGGESTIONS)
    .map((amount) => amount / 100);
}

/**
 * An amount as the input holds it: plain digits with a point, no grouping.
 * @param {number} amount
 * @param {number} decimals
 */
export function toInput(amount, decimals) {
  return Number.isInteger(amount) ? String(amount) : amount.toFixed(Math.min(decimals, CENTS));
}
