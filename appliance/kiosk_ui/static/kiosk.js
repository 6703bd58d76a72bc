/** The kiosk: where the parts are put together. */

import { getJson } from "/static/common/http.js";
import { language, onLanguage, setLanguage, tError, tName } from "/static/common/i18n.js";
import { createApp } from "/static/common/render.js";
import { boot, connect } from "/static/common/session.js";
import { watchEnrolment } from "./enrolment.js";
import { createIdleWatch } from "./kiosk/idle.js";
import { lockDown } from "./kiosk/lockdown.js";
import { USUAL_LOOKS, wear } from "./kiosk/looks.js";
import { asksToHear, canRead, createReader } from "./kiosk/read_aloud.js";
import { watchRest } from "./kiosk/rest.js";
import { createSelection, ONE_TAP_MS } from "./kiosk/selection.js";
import { FRESH_VISIT, INITIAL_STATE, itemNames } from "./kiosk/state.js";
import { leftWords } from "./kiosk/time_filter.js";
import { kioskView } from "./kiosk/views.js";
import { watchWait } from "./kiosk/wait.js";
import { warmUp } from "./kiosk/warm_up.js";
import { watchVoices } from "./voices.js";

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
/** Longer when the screen is the only place where the code stands, and for ears. */
const PAPERLESS_SECONDS = 45;

const element = /** @type {HTMLElement} */ (document.getElementById("app"));
const session = connect({ as: "kiosk" });
const app = createApp(element, INITIAL_STATE, (/** @type {KioskState} */ state) =>
  kioskView(state, actions),
);

const waitChanged = watchWait(app);
const reader = createReader(element);

/** Moves a keyboard and a screen reader to where the new page begins. */
function focusPage() {
  app.drawn(() => {
    const target = element.querySelector("[data-focus]:not([inert] *)");
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
  // A customer who has begun already stood at the title of an empty page, which is gone.
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

/** The page as this customer wants it. */
function dress() {
  wear(app.state);
  if (!app.state.aloud) reader.off();
  else app.drawn(() => reader.on(usesKeys));
}

/** Back to the first page, in the shop's own language and looks. */
function goHome() {
  if (language() !== boot.locale) void setLanguage(boot.locale);
  selection.leave();
  idle.stop();
  clearInterval(ticketTimer);
  turnTo({ ...FRESH_VISIT, ...USUAL_LOOKS, ticket: null, view: "attract" });
  dress();
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
    const seconds = app.state.paperless || app.state.aloud ? PAPERLESS_SECONDS : TICKET_SECONDS;
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

/** A keyboard whose button has gone goes on at the one that brings it back, or at the page. */
function followFocus() {
  app.drawn(() => {
    if (document.activeElement !== document.body) return;
    const undo = element.querySelector(".undo-button");
    if (undo instanceof HTMLElement) undo.focus({ preventScroll: true });
    else focusPage();
  });
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
  takenOff: followFocus,
  reloadCatalog: loadCatalog,
  notEnrolled: () => void look(),
  startAgain(notice) {
    selection.leave();
    turnTo({ ...FRESH_VISIT, notice });
  },
  another(choice, item) {
    const second = { choice, item, isArmed: false };
    turnTo({ second });
    setTimeout(() => {
      if (app.state.second === second) app.set({ second: { ...second, isArmed: true } });
    }, ONE_TAP_MS);
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

/**
 * The customer answers the question about a second variant. No answer is the second of two quick
 * taps, which was meant for the button that lay there before the question.
 * @param {(second: import("./kiosk/state.js").Second) => void} [act]
 */
function answerSecond(act) {
  const { second } = app.state;
  if (!second?.isArmed) return;
  turnTo({ second: null });
  act?.(second);
}

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
  wake: () => turnTo({ resting: null }),
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
  limitTime(timeLimit) {
    app.set({ timeLimit, notice: null });
    app.set({ announcement: leftWords(app.state) });
    // On a service's page the row goes with the last tap on it.
    app.drawn(() => document.activeElement === document.body && focusPage());
  },
  add: (service, variant) =>
    selection.choose({ id: variant.id, service: tName(service), variant: tName(variant) }),
  replace: () => answerSecond(({ choice, item }) => selection.add(choice, item)),
  addAsWell: () => answerSecond(({ choice }) => selection.add(choice, null)),
  neither: () => answerSecond(),
  more(item) {
    const id = item.service_classification_id;
    selection.more({ id, ...itemNames(app.state, item) });
  },
  less: selection.less,
  remove: selection.remove,
  undo: selection.undo,
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
      second: null,
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
  look(change) {
    awaitPasserBy();
    app.set(change);
    dress();
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
  if (back && app.state.aloud) followFocus();
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

/** Whether the customer's last word came by a key, not by a finger. */
let usesKeys = false;
for (const event of ["pointerdown", "keydown"]) {
  addEventListener(
    event,
    () => {
      usesKeys = event === "keydown";
      if (app.state.aloud) awaitPasserBy();
    },
    true,
  );
}

document.addEventListener("keydown", (event) => {
  if (!asksToHear(event) || event.repeat || app.state.view === "unenrolled") return;
  if (app.state.aloud) reader.again();
  else if (canRead()) {
    if (app.state.resting !== null) actions.wake();
    actions.look({ aloud: true });
  }
});

// A keyboard begins from anywhere, as a finger does.
document.addEventListener("keydown", (event) => {
  const begins = event.key === "Enter" || event.key === " ";
  if (begins && app.state.view === "attract" && document.activeElement === document.body) {
    event.preventDefault();
    if (app.state.resting === null) actions.begin();
    else actions.wake();
  }
});

onLanguage(({ code }) => {
  app.set({ language: code });
  app.drawn(reader.again);
});
watchVoices(app.redraw);
lockDown();
watchRest(app, (resting) => {
  const first = app.state.resting === null;
  app.set({ resting });
  if (first) focusPage();
});
void loadCatalog();
setInterval(() => {
  if (app.state.view === "attract") void loadCatalog();
}, CATALOG_REFRESH_MS);
setInterval(() => {
  if (app.state.catalogFailed) void loadCatalog();
}, CATALOG_RETRY_MS);
