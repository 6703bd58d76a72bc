/**
 * The kiosk's menu in a frame of the manager's page: the kiosk's own pages and styles, drawn from what
 * is offered now. Nothing here starts a visit: what a customer would choose or confirm does nothing.
 */

import { getJson } from "/static/common/http.js";
import { onLanguage, setLanguage } from "/static/common/i18n.js";
import { createApp } from "/static/common/render.js";
import { FRESH_VISIT, INITIAL_STATE } from "./kiosk/state.js";
import { kioskView } from "./kiosk/views.js";

/** @typedef {import("/static/common/types.js").Catalog} Catalog */
/** @typedef {import("./kiosk/state.js").KioskState} KioskState */
/** @typedef {import("./kiosk/views.js").Actions} Actions */

const app = createApp(
  /** @type {HTMLElement} */ (document.getElementById("app")),
  /** @type {KioskState} */ ({ ...INITIAL_STATE, view: "choose", line: "online" }),
  (state) => kioskView(state, actions),
);

async function load() {
  const answer = await getJson("/api/catalog");
  if (answer.ok) app.set({ catalog: /** @type {Catalog} */ (answer), catalogFailed: false });
  else app.set({ catalogFailed: true });
}

const home = () => app.set({ ...FRESH_VISIT });
const nothing = () => undefined;

/** @type {Actions} */
const actions = {
  wake: nothing,
  begin: home,
  openCategory: ({ id }) => app.set({ categoryId: id, serviceId: null }),
  openService: ({ id }) => app.set({ serviceId: id }),
  back: () => app.set(app.state.serviceId === null ? { categoryId: null } : { serviceId: null }),
  limitTime: (timeLimit) => app.set({ timeLimit }),
  add: nothing,
  more: nothing,
  less: nothing,
  remove: nothing,
  undo: nothing,
  replace: nothing,
  addAsWell: nothing,
  neither: nothing,
  confirm: nothing,
  openWanted: nothing,
  want: nothing,
  askStartOver: home,
  keep: () => app.set({ choosingLanguage: false }),
  startOver: home,
  dismissNotice: nothing,
  reloadCatalog: () => void load(),
  openLanguages: () => app.set({ choosingLanguage: true }),
  async speak(code) {
    await setLanguage(code);
    app.set({ choosingLanguage: false });
  },
  look: nothing,
  reach: () => app.set({ low: !app.state.low }),
};

onLanguage(({ code }) => app.set({ language: code }));
void load();
