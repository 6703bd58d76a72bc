/** The way back to the log-in, and the sentence that waits there. */

import { postJson } from "/static/common/http.js";
import { N_, t, tError } from "/static/common/i18n.js";

const KEY = "signed-out";
const LOOP_MS = 10_000;

/** @type {Record<string, string>} */
const SENTENCES = {
  signed_out: N_("You have logged out. See you soon."),
  expired: N_("You were logged out for inactivity. Please log in again."),
};
const DEFAULT = N_(
  "You were logged out because this account was used on another device or access was removed. Log in again, or ask the manager.",
);

/**
 * Leaves for the log-in page, which the server shows at this page's address to nobody known.
 * @param {string | null} code Why, as the server's word; null when the identity has simply run out.
 */
export function leaveForLogin(code) {
  const last = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  // A server that draws the page yet refuses the line must not have us go in circles.
  if (last && Date.now() - last.at < LOOP_MS) return;
  remember(code ?? "expired");
  location.replace(location.pathname + location.search);
}

/** @param {string} reason */
function remember(reason) {
  sessionStorage.setItem(KEY, JSON.stringify({ reason, at: Date.now() }));
}

/**
 * Logs out and leaves for the log-in page.
 * @param {string} role
 * @param {{everywhere?: boolean}} [which] `everywhere`: on this person's other devices, too.
 * @returns {Promise<string>} Why it did not work, as a sentence, or "".
 */
export async function logOut(role, { everywhere = false } = {}) {
  // Before the server revokes the identity: that must not look like somebody else's doing.
  remember("signed_out");
  const answer = await postJson(`/${role}/logout`, { everywhere });
  if (!answer.ok && answer.code !== "authentication_required") {
    sessionStorage.removeItem(KEY);
    return tError(answer);
  }
  location.replace(`/${role}/dashboard`);
  return "";
}

/**
 * Why the log-in page is shown again, told once.
 * @returns {string} A sentence, or "".
 */
export function takeReason() {
  const last = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  sessionStorage.removeItem(KEY);
  return last ? t(SENTENCES[last.reason] ?? DEFAULT) : "";
}
