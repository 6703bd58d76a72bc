/** A past payment at the desk: found, it opens where refunds, corrections and copies are. */

import { t } from "/static/common/i18n.js";
import { html } from "/static/common/vendor/lit-html/lit-html.js";
import { dialogHead, openDialog } from "../shared/dialog.js";
import { receiptFinder } from "../shared/receipts.js";

/** @typedef {import("/static/common/types.js").Transaction} Transaction */
/** @typedef {ReturnType<typeof receiptFinder>} Finder */

/** The search that is open: what is scanned meanwhile is meant for it. @type {Finder | null} */
let open = null;

/** The search that is open, if one is. */
export const openFinder = () => open;

/**
 * Lets the cashier find a past payment.
 * @returns {Promise<Transaction | null>}
 */
export async function findReceipt() {
  /** @type {() => void} */
  let redraw = () => undefined;
  /** @type {(visit: Transaction | null) => void} */
  let choose = () => undefined;
  const finder = receiptFinder({
    redraw: () => redraw(),
    onChoose: (visit) => choose(visit),
    today: () => "",
  });
  const chosen = openDialog(
    /** @param {{close: (visit: Transaction | null) => void, refresh: () => void}} dialog */ ({
      close,
      refresh,
    }) => {
      redraw = refresh;
      choose = close;
      return html`
        <div class="sheet-body">
          ${dialogHead(t("Find a receipt"), () => close(null))} ${finder.view()}
        </div>
      `;
    },
    { wide: true },
  );
  open = finder;
  const visit = await chosen;
  open = null;
  return visit;
}
