/** Adding somebody who cannot use the kiosk: services, a name or a note, and the number to tell. */

import { estimate, minutes, money } from "/static/common/format.js";
import { getJson } from "/static/common/http.js";
import { t, tError, tn, tName } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { dialogHead, openDialog } from "../shared/dialog.js";
import { icon } from "../shared/icons.js";
import { serviceList } from "../shared/services.js";

/** @typedef {import("/static/common/types.js").Answer} Answer */
/** @typedef {import("/static/common/types.js").Category} Category */
/** @typedef {import("/static/common/types.js").Confirmed} Confirmed */
/** @typedef {import("/static/common/types.js").Therapists} Therapists */
/** @typedef {import("../shared/services.js").Service} Service */
/** @typedef {import("../shared/services.js").Variant} Variant */
/** @typedef {{variant: Variant, service: Service}} Chosen */
/** @typedef {(event: string, payload: object, options: {quiet: boolean}) => Promise<Answer | null>} Act */

/**
 * The button that opens it: in the rail, or at the foot of a small screen.
 * @param {Act} act
 */
export function walkInButton(act) {
  return html`
    <button type="button" class="button walk-in-button" @click=${() => void addWalkIn(act)}>
      ${icon("plus")} <span class="walk-in-words">${t("Add walk-in…")}</span>
    </button>
  `;
}

/**
 * Asks what the customer would like, puts them into the queue and shows their number.
 * @param {Act} act
 */
function addWalkIn(act) {
  /** @type {Category[] | null} */
  let categories = null;
  /** @type {Chosen[]} */
  let chosen = [];
  let [search, note, error, wanted] = ["", "", "", ""];
  /** @type {Therapists | null} */
  let therapists = null;
  let busy = false;
  /** @type {Answer | null} */
  let added = null;
  /** @type {() => void} */
  let redraw = () => undefined;

  const load = async () => {
    error = "";
    const answer = await getJson("/api/catalog");
    if (answer.ok) categories = answer.categories;
    else error = tError(answer);
    redraw();
    const choice = await getJson("/api/therapists");
    if (choice.ok) therapists = /** @type {Therapists} */ (choice);
    redraw();
  };

  const send = async () => {
    if (busy || chosen.length === 0) return;
    [busy, error] = [true, ""];
    redraw();
    const items = chosen.map(({ variant }) => ({ service_classification_id: variant.id }));
    const answer = await act(
      "cashier_add_walk_in",
      { items, note, ...asked(wanted) },
      { quiet: true },
    );
    busy = false;
    if (answer?.ok) added = answer;
    else if (answer) error = tError(answer);
    redraw();
  };

  const shown = openDialog(
    /** @param {{close: (answer: null) => void, refresh: () => void}} dialog */ (dialog) => {
      redraw = dialog.refresh;
      return added?.ok
        ? told(/** @type {Confirmed} */ (added), () => dialog.close(null))
        : form(() => dialog.close(null));
    },
    { wide: true },
  );
  void load();
  return shown;

  /** @param {() => void} close */
  function form(close) {
    return html`
      <form
        class="sheet-body picker walk-in"
        @submit=${(/** @type {SubmitEvent} */ event) => {
          event.preventDefault();
          void send();
        }}
      >
        ${dialogHead(t("Add walk-in"), () => close())}
        ${textField(t("Search services"), "search", search, (text) => {
          search = text;
          redraw();
        })}
        <div class="picker-list">
          ${
            categories
              ? serviceList(categories, search, (variant, service) => {
                  chosen = [...chosen, { variant, service }];
                  redraw();
                })
              : nothing
          }
        </div>
        <div class="walk-in-end">
          ${selection()}
          ${wantedField(therapists, (value) => {
            wanted = value;
          })}
          ${textField(t("First name or note (optional)"), "note", note, (text) => {
            note = text;
          })}
          ${
            error
              ? html`<div class="banner banner-danger" role="alert">
                  <p>${error}</p>
                  ${
                    categories
                      ? nothing
                      : html`<button type="button" class="button" @click=${() => void load()}>
                          ${t("Try again")}
                        </button>`
                  }
                </div>`
              : nothing
          }
          <button
            type="submit"
            class="button button-primary button-large"
            ?disabled=${busy || chosen.length === 0}
          >
            ${t("Add to the queue")}
          </button>
        </div>
      </form>
    `;
  }

  function selection() {
    const [price, time] = chosen.reduce(
      ([sum, long], { variant }) => [sum + variant.price, long + variant.duration_minutes],
      [0, 0],
    );
    return html`
      <div role="status">
        ${
          chosen.length === 0
            ? html`<p class="muted">${t("Choose at least one service.")}</p>`
            : html`<p class="walk-in-sum">
                <span>${minutes(time)}</span><span class="amount">${money(price)}</span>
              </p>`
        }
      </div>
      <ul class="walk-in-chosen">
        ${chosen.map(
          (one) => html`
            <li>
              <button
                type="button"
                class="button"
                aria-label=${t("Remove {service}, {variant}", {
                  service: tName(one.service),
                  variant: tName(one.variant),
                })}
                @click=${() => {
                  chosen = chosen.filter((other) => other !== one);
                  redraw();
                }}
              >
                <span class="one-line"
                  ><bdi>${tName(one.service)}</bdi> · <bdi>${tName(one.variant)}</bdi></span
                >
                ${icon("close")}
              </button>
            </li>
          `,
        )}
      </ul>
    `;
  }
}

/**
 * What an event says of the choice.
 * @param {string} wanted A kind, or a therapist's id; empty for anyone.
 */
function asked(wanted) {
  if (!wanted) return {};
  const id = Number(wanted);
  return { wanted: id ? { kind: "therapist", therapist_id: id } : { kind: wanted } };
}

/**
 * Whom the customer asks for; nothing where there is no choice.
 * @param {Therapists | null} therapists
 * @param {(wanted: string) => void} onChoose
 */
function wantedField(therapists, onChoose) {
  const kinds = therapists?.kinds ?? [];
  if (kinds.length < 2) return nothing;
  return html`
    <label class="field">
      <span class="label">${t("Therapist")}</span>
      <select
        class="input"
        name="wanted"
        @change=${(/** @type {Event} */ event) =>
          onChoose(/** @type {HTMLSelectElement} */ (event.target).value)}
      >
        <option value="">${t("Anyone")}</option>
        ${kinds.includes("woman") ? html`<option value="woman">${t("A woman")}</option>` : nothing}
        ${kinds.includes("man") ? html`<option value="man">${t("A man")}</option>` : nothing}
        ${therapists?.therapists.map(({ id, name }) => html`<option value=${id}>${name}</option>`)}
      </select>
    </label>
  `;
}

/**
 * @param {string} label
 * @param {string} name
 * @param {string} value
 * @param {(text: string) => void} onInput
 */
function textField(label, name, value, onInput) {
  return html`
    <label class="field">
      <span class="label">${label}</span>
      <input
        class="input"
        name=${name}
        type=${name === "search" ? "search" : "text"}
        maxlength="200"
        autocomplete="off"
        .value=${value}
        @input=${(/** @type {InputEvent} */ event) =>
          onInput(/** @type {HTMLInputElement} */ (event.target).value)}
      />
    </label>
  `;
}

/**
 * @param {Confirmed} added
 * @param {() => void} close
 */
function told(added, close) {
  const wait = added.estimated_wait_minutes;
  const ahead = added.queue_position - 1;
  return html`
    <div class="sheet-body walk-in-told">
      <h2 id="dialog-title">${t("The customer's number")}</h2>
      <p class="code code-large">${added.transaction.code}</p>
      <p class="muted">
        ${
          ahead === 0
            ? t("Next in the queue")
            : tn("{count} person ahead", "{count} people ahead", ahead, { count: ahead })
        }
        ${wait === null ? nothing : html`· ${t("Estimated wait: {time}", { time: estimate(wait) })}`}
      </p>
      <div class="sheet-actions">
        <button
          type="button"
          class="button button-primary button-large"
          autofocus
          @click=${() => close()}
        >
          ${t("Done")}
        </button>
      </div>
    </div>
  `;
}
