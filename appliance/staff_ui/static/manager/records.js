/** What the manager's sections read and change over HTTP. */

import { getJson, sendJson } from "/static/common/http.js";
import { newRequestId } from "/static/common/session.js";
import { leaveForLogin } from "../shared/signed_out.js";

/** @typedef {import("/static/common/types.js").Answer} Answer */
/** @typedef {string | number | boolean | null} Field */
/** @typedef {Record<string, Field>} Fields */

/**
 * Reads.
 * @param {string} path Under `/api/manager/`.
 * @returns {Promise<Answer>} Never rejects.
 */
export async function read(path) {
  return stillMe(await getJson(`/api/manager/${path}`));
}

/**
 * Changes something, once: where the answer is lost it is asked again under the same request_id.
 * @param {"POST" | "PATCH" | "DELETE"} method
 * @param {string} path Under `/api/manager/`.
 * @param {object} [body]
 * @returns {Promise<Answer>} Never rejects.
 */
export async function change(method, path, body = {}) {
  const request = { ...body, request_id: newRequestId() };
  const send = () => sendJson(method, `/api/manager/${path}`, request);
  const answer = await send();
  return stillMe(!answer.ok && answer.code === "unavailable" ? await send() : answer);
}

/**
 * Changes some fields of a thing, unless somebody else has changed the same ones meanwhile.
 * @param {string} path Under `/api/manager/`.
 * @param {Fields} seen The thing as it was shown.
 * @param {Fields} wanted As it is to be; what is as it was seen is not touched.
 * @returns {Promise<Answer>} Never rejects.
 */
export async function changeSeen(path, seen, wanted) {
  const changed = Object.entries(wanted).filter(([name, value]) => !same(seen[name], value));
  if (changed.length === 0) return { ok: true };
  const expected = changed.map(([name]) => [name, seen[name] ?? null]);
  return change("PATCH", path, {
    ...Object.fromEntries(changed),
    expected: Object.fromEntries(expected),
  });
}

/**
 * Whether two values are one; a number is what it is written as.
 * @param {Field | undefined} one
 * @param {Field} other
 */
const same = (one, other) => String(one ?? "") === String(other ?? "");

/**
 * What somebody else has changed meanwhile: field to its value now, as words.
 * @param {Fields} seen
 * @param {Fields} now
 * @returns {Record<string, string>}
 */
export function changedMeanwhile(seen, now) {
  return Object.fromEntries(
    Object.keys(seen)
      .filter((name) => !same(seen[name], now[name] ?? null))
      .map((name) => [name, String(now[name] ?? "–")]),
  );
}

/** @param {Answer} answer */
function stillMe(answer) {
  if (!answer.ok && answer.code === "authentication_required") leaveForLogin(null);
  return answer;
}
