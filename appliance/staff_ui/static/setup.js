/** Makes the first manager of a shop: what went wrong is said in words, and what is typed is never lost. */

import { postJson } from "/static/common/http.js";
import { tError } from "/static/common/i18n.js";
import { passwordThatCanBeSeen, problemIn } from "./shared/log_in_form.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("setup"));
const submit = /** @type {HTMLButtonElement} */ (document.getElementById("submit"));
const say = problemIn(/** @type {HTMLElement} */ (document.getElementById("problem")));

/** @param {SubmitEvent} event */
async function setUp(event) {
  event.preventDefault();
  if (submit.getAttribute("aria-busy") === "true") return;
  submit.setAttribute("aria-busy", "true");
  say("");
  const typed = Object.fromEntries(new FormData(form));
  const answer = await postJson("/setup", typed);
  if (!answer.ok) {
    submit.removeAttribute("aria-busy");
    say(tError(answer));
    return;
  }
  const logIn = await postJson("/manager/login", {
    username: typed.username,
    password: typed.password,
  });
  location.replace(logIn.ok ? "/manager/people" : "/manager/login");
}

passwordThatCanBeSeen();
form.addEventListener("submit", setUp);
