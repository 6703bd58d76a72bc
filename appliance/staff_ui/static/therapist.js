/** The therapist's page: one thumb, one big button that always says the next step. */

import { boot } from "/static/common/boot.js";
import { stopwatch } from "/static/common/format.js";
import { t } from "/static/common/i18n.js";
import { createApp } from "/static/common/render.js";
import { classMap } from "/static/common/vendor/lit-html/directives/class-map.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { armAttention, callForAttention } from "./shared/attention.js";
import { millisecondsSince } from "./shared/clock.js";
import { dismissDialog } from "./shared/dialog.js";
import { banners, messages, topBar } from "./shared/frame.js";
import { icon } from "./shared/icons.js";
import { goLive, LIVE_START } from "./shared/live.js";
import { roomWord } from "./shared/parts.js";
import { bringOnWaiting, onHold, toCall, waitingList } from "./shared/waiting.js";
import { askNoShow, confirmFinish, pickService } from "./therapist/dialogs.js";
import { dutyBar } from "./therapist/duty.js";
import { showMyDay } from "./therapist/my_day.js";
import { askWhereTo } from "./therapist/moves.js";
import {
  isFree,
  leftToClean,
  myRoom,
  myTransaction,
  nextFor,
  nextStep,
} from "./therapist/model.js";
import { stage } from "./therapist/stage.js";

/** @typedef {import("/static/common/types.js").Item} Item */
/** @typedef {import("/static/common/types.js").Queue} Queue */
/** @typedef {import("/static/common/types.js").Transaction} Transaction */

/** After a step the button rests this long, so that a double tap does not take the next one too. */
const REST_MS = 600;

/** How long the button says that the customer was called again. */
const RUNG_MS = 5_000;

/** What screen readers hear of a step without a customer. @type {Record<string, () => string>} */
const SAID = {
  therapist_room_ready: () => t("Room is ready."),
  duty_in: () => t("You are on duty."),
  duty_back: () => t("You are on duty."),
  duty_break: () => t("You are on a break."),
  duty_out: () => t("You are off duty."),
};

const me = boot.me ?? { id: 0, name: "", username: "", room_number: null };

/** @typedef {import("./shared/live.js").LiveState & {whole: number, rung: boolean}} State `whole`: the customer all of whose long card is shown; `rung`: a customer has just been called again. */

const app = createApp(
  /** @type {HTMLElement} */ (document.getElementById("app")),
  /** @type {State} */ ({ ...LIVE_START, whole: 0, rung: false }),
  view,
);
let restUntil = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let quiet;
const live = goLive("therapist", app, onQueue);
armAttention();
setInterval(() => app.state.queue && app.redraw(), 15_000);

/**
 * Calls the therapist's attention when somebody newly waits and they are free.
 * @param {Queue} queue
 */
function onQueue(queue) {
  const before = app.state.queue;
  if (!before) return;
  const known = new Set(toCall(before).map(({ id }) => id));
  if (isFree(queue, me) && toCall(queue).some(({ id }) => !known.has(id))) callForAttention();
  const was = myTransaction(before, me);
  const is = myTransaction(queue, me);
  // What an open question asked about may have been answered by the button in the room.
  if (was?.id !== is?.id || was?.status !== is?.status) dismissDialog();
}

/**
 * @param {string} event
 * @param {object} payload
 * @param {string} said
 */
async function act(event, payload, said) {
  const answer = await live.act(event, payload);
  if (answer?.ok) {
    restUntil = performance.now() + REST_MS;
    setTimeout(app.redraw, REST_MS);
    app.set({ said });
  }
  return answer;
}

/** Does what the big button says. */
async function takeStep() {
  const { queue, busy } = app.state;
  if (!queue || busy || performance.now() < restUntil) return;
  const { event, why } = nextStep(queue, me);
  const transaction = myTransaction(queue, me);
  const code = transaction?.code ?? "";
  if (!event) {
    app.set({ said: why ?? "" });
  } else if (!transaction) {
    const answer = await act(event, {}, SAID[event]?.() ?? "");
    if (answer?.ok && answer.transaction) {
      const { code } = answer.transaction;
      app.set({
        said: t("{code} is called to room {room}.", { code, room: me.room_number ?? "" }),
      });
    }
  } else if (event === "therapist_finish_service") {
    const elapsed = stopwatch(millisecondsSince(transaction.service_start_at));
    if (await confirmFinish(transaction, elapsed)) {
      await act(event, { transaction_id: transaction.id }, t("{code} is finished.", { code }));
    }
  } else {
    await act(
      event,
      { transaction_id: transaction.id },
      t("Service for {code} started.", { code }),
    );
  }
}

/** @param {Transaction} transaction */
async function release(transaction) {
  await act(
    "therapist_release",
    { transaction_id: transaction.id },
    t("{code} is back in the queue, same place.", { code: transaction.code ?? "" }),
  );
}

/** @param {Transaction} transaction */
async function notHereYet(transaction) {
  await act(
    "therapist_not_here_yet",
    { transaction_id: transaction.id },
    t("{code} keeps the place. Others are called first for a few minutes.", {
      code: transaction.code ?? "",
    }),
  );
}

/** @param {Transaction} transaction */
async function bringOn(transaction) {
  const said = await bringOnWaiting(transaction, live.act);
  if (said) app.set({ said });
}

/** @param {Transaction} transaction */
async function noShow(transaction) {
  const reason = await askNoShow(transaction);
  if (reason === null) return;
  await act(
    "therapist_no_show",
    { transaction_id: transaction.id, reason },
    t("{code} is cancelled.", { code: transaction.code ?? "" }),
  );
}

/**
 * @param {Queue} queue
 * @param {Transaction} transaction
 */
async function move(queue, transaction) {
  const wish = await askWhereTo(queue, me, transaction);
  if (!wish) return;
  const code = transaction.code ?? "";
  const payload = { transaction_id: transaction.id, ...wish.to };
  const answer = await act(wish.event, payload, t("{code} is handed over.", { code }));
  // The page has been made for the room that was mine.
  if (answer?.ok && wish.event === "therapist_change_room") location.reload();
}

/** @param {Transaction} transaction */
async function callAgain(transaction) {
  const answer = await act(
    "therapist_call_again",
    { transaction_id: transaction.id },
    t("{code} is called again.", { code: transaction.code ?? "" }),
  );
  if (!answer?.ok) return;
  clearTimeout(quiet);
  app.set({ rung: true });
  quiet = setTimeout(() => app.set({ rung: false }), RUNG_MS);
}

/** @param {Transaction} transaction */
async function addService(transaction) {
  const variant = await pickService();
  if (variant === null) return;
  await act(
    "therapist_add_service",
    { transaction_id: transaction.id, service_classification_id: variant },
    t("Service added."),
  );
}

/**
 * @param {Transaction} transaction
 * @param {Item} item
 */
async function removeItem(transaction, item) {
  await act(
    "therapist_remove_item",
    { transaction_id: transaction.id, item_id: item.id },
    t("{service} removed.", { service: item.service_name }),
  );
}

/**
 * The number of my customer, if I have one.
 * @param {Queue | null} queue
 */
function codesOfMine(queue) {
  const mine = queue ? myTransaction(queue, me) : null;
  return mine?.code ? [mine.code] : [];
}

/** @param {Readonly<State>} state */
function view(state) {
  const { queue } = state;
  return html`
    ${topBar("therapist", roomChip(queue), (problem) => app.set({ problem }), codesOfMine(queue))}
    ${queue ? content(queue, state) : [banners(state), skeleton()]}
    ${messages(state, () => app.set({ problem: "" }))} ${queue ? dock(queue, state) : nothing}
  `;
}

/** @param {Queue | null} queue */
function roomChip(queue) {
  if (!me.room_number) return t("No room");
  const status = queue ? myRoom(queue, me)?.status : undefined;
  return html`
    <span
      class=${classMap({
        chip: true,
        "chip-ok": status === "available",
        "chip-accent": status === "occupied",
        "chip-warn": status === "preparing",
      })}
      >${t("Room {room}", { room: me.room_number })}${status ? ` · ${roomWord(status)}` : ""}</span
    >
  `;
}

/**
 * @param {Queue} queue
 * @param {Readonly<State>} state
 */
function content(queue, { busy, whole }) {
  const transaction = myTransaction(queue, me);
  const others = waiting(queue);
  return html`
    <main class="therapist ${others === nothing ? "therapist-alone" : ""}">
      <h1 class="visually-hidden">${t("Therapist")}</h1>
      <div class="therapist-stage">
        ${dutyBar(queue, me, busy, (event) => void act(event, {}, SAID[event]?.() ?? ""))}
        ${stage(queue, me, whole, {
          onWhole: (id) => app.set({ whole: id }),
          onAdd: () => transaction && void addService(transaction),
          onRemove: (item) => transaction && void removeItem(transaction, item),
          onMove: () => transaction && void move(queue, transaction),
        })}
        ${leftRooms(queue, busy)}
        <button type="button" class="button button-quiet" @click=${() => void showMyDay()}>
          ${t("My day")}
        </button>
      </div>
      ${others}
    </main>
  `;
}

/**
 * Rooms to be cleaned that are nobody's at present, such as one that somebody left with a customer.
 * @param {Queue} queue
 * @param {string} busy
 */
function leftRooms(queue, busy) {
  const left = leftToClean(queue, me);
  if (left.length === 0) return nothing;
  return html`
    <ul class="therapist-left" aria-label=${t("Rooms to clean")}>
      ${left.map(
        ({ room_number }) => html`
          <li>
            <button
              type="button"
              class="button"
              aria-busy=${busy === "therapist_room_ready" ? "true" : "false"}
              @click=${() => void act("therapist_room_ready", { room_number }, t("Room is ready."))}
            >
              ${icon("sparkle")} ${t("Room {room} is ready", { room: room_number })}
            </button>
          </li>
        `,
      )}
    </ul>
  `;
}

/**
 * The waiting customers, but for the one whom the stage already announces.
 * @param {Queue} queue
 */
function waiting(queue) {
  const announced = isFree(queue, me) ? nextFor(queue, me) : undefined;
  const others = toCall(queue).filter((transaction) => transaction !== announced);
  const held = onHold(queue);
  if (others.length === 0 && held.length === 0) return nothing;
  return html`
    <section class="therapist-waiting" aria-labelledby="waiting-title">
      ${
        others.length > 0
          ? html`<h2 class="list-title" id="waiting-title">
                ${announced ? t("Then") : t("Waiting")}
                <span class="badge">${queue.counts.pending - (announced ? 1 : 0)}</span>
              </h2>
              ${waitingList(others, (transaction) => void bringOn(transaction))}`
          : nothing
      }
      ${
        held.length > 0
          ? html`<h2 class="list-title" id=${others.length > 0 ? "held-title" : "waiting-title"}>
                ${t("Not being called")} <span class="badge">${queue.counts.on_hold}</span>
              </h2>
              ${waitingList(held, (transaction) => void bringOn(transaction))}`
          : nothing
      }
    </section>
  `;
}

function skeleton() {
  return html`
    <main class="therapist" aria-busy="true">
      <h1 class="visually-hidden">${t("Therapist")}</h1>
      <div class="therapist-stage"><div class="skeleton skeleton-stage"></div></div>
      <div class="therapist-waiting">
        ${[1, 2, 3].map(() => html`<div class="skeleton skeleton-line"></div>`)}
      </div>
    </main>
  `;
}

/**
 * The action bar where the thumb is. What everybody should know comes above its buttons: it grows
 * away from the thumb.
 * @param {Queue} queue
 * @param {Readonly<State>} state
 */
function dock(queue, state) {
  const { busy } = state;
  const transaction = myTransaction(queue, me);
  const step = nextStep(queue, me);
  const resting =
    Boolean(step.event) && ((busy && busy !== step.event) || performance.now() < restUntil);
  return html`
    <footer class="dock">
      ${banners(state)}
      <div class="dock-inside">
        ${transaction ? secondary(transaction, state) : nothing}
        <button
          type="button"
          class=${classMap({
            button: true,
            "button-primary": true,
            "dock-main": true,
            "dock-rest": resting,
          })}
          aria-disabled=${!step.event || resting ? "true" : "false"}
          aria-busy=${step.event && busy === step.event ? "true" : "false"}
          @click=${takeStep}
        >
          ${icon(step.icon)}
          <span class="dock-words">
            <span>${step.label}</span>
            ${step.why ? html`<span class="dock-why">${step.why}</span>` : nothing}
          </span>
        </button>
      </div>
    </footer>
  `;
}

/**
 * The way back for a customer who does not come.
 * @param {Transaction} transaction
 * @param {Readonly<State>} state
 */
function secondary(transaction, { busy, rung }) {
  const allowed = transaction.allowed_events;
  const canRelease = allowed.includes("therapist_release");
  const canCancel = allowed.includes("therapist_no_show");
  const canCallAgain = allowed.includes("therapist_call_again");
  const canSkip = allowed.includes("therapist_not_here_yet");
  if (!canRelease && !canCancel && !canCallAgain && !canSkip) return nothing;
  return html`
    <div class="dock-second">
      ${
        canCallAgain
          ? html`<button
              type="button"
              class="button"
              aria-busy=${busy === "therapist_call_again" ? "true" : "false"}
              @click=${() => callAgain(transaction)}
            >
              <span class="dock-words">
                <span>${rung ? html`${icon("check")} ${t("Called again")}` : t("Call again")}</span>
                <span class="dock-why">${t("Rings on the lobby screen")}</span>
              </span>
            </button>`
          : nothing
      }
      ${
        canSkip
          ? html`<button
              type="button"
              class="button"
              aria-busy=${busy === "therapist_not_here_yet" ? "true" : "false"}
              @click=${() => notHereYet(transaction)}
            >
              <span class="dock-words">
                <span>${t("Not here yet")}</span>
                <span class="dock-why">${t("Others go first, same place")}</span>
              </span>
            </button>`
          : nothing
      }
      ${
        canRelease
          ? html`<button
              type="button"
              class="button"
              aria-busy=${busy === "therapist_release" ? "true" : "false"}
              @click=${() => release(transaction)}
            >
              <span class="dock-words">
                <span>${t("Back to queue")}</span>
                <span class="dock-why">${t("Called by mistake")}</span>
              </span>
            </button>`
          : nothing
      }
      ${
        canCancel
          ? html`<button
              type="button"
              class="button"
              aria-busy=${busy === "therapist_no_show" ? "true" : "false"}
              @click=${() => noShow(transaction)}
            >
              <span class="dock-words">
                <span>${t("Cancel (no-show)")}</span>
                <span class="dock-why">${t("Ends the visit")}</span>
              </span>
            </button>`
          : nothing
      }
    </div>
  `;
}
