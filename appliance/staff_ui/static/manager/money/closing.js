/** The end of the day: what is still missing for it, the figures, one question. */

import { money } from "/static/common/format.js";
import { t, tn } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { dialogHead, openDialog } from "../../shared/dialog.js";
import { icon } from "../../shared/icons.js";
import { dayFigures, shiftTimes, wholeDate, wholeZ } from "./figures.js";
import { takenOf } from "./today.js";

/** @typedef {import("/static/common/types.js").OnX} Reading */
/** @typedef {import("/static/common/types.js").SealedZ} SealedZ */
/** @typedef {import("/static/common/types.js").ClosedShift} Shift */
/** @typedef {{close: true} | {shift: Shift}} Wish */

/**
 * Asks whether to close a day, or what to do about what is missing.
 * @param {Reading} reading
 * @returns {Promise<Wish | null>} Null to let the day go on.
 */
export function askToClose({ x, today }) {
  const missing = x.shifts.filter(({ state }) => state !== "closed");
  return openDialog(
    /** @param {{close: (wish: Wish | null) => void}} dialog */ ({ close }) => html`
      <div class="sheet-body">
        <h2 id="dialog-title">
          ${missing.length > 0 ? t("The day cannot be closed yet") : t("Close the day?")}
        </h2>
        <p class="muted">${wholeDate(x.business_date)}</p>
        ${
          missing.length > 0
            ? html`<p>${t("Every shift has to be closed first. Still open:")}</p>
                <ul class="lines">
                  ${missing.map((shift) => missingShift(shift, close))}
                </ul>
                <div class="form-actions">
                  <button type="button" class="button" @click=${() => close(null)}>
                    ${t("Not now")}
                  </button>
                </div>`
            : question(x, today, close)
        }
      </div>
    `,
    { wide: true },
  );
}

/**
 * @param {Shift} shift
 * @param {(wish: Wish) => void} close
 */
function missingShift(shift, close) {
  const counted = shift.state === "counted";
  return html`
    <li class="line money-missing">
      <span class="line-main">
        <span class="line-title clamp" dir="auto">${shift.cashier}</span>
        <span class="muted"
          >${shiftTimes(shift)} · ${counted ? t("counted, not closed") : t("not counted")}</span
        >
      </span>
      <button type="button" class="button" @click=${() => close({ shift })}>
        ${counted ? t("Close shift…") : t("Count drawer…")}
      </button>
    </li>
  `;
}

/**
 * @param {Reading["x"]} x
 * @param {string} today
 * @param {(wish: Wish | null) => void} close
 */
function question(x, today, close) {
  const { count, amount } = x.open_customers;
  const difference = x.shifts.reduce((sum, shift) => sum + (shift.difference ?? 0), 0);
  return html`
    <p class="money-closing">
      <span>${t("Collected")}</span> <strong class="number">${money(takenOf(x))}</strong>
    </p>
    ${
      difference
        ? html`<p class="chip chip-warn money-short">
            ${
              difference < 0
                ? t("{amount} short", { amount: money(-difference) })
                : t("{amount} over", { amount: money(difference) })
            }
          </p>`
        : nothing
    }
    ${
      count > 0
        ? html`<p class="banner banner-warn">
            ${icon("people")}
            ${tn(
              "{count} customer has not paid yet ({amount}). They stay in the queue and count for the next day.",
              "{count} customers have not paid yet ({amount}). They stay in the queue and count for the next day.",
              count,
              { count, amount: money(amount) },
            )}
          </p>`
        : nothing
    }
    <details class="money-details">
      <summary>${t("All figures")}</summary>
      ${dayFigures(x)}
    </details>
    <p class="muted">
      ${
        x.business_date === today
          ? t(
              "The Z report is printed and can never be changed. What is paid later today opens a new shift.",
            )
          : t("The Z report is printed and can never be changed.")
      }
    </p>
    <div class="form-actions">
      <button
        type="button"
        class="button button-primary"
        autofocus
        @click=${() => close({ close: true })}
      >
        ${t("Close the day")}
      </button>
      <button type="button" class="button" @click=${() => close(null)}>${t("Not now")}</button>
    </div>
  `;
}

/**
 * Shows a closed day, whole.
 * @param {SealedZ} z
 * @param {{fresh?: boolean, onPrint: (number: number) => Promise<string>}} options `fresh`: it has just
 *   been closed. `onPrint` answers what has become of the paper, as a sentence.
 */
export async function showZ(z, { fresh = false, onPrint }) {
  let said = fresh ? t("The Z report was sent to the printer.") : "";
  let busy = false;
  await openDialog(
    /** @param {{close: (answer: null) => void, refresh: () => void}} dialog */ ({
      close,
      refresh,
    }) => html`
      <div class="sheet-body">
        ${dialogHead(t("Z report {number}", { number: z.number }), () => close(null))}
        <p class="money-day">${wholeDate(z.business_date)}</p>
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
              said = await onPrint(z.number);
              busy = false;
              refresh();
            }}
          >
            ${icon("printer")} ${t("Print again")}
          </button>
          <button type="button" class="button" @click=${() => close(null)}>${t("Done")}</button>
        </div>
        <div>${wholeZ(z)}</div>
      </div>
    `,
    { wide: true },
  );
}
