/** In which language the pages speak to me, on whichever device I log in. */

import { postJson } from "/static/common/http.js";
import { setLanguage, tError } from "/static/common/i18n.js";
import { newRequestId } from "/static/common/session.js";

/**
 * Keeps a language with the person, and turns the page to it.
 * @param {import("./live.js").Role} role
 * @param {string} code One of `languages`.
 * @returns {Promise<string>} Why it could not be kept: the page speaks it until it is loaded again.
 */
export async function chooseLanguage(role, code) {
  // Kept first: a person who sees the new language may leave the page at once.
  const answer = await postJson(`/${role}/language`, {
    language: code,
    request_id: newRequestId(),
  });
  await setLanguage(code);
  return answer.ok ? "" : tError(answer);
}
