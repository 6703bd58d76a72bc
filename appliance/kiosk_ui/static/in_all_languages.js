/** A sentence in every language of the shop, for screens that speak to nobody in particular. */

import { boot } from "/static/common/boot.js";

/**
 * @param {string} sentence In English, marked with `N_`.
 * @returns {Map<string, string>} By language, in English at once; the others follow as their
 *   catalogues come.
 */
export function inAllLanguages(sentence) {
  const said = new Map([["en", sentence]]);
  for (const { code, messages } of boot.languages) {
    if (code === "en") continue;
    fetch(messages)
      .then((response) => response.json())
      .then((catalogue) => said.set(code, catalogue.messages[sentence]))
      .catch(() => undefined); // The other languages say it as well.
  }
  return said;
}
