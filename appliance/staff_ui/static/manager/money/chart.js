/**
 * Charts, as inline SVG: bars that stand for a course of time, bars that lie for things with names.
 * They only show what a table beside them says in numbers; their words are HTML, so that they stay
 * readable at any width and follow the writing.
 */

import { html, svg } from "/static/common/vendor/lit-html/lit-html.js";

/** @typedef {{name: string, label: string, value: number}} Bar `label` is the short one. */

/** At most so many words under a chart, so that they fit on a phone. */
const LABELS = 8;
/** About so many lines behind one. */
const LINES = 4;

/**
 * Values for the lines behind a chart: round ones, from below the lowest to above the highest.
 * @param {number} lowest
 * @param {number} highest
 * @returns {number[]} Ascending, at least two.
 */
export function roundLines(lowest, highest) {
  const low = Math.min(0, lowest);
  const high = Math.max(0, highest);
  const rough = (high - low || 1) / LINES;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5].find((each) => each * power >= rough) ?? 10);
  const lines = [];
  for (let place = Math.floor(low / step); place * step < high + step; place += 1) {
    lines.push(Number((place * step).toPrecision(12)));
    if (place * step >= high && lines.length > 1) break;
  }
  return lines;
}

/**
 * Which of many bars have their word below, the first always.
 * @param {number} count
 */
const everyNth = (count) => Math.ceil(count / LABELS);

/**
 * A course of time.
 * @param {{title: string, bars: Bar[], words: (value: number) => string,
 *   mark: (value: number) => string}} chart `title` says in a sentence what is to be seen; `words`
 *   writes a value, `mark` one at the chart's edge.
 */
export function columns({ title, bars, words, mark }) {
  const values = bars.map(({ value }) => value);
  const lines = roundLines(Math.min(...values), Math.max(...values));
  const bottom = lines[0] ?? 0;
  const top = lines[lines.length - 1] ?? 1;
  /** @param {number} value */
  const height = (value) => ((value - bottom) / (top - bottom)) * 100;
  const slot = 100 / bars.length;
  const gap = bars.length > 12 ? slot * 0.2 : slot * 0.3;
  const nth = everyNth(bars.length);
  return html`
    <div class="chart" role="img" aria-label=${title}>
      <div class="chart-lines" aria-hidden="true">
        ${lines.map((value) => html`<span>${mark(value)}</span>`)}
      </div>
      <svg class="chart-plot" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
        ${lines.map((value) => {
          const y = 100 - height(value);
          return svg`<line class=${value === 0 ? "chart-zero" : "chart-line"} x1="0" x2="100" y1=${y} y2=${y} />`;
        })}
        ${bars.map(({ name, value }, place) => {
          const y = 100 - height(Math.max(0, value));
          const tall = Math.abs(height(value) - height(0));
          return svg`<g>
            <title>${name}: ${words(value)}</title>
            <rect class="chart-reach" x=${place * slot} y="0" width=${slot} height="100" />
            <rect class="chart-bar" x=${place * slot + gap / 2} y=${y} width=${slot - gap} height=${tall} />
          </g>`;
        })}
      </svg>
      <div class="chart-names" aria-hidden="true">
        ${bars.map(
          ({ label }, place) =>
            html`<span>${place % nth === 0 ? html`<b>${label}</b>` : ""}</span>`,
        )}
      </div>
    </div>
  `;
}

/**
 * Things with names, the largest first.
 * @param {{title: string, bars: Bar[], words: (value: number) => string}} chart
 */
export function rows({ title, bars, words }) {
  const most = Math.max(...bars.map(({ value }) => Math.abs(value)), 0) || 1;
  return html`
    <div class="bars" role="img" aria-label=${title}>
      ${bars.map(
        ({ name, value }) => html`
          <div class="bars-row" aria-hidden="true">
            <span class="bars-name clamp" dir="auto">${name}</span>
            <span class="amount">${words(value)}</span>
            <svg class="bars-track" viewBox="0 0 100 1" preserveAspectRatio="none">
              <rect
                class=${value < 0 ? "chart-bar chart-below" : "chart-bar"}
                width=${(Math.abs(value) / most) * 100}
                height="1"
              />
            </svg>
          </div>
        `,
      )}
    </div>
  `;
}
