/** Moments as the shop's own clock shows them, wherever the manager is. */

import { boot } from "/static/common/boot.js";
import { intlLocale } from "/static/common/i18n.js";

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * A moment in the shop: `Sat, Nov 28, 4:00 AM`.
 * @param {string} moment ISO 8601 with its offset.
 */
export function shopTime(moment) {
  const when = new Date(moment);
  const far = Math.abs(when.getTime() - Date.now()) > 300 * DAY_MS;
  return new Intl.DateTimeFormat(intlLocale(), {
    timeZone: boot.time_zone,
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "numeric",
    minute: "2-digit",
    ...(far ? { year: "numeric" } : {}),
  }).format(when);
}
