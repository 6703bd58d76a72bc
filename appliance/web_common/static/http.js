/** HTTP with one shape of answer: whatever happens, a caller gets `ok` or a sentence and a code. */

import { boot } from "./boot.js";
import { t } from "./i18n.js";

/** @typedef {import("./types.js").Answer} Answer */

const TIMEOUT_MS = 10_000;

/** @returns {import("./types.js").Refusal} */
const unreachable = () => ({
  ok: false,
  code: "unavailable",
  error: t("The server isn't responding. Check the connection and try again."),
});

/**
 * One request and its answer.
 * @param {string} url
 * @param {RequestInit} options
 * @param {number} [timeout] Milliseconds.
 * @returns {Promise<Answer>} Never rejects.
 */
export async function exchange(url, options, timeout = TIMEOUT_MS) {
  // `AbortSignal.timeout` is younger than many a phone.
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), timeout);
  try {
    return await exchanged(url, { ...options, signal: patience.signal });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {string} url
 * @param {RequestInit} options
 * @returns {Promise<Answer>} Never rejects.
 */
async function exchanged(url, options) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...options });
  } catch {
    return unreachable();
  }
  try {
    const body = await response.json();
    if (typeof body?.ok !== "boolean") throw new TypeError("not an answer of this server");
    const wait = Number(response.headers.get("Retry-After"));
    return !body.ok && wait > 0 ? { ...body, retry_after: wait } : body;
  } catch {
    // A proxy's error page, or an answer that was cut off.
    return response.status >= 500 || response.ok
      ? unreachable()
      : {
          ok: false,
          code: "internal",
          error: t("Something went wrong. Reload the page and try again."),
        };
  }
}

/**
 * Reads a JSON answer.
 * @param {string} url
 * @returns {Promise<Answer>} Never rejects.
 */
export function getJson(url) {
  return exchange(url, { headers: { Accept: "application/json" }, cache: "no-store" });
}

/**
 * Sends JSON as the person who is logged in, with the page's CSRF token.
 * @param {string} url
 * @param {object} [body]
 * @returns {Promise<Answer>} Never rejects.
 */
export function postJson(url, body = {}) {
  return sendJson("POST", url, body);
}

/**
 * The same with any method.
 * @param {"POST" | "PATCH" | "DELETE"} method
 * @param {string} url
 * @param {object} [body]
 * @returns {Promise<Answer>} Never rejects.
 */
export function sendJson(method, url, body = {}) {
  return exchange(url, {
    method,
    headers: {
      Accept: "application/json",
      "Content-Type": "application/json",
      "X-CSRFToken": boot.csrf_token,
    },
    body: JSON.stringify(body),
  });
}
