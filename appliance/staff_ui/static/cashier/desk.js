/** The cashier's main area while nobody is at the desk: the code first, or simply the next one. */

import { t } from "/static/common/i18n.js";
import { live } from "/static/common/vendor/lit-html/directives/live.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { icon } from "../shared/icons.js";
import { keyHint, keypad } from "./keypad.js";
import { ticketToken } from "../shared/scanner.js";

/**
 * @typedef {object} DeskActions
 * @property {(code: string) => void} onCode The code was edited.
 * @property {(token: string) => void} onTicket The address on a ticket was pasted or scanned.
 * @property {() => void} onClaim
 * @property {() => void} onNext
 */

/**
 * @param {{code: string, problem: string, busy: string, ready: number}} desk `ready` counts the
 *   customers whom "Next customer" could claim.
 * @param {DeskActions} actions
 */
export function desk({ code, problem, busy, ready }, actions) {
  return html`
    <section class="card desk" aria-labelledby="desk-title">
      <form
        class="desk-code"
        @submit=${(/** @type {SubmitEvent} */ event) => {
          event.preventDefault();
          actions.onClaim();
        }}
      >
        <label class="desk-title" id="desk-title" for="code">${t("Customer's number")}</label>
        <input
          id="code"
          class="input digits"
          name="code"
          data-main
          inputmode="none"
          autocomplete="off"
          placeholder="––––"
          aria-describedby="code-problem"
          aria-invalid=${problem ? "true" : "false"}
          .value=${live(code)}
          @input=${(/** @type {InputEvent} */ event) => {
            const { value } = /** @type {HTMLInputElement} */ (event.target);
            const token = ticketToken(value);
            actions.onCode(token ? "" : value);
            if (token) actions.onTicket(token);
          }}
        />
        <div id="code-problem" class="error-room" role="alert">
          ${problem ? html`<p class="banner banner-danger">${problem}</p>` : nothing}
        </div>
        ${keypad({ label: t("Number keypad"), corner: null, input: "code" })}
        <button
          type="submit"
          class="button button-primary button-large button-block"
          aria-disabled=${code ? "false" : "true"}
          aria-busy=${busy === "cashier_claim_code" ? "true" : "false"}
        >
          ${t("Open bill")} ${keyHint("Enter")}
        </button>
      </form>
      <div class="desk-or"><span>${t("or")}</span></div>
      <button
        type="button"
        class="button desk-next"
        aria-keyshortcuts="F2"
        aria-disabled=${ready > 0 ? "false" : "true"}
        aria-busy=${busy === "cashier_claim_next" ? "true" : "false"}
        @click=${actions.onNext}
      >
        ${icon("people")}
        <span class="desk-next-words">
          <span>${t("Next customer")}</span>
          <span class="desk-next-why">
            ${ready > 0 ? t("Longest waiting") : t("Nobody is ready to pay")}
          </span>
        </span>
        ${keyHint("F2")}
      </button>
    </section>
  `;
}
