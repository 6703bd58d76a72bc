/** Text twice as large, and more contrast: each by one tap, for this customer only. */

import { html } from "/static/common/vendor/lit-html/lit-html.js";
import { t } from "/static/common/i18n.js";
import { icon } from "/static/common/icons.js";

/**
 * @typedef {object} Looks
 * @property {boolean} large Text at 200 %.
 * @property {boolean} contrast White and yellow on black.
 */

/** @type {Looks} */
export const USUAL_LOOKS = { large: false, contrast: false };

/**
 * Show the page so. The sizes and colours themselves stand in looks.css.
 * @param {Looks} looks
 */
export function wear({ large, contrast }) {
  const root = document.documentElement;
  root.toggleAttribute("data-large", large);
  root.toggleAttribute("data-contrast", contrast);
}

/**
 * The two switches.
 * @param {Looks} looks
 * @param {{look: (change: Partial<Looks>) => void}} actions
 * @param {"words" | "icons"} how With their words, or where there is no room without.
 */
export const looksView = ({ large, contrast }, actions, how) => {
  const words = how === "icons" ? "visually-hidden" : "";
  return html`<div class="looks" role="group" aria-label=${t("Text and contrast")}>
    <button
      class="button look"
      aria-pressed=${large ? "true" : "false"}
      @click=${() => actions.look({ large: !large })}
    >
      ${icon("text")} <span class=${words}>${t("Large text")}</span>
    </button>
    <button
      class="button look"
      aria-pressed=${contrast ? "true" : "false"}
      @click=${() => actions.look({ contrast: !contrast })}
    >
      ${icon("contrast")} <span class=${words}>${t("High contrast")}</span>
    </button>
  </div>`;
};
