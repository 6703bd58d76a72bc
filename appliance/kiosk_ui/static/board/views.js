/** What the board shows. */

import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { boot } from "/static/common/boot.js";
import { clockTime, dayName, estimate } from "/static/common/format.js";
import { t } from "/static/common/i18n.js";
import { notEnrolledView } from "../enrolment.js";
import { icon } from "/static/common/icons.js";
import { callKey } from "./announcer.js";

/** @typedef {import("/static/common/types.js").Board} Board */
/** @typedef {import("/static/common/types.js").Call} Call */
/** @typedef {import("/static/common/types.js").Waiting} Waiting */

/**
 * @typedef {object} BoardState
 * @property {Board | null} board
 * @property {import("/static/common/session.js").Status} line
 * @property {boolean} enrolled
 * @property {boolean} silent The browser waits for a touch before it lets the page ring.
 * @property {string | null} fresh The call that is being announced.
 */

/** More never fit on a screen that is read across a room; the style sheet shows whole rows only. */
const MAX_CALLS = 8;
const MAX_WAITING = 60;

/** @param {BoardState} state */
export function boardView(state) {
  if (!state.enrolled) return notEnrolledView("display");
  return html`<div class="board">
    <header class="board-head">
      <p class="board-shop display">${boot.shop_name}</p>
      <p class="board-clock">
        <span class="board-day">${dayName(Date.now())}</span>
        <time class="number">${clockTime(Date.now())}</time>
      </p>
    </header>
    <main class="board-main">${callsView(state)} ${waitingView(state.board)}</main>
  </div>`;
}

/** @param {BoardState} state */
function badge({ line, silent }) {
  if (line === "offline" || line === "refused") {
    return html`<p class="board-badge" role="status">
      ${icon("offline")} ${t("Reconnecting. The front desk can help you in the meantime.")}
    </p>`;
  }
  return silent
    ? html`<button class="board-badge">
        ${icon("sound")} ${t("Sound is off: touch to turn it on")}
      </button>`
    : nothing;
}

/** @param {BoardState} state */
function callsView(state) {
  const { board, fresh } = state;
  const shown = board?.calls.slice(0, MAX_CALLS) ?? [];
  // The one that is being announced has the stage, though a newer one may already wait for it.
  const hero = shown.find((call) => callKey(call) === fresh) ?? shown[0];
  const others = shown.filter((call) => call !== hero);
  return html`<section class="board-calls" aria-labelledby="calling">
    <h1 id="calling">${t("Now calling")}</h1>
    <div class="board-stage" aria-live="assertive" aria-atomic="true">
      ${hero ? heroView(hero, callKey(hero) === fresh, others.length === 0) : board ? noCallView() : nothing}
    </div>
    <ol class="board-others">
      ${repeat(others, callKey, otherView)}
    </ol>
    ${badge(state)}
  </section>`;
}

const noCallView = () =>
  html`<div class="board-quiet">
    ${icon("ticket")}
    <p class="display">${t("Please take a seat")}</p>
    <p>${t("Watch here for your number and room.")}</p>
  </div>`;

/**
 * @param {Call} call
 * @param {boolean} fresh
 * @param {boolean} alone Nobody else is called: it may take the room.
 */
const heroView = (call, fresh, alone) =>
  html`<p class="board-hero ${fresh ? "fresh" : ""} ${alone ? "alone" : ""}">
    <span class="board-hero-code number">${call.code}</span>
    <span class="board-hero-room">${t("Room")} <strong>${call.room_number}</strong></span>
  </p>`;

/** @param {Call} call */
const otherView = (call) =>
  html`<li>
    <span class="board-other-code number">${call.code}</span>
    <span class="board-line" aria-hidden="true"></span>
    <span class="board-other-room">${t("Room")} <strong>${call.room_number}</strong></span>
  </li>`;

/** @param {Board | null} board */
function waitingView(board) {
  const all = board?.waiting ?? [];
  return html`<section class="board-waiting" aria-labelledby="waiting">
    <h2 id="waiting">
      ${t("Waiting")} <span class="board-count number">${all.length || nothing}</span>
    </h2>
    ${
      all.length === 0
        ? html`<p class="board-empty">${board ? t("Nobody is waiting.") : nothing}</p>`
        : html`<ol class="board-queue">
            ${repeat(all.slice(0, MAX_WAITING), (entry) => entry.code, entryView)}
          </ol>`
    }
  </section>`;
}

/** @param {Waiting} entry */
const entryView = (entry) =>
  html`<li>
    <span class="board-queue-who">
      <span class="number board-queue-code">${entry.code}</span>
      ${entry.wanted ? html`<span class="board-queue-wanted">${t("by request")}</span>` : nothing}
    </span>
    <span class="board-queue-wait">${wait(entry.estimated_wait_minutes)}</span>
  </li>`;

/** @param {number | null} expected */
function wait(expected) {
  if (expected === null) return nothing;
  return expected < 5 ? t("soon") : `≈ ${estimate(expected)}`;
}
