/** What lies over the page and waits for an answer or for the line. */

import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { money } from "/static/common/format.js";
import { t } from "/static/common/i18n.js";
import { icon } from "/static/common/icons.js";
import { itemNames } from "./state.js";

/** @typedef {import("./state.js").KioskState} KioskState */
/** @typedef {import("./views.js").Actions} Actions */

/** @param {KioskState} state */
export const offlineView = (state) => html`
  <div class="overlay overlay-late">
    <div class="overlay-card" role="alert">
      <span class="pulse" aria-hidden="true">${icon("offline")}</span>
      <h2 class="display">${t("Reconnecting – one moment")}</h2>
      <p>
        ${
          state.transaction?.items.length
            ? t("Your selection is saved. You don't need to do anything.")
            : t("This usually takes a few seconds. The front desk can help you in the meantime.")
        }
      </p>
    </div>
  </div>
`;

/** @param {KioskState} state @param {Actions} actions */
export const idleView = (state, actions) => html`
  <div class="overlay" @click=${actions.keep}>
    <div
      class="overlay-card"
      role="alertdialog"
      aria-modal="true"
      aria-labelledby="overlay-title"
      aria-describedby="overlay-text"
    >
      <span class="overlay-count number" aria-hidden="true">${state.idleLeft}</span>
      <h2 id="overlay-title" class="display">${t("Are you still there?")}</h2>
      <p id="overlay-text">${t("This screen will reset soon.")}</p>
      <div class="overlay-actions">
        <button class="button button-primary button-large" data-focus>
          ${t("Yes, I am still here")}
        </button>
      </div>
    </div>
  </div>
`;

/** @param {Actions} actions */
export const startOverView = (actions) => html`
  <div class="overlay">
    <div class="overlay-card" role="alertdialog" aria-modal="true" aria-labelledby="overlay-title">
      <h2 id="overlay-title" class="display" tabindex="-1" data-focus>${t("Start over?")}</h2>
      <p>${t("Everything you chose will be removed.")}</p>
      <div class="overlay-actions">
        <button class="button button-large" @click=${actions.startOver}>
          ${t("Yes, start over")}
        </button>
        <button class="button button-primary button-large" @click=${actions.keep}>
          ${t("Keep my selection")}
        </button>
      </div>
    </div>
  </div>
`;

/** @param {KioskState} state @param {Actions} actions */
export function secondView(state, actions) {
  if (!state.second) return nothing;
  const { choice, item, isArmed } = state.second;
  const disabled = isArmed ? "false" : "true";
  return html`
    <div class="overlay">
      <div
        class="overlay-card"
        role="alertdialog"
        aria-modal="true"
        aria-labelledby="overlay-title"
      >
        <h2 id="overlay-title" class="display" tabindex="-1" data-focus>
          ${t("You already chose {service}, {variant}", itemNames(state, item))}
        </h2>
        <div class="overlay-actions">
          <button
            class="button button-primary button-large"
            aria-disabled=${disabled}
            @click=${actions.replace}
          >
            ${t("Replace with {variant}", { variant: choice.variant })}
          </button>
          <button class="button button-large" aria-disabled=${disabled} @click=${actions.addAsWell}>
            ${t("Keep both")}
          </button>
        </div>
        <button class="button button-quiet" aria-disabled=${disabled} @click=${actions.neither}>
          ${t("Cancel")}
        </button>
      </div>
    </div>
  `;
}

/** @param {KioskState} state @param {Actions} actions */
export const priceChangedView = ({ transaction, busy }, actions) => html`
  <div class="overlay">
    <div class="overlay-card" role="alertdialog" aria-modal="true" aria-labelledby="overlay-title">
      <h2 id="overlay-title" class="display" tabindex="-1" data-focus>
        ${t("The price has changed. It is now {amount}.", {
          amount: money(transaction?.total_amount ?? 0),
        })}
      </h2>
      <div class="overlay-actions">
        <button
          class="button button-primary button-large"
          aria-busy=${busy.has("confirm") ? "true" : "false"}
          @click=${actions.confirm}
        >
          ${icon("ticket")} ${t("Confirm and get my number")}
        </button>
        <button class="button button-large" @click=${actions.keep}>
          ${t("Change my selection")}
        </button>
      </div>
    </div>
  </div>
`;
