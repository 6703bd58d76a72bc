/** The therapist's main card: the customer, the room, or who comes next. */

import { clockTime, minutes, money } from "/static/common/format.js";
import { t, tn } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { millisecondsSince } from "../shared/clock.js";
import {
  emptyState,
  itemList,
  noteOf,
  servicesInFull,
  waitingSince,
  wantedOf,
} from "../shared/parts.js";
import { icon } from "../shared/icons.js";
import { myDuty, myRoom, myTransaction, nextFor } from "./model.js";
import "./stop_watch.js";

/** @typedef {import("/static/common/types.js").Item} Item */
/** @typedef {import("/static/common/types.js").Person} Me */
/** @typedef {import("/static/common/types.js").Queue} Queue */
/** @typedef {import("/static/common/types.js").Transaction} Transaction */

const MINUTE = 60_000;
/** More services than this push the totals below the edge of a phone. */
const MANY_ITEMS = 4;
/** Characters that two lines of a phone hold. */
const LONG_NOTE = 80;

/**
 * @typedef {object} StageActions
 * @property {(id: number) => void} onWhole All of this customer's card is to be shown; of none for 0.
 * @property {() => void} onAdd
 * @property {(item: Item) => void} onRemove
 * @property {() => void} onMove
 */

/**
 * @param {Queue} queue
 * @param {Me} me
 * @param {number} whole The customer all of whose card is shown.
 * @param {StageActions} actions
 */
export function stage(queue, me, whole, actions) {
  const transaction = myTransaction(queue, me);
  if (transaction?.status === "in_service") return serviceCard(transaction, whole, actions);
  if (transaction) return calledCard(transaction, whole, actions);
  const duty = myDuty(queue, me);
  if (!duty) {
    return emptyState("door", t("You are off duty"), waitingSentence(queue.counts.pending));
  }
  if (duty.state === "break") {
    return emptyState("clock", t("You are on a break"), waitingSentence(queue.counts.pending));
  }
  if (myRoom(queue, me)?.status === "preparing") {
    return emptyState(
      "sparkle",
      t("Clean room {room}", { room: me.room_number ?? "" }),
      waitingSentence(queue.counts.pending),
    );
  }
  if (!me.room_number) {
    return emptyState("door", t("No room yet"), t("Ask the manager to give you a room."));
  }
  if (myRoom(queue, me)?.status === "occupied") {
    return emptyState(
      "door",
      t("Room {room} is in use", { room: me.room_number }),
      waitingSentence(queue.counts.pending),
    );
  }
  if (queue.counts.pending === 0 && queue.counts.on_hold > 0) {
    return emptyState(
      "clock",
      t("Nobody to call right now"),
      t("Everyone waiting is out or not here yet. Tap a customer on the list once they are here."),
    );
  }
  if (queue.counts.pending === 0) {
    return emptyState(
      "clock",
      t("Nobody is waiting"),
      t("You will hear a chime when a customer comes."),
    );
  }
  return nextCard(queue, me, whole, actions);
}

/**
 * @param {Queue} queue
 * @param {Me} me
 * @param {number} whole
 * @param {StageActions} actions
 */
function nextCard(queue, me, whole, actions) {
  const next = nextFor(queue, me);
  if (!next) {
    return emptyState(
      "clock",
      t("Nobody is waiting for you"),
      t("Everyone waiting asked for someone else."),
    );
  }
  return html`
    <section class="card stage-card stage-next" aria-labelledby="stage-title">
      <p class="stage-kicker">
        ${
          queue.counts.pending > 1
            ? t("Next customer · {count} waiting", { count: queue.counts.pending })
            : t("Next")
        }
      </p>
      <h2 class="stage-code" id="stage-title">
        <span class="visually-hidden">${t("Next:")} </span>${next.code}
      </h2>
      <p class="stage-services">${servicesInFull(shownOf(next, whole))}</p>
      ${wantedOf(next)} ${stageNote(next, whole)} ${wholeButton(next, whole, actions)}
      <p class="muted">${minutes(next.total_duration_minutes)} · ${waitingSince(next)}</p>
    </section>
  `;
}

/** @param {number} count */
function waitingSentence(count) {
  if (count === 0) return t("Nobody is waiting.");
  return tn("{count} customer is waiting.", "{count} customers are waiting.", count, { count });
}

/**
 * Whether a card would push what matters below the edge of a phone.
 * @param {Transaction} transaction
 */
const isLong = ({ items, note }) => items.length > MANY_ITEMS || (note?.length ?? 0) > LONG_NOTE;

/**
 * @param {Transaction} transaction
 * @param {number} whole
 */
const shownOf = ({ id, items }, whole) =>
  id === whole || items.length <= MANY_ITEMS ? items : items.slice(0, MANY_ITEMS - 1);

/**
 * @param {Transaction} transaction
 * @param {number} whole
 */
const stageNote = (transaction, whole) =>
  transaction.id === whole && transaction.note
    ? html`<span class="stage-note" dir="auto">${transaction.note}</span>`
    : noteOf(transaction);

/**
 * @param {Transaction} transaction
 * @param {number} whole
 * @param {StageActions} actions
 */
function wholeButton(transaction, whole, { onWhole }) {
  if (!isLong(transaction)) return nothing;
  const { id, items } = transaction;
  const open = id === whole;
  const all =
    items.length > MANY_ITEMS
      ? t("Show all {count} services", { count: items.length })
      : t("Show the whole note");
  return html`<button
    type="button"
    class="button button-quiet"
    aria-expanded=${open ? "true" : "false"}
    @click=${() => onWhole(open ? 0 : id)}
  >
    ${open ? t("Show less") : all}
  </button>`;
}

/**
 * @param {Transaction} transaction
 * @param {number} whole
 * @param {StageActions} actions
 */
function calledCard(transaction, whole, actions) {
  return html`
    <section class="card stage-card" aria-labelledby="stage-title">
      <p class="stage-kicker">
        ${t("Called to room {room}", { room: transaction.room_number ?? "" })}
      </p>
      <h2 class="stage-code" id="stage-title">${transaction.code}</h2>
      ${wantedOf(transaction)} ${stageNote(transaction, whole)}
      ${itemList(shownOf(transaction, whole))} ${wholeButton(transaction, whole, actions)}
      ${totals(transaction)} ${moveButton(transaction, actions)}
    </section>
  `;
}

/**
 * @param {Transaction} transaction
 * @param {number} whole
 * @param {StageActions} actions
 */
function serviceCard(transaction, whole, actions) {
  const allowed = transaction.allowed_events;
  return html`
    <section class="card stage-card" aria-labelledby="stage-title">
      <div class="spread">
        <h2 class="code" id="stage-title">${transaction.code}</h2>
        <p class="muted">
          ${t("In service since {time}", { time: clockTime(transaction.service_start_at ?? 0) })}
        </p>
      </div>
      ${stageNote(transaction, whole)} ${timer(transaction)}
      ${itemList(
        shownOf(transaction, whole),
        allowed.includes("therapist_remove_item") ? actions.onRemove : null,
      )}
      ${wholeButton(transaction, whole, actions)} ${totals(transaction)}
      ${
        allowed.includes("therapist_add_service")
          ? html`<button type="button" class="button button-block" @click=${actions.onAdd}>
              ${icon("plus")} ${t("Add a service")}
            </button>`
          : nothing
      }
      ${moveButton(transaction, actions)}
    </section>
  `;
}

/**
 * @param {Transaction} transaction
 * @param {StageActions} actions
 */
function moveButton({ allowed_events: allowed }, { onMove }) {
  if (!allowed.includes("therapist_hand_over") && !allowed.includes("therapist_change_room")) {
    return nothing;
  }
  return html`<button type="button" class="button button-block button-quiet" @click=${onMove}>
    ${t("Other therapist or room…")}
  </button>`;
}

/** @param {Transaction} transaction */
function timer(transaction) {
  const running = millisecondsSince(transaction.service_start_at);
  const planned = transaction.total_duration_minutes * MINUTE;
  const left = Math.max(0, Math.ceil((planned - running) / MINUTE));
  const over = Math.floor((running - planned) / MINUTE);
  return html`
    <div class=${running > planned ? "timer timer-over" : "timer"}>
      <stop-watch class="timer-time" .since=${transaction.service_start_at}></stop-watch>
      <p class="timer-left">
        ${over >= 1 ? t("{time} over", { time: minutes(over) }) : t("{time} left", { time: minutes(left) })}
        <span class="muted">
          ${t("of {time}", { time: minutes(transaction.total_duration_minutes) })}
        </span>
      </p>
      <progress
        class="timer-bar"
        max=${Math.max(planned, 1)}
        .value=${Math.min(running, planned)}
        aria-label=${t("Service time")}
      ></progress>
    </div>
  `;
}

/** @param {Transaction} transaction */
function totals(transaction) {
  return html`
    <p class="stage-totals">
      <span>${minutes(transaction.total_duration_minutes)}</span>
      <span class="amount">${money(transaction.total_amount)}</span>
    </p>
  `;
}
