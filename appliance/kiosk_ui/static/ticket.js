/** The customer's own page, behind the QR code on the ticket. */

import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { boot } from "/static/common/boot.js";
import { minutes } from "/static/common/format.js";
import { getJson } from "/static/common/http.js";
import { createApp } from "/static/common/render.js";
import { icon } from "./icons.js";

/** @typedef {import("/static/common/types.js").TicketStatus} TicketStatus */

/**
 * @typedef {object} State
 * @property {TicketStatus | null} ticket
 * @property {string | null} problem A sentence, while the page cannot be shown at all.
 * @property {boolean} late The last look failed: what is shown may be old.
 */

const LOOK_EVERY_MS = 5_000;
/** A phone in a pocket asks seldom; it looks at once when it is taken out. */
const LOOK_HIDDEN_MS = 60_000;
const OVER = new Set(["paid", "cancelled"]);

/** @typedef {{icon: import("./icons.js").IconName, title: string, text: string, tone?: string}} Message */

/** @param {number | null} wait */
const about = (wait) =>
  wait === null
    ? "The waiting time is not known yet."
    : wait === 0
      ? "It will be your turn in a moment."
      : `About ${minutes(wait)}.`;

/** @param {TicketStatus} ticket @returns {Message} */
function waitingMessage(ticket) {
  const before = ticket.people_before ?? 0;
  const title =
    before === 0
      ? "You are next"
      : before === 1
        ? "1 person before you"
        : `${before} people before you`;
  return { icon: "people", title, text: about(ticket.estimated_wait_minutes) };
}

/** @type {Record<string, (ticket: TicketStatus) => Message>} */
const MESSAGES = {
  pending_therapist: waitingMessage,
  therapist_confirmed: (ticket) => ({
    icon: "sound",
    title: `Room ${ticket.room_number}, please`,
    text: "Your therapist is waiting for you.",
    tone: "call",
  }),
  in_service: (ticket) => ({
    icon: "clock",
    title: "Enjoy your treatment",
    text: `You are in room ${ticket.room_number}.`,
  }),
  finished: (ticket) => ({
    icon: "ticket",
    title: "Please pay at the desk",
    text: `Show the code ${ticket.code}.`,
    tone: "call",
  }),
  paid: () => ({ icon: "check", title: "Thank you", text: "We look forward to seeing you again." }),
  cancelled: () => ({
    icon: "info",
    title: "This ticket is no longer waiting",
    text: "If that is a mistake, please ask at the desk.",
  }),
};
MESSAGES.awaiting_payment = MESSAGES.paying = (ticket) => ({
  icon: "ticket",
  title: "You are at the desk",
  text: `Your code is ${ticket.code}.`,
});

/** @param {State} state */
function view(state) {
  const { ticket } = state;
  if (!ticket) {
    return html`<main class="ticket">
      <p class="ticket-shop">${boot.shop_name}</p>
      ${
        state.problem
          ? html`<section class="card ticket-card" role="alert">
              ${icon("info")}
              <h1>We cannot show this ticket</h1>
              <p>${state.problem}</p>
            </section>`
          : html`<section class="card ticket-card" aria-busy="true">
              <div class="skeleton ticket-skeleton"></div>
              <div class="skeleton ticket-skeleton"></div>
            </section>`
      }
    </main>`;
  }
  const message = (MESSAGES[ticket.status] ?? waitingMessage)(ticket);
  return html`<main class="ticket">
    <p class="ticket-shop">${boot.shop_name}</p>
    <section class="card ticket-card ${message.tone ?? ""}">
      <p class="muted">Your code</p>
      <p class="ticket-code number">${ticket.code}</p>
      <div class="ticket-message" aria-live="polite">
        ${icon(message.icon)}
        <h1>${message.title}</h1>
        <p>${message.text}</p>
      </div>
    </section>
    <p class="muted ticket-foot">
      ${
        state.late
          ? html`${icon("offline")} No connection. We keep trying.`
          : OVER.has(ticket.status)
            ? nothing
            : "This page keeps itself up to date."
      }
    </p>
  </main>`;
}

const app = createApp(
  /** @type {HTMLElement} */ (document.getElementById("app")),
  /** @type {State} */ ({ ticket: null, problem: null, late: false }),
  view,
);

/** @type {ReturnType<typeof setTimeout> | undefined} */
let next;

async function look() {
  clearTimeout(next);
  const answer = await getJson(`/api/t/${encodeURIComponent(boot.ticket_token ?? "")}`);
  if (answer.ok) {
    const ticket = /** @type {TicketStatus} */ (/** @type {unknown} */ (answer));
    const called = app.state.ticket?.status === "pending_therapist";
    if (called && ticket.status === "therapist_confirmed") navigator.vibrate?.([200, 100, 200]);
    app.set({ ticket, problem: null, late: false });
    document.title = `${ticket.code} – ${boot.shop_name}`;
    if (OVER.has(ticket.status)) return;
  } else if (answer.code === "not_found") {
    app.set({ ticket: null, problem: answer.error, late: false });
    return;
  } else {
    app.set({ late: true, problem: app.state.ticket ? null : answer.error });
  }
  next = setTimeout(look, document.hidden ? LOOK_HIDDEN_MS : LOOK_EVERY_MS);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) void look();
});
void look();
