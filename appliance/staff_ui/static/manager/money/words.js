/** What the figures of the shop's money are called, and how their values are written. */

import { dateWords, minutes, money, plainAmount } from "/static/common/format.js";
import { intlLocale, t } from "/static/common/i18n.js";
import { methodWord } from "../../shared/receipts.js";

/** @typedef {import("/static/common/types.js").Grouping} Grouping */

/** @type {Record<string, () => string>} */
const FIGURES = {
  visits: () => t("Paid visits"),
  payments: () => t("Payments"),
  items: () => t("Services sold"),
  sales: () => t("Sales"),
  discounts: () => t("Discounts"),
  refunds: () => t("Refunds"),
  tips: () => t("Tips"),
  rounding: () => t("Cash rounding"),
  taken: () => t("Collected"),
  tips_paid: () => t("Tips paid out"),
  tips_owed: () => t("Tips owed"),
  commission: () => t("Commission"),
  difference: () => t("Cash difference"),
  no_shows: () => t("No-shows"),
  wait_p50: () => t("Typical wait"),
  wait_p90: () => t("Long wait (1 in 10)"),
  busy_minutes: () => t("Time in service"),
  open_minutes: () => t("Time open"),
  utilisation: () => t("Utilization"),
};

/** @typedef {"count" | "minutes" | "percent" | "amount"} Unit */

/** What is no amount. @type {Record<string, Unit>} */
const UNITS = {
  visits: "count",
  payments: "count",
  items: "count",
  no_shows: "count",
  wait_p50: "minutes",
  wait_p90: "minutes",
  busy_minutes: "minutes",
  open_minutes: "minutes",
  utilisation: "percent",
};

/** @param {string} figure */
const unitOf = (figure) => UNITS[figure] ?? "amount";

/** @param {string} figure */
export const isAmount = (figure) => unitOf(figure) === "amount";

/**
 * A figure's name. One that this page does not know yet was added while it was open.
 * @param {string} figure
 */
export const figureWord = (figure) => FIGURES[figure]?.() ?? figure.replace(/_/g, " ");

/**
 * @param {Unit} unit
 * @param {number} value
 */
function quantity(unit, value) {
  if (unit === "minutes") return minutes(value);
  const count = new Intl.NumberFormat(intlLocale()).format(value);
  return unit === "percent" ? `${count}%` : count;
}

/**
 * A figure's value with its currency: for tiles and charts.
 * @param {string} figure
 * @param {number} value
 */
export const figureValue = (figure, value) =>
  isAmount(figure) ? money(value) : quantity(unitOf(figure), value);

/**
 * The same in a few letters, for the lines of a chart: `2.5M`.
 * @param {string} figure
 * @param {number} value
 */
export function figureMark(figure, value) {
  if (!isAmount(figure)) return quantity(unitOf(figure), value);
  const compact = /** @type {Intl.NumberFormatOptions} */ ({ notation: "compact" });
  return new Intl.NumberFormat(intlLocale(), compact).format(value);
}

/**
 * The same for a table that names the currency once.
 * @param {string} figure
 * @param {number | null} value Null where there is nothing to tell.
 */
export function figureCell(figure, value) {
  if (value === null) return "–";
  return isAmount(figure) ? plainAmount(value) : quantity(unitOf(figure), value);
}

/** @type {Record<Grouping, () => string>} */
export const GROUPS = {
  day: () => t("Day"),
  hour: () => t("Hour"),
  service: () => t("Service"),
  therapist: () => t("Therapist"),
  cashier: () => t("Cashier"),
  method: () => t("Payment method"),
  room: () => t("Room"),
};

/** @param {string} hour `14:00` on the shop's clock. */
function hourWord(hour) {
  const at = new Date(`2000-01-01T${hour}:00Z`);
  const options = /** @type {const} */ ({ hour: "numeric", timeZone: "UTC" });
  return new Intl.DateTimeFormat(intlLocale(), options).format(at);
}

/**
 * What a row of a report is about.
 * @param {Grouping} by
 * @param {string} name As the server says it; empty where it is about nobody.
 */
export function rowWord(by, name) {
  if (!name) return t("Unknown");
  if (by === "day") return dateWords(name, { weekday: "short", day: "numeric", month: "short" });
  if (by === "hour") return hourWord(name);
  if (by === "room") return t("Room {room}", { room: name });
  return by === "method" ? methodWord(name) : name;
}

/** Letters that a weekday has room for: Arabic writes them out where others shorten them. */
const SHORT = 5;

/**
 * The same in a few letters, for the foot of a chart.
 * @param {Grouping} by
 * @param {string} name
 * @param {number} count How many stand there.
 */
export function shortWord(by, name, count) {
  if (by !== "day") return rowWord(by, name);
  if (count > 7) {
    return dateWords(name, { day: "numeric", month: count > 31 ? "numeric" : undefined });
  }
  const short = dateWords(name, { weekday: "short" });
  return short.length > SHORT ? dateWords(name, { weekday: "narrow" }) : short;
}
