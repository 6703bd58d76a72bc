/** The verbs of <dialog> for browsers that do not know it: Safari before 15.4, Firefox before 98. */

/**
 * Gives an element `showModal` and `close`, where the browser has not.
 * @param {HTMLDialogElement} dialog
 */
export function withModal(dialog) {
  if (typeof dialog.showModal === "function") return;
  const shade = document.createElement("div");
  shade.className = "sheet-shade";
  /** @type {Element | null} Who gets the focus back. */
  let before = null;

  const close = () => {
    if (!dialog.hasAttribute("open")) return;
    dialog.removeAttribute("open");
    shade.remove();
    document.removeEventListener("focusin", keepFocusIn);
    document.removeEventListener("keydown", onKey);
    if (before instanceof HTMLElement) before.focus();
    dialog.dispatchEvent(new Event("close"));
  };
  const focusFirst = () => {
    const first = dialog.querySelector("[autofocus]") ?? dialog.querySelector("button, input");
    if (first instanceof HTMLElement) first.focus();
  };
  /** @param {FocusEvent} event */
  const keepFocusIn = ({ target }) => {
    if (target instanceof Node && !dialog.contains(target)) focusFirst();
  };
  /** @param {KeyboardEvent} event */
  const onKey = ({ key }) => {
    if (key === "Escape") close();
  };

  dialog.showModal = () => {
    before = document.activeElement;
    dialog.classList.add("sheet-older");
    dialog.setAttribute("role", "dialog");
    dialog.setAttribute("aria-modal", "true");
    dialog.setAttribute("open", "");
    dialog.before(shade);
    shade.addEventListener("click", close);
    document.addEventListener("focusin", keepFocusIn);
    document.addEventListener("keydown", onKey);
    focusFirst();
  };
  dialog.close = close;
}
