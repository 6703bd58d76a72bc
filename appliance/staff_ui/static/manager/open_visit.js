/** What a manager may do with somebody else's customer, and why. */

import { getJson } from "/static/common/http.js";
import { t, tError } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { openDialog } from "../shared/dialog.js";
import { choiceOfVerb } from "../shared/forms.js";

/** @typedef {import("/static/common/types.js").StaffMember} Colleague */
/** @typedef {import("/static/common/types.js").OnDuty} OnDuty */
/** @typedef {import("/static/common/types.js").Transaction} Transaction */
/** @typedef {Colleague & {rests: boolean}} Taker */

/**
 * @typedef {object} Wish
 * @property {string} event As the server calls it.
 * @property {Record<string, unknown>} payload
 */

const AT_THE_DESK = ["finished", "awaiting_payment"];

/** @type {Record<string, (transaction: Transaction) => string>} */
const VERBS = {
  manager_finish: () => t("End the service: the customer goes to the front desk"),
  manager_release: () => t("Put back: another cashier takes the payment"),
  queue_put_back: () => t("Customer is here: call as usual"),
  manager_hand_over: () => t("Hand over to someone else"),
  manager_cancel: ({ status }) =>
    AT_THE_DESK.includes(status)
      ? t("Close as uncollected: the customer left without paying")
      : t("Cancel visit"),
};

/**
 * Asks what is to become of an open visit.
 * @param {Transaction} transaction
 * @param {OnDuty[]} duty Who is there, and who is on a break.
 * @returns {Promise<Wish | null>} Null to leave it as it is.
 */
export function askForOpenVisit(transaction, duty) {
  const verbs = (transaction.manager_events ?? []).filter((event) => event in VERBS);
  const atDesk = AT_THE_DESK.includes(transaction.status);
  let verb = verbs[0] ?? "";
  let reason = "";
  let taker = "";
  let problem = "";
  /** @type {Taker[] | null} */
  let takers = null;
  /** @type {() => void} */
  let redraw = () => undefined;

  const load = async () => {
    const answer = await getJson("/api/manager/staff");
    const holder = atDesk ? transaction.cashier_id : transaction.therapist_id;
    /** @type {Colleague[]} */
    const people = answer.ok ? answer.staff : [];
    const resting = duty.filter(({ state }) => state === "break");
    takers = people
      .filter(
        ({ id, role, disabled, on_duty }) =>
          id !== holder &&
          !disabled &&
          (atDesk ? role === "cashier" : role === "therapist" && on_duty),
      )
      .map((person) => ({
        ...person,
        rests: resting.some(({ therapist_id: id }) => id === person.id),
      }));
    problem = answer.ok ? "" : tError(answer);
    redraw();
  };
  if (verbs.includes("manager_hand_over")) void load();

  return openDialog(
    /** @param {{close: (answer: Wish | null) => void, refresh: () => void}} dialog */ ({
      close,
      refresh,
    }) => {
      redraw = refresh;
      const handsOver = verb === "manager_hand_over";
      const needsReason = verb !== "queue_put_back";
      return html`
        <form
          class="sheet-body"
          @submit=${(/** @type {SubmitEvent} */ event) => {
            event.preventDefault();
            const to = { [atDesk ? "cashier_id" : "therapist_id"]: Number(taker) };
            close({
              event: verb,
              payload: {
                transaction_id: transaction.id,
                ...(needsReason ? { reason: reason.trim() } : {}),
                ...(handsOver ? to : {}),
              },
            });
          }}
        >
          <h2 id="dialog-title">${t("Customer {code}", { code: transaction.code ?? "" })}</h2>
          ${choiceOfVerb(
            verbs.map((value) => ({ value, words: VERBS[value]?.(transaction) ?? "" })),
            verb,
            (chosen) => {
              verb = chosen;
              refresh();
            },
          )}
          ${handsOver ? who(takers, problem, (id) => (taker = id)) : nothing}
          ${
            needsReason
              ? html`<label class="field">
                  <span class="label">${t("Reason")}</span>
                  <input
                    class="input"
                    name="reason"
                    maxlength="200"
                    required
                    pattern=".*\\S.*"
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
              class="button ${verb === "manager_cancel" ? "button-danger" : "button-primary"} button-large"
            >
              ${t("Do it")}
            </button>
            <button type="button" class="button button-large" @click=${() => close(null)}>
              ${t("Leave as it is")}
            </button>
          </div>
        </form>
      `;
    },
  );
}

/**
 * @param {Taker[] | null} takers
 * @param {string} problem
 * @param {(id: string) => void} onChoose
 */
function who(takers, problem, onChoose) {
  if (problem) return html`<p role="alert">${problem}</p>`;
  if (takers === null) return html`<div class="skeleton skeleton-line"></div>`;
  if (takers.length === 0) return html`<p role="alert">${t("Nobody else is there.")}</p>`;
  return html`
    <label class="field">
      <span class="label">${t("Hand over to")}</span>
      <select
        class="input"
        name="taker"
        required
        @change=${(/** @type {Event} */ event) =>
          onChoose(/** @type {HTMLSelectElement} */ (event.target).value)}
      >
        <option value="">${t("Choose…")}</option>
        ${takers.map(
          ({ id, name, rests }) =>
            html`<option value=${id} ?disabled=${rests}>
              ${rests ? t("{name}, on a break", { name }) : name}
            </option>`,
        )}
      </select>
    </label>
  `;
}
