/** The last page of a visit: the code, as large as it gets. */

import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { minutes } from "/static/common/format.js";
import { icon } from "../icons.js";

/** @typedef {import("./state.js").KioskState} KioskState */
/** @typedef {import("./views.js").Actions} Actions */

/** @param {number} position 1 = next. */
function place(position) {
  if (position <= 1) return "You are next";
  return position === 2 ? "1 person before you" : `${position - 1} people before you`;
}

/** @param {number | null} wait */
function waiting(wait) {
  if (wait === null) return "The reception tells you how long it takes";
  return wait < 1 ? "A room is ready for you soon" : `About ${minutes(wait)} to wait`;
}

const paper = html`<div class="ticket-note">
  <span class="ticket-arrow">${icon("down")}</span>
  <p>Please take your ticket</p>
</div>`;

const noPaper = html`<div class="ticket-note ticket-note-warn">
  ${icon("printer")}
  <p>
    <strong>Please remember your code.</strong> The printer is resting: write it down or take a
    photo of this screen.
  </p>
</div>`;

/** @param {KioskState} state @param {Actions} actions */
export function ticketView(state, actions) {
  const { ticket } = state;
  if (!ticket) return nothing;
  return html`
    <main class="done">
      <h1 class="done-title" tabindex="-1" data-focus>
        <span class="done-thanks display">Thank you! Your number is</span>
        <span class="visually-hidden">${[...ticket.code].join(" ")}</span>
        <span class="done-code number" aria-hidden="true">${ticket.code}</span>
      </h1>
      <div role="status">
        <ul class="done-facts">
          <li>${icon("people")} ${place(ticket.position)}</li>
          <li>${icon("clock")} ${waiting(ticket.wait)}</li>
        </ul>
      </div>
      ${state.paperless ? noPaper : paper}
      <p class="done-how">
        Have a seat. When it is your turn, your number and your room appear on the lobby screen.
      </p>
      <button class="button button-large done-close" @click=${actions.startOver}>
        Done <span class="done-left number" aria-hidden="true">${state.doneLeft}</span>
      </button>
    </main>
  `;
}
