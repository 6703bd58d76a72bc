/** The selection, always in sight: what, how long, how much, and the way on. */

import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { minutes, money } from "/static/common/format.js";
import { t } from "/static/common/i18n.js";
import { icon } from "/static/common/icons.js";
import { itemNames } from "./state.js";
import { waitLine } from "./wait.js";
import { wantedLine } from "./wanted.js";

/**
 * @typedef {import("./state.js").KioskState} KioskState
 * @typedef {import("./state.js").Item} Item
 * @typedef {import("./views.js").Actions} Actions
 */

/** @param {KioskState} state @param {Item} item @param {Actions} actions */
function row(state, item, actions) {
  const { service, variant } = itemNames(state, item);
  return html`
    <li class="basket-item">
      <span class="basket-what">
        <bdi class="basket-service">${service}</bdi>
        <span class="basket-variant"
          ><bdi>${variant}</bdi> · ${minutes(item.duration_minutes)}</span
        >
      </span>
      <span class="basket-price number">${money(item.price)}</span>
      <button
        class="button button-icon basket-remove"
        aria-busy=${state.busy.has(`remove-${item.id}`) ? "true" : "false"}
        @click=${() => actions.remove(item)}
      >
        ${icon("close")}
        <span class="visually-hidden"
          >${t("Remove {service}, {variant}", { service, variant })}</span
        >
      </button>
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
                items,
                (item) => item.id,
                (item) => row(state, item, actions),
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
