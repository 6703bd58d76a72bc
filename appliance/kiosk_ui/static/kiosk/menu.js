/** What can be chosen: categories, then their services, then a service's variants. */

import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { minutes, money } from "/static/common/format.js";
import { t, tDescription, tName } from "/static/common/i18n.js";
import { icon } from "/static/common/icons.js";
import { menuIcon, motif, MOTIF_COUNT } from "/static/common/menu_icons.js";
import { whatIsOpen } from "./state.js";
import { fitting, nothingFits, timeFilter, timeFilterRow } from "./time_filter.js";

/**
 * @typedef {import("./state.js").KioskState} KioskState
 * @typedef {import("./state.js").Category} Category
 * @typedef {import("./state.js").Service} Service
 * @typedef {import("./state.js").Classification} Classification
 * @typedef {import("./views.js").Actions} Actions
 */

/** @param {KioskState} state @param {number} amount */
const price = (state, amount) =>
  money(amount, state.catalog ? { currency: state.catalog.currency } : {});

/** @param {Service} service */
const cheapest = ({ classifications }) => Math.min(...classifications.map((each) => each.price));

/**
 * A page's title and the way back.
 * @param {string} title
 * @param {string | null} backTo Where back leads; null for the first page.
 * @param {Actions} actions
 */
const pageHead = (title, backTo, actions) => html`
  <div class="page-head">
    ${
      backTo === null
        ? nothing
        : html`<button class="button button-quiet page-back" @click=${actions.back}>
            ${icon("back")} <span class="page-back-to">${backTo}</span>
          </button>`
    }
    <h1 class="display" tabindex="-1" data-focus><bdi>${title}</bdi></h1>
  </div>
`;

/**
 * A photo, loaded when it comes near the screen. Its box has its size without it.
 * @param {string} url
 */
const photo = (url) => html`<img loading="lazy" decoding="async" alt="" src=${url} />`;

/** @param {{photo_url?: string}[]} entries */
const anyPhoto = (entries) => entries.some(({ photo_url }) => photo_url);

/**
 * What stands at the top of a card: where any of the list has a photo, a box for one in each.
 * @param {{photo_url?: string, icon?: string}} entry
 * @param {boolean} pictured
 * @param {unknown} drawn For an entry that has neither photo nor icon.
 */
function mark(entry, pictured, drawn) {
  const shape = entry.icon ? menuIcon(entry.icon) : drawn;
  if (pictured) {
    return html`<span class="tile-photo"
      >${entry.photo_url ? photo(entry.photo_url) : shape}</span
    >`;
  }
  return shape === nothing ? nothing : html`<span class="tile-mark">${shape}</span>`;
}

/** @param {{description?: string}} entry */
const words = (entry) =>
  entry.description
    ? html`<span class="tile-text"><bdi>${tDescription(entry)}</bdi></span>`
    : nothing;

/** @param {Category} category @param {number} place @param {boolean} pictured @param {Actions} actions */
const categoryCard = (category, place, pictured, actions) => html`
  <li>
    <button
      class="tile tile-category ${pictured ? "tile-pictured" : ""} tint-${place % MOTIF_COUNT}"
      @click=${() => actions.openCategory(category)}
    >
      ${mark(category, pictured, motif(place))}
      <span class="tile-name"><bdi>${tName(category)}</bdi></span>
      ${words(category)}
    </button>
  </li>
`;

/**
 * @param {KioskState} state
 * @param {Service} service
 * @param {{pictured: boolean, place: number}} look `place`: of its category.
 * @param {Actions} actions
 */
const serviceCard = (state, service, { pictured, place }, actions) => html`
  <li>
    <button
      class="tile tile-service ${pictured ? "tile-pictured" : ""}"
      @click=${() => actions.openService(service)}
    >
      ${mark(service, pictured, pictured ? motif(place) : nothing)}
      <span class="tile-name"><bdi>${tName(service)}</bdi></span>
      ${words(service)}
      <span class="tile-price number">
        ${
          service.classifications.length > 1
            ? t("from {price}", { price: price(state, cheapest(service)) })
            : price(state, cheapest(service))
        }
      </span>
    </button>
  </li>
`;

/** @param {KioskState} state @param {Service} service @param {Classification} variant @param {Actions} actions */
function variantRow(state, service, variant, actions) {
  const chosen =
    state.transaction?.items.filter((item) => item.service_classification_id === variant.id)
      .length ?? 0;
  const busy = state.busy.has(`add-${variant.id}`);
  const added = state.addedId === variant.id;
  return html`
    <li>
      <button
        class="variant ${added ? "variant-added" : ""}"
        aria-busy=${busy ? "true" : "false"}
        aria-disabled=${state.busy.has("confirm") ? "true" : "false"}
        @click=${() => actions.add(service, variant)}
      >
        <span class="variant-name"><bdi>${tName(variant)}</bdi></span>
        <span class="variant-minutes">${icon("clock")} ${minutes(variant.duration_minutes)}</span>
        <span class="variant-price number">${price(state, variant.price)}</span>
        <span class="variant-add">
          ${added ? html`${icon("check")} ${t("Added")}` : html`${icon("plus")} ${t("Add")}`}
        </span>
        ${chosen > 0 ? html`<span class="variant-count">${t("{count} selected", { count: chosen })}</span>` : nothing}
      </button>
    </li>
  `;
}

const skeletons = () => html`
  <ul class="tiles" aria-hidden="true">
    ${[0, 1, 2, 3].map(() => html`<li><span class="tile tile-category skeleton"></span></li>`)}
  </ul>
  <p class="visually-hidden" role="status">${t("The menu is loading.")}</p>
`;

/** @param {string} words @param {Actions} actions */
const nothingToShow = (words, actions) => html`
  <div class="no-menu">
    ${icon("info")}
    <p>${words}</p>
    <button class="button button-large" @click=${actions.reloadCatalog}>${t("Try again")}</button>
  </div>
`;

/** @param {KioskState} state @param {Actions} actions */
function categoriesView(state, actions) {
  const categories = state.catalog?.categories;
  const heading = pageHead(t("What would you like today?"), null, actions);
  if (!categories) {
    const list = state.catalogFailed
      ? nothingToShow(
          t("The menu can't be loaded right now. Please ask at the front desk."),
          actions,
        )
      : skeletons();
    return html`${heading}${list}`;
  }
  if (categories.length === 0) {
    return html`${heading}${nothingToShow(
      t("Nothing is on the menu yet. Please ask at the front desk."),
      actions,
    )}`;
  }
  const pictured = anyPhoto(categories);
  // A category keeps its tint whichever others are left.
  const shown = categories
    .map((category, place) => ({ category, place }))
    .filter(({ category }) => fitting(state, category.services).length > 0);
  return html`${heading}${timeFilterRow(state, actions)}
    <ul class="tiles ${categories.length > 6 ? "tiles-many" : ""}">
      ${repeat(
        shown,
        ({ category }) => category.id,
        ({ category, place }) => categoryCard(category, place, pictured, actions),
      )}
    </ul>`;
}

/** @param {KioskState} state @param {Category} category @param {number} place @param {Actions} actions */
function servicesView(state, category, place, actions) {
  const services = fitting(state, category.services);
  const look = { pictured: anyPhoto(category.services), place };
  return html`
    ${pageHead(tName(category), t("All services"), actions)} ${timeFilterRow(state, actions)}
    ${services.length === 0 ? nothingFits() : nothing}
    <ul class="tiles">
      ${repeat(
        services,
        (service) => service.id,
        (service) => serviceCard(state, service, look, actions),
      )}
    </ul>
  `;
}

/** @param {KioskState} state @param {Category} category @param {Service} service @param {Actions} actions */
function variantsView(state, category, service, actions) {
  const variants = fitting(state, [service])[0]?.classifications ?? [];
  return html`
    ${pageHead(tName(service), tName(category), actions)}
    ${service.photo_url ? html`<span class="page-photo">${photo(service.photo_url)}</span>` : nothing}
    ${service.description ? html`<p class="page-text"><bdi>${tDescription(service)}</bdi></p>` : nothing}
    ${timeFilter(state) ? timeFilterRow(state, actions) : nothing}
    ${variants.length === 0 ? nothingFits() : nothing}
    <ul class="variants">
      ${repeat(
        variants,
        (variant) => variant.id,
        (variant) => variantRow(state, service, variant, actions),
      )}
    </ul>
  `;
}

/** @param {KioskState} state @param {Actions} actions */
export const noticeView = (state, actions) =>
  html`<div class="notices" role="alert">
    ${
      state.notice
        ? html`<div class="banner banner-warn notice">
            ${icon("info")}
            <p>${state.notice()}</p>
            <button class="button" @click=${actions.dismissNotice}>${t("OK")}</button>
          </div>`
        : nothing
    }
  </div>`;

/**
 * What was taken off can be put back; over the foot of the page, where nothing moves for it.
 * @param {KioskState} state
 * @param {Actions} actions
 */
export const undoView = ({ undoable, busy }, actions) =>
  html`<div class="undo-place" role="status">
    ${
      undoable
        ? html`<div class="banner undo">
            <p>${undoable.words()}</p>
            <button
              class="button undo-button"
              aria-busy=${busy.has("undo") ? "true" : "false"}
              @click=${actions.undo}
            >
              ${icon("undo")} ${t("Undo")}
            </button>
          </div>`
        : nothing
    }
  </div>`;

/** @param {KioskState} state @param {Actions} actions */
export function pageView(state, actions) {
  const { category, service, place } = whatIsOpen(state);
  return html`
    <main class="page ${category ? `tint-${place % MOTIF_COUNT}` : ""}">
      ${
        category && service
          ? variantsView(state, category, service, actions)
          : category
            ? servicesView(state, category, place, actions)
            : categoriesView(state, actions)
      }
    </main>
  `;
}
