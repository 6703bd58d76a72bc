/** What lies over the page and waits for an answer or for the line. */

import { html } from "/static/common/vendor/lit-html/lit-html.js";
import { icon } from "../icons.js";

/** @typedef {import("./state.js").KioskState} KioskState */
/** @typedef {import("./views.js").Actions} Actions */

/** @param {KioskState} state */
export const offlineView = (state) => html`
  <div class="overlay overlay-late">
    <div class="overlay-card" role="alert">
      <span class="pulse" aria-hidden="true">${icon("offline")}</span>
      <h2 class="display">One moment, we are reconnecting</h2>
      <p>
        ${
          state.transaction?.items.length
            ? "Your selection is kept. You do not need to do anything."
            : "This usually takes a few seconds. The reception helps you meanwhile."
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
      <h2 id="overlay-title" class="display">Are you still there?</h2>
      <p id="overlay-text">The screen starts over soon, to make room for the next guest.</p>
      <div class="overlay-actions">
        <button class="button button-primary button-large" data-focus>Yes, I am still here</button>
      </div>
    </div>
  </div>
`;

/** @param {Actions} actions */
export const startOverView = (actions) => html`
  <div class="overlay">
    <div class="overlay-card" role="alertdialog" aria-modal="true" aria-labelledby="overlay-title">
      <h2 id="overlay-title" class="display" tabindex="-1" data-focus>Start over?</h2>
      <p>Your selection will be emptied.</p>
      <div class="overlay-actions">
        <button class="button button-large" @click=${actions.startOver}>Yes, start over</button>
        <button class="button button-primary button-large" @click=${actions.keep}>
          Keep my selection
        </button>
      </div>
    </div>
  </div>
`;
