/**
 * What a cashier types as an amount. Nothing here decides anything: totals and change come from the
 * server, and the suggestions only fill the input.
 */

import { boot } from "/static/common/boot.js";
import { moneyDecimals } from "/static/common/format.js";
import { plainDigits } from "./numbers.js";

const SUGGESTIONS = 3;
/** How far beyond the next likely note an amount is asked about before it is sent. */
const ODD_FACTOR = 2;

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
 * Whether so much cash for a total is more likely a slip of the finger.
 * @param {number} amount
 * @param {number} total
 */
export function isOdd(amount, total) {
  const notes = likelyNotes(total);
  return notes.length > 0 && amount > ODD_FACTOR * Math.max(...notes);
}

/**
 * A total as it can be handed over in cash, where the smallest coins are gone.
 * @param {number} total
 */
export function inCoins(total) {
  const coin = boot.cash_rounding;
  return coin ? Math.floor(total / coin + 0.5 + 1e-9) * coin : total;
}

/**
 * An amount as the input holds it: plain digits with a point, no grouping.
 * @param {number} amount
 * @param {number} [decimals]
 */
export function toInput(amount, decimals = moneyDecimals()) {
  return Number.isInteger(amount) ? String(amount) : amount.toFixed(decimals);
}

const PLAIN = /^(\d+\.?\d*|\.\d+)$/;
const COMMA = /^\d+,\d{1,2}$/;
const GROUPED = /^\d{1,3}(,\d{3})+(\.\d*)?$/;

/**
 * What a typed amount comes to, for showing a sum or change meanwhile. The server reads what was
 * typed itself, and more ways of writing than these.
 * @param {string} text
 * @returns {number | null} Null where it cannot be told here.
 */
export function readAmount(text) {
  const plain = plainDigits(text);
  if (PLAIN.test(plain)) return Number(plain);
  if (COMMA.test(plain)) return Number(plain.replace(",", "."));
  if (GROUPED.test(plain)) return Number(plain.replace(/,/g, ""));
  return null;
}

/**
 * The sum of what was typed; an empty entry is nothing.
 * @param {string[]} texts
 * @returns {number | null} Null where one cannot be told here.
 */
export function sumOf(texts) {
  let sum = 0;
  for (const text of texts) {
    const amount = text.trim() ? readAmount(text) : 0;
    if (amount === null) return null;
    sum += amount;
  }
  return Number(sum.toFixed(moneyDecimals()));
}
