/**
 * Keyboard shortcuts: a key presses whatever on the page carries it as `aria-keyshortcuts`. Only
 * function keys and Escape, so that none fights with typing or with a screen reader.
 */

const KEYS = /^(F\d+|Escape)$/;
const TYPED = /^[\p{Nd}.,٫٬]$/u;

/** Starts listening. */
export function listenForShortcuts() {
  addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (document.querySelector("dialog[open]")) return;
    const main = document.querySelector("[data-main]");
    const input = main instanceof HTMLInputElement ? main : null;
    typedAtNothing(event, main, input);
    if (event.key === "Escape" && input?.value) {
      input.value = "";
      input.dispatchEvent(new InputEvent("input", { bubbles: true }));
      event.preventDefault();
    } else if (KEYS.test(event.key)) {
      press(event, document.querySelector(`[aria-keyshortcuts="${event.key}"]`));
    }
  });
}

/**
 * What is typed at nothing in particular is meant for the entry or the button in front: a number at
 * a button, too, which a dialog may have given the focus back to.
 * @param {KeyboardEvent} event
 * @param {Element | null} main
 * @param {HTMLInputElement | null} input
 */
function typedAtNothing(event, main, input) {
  const here = document.activeElement;
  if (here !== document.body && !(here instanceof HTMLButtonElement)) return;
  if (TYPED.test(event.key)) input?.focus();
  if (event.key !== "Enter" || here !== document.body) return;
  press(event, input ? (input.form?.querySelector("[type=submit]") ?? null) : main);
}

/**
 * @param {KeyboardEvent} event
 * @param {Element | null} target
 */
function press(event, target) {
  if (!(target instanceof HTMLElement)) return;
  event.preventDefault();
  target.click();
}
