/** Modal dialogs as promises, on the browser's own <dialog>: it keeps the focus in and gives it back. */

import { t } from "/static/common/i18n.js";
import { afterFrame } from "/static/common/render.js";
import { html, nothing, render } from "/static/common/vendor/lit-html/lit-html.js";
import { icon } from "./icons.js";
import { withModal } from "./older_dialog.js";

/** @typedef {import("/static/common/vendor/lit-html/lit-html.js").TemplateResult} Template */

/** @type {HTMLDialogElement | null} */
let open = null;

/** Whether the last word came by a key: the next one may follow before there is another frame. */
let byKey = false;
addEventListener("keydown", () => (byKey = true), true);
addEventListener("pointerdown", () => (byKey = false), true);

/**
 * A finger first sees the button pressed that it is on; what a hand types at one go finds its place
 * at once, however long a frame takes.
 * @param {() => void} work
 */
function afterPress(work) {
  if (byKey) work();
  else afterFrame(work);
}

/**
 * Shows a dialog until it is answered.
 * @template T
 * @param {(dialog: {close: (answer: T) => void, refresh: () => void}) => Template} content
 *   Draws the inside; its heading carries `id="dialog-title"`.
 * @param {{wide?: boolean}} [options]
 * @returns {Promise<T | null>} The answer, or null when dismissed.
 */
export function openDialog(content, { wide = false } = {}) {
  dismissDialog();
  const dialog = document.createElement("dialog");
  withModal(dialog);
  dialog.className = wide ? "sheet sheet-wide" : "sheet";
  dialog.setAttribute("aria-labelledby", "dialog-title");
  return new Promise((resolve) => {
    /** @type {T | null} */
    let answer = null;
    let answered = false;
    /** @param {T} value */
    const close = (value) => {
      if (answered) return;
      answered = true;
      answer = value;
      afterPress(() => {
        dialog.close();
        finish();
      });
    };
    // The browser tells of the end with its next frame only, long after it gave the focus back.
    const finish = () => {
      if (!dialog.isConnected) return;
      dialog.remove();
      giveCaretBack();
      if (open === dialog) open = null;
      resolve(answer);
    };
    const refresh = () => render(content({ close, refresh }), dialog);
    dialog.addEventListener("close", finish);
    // The dialog itself is hit only outside its padding-free content: that is the backdrop.
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    open = dialog;
    afterPress(() => {
      if (open !== dialog) {
        resolve(null);
        return;
      }
      refresh();
      document.body.append(dialog);
      dialog.showModal();
    });
  });
}

/**
 * Chromium gives the focus back when a dialog closes, but the caret goes with the dialog's own entry
 * where that leaves the page: the entry that has the focus would take no typing.
 */
function giveCaretBack() {
  const focused = document.activeElement;
  if (!(focused instanceof HTMLInputElement) || focused.selectionEnd === null) return;
  focused.setSelectionRange(focused.selectionStart, focused.selectionEnd);
}

/** Closes the open dialog without an answer: what it asked about is no longer so. */
export function dismissDialog() {
  const shown = open;
  open = null;
  shown?.close();
}

/**
 * A dialog's heading, with a cross beside it.
 * @param {string} title
 * @param {() => void} onClose
 */
export function dialogHead(title, onClose) {
  return html`
    <div class="sheet-head">
      <h2 id="dialog-title">${title}</h2>
      <button type="button" class="button button-icon" aria-label=${t("Close")} @click=${onClose}>
        ${icon("close")}
      </button>
    </div>
  `;
}

/**
 * Asks yes or no. The safe answer sits lowest, where the thumb that opened the question still is,
 * so that a double tap never confirms.
 * @param {{title: string, text: string, yes: string, no: string, danger?: boolean}} question
 * @returns {Promise<boolean>}
 */
export async function confirmDialog({ title, text, yes, no, danger = false }) {
  const answer = await openDialog(
    /** @param {{close: (answer: boolean) => void}} dialog */ ({ close }) => html`
      <div class="sheet-body">
        <h2 id="dialog-title">${title}</h2>
        ${text ? html`<p class="muted">${text}</p>` : nothing}
        <div class="sheet-actions">
          <button
            type="button"
            class="button ${danger ? "button-danger" : "button-primary"} button-large"
            @click=${() => close(true)}
          >
            ${yes}
          </button>
          <button type="button" class="button button-large" autofocus @click=${() => close(false)}>
            ${no}
          </button>
        </div>
      </div>
    `,
  );
  return answer === true;
}
