/** The therapist's questions: is it really over, why did nobody come, which service comes on top. */

import { minutes } from "/static/common/format.js";
import { N_, t, tError } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { getJson } from "/static/common/http.js";
import { confirmDialog, openDialog } from "../shared/dialog.js";
import { icon } from "../shared/icons.js";
import { serviceList } from "../shared/services.js";

/** @typedef {import("/static/common/types.js").Category} Category */
/** @typedef {import("/static/common/types.js").Transaction} Transaction */

/**
 * Guards the end of a service against an accidental tap.
 * @param {Transaction} transaction
 * @param {string} elapsed How long it has run, as the page shows it.
 */
export function confirmFinish(transaction, elapsed) {
  return confirmDialog({
    title: t("Finish {code}?", { code: transaction.code ?? "" }),
    text: t("{elapsed} of {planned}. Send customer to pay?", {
      elapsed,
      planned: minutes(transaction.total_duration_minutes),
    }),
    yes: t("Yes, finish service"),
    no: t("Not yet"),
  });
}

const REASONS = [N_("No-show when called"), N_("Left before the service"), N_("Asked to cancel")];

/**
 * Asks why a customer is cancelled.
 * @param {Transaction} transaction
 * @returns {Promise<string | null>} The reason, or null to keep the customer.
 */
export function askNoShow(transaction) {
  let reason = REASONS[0] ?? "";
  let other = "";
  /** @param {{close: (answer: string) => void, refresh: () => void}} dialog */
  const content = ({ close, refresh }) => html`
    <form
      class="sheet-body"
      @submit=${(/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        close(reason || other.trim());
      }}
    >
      <h2 id="dialog-title">${t("Cancel {code}?", { code: transaction.code ?? "" })}</h2>
      <p class="muted">
        ${t("The visit ends and the number is no longer valid. Nothing is charged.")}
      </p>
      <fieldset class="choices">
        <legend>${t("Reason")}</legend>
        ${[...REASONS, ""].map(
          (choice) => html`
            <label class="choice ${reason === choice ? "choice-taken" : ""}">
              <input
                type="radio"
                name="reason"
                .value=${choice}
                .checked=${reason === choice}
                @change=${() => {
                  reason = choice;
                  refresh();
                }}
              />
              <span>${choice ? t(choice) : t("Something else")}</span>
            </label>
          `,
        )}
      </fieldset>
      ${
        reason
          ? nothing
          : html`<label class="field">
              <span class="label">${t("What happened?")}</span>
              <input
                class="input"
                name="other"
                maxlength="200"
                required
                .value=${other}
                @input=${(/** @type {InputEvent} */ event) => {
                  other = /** @type {HTMLInputElement} */ (event.target).value;
                }}
              />
            </label>`
      }
      <div class="sheet-actions">
        <button type="submit" class="button button-danger button-large">
          ${t("Cancel visit")}
        </button>
        <button
          type="button"
          class="button button-large"
          @click=${(/** @type {Event} */ event) =>
            /** @type {HTMLElement} */ (event.currentTarget).closest("dialog")?.close()}
        >
          ${t("Keep visit")}
        </button>
      </div>
    </form>
  `;
  return openDialog(content);
}

/**
 * Lets the therapist pick one more service.
 * @returns {Promise<number | null>} The service_classification_id, or null for none.
 */
export function pickService() {
  /** @type {Category[] | null} */
  let categories = null;
  let error = "";
  let search = "";

  /** @param {{close: (answer: number) => void, refresh: () => void}} dialog */
  const content = ({ close, refresh }) => html`
    <div class="sheet-body picker">
      <div class="sheet-head">
        <h2 id="dialog-title">${t("Add a service")}</h2>
        <button
          type="button"
          class="button button-icon"
          aria-label=${t("Close")}
          @click=${(/** @type {Event} */ event) =>
            /** @type {HTMLElement} */ (event.currentTarget).closest("dialog")?.close()}
        >
          ${icon("close")}
        </button>
      </div>
      <label class="field">
        <span class="visually-hidden">${t("Search services")}</span>
        <input
          class="input"
          type="search"
          name="search"
          placeholder=${t("Search services")}
          autocomplete="off"
          ?autofocus=${matchMedia("(hover: hover)").matches}
          .value=${search}
          @input=${(/** @type {InputEvent} */ event) => {
            search = /** @type {HTMLInputElement} */ (event.target).value;
            refresh();
          }}
        />
      </label>
      ${
        error
          ? html`<div class="banner banner-danger" role="alert">
              <p>${error}</p>
              <button type="button" class="button" @click=${() => void load()}>
                ${t("Try again")}
              </button>
            </div>`
          : nothing
      }
      <div class="picker-list">
        ${categories ? serviceList(categories, search, ({ id }) => close(id)) : skeleton(error)}
      </div>
    </div>
  `;
  /** @type {() => void} */
  let redraw = () => undefined;
  const answer = openDialog(
    /** @param {{close: (answer: number) => void, refresh: () => void}} dialog */ (dialog) => {
      redraw = dialog.refresh;
      return content(dialog);
    },
    { wide: true },
  );
  const load = async () => {
    error = "";
    redraw();
    const result = await getJson("/api/catalog");
    if (result.ok) categories = result.categories;
    else error = tError(result);
    redraw();
  };
  void load();
  return answer;
}

/** @param {string} error */
function skeleton(error) {
  return error ? nothing : [1, 2, 3, 4].map(() => html`<div class="skeleton skeleton-line"></div>`);
}
