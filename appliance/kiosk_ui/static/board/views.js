/** What the board shows. */

import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { boot } from "/static/common/boot.js";
import { clockTime, dayName, estimateInShort } from "/static/common/format.js";
import { isWholeName, t } from "/static/common/i18n.js";
import { notEnrolledView } from "../enrolment.js";
import { icon } from "/static/common/icons.js";
import { callKey } from "./announcer.js";
import { fitting } from "./fit.js";

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
 * @property {import("./fit.js").Fit} fit How many numbers there is room for.
 */

/** Long enough to find a number on a page, short enough to wait for its turn. */
const PAGE_MS = 8_000;
/** With more people than this the lists share the screen evenly. */
const MANY_WAIT = 12;

const extras = boot.board ?? { clock: true, message: "", picture: null };

/** @param {BoardState} state */
export function boardView(state) {
  if (!state.enrolled) return notEnrolledView("display");
  const many = (state.board?.waiting.length ?? 0) > MANY_WAIT;
  return html`<div class="board">
    <header class="board-head">
      ${boot.logo ? html`<img class="board-logo" src=${boot.logo} alt="" />` : nothing}
      <p class="board-shop display">${boot.shop_name}</p>
      ${extras.clock ? clockView() : nothing}
    </header>
    <main class="board-main ${many ? "board-many" : ""}">
      ${callsView(state)} ${waitingView(state)}
    </main>
    ${extras.message ? html`<footer class="board-message" dir="auto">${extras.message}</footer>` : nothing}
  </div>`;
}

const clockView = () =>
  html`<p class="board-clock">
    <span class="board-day">${dayName(Date.now())}</span>
    <time class="number">${clockTime(Date.now())}</time>
  </p>`;

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

/**
 * The page of a list that is turned up now. By the clock: all boards of a shop show the same one.
 * @template T
 * @param {T[]} all
 * @param {number} room On a page; all pages are about equally full.
 */
function turned(all, room) {
  const pages = Math.ceil(all.length / room) || 1;
  const page = Math.floor(Date.now() / PAGE_MS) % pages;
  const size = Math.ceil(all.length / pages);
  return { shown: all.slice(page * size, (page + 1) * size), page, pages };
}

/** @param {BoardState} state */
function callsView(state) {
  const { board, fresh, fit } = state;
  const calls = board?.calls ?? [];
  // The one that is being announced has the stage, though a newer one may already wait for it.
  const hero = calls.find((call) => callKey(call) === fresh) ?? calls[0];
  const others = calls.filter((call) => call !== hero);
  const { density, room } = fitting(fit.calls, others.length);
  const { shown } = turned(others, room);
  // Who has found the way gives place to who has not.
  const gone = (board?.recent_calls ?? []).slice(0, Math.max(0, room - others.length));
  const alone = others.length + gone.length === 0;
  return html`<section class="board-calls" aria-labelledby="calling">
    <h1 id="calling">${t("Now calling")}</h1>
    <div
      class="board-stage ${!hero && alone ? "board-stage-quiet" : ""}"
      aria-live="assertive"
      aria-atomic="true"
    >
      ${hero ? heroView(hero, callKey(hero) === fresh, alone) : board ? noCallView() : nothing}
    </div>
    <ol class="board-others" data-density=${density}>
      ${repeat([...shown, ...gone], callKey, (call) => otherView(call, gone.includes(call)))}
    </ol>
    ${badge(state)}
  </section>`;
}

const noCallView = () =>
  html`<div class="board-quiet">
    ${
      extras.picture
        ? html`<img class="board-picture" src=${extras.picture} alt="" />`
        : icon("ticket")
    }
    <p class="display">${t("Please take a seat")}</p>
    <p>${t("Watch here for your number and room.")}</p>
  </div>`;

/** @param {Call} call */
const roomWord = ({ room_number }) => (isWholeName(room_number) ? "" : `${t("Room")} `);

/**
 * @param {Call} call
 * @param {boolean} fresh
 * @param {boolean} alone Nobody else is called: it may take the room.
 */
const heroView = (call, fresh, alone) =>
  html`<p class="board-hero ${fresh ? "fresh" : ""} ${alone ? "alone" : ""}">
    <span class="board-hero-code number">${call.code}</span>
    <span class="board-hero-room">${roomWord(call)}<strong>${call.room_number}</strong></span>
  </p>`;

/** @param {Call} call @param {boolean} gone The customer is in the room by now. */
const otherView = (call, gone) =>
  html`<li class=${gone ? "gone" : ""}>
    <span class="board-other-code number">${call.code}</span>
    <span class="board-line" aria-hidden="true"></span>
    <span class="board-other-room" dir="auto"
      >${roomWord(call)}<strong>${call.room_number}</strong></span
    >
  </li>`;

/** @param {BoardState} state */
function waitingView({ board, fit }) {
  const all = board?.waiting ?? [];
  const more = board?.more_waiting ?? 0;
  const { density, room } = fitting(fit.waiting, all.length);
  const { shown, page, pages } = turned(all, room);
  return html`<section class="board-waiting" aria-labelledby="waiting">
    <h2>
      <span id="waiting">${t("Waiting")}</span>
      ${pages > 1 ? html`<span class="board-page number">${page + 1} / ${pages}</span>` : nothing}
      <span class="board-count number">${all.length + more || nothing}</span>
    </h2>
    ${
      board && all.length === 0
        ? html`<p class="board-empty">${t("Nobody is waiting.")}</p>`
        : nothing
    }
    <ol class="board-queue" data-density=${density}>
      ${repeat(shown, (entry) => entry.code, entryView)}
    </ol>
    ${more ? html`<p class="board-more">${t("+{count} more", { count: more })}</p>` : nothing}
  </section>`;
}

/** @param {Waiting} entry */
const entryView = (entry) =>
  html`<li>
    <span class="board-queue-who">
      <span class="number board-queue-code">${entry.code}</span>
      ${entry.wanted ? html`<span class="board-queue-wanted">${t("by request")}</span>` : nothing}
    </span>
    <span class="board-queue-wait"
      >${
        entry.estimated_wait_minutes === null
          ? nothing
          : estimateInShort(entry.estimated_wait_minutes)
      }</span
    >
  </li>`;
