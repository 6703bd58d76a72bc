/** What is the matter with printers, in the page's language. */

import { intlLocale, t, tSentence } from "/static/common/i18n.js";

/** @typedef {import("/static/common/types.js").Printer} Printer */

/**
 * What somebody has to do about a printer, as a sentence; null when it prints.
 * @param {Printer} printer
 */
export function printerProblem({ name, need }) {
  if (!need) return null;
  const sentence = t("{printer} printer: {need}", { printer: name, need: tSentence(need) });
  return sentence.charAt(0).toLocaleUpperCase(intlLocale()) + sentence.slice(1);
}
