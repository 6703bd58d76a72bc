/** The kiosk's screen as a function of its state. */

import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { t } from "/static/common/i18n.js";
import { boot } from "/static/common/session.js";
import { notEnrolledView } from "../enrolment.js";
import { icon } from "/static/common/icons.js";
import { basketView } from "./basket.js";
import { looksView } from "./looks.js";
import { languageButton, languageRow, languagesView } from "./languages.js";
import { noticeView, pageView, undoView } from "./menu.js";
import { idleView, offlineView, priceChangedView, secondView, startOverView } from "./overlays.js";
import { restView } from "./rest.js";
import { ticketView } from "./ticket.js";
import { waitChips } from "./wait.js";
import { wantedGoneView, wantedView } from "./wanted.js";

/**
 * @typedef {import("./state.js").KioskState} KioskState
 * @typedef {import("./state.js").Category} Category
 * @typedef {import("./state.js").Service} Service
 * @typedef {import("./state.js").Classification} Classification
 * @typedef {import("./state.js").Item} Item
 *
 * @typedef {object} Actions What a finger can do.
 * @property {() => void} wake From the picture to the first page.
 * @property {() => void} begin
 * @property {(category: Category) => void} openCategory
 * @property {(service: Service) => void} openService
 * @property {() => void} back
 * @property {(minutes: number | null) => void} limitTime
 * @property {(service: Service, variant: Classification) => void} add
 * @property {(item: Item) => void} more The same once more.
 * @property {(item: Item) => void} less One of the same less.
 * @property {(item: Item) => void} remove
 * @property {() => void} undo
 * @property {() => void} replace Another variant instead of the one that is chosen.
 * @property {() => void} addAsWell Another variant beside it.
 * @property {() => void} neither The other variant is not wanted.
 * @property {() => void} confirm
 * @property {() => void} openWanted
 * @property {(wish: import("./state.js").Wish | null) => void} want
 * @property {() => void} askStartOver
 * @property {() => void} keep Stay with this selection.
 * @property {() => void} startOver
 * @property {() => void} dismissNotice
 * @property {() => void} reloadCatalog
 * @property {() => void} openLanguages
 * @property {(code: string) => void} speak
 * @property {(change: Partial<import("./looks.js").Looks>) => void} look
 * @property {() => void} reach Moves everything up or down on a tall screen.
 */

const LAST_SECONDS = 10;

const paperlessChip = () =>
  html`<p class="chip chip-warn chip-large">
    ${icon("printer")} ${t("The ticket printer is unavailable. Your number will be on the screen.")}
  </p>`;

/** @param {string} place */
const logo = (place) =>
  boot.logo ? html`<img class="logo logo-${place}" src=${boot.logo} alt="" />` : nothing;

/** @param {KioskState} state @param {Actions} actions */
const attractView = (state, actions) => html`
  <main class="attract">
    <div class="attract-art" aria-hidden="true"><i></i><i></i><i></i></div>
    <div class="attract-words">
      ${logo("attract")}
      <p class="attract-hello">${t("Welcome to")}</p>
      <h1 class="display">${boot.shop_name}</h1>
      <p class="attract-how">${t("Choose your services here and take a number.")}</p>
    </div>
    <div class="attract-foot">
      <button class="button button-primary begin" data-focus @click=${actions.begin}>
        ${t("Touch to begin")}
      </button>
      <div class="attract-news">
        ${waitChips(state)} ${state.paperless ? paperlessChip() : nothing}
      </div>
      ${languageRow(state, actions)} ${looksView(state, actions, "words")}
    </div>
  </main>
`;

/** @param {KioskState} state @param {Actions} actions */
const chooseView = (state, actions) => html`
  <div class="choose ${state.low ? "choose-low" : ""}">
    <header class="topbar">
      ${logo("topbar")}
      <p class="topbar-name display">${boot.shop_name}</p>
      ${
        state.paperless
          ? html`<p class="topbar-note">
              ${icon("printer")}
              ${t("No paper tickets right now. Your number will be on the screen.")}
            </p>`
          : nothing
      }
      <button
        class="button topbar-reach"
        aria-pressed=${state.low ? "true" : "false"}
        @click=${actions.reach}
      >
        ${icon("reach")} <span class="visually-hidden">${t("Move everything within reach")}</span>
      </button>
      ${looksView(state, actions, "icons")} ${languageButton(actions)}
      <button class="button topbar-over" @click=${actions.askStartOver}>${t("Start over")}</button>
    </header>
    ${pageView(state, actions)} ${noticeView(state, actions)} ${undoView(state, actions)}
    ${basketView(state, actions)}
  </div>
`;

/** @param {KioskState} state @param {Actions} actions */
function mainView(state, actions) {
  switch (state.view) {
    case "unenrolled":
      return notEnrolledView("kiosk");
    case "attract":
      return state.resting === null
        ? attractView(state, actions)
        : restView(state.resting, actions);
    case "choose":
      return chooseView(state, actions);
    case "done":
      return ticketView(state, actions);
  }
}

/** @param {KioskState} state @param {Actions} actions */
function overlayView(state, actions) {
  if (state.view === "unenrolled") return nothing;
  // The code on the screen stays readable whatever the line does.
  if (state.view === "done")
    return state.choosingLanguage ? languagesView(state, actions) : nothing;
  if (state.line === "offline" || state.line === "refused") return offlineView(state);
  if (state.view !== "choose") return nothing;
  if (state.idleLeft !== null) return idleView(state, actions);
  if (state.choosingLanguage) return languagesView(state, actions);
  if (state.askingStartOver) return startOverView(actions);
  if (state.second) return secondView(state, actions);
  if (state.choosingWanted) return wantedView(state, actions);
  if (state.wantedGone) return wantedGoneView(state, actions);
  return state.priceChanged ? priceChangedView(state, actions) : nothing;
}

/**
 * What is told to who does not see it: what has just happened, and how time runs out.
 * @param {KioskState} state
 */
function announced({ view, idleLeft, doneLeft, announcement }) {
  if (view === "done") return doneLeft <= LAST_SECONDS ? t("This screen will reset soon.") : "";
  if (idleLeft === null || idleLeft > LAST_SECONDS) return announcement;
  const left = idleLeft > LAST_SECONDS / 2 ? LAST_SECONDS : LAST_SECONDS / 2;
  return t("{count} seconds left", { count: left });
}

/** @param {KioskState} state @param {Actions} actions */
export function kioskView(state, actions) {
  const overlay = overlayView(state, actions);
  return html`
    <div class="layer" ?inert=${overlay !== nothing}>${mainView(state, actions)}</div>
    ${overlay}
    <p class="visually-hidden" role="status">${announced(state)}</p>
  `;
}
