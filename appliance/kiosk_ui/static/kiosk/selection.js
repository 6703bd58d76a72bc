/** What a customer's taps do: questions to the server, whose answers replace what is shown. */

import { newRequestId } from "/static/common/session.js";
import { N_, language, t, tError } from "/static/common/i18n.js";
import { isOffered, itemNames, rowKey, rowsOf } from "./state.js";

/**
 * @typedef {import("./state.js").KioskState} KioskState
 * @typedef {import("./state.js").Choice} Choice
 * @typedef {import("./state.js").Item} Item
 * @typedef {import("./state.js").Undoable} Undoable
 * @typedef {import("./state.js").Transaction} Transaction
 * @typedef {import("/static/common/types.js").Answer} Answer
 *
 * @typedef {object} Adding How a variant is added.
 * @property {number | null} [replaces] The item in whose place it comes.
 * @property {boolean} [asking] Whether the customer has yet to be asked about such an item.
 * @property {boolean} [stepper] Whether every tap counts, however close to the one before.
 */

/** Two taps closer than this are one nervous finger; a later one is meant. Not so on a stepper, where
 * two taps are two. */
export const ONE_TAP_MS = 600;
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
  !answer.ok &&
  !answer.wanted_off_duty &&
  !answer.visit_full &&
  ["invalid_state", "not_found"].includes(answer.code);

/**
 * @param {object} parts
 * @param {import("/static/common/session.js").Session} parts.session
 * @param {import("/static/common/render.js").App<KioskState>} parts.app
 * @param {() => void} parts.chosen The selection has changed.
 * @param {() => void} parts.takenOff A button has gone, maybe with the focus of the keyboard on it.
 * @param {() => Promise<void>} parts.reloadCatalog
 * @param {() => void} parts.notEnrolled An answer said that this screen has no identity.
 * @param {(notice: () => string) => void} parts.startAgain Back to an empty selection, with a word.
 * @param {(choice: Choice, item: Item) => void} parts.another Another variant of the service is
 *   chosen already: asks whether this one takes its place.
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
  takenOff,
  reloadCatalog,
  notEnrolled,
  startAgain,
  another,
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
   * The last tap on each button: a stepper's is busy until that one is done.
   * @type {Map<string, symbol>}
   */
  const lastTaps = new Map();

  /**
   * Runs a tap's work in its turn; its button is busy meanwhile.
   * @param {string} key
   * @param {(still: () => boolean) => Promise<void>} work `still` tells whether the same customer
   *   is there.
   * @param {{stepper?: boolean}} [how] Whether every tap counts, however close to the one before.
   */
  const inTurn = (key, work, { stepper = false } = {}) => {
    if (!stepper && app.state.busy.has(key)) return;
    const mine = visit;
    const still = () => mine === visit;
    const tap = Symbol(key);
    lastTaps.set(key, tap);
    markBusy(key, true);
    app.set({ notice: null });
    const settled = pause(ONE_TAP_MS);
    line = line
      .then(async () => {
        if (still()) await work(still);
      })
      .catch(() => app.set({ notice: () => t(SENTENCES.internal) }));
    void Promise.all([line, settled]).then(() => {
      if (still() && lastTaps.get(key) === tap) markBusy(key, false);
    });
  };

  /** @param {import("/static/common/types.js").Refusal} failure */
  const complain = (failure) => {
    if (failure.code === "authentication_required" || failure.code === "forbidden") notEnrolled();
    const known = /** @type {Record<string, string>} */ (SENTENCES)[failure.code];
    app.set({ notice: () => (known ? t(known) : tError(failure)) });
  };

  /**
   * Makes a selection again from what was in it: the server gave the old one up although the
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

  /**
   * @param {number} variantId
   * @param {Adding} how
   * @returns {Promise<Answer>}
   */
  const askToAdd = async (variantId, { replaces = null, asking = false }) => {
    const before = app.state.transaction;
    if (!before) return rebuild([variantId]);
    const answer = await ask("customer_add_item", {
      transaction_id: before.id,
      service_classification_id: variantId,
      ...(replaces === null ? {} : { replaces }),
      ...(asking ? { ask: true } : {}),
    });
    if (!isOver(answer)) return answer;
    await reloadCatalog();
    if (!isOffered(app.state.catalog, variantId)) return answer;
    const kept = before.items.filter((item) => item.id !== replaces);
    return rebuild([...kept.map((item) => item.service_classification_id), variantId]);
  };

  /**
   * Adds a variant in its turn.
   * @param {string} key The button's.
   * @param {number} variantId
   * @param {Adding} how
   * @param {(answer: Answer & {ok: true}) => void} added
   * @param {(item: Item) => void} [ask] The customer is to be asked first.
   */
  const addInTurn = (key, variantId, how, added, ask) =>
    inTurn(
      key,
      async (still) => {
        const answer = await askToAdd(variantId, how);
        if (!still()) {
          if (answer.ok) void giveUp(answer.transaction.id);
          return;
        }
        if (answer.ok) return added(answer);
        const other = app.state.transaction?.items.find(({ id }) => id === answer.instead_of);
        if (other && ask) {
          // The question is the answer to this tap: the next one, on it, is meant.
          lastTaps.delete(key);
          markBusy(key, false);
          return ask(other);
        }
        if (!isOver(answer)) return complain(answer);
        await reloadCatalog();
        if (isOffered(app.state.catalog, variantId)) startAgain(() => t(SENTENCES.expired));
        else app.set({ notice: () => t(SENTENCES.withdrawn) });
      },
      how,
    );

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let undoTimer;

  /**
   * Offers to take a change back, for as long as the server says; a finger or a key that is on the
   * button is waited for.
   * @param {Undoable | null} undoable
   */
  const offerUndo = (undoable) => {
    clearTimeout(undoTimer);
    app.set({ undoable });
    if (!undoable) return;
    const end = () => {
      if (document.querySelector(".undo-button:focus-visible")) undoTimer = setTimeout(end, 1000);
      else if (app.state.undoable === undoable) app.set({ undoable: null });
    };
    undoTimer = setTimeout(end, undoable.undo.seconds * 1000);
  };

  /** @param {number} transactionId */
  const giveUp = (transactionId) => ask("customer_cancel", { transaction_id: transactionId });

  /**
   * @param {Choice} choice
   * @param {Item | null} instead What it takes the place of.
   * @param {Adding} [how]
   */
  const add = (choice, instead, how) => {
    /** @param {Answer & {ok: true}} answer */
    const added = (answer) => {
      const { undo } = answer;
      const replaced = () =>
        instead
          ? t("{old} replaced with {new}.", {
              old: itemNames(app.state, instead).variant,
              new: choice.variant,
            })
          : "";
      offerUndo(undo ? { undo, words: replaced } : null);
      show(answer.transaction, undo ? "" : t("{service}, {variant}, added.", { ...choice }));
      app.set({ addedId: choice.id });
      void pause(PRAISE_MS).then(() => {
        if (app.state.addedId === choice.id) app.set({ addedId: null });
      });
    };
    addInTurn(
      `add-${choice.id}`,
      choice.id,
      { ...how, replaces: instead && instead.id },
      added,
      (item) => another(choice, item),
    );
  };

  /** @param {Item} item @param {() => boolean} still As of `inTurn`. */
  const takeOff = async (item, still) => {
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
    if (answer.ok) {
      const words = () => t("{service}, {variant}, removed.", itemNames(app.state, item));
      const { undo } = answer;
      offerUndo(undo ? { undo, words } : null);
      show(answer.transaction, undo ? "" : words());
      takenOff();
    } else if (isOver(answer)) startAgain(() => t(SENTENCES.expired));
    else complain(answer);
  };

  /** @param {Item} item */
  const removing = (item) => `remove-${item.service_classification_id}`;

  return {
    /** A tap on a variant: may be meant to replace another, which the server says. @param {Choice} choice */
    choose: (choice) => add(choice, null, { asking: true }),

    /**
     * The customer has been asked.
     * @param {Choice} choice
     * @param {Item | null} instead What it takes the place of.
     */
    add: (choice, instead) => add(choice, instead),

    /** The stepper's plus. @param {Choice} choice */
    more: (choice) => add(choice, null, { stepper: true }),

    /**
     * The stepper's minus: of what is alike, one less. However quick the finger, the last one stays:
     * to take that one off too is said by a tap on its ×.
     * @param {Item} item
     */
    less: (item) =>
      inTurn(
        removing(item),
        async (still) => {
          const { transaction } = app.state;
          const row = rowsOf(transaction?.items ?? []).find(({ key }) => key === rowKey(item));
          if (row && row.items.length > 1) await takeOff(row.last, still);
        },
        { stepper: true },
      ),

    /** @param {Item} item */
    remove: (item) => inTurn(removing(item), (still) => takeOff(item, still)),

    /** Takes the last removal or replacement back. */
    undo() {
      const { undoable } = app.state;
      if (!undoable) return;
      const { service_classification_id: variantId, replaces } = undoable.undo;
      addInTurn("undo", variantId, { replaces }, (answer) => {
        offerUndo(null);
        const { items } = answer.transaction;
        const back = items[items.length - 1];
        show(
          answer.transaction,
          back ? t("{service}, {variant}, added.", itemNames(app.state, back)) : "",
        );
        takenOff();
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
      clearTimeout(undoTimer);
      line = Promise.resolve();
      lastTaps.clear();
      unanswered = null;
      const { transaction } = app.state;
      if (transaction?.status === "selecting") void giveUp(transaction.id);
    },
  };
}
