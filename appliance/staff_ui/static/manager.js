/** The manager's look at today: who waits, which room does what, what a printer needs. */

import { clockTime, money, minutes } from "/static/common/format.js";
import { t } from "/static/common/i18n.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { onDuty } from "./manager/duty.js";
import { askForOpenVisit } from "./manager/open_visit.js";
import { startSection } from "./manager/section.js";
import { ago } from "./shared/clock.js";
import { icon } from "./shared/icons.js";
import { printerNotice, printerProblem } from "./shared/printers.js";
import { roomChip, serviceNames, waitingSince } from "./shared/parts.js";
import { holdChip } from "./shared/waiting.js";

/** @typedef {import("/static/common/types.js").Devices} Devices */
/** @typedef {import("/static/common/types.js").Printer} Printer */
/** @typedef {import("/static/common/types.js").Queue} Queue */
/** @typedef {import("/static/common/types.js").Room} Room */
/** @typedef {import("/static/common/types.js").Transaction} Transaction */

const { app, server } = startSection({
  start: {},
  view: ({ queue, devices }) => queue && today(queue, devices),
});
setInterval(() => app.state.queue && app.redraw(), 15_000);

/**
 * @param {Queue} queue
 * @param {Devices | null} devices
 */
function today(queue, devices) {
  const waiting = queue.counts.pending + queue.counts.on_hold;
  return html`
    <dl class="tiles">
      ${tile(t("Waiting"), waiting)} ${tile(t("With a therapist"), queue.counts.in_progress)}
      ${tile(t("At the cashier"), queue.counts.finished)}
    </dl>
    <section aria-labelledby="rooms-title">
      <h2 id="rooms-title">${t("Rooms")}</h2>
      <ul class="rooms">
        ${repeat(
          queue.rooms,
          (room) => room.room_number,
          (room) => roomCard(room, queue),
        )}
      </ul>
    </section>
    ${fromYesterday(queue)}
    <div class="manager-columns">
      ${columnOfToday(t("Waiting"), waiting, queue.pending, (transaction) => [
        minutes(transaction.total_duration_minutes),
        waitingSince(transaction),
      ])}
      ${column(
        t("With a therapist"),
        queue.counts.in_progress,
        queue.in_progress,
        (transaction) => [
          transaction.room_number ? t("Room {room}", { room: transaction.room_number }) : "",
          transaction.therapist ?? "",
          transaction.service_start_at
            ? t("in service since {time}", { time: clockTime(transaction.service_start_at) })
            : t("called"),
        ],
      )}
      ${columnOfToday(t("At the cashier"), queue.counts.finished, queue.finished, (transaction) => [
        transaction.cashier ? t("with {name}", { name: transaction.cashier }) : t("ready to pay"),
        ago(transaction.service_finish_at),
      ])}
    </div>
    ${onDuty(queue.duty)}
    <section aria-labelledby="printers-title">
      <h2 id="printers-title">${t("Printers")}</h2>
      ${
        devices && devices.printers.length > 0
          ? html`<ul class="lines card">
              ${devices.printers.map(printerLine)}
            </ul>`
          : html`<p class="muted">${t("No printer is connected.")}</p>`
      }
    </section>
  `;
}

/**
 * A column without those who are left from an earlier day: they have a list of their own.
 * @param {string} title
 * @param {number} count
 * @param {Transaction[]} everybody
 * @param {(transaction: Transaction) => string[]} facts
 */
function columnOfToday(title, count, everybody, facts) {
  const ofToday = everybody.filter(({ hold }) => hold !== "carried_over");
  return column(title, count - everybody.length + ofToday.length, ofToday, facts);
}

/**
 * Who still waits or has not paid from an earlier day: nobody calls them before somebody decides.
 * @param {Queue} queue
 */
function fromYesterday(queue) {
  const left = [...queue.pending, ...queue.finished].filter(({ hold }) => hold === "carried_over");
  if (left.length === 0) return nothing;
  return column(t("From yesterday"), left.length, left, ({ status, cashier }) => [
    status === "pending_therapist"
      ? t("waiting for a therapist")
      : cashier
        ? t("with {name}", { name: cashier })
        : t("has not paid"),
  ]);
}

/**
 * @param {string} word
 * @param {number} count
 */
function tile(word, count) {
  return html`
    <div class="card tile">
      <dt class="muted">${word}</dt>
      <dd class="tile-number number">${count}</dd>
    </div>
  `;
}

/**
 * @param {Room} room
 * @param {Queue} queue
 */
function roomCard(room, queue) {
  const inside = queue.in_progress.find(({ id }) => id === room.current_transaction_id);
  return html`
    <li class="card room">
      <p class="spread">
        <strong>${t("Room {room}", { room: room.room_number })}</strong>
        ${roomChip(room.status)}
      </p>
      <p class="muted clamp">${room.therapist ?? t("Nobody on duty")}</p>
      ${inside ? html`<p><span class="code">${inside.code}</span></p>` : nothing}
      ${
        room.status === "preparing"
          ? html`<button type="button" class="button" @click=${() => void markReady(room)}>
              ${icon("sparkle")} ${t("Mark room ready")}
            </button>`
          : nothing
      }
    </li>
  `;
}

/**
 * Says that a room is clean: nobody may be in it who would.
 * @param {Room} room
 */
async function markReady({ room_number }) {
  const answer = await server.act("manager_room_ready", { room_number });
  if (answer?.ok) app.set({ said: t("Room is ready.") });
}

/**
 * Ends, hands over or puts back a visit whose own people cannot.
 * @param {Transaction} transaction
 */
async function bringOn(transaction) {
  const wish = await askForOpenVisit(transaction, app.state.queue?.duty ?? []);
  if (!wish) return;
  const answer = await server.act(wish.event, wish.payload);
  if (answer?.ok) app.set({ said: t("Done.") });
}

/**
 * @param {string} title
 * @param {number} count Of all, of whom the list may hold only the first.
 * @param {Transaction[]} transactions
 * @param {(transaction: Transaction) => string[]} facts
 */
function column(title, count, transactions, facts) {
  return html`
    <section class="card">
      <h2 class="list-title">${title} <span class="badge">${count}</span></h2>
      ${
        transactions.length === 0
          ? html`<p class="muted">${t("Nobody.")}</p>`
          : html`<ol class="lines">
              ${repeat(
                transactions,
                (transaction) => transaction.id,
                (transaction) => html`
                  <li class="line-around">
                    <button
                      type="button"
                      class="line line-button"
                      @click=${() => void bringOn(transaction)}
                    >
                      <span class="code">${transaction.code}</span>
                      <span class="line-main">
                        <span class="line-title clamp" dir="auto"
                          >${serviceNames(transaction)}</span
                        >
                        <span class="muted">${facts(transaction).filter(Boolean).join(" · ")}</span>
                        ${holdChip(transaction)}
                      </span>
                      <span class="amount">${money(transaction.total_amount)}</span>
                    </button>
                  </li>
                `,
              )}
            </ol>`
      }
    </section>
  `;
}

/** @type {Record<string, () => string>} */
const ROLE_WORDS = {
  ticket: () => t("tickets"),
  receipt: () => t("receipts"),
  report: () => t("reports"),
};

/** @param {Printer} printer */
function printerLine(printer) {
  return html`
    <li class="line">
      ${icon("printer")}
      <span class="line-main">
        <span class="line-title">${printer.name}</span>
        <span class="muted"
          >${printer.roles.map((role) => ROLE_WORDS[role]?.() ?? role).join(", ")}</span
        >
      </span>
      ${
        printer.need
          ? html`<span class="chip chip-warn">${printerProblem(printer)}</span>`
          : printer.notice
            ? html`<span class="chip chip-warn">${printerNotice(printer)}</span>`
            : html`<span class="chip chip-ok">${t("Ready")}</span>`
      }
    </li>
  `;
}
