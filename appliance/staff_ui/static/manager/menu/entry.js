/** One entry of the menu in a dialog: what it says in each language, costs, looks like, and when. */

import { boot } from "/static/common/boot.js";
import { money } from "/static/common/format.js";
import { languages, t, tSentence } from "/static/common/i18n.js";
import { MENU_ICONS, menuIcon } from "/static/common/menu_icons.js";
import { live } from "/static/common/vendor/lit-html/directives/live.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { openDialog } from "../../shared/dialog.js";
import { icon } from "../../shared/icons.js";
import { change, read } from "../records.js";
import { toChange, toDraft } from "./draft.js";
import { iconName } from "./icon_names.js";
import { upload } from "./photo.js";
import { shopTime } from "./shop_time.js";

/**
 * @typedef {import("/static/common/types.js").ManagedCategory} Category
 * @typedef {import("/static/common/types.js").ManagedService} Service
 * @typedef {import("/static/common/types.js").ManagedClassification} Variant
 * @typedef {Category | Service | Variant} Entry
 * @typedef {"category" | "service" | "classification"} Kind
 * @typedef {import("./draft.js").Draft} Draft
 */

/** @type {Record<Kind, {path: string, parent: string, add: () => string}>} */
const KINDS = {
  category: { path: "categories", parent: "", add: () => t("Add category") },
  service: { path: "services", parent: "category_id", add: () => t("Add service") },
  classification: { path: "classifications", parent: "service_id", add: () => t("Add variant") },
};

/** @type {Record<string, () => string>} */
const FIELDS = {
  name: () => t("Name"),
  description: () => t("Description"),
  translations: () => t("Translations"),
  price: () => t("Price"),
  duration_minutes: () => t("Minutes"),
  turn_value: () => t("Turns"),
  tax_rate: () => t("Tax in percent"),
  category_id: () => t("Category"),
  icon: () => t("Icon"),
  photo: () => t("Photo"),
};

/**
 * Asks what an entry is to be, until the server has it.
 * @param {{kind: Kind, parent: number | null, entry: Entry | null, categories: Category[]}} about
 *   `entry`: null for a new one.
 * @returns {Promise<Entry | null>} As it is now; null when nothing was saved.
 */
export function askForEntry({ kind, parent, entry, categories }) {
  const { path, parent: parentField, add } = KINDS[kind];
  let seen = entry;
  let draft = toDraft(kind, entry);
  let refusal = "";
  let busy = "";
  /** @type {string[]} What somebody else has changed meanwhile, as sentences. */
  let meanwhile = [];
  let spoken = (languages.find(({ code }) => code === boot.locale) ?? languages[0])?.code ?? "";
  let later = { price: "", from: "" };
  /** @type {() => void} */
  let refresh = () => undefined;

  /** @param {Partial<Draft>} patch */
  const set = (patch) => {
    draft = { ...draft, ...patch };
    refresh();
  };

  /**
   * @param {string} what Which button is at work.
   * @param {() => Promise<import("/static/common/types.js").Answer>} work
   */
  const send = async (what, work) => {
    if (busy) return null;
    busy = what;
    refusal = "";
    meanwhile = [];
    refresh();
    const answer = await work();
    busy = "";
    if (!answer.ok) {
      refusal = tSentence(answer.error);
      if (answer.code === "invalid_state" && seen) await lookAgain(seen.id);
    }
    refresh();
    return answer.ok ? answer : null;
  };

  /**
   * Somebody else was first: shows what it is now, and saving again is a choice.
   * @param {number} id
   */
  const lookAgain = async (id) => {
    const now = find(kind, id, await read("catalog"));
    if (!now || !seen) return;
    const before = toDraft(kind, seen);
    const present = toDraft(kind, now);
    const mine = toChange(kind, draft, seen).wanted;
    for (const [field, label] of Object.entries(FIELDS)) {
      const key = /** @type {keyof Draft} */ (field);
      if (JSON.stringify(before[key]) === JSON.stringify(present[key])) continue;
      if (field in mine) {
        const value = key === "category_id" ? nameOf(present[key]) : shown(present[key]);
        meanwhile = [
          ...meanwhile,
          value
            ? t("{field} is now “{value}”.", { field: label(), value })
            : t("{field} has changed.", { field: label() }),
        ];
      } else draft = { ...draft, [key]: present[key] };
    }
    if (!("photo" in mine)) draft = { ...draft, photo_url: present.photo_url };
    seen = now;
  };

  /** @param {{close: (answer: Entry) => void}} dialog */
  const save = async ({ close }) => {
    const { wanted, expected } = toChange(kind, draft, seen);
    const old = seen;
    if (old && Object.keys(wanted).length === 0) {
      close(old);
      return;
    }
    const answer = await send("save", () =>
      old
        ? change("PATCH", `${path}/${old.id}`, { ...wanted, expected })
        : change("POST", path, { ...wanted, ...(parentField ? { [parentField]: parent } : {}) }),
    );
    if (answer) close(answer[kind]);
  };

  /**
   * Something that is done at once.
   * @param {string} what
   * @param {object} body
   */
  const patchNow = async (what, body) => {
    if (!seen) return;
    const { id } = seen;
    const answer = await send(what, () => change("PATCH", `${path}/${id}`, body));
    if (answer) seen = answer[kind];
    refresh();
  };

  /** @param {File | undefined} file */
  const choosePhoto = async (file) => {
    if (!file) return;
    const answer = await send("photo", () => upload(file));
    if (answer) set({ photo: answer.photo, photo_url: answer.photo_url });
  };

  return openDialog(
    /** @param {{close: (answer: Entry | null) => void, refresh: () => void}} dialog */ (
      dialog,
    ) => {
      refresh = dialog.refresh;
      return html`
        <form
          class="sheet-body menu-entry"
          @submit=${(/** @type {SubmitEvent} */ event) => {
            event.preventDefault();
            void save(dialog);
          }}
        >
          <h2 id="dialog-title"><bdi>${seen ? seen.name : add()}</bdi></h2>
          ${seen ? statusButtons() : nothing}
          ${text("name", draft.name, (name) => set({ name }), { required: true, maxlength: 120 })}
          ${
            kind === "classification"
              ? amounts()
              : html`
                  <label class="field">
                    <span class="label">${t("Description")}</span>
                    <textarea
                      class="input menu-text"
                      rows="2"
                      maxlength="500"
                      name="description"
                      .value=${live(draft.description)}
                      @input=${(/** @type {InputEvent} */ event) =>
                        set({ description: typedIn(event) })}
                    ></textarea>
                  </label>
                `
          }
          ${
            kind === "service"
              ? text("tax_rate", draft.tax_rate, (tax_rate) => set({ tax_rate }), {
                  inputmode: "decimal",
                })
              : nothing
          }
          ${kind === "service" && seen && categories.length > 1 ? category() : nothing}
          ${kind === "classification" ? nothing : looks()} ${translations()}
          ${kind === "classification" && seen ? schedule() : nothing}
          <div role="alert">
            ${
              refusal
                ? html`<div class="banner banner-danger menu-refusal">
                    <p>${refusal}</p>
                    ${meanwhile.map((sentence) => html`<p>${sentence}</p>`)}
                    ${meanwhile.length > 0 ? html`<p>${t("Save again to use your own.")}</p>` : nothing}
                  </div>`
                : nothing
            }
          </div>
          <div class="menu-entry-actions">
            <button
              type="submit"
              class="button button-primary"
              aria-busy=${busy === "save" ? "true" : "false"}
            >
              ${seen ? t("Save") : add()}
            </button>
            <button type="button" class="button" @click=${() => dialog.close(null)}>
              ${seen ? t("Close") : t("Cancel")}
            </button>
          </div>
        </form>
      `;
    },
    { wide: true },
  );

  /**
   * @param {string} field
   * @param {string} value
   * @param {(value: string) => void} onInput
   * @param {{required?: boolean, maxlength?: number, inputmode?: "text" | "decimal" | "numeric", pattern?: string}} [more]
   */
  function text(
    field,
    value,
    onInput,
    { required = false, maxlength = 24, inputmode = "text", pattern = "" } = {},
  ) {
    return html`
      <label class="field">
        <span class="label">${FIELDS[field]?.()}</span>
        <input
          class="input"
          name=${field}
          inputmode=${inputmode}
          maxlength=${maxlength}
          pattern=${pattern || nothing}
          autocomplete="off"
          ?required=${required}
          .value=${live(value)}
          @input=${(/** @type {InputEvent} */ event) => onInput(typedIn(event))}
        />
      </label>
    `;
  }

  function statusButtons() {
    const now = seen;
    if (!now) return nothing;
    const until = "hidden_until" in now ? now.hidden_until : null;
    const away = Boolean(until && new Date(until).getTime() > Date.now());
    return html`
      <div class="row">
        ${
          kind === "category"
            ? nothing
            : html`<button
                type="button"
                class="button"
                aria-pressed=${away ? "true" : "false"}
                aria-busy=${busy === "today" ? "true" : "false"}
                @click=${() =>
                  void patchNow("today", { hidden_until: away ? null : "next_business_day" })}
              >
                ${away ? t("Show today after all") : t("Not today")}
              </button>`
        }
        <button
          type="button"
          class="button"
          aria-busy=${busy === "active" ? "true" : "false"}
          @click=${() => void patchNow("active", { active: !now.active })}
        >
          ${now.active ? t("Hide from the kiosk") : t("Show on the kiosk")}
        </button>
        <span role="status">
          ${
            !now.active
              ? html`<span class="chip">${t("Hidden")}</span>`
              : away && until
                ? html`<span class="chip chip-warn"
                    >${t("Not today, back {time}", { time: shopTime(until) })}</span
                  >`
                : nothing
          }
        </span>
      </div>
    `;
  }

  function amounts() {
    return html`
      <div class="menu-amounts">
        ${text("price", draft.price, (price) => set({ price }), {
          required: true,
          inputmode: "decimal",
        })}
        ${text(
          "duration_minutes",
          draft.duration_minutes,
          (duration_minutes) => set({ duration_minutes }),
          { required: true, inputmode: "numeric", pattern: "\\p{Nd}{1,4}", maxlength: 4 },
        )}
        <label class="field">
          <span class="label">${t("Turns")}</span>
          <select
            class="input"
            name="turn_value"
            @change=${(/** @type {Event} */ event) => set({ turn_value: typedIn(event) })}
          >
            ${["1", "0.5", "0"].map(
              (value) =>
                html`<option value=${value} ?selected=${value === draft.turn_value}>
                  ${value === "0.5" ? "½" : value}
                </option>`,
            )}
          </select>
        </label>
      </div>
    `;
  }

  /** @param {number | null} id */
  function nameOf(id) {
    return categories.find((each) => each.id === id)?.name ?? "";
  }

  function category() {
    return html`
      <label class="field">
        <span class="label">${t("Category")}</span>
        <select
          class="input"
          name="category_id"
          @change=${(/** @type {Event} */ event) => set({ category_id: Number(typedIn(event)) })}
        >
          ${categories.map(
            ({ id, name }) =>
              html`<option value=${id} ?selected=${id === draft.category_id}>${name}</option>`,
          )}
        </select>
      </label>
    `;
  }

  function looks() {
    return html`
      <div class="menu-looks">
        <span class="menu-photo-box">
          ${
            draft.photo_url
              ? html`<img alt=${t("Photo")} src=${draft.photo_url} />`
              : draft.icon
                ? menuIcon(draft.icon)
                : html`<span class="muted">${t("No photo")}</span>`
          }
        </span>
        <div class="stack menu-looks-buttons">
          <label class="button" aria-busy=${busy === "photo" ? "true" : "false"}>
            ${draft.photo_url ? t("Choose another photo") : t("Choose photo")}
            <input
              type="file"
              class="visually-hidden"
              name="photo"
              accept="image/jpeg,image/png,image/webp"
              @change=${(/** @type {Event} */ event) => {
                const input = /** @type {HTMLInputElement} */ (event.target);
                const file = input.files?.[0];
                input.value = "";
                void choosePhoto(file);
              }}
            />
          </label>
          ${
            draft.photo_url
              ? html`<button
                  type="button"
                  class="button"
                  @click=${() => set({ photo: null, photo_url: null })}
                >
                  ${t("Remove photo")}
                </button>`
              : nothing
          }
        </div>
        <details class="menu-icons">
          <summary class="button">
            ${draft.icon ? menuIcon(draft.icon) : nothing} ${t("Icon")}
          </summary>
          <fieldset class="menu-icon-choice">
            <legend class="visually-hidden">${t("Icon")}</legend>
            ${iconChoice(null)} ${MENU_ICONS.map(iconChoice)}
          </fieldset>
        </details>
      </div>
    `;
  }

  /** @param {string | null} name */
  function iconChoice(name) {
    return html`
      <label class="menu-icon ${draft.icon === name ? "menu-icon-chosen" : ""}">
        <input
          type="radio"
          name="icon"
          class="visually-hidden"
          aria-label=${name ? iconName(name) : t("None")}
          .checked=${live(draft.icon === name)}
          @change=${() => set({ icon: name })}
        />
        ${name ? menuIcon(name) : icon("close")}
      </label>
    `;
  }

  function translations() {
    if (languages.length < 2) return nothing;
    return html`
      <fieldset class="menu-translations">
        <legend class="label">${t("Translations")}</legend>
        <div class="menu-languages">
          ${languages.map(
            ({ code, name }) => html`
              <button
                type="button"
                class="button"
                lang=${code}
                aria-pressed=${code === spoken ? "true" : "false"}
                @click=${() => {
                  spoken = code;
                  refresh();
                }}
              >
                ${name}
              </button>
            `,
          )}
        </div>
        <div class="menu-columns">${languages.map(column)}</div>
      </fieldset>
    `;
  }

  /** @param {import("/static/common/types.js").Language} spokenThere */
  function column({ code, name: language, dir }) {
    const words = draft.translations[code] ?? { name: "", description: "" };
    /** @param {Partial<typeof words>} patch */
    const say = (patch) =>
      set({ translations: { ...draft.translations, [code]: { ...words, ...patch } } });
    return html`
      <div
        class="menu-column ${code === spoken ? "menu-column-spoken" : ""}"
        lang=${code}
        dir=${dir}
      >
        <p class="label menu-column-head">${language}</p>
        <input
          class="input"
          dir="auto"
          maxlength="120"
          autocomplete="off"
          aria-label=${t("Name in {language}", { language })}
          placeholder=${draft.name}
          .value=${live(words.name)}
          @input=${(/** @type {InputEvent} */ event) => say({ name: typedIn(event) })}
        />
        ${
          kind === "classification"
            ? nothing
            : html`<textarea
                class="input menu-text"
                dir="auto"
                rows="3"
                maxlength="500"
                aria-label=${t("Description in {language}", { language })}
                placeholder=${draft.description}
                .value=${live(words.description)}
                @input=${(/** @type {InputEvent} */ event) => say({ description: typedIn(event) })}
              ></textarea>`
        }
      </div>
    `;
  }

  function schedule() {
    const { scheduled } = /** @type {Variant} */ (seen);
    return html`
      <fieldset class="menu-schedule">
        <legend class="label">${t("Change the price later")}</legend>
        ${scheduled.map(
          ({ price, from }) => html`
            <p class="spread">
              <span id="change-${from}"
                >${t("{price} from {time}", { price: money(price), time: shopTime(from) })}</span
              >
              <button
                type="button"
                class="button"
                aria-describedby="change-${from}"
                @click=${() => void patchNow("later", { price: null, from })}
              >
                ${t("Cancel change")}
              </button>
            </p>
          `,
        )}
        <div class="menu-later">
          <label class="field">
            <span class="label">${t("New price")}</span>
            <input
              class="input"
              inputmode="decimal"
              maxlength="24"
              autocomplete="off"
              .value=${live(later.price)}
              @input=${(/** @type {InputEvent} */ event) => {
                later = { ...later, price: typedIn(event) };
                refresh();
              }}
            />
          </label>
          <label class="field">
            <span class="label">${t("From, in the shop's time")}</span>
            <input
              class="input"
              type="datetime-local"
              .value=${live(later.from)}
              @input=${(/** @type {InputEvent} */ event) => {
                later = { ...later, from: typedIn(event) };
                refresh();
              }}
            />
          </label>
          <button
            type="button"
            class="button menu-schedule-add"
            aria-busy=${busy === "later" ? "true" : "false"}
            aria-disabled=${later.price && later.from ? "false" : "true"}
            @click=${async () => {
              if (!later.price || !later.from) return;
              await patchNow("later", { price: later.price.trim(), from: `${later.from}:00` });
              if (!refusal) later = { price: "", from: "" };
              refresh();
            }}
          >
            ${t("Schedule")}
          </button>
        </div>
      </fieldset>
    `;
  }
}

/** @param {Event} event */
const typedIn = (event) =>
  /** @type {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} */ (event.target).value;

/** @param {unknown} value What a sentence can hold of it. */
const shown = (value) => (typeof value === "string" ? value : "");

/**
 * @param {Kind} kind
 * @param {number} id
 * @param {import("/static/common/types.js").Answer} answer
 * @returns {Entry | null}
 */
function find(kind, id, answer) {
  if (!answer.ok) return null;
  /** @type {Category[]} */
  const categories = answer.categories;
  const services = categories.flatMap((category) => category.services);
  const all = {
    category: categories,
    service: services,
    classification: services.flatMap((service) => service.classifications),
  };
  return /** @type {Entry[]} */ (all[kind]).find((each) => each.id === id) ?? null;
}
