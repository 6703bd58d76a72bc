/** The therapist's own duty: since when, and one tap to take a break or to leave. */

import { clockTime } from "/static/common/format.js";
import { t } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { myDuty, myTransaction } from "./model.js";

/** @typedef {import("/static/common/types.js").Person} Me */
/** @typedef {import("/static/common/types.js").Queue} Queue */

/**
 * What stands above the stage while the therapist has no customer; the way back to work is the
 * page's big button.
 * @param {Queue} queue
 * @param {Me} me
 * @param {string} busy The event that the server works on.
 * @param {(event: string) => void} onSay
 */
export function dutyBar(queue, me, busy, onSay) {
  if (myTransaction(queue, me)) return nothing;
  const duty = myDuty(queue, me);
  const state = duty?.state ?? "out";
  return html`
    <section class="duty" aria-label=${t("My duty")}>
      <p class="duty-state">
        <span class="duty-light duty-light-${state}" aria-hidden="true"></span>
        ${stateWord(state, duty?.since)}
      </p>
      ${turnsOf(duty?.turns)}
      ${state === "in" ? say("duty_break", t("Take a break"), busy, onSay) : nothing}
      ${state === "out" ? nothing : say("duty_out", t("Go off duty"), busy, onSay)}
    </section>
  `;
}

/**
 * @param {string} state
 * @param {string | undefined} since
 */
function stateWord(state, since) {
  if (state === "out") return t("Off duty");
  const time = clockTime(since ?? 0);
  return state === "break"
    ? t("On a break since {time}", { time })
    : t("On duty since {time}", { time });
}

/**
 * How many turns they have had, where customers are taken in rotation.
 * @param {number | null | undefined} turns
 */
function turnsOf(turns) {
  if (turns === null || turns === undefined) return nothing;
  return html`<p class="muted">${t("Turns today: {turns}", { turns })}</p>`;
}

/**
 * @param {string} event
 * @param {string} word
 * @param {string} busy
 * @param {(event: string) => void} onSay
 */
function say(event, word, busy, onSay) {
  return html`
    <button
      type="button"
      class="button"
      aria-busy=${busy === event ? "true" : "false"}
      @click=${() => onSay(event)}
    >
      ${word}
    </button>
  `;
}
