/** What the manager's sections read and change over HTTP. */

import { getJson, sendJson } from "/static/common/http.js";
import { newRequestId } from "/static/common/session.js";
import { leaveForLogin } from "../shared/signed_out.js";

/** @typedef {import("/static/common/types.js").Answer} Answer */

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

/** @param {Answer} answer */
function stillMe(answer) {
  if (!answer.ok && answer.code === "authentication_required") leaveForLogin(null);
  return answer;
}
