/** "I have 45 minutes": a long menu without what takes longer. What fits, the server says. */

import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { minutes } from "/static/common/format.js";
import { t, tn } from "/static/common/i18n.js";
import { icon } from "/static/common/icons.js";

/**
 * @typedef {import("./state.js").KioskState} KioskState
 * @typedef {import("./state.js").Service} Service
 * @typedef {import("./views.js").Actions} Actions
 */

/**
 * The filter that is on; one that has left the menu meanwhile is simply off.
 * @param {KioskState} state
 */
export const timeFilter = ({ catalog, timeLimit }) =>
  catalog?.time_filters.find((each) => each.minutes === timeLimit);

/**
 * @param {KioskState} state
 * @param {Service[]} services
 * @returns {Service[]} Those with anything to choose, with the variants that fit.
 */
export function fitting(state, services) {
  const filter = timeFilter(state);
  const variants = filter && new Set(filter.variants);
  return services
    .map((service) =>
      variants
        ? {
            ...service,
            classifications: service.classifications.filter(({ id }) => variants.has(id)),
          }
        : service,
    )
    .filter(({ classifications }) => classifications.length > 0);
}

/**
 * What a screen reader is told about the list that is shown now.
 * @param {KioskState} state
 */
export function leftWords(state) {
  const categories = state.catalog?.categories ?? [];
  const open = categories.filter(({ id }) => id === state.categoryId);
  const services = (open.length ? open : categories).flatMap((each) => each.services);
  const count = fitting(state, services).length;
  const filter = timeFilter(state);
  return filter
    ? tn("{count} service takes up to {time}.", "{count} services take up to {time}.", count, {
        count,
        time: minutes(filter.minutes),
      })
    : tn("{count} service", "{count} services", count, { count });
}

/**
 * The row of choices; nothing where the menu is short.
 * @param {KioskState} state
 * @param {Actions} actions
 */
export function timeFilterRow(state, actions) {
  const filters = state.catalog?.time_filters ?? [];
  if (filters.length === 0) return nothing;
  const on = timeFilter(state)?.minutes ?? null;
  /** @param {number | null} limit @param {string} words */
  const choice = (limit, words) => html`
    <button
      class="button time-limit"
      aria-pressed=${limit === on ? "true" : "false"}
      @click=${() => actions.limitTime(limit === on ? null : limit)}
    >
      ${words}
    </button>
  `;
  return html`
    <div class="time-limits" role="group" aria-labelledby="time-limits-title">
      <span id="time-limits-title" class="time-limits-title">
        ${icon("clock")}
        <span class="time-limits-words">${t("How much time do you have?")}</span>
      </span>
      ${choice(null, t("Any length"))}
      ${filters.map((each) =>
        choice(each.minutes, t("Up to {time}", { time: minutes(each.minutes) })),
      )}
    </div>
  `;
}

/** A page on which nothing is short enough. */
export const nothingFits = () => html`
  <p class="nothing-fits">${icon("info")} ${t("Nothing here is that short.")}</p>
`;
