/** My own account: where I am logged in. */

import { boot } from "/static/common/boot.js";
import { t } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { openDialog } from "./dialog.js";
import { icon } from "./icons.js";
import { logOut } from "./signed_out.js";

/** @typedef {import("./live.js").Role} Role */

/**
 * Opens it.
 * @param {Role} role
 * @param {() => Promise<boolean>} mayLeave Asks where customers would be left behind.
 */
export function showAccount(role, mayLeave) {
  let problem = "";
  /** @param {{close: (answer: null) => void, refresh: () => void}} dialog */
  const content = ({ close, refresh }) => html`
    <div class="sheet-body">
      <div class="sheet-head">
        <h2 id="dialog-title">${t("My account")}</h2>
        <button
          type="button"
          class="button button-icon"
          aria-label=${t("Close")}
          @click=${() => close(null)}
        >
          ${icon("close")}
        </button>
      </div>
      <p class="muted">${t("Username: {username}", { username: boot.me?.username ?? "" })}</p>
      ${
        problem
          ? html`<div class="banner banner-danger" role="alert"><p>${problem}</p></div>`
          : nothing
      }
      <button
        type="button"
        class="button button-block"
        @click=${async () => {
          if (!(await mayLeave())) return;
          problem = await logOut(role, { everywhere: true });
          refresh();
        }}
      >
        ${icon("exit")} ${t("Log out on all devices")}
      </button>
    </div>
  `;
  return openDialog(content);
}
