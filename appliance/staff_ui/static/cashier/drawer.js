/** Opening the cash drawer without a payment: why stays in the history. */

import { t } from "/static/common/i18n.js";
import { html } from "/static/common/vendor/lit-html/lit-html.js";
import { entry, sendForm, suggestions } from "../shared/forms.js";

/** @param {import("../shared/forms.js").Act} act */
export function openDrawer(act) {
  let reason = "";
  return sendForm({
    title: t("Open the cash drawer?"),
    action: t("Open drawer"),
    ready: () => Boolean(reason.trim()),
    inside: (refresh) => {
      /** @param {string} text */
      const say = (text) => {
        reason = text;
        refresh();
      };
      return html`
        ${entry({ label: t("Reason"), value: reason, autofocus: true, onInput: say })}
        ${suggestions([t("Give change"), t("Count the cash")], say)}
      `;
    },
    send: () => act("cashier_open_drawer", { reason: reason.trim() }, { quiet: true }),
  });
}
