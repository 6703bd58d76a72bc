/** The customer's own page, behind the QR code on the ticket. */

import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { boot } from "/static/common/boot.js";
import { clockTime, estimate, minutes, money } from "/static/common/format.js";
import { getJson, postJson } from "/static/common/http.js";
import {
  language,
  languages,
  N_,
  onLanguage,
  setLanguage,
  t,
  tError,
  tn,
} from "/static/common/i18n.js";
import { createApp } from "/static/common/render.js";
import { icon } from "/static/common/icons.js";
import { itemNames } from "./kiosk/state.js";
import { allowAlerts, canAlert } from "./ticket/alert.js";

/** @typedef {import("/static/common/types.js").TicketStatus} TicketStatus */

/**
 * @typedef {object} State
 * @property {TicketStatus | null} ticket
 * @property {{title: string, text: string} | null} problem While there is nothing to show.
 * @property {boolean} late The last look failed: what is shown may be old.
 * @property {boolean} asking Whether the customer really wants to leave.
 * @property {boolean} busy
 * @property {string} refusal Why the last tap did nothing.
 * @property {boolean} alerts The customer has allowed sound and vibration.
 * @property {import("/static/common/types.js").Catalog | null} catalog Names in other languages.
 */

const ADDRESS = `/api/t/${encodeURIComponent(boot.ticket_token ?? "")}`;
const LOOK_EVERY_MS = 5_000;
/** A phone in a pocket asks seldom; it looks at once when it is taken out. */
const LOOK_HIDDEN_MS = 20_000;
const OVER = new Set(["paid", "cancelled"]);

/** The way through the visit, and how far each state has come on it. */
const STEPS = [N_("Waiting"), N_("Called"), N_("Treatment"), N_("Payment")];
/** @type {Record<string, number>} */
const STEP_OF = {
  pending_therapist: 0,
  therapist_confirmed: 1,
  in_service: 2,
  finished: 3,
  awaiting_payment: 3,
  paying: 3,
  paid: 4,
};

/** @typedef {{icon: import("/static/common/icons.js").IconName, title: string, text: string, tone?: string}} Message */

/** @param {number | null} wait */
const about = (wait) =>
  wait === null
    ? t("We can't estimate the wait yet.")
    : wait === 0
      ? t("It will be your turn in a moment.")
      : t("Estimated wait: {time}", { time: estimate(wait) });

/** @param {TicketStatus} ticket @returns {Message} */
function waitingMessage(ticket) {
  const before = ticket.people_before ?? 0;
  const title =
    before === 0
      ? t("You are next")
      : tn("{count} person ahead of you", "{count} people ahead of you", before, { count: before });
  return { icon: "people", title, text: about(ticket.estimated_wait_minutes) };
}

/** Why the customer is not called at present. @type {Record<string, () => Message>} */
const HOLDS = {
  skipped: () => ({
    icon: "sound",
    title: t("We called you"),
    text: t("Tap the button if you are here. Otherwise we will call you again in a few minutes."),
    tone: "call",
  }),
  stepped_out: () => ({
    icon: "clock",
    title: t("You stepped out"),
    text: t(
      "Your place is kept. Tap the button when you are back. We will not call you until then.",
    ),
  }),
  stayed_out: () => ({
    icon: "clock",
    title: t("Are you coming back?"),
    text: t(
      "Your place is kept. Tap the button when you are back. We will not call you until then.",
    ),
  }),
  carried_over: () => ({
    icon: "info",
    title: t("Please ask at the front desk"),
    text: t("Your number is from an earlier day."),
  }),
};

/** @type {Record<string, (ticket: TicketStatus) => Message>} */
const MESSAGES = {
  pending_therapist: (ticket) => (HOLDS[ticket.hold ?? ""] ?? (() => waitingMessage(ticket)))(),
  therapist_confirmed: (ticket) => ({
    icon: "sound",
    title: t("Please go to room {room}", { room: ticket.room_number ?? "" }),
    text: t("Your therapist is waiting for you."),
    tone: "call",
  }),
  in_service: (ticket) => ({
    icon: "clock",
    title: t("Enjoy your treatment"),
    text: t("You are in room {room}.", { room: ticket.room_number ?? "" }),
  }),
  finished: (ticket) => ({
    icon: "ticket",
    title: t("Please pay at the front desk"),
    text: t("Show number {code}.", { code: ticket.code }),
    tone: "call",
  }),
  paid: () => ({
    icon: "check",
    title: t("Thank you"),
    text: t("We look forward to seeing you again."),
  }),
  cancelled: () => ({
    icon: "info",
    title: t("This ticket was cancelled"),
    text: t("To wait again, take a new number at the kiosk or ask at the front desk."),
  }),
};
MESSAGES.awaiting_payment = MESSAGES.paying = (ticket) => ({
  icon: "ticket",
  title: t("You are at the front desk"),
  text: t("Your number is {code}.", { code: ticket.code }),
});

/**
 * What the customer may do, as the server says; leaving is asked about once.
 * @param {State} state
 * @param {TicketStatus} ticket
 */
function verbsView({ asking, busy, refusal }, ticket) {
  const may = (/** @type {string} */ event) => ticket.events.includes(event);
  if (ticket.events.length === 0 && !refusal) return nothing;
  const said = refusal ? html`<p role="alert">${refusal}</p>` : nothing;
  if (asking) {
    return html`<section class="ticket-verbs" aria-labelledby="leave-title">
      <h2 id="leave-title">${t("Leave the queue?")}</h2>
      <p class="muted">
        ${t("You will lose your place, and your number will no longer be valid.")}
      </p>
      ${verb("customer_leave", t("Yes, leave the queue"), busy, "button-danger")}
      <button type="button" class="button button-large" @click=${() => app.set({ asking: false })}>
        ${t("No, keep my place")}
      </button>
    </section>`;
  }
  return html`<section class="ticket-verbs" aria-label=${t("What you can do")}>
    ${said}
    ${
      may("customer_come_back")
        ? verb(
            "customer_come_back",
            ticket.hold === "skipped" ? t("I am here") : t("I am back"),
            busy,
            "button-primary",
          )
        : nothing
    }
    ${
      may("customer_step_out")
        ? verb("customer_step_out", t("Step out, keep my place"), busy, "")
        : nothing
    }
    ${
      may("customer_leave")
        ? html`<button
            type="button"
            class="button button-quiet"
            @click=${() => app.set({ asking: true, refusal: "" })}
          >
            ${t("Leave the queue…")}
          </button>`
        : nothing
    }
  </section>`;
}

/**
 * @param {string} event
 * @param {string} label
 * @param {boolean} busy
 * @param {string} kind
 */
function verb(event, label, busy, kind) {
  return html`<button
    type="button"
    class="button button-large ${kind}"
    aria-busy=${busy ? "true" : "false"}
    @click=${() => void act(event)}
  >
    ${label}
  </button>`;
}

/** @param {string} event */
async function act(event) {
  if (app.state.busy) return;
  app.set({ busy: true, refusal: "" });
  const answer = await postJson(ADDRESS, { event });
  app.set({ busy: false, asking: false, refusal: answer.ok ? "" : tError(answer) });
  if (answer.ok) show(/** @type {TicketStatus} */ (/** @type {unknown} */ (answer)));
  else void look();
}

/** @type {ReturnType<typeof allowAlerts> | undefined} */
let alerts;

function toggleAlerts() {
  alerts?.stop();
  alerts = app.state.alerts ? undefined : allowAlerts();
  app.set({ alerts: Boolean(alerts) });
}

/** @param {State} state @param {TicketStatus} ticket */
function alertView(state, { status }) {
  if (!canAlert || status !== "pending_therapist") return nothing;
  return html`<button
    type="button"
    class="button button-large ticket-alert"
    aria-pressed=${state.alerts ? "true" : "false"}
    @click=${toggleAlerts}
  >
    ${icon("sound")}
    ${
      state.alerts
        ? t("Sound is on. Keep this page open.")
        : t("Alert me with sound when it is my turn")
    }
  </button>`;
}

/**
 * What was chosen and what it costs.
 * @param {State} state
 * @param {TicketStatus} ticket
 */
function itemsView({ catalog }, { items, total_amount, status }) {
  if (items.length === 0 || status === "cancelled") return nothing;
  return html`<section class="ticket-items" aria-labelledby="items-title">
    <h2 id="items-title">${t("Your selection")}</h2>
    <ul>
      ${items.map((item) => {
        const { service, variant } = itemNames({ catalog }, item);
        return html`<li>
          <span class="ticket-item-name"
            ><bdi>${service}</bdi>
            <span class="muted"><bdi>${variant}</bdi> · ${minutes(item.duration_minutes)}</span>
          </span>
          <span class="number">${money(item.price)}</span>
        </li>`;
      })}
    </ul>
    <p class="ticket-total">
      <span>${t("Total")}</span> <strong class="number">${money(total_amount)}</strong>
    </p>
  </section>`;
}

/** @param {TicketStatus} ticket */
const freeView = ({ free_until, events }) =>
  free_until && events.includes("customer_step_out")
    ? html`<p class="ticket-free">
        ${t("You can step out until about {time}.", {
          time: clockTime(free_until).replace(/ /g, "\u00a0"),
        })}
      </p>`
    : nothing;

/** @param {string} status */
function stepsView(status) {
  const now = STEP_OF[status];
  if (now === undefined) return nothing;
  return html`<ol class="ticket-steps">
    ${STEPS.map((name, place) => {
      const state = place < now ? "past" : place === now ? "now" : "";
      return html`<li class=${state} aria-current=${place === now ? "step" : "false"}>
        <span class="ticket-dot">${place < now ? icon("check") : nothing}</span>
        ${t(name)}
      </li>`;
    })}
  </ol>`;
}

/**
 * Whom the customer asked for, while they wait.
 * @param {TicketStatus} ticket
 */
function askedView({ status, wanted }) {
  if (status !== "pending_therapist" || !wanted) return nothing;
  const who =
    wanted.kind === "therapist"
      ? (wanted.therapist ?? "")
      : wanted.kind === "woman"
        ? t("A woman")
        : t("A man");
  return html`<p class="ticket-wanted">${t("You asked for:")} <bdi>${who}</bdi></p>`;
}

/** The other languages: the phone's own may not be its reader's. */
function languagesView() {
  if (languages.length < 2) return nothing;
  return html`<nav class="ticket-languages" aria-label=${t("Language")}>
    ${languages.map(
      ({ code, name }) =>
        html`<button
          type="button"
          class="button button-quiet"
          lang=${code}
          aria-pressed=${code === language() ? "true" : "false"}
          @click=${() => void setLanguage(code)}
        >
          ${name}
        </button>`,
    )}
  </nav>`;
}

/** @param {State["problem"]} problem */
const nothingView = (problem) =>
  html`<main class="ticket">
    <p class="ticket-shop display">${boot.shop_name}</p>
    ${
      problem
        ? html`<section class="card ticket-card" role="alert">
            <div class="ticket-message">
              ${icon("info")}
              <h1>${problem.title}</h1>
              <p>${problem.text}</p>
            </div>
          </section>`
        : html`<section class="card ticket-card" aria-busy="true">
            <div class="skeleton ticket-skeleton"></div>
            <div class="skeleton ticket-skeleton"></div>
          </section>`
    }
  </main>`;

/** @param {State} state */
function view(state) {
  const { ticket } = state;
  if (!ticket) return nothingView(state.problem);
  const message = (MESSAGES[ticket.status] ?? waitingMessage)(ticket);
  return html`<main class="ticket">
    <p class="ticket-shop display">${boot.shop_name}</p>
    <section class="card ticket-card ${message.tone ?? ""}">
      <p class="ticket-label">${t("Your number")}</p>
      <p class="ticket-code number">${ticket.code}</p>
      <div class="ticket-message" aria-live="polite">
        ${icon(message.icon)}
        <h1>${message.title}</h1>
        <p>${message.text}</p>
      </div>
      ${askedView(ticket)} ${freeView(ticket)}
    </section>
    ${alertView(state, ticket)} ${verbsView(state, ticket)} ${stepsView(ticket.status)}
    ${itemsView(state, ticket)}
    <p class="muted ticket-foot">
      ${
        state.late
          ? html`${icon("offline")} ${t("No connection. Trying again…")}`
          : OVER.has(ticket.status)
            ? nothing
            : t("This page updates automatically.")
      }
    </p>
    ${languagesView()}
  </main>`;
}

const app = createApp(
  /** @type {HTMLElement} */ (document.getElementById("app")),
  /** @type {State} */ ({
    ticket: null,
    problem: null,
    late: false,
    asking: false,
    busy: false,
    refusal: "",
    alerts: false,
    catalog: null,
  }),
  view,
);

onLanguage(app.redraw);

/** @type {ReturnType<typeof setTimeout> | undefined} */
let next;
let looking = false;
let lookAgain = false;
let over = false;

/**
 * Shows the newest of what has come; what a tap was answered may overtake a look.
 * @param {TicketStatus} ticket
 */
function show(ticket) {
  const shown = app.state.ticket;
  if (shown && ticket.version < shown.version) return;
  const called = shown?.status === "pending_therapist";
  if (called && ticket.status === "therapist_confirmed") alerts?.ring();
  if (ticket.status !== "pending_therapist" && alerts) {
    alerts.stop();
    alerts = undefined;
    app.set({ alerts: false });
  }
  app.set({ ticket, problem: null, late: false });
  document.title = `${ticket.code} · ${boot.shop_name}`;
  over = OVER.has(ticket.status);
}

/** Looks now; while a look is under way, once more right after it. */
async function look() {
  if (over) return;
  lookAgain = looking;
  if (looking) return;
  looking = true;
  clearTimeout(next);
  const answer = await getJson(ADDRESS);
  looking = false;
  if (lookAgain) return void look();
  if (answer.ok) {
    show(/** @type {TicketStatus} */ (/** @type {unknown} */ (answer)));
    if (over) return;
  } else if (answer.code === "not_found") {
    const problem = {
      title: t("This ticket is from another day"),
      text: t("Numbers restart every day. If you are waiting today, please ask at the front desk."),
    };
    app.set({ ticket: null, problem, late: false });
    over = true;
    return;
  } else {
    const problem = {
      title: t("Your ticket can't be loaded right now"),
      text: t("This page will try again automatically. Your place in the queue is safe."),
    };
    app.set({ late: true, problem });
  }
  next = setTimeout(look, document.hidden ? LOOK_HIDDEN_MS : LOOK_EVERY_MS);
}

// A phone that wakes, a page that comes back from the browser's memory, a network that is back.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) void look();
});
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) void look();
});
addEventListener("online", () => void look());
void look();
// Names of services in the reader's language; without them the shop's own stand there.
void getJson("/api/catalog").then((answer) => {
  if (answer.ok)
    app.set({ catalog: /** @type {import("/static/common/types.js").Catalog} */ (answer) });
});
