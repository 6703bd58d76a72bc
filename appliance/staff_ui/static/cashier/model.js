/** What the cashier's page shows, read off the server's snapshot. */

import { t } from "/static/common/i18n.js";
import { printerProblem } from "../shared/printers.js";

/** @typedef {import("/static/common/types.js").Devices} Devices */
/** @typedef {import("/static/common/types.js").Person} Me */
/** @typedef {import("/static/common/types.js").Queue} Queue */
/** @typedef {import("/static/common/types.js").Transaction} Transaction */

const CLAIMED = ["awaiting_payment", "paying"];

/**
 * The customers that this cashier has in hand.
 * @param {Queue} queue
 * @param {Me} me
 */
export function myCustomers(queue, me) {
  return queue.finished.filter(
    (transaction) => transaction.cashier_id === me.id && CLAIMED.includes(transaction.status),
  );
}

/**
 * Finished customers whom nobody has claimed yet.
 * @param {Queue} queue
 */
export function readyToPay(queue) {
  return queue.finished.filter(({ status, hold }) => status === "finished" && !hold);
}

/**
 * Who finished on an earlier day and has not paid; nobody calls them first.
 * @param {Queue} queue
 */
export function unpaidFromYesterday(queue) {
  return queue.finished.filter(({ status, hold }) => status === "finished" && hold);
}

/**
 * Customers at another cashier's desk.
 * @param {Queue} queue
 * @param {Me} me
 */
export function atOtherDesks(queue, me) {
  return queue.finished.filter(
    (transaction) => transaction.cashier_id !== me.id && CLAIMED.includes(transaction.status),
  );
}

/**
 * What becomes of the receipt, as a sentence.
 * @param {Devices | null} devices
 * @param {boolean} again Whether it was sent once more.
 * @returns {{sentence: string, waiting: boolean}}
 */
export function receiptState(devices, again) {
  const troubled = devices?.printers.find(({ roles, need }) => roles.includes("receipt") && need);
  const problem = troubled && printerProblem(troubled);
  if (problem)
    return {
      sentence: t("{problem}. The receipt prints once that is fixed.", { problem }),
      waiting: true,
    };
  if ((devices?.jobs_waiting.receipt ?? 0) > 0) {
    return { sentence: t("The receipt is printing…"), waiting: false };
  }
  return {
    sentence: again ? t("The receipt was sent again, marked COPY.") : t("Receipt sent to printer."),
    waiting: false,
  };
}
