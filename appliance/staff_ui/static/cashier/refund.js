/** Money that goes back, line by line, with a manager's approval. */

import { boot } from "/static/common/boot.js";
import { money } from "/static/common/format.js";
import { t } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { sumOf, toInput } from "./amounts.js";
import { amountEntry, choice, entry, sendForm } from "../shared/forms.js";
import { itemName } from "../shared/parts.js";

/** @typedef {import("/static/common/types.js").Shift} Shift */
/** @typedef {import("/static/common/types.js").Transaction} Transaction */

const AS_PAID = "";

/**
 * @param {import("../shared/forms.js").Act} act
 * @param {Transaction} transaction Paid.
 * @param {Shift[] | null} [open] For a manager, who has approved it by asking: the shifts whose
 *   drawers the money may come out of. A cashier's own is known.
 */
export function giveBack(act, transaction, open = null) {
  const cash = boot.payment_methods.find(({ gives_change }) => gives_change);
  /** @type {Map<number, string>} */
  const amounts = new Map(transaction.items.map(({ id }) => [id, ""]));
  let tip = "";
  let way = AS_PAID;
  let reason = "";
  let shift = open?.length === 1 ? String(open[0]?.id) : "";
  const hasDrawer = () => open === null || Boolean(shift);
  const lines = () => [...amounts].filter(([, amount]) => amount.trim());
  const sum = () => sumOf([...amounts.values()]);
  const paidTip = transaction.payment?.tip_amount ?? 0;

  return sendForm({
    title: t("Refund for {code}", { code: transaction.code ?? "" }),
    action: t("Refund"),
    approval: open === null,
    wide: true,
    ready: () => hasDrawer() && Boolean((lines().length > 0 || tip.trim()) && reason.trim()),
    inside: (refresh) => {
      const full = whatIsLeft(transaction);
      return html`
        ${drawers(open, shift, (chosen) => {
          shift = chosen;
          refresh();
        })}
        ${transaction.items.map((item, place) =>
          amountEntry({
            label: `${itemName(item)} · ${money(item.price)}`,
            value: amounts.get(item.id) ?? "",
            autofocus: place === 0,
            onInput: (text) => {
              amounts.set(item.id, text);
              refresh();
            },
          }),
        )}
        ${
          full
            ? html`<button
                type="button"
                class="button button-quiet split-more"
                @click=${() => {
                  for (const [id, left] of full) amounts.set(id, left ? toInput(left) : "");
                  refresh();
                }}
              >
                ${t("Everything")}
              </button>`
            : nothing
        }
        ${
          paidTip > 0
            ? amountEntry({
                label: t("Tip · {amount}", { amount: money(paidTip) }),
                value: tip,
                onInput: (text) => {
                  tip = text;
                  refresh();
                },
              })
            : nothing
        }
        ${
          cash
            ? choice({
                label: t("Refund method"),
                name: "way",
                choices: [
                  { value: AS_PAID, words: t("As it was paid") },
                  { value: cash.name, words: t("In cash") },
                ],
                value: way,
                onChoose: (chosen) => {
                  way = chosen;
                  refresh();
                },
              })
            : nothing
        }
        ${entry({
          label: t("Reason"),
          value: reason,
          onInput: (text) => {
            reason = text;
            refresh();
          },
        })}
      `;
    },
    send: (approval) => {
      const inCash = way ? sum() : null;
      return act(
        "cashier_refund",
        {
          transaction_id: transaction.id,
          lines: lines().map(([item_id, amount]) => ({ item_id, amount: amount.trim() })),
          ...(tip.trim() ? { tip_amount: tip.trim() } : {}),
          ...(inCash ? { methods: [{ method: way, amount: toInput(inCash) }] } : {}),
          reason: reason.trim(),
          ...(shift ? { shift_id: Number(shift) } : {}),
          ...approval,
        },
        { quiet: true },
      );
    },
  });
}

/**
 * Where the money comes from, where that is not the drawer of the one who gives it.
 * @param {Shift[] | null} open
 * @param {string} chosen
 * @param {(shift: string) => void} onChoose
 */
function drawers(open, chosen, onChoose) {
  if (open === null) return nothing;
  if (open.length === 0) {
    return html`<p class="banner banner-warn" role="alert">
      ${t("No shift is open. Ask a cashier to start one, then give the refund.")}
    </p>`;
  }
  return choice({
    label: t("From the drawer of"),
    name: "shift",
    choices: open.map(({ id, cashier }) => ({ value: String(id), words: cashier })),
    value: chosen,
    onChoose,
  });
}

/**
 * What is left of each line, where it can be told from the bill: a discount on the whole visit, or
 * tax put on top of the prices, is shared out by the server alone.
 * @param {Transaction} transaction
 * @returns {Map<number, number> | null}
 */
function whatIsLeft({ items, adjustments, refunds, subtotal_amount, discount_amount, ...rest }) {
  const hasTaxOnTop = Math.abs(rest.total_amount - subtotal_amount + discount_amount) > 0.0005;
  if (hasTaxOnTop || adjustments.some(({ item_id }) => item_id === null)) return null;
  const left = new Map(items.map(({ id, price }) => [id, price]));
  const taken = [...adjustments, ...refunds.flatMap(({ lines }) => lines)];
  for (const { item_id, amount } of taken) {
    if (item_id !== null) left.set(item_id, (left.get(item_id) ?? 0) - amount);
  }
  return left;
}
