/**
 * What a cashier types as an amount. Nothing here decides anything: totals and change come from the
 * server.
 */

import { boot } from "/static/common/boot.js";
import { moneyDecimals } from "/static/common/format.js";
import { readAmount } from "./numbers.js";

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
