/** Text twice as large, more contrast, read aloud: each by one tap, for this customer only. */

import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { t } from "/static/common/i18n.js";
import { icon } from "/static/common/icons.js";
import { canRead } from "./read_aloud.js";

/**
 * @typedef {object} Looks
 * @property {boolean} large Text at 200 %.
 * @property {boolean} contrast White and yellow on black.
 * @property {boolean} aloud The page reads itself aloud.
 */

/** @type {Looks} */
export const USUAL_LOOKS = { large: false, contrast: false, aloud: false };

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
 * The switches. *Read aloud* is there where a voice is that speaks the page's language.
 * @param {Looks} looks
 * @param {{look: (change: Partial<Looks>) => void}} actions
 * @param {"words" | "icons"} how With their words, or where there is no room without.
 */
export const looksView = ({ large, contrast, aloud }, actions, how) => {
  const words = how === "icons" ? "visually-hidden" : "";
  return html`<div class="looks" role="group" aria-label=${t("Text, contrast and sound")}>
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
    ${
      canRead()
        ? html`<button
            class="button look"
            aria-pressed=${aloud ? "true" : "false"}
            @click=${() => actions.look({ aloud: !aloud })}
          >
            ${icon("sound")} <span class=${words}>${t("Read aloud")}</span>
          </button>`
        : nothing
    }
  </div>`;
};
