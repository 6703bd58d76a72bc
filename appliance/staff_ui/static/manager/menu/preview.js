/** The kiosk itself in a small window: what customers see of the menu, and nothing that they do. */

import { t } from "/static/common/i18n.js";
import { html } from "/static/common/vendor/lit-html/lit-html.js";
import { openDialog } from "../../shared/dialog.js";

/** @returns {Promise<unknown>} Ends when the window is closed. */
export function showPreview() {
  return openDialog(
    /** @param {{close: (answer: null) => void}} dialog */ ({ close }) => html`
      <div class="sheet-body menu-preview">
        <div class="sheet-head">
          <h2 id="dialog-title">${t("As the kiosk shows it")}</h2>
          <button type="button" class="button" @click=${() => close(null)}>${t("Close")}</button>
        </div>
        <iframe
          class="menu-preview-kiosk"
          src="/manager/menu/preview"
          title=${t("The kiosk")}
        ></iframe>
      </div>
    `,
  );
}
