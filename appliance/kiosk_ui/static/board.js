/** The lobby board: who is called to which room, and who waits. */

import { createApp } from "/static/common/render.js";
import { connect } from "/static/common/session.js";
import { createAnnouncer } from "./board/announcer.js";
import { createChime } from "./board/chime.js";
import { UNMEASURED, watchFit } from "./board/fit.js";
import { keepShifting } from "./board/shift.js";
import { createSpeaker } from "./board/speech.js";
import { boardView } from "./board/views.js";
import { watchEnrolment } from "./enrolment.js";

/** @typedef {import("/static/common/types.js").Board} Board */
/** @typedef {import("./board/views.js").BoardState} BoardState */

const CLOCK_MS = 1_000;

const host = /** @type {HTMLElement} */ (document.getElementById("app"));
const session = connect({ as: "display" });
const app = createApp(
  host,
  /** @type {BoardState} */ ({
    board: null,
    line: "connecting",
    enrolled: true,
    silent: false,
    fresh: null,
    fit: UNMEASURED,
  }),
  boardView,
);
const chime = createChime((silent) => app.set({ silent }));
const announce = createAnnouncer(chime, createSpeaker(), (fresh) => app.set({ fresh }));
const lookForLists = watchFit(host, (fit) => app.set({ fit }));

watchEnrolment(session, (enrolled) => app.set({ enrolled }));
session.onStatus((line) => app.set({ line }));
session.onSnapshot("board_updated", (/** @type {Board} */ board) => {
  announce(board.calls);
  app.set({ board });
});

app.drawn(lookForLists);
setInterval(() => {
  lookForLists();
  keepShifting(host);
  app.redraw();
}, CLOCK_MS);
