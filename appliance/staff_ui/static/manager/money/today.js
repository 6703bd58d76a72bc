/** Today's money while the day goes on. */

import { money } from "/static/common/format.js";
import { t, tn } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { ago } from "../../shared/clock.js";
import { icon } from "../../shared/icons.js";
import { rows } from "./chart.js";
import { shiftTimes, wholeDate } from "./figures.js";
import { methodWord } from "../../shared/receipts.js";
import { stateWord } from "../history/sentences.js";
import { figureValue, figureWord } from "./words.js";

/** @typedef {import("/static/common/types.js").OnX} Reading */
/** @typedef {import("/static/common/types.js").Queue} Queue */
/** @typedef {import("/static/common/types.js").X} X */
/** @typedef {import("/static/common/types.js").ClosedShift} Shift */

/**
 * @typedef {object} TodayActions
 * @property {() => void} onPrint
 * @property {() => void} onClose
 * @property {(date: string) => void} onDay Shows another day that is not closed.
 */

/** @param {X} x What came in, less what went back. */
export const takenOf = ({ totals }) => Object.values(totals).reduce((sum, each) => sum + each, 0);

/**
 * @param {Reading} reading
 * @param {{queue: Queue | null, late: string | null, busy: boolean}} around `late`: an earlier day
 *   that nobody has closed.
 * @param {TodayActions} actions
 */
export function today({ x, closed, today: date }, { queue, late, busy }, actions) {
  return html`
    ${late ? leftOpen(late, x.business_date, date, actions) : nothing}
    ${
      closed
        ? html`<div class="banner banner-ok">
            ${icon("check")}
            <p class="banner-text">
              ${t("This day is closed. Its figures are under “Closed days”; what is paid from now on is counted here.")}
            </p>
          </div>`
        : nothing
    }
    <div class="money-head">
      <p class="money-day">${wholeDate(x.business_date)}</p>
      <div class="money-actions">
        <button
          type="button"
          class="button"
          aria-busy=${busy ? "true" : "false"}
          @click=${actions.onPrint}
        >
          ${icon("printer")} ${t("Print X report")}
        </button>
        <button
          type="button"
          class="button button-primary"
          aria-disabled=${closed ? "true" : "false"}
          @click=${() => closed || actions.onClose()}
        >
          ${closed ? t("The day is closed") : t("Close the day…")}
        </button>
      </div>
    </div>
    <dl class="money-tiles">
      ${tile(t("Collected"), money(takenOf(x)), "money-tile-first")}
      ${["sales", "tips", "refunds", "discounts", "visits"].map((figure) => {
        const value = /** @type {Record<string, any>} */ (x)[figure];
        return tile(figureWord(figure), figureValue(figure, value));
      })}
    </dl>
    <div class="manager-columns">
      ${byMethod(x)} ${drawers(x.shifts)} ${stillOpen(x)} ${queue ? waits(queue) : nothing}
    </div>
  `;
}

/**
 * @param {string} label
 * @param {string} value
 * @param {string} [more]
 */
const tile = (label, value, more = "") => html`
  <div class="card money-tile ${more}">
    <dt class="muted">${label}</dt>
    <dd class="number">${value}</dd>
  </div>
`;

/**
 * @param {string} late
 * @param {string} shown
 * @param {string} date
 * @param {TodayActions} actions
 */
function leftOpen(late, shown, date, actions) {
  const other = shown === late ? date : late;
  return html`
    <div class="banner banner-warn">
      ${icon("alert")}
      <p class="banner-text">
        ${t("{date} is not closed yet. Close it before today.", { date: wholeDate(late) })}
      </p>
      <button type="button" class="button" @click=${() => actions.onDay(other)}>
        ${other === date ? t("Show today") : t("Show that day")}
      </button>
    </div>
  `;
}

/** @param {X} x */
function byMethod({ totals }) {
  const bars = Object.entries(totals).map(([name, value]) => {
    const label = methodWord(name);
    return { name: label, label, value };
  });
  return html`
    <section class="card" aria-labelledby="methods-title">
      <h2 class="list-title" id="methods-title">${t("Collected by method")}</h2>
      ${
        bars.length === 0
          ? html`<p class="muted">${t("Nothing yet.")}</p>`
          : [
              rows({ title: t("Collected by method"), bars, words: money }),
              html`<dl class="visually-hidden">
                ${bars.map(
                  ({ name, value }) =>
                    html`<dt>${name}</dt>
                      <dd>${money(value)}</dd>`,
                )}
              </dl>`,
            ]
      }
    </section>
  `;
}

/** @param {Shift[]} shifts */
function drawers(shifts) {
  return html`
    <section class="card" aria-labelledby="shifts-title">
      <h2 class="list-title" id="shifts-title">
        ${t("Shifts")} <span class="badge">${shifts.length}</span>
      </h2>
      ${
        shifts.length === 0
          ? html`<p class="muted">${t("No shift has started yet.")}</p>`
          : html`<ul class="lines">
              ${shifts.map(
                (shift) => html`
                  <li class="line">
                    <span class="line-main">
                      <span class="line-title clamp" dir="auto">${shift.cashier}</span>
                      <span class="muted">${shiftFacts(shift).join(" · ")}</span>
                    </span>
                    <span class="line-end">
                      ${stateChip(shift)}
                      <span class="amount"
                        >${money(Object.values(shift.totals).reduce((sum, one) => sum + one, 0))}</span
                      >
                    </span>
                  </li>
                `,
              )}
            </ul>`
      }
    </section>
  `;
}

/** @param {Shift} shift */
function shiftFacts(shift) {
  const facts = [shiftTimes(shift)];
  // A drawer of one's own is named after nobody but a number.
  if (!shift.drawer.startsWith("#")) facts.unshift(shift.drawer);
  if (shift.difference) {
    facts.push(
      shift.difference < 0
        ? t("{amount} short", { amount: money(-shift.difference) })
        : t("{amount} over", { amount: money(shift.difference) }),
    );
  }
  return facts;
}

/** @param {Shift} shift */
function stateChip({ state }) {
  if (state === "closed") return html`<span class="chip chip-ok">${t("Closed")}</span>`;
  if (state === "counted") return html`<span class="chip chip-warn">${t("Counted")}</span>`;
  return html`<span class="chip chip-accent">${t("Open")}</span>`;
}

/** @param {X} x */
function stillOpen({ open_customers: { count, amount, customers } }) {
  return html`
    <section class="card" aria-labelledby="unpaid-title">
      <h2 class="list-title" id="unpaid-title">
        ${t("Not paid yet")} <span class="badge">${count}</span>
      </h2>
      ${
        count === 0
          ? html`<p class="muted">${t("Nobody.")}</p>`
          : html`
              <ul class="lines money-scroll">
                ${customers.map(
                  ({ code, status, amount: owed }) => html`
                    <li class="line">
                      <span class="code">${code}</span>
                      <span class="line-main">${stateWord(status)}</span>
                      <span class="amount">${owed ? money(owed) : "–"}</span>
                    </li>
                  `,
                )}
              </ul>
              <p class="money-sum">
                <span>${t("To pay")}</span> <strong class="amount">${money(amount)}</strong>
              </p>
            `
      }
    </section>
  `;
}

/** @param {Queue} queue */
function waits({ pending, counts }) {
  return html`
    <section class="card" aria-labelledby="waits-title">
      <h2 class="list-title" id="waits-title">
        ${t("Waiting")} <span class="badge">${counts.pending}</span>
      </h2>
      ${
        pending[0]
          ? html`<p>
              ${tn("{count} customer is waiting", "{count} customers are waiting", counts.pending, {
                count: counts.pending,
              })}
              · ${t("longest: {time}", { time: ago(pending[0].selection_confirmed_at) })}
            </p>`
          : html`<p class="muted">${t("Nobody.")}</p>`
      }
    </section>
  `;
}
