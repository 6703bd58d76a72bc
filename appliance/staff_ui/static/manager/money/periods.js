/** Ranges of business dates, as `2026-11-27`: days on a calendar, without clocks or time zones. */

/** @typedef {"day" | "week" | "month" | "range"} Kind */
/** @typedef {{kind: Kind, from: string, to: string}} Period */

const DAY_MS = 86_400_000;

/** @param {string} date */
const moment = (date) => new Date(`${date}T00:00:00Z`);
/** @param {Date} day */
const written = (day) => day.toISOString().slice(0, 10);

/**
 * @param {string} date
 * @param {number} days
 */
export const addDays = (date, days) => written(new Date(moment(date).getTime() + days * DAY_MS));

/**
 * The first day of a month, some months on.
 * @param {string} date
 * @param {number} months
 */
function monthStart(date, months) {
  const day = moment(date);
  return written(new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + months, 1)));
}

/**
 * The day, the week from Monday, or the month that a date is in.
 * @param {Kind} kind A range of one's own begins as the last seven days.
 * @param {string} date
 * @returns {Period}
 */
export function periodOf(kind, date) {
  if (kind === "week") {
    const monday = addDays(date, -((moment(date).getUTCDay() + 6) % 7));
    return { kind, from: monday, to: addDays(monday, 6) };
  }
  if (kind === "month") {
    return { kind, from: monthStart(date, 0), to: addDays(monthStart(date, 1), -1) };
  }
  return { kind, from: kind === "range" ? addDays(date, -6) : date, to: date };
}

/**
 * The period before or after one of the same kind; a range of one's own moves by its own length.
 * @param {Period} period
 * @param {1 | -1} direction
 * @returns {Period}
 */
export function next({ kind, from, to }, direction) {
  if (kind === "month") return periodOf(kind, monthStart(from, direction));
  const days = (moment(to).getTime() - moment(from).getTime()) / DAY_MS + 1;
  return { kind, from: addDays(from, days * direction), to: addDays(to, days * direction) };
}

/**
 * Every day of a range, in order.
 * @param {string} from
 * @param {string} to
 * @returns {string[]}
 */
export function daysOf(from, to) {
  const days = [];
  for (let day = from; day <= to; day = addDays(day, 1)) days.push(day);
  return days;
}

/**
 * Whether a text is a date of the calendar, as an entry of type `date` gives it; older browsers let
 * people type anything.
 * @param {string} text
 */
export function isDate(text) {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const day = moment(text);
  return !Number.isNaN(day.getTime()) && written(day) === text;
}
