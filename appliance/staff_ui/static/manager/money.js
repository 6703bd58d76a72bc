/** The shop's money: today, reports, the days that are closed, past receipts. */

import { postJson } from "/static/common/http.js";
import { t, tError } from "/static/common/i18n.js";
import { newRequestId } from "/static/common/session.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { correctMethod } from "../cashier/correction.js";
import { giveBack } from "../cashier/refund.js";
import { closeShift, countDrawer } from "../cashier/shift.js";
import { icon } from "../shared/icons.js";
import { receiptFinder } from "../shared/receipts.js";
import { listenForScanner } from "../shared/scanner.js";
import { closedDays } from "./money/closed_days.js";
import { askToClose, showZ } from "./money/closing.js";
import { showReceipt } from "./money/receipts.js";
import { firstAsked, query, reports } from "./money/reports.js";
import { today } from "./money/today.js";
import { change, read } from "./records.js";
import { startSection } from "./section.js";

/** @typedef {import("/static/common/types.js").OnX} Reading */
/** @typedef {import("/static/common/types.js").Report} Report */
/** @typedef {import("/static/common/types.js").SealedZ} SealedZ */
/** @typedef {import("./money/closing.js").Wish} Wish */
/** @typedef {import("./money/reports.js").Asked} Asked */
/** @typedef {"today" | "reports" | "closed" | "receipts"} View */

/** How soon the figures follow a push, and how often at most: they are added up each time. */
const FOLLOW_MS = 2_000;

/** @type {Record<View, () => string>} */
const VIEWS = {
  today: () => t("Today"),
  reports: () => t("Reports"),
  closed: () => t("Closed days"),
  receipts: () => t("Receipts"),
};

/**
 * @typedef {object} Own
 * @property {View} view
 * @property {Reading | null} reading Of the day that is shown.
 * @property {string | null} late An earlier day that nobody has closed.
 * @property {string} failed Why the view that is shown could not be loaded.
 * @property {boolean} printing
 * @property {Asked | null} asked
 * @property {Report | null} report
 * @property {SealedZ[] | null} closed
 * @property {number | null} before Where older closed days begin.
 */

/** @returns {View} */
function viewOfAddress() {
  const name = location.hash.slice(1);
  return name in VIEWS ? /** @type {View} */ (name) : "today";
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let following;

/** @type {Own} */
const START = {
  view: viewOfAddress(),
  reading: null,
  late: null,
  failed: "",
  printing: false,
  asked: null,
  report: null,
  closed: null,
  before: null,
};
const { app, server } = startSection({ start: START, view });
const finder = receiptFinder({
  redraw: () => app.redraw(),
  onChoose: (visit) => void lookAt(visit),
  today: () => app.state.reading?.today ?? "",
});

addEventListener("hashchange", () => {
  app.set({ view: viewOfAddress(), failed: "" });
  void load();
});
listenForScanner(
  (token) => {
    location.hash = "receipts";
    void finder.scanned(token);
  },
  () => {
    location.hash = "receipts";
    finder.unreadable();
  },
);
server.session.onSnapshot("queue_updated", follow);
document.addEventListener("visibilitychange", follow);
void load();

/** Something has happened: the figures may be others. */
function follow() {
  if (following || document.hidden || app.state.view !== "today" || !app.state.reading) return;
  following = setTimeout(async () => {
    await loadDay(app.state.reading?.x.business_date);
    following = undefined;
  }, FOLLOW_MS);
}

/** Reads what the view shows. */
async function load() {
  if (!app.state.reading) await loadDay();
  const { view, closed, asked, reading } = app.state;
  if (view === "closed" && !closed) await loadClosed(null);
  if (view === "reports" && !asked && reading) await ask(firstAsked(reading.today));
}

/** @param {string} [date] The day that is closed next where it is not said. */
async function loadDay(date) {
  const answer = await read(date ? `x?date=${date}` : "x");
  if (!answer.ok) {
    app.set({ failed: tError(answer) });
    return;
  }
  const { business_date } = answer.x;
  const late = date ? app.state.late : business_date < answer.today ? business_date : null;
  app.set({ reading: /** @type {Reading} */ (answer), late, failed: "" });
}

/** @param {number | null} before */
async function loadClosed(before) {
  const answer = await read(before ? `z?before=${before}` : "z");
  if (!answer.ok) {
    app.set({ failed: tError(answer) });
    return;
  }
  const known = before ? (app.state.closed ?? []) : [];
  app.set({ closed: [...known, ...answer.reports], before: answer.before, failed: "" });
}

/** @param {Asked} asked */
async function ask(asked) {
  const same = app.state.asked && query(app.state.asked) === query(asked) && app.state.report;
  app.set({ asked, failed: "" });
  if (same) return;
  const answer = await read(`reports?${query(asked)}`);
  // A manager who goes on quickly has asked for something else by now.
  if (!app.state.asked || query(app.state.asked) !== query(asked)) return;
  if (answer.ok) app.set({ report: /** @type {Report} */ (answer) });
  else app.set({ failed: tError(answer) });
}

async function printX() {
  if (app.state.printing) return;
  app.set({ printing: true, problem: "" });
  const answer = await change("POST", "x/print");
  app.set({
    printing: false,
    problem: answer.ok ? "" : tError(answer),
    said: answer.ok ? t("The X report was sent to the printer.") : "",
  });
}

/** @param {number} number */
async function printZ(number) {
  const answer = await change("POST", `z/${number}/print`);
  return answer.ok ? t("The Z report was sent to the printer again.") : tError(answer);
}

/** @param {import("/static/common/types.js").Transaction} visit */
async function printCopy({ id }) {
  const answer = await postJson(`/api/receipts/${id}/print`, { request_id: newRequestId() });
  if (!answer.ok) return tError(answer);
  return answer.job.copy
    ? t("The receipt was sent again, marked COPY.")
    : t("Not printed yet. It will print automatically.");
}

/**
 * Shows a receipt, and gives money back or puts its method right for as long as that is wished.
 * @param {import("/static/common/types.js").Transaction} visit Paid.
 */
async function lookAt(visit) {
  let shown = visit;
  for (;;) {
    const wish = await showReceipt(shown, printCopy);
    if (!wish) return;
    const answer = await (wish === "refund"
      ? refund(shown)
      : correctMethod(server.act, shown, { approval: false }));
    if (answer && "transaction" in answer) {
      shown = /** @type {import("/static/common/types.js").Transaction} */ (answer.transaction);
    }
  }
}

/** @param {import("/static/common/types.js").Transaction} visit Paid. */
async function refund(visit) {
  const open = await read("shifts/open");
  if (open.ok) return giveBack(server.act, visit, open.shifts);
  app.set({ problem: tError(open) });
  return null;
}

/** Closes the day that is shown, or first what is in its way. */
async function closeDay() {
  for (;;) {
    await loadDay();
    const { reading, failed } = app.state;
    if (!reading || failed) return;
    const wish = await askToClose(reading);
    if (!wish) return;
    if ("close" in wish) {
      const answer = await change("POST", "days/close");
      if (!answer.ok) {
        app.set({ problem: tError(answer) });
        return;
      }
      await Promise.all([loadDay(), loadClosed(null)]);
      const z = app.state.closed?.find(({ number }) => number === answer.z.number);
      if (z) await showZ(z, { fresh: true, onPrint: printZ });
      return;
    }
    await closeFor(wish.shift);
  }
}

/**
 * Counts the drawer of somebody who has gone home, and closes their shift.
 * @param {import("/static/common/types.js").ClosedShift} shift
 */
async function closeFor(shift) {
  const of = { shift_id: shift.id };
  if (shift.state === "counted") {
    const { counted, expected, difference } = shift;
    const seen = { counted_amount: counted, expected_amount: expected, difference };
    await closeShift(server.act, seen, of);
    return;
  }
  const answer = await countDrawer(server.act, of);
  if (answer) await closeShift(server.act, answer.shift, of);
}

/** @param {Readonly<import("../shared/live.js").LiveState & Own>} state */
function view(state) {
  const shown = inside(state);
  return html`
    <nav class="money-views" aria-label=${t("Views")}>
      ${Object.entries(VIEWS).map(
        ([name, words]) => html`
          <a
            class="money-view"
            href="#${name}"
            aria-current=${name === state.view ? "page" : nothing}
            >${words()}</a
          >
        `,
      )}
    </nav>
    ${
      state.failed && state.view !== "reports"
        ? html`<div class="banner banner-danger" role="alert">
            ${icon("alert")}
            <p class="banner-text">${state.failed}</p>
            <button type="button" class="button" @click=${() => void again()}>
              ${t("Try again")}
            </button>
          </div>`
        : nothing
    }
    ${shown ?? (state.failed ? nothing : html`<div class="skeleton skeleton-stage"></div>`)}
  `;
}

async function again() {
  if (app.state.view === "today") await loadDay(app.state.reading?.x.business_date);
  await load();
}

/** @param {Readonly<import("../shared/live.js").LiveState & Own>} state */
function inside(state) {
  const { reading, queue, late, printing, asked, report, closed, before, failed } = state;
  if (state.view === "receipts") return html`<section class="card">${finder.view()}</section>`;
  if (state.view === "closed") {
    return (
      closed &&
      closedDays(
        { reports: closed, before, busy: false },
        {
          onShow: (z) => void showZ(z, { onPrint: printZ }),
          onOlder: () => void loadClosed(before),
        },
      )
    );
  }
  if (state.view === "reports") {
    return (
      asked &&
      reports(
        asked,
        { report, problem: failed, today: reading?.today ?? "" },
        { onAsk: (next) => void ask(next), onAgain: () => void ask({ ...asked }) },
      )
    );
  }
  return (
    reading &&
    today(
      reading,
      { queue, late, busy: printing },
      {
        onPrint: () => void printX(),
        onClose: () => void closeDay(),
        onDay: (date) => void loadDay(date),
      },
    )
  );
}
