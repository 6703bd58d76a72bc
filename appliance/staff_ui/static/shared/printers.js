/** What is the matter with printers and papers, in the page's language. */

import { intlLocale, t, tSentence } from "/static/common/i18n.js";

/** @typedef {import("/static/common/types.js").Printer} Printer */
/** @typedef {import("/static/common/types.js").PrintJob} PrintJob */

/** @type {Record<string, () => string>} */
const KINDS = {
  ticket: () => t("Ticket"),
  receipt: () => t("Receipt"),
  report: () => t("Report"),
};

/**
 * What a paper is called.
 * @param {PrintJob} job
 */
export const paperKind = ({ kind }) => KINDS[kind]?.() ?? kind;

/**
 * Why a paper did not come out, as a sentence; null while nothing has gone wrong with it.
 * @param {PrintJob} job
 */
export function paperProblem(job) {
  const reason = job.question ?? (job.state === "waiting" ? job.error : null);
  if (!reason) return null;
  const paper = [paperKind(job), job.code].filter(Boolean).join(" ");
  return t("{paper}: {reason}", { paper, reason: tSentence(reason) });
}

/**
 * What somebody has to do about a printer, as a sentence; null when it prints.
 * @param {Printer} printer
 */
export const printerProblem = ({ name, need }) => (need ? sentenceOf(name, need) : null);

/**
 * What a printer that still prints will need soon, as a sentence; null when it needs nothing.
 * @param {Printer} printer
 */
export const printerNotice = ({ name, notice }) => (notice ? sentenceOf(name, notice) : null);

/**
 * @param {string} name
 * @param {string} words
 */
function sentenceOf(name, words) {
  const sentence = t("{printer} printer: {need}", { printer: name, need: tSentence(words) });
  return sentence.charAt(0).toLocaleUpperCase(intlLocale()) + sentence.slice(1);
}
