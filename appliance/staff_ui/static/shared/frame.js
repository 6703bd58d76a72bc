/** The frame around every staff page: who I am, the line to the server, what went wrong. */

import { boot } from "/static/common/boot.js";
import { language, languages, t } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { showAccount } from "./account.js";
import { confirmDialog } from "./dialog.js";
import { icon } from "./icons.js";
import { initial } from "./initial.js";
import { chooseLanguage } from "./own_language.js";
import { paperProblem, printerNotice, printerProblem } from "./printers.js";
import { logOut } from "./signed_out.js";

/** @typedef {import("./live.js").LiveState} LiveState */
/** @typedef {import("./live.js").Role} Role */
/** @typedef {import("/static/common/types.js").Devices} Devices */

/**
 * @param {Role} role
 * @param {unknown} under What stands under the name.
 * @param {(sentence: string) => void} onProblem Hears why logging out did not work.
 * @param {string[]} [mine] The numbers of the customers whom I would leave behind.
 */
export function topBar(role, under, onProblem, mine = []) {
  const name = boot.me?.name ?? "";
  return html`
    <header class="topbar">
      <button
        type="button"
        class="topbar-me"
        aria-haspopup="dialog"
        title=${t("My account")}
        @click=${() => void showAccount(role, () => mayLeave(mine))}
      >
        <span class="avatar" aria-hidden="true">${initial(name, language())}</span>
        <span class="topbar-who">
          <span class="topbar-name">${name}</span>
          <span class="topbar-under">${under}</span>
        </span>
      </button>
      <p class="topbar-shop display">${boot.shop_name}</p>
      ${languagePicker(role, onProblem)}
      <button
        type="button"
        class="button button-quiet topbar-exit"
        @click=${async () => {
          if (await mayLeave(mine)) onProblem(await logOut(role));
        }}
      >
        ${icon("exit")} <span class="topbar-exit-word">${t("Log out")}</span>
      </button>
    </header>
  `;
}

/**
 * Asks before somebody leaves a customer behind.
 * @param {string[]} mine
 */
function mayLeave(mine) {
  if (mine.length === 0) return Promise.resolve(true);
  return confirmDialog({
    title: t("Log out with customer {codes}?", { codes: mine.join(", ") }),
    text: t("The customer stays with you until you or the manager finish or hand over the visit."),
    yes: t("Log out anyway"),
    no: t("Stay logged in"),
  });
}

/**
 * My own language, where the shop offers several.
 * @param {Role} role
 * @param {(sentence: string) => void} onProblem
 */
function languagePicker(role, onProblem) {
  if (languages.length < 2) return nothing;
  return html`
    <div class="button button-quiet topbar-language">
      ${icon("language")}
      <span aria-hidden="true">${language()}</span>
      <select
        aria-label=${t("Language")}
        @change=${async (/** @type {Event} */ event) => {
          const { value } = /** @type {HTMLSelectElement} */ (event.target);
          const problem = await chooseLanguage(role, value);
          if (problem) onProblem(problem);
        }}
      >
        ${languages.map(
          ({ code, name }) => html`
            <option value=${code} lang=${code} ?selected=${code === language()}>${name}</option>
          `,
        )}
      </select>
    </div>
  `;
}

/**
 * What everybody should know: no connection, printers that need somebody. Where they stand, they
 * move nothing that somebody is about to touch.
 * @param {LiveState} state
 * @param {() => void} [onPapers] Shows the papers that wait, for those who may do something with
 *   them.
 * @param {unknown} [beside] What stands in their place while there is nothing to tell, and beside
 *   them else.
 */
export function banners(state, onPapers, beside = nothing) {
  return html`
    <div class="banners">
      <div role="status">${lineBanner(state)}</div>
      <div role="status">${printerBanner(state.devices, onPapers)}</div>
      ${beside}
    </div>
  `;
}

/** @param {LiveState} state */
function lineBanner({ status, busy }) {
  if (status === "offline") {
    return html`<div class="banner banner-danger">
      ${icon("offline")}
      <p>
        ${
          busy
            ? t("No connection. Your last tap is saved and will be sent on reconnection.")
            : t("No connection. Reconnecting automatically. This screen may be out of date.")
        }
      </p>
    </div>`;
  }
  if (status === "refused") {
    return html`<div class="banner banner-danger">
      ${icon("alert")}
      <p>${t("This screen is no longer logged in. Log out, then log in again.")}</p>
    </div>`;
  }
  return nothing;
}

/**
 * @param {Devices | null} devices
 * @param {() => void} [onPapers]
 */
function printerBanner(devices, onPapers) {
  const jobs = devices?.jobs ?? [];
  const printers = (devices?.printers ?? []).flatMap((printer) => printerProblem(printer) ?? []);
  // A printer in trouble explains its papers; a paper in trouble explains itself.
  // What somebody has to decide is asked in any case.
  const papers = jobs.filter((job) => job.question || printers.length === 0);
  const problems = [...printers, ...papers.flatMap((job) => paperProblem(job) ?? [])];
  const notices = (devices?.printers ?? []).flatMap((printer) => printerNotice(printer) ?? []);
  const waiting = jobs.length;
  if (problems.length + notices.length === 0) return nothing;
  return html`
    <div class=${problems.length > 0 ? "banner banner-warn" : "banner"}>
      ${icon("printer")}
      <div class="banner-text">
        ${[...problems, ...notices].map((problem) => html`<p><bdi>${problem}</bdi></p>`)}
      </div>
      ${
        onPapers && waiting > 0
          ? html`<button type="button" class="button" @click=${onPapers}>
              ${t("{count} waiting to print", { count: waiting })}
            </button>`
          : nothing
      }
    </div>
  `;
}

/**
 * What went wrong, and for screen readers what went well.
 * @param {LiveState} state
 * @param {() => void} onDismiss
 */
export function messages(state, onDismiss) {
  return html`
    <div class="toasts" role="alert">
      ${
        state.problem
          ? html`<div class="banner banner-danger toast">
              ${icon("alert")}
              <p>${state.problem}</p>
              <button
                type="button"
                class="button button-icon button-quiet"
                aria-label=${t("Dismiss")}
                @click=${onDismiss}
              >
                ${icon("close")}
              </button>
            </div>`
          : nothing
      }
    </div>
    <p class="visually-hidden" role="status">${state.said}</p>
  `;
}
