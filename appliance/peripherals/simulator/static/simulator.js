// The simulator's page: shows what the devices' daemon sends, and sends what somebody does.
import { N_, ready, t } from "/static/common/i18n.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { html, nothing, render } from "/static/common/vendor/lit-html/lit-html.js";
import { io } from "/static/common/vendor/socket.io.js";
import { CallButtons } from "./call_button.js";
import { drawPrinter } from "./printer_view.js";
import { drawRoom, legend } from "./room_view.js";

/** @import { Act, Link, Paper, Printer, State } from "./types.js" */

/** @type {Record<Link, {pill: string, banner?: string}>} */
const LINKS = {
  connecting: { pill: N_("Connecting…") },
  online: { pill: N_("Connected") },
  away: {
    pill: N_("Devices offline"),
    banner: N_("The device service is offline. Reconnecting automatically."),
  },
  offline: {
    pill: N_("Server offline"),
    banner: N_("The server is offline. Reconnecting automatically."),
  },
};

const app = /** @type {HTMLElement} */ (document.getElementById("app"));
const socket = io("/simulator", { autoConnect: false });

/** @type {Link} */
let link = "connecting";
/** @type {State | null} */
let state = null;
/** The newest paper that was there when the connection began: older ones do not come out again. */
const oldPapers = /** @type {Map<string, number>} */ (new Map());

/** @type {Act} */
const act = (action) => {
  socket.emit("simulator_action", action);
};

const buttons = new CallButtons({
  down: (room) => {
    act({ action: "button_down", room_number: room });
    draw();
  },
  up: (room) => {
    act({ action: "button_up", room_number: room });
    draw();
  },
});

/** @param {Printer | undefined} printer */
const newestPaper = (printer) => Math.max(0, ...(printer?.papers.map((paper) => paper.id) ?? []));

/** @param {State} next */
function learn(next) {
  for (const printer of next.printers) {
    const newest = newestPaper(printer);
    const before = newestPaper(state?.printers.find(({ name }) => name === printer.name));
    // After a pause the daemon may be a new one, which counts its papers from 1.
    if (link !== "online") oldPapers.set(printer.name, newest);
    else if (newest > before) showTop(printer.name);
  }
  state = next;
}

/** @param {string} printer whose newest paper is to be seen */
function showTop(printer) {
  for (const tray of app.querySelectorAll(".tray")) {
    if (tray.closest(".printer")?.getAttribute("data-printer") === printer) tray.scrollTop = 0;
  }
}

/** @param {string} printer */
function freshness(printer) {
  const newestOld = oldPapers.get(printer) ?? 0;
  return (/** @type {Paper} */ paper) => paper.id > newestOld;
}

/**
 * @param {State} shown
 * @param {boolean} live
 */
function content(shown, live) {
  return html`<section class="rooms" aria-labelledby="rooms-title">
      <h2 id="rooms-title">${t("Treatment rooms")}</h2>
      <ul class="walls">
        ${repeat(
          shown.rooms,
          (room) => room.number,
          (room) => drawRoom(room, live, buttons),
        )}
      </ul>
      ${legend()}
    </section>
    <section class="printers" aria-labelledby="printers-title">
      <h2 id="printers-title">${t("Printers")}</h2>
      <div class="desks">
        ${repeat(
          shown.printers,
          (printer) => printer.name,
          (printer) => drawPrinter(printer, live, freshness(printer.name), act),
        )}
      </div>
    </section>`;
}

function draw() {
  const live = link === "online";
  const { pill, banner } = LINKS[link];
  render(
    html`<header class="top">
        <h1>${t("Simulator")}</h1>
        <p class="about">
          ${t("The printers, lamps and call buttons of the shop, without the hardware.")}
        </p>
        <p class="pill ${link}" role="status">${t(pill)}</p>
      </header>
      ${banner ? html`<p class="banner" role="alert">${t(banner)}</p>` : nothing}
      <main class=${live ? "live" : "asleep"}>
        ${state ? content(state, live) : html`<p class="nothing">${t("Waiting for the devices…")}</p>`}
      </main>`,
    app,
  );
}

/** @param {Link} next */
function connectionIs(next) {
  link = next;
  if (next !== "online") buttons.forget();
  draw();
}

socket.on("connect", () => act({ action: "refresh" }));
socket.on("disconnect", () => connectionIs("offline"));
socket.on("connect_error", () => connectionIs("offline"));
socket.on("simulator_away", () => connectionIs("away"));
socket.on("simulator_state", (/** @type {State} */ next) => {
  learn(next);
  connectionIs("online");
});
socket.on("simulator_lamps", (/** @type {{lamps: Record<string, boolean>}} */ { lamps }) => {
  if (!state) return;
  for (const room of state.rooms) room.lamp = lamps[room.number] ?? room.lamp;
  draw();
});

// Not before the words are there: what comes first would be drawn in English.
void ready.then(() => {
  draw();
  socket.connect();
});
