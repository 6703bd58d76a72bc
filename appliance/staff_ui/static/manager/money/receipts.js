/** Past receipts on the manager's screen: found, seen, printed again. */

import { t } from "/static/common/i18n.js";
import { html } from "/static/common/vendor/lit-html/lit-html.js";
import { openDialog } from "../../shared/dialog.js";
import { icon } from "../../shared/icons.js";
import { receipt, receiptName } from "../../shared/receipts.js";

/** @typedef {import("/static/common/types.js").Transaction} Transaction */

/**
 * Shows a receipt.
 * @param {Transaction} visit Paid.
 * @param {(visit: Transaction) => Promise<string>} onPrint Answers what has become of the copy.
 */
export async function showReceipt(visit, onPrint) {
  let said = "";
  let busy = false;
  await openDialog(
    /** @param {{close: (answer: null) => void, refresh: () => void}} dialog */ ({
      close,
      refresh,
    }) => html`
      <div class="sheet-body">
        <h2 id="dialog-title">${receiptName(visit)}</h2>
        ${receipt(visit)}
        <p class="muted" role="status">${said}</p>
        <div class="form-actions">
          <button
            type="button"
            class="button button-primary"
            autofocus
            aria-busy=${busy ? "true" : "false"}
            @click=${async () => {
              if (busy) return;
              busy = true;
              refresh();
              said = await onPrint(visit);
              busy = false;
              refresh();
            }}
          >
            ${icon("printer")} ${t("Print a copy")}
          </button>
          <button type="button" class="button" @click=${() => close(null)}>${t("Done")}</button>
        </div>
      </div>
    `,
  );
}
