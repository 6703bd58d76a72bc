/** One customer's bill and the taking of the payment. */

import { money, moneyDecimals } from "/static/common/format.js";
import { N_, t } from "/static/common/i18n.js";
import { live } from "/static/common/vendor/lit-html/directives/live.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { icon } from "../shared/icons.js";
import { itemList } from "../shared/parts.js";
import { cleanAmount, likelyNotes, toInput } from "./amounts.js";
import { keyHint, keypad } from "./keypad.js";

/** @typedef {import("/static/common/types.js").Transaction} Transaction */
/** @typedef {import("./model.js").Method} Method */

/** @type {{method: Method, label: string, icon: import("../shared/icons.js").IconName, key: string}[]} */
const METHODS = [
  { method: "cash", label: N_("Cash"), icon: "cash", key: "F7" },
  { method: "card", label: N_("Card"), icon: "card", key: "F8" },
  { method: "other", label: N_("Other"), icon: "other", key: "F9" },
];

/** Characters beyond which four quick amounts do not fit beside each other. */
const LONG_AMOUNT = 7;

/**
 * @typedef {object} Draft What the cashier has entered for a customer.
 * @property {number} id The customer's transaction.
 * @property {Method} method
 * @property {string} amount
 * @property {string} refusal Why the server refused the last try, as a sentence.
 *
 * @typedef {object} PaymentActions
 * @property {(patch: Partial<Draft>) => void} onEdit
 * @property {() => void} onPay
 * @property {() => void} onRelease
 */

/**
 * @param {Transaction} transaction
 * @param {Draft} draft
 * @param {string} busy
 * @param {PaymentActions} actions
 */
export function payment(transaction, draft, busy, actions) {
  const allowed = transaction.allowed_events;
  return html`
    <div class="payment">
      ${bill(transaction, allowed.includes("cashier_release") ? actions.onRelease : null, busy)}
      ${
        allowed.includes("cashier_pay")
          ? till(transaction, draft, busy, actions)
          : html`<section class="card till till-wait" role="status">
              ${icon("clock")}
              <p>${t("The payment is being processed. Please wait.")}</p>
            </section>`
      }
    </div>
  `;
}

/**
 * @param {Transaction} transaction
 * @param {(() => void) | null} onRelease
 * @param {string} busy
 */
function bill(transaction, onRelease, busy) {
  const room = transaction.room_number ? t("Room {room}", { room: transaction.room_number }) : "";
  return html`
    <section class="card bill" aria-labelledby="bill-title">
      <div class="spread">
        <h2 class="code code-large" id="bill-title">${transaction.code}</h2>
        ${
          onRelease
            ? html`<button
                type="button"
                class="button button-quiet"
                aria-keyshortcuts="Escape"
                aria-busy=${busy === "cashier_release" ? "true" : "false"}
                @click=${onRelease}
              >
                ${icon("back")} ${t("Put back")} ${keyHint("Esc")}
              </button>`
            : nothing
        }
      </div>
      <p class="muted">${[room, transaction.therapist].filter(Boolean).join(" · ")}</p>
      <div class="bill-items" tabindex="0" role="group" aria-label=${t("Services")}>
        ${itemList(transaction.items)}
      </div>
      <p class="bill-total">
        <span>${t("Total")}</span>
        <strong class="number">${money(transaction.total_amount)}</strong>
      </p>
    </section>
  `;
}

/**
 * @param {Transaction} transaction
 * @param {Draft} draft
 * @param {string} busy
 * @param {PaymentActions} actions
 */
function till(transaction, draft, busy, actions) {
  const cash = draft.method === "cash";
  return html`
    <form
      class="card till"
      aria-label=${t("Payment")}
      @submit=${(/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        actions.onPay();
      }}
    >
      ${methods(draft, actions)}
      ${cash ? cashEntry(transaction, draft, actions) : exactEntry(transaction, draft.method)}
      <div id="refusal" role="alert">
        ${draft.refusal ? html`<p class="banner banner-danger">${draft.refusal}</p>` : nothing}
      </div>
      <button
        type="submit"
        class="button button-primary button-large button-block till-pay"
        data-main=${cash ? nothing : ""}
        aria-busy=${busy === "cashier_pay" ? "true" : "false"}
        aria-disabled=${cash && !draft.amount ? "true" : "false"}
      >
        ${icon("check")} ${t("Take payment")} ${keyHint("Enter")}
      </button>
    </form>
  `;
}

/**
 * @param {Draft} draft
 * @param {PaymentActions} actions
 */
function methods(draft, actions) {
  return html`
    <fieldset class="methods">
      <legend class="visually-hidden">${t("Payment method")}</legend>
      ${METHODS.map(
        (choice) => html`
          <label class="method">
            <input
              type="radio"
              name="method"
              value=${choice.method}
              aria-keyshortcuts=${choice.key}
              .checked=${live(draft.method === choice.method)}
              @change=${() => actions.onEdit({ method: choice.method, refusal: "" })}
            />
            <span class="method-face">
              ${icon(choice.icon)} ${t(choice.label)} ${keyHint(choice.key)}
            </span>
          </label>
        `,
      )}
    </fieldset>
  `;
}

/**
 * @param {Transaction} transaction
 * @param {Draft} draft
 * @param {PaymentActions} actions
 */
function cashEntry(transaction, draft, actions) {
  const decimals = moneyDecimals();
  /** @param {string} text */
  const edit = (text) => actions.onEdit({ amount: cleanAmount(text, decimals), refusal: "" });
  /** @param {number} amount */
  const offer = (amount) => {
    edit(toInput(amount, decimals));
    document.getElementById("amount")?.focus({ preventScroll: true });
  };
  const notes = likelyNotes(transaction.total_amount).map((amount) => ({
    amount,
    words: money(amount, { zeros: "stripIfInteger" }),
  }));
  const long = notes.some(({ words }) => words.length > LONG_AMOUNT);
  return html`
    <div class="field">
      <label class="label" for="amount">${t("Cash received")}</label>
      <input
        id="amount"
        class="input digits"
        name="amount"
        data-main
        inputmode="none"
        autocomplete="off"
        aria-describedby="refusal"
        aria-invalid=${draft.refusal ? "true" : "false"}
        .value=${live(draft.amount)}
        @input=${(/** @type {InputEvent} */ event) =>
          edit(/** @type {HTMLInputElement} */ (event.target).value)}
      />
    </div>
    <div class=${long ? "quick quick-long" : "quick"} role="group" aria-label=${t("Quick amounts")}>
      <button
        type="button"
        class="button quick-button"
        aria-keyshortcuts="F6"
        @click=${() => offer(transaction.total_amount)}
      >
        ${t("Exact")} ${keyHint("F6")}
      </button>
      ${notes.map(
        ({ amount, words }) => html`
          <button type="button" class="button quick-button number" @click=${() => offer(amount)}>
            ${words}
          </button>
        `,
      )}
    </div>
    ${keypad({ label: t("Amount keypad"), corner: decimals > 0 ? "." : "00", input: "amount" })}
  `;
}

/**
 * @param {Transaction} transaction
 * @param {Method} method
 */
function exactEntry(transaction, method) {
  return html`
    <div class="till-exact">
      ${icon(method === "card" ? "card" : "other")}
      <p class="till-exact-amount number">${money(transaction.total_amount)}</p>
      <p class="muted">
        ${
          method === "card"
            ? t("Charge this amount on the card terminal, then take the payment here.")
            : t("Collect this amount the agreed way, then take the payment here.")
        }
      </p>
    </div>
  `;
}
