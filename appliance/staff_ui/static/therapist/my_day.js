/** What I have done today. */

import { clockTime, minutes, money } from "/static/common/format.js";
import { getJson, postJson } from "/static/common/http.js";
import { t, tError } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { dialogHead, openDialog } from "../shared/dialog.js";
import { icon } from "../shared/icons.js";

/** @typedef {import("/static/common/types.js").MyDay} MyDay */

/** Shows it, and prints it where reports are printed. */
export function showMyDay() {
  /** @type {MyDay | null} */
  let day = null;
  let said = "";
  let problem = "";
  /** @type {() => void} */
  let redraw = () => undefined;
  const answer = openDialog(
    /** @param {{close: (answer: null) => void, refresh: () => void}} dialog */ ({
      close,
      refresh,
    }) => {
      redraw = refresh;
      return html`
        <div class="sheet-body">
          ${dialogHead(t("My day"), () => close(null))}
          ${problem ? html`<p role="alert">${problem}</p>` : nothing}
          ${day ? figures(day) : problem ? nothing : html`<div class="skeleton skeleton-stage"></div>`}
          <p role="status">${said}</p>
          ${
            day
              ? html`<button type="button" class="button button-block" @click=${() => void print()}>
                  ${icon("printer")} ${t("Print")}
                </button>`
              : nothing
          }
        </div>
      `;
    },
  );
  /** @param {Promise<import("/static/common/types.js").Answer>} asked @param {string} then */
  const take = async (asked, then) => {
    const result = await asked;
    if (result.ok) day = /** @type {MyDay} */ (/** @type {unknown} */ (result));
    problem = result.ok ? "" : tError(result);
    said = result.ok ? then : "";
    redraw();
  };
  const print = () => take(postJson("/api/my-day/print"), t("Sent to the printer."));
  void take(getJson("/api/my-day"), "");
  return answer;
}

/** @param {MyDay} day */
function figures(day) {
  return html`
    <dl class="my-day">
      ${[
        [t("Customers"), String(day.treated.length)],
        [t("Service time"), minutes(day.minutes)],
        [t("Tips"), money(day.tips)],
      ].map(
        ([word, figure]) =>
          html`<div>
            <dt class="muted">${word}</dt>
            <dd class="number">${figure}</dd>
          </div>`,
      )}
    </dl>
    <ol class="lines">
      ${day.treated.map(
        (one) => html`
          <li class="line">
            <span class="code">${one.code}</span>
            <span class="line-main">
              <span class="line-title clamp" dir="auto">${one.services.join(", ")}</span>
              <span class="muted"
                >${clockTime(one.service_start_at ?? "")} · ${minutes(one.minutes)}</span
              >
            </span>
          </li>
        `,
      )}
    </ol>
  `;
}
