/** Opening the cash drawer without a payment: why stays in the history. */

import { t } from "/static/common/i18n.js";
import { html } from "/static/common/vendor/lit-html/lit-html.js";
import { openDialog } from "../shared/dialog.js";

/**
 * Asks for the reason.
 * @returns {Promise<string | null>} The reason, or null when the drawer stays shut.
 */
export function askToOpenDrawer() {
  let reason = "";
  return openDialog(
    /** @param {{close: (answer: string | null) => void, refresh: () => void}} dialog */ ({
      close,
      refresh,
    }) => html`
      <form
        class="sheet-body"
        @submit=${(/** @type {Event} */ event) => {
          event.preventDefault();
          if (reason.trim()) close(reason.trim());
        }}
      >
        <h2 id="dialog-title">${t("Open the cash drawer?")}</h2>
        <label class="field">
          <span class="label">${t("Reason")}</span>
          <input
            class="input"
            maxlength="200"
            required
            autofocus
            autocomplete="off"
            .value=${reason}
            @input=${(/** @type {InputEvent} */ event) => {
              reason = /** @type {HTMLInputElement} */ (event.target).value;
              refresh();
            }}
          />
        </label>
        <div class="paper-actions">
          ${[t("Give change"), t("Count the cash")].map(
            (words) => html`
              <button
                type="button"
                class="button"
                @click=${() => {
                  reason = words;
                  refresh();
                }}
              >
                ${words}
              </button>
            `,
          )}
        </div>
        <div class="paper-actions">
          <button type="submit" class="button button-primary" ?disabled=${!reason.trim()}>
            ${t("Open drawer")}
          </button>
          <button type="button" class="button" @click=${() => close(null)}>${t("Cancel")}</button>
        </div>
      </form>
    `,
  );
}
