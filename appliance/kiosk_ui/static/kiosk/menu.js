/** What can be chosen: categories, then their services, then a service's variants. */

import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { minutes, money } from "/static/common/format.js";
import { t, tDescription, tName } from "/static/common/i18n.js";
import { icon, motif, MOTIF_COUNT } from "/static/common/icons.js";
import { whatIsOpen } from "./state.js";

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

/** @param {Category} category @param {number} place @param {Actions} actions */
const categoryCard = (category, place, actions) => html`
  <li>
    <button
      class="tile tile-category tint-${place % MOTIF_COUNT}"
      @click=${() => actions.openCategory(category)}
    >
      <span class="tile-mark">${motif(place)}</span>
      <span class="tile-name"><bdi>${tName(category)}</bdi></span>
    </button>
  </li>
`;

/** @param {KioskState} state @param {Service} service @param {Actions} actions */
const serviceCard = (state, service, actions) => html`
  <li>
    <button class="tile tile-service" @click=${() => actions.openService(service)}>
      <span class="tile-name"><bdi>${tName(service)}</bdi></span>
      ${service.description ? html`<span class="tile-text"><bdi>${tDescription(service)}</bdi></span>` : nothing}
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
        ${chosen > 0 ? html`<span class="variant-count">${t("{count} in your selection", { count: chosen })}</span>` : nothing}
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
      ? nothingToShow(t("The menu cannot be read right now. Please ask at the reception."), actions)
      : skeletons();
    return html`${heading}${list}`;
  }
  if (categories.length === 0) {
    return html`${heading}${nothingToShow(
      t("Nothing is on the menu yet. Please ask at the reception."),
      actions,
    )}`;
  }
  return html`${heading}
    <ul class="tiles ${categories.length > 6 ? "tiles-many" : ""}">
      ${repeat(
        categories,
        (category) => category.id,
        (category, place) => categoryCard(category, place, actions),
      )}
    </ul>`;
}

/** @param {KioskState} state @param {Category} category @param {Actions} actions */
const servicesView = (state, category, actions) => html`
  ${pageHead(tName(category), t("All treatments"), actions)}
  <ul class="tiles">
    ${repeat(
      category.services.filter((service) => service.classifications.length > 0),
      (service) => service.id,
      (service) => serviceCard(state, service, actions),
    )}
  </ul>
`;

/** @param {KioskState} state @param {Category} category @param {Service} service @param {Actions} actions */
const variantsView = (state, category, service, actions) => html`
  ${pageHead(tName(service), tName(category), actions)}
  ${service.description ? html`<p class="page-text"><bdi>${tDescription(service)}</bdi></p>` : nothing}
  <ul class="variants">
    ${repeat(
      service.classifications,
      (variant) => variant.id,
      (variant) => variantRow(state, service, variant, actions),
    )}
  </ul>
`;

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

/** @param {KioskState} state @param {Actions} actions */
export function pageView(state, actions) {
  const { category, service, place } = whatIsOpen(state);
  return html`
    <main class="page ${category ? `tint-${place % MOTIF_COUNT}` : ""}">
      ${
        category && service
          ? variantsView(state, category, service, actions)
          : category
            ? servicesView(state, category, actions)
            : categoriesView(state, actions)
      }
    </main>
  `;
}
