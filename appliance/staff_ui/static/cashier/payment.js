/** The taking of the payment, beside the bill. */

import { boot } from "/static/common/boot.js";
import { money, moneyDecimals } from "/static/common/format.js";
import { t } from "/static/common/i18n.js";
import { live } from "/static/common/vendor/lit-html/directives/live.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { icon } from "../shared/icons.js";
import { inCoins, toInput } from "./amounts.js";
import { readAmount } from "./numbers.js";
import { likelyNotes } from "./notes.js";
import { bill } from "./bill.js";
import { keyHint, keypad } from "./keypad.js";

/** @typedef {import("/static/common/types.js").Transaction} Transaction */
/** @typedef {import("/static/common/boot.js").PaymentMethod} PaymentMethod */

/** The first method's function key; the others follow. */
const FIRST_KEY = 7;

/** Characters beyond which four quick amounts do not fit beside each other. */
const LONG_AMOUNT = 7;

/**
 * @typedef {object} Draft What the cashier has entered for a customer.
 * @property {number} id The customer's transaction.
 * @property {string} method Name of a payment method.
 * @property {string} amount As it was typed: the server reads it.
 * @property {string} tip What the customer gives beside the bill, as it was typed.
 * @property {string} agreed The odd amount that the cashier has confirmed.
 * @property {string} reference What names the payment, where the method asks for it.
 * @property {string} refusal Why the server refused the last try, as a sentence.
 *
 * @typedef {object} PaymentActions
 * @property {(patch: Partial<Draft>) => void} onEdit
 * @property {() => void} onPay
 */

/**
 * The tip that was entered.
 * @param {Draft} draft
 */
export const tipOf = ({ tip }) => readAmount(tip) ?? 0;

/**
 * What is handed over by a method, if it is no more than asked for.
 * @param {Transaction} transaction
 * @param {Draft} draft
 * @param {PaymentMethod} method
 */
export function toPay(transaction, draft, method) {
  const due = transaction.total_amount;
  return (method.gives_change ? inCoins(due) : due) + tipOf(draft);
}

/**
 * @param {Transaction} transaction
 * @param {Draft} draft
 * @param {string} busy
 * @param {PaymentActions & import("./bill.js").BillActions} actions
 */
export function payment(transaction, draft, busy, actions) {
  const allowed = transaction.allowed_events;
  return html`
    <div class="payment">
      ${bill(transaction, tipOf(draft), busy, actions)}
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
 * @param {Draft} draft
 * @param {string} busy
 * @param {PaymentActions} actions
 */
function till(transaction, draft, busy, actions) {
  const method = methodOf(draft);
  const due = toPay(transaction, draft, method);
  return html`
    <form
      id="payment"
      class="card till"
      aria-label=${t("Payment")}
      @submit=${(/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        actions.onPay();
      }}
    >
      ${methods(draft, actions)}
      ${method.gives_change ? cashEntry(due, draft, actions) : exactEntry(due, method)}
      ${method.asks_reference ? referenceEntry(draft, actions) : nothing}
      <div id="refusal" class="error-room" role="alert">
        ${draft.refusal ? html`<p class="banner banner-danger">${draft.refusal}</p>` : nothing}
      </div>
      ${payButton(transaction, draft, busy, "button-large button-block till-pay")}
    </form>
  `;
}

/**
 * The same button at the foot of a small screen, where no bill is too long for it to be in view.
 * @param {Transaction} transaction
 * @param {Draft} draft
 * @param {string} busy
 */
export function payAtFoot(transaction, draft, busy) {
  return transaction.allowed_events.includes("cashier_pay")
    ? payButton(transaction, draft, busy, "foot-pay")
    : nothing;
}

/**
 * @param {Transaction} transaction
 * @param {Draft} draft
 * @param {string} busy
 * @param {string} place Its classes there.
 */
function payButton(transaction, draft, busy, place) {
  const method = methodOf(draft);
  const ready = isReady(draft, method, toPay(transaction, draft, method));
  return html`
    <button
      type="submit"
      form="payment"
      class="button button-primary ${place}"
      data-main=${method.gives_change ? nothing : ""}
      aria-busy=${busy === "cashier_pay" ? "true" : "false"}
      aria-disabled=${ready ? "false" : "true"}
    >
      ${icon("check")} ${t("Mark as paid")} ${keyHint("Enter")}
    </button>
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
      ${boot.payment_methods.map((choice, place) => {
        const key = `F${FIRST_KEY + place}`;
        return html`
          <label class="method">
            <input
              type="radio"
              name="method"
              value=${choice.name}
              aria-keyshortcuts=${key}
              .checked=${live(draft.method === choice.name)}
              @change=${() => actions.onEdit({ method: choice.name, refusal: "" })}
            />
            <span class="method-face">
              ${icon(choice.icon)} ${t(choice.label)} ${keyHint(key)}
            </span>
          </label>
        `;
      })}
    </fieldset>
  `;
}

/**
 * @param {number} due
 * @param {Draft} draft
 * @param {PaymentActions} actions
 */
function cashEntry(due, draft, actions) {
  const decimals = moneyDecimals();
  /** @param {string} text */
  const edit = (text) => actions.onEdit({ amount: text, refusal: "" });
  /** @param {number} amount */
  const offer = (amount) => {
    edit(toInput(amount, decimals));
    document.getElementById("amount")?.focus({ preventScroll: true });
  };
  const notes = likelyNotes(due, decimals).map((amount) => ({
    amount,
    words: money(amount, { zeros: "stripIfInteger" }),
  }));
  const long = notes.some(({ words }) => words.length > LONG_AMOUNT);
  return html`
    <div class="field">
      <div class="spread">
        <label class="label" for="amount">${t("Cash received")}</label>
        <span class="label number" aria-live="polite">${changeOrShort(draft, due)}</span>
      </div>
      <input
        id="amount"
        class="input digits"
        name="amount"
        data-main
        inputmode="none"
        autocomplete="off"
        maxlength="24"
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
        @click=${() => offer(due)}
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
 * What the cash typed so far comes to. The server has the last word.
 * @param {Draft} draft
 * @param {number} due
 */
function changeOrShort({ amount }, due) {
  const given = readAmount(amount);
  if (given === null) return "";
  return given < due
    ? t("{amount} short", { amount: money(due - given) })
    : t("Change: {amount}", { amount: money(given - due) });
}

/**
 * @param {number} due
 * @param {PaymentMethod} method
 */
function exactEntry(due, method) {
  return html`
    <div class="till-exact">
      ${icon(method.icon)}
      <p class="till-exact-amount number">${money(due)}</p>
      <p class="muted">${t(method.instruction)}</p>
    </div>
  `;
}

/**
 * @param {Draft} draft
 * @param {PaymentActions} actions
 */
function referenceEntry(draft, actions) {
  return html`
    <div class="field">
      <label class="label" for="reference">${t("Reference")}</label>
      <input
        id="reference"
        class="input"
        name="reference"
        maxlength="64"
        autocomplete="off"
        .value=${live(draft.reference)}
        @input=${(/** @type {InputEvent} */ event) => {
          const { value } = /** @type {HTMLInputElement} */ (event.target);
          actions.onEdit({ reference: value, refusal: "" });
        }}
      />
    </div>
  `;
}

/**
 * The method that a draft names; the page offers none but the server's.
 * @param {{method: string}} draft
 * @returns {PaymentMethod}
 */
export function methodOf(draft) {
  const method = boot.payment_methods.find(({ name }) => name === draft.method);
  if (!method) throw new Error(`no payment method ${draft.method}`);
  return method;
}

/**
 * Whether all is entered that the method needs.
 * @param {Draft} draft
 * @param {PaymentMethod} method
 * @param {number} due
 */
export function isReady(draft, method, due) {
  const counted = !method.gives_change || due === 0 || Boolean(draft.amount);
  return counted && (!method.asks_reference || Boolean(draft.reference.trim()));
}
