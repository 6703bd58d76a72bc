/** Past receipts on the manager's screen: found, seen, printed again, refunded, corrected. */

import { t } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { openDialog } from "../../shared/dialog.js";
import { icon } from "../../shared/icons.js";
import { receipt, receiptName } from "../../shared/receipts.js";

/** @typedef {import("/static/common/types.js").Transaction} Transaction */

/** @typedef {"refund" | "correct"} Wish */

/**
 * Shows a receipt.
 * @param {Transaction} visit Paid.
 * @param {(visit: Transaction) => Promise<string>} onPrint Answers what has become of the copy.
 * @returns {Promise<Wish | null>} What the manager wants to do with its money.
 */
export async function showReceipt(visit, onPrint) {
  let said = "";
  let busy = false;
  return openDialog(
    /** @param {{close: (answer: Wish | null) => void, refresh: () => void}} dialog */ ({
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
        <div class="form-actions">
          ${
            visit.allowed_events.includes("cashier_refund")
              ? html`<button
                  type="button"
                  class="button button-quiet"
                  @click=${() => close("refund")}
                >
                  ${t("Refund…")}
                </button>`
              : nothing
          }
          ${
            visit.allowed_events.includes("cashier_correct_tender")
              ? html`<button
                  type="button"
                  class="button button-quiet"
                  @click=${() => close("correct")}
                >
                  ${t("Correct payment method…")}
                </button>`
              : nothing
          }
        </div>
      </div>
    `,
  );
}
