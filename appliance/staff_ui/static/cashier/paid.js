/** After a payment: the change, readable across the desk. */

import { boot } from "/static/common/boot.js";
import { clockTime, money } from "/static/common/format.js";
import { t } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { icon } from "../shared/icons.js";
import { methodWord, takenBy, wentBack } from "../shared/receipts.js";
import { keyHint } from "./keypad.js";
import { receiptState } from "./model.js";

/** @typedef {import("/static/common/types.js").Devices} Devices */
/** @typedef {import("/static/common/types.js").Transaction} Transaction */

/**
 * @typedef {object} PaidActions
 * @property {() => void} onDone
 * @property {() => void} onNext
 * @property {() => void} onReprint
 * @property {() => void} onRefund
 * @property {() => void} onCorrect
 */

/**
 * @param {Transaction} transaction
 * @param {{devices: Devices | null, busy: string, past: boolean, reprinted: boolean,
 *   ready: number}} around `past`: an earlier payment, so that nothing is to be given back.
 * @param {PaidActions} actions
 */
export function paid(transaction, { devices, busy, past, reprinted, ready }, actions) {
  const receipt = past && !reprinted ? null : receiptState(devices, reprinted);
  return html`
    <section class="card paid" aria-labelledby="paid-title">
      <p class="chip chip-ok paid-chip">
        ${icon("check")} ${t("{code} is paid", { code: transaction.code ?? "" })}
      </p>
      ${figures(transaction, past)}
      <p
        class=${receipt?.waiting ? "chip chip-warn paid-receipt" : "paid-receipt muted"}
        role="status"
      >
        ${receipt ? [icon("printer"), " ", receipt.sentence] : nothing}
      </p>
      <div class="paid-actions">
        <button
          type="button"
          class="button button-primary button-large"
          data-main
          @click=${actions.onDone}
        >
          ${t("Done")} ${keyHint("Enter")}
        </button>
        <button
          type="button"
          class="button button-large"
          aria-keyshortcuts="F2"
          aria-disabled=${ready > 0 ? "false" : "true"}
          aria-busy=${busy === "cashier_claim_next" ? "true" : "false"}
          @click=${actions.onNext}
        >
          ${t("Next customer")} ${keyHint("F2")}
        </button>
        <button
          type="button"
          class="button button-large"
          aria-keyshortcuts="F4"
          aria-busy=${busy === "cashier_reprint" ? "true" : "false"}
          @click=${actions.onReprint}
        >
          ${t("Print again")} ${keyHint("F4")}
        </button>
      </div>
      ${afterwards(transaction, actions)}
    </section>
  `;
}

/**
 * What is seldom done with a payment, below what is always done.
 * @param {Transaction} transaction
 * @param {PaidActions} actions
 */
function afterwards({ allowed_events }, actions) {
  return html`
    <div class="paid-more">
      ${
        allowed_events.includes("cashier_refund")
          ? html`<button type="button" class="button button-quiet" @click=${actions.onRefund}>
              ${t("Refund…")}
            </button>`
          : nothing
      }
      ${
        allowed_events.includes("cashier_correct_tender")
          ? html`<button type="button" class="button button-quiet" @click=${actions.onCorrect}>
              ${t("Correct payment method…")}
            </button>`
          : nothing
      }
    </div>
  `;
}

/**
 * Receipt number, tip, several tenders, what went back: whatever there is of it.
 * @param {Transaction} transaction
 * @param {import("/static/common/types.js").Payment} payment
 */
function details({ refunds }, payment) {
  const methods = takenBy(payment);
  const lines = [];
  if (payment.receipt_number !== null) {
    lines.push(t("Receipt {number}", { number: payment.receipt_number }));
  }
  if (payment.tip_amount) lines.push(t("Tip {amount}", { amount: money(payment.tip_amount) }));
  const corrected = methods.length === 1 && methods[0]?.[0] !== payment.method;
  if (methods.length > 1 || corrected) {
    for (const [name, amount] of methods) lines.push(`${methodWord(name)} ${money(amount)}`);
  }
  for (const refund of refunds) {
    lines.push(
      t("Refund {number}: {amount}", {
        number: refund.number,
        amount: money(wentBack(refund)),
      }),
    );
  }
  return html`
    <ul class="paid-details" aria-label=${t("Payment")}>
      ${lines.map((line) => html`<li class="number"><bdi>${line}</bdi></li>`)}
    </ul>
  `;
}

/** @param {Transaction} transaction @param {boolean} past */
function figures(transaction, past) {
  const payment = transaction.payment;
  if (!payment) return nothing;
  // Only change is ever shown as a large amount: nothing else may look like money to give back.
  const differs = payment.change_amount > 0;
  const hasChange = differs && !past;
  const sums = { paid: money(payment.amount_paid), due: money(payment.amount_due) };
  const method = boot.payment_methods.find(({ name }) => name === payment.method);
  // One that this page does not know yet was added while it was open.
  const received = method
    ? t(differs ? method.received_for : method.received, sums)
    : payment.method === "mixed"
      ? t("{paid} received in several ways", sums)
      : `${sums.paid} – ${payment.method}`;
  const word = past
    ? t("Paid at {time}", { time: clockTime(transaction.paid_at ?? payment.created_at) })
    : hasChange
      ? t("Change")
      : method?.gives_change
        ? t("No change due")
        : t("Paid");
  return html`
    <div class="paid-figures" role="status">
      <h2 class=${hasChange || past ? "paid-word" : "paid-change"} id="paid-title">${word}</h2>
      ${
        hasChange
          ? html`<p class="paid-change number">${money(payment.change_amount)}</p>`
          : nothing
      }
      <p class="paid-received">${received}</p>
      ${details(transaction, payment)}
    </div>
  `;
}
