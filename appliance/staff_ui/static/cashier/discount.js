/** A discount on one service or on the whole visit. */

import { boot } from "/static/common/boot.js";
import { money } from "/static/common/format.js";
import { t } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { choice, entry, select, sendForm } from "../shared/forms.js";
import { itemName } from "../shared/parts.js";

/** @typedef {import("/static/common/types.js").Transaction} Transaction */

/**
 * @param {import("../shared/forms.js").Act} act
 * @param {Transaction} transaction
 */
export function giveDiscount(act, transaction) {
  let kind = "percent_off";
  let value = "";
  let reason = "";
  let item = "";
  return sendForm({
    title: t("Discount"),
    action: t("Apply discount"),
    ready: () => Boolean(value.trim() && reason.trim()),
    inside: (refresh) => html`
      ${choice({
        label: t("Kind of discount"),
        name: "kind",
        choices: [
          { value: "percent_off", words: t("Percent off") },
          { value: "amount_off", words: t("Amount off") },
          { value: "price", words: t("New price") },
        ],
        value: kind,
        onChoose: (chosen) => {
          kind = chosen;
          refresh();
        },
      })}
      ${entry({
        label:
          kind === "percent_off"
            ? t("Percent")
            : t("Amount in {currency}", { currency: boot.currency }),
        value,
        inputmode: "decimal",
        maxlength: 24,
        autofocus: true,
        onInput: (text) => {
          value = text;
          refresh();
        },
      })}
      ${
        transaction.items.length > 1
          ? select({
              label: t("For"),
              choices: [
                { value: "", words: t("The whole visit") },
                ...transaction.items.map((item) => ({
                  value: String(item.id),
                  words: `${itemName(item)} · ${money(item.price)}`,
                })),
              ],
              value: item,
              onChoose: (chosen) => {
                item = chosen;
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
    `,
    send: (approval) =>
      act(
        "cashier_adjust",
        {
          transaction_id: transaction.id,
          kind,
          value: value.trim(),
          reason: reason.trim(),
          ...(item ? { item_id: Number(item) } : {}),
          ...approval,
        },
        { quiet: true },
      ),
  });
}
