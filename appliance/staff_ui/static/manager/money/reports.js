/** What a day, a week, a month or any range took: a chart, the numbers, a file. */

import { boot } from "/static/common/boot.js";
import { datesWords, dateWords } from "/static/common/format.js";
import { t } from "/static/common/i18n.js";
import { live } from "/static/common/vendor/lit-html/directives/live.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { choice, select } from "../../shared/forms.js";
import { icon } from "../../shared/icons.js";
import { emptyState } from "../../shared/parts.js";
import { columns, rows } from "./chart.js";
import { wholeDate } from "./figures.js";
import { daysOf, isDate, next, periodOf } from "./periods.js";
import {
  figureCell,
  figureMark,
  figureValue,
  figureWord,
  GROUPS,
  isAmount,
  rowWord,
  shortWord,
} from "./words.js";

/** @typedef {import("/static/common/types.js").Report} Report */
/** @typedef {import("/static/common/types.js").Grouping} Grouping */
/** @typedef {import("./periods.js").Kind} Kind */
/** @typedef {import("./periods.js").Period} Period */

/**
 * @typedef {object} Asked
 * @property {Period} period
 * @property {Grouping} by
 * @property {string} figure What the chart shows.
 */

/** Beyond so many days a chart has no room for each. */
const MOST_DAYS = 120;
/** A chart of things with names shows so many; the table has them all. */
const MOST_NAMES = 12;

/**
 * What to ask for at first.
 * @param {string} today
 * @returns {Asked}
 */
export const firstAsked = (today) => ({
  period: periodOf("week", today),
  by: "day",
  figure: "taken",
});

/** @param {Asked} asked */
export const query = ({ period: { from, to }, by }) => `from=${from}&to=${to}&by=${by}`;

/**
 * @param {Asked} asked
 * @param {{report: Report | null, problem: string, today: string}} found `report` is the last that
 *   came, even while another is on its way.
 * @param {{onAsk: (asked: Asked) => void, onAgain: () => void}} actions
 */
export function reports(asked, { report, problem, today }, { onAsk, onAgain }) {
  const current =
    report && query(asked) === query({ ...asked, ...answered(report) }) ? report : null;
  return html`
    ${controls(asked, today, current, onAsk)}
    ${
      problem
        ? html`<div class="banner banner-danger" role="alert">
            ${icon("alert")}
            <p class="banner-text">${problem}</p>
            <button type="button" class="button" @click=${onAgain}>${t("Try again")}</button>
          </div>`
        : current
          ? result(asked, current)
          : html`<div class="skeleton skeleton-stage"></div>`
    }
  `;
}

/** @param {Report} report */
const answered = ({ by, from, to }) => ({
  by,
  period: { kind: /** @type {Kind} */ ("range"), from, to },
});

/**
 * @param {Asked} asked
 * @param {string} today
 * @param {Report | null} report
 * @param {(asked: Asked) => void} onAsk
 */
function controls(asked, today, report, onAsk) {
  const { period, by } = asked;
  const figures = report ? telling(report) : [];
  return html`
    <div class="card report-controls">
      ${choice({
        label: t("Period"),
        name: "period",
        choices: [
          { value: "day", words: t("Day") },
          { value: "week", words: t("Week") },
          { value: "month", words: t("Month") },
          { value: "range", words: t("From … to") },
        ],
        value: period.kind,
        onChoose: (kind) => {
          const around = period.to < today ? period.to : today;
          onAsk({ ...asked, period: periodOf(/** @type {Kind} */ (kind), around) });
        },
      })}
      <div class="report-period">
        ${step(t("Earlier"), "back", () => onAsk({ ...asked, period: next(period, -1) }))}
        ${
          period.kind === "range"
            ? range(period, (changed) => onAsk({ ...asked, period: changed }))
            : html`<p class="report-words">${periodWords(period)}</p>`
        }
        ${step(
          t("Later"),
          "forward",
          () => onAsk({ ...asked, period: next(period, 1) }),
          period.to >= today,
        )}
      </div>
      <div class="report-choices">
        ${select({
          label: t("By"),
          choices: Object.entries(GROUPS).map(([value, words]) => ({ value, words: words() })),
          value: by,
          onChoose: (chosen) => onAsk({ ...asked, by: /** @type {Grouping} */ (chosen) }),
        })}
        ${
          figures.length > 0
            ? select({
                label: t("Chart"),
                choices: figures.map((value) => ({ value, words: figureWord(value) })),
                value: shownFigure(asked, figures),
                onChoose: (figure) => onAsk({ ...asked, figure }),
              })
            : nothing
        }
        <a class="button" href="/api/manager/reports.csv?${query(asked)}" download>
          ${icon("reach")} ${t("Download CSV")}
        </a>
      </div>
    </div>
  `;
}

/**
 * @param {string} words
 * @param {"back" | "forward"} name
 * @param {() => void} onStep
 * @param {boolean} [end]
 */
const step = (words, name, onStep, end = false) => html`
  <button
    type="button"
    class="button button-icon"
    aria-label=${words}
    aria-disabled=${end ? "true" : "false"}
    @click=${() => end || onStep()}
  >
    ${icon("back", name === "forward" ? "icon-turned" : "")}
  </button>
`;

/**
 * @param {Period} period
 * @param {(period: Period) => void} onChange
 */
function range({ kind, from, to }, onChange) {
  /** @param {string} label @param {string} value @param {(date: string) => Period} changed */
  const date = (label, value, changed) => html`
    <label class="field">
      <span class="label">${label}</span>
      <input
        class="input"
        type="date"
        required
        placeholder="2026-11-27"
        .value=${live(value)}
        @change=${(/** @type {Event} */ event) => {
          const typed = /** @type {HTMLInputElement} */ (event.target).value;
          if (isDate(typed)) onChange(changed(typed));
        }}
      />
    </label>
  `;
  return html`
    <div class="report-range">
      ${date(t("From"), from, (day) => ({ kind, from: day, to: day > to ? day : to }))}
      ${date(t("To"), to, (day) => ({ kind, from: day < from ? day : from, to: day }))}
    </div>
  `;
}

/** @param {Period} period */
function periodWords({ kind, from, to }) {
  if (kind === "day") return wholeDate(from);
  if (kind === "month") return dateWords(from, { month: "long", year: "numeric" });
  return datesWords(from, to);
}

/**
 * The figure that is asked for, where a report by this has it.
 * @param {Asked} asked
 * @param {string[]} figures
 */
const shownFigure = ({ figure }, figures) =>
  figures.includes(figure) ? figure : figures.includes("sales") ? "sales" : (figures[0] ?? "");

/**
 * @param {Asked} asked
 * @param {Report} report
 */
function result(asked, report) {
  if (report.rows.length === 0) {
    return emptyState("cash", t("No payments in this period"), t("Choose another period above."));
  }
  const figures = telling(report);
  const figure = shownFigure(asked, figures);
  const title = t("{figure} by {group}", {
    figure: figureWord(figure),
    group: GROUPS[report.by]().toLocaleLowerCase(),
  });
  return html`
    <section class="card" aria-labelledby="chart-title">
      <h2 class="list-title" id="chart-title">${title}</h2>
      ${chart(title, figure, report)}
    </section>
    ${table(report, figures.filter(isAmount), t("Amounts in {currency}", { currency: boot.currency }))}
    ${table(
      report,
      figures.filter((each) => !isAmount(each)),
      t("Visits and time"),
    )}
  `;
}

/** @typedef {Report["rows"][number] | Report["totals"]} Row */

/**
 * @param {Row} row
 * @param {string} figure
 * @returns {number | null} Null where there is nothing to tell.
 */
function figureOf(row, figure) {
  const value = /** @type {Record<string, unknown>} */ (row)[figure];
  return typeof value === "number" ? value : null;
}

/**
 * The figures of a report that say something: a column of nothing but zeros is left out, and the
 * file has it.
 * @param {Report} report
 */
const telling = ({ rows: found, totals }) =>
  Object.keys(totals).filter((figure) => [...found, totals].some((row) => figureOf(row, figure)));

/**
 * @param {string} title
 * @param {string} figure
 * @param {Report} report
 */
function chart(title, figure, { by, from, to, rows: found }) {
  /** @param {number} value */
  const words = (value) => figureValue(figure, value);
  const values = new Map(found.map((row) => [String(row[by] ?? ""), figureOf(row, figure) ?? 0]));
  const inTime = by === "day" || by === "hour";
  const days = by === "day" ? daysOf(from, to) : [];
  const names = days.length > 0 && days.length <= MOST_DAYS ? days : [...values.keys()];
  const bars = names.map((name) => ({
    name: rowWord(by, name),
    label: shortWord(by, name, names.length),
    value: values.get(name) ?? 0,
  }));
  if (inTime) {
    return columns({ title, bars, words, mark: (value) => figureMark(figure, value) });
  }
  bars.sort((one, other) => other.value - one.value);
  return html`
    ${rows({ title, bars: bars.slice(0, MOST_NAMES), words })}
    ${
      bars.length > MOST_NAMES
        ? html`<p class="muted">
            ${t("The largest {count}. The table shows all.", { count: MOST_NAMES })}
          </p>`
        : nothing
    }
  `;
}

/**
 * @param {Report} report
 * @param {string[]} figures Its columns.
 * @param {string} caption
 */
function table({ by, rows: found, totals }, figures, caption) {
  if (figures.length === 0) return nothing;
  /** @param {Row} row @param {string} name Roles are said: on a phone each row is drawn as a block. */
  const line = (row, name) => html`
    <tr role="row">
      <th scope="row" role="rowheader" dir="auto">${name}</th>
      ${figures.map(
        (figure) => html`
          <td role="cell" data-label=${figureWord(figure)}>
            <span class="number">${figureCell(figure, figureOf(row, figure))}</span>
          </td>
        `,
      )}
    </tr>
  `;
  return html`
    <section class="card report-table">
      <table role="table">
        <caption>
          ${caption}
        </caption>
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader">${GROUPS[by]()}</th>
            ${figures.map(
              (figure) => html`<th scope="col" role="columnheader">${figureWord(figure)}</th>`,
            )}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${found.map((row) => line(row, rowWord(by, String(row[by] ?? ""))))}
        </tbody>
        <tfoot role="rowgroup">
          ${line(totals, t("Total"))}
        </tfoot>
      </table>
    </section>
  `;
}
