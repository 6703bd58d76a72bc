/**
 * What every staff page does with the server: shows its newest snapshot, sends one action at a time,
 * and goes back to the log-in when the identity is gone.
 */

import { boot } from "/static/common/boot.js";
import { getJson } from "/static/common/http.js";
import { onLanguage, tError } from "/static/common/i18n.js";
import { connect } from "/static/common/session.js";
import { setServerTime } from "./clock.js";
import { leaveForLogin } from "./signed_out.js";

/** @typedef {import("/static/common/types.js").Answer} Answer */
/** @typedef {import("/static/common/types.js").Devices} Devices */
/** @typedef {import("/static/common/types.js").Queue} Queue */
/** @typedef {import("/static/common/types.js").Transaction} Transaction */
/** @typedef {"therapist" | "cashier" | "manager"} Role */
/** @typedef {ReturnType<typeof goLive>} Live */

/**
 * @typedef {object} LiveState
 * @property {import("/static/common/session.js").Status} status
 * @property {Queue | null} queue
 * @property {Devices | null} devices
 * @property {string} busy The event that is on its way, or "".
 * @property {string} problem What went wrong last, as a sentence, or "".
 * @property {string} said What a screen reader is told of the last success.
 */

/** @type {LiveState} */
export const LIVE_START = {
  status: "connecting",
  queue: null,
  devices: null,
  busy: "",
  problem: "",
  said: "",
};

/** The server extends a log-in that is used at most this often. */
const EXTENDED_MS = 60_000;
/** How long after an answer the page waits for the snapshot that shows it. */
const SETTLE_MS = 1_000;
/** How long it is asked what became of an action whose answer was lost with the line. */
const OUTCOME_MS = 120_000;
/** Snapshots come at once after a connect; without one, it is asked who we are. */
const SNAPSHOT_DUE_MS = 4_000;

/**
 * Whether a snapshot already shows what an answer says.
 * @param {Queue} queue
 * @param {Answer} answer
 */
function shows(queue, answer) {
  if (!answer.ok) return true;
  if (answer.room) {
    const room = queue.rooms.find(({ room_number }) => room_number === answer.room.room_number);
    return room?.status === answer.room.status;
  }
  /** @type {Transaction | undefined} */
  const told = answer.transaction;
  if (!told) return true;
  const seen = [...queue.pending, ...queue.in_progress, ...queue.finished].find(
    ({ id }) => id === told.id,
  );
  return (
    !seen ||
    (seen.status === told.status &&
      seen.items.length === told.items.length &&
      seen.adjustments.length === told.adjustments.length)
  );
}

/**
 * Connects a page.
 * @param {Role} role
 * @param {{readonly state: Readonly<LiveState>, set: (patch: Partial<LiveState>) => void,
 *   redraw: () => void}} app
 * @param {(queue: Queue) => void} [onQueue] Hears each snapshot before it is drawn.
 */
export function goLive(role, app, onQueue = () => undefined) {
  const session = connect({ as: role });
  /** @type {Set<(queue: Queue) => void>} */
  const watchers = new Set();
  /** @type {Set<(value: unknown) => void>} Actions that wait for the one under way. */
  const idle = new Set();
  /** @type {Set<string>} What has been asked for and not answered, so that a double tap is one. */
  const asked = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let snapshotTimer;

  let usedAt = Date.now();

  onLanguage(app.redraw);
  session.onSnapshot("queue_updated", (/** @type {Queue} */ queue) => {
    clearTimeout(snapshotTimer);
    setServerTime(queue.now);
    onQueue(queue);
    app.set({ queue });
    for (const watcher of [...watchers]) watcher(queue);
  });
  session.onSnapshot("devices_updated", (devices) => app.set({ devices }));
  session.onStatus((status, code) => {
    app.set({ status });
    clearTimeout(snapshotTimer);
    // A page hears only that its log-in is not good any more: nobody ended one that ran out.
    const asleep = Date.now() - usedAt > boot.log_in_seconds * 1000 - EXTENDED_MS;
    if (status === "refused") leaveForLogin(asleep ? "expired" : code);
    if (status === "online") {
      snapshotTimer = setTimeout(async () => {
        const answer = await getJson(`/${role}/me`);
        if (!answer.ok && answer.code === "authentication_required") leaveForLogin(null);
      }, SNAPSHOT_DUE_MS);
    }
  });

  /** @param {Answer} answer */
  const settled = (answer) =>
    new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        watchers.delete(watch);
        resolve(undefined);
      };
      const watch = (/** @type {Queue} */ queue) => shows(queue, answer) && done();
      const timer = setTimeout(done, SETTLE_MS);
      watchers.add(watch);
      if (app.state.queue) watch(app.state.queue);
    });

  return {
    session,

    /**
     * Sends an action, one after the other, and waits until the page shows its effect.
     * @param {string} event
     * @param {object} [payload]
     * @param {{quiet?: boolean}} [options] `quiet`: the caller shows what went wrong.
     * @returns {Promise<Answer | null>} Null for a second tap while the first is on its way.
     */
    async act(event, payload = {}, { quiet = false } = {}) {
      const wish = JSON.stringify([event, payload]);
      if (asked.has(wish)) return null;
      asked.add(wish);
      while (app.state.busy) await new Promise((resolve) => idle.add(resolve));
      app.set({ busy: event, problem: "" });
      const answer = await session.call(event, payload, { patience: OUTCOME_MS });
      if (answer.ok) usedAt = Date.now();
      if (answer.ok) await settled(answer);
      else if (answer.code === "authentication_required") leaveForLogin(null);
      asked.delete(wish);
      app.set({ busy: "", problem: answer.ok || quiet ? "" : tError(answer) });
      for (const wake of idle) wake(undefined);
      idle.clear();
      return answer;
    },
  };
}
