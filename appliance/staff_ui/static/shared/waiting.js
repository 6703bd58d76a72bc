/** The customers who wait for a therapist: who may be called, who is not here, who is left from yesterday. */

import { minutes } from "/static/common/format.js";
import { N_, t } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { ago } from "./clock.js";
import { openDialog } from "./dialog.js";
import { choiceOfVerb } from "./forms.js";
import { noteOf, servicesListed, waitingSince, wantedOf } from "./parts.js";

/** @typedef {import("/static/common/types.js").Queue} Queue */
/** @typedef {import("/static/common/types.js").Transaction} Transaction */
/** @typedef {(event: string, payload: object) => Promise<import("/static/common/types.js").Answer | null | undefined>} Act */

/** @type {Record<string, string>} */
const HOLDS = {
  skipped: N_("Not here · {time}"),
  stepped_out: N_("Stepped out · {time}"),
  stayed_out: N_("Out too long · {time}"),
  carried_over: N_("From yesterday"),
};

/**
 * Those who may be called, oldest first.
 * @param {Queue} queue
 */
export function toCall(queue) {
  return queue.pending.filter(({ hold }) => !hold);
}

/**
 * Those who are not called at present.
 * @param {Queue} queue
 */
export function onHold(queue) {
  return queue.pending.filter(({ hold }) => hold);
}

/**
 * Why somebody is not called at present, as a chip.
 * @param {Transaction} transaction
 */
export function holdChip({ hold, held_since: since }) {
  if (!hold) return nothing;
  const warn = hold === "stayed_out" ? "chip-warn" : "";
  return html`<span class="chip ${warn}">${t(HOLDS[hold] ?? "", { time: ago(since) })}</span>`;
}

/**
 * @param {Transaction[]} waiting
 * @param {((transaction: Transaction) => void) | null} [onChoose] What a tap on one does.
 */
export function waitingList(waiting, onChoose = null) {
  return html`
    <ol class="lines">
      ${repeat(
        waiting,
        ({ id }) => id,
        (transaction) =>
          onChoose && verbsFor(transaction).length > 0
            ? html`<li class="line-around">
                <button
                  type="button"
                  class="line line-button"
                  @click=${() => onChoose(transaction)}
                >
                  ${inside(transaction, waiting.length)}
                </button>
              </li>`
            : html`<li class="line">${inside(transaction, waiting.length)}</li>`,
      )}
    </ol>
  `;
}

/** @param {Transaction} transaction @param {number} listed How many wait. */
function inside(transaction, listed) {
  return html`
    <span class="code">${transaction.code}</span>
    <span class="line-main">
      ${servicesListed(transaction, listed)}
      <span class="muted"
        >${minutes(transaction.total_duration_minutes)} · ${waitingSince(transaction)}</span
      >
      ${wantedOf(transaction)} ${noteOf(transaction)}${holdChip(transaction)}
    </span>
  `;
}

/** What may be done with somebody who waits, in this order. @type {Record<string, string>} */
const VERBS = {
  queue_put_back: N_("Customer is here: call as usual"),
  queue_remove: N_("Remove from the waiting list"),
};

/** @param {Transaction} transaction */
function verbsFor(transaction) {
  return Object.keys(VERBS).filter((event) => transaction.allowed_events.includes(event));
}

/**
 * Asks what is to become of somebody who waits, and does it.
 * @param {Transaction} transaction
 * @param {Act} act
 * @returns {Promise<string>} What to say of it; "" where nothing was done.
 */
export async function bringOnWaiting(transaction, act) {
  const wish = await ask(transaction);
  if (!wish) return "";
  const code = transaction.code ?? "";
  const { event, reason } = wish;
  const removes = event === "queue_remove";
  const answer = await act(event, {
    transaction_id: transaction.id,
    ...(removes && reason.trim() ? { reason: reason.trim() } : {}),
  });
  if (!answer?.ok) return "";
  return removes
    ? t("{code} is removed from the waiting list.", { code })
    : t("{code} is back in the queue.", { code });
}

/**
 * @param {Transaction} transaction
 * @returns {Promise<{event: string, reason: string} | null>}
 */
function ask(transaction) {
  const verbs = verbsFor(transaction);
  let verb = verbs[0] ?? "";
  let reason = "";
  return openDialog(
    /** @param {{close: (answer: {event: string, reason: string} | null) => void, refresh: () => void}} dialog */ ({
      close,
      refresh,
    }) => html`
      <form
        class="sheet-body"
        @submit=${(/** @type {SubmitEvent} */ event) => {
          event.preventDefault();
          close({ event: verb, reason });
        }}
      >
        <h2 id="dialog-title">${t("Customer {code}", { code: transaction.code ?? "" })}</h2>
        ${
          verbs.length > 1
            ? choiceOfVerb(
                verbs.map((value) => ({ value, words: t(VERBS[value] ?? "") })),
                verb,
                (chosen) => {
                  verb = chosen;
                  refresh();
                },
              )
            : nothing
        }
        ${
          verb === "queue_remove"
            ? html`<p class="muted">
                  ${t("The visit ends and the number is no longer valid. Nothing is charged.")}
                </p>
                <label class="field">
                  <span class="label">${t("Reason (optional)")}</span>
                  <input
                    class="input"
                    name="reason"
                    maxlength="200"
                    autocomplete="off"
                    .value=${reason}
                    @input=${(/** @type {InputEvent} */ event) => {
                      reason = /** @type {HTMLInputElement} */ (event.target).value;
                    }}
                  />
                </label>`
            : nothing
        }
        <div class="sheet-actions">
          <button
            type="submit"
            class="button ${verb === "queue_remove" ? "button-danger" : "button-primary"} button-large"
          >
            ${verb === "queue_remove" ? t("Remove from the waiting list") : t("Back to queue")}
          </button>
          <button type="button" class="button button-large" @click=${() => close(null)}>
            ${t("Leave as it is")}
          </button>
        </div>
      </form>
    `,
  );
}
