/** A tip beside the payment. */

import { t } from "/static/common/i18n.js";
import { html } from "/static/common/vendor/lit-html/lit-html.js";
import { readAmount } from "./numbers.js";
import { amountEntry, sendForm } from "../shared/forms.js";

/**
 * @param {string} before What was entered last.
 * @returns {Promise<string | null>} The tip as it was typed, or null when it stays as it was.
 */
export async function askForTip(before) {
  let tip = before;
  const answer = await sendForm({
    title: t("Tip"),
    action: t("Add tip"),
    ready: () => !tip.trim() || readAmount(tip) !== null,
    inside: (refresh) => html`
      ${amountEntry({
        label: t("Tip amount"),
        value: tip,
        autofocus: true,
        onInput: (text) => {
          tip = text;
          refresh();
        },
      })}
      <p class="muted">${t("It is added to the bill. Leave it empty for no tip.")}</p>
    `,
    send: async () => ({ ok: true }),
  });
  return answer ? tip.trim() : null;
}
