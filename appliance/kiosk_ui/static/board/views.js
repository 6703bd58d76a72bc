/** What the board shows. */

import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { boot } from "/static/common/boot.js";
import { clockTime, dayName, minutes } from "/static/common/format.js";
import { notEnrolledView } from "../enrolment.js";
import { icon } from "../icons.js";
import { callKey } from "./announcer.js";

/** @typedef {import("/static/common/types.js").Board} Board */
/** @typedef {import("/static/common/types.js").Call} Call */
/** @typedef {import("/static/common/types.js").Waiting} Waiting */

/**
 * @typedef {object} BoardState
 * @property {Board | null} board
 * @property {import("/static/common/session.js").Status} status
 * @property {boolean} enrolled
 * @property {string | null} fresh The call that is being announced.
 */

const MAX_CALLS = 6;
const MAX_WAITING = 24;

/** @param {BoardState} state */
export function boardView(state) {
  if (!state.enrolled) return notEnrolledView("display");
  return html`<div class="board">
    <header class="board-head">
      <p class="board-shop">${boot.shop_name}</p>
      ${
        state.status === "offline" || state.status === "refused"
          ? html`<p class="board-offline" role="status">
              ${icon("offline")} Reconnecting. The desk can help you meanwhile.
            </p>`
          : nothing
      }
      <p class="board-clock">
        <span class="board-day">${dayName(Date.now())}</span>
        <time class="number">${clockTime(Date.now())}</time>
      </p>
    </header>
    <main class="board-main">${calls(state)} ${waiting(state.board)}</main>
  </div>`;
}

/** @param {BoardState} state */
function calls({ board, fresh }) {
  const shown = board?.calls.slice(0, MAX_CALLS) ?? [];
  return html`<section class="board-calls" aria-labelledby="calling">
    <h1 id="calling">${icon("sound")} Now calling</h1>
    ${
      shown.length === 0
        ? html`<p class="board-empty">${board ? "Please take a seat. We call you here." : ""}</p>`
        : html`<ol aria-live="polite">
            ${repeat(shown, callKey, (entry, place) => call(entry, place === 0, callKey(entry) === fresh))}
          </ol>`
    }
  </section>`;
}

/**
 * @param {Call} entry
 * @param {boolean} newest
 * @param {boolean} fresh
 */
const call = (entry, newest, fresh) =>
  html`<li class="board-call ${newest ? "newest" : ""} ${fresh ? "fresh" : ""}">
    <span class="board-code number">${entry.code}</span>
    <span class="board-arrow" aria-hidden="true"></span>
    <span class="board-room">Room <strong>${entry.room_number}</strong></span>
  </li>`;

/** @param {Board | null} board */
function waiting(board) {
  const all = board?.waiting ?? [];
  const more = all.length - MAX_WAITING;
  return html`<section class="board-waiting" aria-labelledby="waiting">
    <h2 id="waiting">${icon("people")} Waiting</h2>
    ${
      all.length === 0
        ? html`<p class="board-empty">${board ? "Nobody is waiting." : ""}</p>`
        : html`<ol>
            ${repeat(all.slice(0, MAX_WAITING), (entry) => entry.code, waitingEntry)}
          </ol>`
    }
    ${more > 0 ? html`<p class="board-more">and ${more} more</p>` : nothing}
  </section>`;
}

/** @param {Waiting} entry */
const waitingEntry = (entry) =>
  html`<li>
    <span class="number board-waiting-code">${entry.code}</span>
    <span class="muted">${wait(entry.estimated_wait_minutes)}</span>
  </li>`;

/** @param {number | null} estimate */
const wait = (estimate) =>
  estimate === null ? "" : estimate === 0 ? "soon" : `≈ ${minutes(estimate)}`;
