/** The log-in form: what went wrong is said in words, and what is typed is never lost. */

import { postJson } from "/static/common/http.js";
import { t, tError } from "/static/common/i18n.js";
import { passwordThatCanBeSeen, problemIn } from "./shared/log_in_form.js";
import { takeReason } from "./shared/signed_out.js";

/**
 * @template {HTMLElement} E
 * @param {string} id
 * @returns {E}
 */
const byId = (id) => /** @type {E} */ (document.getElementById(id));

/** @type {HTMLFormElement} */
const form = byId("login");
/** @type {HTMLInputElement} */
const username = byId("username");
/** @type {HTMLInputElement} */
const password = byId("password");
/** @type {HTMLButtonElement} */
const submit = byId("submit");
const say = problemIn(byId("problem"));
const role = form.dataset.role ?? "";

/** Where to go after the log-in; the server has looked at it (`same_site`), nobody looks again. */
const destination = form.dataset.next || `/${role}/dashboard`;

/**
 * Keeps the form shut for as long as the server asks.
 * @param {number} seconds
 * @param {string} sentence
 */
function pause(seconds, sentence) {
  const until = Date.now() + seconds * 1000;
  submit.disabled = true;
  say(sentence);
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    submit.textContent = left > 0 ? t("Try again in {seconds} s", { seconds: left }) : t("Log in");
    submit.disabled = left > 0;
    if (left > 0) setTimeout(tick, 250);
    else say("");
  };
  tick();
}

/** @param {SubmitEvent} event */
async function logIn(event) {
  event.preventDefault();
  if (submit.getAttribute("aria-busy") === "true") return;
  submit.setAttribute("aria-busy", "true");
  say("");
  const answer = await postJson(`/${role}/login`, {
    username: username.value.trim(),
    password: password.value,
  });
  if (answer.ok) {
    location.replace(destination);
    return;
  }
  submit.removeAttribute("aria-busy");
  if (answer.code === "too_many_attempts") pause(answer.retry_after ?? 30, tError(answer));
  else say(tError(answer));
  password.focus();
  password.select();
}

passwordThatCanBeSeen();
form.addEventListener("submit", logIn);

const reason = takeReason();
if (reason) {
  byId("reason").textContent = reason;
  byId("reason").hidden = false;
}
