/** The days that are closed, newest first. */

import { dateWords, money } from "/static/common/format.js";
import { t } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { emptyState } from "../../shared/parts.js";
import { sealChip } from "./figures.js";

/** @typedef {import("/static/common/types.js").SealedZ} SealedZ */

/**
 * @param {{reports: SealedZ[], before: number | null, busy: boolean}} closed
 * @param {{onShow: (z: SealedZ) => void, onOlder: () => void}} actions
 */
export function closedDays({ reports, before, busy }, actions) {
  if (reports.length === 0) {
    return emptyState("clock", t("No day has been closed yet"), t("Close the day under “Today”."));
  }
  return html`
    <ol class="lines card">
      ${repeat(
        reports,
        ({ number }) => number,
        (z) => html`
          <li class="line-around">
            <button type="button" class="line line-button" @click=${() => actions.onShow(z)}>
              <span class="code">Z ${z.number}</span>
              <span class="line-main">
                <span class="line-title">
                  ${dateWords(z.business_date, {
                    weekday: "short",
                    day: "numeric",
                    month: "short",
                    year: "numeric",
                  })}
                </span>
                <span class="muted clamp" dir="auto">${z.closed_by}</span>
              </span>
              <span class="line-end">
                <span class="amount">${money(z.sales - z.refunds)}</span>
                ${sealChip(z)}
              </span>
            </button>
          </li>
        `,
      )}
    </ol>
    ${
      before === null
        ? nothing
        : html`<button
            type="button"
            class="button money-older"
            aria-busy=${busy ? "true" : "false"}
            @click=${actions.onOlder}
          >
            ${t("Earlier days")}
          </button>`
    }
  `;
}
