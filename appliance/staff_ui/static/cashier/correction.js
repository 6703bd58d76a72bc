/** What was keyed as the wrong method, put right: sales stay as they were. */

import { boot } from "/static/common/boot.js";
import { money } from "/static/common/format.js";
import { t } from "/static/common/i18n.js";
import { html } from "/static/common/vendor/lit-html/lit-html.js";
import { toInput } from "./amounts.js";
import { amountEntry, entry, sendForm } from "../shared/forms.js";

/** @typedef {import("/static/common/types.js").Transaction} Transaction */

/**
 * @param {import("../shared/forms.js").Act} act
 * @param {Transaction} transaction Paid.
 * @param {{approval?: boolean}} [options] `approval`: whether somebody else has to approve it.
 */
export function correctMethod(act, transaction, { approval = true } = {}) {
  const tenders = transaction.payment?.tenders ?? [];
  /** @param {string} name */
  const takenBy = (name) =>
    tenders
      .filter(({ method }) => method === name)
      .reduce((sum, { amount, rounding }) => sum + amount - rounding, 0);
  const names = boot.payment_methods.map(({ name }) => name);
  /** @type {Record<string, string>} */
  const amounts = Object.fromEntries(names.map((name) => [name, toInput(takenBy(name) || 0)]));
  const total = names.reduce((sum, name) => sum + takenBy(name), 0);
  let reason = "";

  return sendForm({
    title: t("Correct the payment method"),
    action: t("Correct"),
    approval,
    wide: true,
    ready: () => Boolean(reason.trim()),
    inside: (refresh) => html`
      <p class="muted">${t("{amount} was actually paid by:", { amount: money(total) })}</p>
      <div class="correct-all">
        ${boot.payment_methods.map(
          ({ name, label }, place) => html`
            <button
              type="button"
              class="button"
              ?autofocus=${place === 0}
              @click=${() => {
                for (const each of names) amounts[each] = each === name ? toInput(total) : "0";
                refresh();
              }}
            >
              ${t("All: {method}", { method: t(label) })}
            </button>
          `,
        )}
      </div>
      <div class="correct-amounts">
        ${boot.payment_methods.map(({ name, label }) =>
          amountEntry({
            label: t(label),
            value: amounts[name] ?? "",
            onInput: (text) => {
              amounts[name] = text;
              refresh();
            },
          }),
        )}
      </div>
      ${entry({
        label: t("Reason"),
        value: reason,
        onInput: (text) => {
          reason = text;
          refresh();
        },
      })}
    `,
    send: (approved) =>
      act(
        "cashier_correct_tender",
        {
          transaction_id: transaction.id,
          tenders: names
            .filter((name) => amounts[name]?.trim())
            .map((name) => ({ method: name, amount: amounts[name]?.trim() })),
          reason: reason.trim(),
          ...approved,
        },
        { quiet: true },
      ),
  });
}
