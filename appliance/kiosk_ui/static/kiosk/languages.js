/** The choice of language: each is called what its own speakers call it. */

import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { language, languages, t } from "/static/common/i18n.js";
import { icon } from "/static/common/icons.js";
import { canRead } from "./read_aloud.js";

/** @typedef {import("./state.js").KioskState} KioskState */
/** @typedef {import("./views.js").Actions} Actions */

/**
 * Who listens is not led into a language in which the page would fall silent.
 * @param {import("/static/common/types.js").Language} each
 * @param {KioskState} state
 * @param {Actions} actions
 */
const choice = (each, { aloud }, actions) => html`
  <li>
    <button
      class="button language"
      lang=${each.code}
      dir=${each.dir}
      ?disabled=${aloud && !canRead(each.code)}
      aria-pressed=${each.code === language() ? "true" : "false"}
      @click=${() => actions.speak(each.code)}
    >
      ${each.name}
    </button>
  </li>
`;

/**
 * All languages in a row.
 * @param {KioskState} state
 * @param {Actions} actions
 */
export const languageRow = (state, actions) =>
  languages.length < 2
    ? nothing
    : html`<nav aria-label=${t("Language")}>
        <ul class="languages">
          ${languages.map((each) => choice(each, state, actions))}
        </ul>
      </nav>`;

/**
 * Opens the choice, where there is no room for all.
 * @param {Actions} actions
 */
export const languageButton = (actions) =>
  languages.length < 2
    ? nothing
    : html`<button class="button topbar-language" @click=${actions.openLanguages}>
        ${icon("language")} <span class="topbar-language-name">${t("Language")}</span>
      </button>`;

/**
 * The choice, over the page.
 * @param {KioskState} state
 * @param {Actions} actions
 */
export const languagesView = (state, actions) => html`
  <div class="overlay">
    <div class="overlay-card" role="dialog" aria-modal="true" aria-labelledby="overlay-title">
      <h2 id="overlay-title" class="display row" tabindex="-1" data-focus>
        ${icon("language")} ${t("Language")}
      </h2>
      <ul class="languages languages-tall">
        ${languages.map((each) => choice(each, state, actions))}
      </ul>
      <button class="button button-quiet" @click=${actions.keep}>${t("Close")}</button>
    </div>
  </div>
`;
