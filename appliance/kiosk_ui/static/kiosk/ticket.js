/** The end of a visit: the code, very large. */

import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { estimate } from "/static/common/format.js";
import { language, t, tn } from "/static/common/i18n.js";
import { icon } from "/static/common/icons.js";
import { languageButton } from "./languages.js";

/** @typedef {import("./state.js").KioskState} KioskState */
/** @typedef {import("./views.js").Actions} Actions */

/** @param {number} position 1 = next. */
function place(position) {
  const count = position - 1;
  if (count <= 0) return t("You are next");
  return tn("{count} person ahead of you", "{count} people ahead of you", count, { count });
}

/** @param {number | null} wait */
function waiting(wait) {
  if (wait === null) return t("Please ask the front desk about the wait");
  if (wait < 1) return t("Your room will be ready soon");
  return t("Estimated wait: {time}", { time: estimate(wait) });
}

const paper = () =>
  html`<div class="ticket-note">
    <span class="ticket-arrow">${icon("down")}</span>
    <p>${t("Please take your ticket")}</p>
  </div>`;

const noPaper = () =>
  html`<div class="ticket-note ticket-note-warn">
    ${icon("printer")}
    <p>
      <strong>${t("Please remember your number.")}</strong>
      ${t("The ticket printer is unavailable. Write it down or take a photo of this screen.")}
    </p>
  </div>`;

/** @param {number} visit */
const onThePhone = (visit) =>
  html`<figure class="done-phone">
    <img
      class="done-qr"
      src="/kiosk/tickets/${visit}/qr.svg?lang=${language()}"
      alt=${t("QR code for your queue status")}
      width="200"
      height="200"
    />
    <figcaption>${icon("phone")} ${t("Scan to follow your place on your phone")}</figcaption>
  </figure>`;

/** @param {KioskState} state @param {Actions} actions */
export function ticketView(state, actions) {
  const { ticket } = state;
  if (!ticket) return nothing;
  return html`
    <main class="done">
      <div class="done-main">
        <h1 class="done-title" tabindex="-1" data-focus>
          <span class="done-thanks display">${t("Thank you! Your number is")}</span>
          <span class="visually-hidden">${[...ticket.code].join(" ")}</span>
          <bdi class="done-code number" aria-hidden="true">${ticket.code}</bdi>
        </h1>
        <div role="status">
          <ul class="done-facts">
            <li>${icon("people")} ${place(ticket.position)}</li>
            <li>${icon("clock")} ${waiting(ticket.wait)}</li>
          </ul>
        </div>
        ${state.paperless ? noPaper() : paper()}
      </div>
      <div class="done-side">
        ${onThePhone(ticket.visit)}
        <p class="done-how">
          ${t(
            "Please take a seat. When it's your turn, your number and room will appear on the lobby screen.",
          )}
        </p>
      </div>
      <div class="done-foot">
        ${languageButton(actions)}
        <button class="button button-primary button-large done-close" @click=${actions.startOver}>
          ${t("Done")} <span class="done-left number" aria-hidden="true">${state.doneLeft}</span>
        </button>
      </div>
    </main>
  `;
}
