/** The cashier's queue: who is ready to pay, who is at another desk. */

import { clockTime, money } from "/static/common/format.js";
import { t } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { emptyState, serviceNames, servicesListed } from "../shared/parts.js";
import { ago } from "../shared/clock.js";
import { icon } from "../shared/icons.js";
import { waitingList } from "../shared/waiting.js";
import { atOtherDesks, readyToPay, unpaidFromYesterday } from "./model.js";

/** @typedef {import("/static/common/types.js").Person} Me */
/** @typedef {import("/static/common/types.js").Queue} Queue */
/** @typedef {import("/static/common/types.js").Transaction} Transaction */

/**
 * @param {Queue} queue
 * @param {Me} me
 * @param {(transaction: Transaction) => void} onClaim
 * @param {() => void} onOpenDrawer
 */
export function rail(queue, me, onClaim, onOpenDrawer) {
  const ready = readyToPay(queue);
  // The snapshot holds the first of a long queue; its counts are of everybody.
  const readyCount = queue.counts.finished - (queue.finished.length - ready.length);
  const others = atOtherDesks(queue, me);
  const left = unpaidFromYesterday(queue);
  return html`
    <section aria-labelledby="ready-title">
      <h2 class="list-title" id="ready-title">
        ${t("Ready to pay")} <span class="badge">${readyCount}</span>
      </h2>
      ${
        ready.length === 0
          ? emptyState(
              "ticket",
              t("Nobody is ready to pay"),
              t("Customers come here after their service."),
            )
          : html`<ol class="lines">
              ${repeat(
                ready,
                (transaction) => transaction.id,
                (transaction) => queueRow(transaction, ready.length, onClaim),
              )}
            </ol>`
      }
    </section>
    ${
      others.length === 0
        ? nothing
        : html`<section aria-labelledby="others-title">
            <h2 class="list-title" id="others-title">${t("At another desk")}</h2>
            <ol class="lines">
              ${repeat(
                others,
                (transaction) => transaction.id,
                (transaction) =>
                  html`<li class="line line-muted">${rowInside(transaction, others.length)}</li>`,
              )}
            </ol>
          </section>`
    }
    ${
      left.length === 0
        ? nothing
        : html`<section aria-labelledby="left-title">
            <h2 class="list-title" id="left-title">
              ${t("Not paid since yesterday")} <span class="badge">${left.length}</span>
            </h2>
            <ol class="lines">
              ${repeat(
                left,
                (transaction) => transaction.id,
                (transaction) => queueRow(transaction, left.length, onClaim),
              )}
            </ol>
          </section>`
    }
    <button type="button" class="button button-quiet rail-drawer" @click=${onOpenDrawer}>
      ${icon("cash")} ${t("Open drawer…")}
    </button>
  `;
}

/**
 * Who waits for a therapist, folded away until somebody asks at the desk.
 * @param {Queue} queue
 * @param {(transaction: Transaction) => void} onChoose
 */
export function waitingForTherapist(queue, onChoose) {
  if (queue.pending.length === 0) return nothing;
  return html`
    <details class="recent">
      <summary class="list-title">
        ${t("Waiting for a therapist")}
        <span class="badge">${queue.counts.pending + queue.counts.on_hold}</span>
      </summary>
      ${waitingList(queue.pending, onChoose)}
    </details>
  `;
}

/**
 * Today's payments at this desk, folded away until somebody asks for a receipt.
 * @param {Transaction[]} recent Newest first.
 * @param {(transaction: Transaction) => void} onShow
 * @param {() => void} onFind Looks for a payment of any day or desk.
 */
export function recentPayments(recent, onShow, onFind) {
  return html`
    ${recent.length === 0 ? nothing : recentList(recent, onShow)}
    <button type="button" class="button button-quiet rail-drawer" @click=${onFind}>
      ${icon("ticket")} ${t("Find a receipt…")}
    </button>
  `;
}

/**
 * @param {Transaction[]} recent
 * @param {(transaction: Transaction) => void} onShow
 */
function recentList(recent, onShow) {
  return html`
    <details class="recent">
      <summary class="list-title">
        ${t("Recent payments")} <span class="badge">${recent.length}</span>
      </summary>
      <ol class="lines">
        ${repeat(
          recent,
          ({ id }) => id,
          (transaction) => html`
            <li class="line-around">
              <button type="button" class="line line-button" @click=${() => onShow(transaction)}>
                <span class="code">${transaction.code}</span>
                <span class="line-main">
                  <span class="line-title one-line">${serviceNames(transaction)}</span>
                  <span class="muted">${clockTime(transaction.paid_at ?? "")}</span>
                </span>
                <span class="amount">${money(transaction.total_amount)}</span>
              </button>
            </li>
          `,
        )}
      </ol>
    </details>
  `;
}

/**
 * @param {Transaction} transaction
 * @param {number} listed How many customers the list has.
 * @param {(transaction: Transaction) => void} onClaim
 */
function queueRow(transaction, listed, onClaim) {
  if (!transaction.allowed_events.includes("cashier_claim_code")) {
    return html`<li class="line">${rowInside(transaction, listed)}</li>`;
  }
  return html`
    <li class="line-around">
      <button type="button" class="line line-button" @click=${() => onClaim(transaction)}>
        ${rowInside(transaction, listed)}
      </button>
    </li>
  `;
}

/** @param {Transaction} transaction @param {number} listed How many customers the list has. */
function rowInside(transaction, listed) {
  const who =
    transaction.status === "finished"
      ? transaction.therapist
      : t("with {name}", { name: transaction.cashier ?? "" });
  const room = transaction.room_number
    ? t("Room {room}", { room: transaction.room_number })
    : t("No room");
  return html`
    <span class="code">${transaction.code}</span>
    <span class="line-main">
      ${servicesListed(transaction, listed)}
      <span class="muted">${[room, who].filter(Boolean).join(" · ")}</span>
    </span>
    <span class="line-end">
      <span class="amount">${money(transaction.total_amount)}</span>
      <span class="muted">${ago(transaction.service_finish_at)}</span>
    </span>
  `;
}
