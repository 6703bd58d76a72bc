/** What the forms have in common in which somebody types a password before they are logged in. */

import { t } from "/static/common/i18n.js";

/**
 * Says a sentence below a form, or nothing any more.
 * @param {HTMLElement} place
 * @returns {(sentence: string) => void}
 */
export const problemIn = (place) => (sentence) => {
  place.textContent = "";
  if (!sentence) return;
  const banner = document.createElement("p");
  banner.className = "banner banner-danger";
  banner.textContent = sentence;
  place.append(banner);
};

/** Lets the person who types the password look at it. */
export function passwordThatCanBeSeen() {
  const password = /** @type {HTMLInputElement} */ (document.getElementById("password"));
  const show = /** @type {HTMLElement} */ (document.getElementById("show"));
  show.addEventListener("click", () => {
    const visible = password.type === "text";
    password.type = visible ? "password" : "text";
    show.textContent = visible ? t("Show") : t("Hide");
    show.setAttribute("aria-label", visible ? t("Show password") : t("Hide password"));
    password.focus();
  });
}
