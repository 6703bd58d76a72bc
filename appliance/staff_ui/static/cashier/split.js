/** One bill, paid in several ways: cards and others for what they are charged, cash for the rest. */

import { boot } from "/static/common/boot.js";
import { money } from "/static/common/format.js";
import { t } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { inCoins, sumOf, toInput } from "./amounts.js";
import { readAmount } from "./numbers.js";
import { amountEntry, entry, select, sendForm } from "../shared/forms.js";

/** @typedef {import("/static/common/types.js").Transaction} Transaction */
/** @typedef {{method: string, amount: string, tip: string, reference: string}} Part */

/**
 * @param {import("../shared/forms.js").Act} act
 * @param {Transaction} transaction
 * @param {string} tip What was entered as a tip before: it comes with the first part.
 */
export function splitPayment(act, transaction, tip) {
  const exact = boot.payment_methods.filter(({ gives_change }) => !gives_change);
  const cash = boot.payment_methods.find(({ gives_change }) => gives_change);
  /** @returns {Part} */
  const another = () => ({ method: exact[0]?.name ?? "", amount: "", tip: "", reference: "" });
  const parts = [{ ...another(), tip }];
  /** @type {Part} */
  const inCash = { method: cash?.name ?? "", amount: "", tip: "", reference: "" };
  const used = () => [...parts, inCash].filter((part) => part.amount.trim());

  /** What the cards leave of the bill, and what the cash given comes to. */
  const standing = () => {
    const charged = sumOf(parts.map(({ amount }) => amount));
    const tips = sumOf(parts.filter(({ amount }) => amount.trim()).map((part) => part.tip));
    if (charged === null || tips === null) return "";
    const left = inCoins(transaction.total_amount - charged + tips);
    const given = sumOf([inCash.amount]);
    const cashTip = sumOf([inCash.tip]);
    if (given === null || cashTip === null) return "";
    if (!inCash.amount.trim()) return t("Still to pay: {amount}", { amount: money(left) });
    const change = given - left - cashTip;
    return change < 0
      ? t("{amount} short", { amount: money(-change) })
      : t("Change: {amount}", { amount: money(change) });
  };

  /** @param {Part} part @param {() => void} refresh @param {number} place */
  const row = (part, refresh, place) => {
    /** @param {Partial<Part>} patch */
    const edit = (patch) => {
      Object.assign(part, patch);
      refresh();
    };
    const isCash = part === inCash;
    const method = boot.payment_methods.find(({ name }) => name === part.method);
    const label = method ? t(method.label) : "";
    return html`
      <div class="split-row" role="group" aria-label=${label}>
        ${
          isCash
            ? html`<p class="split-cash">${label}</p>`
            : select({
                label: t("Payment method"),
                choices: exact.map(({ name, label: words }) => ({ value: name, words: t(words) })),
                value: part.method,
                onChoose: (chosen) => edit({ method: chosen }),
              })
        }
        ${amountEntry({
          label: isCash ? t("Cash received") : t("Charged, tip included"),
          value: part.amount,
          autofocus: place === 0,
          onInput: (text) => edit({ amount: text }),
        })}
        ${amountEntry({
          label: t("Tip in it"),
          value: part.tip,
          onInput: (text) => edit({ tip: text }),
        })}
        ${
          method?.asks_reference
            ? entry({
                label: t("Reference"),
                value: part.reference,
                maxlength: 64,
                onInput: (text) => edit({ reference: text }),
              })
            : nothing
        }
      </div>
    `;
  };

  return sendForm({
    title: t("Split payment of {amount}", { amount: money(transaction.total_amount) }),
    action: t("Mark as paid"),
    wide: true,
    ready: () => used().length > 0,
    inside: (refresh) => html`
      ${parts.map((part, place) => row(part, refresh, place))}
      <button
        type="button"
        class="button button-quiet split-more"
        @click=${() => {
          parts.push(another());
          refresh();
        }}
      >
        ${t("Add another card or method")}
      </button>
      ${cash ? row(inCash, refresh, -1) : nothing}
      <p class="split-left number" role="status">${standing()}</p>
    `,
    send: () =>
      act(
        "cashier_pay",
        {
          transaction_id: transaction.id,
          tenders: used().map((part) => ({
            method: part.method,
            amount_paid: part.amount.trim(),
            ...(part.tip.trim() ? { tip: part.tip.trim() } : {}),
            ...(part.reference.trim() ? { reference: part.reference.trim() } : {}),
          })),
        },
        { quiet: true },
      ),
  });
}

/**
 * What a card is charged where a tip was entered beside the amount.
 * @param {number} total
 * @param {string} tip
 */
export function withTip(total, tip) {
  return toInput(total + (readAmount(tip) ?? 0));
}
