/**
 * The page's line to the server: asks with an answer guaranteed, hears snapshots, knows at any time
 * whether the line is up.
 *
 * A lost line is noticed within three seconds by a light heartbeat (the transport's own takes up to
 * 45), and a question that was under way is asked again under the same `request_id`, so that the
 * server does the thing once however often it hears of it.
 */

import { io } from "/static/common/vendor/socket.io.js";
import { boot } from "./boot.js";
import { t } from "./i18n.js";

export { boot };

/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./types.js").Refusal["code"]} Code */
/** @typedef {"connecting" | "online" | "offline" | "refused"} Status */
/** @typedef {(status: Status, code: string | null) => void} StatusHandler */
/** @typedef {ReturnType<typeof connect>} Session */

const ANSWER_TIMEOUT_MS = 5_000;
const GIVE_UP_MS = 15_000;
/** Who is not let in knocks again: the browser may hold a better identity by then. */
const REFUSED_RETRY_MS = 5_000;
const KICKED_RETRY_MS = 1_000;

const WEBSOCKET_FIRST = ["websocket", "polling"];
const POLLING_FIRST = ["polling", "websocket"];
/**
 * After so many failed attempts it is polling that goes first, for as long as the page lives.
 * Chromium holds the WebSockets of a page back by 1 to 5 seconds once some thirty have failed, a
 * minute's outage, and for minutes after it; no attempt lasts as long. A WebSocket follows anyhow.
 */
const ATTEMPTS_BEFORE_POLLING = 8;

/* Together at most 2.7 s from the last sign of life to "offline". */
const TICK_MS = 200;
const QUIET_BEFORE_PING_MS = 700;
const PING_LOST_MS = 1_600;
/** Once the device says that it has no network, a ping is lost after this long. */
const NETWORK_LOST_MS = 400;
/** With no sign of life for this long the connection itself is given up and made again. */
const RENEW_MS = 5_000;

const MESSAGES = {
  unavailable: () =>
    t("The server isn't responding. Wait a moment, check whether it was saved, then try again."),
  not_sent: () => t("No connection, so nothing was saved. Try again when it is back."),
  refused: () => t("This screen is no longer logged in. Please log in again."),
};

/** A new id for one request. `crypto.randomUUID` is missing on plain http. */
export function newRequestId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Opens the page's connection.
 * @param {{as: "kiosk" | "display" | "therapist" | "cashier" | "manager"}} who Which of the
 *   identities that this browser may hold.
 */
export function connect({ as }) {
  const socket = io({
    auth: { as },
    transports: WEBSOCKET_FIRST,
    tryAllTransports: true,
    // Back within three seconds of the line: an attempt that hangs, the pause, the next one.
    timeout: 1_800,
    reconnectionDelay: 300,
    reconnectionDelayMax: 700,
    randomizationFactor: 0.3,
  });

  /** @type {Status} */
  let status = "connecting";
  /** @type {Code | null} */
  let refusal = null;
  let closed = false;
  let heardAt = performance.now();
  let pingSentAt = 0;
  const startedAt = performance.now();
  /** @type {Set<StatusHandler>} */
  const statusHandlers = new Set();
  /** @type {Set<() => void>} Calls that wait for a change of the line. */
  const waiters = new Set();
  /** @type {Map<string, number>} The highest version seen on this connection, by event. */
  const versions = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let retryTimer;

  /**
   * @param {Status} next
   * @param {Code | null} [code]
   */
  const setStatus = (next, code = null) => {
    if (next === status && code === refusal) return;
    status = next;
    refusal = code;
    for (const handler of statusHandlers) handler(status, refusal);
    for (const wake of [...waiters]) wake();
  };

  const heard = () => {
    heardAt = performance.now();
    pingSentAt = 0;
    if (socket.connected && status !== "online" && status !== "refused") setStatus("online");
  };

  /** Reconnects, with whatever identity the browser holds by then. */
  const renew = () => {
    clearTimeout(retryTimer);
    pingSentAt = 0;
    socket.disconnect();
    socket.connect();
  };

  /** @param {number} delay */
  const retryIn = (delay) => {
    clearTimeout(retryTimer);
    retryTimer = setTimeout(renew, delay);
  };

  /** @param {Code} code */
  const refuse = (code) => {
    setStatus("refused", code);
    retryIn(REFUSED_RETRY_MS);
  };

  let failures = 0;
  socket.io.on("reconnect_error", () => {
    failures += 1;
    if (failures === ATTEMPTS_BEFORE_POLLING) socket.io.opts.transports = POLLING_FIRST;
  });

  socket.on("connect", () => {
    // Somebody unknown is let in as well, and merely told nothing.
    if (status === "refused") retryIn(REFUSED_RETRY_MS);
    else heard();
  });
  socket.onAny((/** @type {string} */ event) => {
    if (status === "refused" && event !== "identity_revoked") {
      clearTimeout(retryTimer);
      setStatus("online");
    }
    heard();
  });
  socket.on("identity_revoked", (body) => refuse(body?.code ?? "forbidden"));
  socket.on("disconnect", (reason) => {
    // Before the next connect, not at it: its snapshots may be delivered first.
    versions.clear();
    pingSentAt = 0;
    if (closed) return;
    if (status !== "refused") setStatus("offline");
    // The client comes back by itself unless the server closed the line on purpose.
    if (reason === "io server disconnect") {
      retryIn(status === "refused" ? REFUSED_RETRY_MS : KICKED_RETRY_MS);
    }
  });
  socket.on("connect_error", (/** @type {Error & {data?: {code?: Code}}} */ error) => {
    if (error.data?.code) refuse(error.data.code);
    else {
      if (status !== "refused") setStatus("offline");
      if (!socket.active) retryIn(KICKED_RETRY_MS);
    }
  });

  /** @param {number} sentAt What the heartbeat counts this ping from. */
  const ping = (sentAt) => {
    pingSentAt = sentAt;
    socket.volatile.emit("ping_time", {}, heard);
  };

  const tick = setInterval(() => {
    const now = performance.now();
    if (!socket.connected) {
      if (status === "connecting" && now - startedAt > 2_500) setStatus("offline");
      return;
    }
    // Measured from a ping that stays unanswered, never from silence alone: a sleeping page's
    // timers come late, its messages do not.
    if (pingSentAt === 0) {
      if (now - heardAt >= QUIET_BEFORE_PING_MS) ping(now);
    } else if (now - pingSentAt > RENEW_MS) {
      renew();
    } else if (now - pingSentAt > PING_LOST_MS && status === "online") {
      setStatus("offline");
    }
  }, TICK_MS);

  // What the device itself knows of its network comes sooner than any heartbeat. It is asked about,
  // not believed: the appliance's own screens reach the server without a network.
  const networkLost = () => {
    if (socket.connected && status === "online") {
      ping(performance.now() - PING_LOST_MS + NETWORK_LOST_MS);
    }
  };
  const networkBack = () => {
    if (status === "offline") renew();
  };
  addEventListener("offline", networkLost);
  addEventListener("online", networkBack);

  /**
   * Waits for any change of the line.
   * @param {number} milliseconds At most this long.
   */
  const lineChange = (milliseconds) =>
    new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        waiters.delete(done);
        resolve(undefined);
      };
      const timer = setTimeout(done, milliseconds);
      waiters.add(done);
    });

  return {
    /** @returns {Status} */
    get status() {
      return status;
    },

    /**
     * Asks the server to do something, once.
     * @param {string} event
     * @param {object} [payload] May bring its own `request_id`, to ask again later for the outcome
     *   of the very same request.
     * @param {{patience?: number}} [options] How many milliseconds an unanswered request that may
     *   have reached the server is asked again.
     * @returns {Promise<Answer>} The server's answer; never rejects. Without one for 15 seconds
     *   the code is `unavailable`: either nothing was sent, which the sentence then says, or
     *   whether the thing was done is not known.
     */
    async call(event, payload = {}, { patience = GIVE_UP_MS } = {}) {
      const message = { request_id: newRequestId(), ...payload };
      const startedAt = performance.now();
      let sent = false;
      for (;;) {
        const left = startedAt + (sent ? patience : GIVE_UP_MS) - performance.now();
        if (left <= 0) {
          const error = (sent ? MESSAGES.unavailable : MESSAGES.not_sent)();
          return { ok: false, code: "unavailable", error };
        }
        if (status === "refused") {
          return { ok: false, code: refusal ?? "forbidden", error: MESSAGES.refused() };
        }
        if (!socket.connected) {
          await lineChange(left);
          continue;
        }
        sent = true;
        try {
          const wait = Math.min(ANSWER_TIMEOUT_MS, left);
          const answer = await socket.timeout(wait).emitWithAck(event, message);
          heard();
          return answer;
        } catch {
          // No answer in time, or the line broke: ask again under the same request_id.
        }
      }
    },

    /**
     * Hears an event of the server.
     * @param {string} event
     * @param {(body: any) => void} handler
     * @returns {() => void} Stops hearing it.
     */
    on(event, handler) {
      socket.on(event, handler);
      return () => socket.off(event, handler);
    },

    /**
     * Hears an event that carries a whole state and its version; older ones are dropped. A new
     * connection starts over: the server behind it may count from another number.
     * @param {string} event
     * @param {(body: any) => void} handler
     * @returns {() => void} Stops hearing it.
     */
    onSnapshot(event, handler) {
      return this.on(event, (body) => {
        const seen = versions.get(event);
        if (seen !== undefined && body.version < seen) return;
        versions.set(event, body.version);
        handler(body);
      });
    },

    /**
     * Tells the line's state, now and at every change.
     * @param {StatusHandler} handler
     * @returns {() => void} Stops telling.
     */
    onStatus(handler) {
      statusHandlers.add(handler);
      handler(status, refusal);
      return () => statusHandlers.delete(handler);
    },

    /** Reconnects at once: the identity that this browser holds has changed. */
    reconnect: renew,

    /** Ends the connection for good. */
    close() {
      closed = true;
      clearInterval(tick);
      clearTimeout(retryTimer);
      removeEventListener("offline", networkLost);
      removeEventListener("online", networkBack);
      socket.disconnect();
    },
  };
}
