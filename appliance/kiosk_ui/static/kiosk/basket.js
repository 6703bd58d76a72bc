/** The selection, always in sight: what, how long, how much, and the way on. */

import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { minutes, money } from "/static/common/format.js";
import { t } from "/static/common/i18n.js";
import { icon } from "/static/common/icons.js";
import { itemNames, rowsOf } from "./state.js";
import { waitLine } from "./wait.js";
import { wantedLine } from "./wanted.js";

/**
 * @typedef {import("./state.js").KioskState} KioskState
 * @typedef {import("./state.js").Item} Item
 * @typedef {import("./views.js").Actions} Actions
 */

/**
 * @param {KioskState} state
 * @param {{items: Item[], last: Item}} row The same thing, as often as it is chosen.
 * @param {Actions} actions
 */
function row(state, { items, last }, actions) {
  const names = itemNames(state, last);
  const count = items.length;
  const busy = (/** @type {string} */ what) =>
    state.busy.has(`${what}-${last.service_classification_id}`) ? "true" : "false";
  return html`
    <li class="basket-item">
      <span class="basket-what">
        <bdi class="basket-service">${names.service}</bdi>
        <span class="basket-variant"
          ><bdi>${names.variant}</bdi> · ${minutes(last.duration_minutes)}</span
        >
      </span>
      <span class="basket-price number">${money(last.price * count)}</span>
      <span class="stepper">
        <button
          class="button button-icon basket-remove"
          aria-busy=${busy("remove")}
          @click=${() => (count > 1 ? actions.less(last) : actions.remove(last))}
        >
          ${icon(count > 1 ? "minus" : "close")}
          <span class="visually-hidden"
            >${
              count > 1
                ? t("Remove one: {service}, {variant}", names)
                : t("Remove {service}, {variant}", names)
            }</span
          >
        </button>
        <span class="stepper-count number">${count}</span>
        <button
          class="button button-icon basket-more"
          aria-busy=${busy("add")}
          @click=${() => actions.more(last)}
        >
          ${icon("plus")}
          <span class="visually-hidden">${t("Add one more: {service}, {variant}", names)}</span>
        </button>
      </span>
    </li>
  `;
}

/** @param {KioskState} state @param {Actions} actions */
export function basketView(state, actions) {
  const items = state.transaction?.items ?? [];
  const busy = state.busy.has("confirm");
  const empty = items.length === 0;
  return html`
    <section class="basket ${empty ? "basket-empty" : ""}" aria-labelledby="basket-title">
      <h2 id="basket-title" class="basket-title">${t("Your selection")}</h2>
      ${
        empty
          ? html`<p class="basket-hint">
              ${icon("ticket")} ${t("Nothing chosen yet. Tap a service to add it.")}
            </p>`
          : html`<ul class="basket-items">
              ${repeat(
                rowsOf(items),
                ({ key }) => key,
                (each) => row(state, each, actions),
              )}
            </ul>`
      }
      ${
        state.transaction && !empty
          ? html`<p class="basket-total" role="status">
              <span>
                <span class="visually-hidden">${t("Total:")}</span>
                <span class="basket-minutes">
                  ${icon("clock")} ${minutes(state.transaction.total_duration_minutes)}
                </span>
              </span>
              <strong class="number">${money(state.transaction.total_amount)}</strong>
            </p>`
          : nothing
      }
      ${empty ? nothing : html`${wantedLine(state, actions)} ${waitLine(state)}`}
      <button
        class="button button-primary basket-confirm"
        ?disabled=${empty}
        aria-busy=${busy ? "true" : "false"}
        @click=${actions.confirm}
      >
        ${icon("ticket")} ${busy ? t("One moment…") : t("Confirm and get my number")}
      </button>
    </section>
  `;
}
