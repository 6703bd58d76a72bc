/** Large number keys for fingers; the physical keyboard goes to the input itself. */

import { t } from "/static/common/i18n.js";
import { html } from "/static/common/vendor/lit-html/lit-html.js";
import { icon } from "../shared/icons.js";

/** Keeps the focus in the input, so that fingers and keyboard can take turns. @param {Event} event */
const keepFocus = (event) => event.preventDefault();

/**
 * Changes an input as its own keyboard would: what is selected is replaced.
 * @param {string} id
 * @param {string} key A character, or "" to erase.
 */
function type(id, key) {
  const input = document.getElementById(id);
  if (!(input instanceof HTMLInputElement)) return;
  const end = input.selectionEnd ?? input.value.length;
  let start = input.selectionStart ?? end;
  if (!key && start === end) start = Math.max(0, end - 1);
  input.setRangeText(key, start, end, "end");
  input.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

/**
 * @param {{label: string, corner: string | null, input: string}} keypad `corner` is the key left of
 *   zero, "." or "00", or null for none; `input` is the id of what the keys type into.
 */
export function keypad({ label, corner, input }) {
  /** @param {string} key */
  const digit = (key) => html`
    <button type="button" class="key" tabindex="-1" @click=${() => type(input, key)}>${key}</button>
  `;
  return html`
    <div class="keypad" role="group" aria-label=${label} @mousedown=${keepFocus}>
      ${["1", "2", "3", "4", "5", "6", "7", "8", "9"].map(digit)}
      ${corner === null ? html`<span></span>` : digit(corner)} ${digit("0")}
      <button
        type="button"
        class="key key-quiet"
        tabindex="-1"
        aria-label=${t("Delete the last digit")}
        @click=${() => type(input, "")}
      >
        ${icon("backspace")}
      </button>
    </div>
  `;
}

/**
 * The key that does the same, shown where there is a keyboard.
 * @param {string} key
 */
export function keyHint(key) {
  return html`<kbd class="key-hint" aria-hidden="true">${key}</kbd>`;
}
