/** Time as the server has it: a phone's own clock may be minutes off. */

import { minutes } from "/static/common/format.js";
import { t } from "/static/common/i18n.js";

let skew = 0;

/**
 * Takes the server's time from a snapshot.
 * @param {string} now ISO 8601.
 */
export function setServerTime(now) {
  const time = Date.parse(now);
  if (!Number.isNaN(time)) skew = time - Date.now();
}

/**
 * Milliseconds since a moment, never negative.
 * @param {string | null | undefined} when ISO 8601.
 */
export function millisecondsSince(when) {
  return when ? Math.max(0, Date.now() + skew - Date.parse(when)) : 0;
}

/**
 * How long ago: `just now`, `5 min`, `1 h 5 min`.
 * @param {string | null | undefined} when ISO 8601.
 */
export function ago(when) {
  const whole = Math.floor(millisecondsSince(when) / 60_000);
  return whole < 1 ? t("just now") : minutes(whole);
}
