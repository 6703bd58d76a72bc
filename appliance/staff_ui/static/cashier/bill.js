/** One customer's bill: list prices, what was taken off, tip and total. */

import { money } from "/static/common/format.js";
import { t } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { icon } from "../shared/icons.js";
import { itemList, itemName } from "../shared/parts.js";
import { keyHint } from "./keypad.js";

/** @typedef {import("/static/common/types.js").Adjustment} Adjustment */
/** @typedef {import("/static/common/types.js").Transaction} Transaction */

/**
 * @typedef {object} BillActions
 * @property {() => void} onRelease
 * @property {() => void} onDiscount
 * @property {(adjustment: Adjustment) => void} onRemoveDiscount
 * @property {() => void} onTip
 * @property {() => void} onSplit
 */

/**
 * @param {Transaction} transaction
 * @param {number} tip What the customer gives beside it.
 * @param {string} busy
 * @param {BillActions} actions
 */
export function bill(transaction, tip, busy, actions) {
  const room = transaction.room_number ? t("Room {room}", { room: transaction.room_number }) : "";
  const allowed = transaction.allowed_events;
  return html`
    <section class="card bill" aria-labelledby="bill-title">
      <div class="spread">
        <h2 class="code code-large" id="bill-title">${transaction.code}</h2>
        ${
          allowed.includes("cashier_release")
            ? html`<button
                type="button"
                class="button button-quiet"
                aria-keyshortcuts="Escape"
                aria-busy=${busy === "cashier_release" ? "true" : "false"}
                @click=${actions.onRelease}
              >
                ${icon("back")} ${t("Back to queue")} ${keyHint("Esc")}
              </button>`
            : nothing
        }
      </div>
      <p class="muted">${[room, transaction.therapist].filter(Boolean).join(" · ")}</p>
      <div class="bill-items" tabindex="0" role="group" aria-label=${t("Services")}>
        ${itemList(transaction.items)} ${discounts(transaction, actions)}
      </div>
      ${sums(transaction, tip)}
      ${allowed.includes("cashier_pay") ? more(allowed, tip, actions) : nothing}
    </section>
  `;
}

/**
 * @param {Transaction} transaction
 * @param {BillActions} actions
 */
function discounts(transaction, actions) {
  if (transaction.adjustments.length === 0) return nothing;
  const removable = transaction.allowed_events.includes("cashier_remove_adjustment");
  return html`
    <ul class="lines discounts" aria-label=${t("Discounts")}>
      ${transaction.adjustments.map((adjustment) => {
        const words = discountWords(transaction, adjustment);
        return html`
          <li class="line">
            <span class="line-main">
              <span class="line-title"><bdi>${words}</bdi></span>
              <span class="muted"><bdi>${adjustment.reason}</bdi></span>
            </span>
            ${
              removable
                ? html`<button
                    type="button"
                    class="button button-icon button-quiet"
                    aria-label=${t("Remove discount: {discount}", { discount: words })}
                    @click=${() => actions.onRemoveDiscount(adjustment)}
                  >
                    ${icon("close")}
                  </button>`
                : nothing
            }
            <span class="amount">${money(-adjustment.amount)}</span>
          </li>
        `;
      })}
    </ul>
  `;
}

/**
 * @param {Transaction} transaction
 * @param {Adjustment} adjustment
 */
function discountWords(transaction, { kind, value, item_id }) {
  const words = {
    amount_off: () => t("{amount} off", { amount: money(value) }),
    percent_off: () => t("{percent}% off", { percent: value }),
    price: () => t("Price {amount}", { amount: money(value) }),
  }[kind]();
  const item = transaction.items.find(({ id }) => id === item_id);
  return item ? `${words} · ${itemName(item)}` : words;
}

/**
 * @param {Transaction} transaction
 * @param {number} tip
 */
function sums({ subtotal_amount, discount_amount, total_amount }, tip) {
  const tax = total_amount - subtotal_amount + discount_amount;
  const hasTax = tax > 0.0005;
  const lines = [];
  if (discount_amount || hasTax) lines.push([t("Subtotal"), money(subtotal_amount)]);
  if (discount_amount) lines.push([t("Discount"), money(-discount_amount)]);
  if (hasTax) lines.push([t("Tax"), money(tax)]);
  if (tip) lines.push([t("Total"), money(total_amount)], [t("Tip"), money(tip)]);
  return html`
    <div>
      ${lines.map(
        ([label, amount]) => html`
          <p class="bill-sum"><span>${label}</span> <span class="number">${amount}</span></p>
        `,
      )}
      <p class="bill-total">
        <span>${tip ? t("To pay") : t("Total")}</span>
        <strong class="number">${money(total_amount + tip)}</strong>
      </p>
    </div>
  `;
}

/**
 * One step away, and never in the way of the payment.
 * @param {string[]} allowed
 * @param {number} tip
 * @param {BillActions} actions
 */
function more(allowed, tip, actions) {
  return html`
    <div class="bill-more">
      <button
        type="button"
        class="button button-quiet"
        aria-keyshortcuts="F3"
        @click=${actions.onTip}
      >
        ${tip ? t("Change tip…") : t("Tip…")} ${keyHint("F3")}
      </button>
      <button type="button" class="button button-quiet" @click=${actions.onSplit}>
        ${t("Split payment…")}
      </button>
      ${
        allowed.includes("cashier_adjust")
          ? html`<button type="button" class="button button-quiet" @click=${actions.onDiscount}>
              ${t("Discount…")}
            </button>`
          : nothing
      }
    </div>
  `;
}
