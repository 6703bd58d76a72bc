/** What a customer's taps do: questions to the server, whose answers replace what is shown. */

import { newRequestId } from "/static/common/session.js";
import { N_, language, t, tError, tName } from "/static/common/i18n.js";
import { isOffered, itemNames } from "./state.js";

/**
 * @typedef {import("./state.js").KioskState} KioskState
 * @typedef {import("./state.js").Classification} Classification
 * @typedef {import("./state.js").Item} Item
 * @typedef {import("./state.js").Service} Service
 * @typedef {import("./state.js").Transaction} Transaction
 * @typedef {import("/static/common/types.js").Answer} Answer
 */

/** Two taps closer than this are one nervous finger; a later one is meant. */
const ONE_TAP_MS = 600;
const PRAISE_MS = 1_600;
/** How long it is asked what became of a tap whose answer was lost with the line: a second tap
 * meanwhile would choose the thing twice. */
const OUTCOME_MS = 120_000;

const SENTENCES = {
  unavailable: N_("This kiosk is offline. Please try again in a moment, or ask at the front desk."),
  busy: N_("It's busy right now. Please tap again."),
  internal: N_("That did not work. Please tap again, or ask at the front desk."),
  withdrawn: N_("Sorry, this service is no longer offered. Please choose another one."),
  expired: N_("Your selection had timed out. Please choose again."),
};

/**
 * Whom a confirmation asks for; it says nothing where that is anyone.
 * @param {import("./state.js").Wish | null} wanted
 */
const asked = (wanted) =>
  wanted
    ? { wanted: { kind: wanted.kind, ...(wanted.id === null ? {} : { therapist_id: wanted.id }) } }
    : {};

const pause = (/** @type {number} */ milliseconds) =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** @param {Answer} answer */
const isOver = (answer) =>
  !answer.ok && !answer.wanted_off_duty && ["invalid_state", "not_found"].includes(answer.code);

/**
 * @param {object} parts
 * @param {import("/static/common/session.js").Session} parts.session
 * @param {import("/static/common/render.js").App<KioskState>} parts.app
 * @param {() => void} parts.chosen The selection has changed.
 * @param {() => Promise<void>} parts.reloadCatalog
 * @param {() => void} parts.notEnrolled An answer said that this screen has no identity.
 * @param {(notice: () => string) => void} parts.startAgain Back to an empty selection, with a word.
 * @param {(answer: Record<string, any>) => void} parts.confirmed
 * @param {(transaction: Transaction) => void} parts.priceChanged It costs something else than the
 *   screen said: asks again.
 * @param {(answer: import("/static/common/types.js").Refusal) => void} parts.wantedGone Whom the
 *   customer asked for is not there: asks again.
 */
export function createSelection({
  session,
  app,
  chosen,
  reloadCatalog,
  notEnrolled,
  startAgain,
  confirmed,
  priceChanged,
  wantedGone,
}) {
  /** Taps act one after the other, in the order of the fingers. */
  let line = Promise.resolve();
  /** Grows with each customer: what comes back for an earlier one is not shown. */
  let visit = 0;
  /**
   * A confirmation to which the server has said neither yes nor no: the next try is the same again,
   * so that it does not take a second code.
   * @type {object | null}
   */
  let unanswered = null;

  /**
   * @param {string} event
   * @param {object} [payload]
   */
  const ask = (event, payload) => session.call(event, payload, { patience: OUTCOME_MS });

  /** @param {string} key @param {boolean} on */
  const markBusy = (key, on) => {
    const busy = new Set(app.state.busy);
    if (on) busy.add(key);
    else busy.delete(key);
    app.set({ busy });
  };

  /**
   * Runs a tap's work in its turn; its button is busy meanwhile.
   * @param {string} key
   * @param {(still: () => boolean) => Promise<void>} work `still` tells whether the same customer
   *   is there.
   */
  const inTurn = (key, work) => {
    if (app.state.busy.has(key)) return;
    const mine = visit;
    const still = () => mine === visit;
    markBusy(key, true);
    app.set({ notice: null });
    const settled = pause(ONE_TAP_MS);
    line = line
      .then(async () => {
        if (still()) await work(still);
      })
      .catch(() => app.set({ notice: () => t(SENTENCES.internal) }));
    void Promise.all([line, settled]).then(() => {
      if (still()) markBusy(key, false);
    });
  };

  /** @param {import("/static/common/types.js").Refusal} failure */
  const complain = (failure) => {
    if (failure.code === "authentication_required" || failure.code === "forbidden") notEnrolled();
    const known = /** @type {Record<string, string>} */ (SENTENCES)[failure.code];
    app.set({ notice: () => (known ? t(known) : tError(failure)) });
  };

  /**
   * Makes a selection anew from what was in it: the server gave the old one up although the
   * customer is still here.
   * @param {number[]} classificationIds
   * @returns {Promise<Answer>} The last answer, with the transaction.
   */
  const rebuild = async (classificationIds) => {
    let answer = await ask("customer_start");
    for (const id of classificationIds) {
      if (!answer.ok) break;
      answer = await ask("customer_add_item", {
        transaction_id: answer.transaction.id,
        service_classification_id: id,
      });
    }
    return answer;
  };

  /** @param {Transaction} transaction @param {string} announcement */
  const show = (transaction, announcement) => {
    app.set({ transaction, announcement });
    chosen();
  };

  /** @param {Classification} variant @returns {Promise<Answer>} */
  const askToAdd = async (variant) => {
    const before = app.state.transaction;
    if (!before) return rebuild([variant.id]);
    const answer = await ask("customer_add_item", {
      transaction_id: before.id,
      service_classification_id: variant.id,
    });
    if (!isOver(answer)) return answer;
    await reloadCatalog();
    if (!isOffered(app.state.catalog, variant.id)) return answer;
    return rebuild([...before.items.map((item) => item.service_classification_id), variant.id]);
  };

  /** @param {number} transactionId */
  const giveUp = (transactionId) => ask("customer_cancel", { transaction_id: transactionId });

  return {
    /** @param {Service} service @param {Classification} variant */
    add(service, variant) {
      inTurn(`add-${variant.id}`, async (still) => {
        const answer = await askToAdd(variant);
        if (!still()) {
          if (answer.ok) void giveUp(answer.transaction.id);
          return;
        }
        if (!answer.ok) {
          if (!isOver(answer)) return complain(answer);
          await reloadCatalog();
          if (isOffered(app.state.catalog, variant.id))
            return startAgain(() => t(SENTENCES.expired));
          return app.set({ notice: () => t(SENTENCES.withdrawn) });
        }
        show(
          answer.transaction,
          t("{service}, {variant}, added.", { service: tName(service), variant: tName(variant) }),
        );
        app.set({ addedId: variant.id });
        void pause(PRAISE_MS).then(() => {
          if (app.state.addedId === variant.id) app.set({ addedId: null });
        });
      });
    },

    /** @param {Item} item */
    remove(item) {
      inTurn(`remove-${item.id}`, async (still) => {
        const before = app.state.transaction;
        if (!before?.items.some((each) => each.id === item.id)) return;
        let answer = await ask("customer_remove_item", {
          transaction_id: before.id,
          item_id: item.id,
        });
        if (isOver(answer) && still()) {
          const rest = before.items.filter((each) => each.id !== item.id);
          answer = await rebuild(rest.map((each) => each.service_classification_id));
        }
        if (!still()) return;
        if (answer.ok)
          show(
            answer.transaction,
            t("{service} removed.", { service: itemNames(app.state, item).service }),
          );
        else if (isOver(answer)) startAgain(() => t(SENTENCES.expired));
        else complain(answer);
      });
    },

    confirm() {
      inTurn("confirm", async (still) => {
        app.set({ priceChanged: false, wantedGone: null });
        const { transaction, wanted } = app.state;
        if (!transaction?.items.length) return;
        const shown = {
          expected_total: transaction.total_amount,
          language: language(),
          ...asked(wanted),
        };
        let question = unanswered ?? {
          transaction_id: transaction.id,
          ...shown,
          request_id: newRequestId(),
        };
        let answer = await ask("customer_confirm_selection", question);
        if (isOver(answer) && still()) {
          question = {
            items: transaction.items.map(({ service_classification_id }) => ({
              service_classification_id,
            })),
            ...shown,
            request_id: newRequestId(),
          };
          answer = await ask("customer_confirm_selection", question);
        }
        // Without an answer the code may have been given: the next try asks the same again.
        unanswered = answer.ok || answer.code !== "unavailable" ? null : question;
        const repriced = answer.ok ? undefined : answer.transaction;
        if (!still()) {
          if (repriced) void giveUp(repriced.id);
          return;
        }
        if (answer.ok) confirmed(answer);
        else if (answer.wanted_off_duty) wantedGone(answer);
        else if (repriced) {
          priceChanged(repriced);
          void reloadCatalog();
        } else if (isOver(answer)) startAgain(() => t(SENTENCES.expired));
        else complain(answer);
      });
    },

    /** The customer has left or starts over: nothing of this visit comes back. */
    leave() {
      visit += 1;
      line = Promise.resolve();
      unanswered = null;
      const { transaction } = app.state;
      if (transaction?.status === "selecting") void giveUp(transaction.id);
    },
  };
}
