/** The kiosk: where the parts are put together. */

import { getJson } from "/static/common/http.js";
import { language, onLanguage, setLanguage, tError } from "/static/common/i18n.js";
import { createApp } from "/static/common/render.js";
import { boot, connect } from "/static/common/session.js";
import { watchEnrolment } from "./enrolment.js";
import { createIdleWatch } from "./kiosk/idle.js";
import { lockDown } from "./kiosk/lockdown.js";
import { createSelection } from "./kiosk/selection.js";
import { FRESH_VISIT, INITIAL_STATE } from "./kiosk/state.js";
import { kioskView } from "./kiosk/views.js";
import { watchWait } from "./kiosk/wait.js";
import { warmUp } from "./kiosk/warm_up.js";

/** @typedef {import("/static/common/types.js").Catalog} Catalog */
/** @typedef {import("./kiosk/state.js").KioskState} KioskState */
/** @typedef {import("./kiosk/views.js").Actions} Actions */

const CATALOG_REFRESH_MS = 60_000;
const CATALOG_RETRY_MS = 5_000;
/** A changed menu waits until no finger is about to touch what it moves. */
const CATALOG_CALM_MS = 3_000;
const TICKET_SECONDS = 20;
/** As long as somebody looks at the first page in their language and does not begin. */
const PASSER_BY_MS = 30_000;
/** Longer when the screen is the only place where the code stands. */
const PAPERLESS_SECONDS = 45;

const element = /** @type {HTMLElement} */ (document.getElementById("app"));
const session = connect({ as: "kiosk" });
const app = createApp(element, INITIAL_STATE, (/** @type {KioskState} */ state) =>
  kioskView(state, actions),
);

const waitChanged = watchWait(app);

/** Moves a keyboard and a screen reader to where the new page begins. */
function focusPage() {
  app.drawn(() => {
    const target = element.querySelector("[data-focus]");
    if (target instanceof HTMLElement) target.focus({ preventScroll: true });
    element.querySelector(".page")?.scrollTo({ top: 0 });
  });
}

/** @param {Partial<KioskState>} patch */
function turnTo(patch) {
  app.set(patch);
  focusPage();
}

async function loadCatalog() {
  const answer = await getJson("/api/catalog");
  if (!answer.ok) {
    if (!app.state.catalog) app.set({ catalogFailed: true });
    return;
  }
  const catalog = /** @type {Catalog} */ (answer);
  if (!app.state.catalog) warmUp({ ...app.state, catalog }, (state) => kioskView(state, actions));
  app.set({ catalogFailed: false });
  // The same menu again must not move a button from under a finger.
  if (JSON.stringify(catalog) === JSON.stringify(app.state.catalog)) return;
  const first = !app.state.catalog;
  app.set({ catalog });
  // Whoever has begun already stood at the title of an empty page, which is gone.
  if (first && app.state.view === "choose") focusPage();
}

let touchedAt = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let calm;

/** The menu has changed at the manager's: it is shown once nobody is just about to choose. */
function catalogChanged() {
  clearTimeout(calm);
  const left = touchedAt + CATALOG_CALM_MS - performance.now();
  if (app.state.view === "choose" && left > 0) calm = setTimeout(catalogChanged, left);
  else void loadCatalog();
}

/** Whom a customer may ask for; without an answer the choice is not offered. */
async function loadTherapists() {
  const answer = await getJson("/api/therapists");
  app.set({
    therapists: answer.ok
      ? /** @type {import("/static/common/types.js").Therapists} */ (answer)
      : null,
  });
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let passerBy;

/** On the first page nobody's visit runs: what a passer-by has chosen there ends by itself. */
function awaitPasserBy() {
  clearTimeout(passerBy);
  passerBy = setTimeout(() => {
    if (app.state.view === "attract") goHome();
  }, PASSER_BY_MS);
}

/** Back to the first page, in the shop's own language. */
function goHome() {
  if (language() !== boot.locale) void setLanguage(boot.locale);
  selection.leave();
  idle.stop();
  clearInterval(ticketTimer);
  turnTo({ ...FRESH_VISIT, ticket: null, view: "attract" });
  waitChanged();
  void loadCatalog();
}

/** @type {ReturnType<typeof setInterval> | undefined} */
let ticketTimer;

/** @param {Record<string, any>} answer */
function showTicket(answer) {
  idle.stop();
  const shownAt = performance.now();
  const left = () => {
    const seconds = app.state.paperless ? PAPERLESS_SECONDS : TICKET_SECONDS;
    return Math.ceil(seconds - (performance.now() - shownAt) / 1000);
  };
  turnTo({
    ...FRESH_VISIT,
    view: "done",
    doneLeft: left(),
    ticket: {
      code: answer.transaction.code,
      position: answer.queue_position,
      wait: answer.estimated_wait_minutes,
      visit: answer.transaction.id,
    },
  });
  selection.leave();
  ticketTimer = setInterval(() => {
    if (left() > 0) app.set({ doneLeft: left() });
    else goHome();
  }, 250);
}

function notEnrolled() {
  selection.leave();
  idle.stop();
  app.set({ ...FRESH_VISIT, view: "unenrolled" });
}

const selection = createSelection({
  session,
  app,
  chosen: waitChanged,
  reloadCatalog: loadCatalog,
  notEnrolled: () => void look(),
  startAgain(notice) {
    selection.leave();
    turnTo({ ...FRESH_VISIT, notice });
  },
  confirmed: showTicket,
  priceChanged(transaction) {
    idle.start();
    turnTo({ transaction, priceChanged: true, askingStartOver: false, idleLeft: null });
  },
  wantedGone(answer) {
    idle.start();
    turnTo({ wanted: null, wantedGone: () => tError(answer), askingStartOver: false });
    void loadTherapists();
  },
});

const idle = createIdleWatch({
  timeout: boot.selecting_timeout_seconds,
  warn: (idleLeft) => {
    const first = app.state.idleLeft === null;
    app.set({ idleLeft });
    if (first) focusPage();
  },
  expire: goHome,
});

/** @type {Actions} */
const actions = {
  begin() {
    idle.start();
    turnTo({ ...FRESH_VISIT, view: "choose" });
    void loadTherapists();
  },
  openCategory: (category) => turnTo({ categoryId: category.id, serviceId: null, notice: null }),
  openService: (service) => turnTo({ serviceId: service.id, notice: null }),
  back() {
    if (app.state.serviceId !== null) turnTo({ serviceId: null, notice: null });
    else if (app.state.categoryId !== null) turnTo({ categoryId: null, notice: null });
    else goHome();
  },
  add: selection.add,
  remove: selection.remove,
  confirm: selection.confirm,
  openWanted() {
    turnTo({ choosingWanted: true, wantedGone: null });
    void loadTherapists();
  },
  want(wanted) {
    turnTo({ wanted, choosingWanted: false });
    waitChanged();
  },
  askStartOver() {
    if (app.state.transaction?.items.length) turnTo({ askingStartOver: true });
    else goHome();
  },
  keep() {
    if (app.state.view === "choose") idle.start();
    turnTo({
      askingStartOver: false,
      choosingLanguage: false,
      priceChanged: false,
      choosingWanted: false,
      wantedGone: null,
      idleLeft: null,
    });
  },
  startOver: goHome,
  dismissNotice: () => app.set({ notice: null }),
  reloadCatalog: () => void loadCatalog(),
  openLanguages() {
    awaitPasserBy();
    turnTo({ choosingLanguage: true });
  },
  async speak(code) {
    awaitPasserBy();
    await setLanguage(code);
    if (app.state.choosingLanguage) actions.keep();
  },
  reach: () => app.set({ low: !app.state.low }),
};

const look = watchEnrolment(session, (enrolled) => {
  if (!enrolled) notEnrolled();
  else if (app.state.view === "unenrolled") goHome();
});

session.onStatus((line) => {
  const back = line === "online" && app.state.line === "offline";
  app.set({ line });
  if (back && app.state.view === "attract") void loadCatalog();
});

session.onSnapshot("board_updated", waitChanged);

session.onSnapshot(
  "devices_updated",
  (/** @type {import("/static/common/types.js").Devices} */ devices) =>
    app.set({
      paperless: !devices.printers.some(
        ({ roles, online, problem }) => roles.includes("ticket") && online && !problem,
      ),
    }),
);

session.on("catalog_updated", catalogChanged);
addEventListener("pointerdown", () => (touchedAt = performance.now()), true);

// A keyboard begins from anywhere, as a finger does.
document.addEventListener("keydown", (event) => {
  const begins = event.key === "Enter" || event.key === " ";
  if (begins && app.state.view === "attract" && document.activeElement === document.body) {
    event.preventDefault();
    actions.begin();
  }
});

onLanguage(({ code }) => app.set({ language: code }));
lockDown();
void loadCatalog();
setInterval(() => {
  if (app.state.view === "attract") void loadCatalog();
}, CATALOG_REFRESH_MS);
setInterval(() => {
  if (app.state.catalogFailed) void loadCatalog();
}, CATALOG_RETRY_MS);
