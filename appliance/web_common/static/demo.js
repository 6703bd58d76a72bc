/**
 * The demo's front page: log-ins by one tap, ticks at the steps that have happened, starting over.
 * The log-ins go through the doors that everybody uses; their passwords stand in this page only
 * because a demo has written them there.
 */

import { boot } from "./boot.js";
import { postJson } from "./http.js";
import { t, tError } from "./i18n.js";

const LOOK_EVERY_MS = 2_000;

const problem = /** @type {HTMLElement} */ (document.getElementById("problem"));
const reset = /** @type {HTMLButtonElement} */ (document.getElementById("reset"));
const sure = /** @type {HTMLElement} */ (document.getElementById("sure"));

/** @param {string} sentence */
function say(sentence) {
  problem.textContent = sentence;
  problem.hidden = !sentence;
}

/** @returns {Promise<Document | null>} This page as it is now; null while the server is away. */
async function lookAgain() {
  try {
    const answer = await fetch(location.href, {
      headers: { Accept: "text/html" },
      cache: "no-store",
    });
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  } catch {
    return null;
  }
}

/** @param {Document} page */
const kioskOf = (page) => page.getElementById("kiosk")?.getAttribute("href");

/** Every few seconds: ticks at what has happened, or the page of a demo that has started over. */
async function follow() {
  const fresh = await lookAgain();
  if (fresh && kioskOf(fresh) && kioskOf(fresh) !== kioskOf(document)) {
    location.reload();
    return;
  }
  for (const step of fresh?.querySelectorAll("[data-step]") ?? []) {
    const name = step.getAttribute("data-step") ?? "";
    const shown = document.querySelector(`[data-step="${name}"]`);
    shown?.toggleAttribute("data-done", step.hasAttribute("data-done"));
    const tick = shown?.querySelector(".demo-tick");
    if (tick instanceof HTMLElement) tick.hidden = !step.hasAttribute("data-done");
  }
  setTimeout(follow, LOOK_EVERY_MS);
}

/** @param {HTMLButtonElement} button */
async function logIn(button) {
  const { role = "", username, password } = button.dataset;
  // The tab is opened by the tap itself: after the answer a browser would take it for an advertisement.
  const tab = open("", "_blank");
  button.disabled = true;
  const answer = await postJson(`/${role}/login`, { username, password });
  button.disabled = false;
  if (!answer.ok) {
    tab?.close();
    say(tError(answer));
    return;
  }
  say("");
  (tab ?? window).location.href = `/${role}/dashboard`;
}

/** @param {boolean} asking */
function ask(asking) {
  sure.hidden = !asking;
  reset.hidden = asking;
  /** @type {HTMLElement | null} */ (asking ? sure.querySelector("button") : reset)?.focus();
}

async function startOver() {
  ask(false);
  reset.disabled = true;
  // The log-ins by one tap have begun a new session, which this page's token is not of.
  const text = (await lookAgain())?.getElementById("boot")?.textContent;
  if (text) boot.csrf_token = JSON.parse(text).csrf_token;
  const answer = await postJson("/demo/reset");
  if (!answer.ok) reset.disabled = false;
  say(answer.ok ? t("Starting over. This takes about 10 seconds…") : tError(answer));
}

for (const button of document.querySelectorAll("[data-username]")) {
  if (button instanceof HTMLButtonElement)
    button.addEventListener("click", () => void logIn(button));
}
reset.addEventListener("click", () => ask(true));
document.getElementById("sure-yes")?.addEventListener("click", () => void startOver());
document.getElementById("sure-no")?.addEventListener("click", () => ask(false));
setTimeout(follow, LOOK_EVERY_MS);
