/** The cashier's page: open a customer, take the payment, give the change. */

import { boot } from "/static/common/boot.js";
import { getJson } from "/static/common/http.js";
import { t, tError } from "/static/common/i18n.js";
import { createApp } from "/static/common/render.js";
import { money, moneyDecimals } from "/static/common/format.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { toInput } from "./cashier/amounts.js";
import { correctMethod } from "./cashier/correction.js";
import { desk } from "./cashier/desk.js";
import { findReceipt, openFinder } from "./cashier/find_receipt.js";
import { giveDiscount } from "./cashier/discount.js";
import { myCustomers, readyToPay } from "./cashier/model.js";
import { isOdd } from "./cashier/notes.js";
import { customerNumber, readAmount } from "./cashier/numbers.js";
import { paid } from "./cashier/paid.js";
import { isReady, methodOf, payAtFoot, payment, toPay } from "./cashier/payment.js";
import { rail, recentPayments, waitingForTherapist } from "./cashier/rail.js";
import { giveBack } from "./cashier/refund.js";
import { listenForScanner } from "./shared/scanner.js";
import { openDrawer } from "./cashier/drawer.js";
import { closeShift, countDrawer, moveCash, shiftEntry, startShift } from "./cashier/shift.js";
import { listenForShortcuts } from "./cashier/shortcuts.js";
import { splitPayment } from "./cashier/split.js";
import { askForTip } from "./cashier/tip.js";
import { walkInButton } from "./cashier/walk_in.js";
import { bringOnWaiting } from "./shared/waiting.js";
import { confirmDialog } from "./shared/dialog.js";
import { banners, messages, topBar } from "./shared/frame.js";
import { goLive, LIVE_START } from "./shared/live.js";
import { showPapers } from "./shared/papers.js";

/** @typedef {import("/static/common/types.js").Answer} Answer */
/** @typedef {import("/static/common/types.js").Queue} Queue */
/** @typedef {import("/static/common/types.js").Transaction} Transaction */
/** @typedef {import("./cashier/payment.js").Draft} Draft */

/**
 * @typedef {object} Own What only this page knows.
 * @property {string} code The code that is being typed.
 * @property {string} codeProblem
 * @property {number | null} openId Which of several customers at this desk is in front.
 * @property {Draft | null} draft
 * @property {Transaction | null} paid Whose change is on the screen.
 * @property {boolean} past Whether that payment is an earlier one, looked up again.
 * @property {boolean} reprinted
 * @property {import("/static/common/types.js").Shift | null} shift Mine, while it is open.
 * @property {Transaction[]} recent Today's payments at this desk, newest first.
 */

/** @typedef {import("./shared/live.js").LiveState & Own} State */

const me = boot.me ?? { id: 0, name: "", username: "" };

/** How long a payment that has left the queue may wait for its own answer. */
const ANSWER_DUE_MS = 1_500;

/** A payment under way: should its answer be lost, its outcome is looked up. @type {number | null} */
let unclear = null;

/** @type {State} */
const START = {
  ...LIVE_START,
  code: "",
  codeProblem: "",
  openId: null,
  draft: null,
  paid: null,
  past: false,
  reprinted: false,
  shift: null,
  recent: [],
};
const app = createApp(/** @type {HTMLElement} */ (document.getElementById("app")), START, view);
const server = goLive("cashier", app, onQueue);
server.session.on("transaction_updated", ({ transaction }) => {
  if (transaction.id === unclear) showIfPaid(transaction);
});
listenForScanner(
  (token) => void claimTicket(token),
  () => {
    const finder = openFinder();
    if (finder) finder.unreadable();
    else codeRefused(t("The scan could not be read. Scan the ticket again, or type its number."));
  },
);
listenForShortcuts();
void loadRecent();
void loadShift();
setInterval(() => app.state.queue && app.redraw(), 15_000);

/** Today's payments at this desk: for the customer who comes back for a receipt. */
async function loadRecent() {
  const answer = await getJson("/api/payments/recent");
  if (answer.ok) app.set({ recent: answer.transactions });
}

/** A payment opens a shift by itself, and makes a count void. */
async function loadShift() {
  const answer = await getJson("/api/shift");
  if (answer.ok) app.set({ shift: answer.shift });
}

/**
 * Puts the keyboard where the next entry goes.
 * @param {{again?: boolean}} [options] `again`: what is there was refused, the next key replaces it.
 *   At once, since of what is typed before the next frame nothing may be replaced.
 */
function focusMain({ again = false } = {}) {
  const focus = () => {
    const main = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-main]")]).find(
      (it) => it.getClientRects().length > 0,
    );
    // What was typed for this bill a while ago is replaced by the next key, too, and never added to.
    const comes = main !== document.activeElement;
    main?.focus({ preventScroll: true });
    scrollTo(0, 0);
    if ((again || comes) && main instanceof HTMLInputElement) main.select();
  };
  if (again) focus();
  else app.drawn(focus);
}

/**
 * After a dialog: what was done leads to the next entry; where nothing was done the focus is back
 * where it was, unless that has gone.
 * @param {unknown} done
 */
function focusAfter(done) {
  if (done) focusMain();
  else app.drawn(() => document.activeElement === document.body && focusMain());
}

/** Which customer the page showed last; 0 for none. */
let shown = 0;

/** A customer who came or went with a late snapshot took the focus along: the keyboard goes on. */
function keepFocus() {
  app.drawn(() => {
    const now = inFront(app.state)?.id ?? 0;
    if (now !== shown && document.activeElement === document.body) focusMain();
    shown = now;
  });
}

/** @param {Queue} queue */
function onQueue(queue) {
  setTimeout(app.state.queue ? keepFocus : focusMain);
  const id = unclear;
  if (id === null || myCustomers(queue, me).some((transaction) => transaction.id === id)) return;
  setTimeout(async () => {
    if (unclear !== id) return;
    const answer = await getJson(`/api/transactions/${id}`);
    if (answer.ok) showIfPaid(answer.transaction);
  }, ANSWER_DUE_MS);
}

/** @param {Transaction} transaction */
function showIfPaid(transaction) {
  if (transaction.status !== "paid" || transaction.id !== unclear) return;
  unclear = null;
  app.set({ paid: transaction, past: false, reprinted: false, draft: null, problem: "" });
  focusMain();
  void loadRecent();
  void loadShift();
}

/**
 * The customer in front, unless a change is on the screen.
 * @param {Readonly<State>} state
 * @returns {Transaction | undefined}
 */
function inFront(state) {
  if (!state.queue || state.paid) return undefined;
  const mine = myCustomers(state.queue, me);
  return mine.find(({ id }) => id === state.openId) ?? mine[0];
}

/**
 * @param {Readonly<State>} state
 * @param {Transaction} transaction
 * @returns {Draft}
 */
function draftFor({ draft }, transaction) {
  if (draft?.id === transaction.id) return draft;
  const method = boot.payment_methods[0]?.name ?? "";
  return {
    id: transaction.id,
    method,
    amount: "",
    tip: "",
    agreed: "",
    reference: "",
    refusal: "",
  };
}

/** @param {Answer | null} answer */
function opened(answer) {
  if (!answer?.ok) return;
  const { id, code } = answer.transaction;
  app.set({
    openId: id,
    paid: null,
    code: "",
    codeProblem: "",
    said: t("{code} is open.", { code }),
  });
  focusMain();
}

async function claimNext() {
  if (!app.state.queue || readyToPay(app.state.queue).length === 0) return;
  opened(await server.act("cashier_claim_next"));
}

/** @param {string} typed As it was typed: the server reads it. */
async function claimCode(typed) {
  if (!typed.trim()) return;
  app.set({ codeProblem: "" });
  const code = customerNumber(typed);
  const here =
    code && app.state.queue && myCustomers(app.state.queue, me).find((it) => it.code === code);
  if (here) {
    opened({ ok: true, transaction: here });
    return;
  }
  const answer = await server.act("cashier_claim_code", { code: typed }, { quiet: true });
  if (answer && !answer.ok) codeRefused(tError(answer));
  opened(answer);
}

/** @param {string} token */
async function claimTicket(token) {
  const finder = openFinder();
  if (finder) return finder.scanned(token);
  const answer = await getJson(`/api/t/${encodeURIComponent(token)}`);
  if (answer.ok && answer.status !== "paid") return claimCode(answer.code);
  // A customer who comes back with a ticket that is paid wants something about that payment.
  const past = await getJson(`/api/receipts?ticket=${encodeURIComponent(token)}`);
  if (past.ok && past.transactions.length > 0) showAgain(past.transactions[0]);
  else codeRefused(answer.ok ? t("No receipt found") : tError(answer));
}

/** Lets the cashier find a payment of any day. */
async function lookUp() {
  const found = await findReceipt();
  if (found) showAgain(found);
  else focusAfter(false);
}

/** @param {string} error */
function codeRefused(error) {
  if (app.state.paid || inFront(app.state)) app.set({ problem: error });
  else {
    app.set({ codeProblem: error });
    focusMain({ again: true });
  }
}

/**
 * Whether a cashier means so much cash: asked once for an amount.
 * @param {Draft} draft
 * @param {number} due
 */
async function isMeant({ amount, agreed }, due) {
  const given = readAmount(amount);
  if (given === null || amount === agreed || !isOdd(given, due, moneyDecimals())) return true;
  return confirmDialog({
    title: t("Was it really {amount}?", { amount: money(given) }),
    text: t("That gives {change} change for {due}.", {
      change: money(given - due),
      due: money(due),
    }),
    yes: t("Yes, {amount}", { amount: money(given) }),
    no: t("Change the amount"),
  });
}

/** @param {Transaction} transaction */
async function pay(transaction) {
  const draft = draftFor(app.state, transaction);
  const method = methodOf(draft);
  const due = toPay(transaction, draft, method);
  if (!isReady(draft, method, due)) return;
  if (method.gives_change && !(await isMeant(draft, due))) {
    focusMain({ again: true });
    return;
  }
  draft.agreed = draft.amount;
  unclear = transaction.id;
  const answer = await server.act(
    "cashier_pay",
    {
      transaction_id: transaction.id,
      amount_paid: method.gives_change ? draft.amount || "0" : toInput(due),
      method: method.name,
      ...(draft.tip ? { tip: draft.tip } : {}),
      ...(method.asks_reference ? { reference: draft.reference.trim() } : {}),
    },
    { quiet: true },
  );
  if (answer?.ok) showIfPaid(answer.transaction);
  else if (answer && app.state.paid?.id !== transaction.id) {
    if (answer.code !== "unavailable") unclear = null;
    app.set({ draft: { ...draft, refusal: tError(answer) } });
    focusMain({ again: true });
  }
}

/** @param {Transaction} transaction */
async function tip(transaction) {
  const typed = await askForTip(draftFor(app.state, transaction).tip);
  if (typed !== null) {
    app.set({ draft: { ...draftFor(app.state, transaction), tip: typed, refusal: "" } });
  }
  focusAfter(typed !== null);
}

/** @param {Transaction} transaction */
async function split(transaction) {
  unclear = transaction.id;
  const answer = await splitPayment(server.act, transaction, draftFor(app.state, transaction).tip);
  if (answer) showIfPaid(answer.transaction);
  else if (unclear === transaction.id) unclear = null;
  // The news may have come before the answer: nothing under the dialog could be given the focus then.
  focusAfter(answer);
}

/** @param {Transaction} transaction */
async function discount(transaction) {
  const given = await giveDiscount(server.act, transaction);
  if (given) app.set({ said: t("Discount applied.") });
  focusAfter(given);
}

/**
 * @param {Transaction} transaction
 * @param {import("/static/common/types.js").Adjustment} adjustment
 */
async function removeDiscount(transaction, { id }) {
  const payload = { transaction_id: transaction.id, adjustment_id: id };
  const answer = await server.act("cashier_remove_adjustment", payload);
  if (answer?.ok) app.set({ said: t("Discount removed.") });
  focusMain();
}

/**
 * Shows what has become of a payment.
 * @param {import("/static/common/types.js").Success | null} answer
 * @param {string} said
 */
function changed(answer, said) {
  if (answer) {
    app.set({ paid: answer.transaction, past: true, reprinted: false, said });
    void loadRecent();
    void loadShift();
  }
  focusAfter(answer);
}

/**
 * Does something with the shift and shows it as it is then.
 * @param {(act: import("./shared/forms.js").Act) =>
 *   Promise<import("/static/common/types.js").Success | null>} ask
 * @param {string} said
 */
async function withShift(ask, said) {
  const answer = await ask(server.act);
  if (answer) {
    const { shift } = answer;
    app.set({ shift: shift.state === "closed" ? null : shift, said });
  }
  focusAfter(answer);
  return answer;
}

/** Counts the drawer; what that has shown comes next. */
async function count() {
  const answer = await withShift(countDrawer, t("Count saved."));
  if (answer) await close(answer.shift);
}

/** @param {import("/static/common/types.js").Shift} shift */
async function close(shift) {
  await withShift((act) => closeShift(act, shift), t("The shift is closed."));
}

/** @param {Transaction} transaction */
async function release(transaction) {
  const answer = await server.act("cashier_release", { transaction_id: transaction.id });
  if (!answer?.ok) return;
  const code = transaction.code ?? "";
  app.set({ said: t("{code} is back in the queue.", { code }), draft: null, openId: null });
  focusMain();
}

/** @param {Transaction} transaction */
async function reprint(transaction) {
  const answer = await server.act("cashier_reprint", { transaction_id: transaction.id });
  if (!answer?.ok) return;
  // What has not come out yet is not printed twice.
  const { copy } = answer.job;
  app.set({
    reprinted: copy,
    said: copy
      ? t("The receipt was sent again.")
      : t("Not printed yet. It will print automatically."),
  });
}

/** Opens the drawer without a payment, for a reason that stays in the history. */
async function kickDrawer() {
  if (await openDrawer(server.act)) app.set({ said: t("The drawer opens.") });
}

/** @param {Readonly<State>} state */
function view(state) {
  const { queue } = state;
  const paying = inFront(state) ? "cashier-paying" : "";
  return html`
    ${topBar(
      "cashier",
      t("Cashier"),
      (problem) => app.set({ problem }),
      queue ? myCustomers(queue, me).map(({ code }) => code ?? "") : [],
    )}
    ${banners(state, () => void showPapers(app, server.act), foot(state))}
    <main class="cashier ${paying}" aria-busy=${queue ? "false" : "true"}>
      <h1 class="visually-hidden">${t("Cashier")}</h1>
      <div class="cashier-main">
        ${queue ? [tabs(state, queue), front(state, queue)] : skeleton("skeleton-stage", 1)}
      </div>
      <aside class="cashier-rail" aria-label=${t("Queue")}>
        ${
          queue
            ? [
                rail(
                  queue,
                  me,
                  ({ code }) => claimCode(code ?? ""),
                  () => void kickDrawer(),
                ),
                waitingForTherapist(queue, (transaction) => void bringOn(transaction)),
                recentPayments(state.recent, showAgain, () => void lookUp()),
                shiftEntry(state.shift, {
                  onStart: () => void withShift(startShift, t("Your shift has started.")),
                  onMove: () => void withShift(moveCash, t("Saved.")),
                  onCount: () => void count(),
                  onClose: () => state.shift && void close(state.shift),
                }),
              ]
            : skeleton("skeleton-line", 4)
        }
        ${queue ? walkInButton(server.act) : nothing}
      </aside>
    </main>
    ${messages(state, () => app.set({ problem: "" }))}
  `;
}

/**
 * What a small screen has at its foot: the one thing that is done next with the bill in front.
 * @param {Readonly<State>} state
 */
function foot(state) {
  if (!state.queue) return nothing;
  const transaction = inFront(state);
  return transaction
    ? payAtFoot(transaction, draftFor(state, transaction), state.busy)
    : walkInButton(server.act);
}

/** @param {Transaction} transaction Somebody who waits for a therapist. */
async function bringOn(transaction) {
  const said = await bringOnWaiting(transaction, server.act);
  if (said) app.set({ said });
}

/** @param {Transaction} transaction An earlier payment. */
function showAgain(transaction) {
  app.set({ paid: transaction, past: true, reprinted: false });
  focusMain();
}

/**
 * @param {string} shape
 * @param {number} count
 */
function skeleton(shape, count) {
  return Array.from({ length: count }, () => html`<div class="skeleton ${shape}"></div>`);
}

/**
 * Switches between customers, for a desk that holds more than one.
 * @param {Readonly<State>} state
 * @param {Queue} queue
 */
function tabs(state, queue) {
  const mine = myCustomers(queue, me).filter(({ id }) => id !== state.paid?.id);
  const front = inFront(state);
  if (mine.length === 0 || (mine.length === 1 && front)) return nothing;
  return html`
    <nav class="open-tabs" aria-label=${t("Customers at this desk")}>
      ${mine.map(
        ({ id, code }) => html`
          <button
            type="button"
            class="button code"
            aria-pressed=${front?.id === id ? "true" : "false"}
            @click=${() => {
              app.set({ openId: id, paid: null });
              focusMain();
            }}
          >
            ${code}
          </button>
        `,
      )}
    </nav>
  `;
}

/**
 * @param {Readonly<State>} state
 * @param {Queue} queue
 */
function front(state, queue) {
  const { busy, devices, past, reprinted } = state;
  const ready = readyToPay(queue).length;
  if (state.paid) {
    const transaction = state.paid;
    return paid(
      transaction,
      { devices, busy, past, reprinted, ready },
      {
        onDone: () => {
          app.set({ paid: null });
          focusMain();
        },
        onNext: () => void claimNext(),
        onReprint: () => void reprint(transaction),
        onRefund: async () => changed(await giveBack(server.act, transaction), t("Refund saved.")),
        onCorrect: async () =>
          changed(await correctMethod(server.act, transaction), t("Payment corrected.")),
      },
    );
  }
  const transaction = inFront(state);
  if (!transaction) {
    return desk(
      { code: state.code, problem: state.codeProblem, busy, ready },
      {
        onCode: (code) => app.set({ code, codeProblem: "" }),
        onTicket: (token) => void claimTicket(token),
        onClaim: () => void claimCode(app.state.code),
        onNext: () => void claimNext(),
      },
    );
  }
  return payment(transaction, draftFor(state, transaction), busy, {
    onEdit: (patch) => {
      app.set({ draft: { ...draftFor(app.state, transaction), ...patch } });
      if (patch.method) focusMain();
    },
    onPay: () => void pay(transaction),
    onRelease: () => void release(transaction),
    onTip: () => void tip(transaction),
    onSplit: () => void split(transaction),
    onDiscount: () => void discount(transaction),
    onRemoveDiscount: (adjustment) => void removeDiscount(transaction, adjustment),
  });
}
