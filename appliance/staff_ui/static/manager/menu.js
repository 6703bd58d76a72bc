/** The menu as customers see it, entry by entry: what it says, costs and looks like, in which order. */

import { minutes, money } from "/static/common/format.js";
import { t, tError, tn } from "/static/common/i18n.js";
import { menuIcon, motif } from "/static/common/menu_icons.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { emptyState } from "../shared/parts.js";
import { icon } from "../shared/icons.js";
import { askForEntry } from "./menu/entry.js";
import { createOrder, orderRow } from "./menu/order.js";
import { showPreview } from "./menu/preview.js";
import { shopTime } from "./menu/shop_time.js";
import { change, read } from "./records.js";
import { startSection } from "./section.js";

/**
 * @typedef {import("/static/common/types.js").ManagedCategory} Category
 * @typedef {import("/static/common/types.js").ManagedService} Service
 * @typedef {import("/static/common/types.js").ManagedClassification} Variant
 *
 * @typedef {object} MenuState
 * @property {Category[] | null} categories
 * @property {string} search
 * @property {ReadonlySet<number>} open The categories whose services are listed.
 * @property {boolean} ordering
 */

/** A menu up to here is listed whole; a longer one by category. */
const FEW = 60;

/** @type {MenuState} */
const START = { categories: null, search: "", open: new Set(), ordering: false };

const { app, server } = startSection({
  start: START,
  view: (state) => state.categories && wholeMenu(state, state.categories),
  actions,
});

/** @returns {unknown} */
function actions() {
  return html`
    <div class="row">
      <button type="button" class="button" @click=${() => void showPreview()}>
        ${icon("phone")} ${t("Preview")}
      </button>
      <button
        type="button"
        class="button"
        aria-pressed=${app.state.ordering ? "true" : "false"}
        @click=${() => app.set({ ordering: !app.state.ordering, search: "" })}
      >
        ${app.state.ordering ? t("Done") : t("Change order")}
      </button>
      <button
        type="button"
        class="button button-primary"
        @click=${() => void add("category", null)}
      >
        ${icon("plus")} ${t("Add category")}
      </button>
    </div>
  `;
}

/** @type {Promise<void>} */
let newest = Promise.resolve();
let asked = 0;

/** Shows the menu as it is now; ends when the newest answer is there, no matter who has asked for it. */
function load() {
  newest = loadOnce();
  return newest;
}

/** @returns {Promise<void>} */
async function loadOnce() {
  asked += 1;
  const mine = asked;
  const answer = await read("catalog");
  if (mine !== asked) return newest;
  if (!answer.ok) {
    app.set({ problem: tError(answer) });
    return undefined;
  }
  const first = app.state.categories === null;
  /** @type {Category[]} */
  const categories = answer.categories;
  app.set({
    categories,
    ...(first && countOf(categories) <= FEW
      ? { open: new Set(categories.map(({ id }) => id)) }
      : {}),
  });
  return undefined;
}
void load();
server.session.on("catalog_updated", () => void load());

/** @param {Category[]} categories */
const countOf = (categories) =>
  categories.reduce(
    (sum, { services }) =>
      sum + services.reduce((variants, each) => variants + each.classifications.length, 1),
    0,
  );

const order = createOrder(async (kind, ids, said) => {
  app.set({ said });
  const answer = await change("POST", "catalog/order", { kind, ids });
  if (!answer.ok) app.set({ problem: tError(answer) });
  await load();
}, app);

/** @typedef {import("./menu/entry.js").Kind} Kind */

/**
 * @param {Kind} kind
 * @param {number | null} parent The category of a service, the service of a variant.
 */
async function add(kind, parent) {
  const added = await askForEntry({ kind, parent, entry: null, categories: [] });
  if (!added) return;
  if (kind === "category") app.set({ open: new Set([...app.state.open, added.id]) });
  app.set({ said: t("{name} added.", { name: added.name }) });
  await load();
  // Nothing can be chosen of a service without one.
  if (kind === "service") await add("classification", added.id);
}

/** @param {Kind} kind @param {Category | Service | Variant} entry */
async function edit(kind, entry) {
  const categories = app.state.categories ?? [];
  const changed = await askForEntry({ kind, parent: null, entry, categories });
  if (changed) app.set({ said: t("{name} saved.", { name: changed.name }) });
  await load();
}

/** @param {number} id */
function toggle(id) {
  const open = new Set(app.state.open);
  if (!open.delete(id)) open.add(id);
  app.set({ open });
}

/**
 * @param {Readonly<MenuState>} state
 * @param {Category[]} categories
 */
function wholeMenu(state, categories) {
  if (categories.length === 0) {
    return emptyState(
      "sparkle",
      t("The menu is empty"),
      t("Add a category, then the services in it."),
    );
  }
  if (state.ordering) return orderView(state, categories);
  const wanted = state.search.trim().toLocaleLowerCase();
  const found = wanted ? matching(categories, wanted) : categories;
  return html`
    <label class="field menu-search">
      <span class="visually-hidden">${t("Search the menu")}</span>
      <input
        class="input"
        type="search"
        autocomplete="off"
        placeholder=${t("Search the menu")}
        .value=${state.search}
        @input=${(/** @type {InputEvent} */ event) =>
          app.set({ search: /** @type {HTMLInputElement} */ (event.target).value })}
      />
    </label>
    ${found.length === 0 ? html`<p class="empty" role="status">${t("No matching service")}</p>` : nothing}
    ${repeat(
      found,
      ({ id }) => id,
      (category) =>
        categoryCard(
          category,
          categories.findIndex(({ id }) => id === category.id),
          Boolean(wanted) || state.open.has(category.id),
        ),
    )}
  `;
}

/**
 * The categories with nothing in them but what is called like what is searched for, in any language.
 * @param {Category[]} categories
 * @param {string} wanted
 * @returns {Category[]}
 */
function matching(categories, wanted) {
  /** @param {Category | Service | Variant} entry */
  const named = (entry) =>
    [entry, ...Object.values(entry.translations)].some((each) =>
      each.name?.toLocaleLowerCase().includes(wanted),
    );
  return categories.flatMap((category) => {
    if (named(category)) return [category];
    const services = category.services.filter(
      (service) => named(service) || service.classifications.some(named),
    );
    return services.length > 0 ? [{ ...category, services }] : [];
  });
}

/** @param {Category | Service | Variant} entry */
function chips(entry) {
  const until = "hidden_until" in entry ? entry.hidden_until : null;
  if (!entry.active) return html`<span class="chip">${t("Hidden")}</span>`;
  if (!until || new Date(until).getTime() <= Date.now()) return nothing;
  return html`<span class="chip chip-warn"
    >${t("Not today, back {time}", { time: shopTime(until) })}</span
  >`;
}

/**
 * @param {Category | Service} entry
 * @param {unknown} drawn
 */
const thumb = (entry, drawn) =>
  html`<span class="menu-thumb"
    >${
      entry.photo_url
        ? html`<img loading="lazy" decoding="async" alt="" src=${entry.photo_url} />`
        : entry.icon
          ? menuIcon(entry.icon)
          : drawn
    }</span
  >`;

/**
 * @param {Category} category
 * @param {number} place
 * @param {boolean} open
 */
function categoryCard(category, place, open) {
  const { id, name, services, active } = category;
  return html`
    <section
      class="card menu-category ${active ? "" : "menu-hidden"}"
      aria-labelledby="category-${id}"
    >
      <div class="menu-head">
        <button
          type="button"
          class="menu-toggle"
          aria-expanded=${open ? "true" : "false"}
          @click=${() => toggle(id)}
        >
          ${thumb(category, motif(place))}
          <span class="line-main">
            <h2 class="menu-name" id="category-${id}"><bdi>${name}</bdi></h2>
            <span class="muted">
              ${tn("{count} service", "{count} services", services.length, { count: services.length })}
            </span>
          </span>
          ${chips(category)}
        </button>
        <button
          type="button"
          class="button button-quiet"
          aria-label=${t("Edit {name}", { name })}
          @click=${() => void edit("category", category)}
        >
          ${t("Edit")}
        </button>
      </div>
      ${
        open
          ? html`
              ${repeat(services, (service) => service.id, serviceBlock)}
              <button type="button" class="button menu-add" @click=${() => void add("service", id)}>
                ${icon("plus")} ${t("Add service")}
              </button>
            `
          : nothing
      }
    </section>
  `;
}

/** @param {Service} service */
function serviceBlock(service) {
  const { id, name, classifications, active } = service;
  return html`
    <div class="menu-service ${active ? "" : "menu-hidden"}">
      <button
        type="button"
        class="line line-button menu-service-head"
        @click=${() => void edit("service", service)}
      >
        ${service.icon || service.photo_url ? thumb(service, nothing) : nothing}
        <span class="line-main">
          <span class="line-title"><bdi>${name}</bdi></span>
          ${service.description ? html`<span class="muted clamp" dir="auto">${service.description}</span>` : nothing}
        </span>
        ${chips(service)}
      </button>
      <ul class="lines menu-variants">
        ${repeat(
          classifications,
          (variant) => variant.id,
          (variant) => variantLine(variant),
        )}
        <li>
          <button
            type="button"
            class="button button-quiet"
            aria-label=${t("Add variant of {name}", { name })}
            @click=${() => void add("classification", id)}
          >
            ${icon("plus")} ${t("Add variant")}
          </button>
        </li>
      </ul>
    </div>
  `;
}

/** @param {Variant} variant */
function variantLine(variant) {
  const next = variant.scheduled[0];
  return html`
    <li class="line-around ${variant.active ? "" : "menu-hidden"}">
      <button
        type="button"
        class="line line-button"
        @click=${() => void edit("classification", variant)}
      >
        <span class="line-main">
          <span><bdi>${variant.name}</bdi> · ${minutes(variant.duration_minutes)}</span>
          ${
            next
              ? html`<span class="muted"
                  >${t("{price} from {time}", {
                    price: money(next.price),
                    time: shopTime(next.from),
                  })}</span
                >`
              : nothing
          }
        </span>
        ${chips(variant)}
        <span class="amount">${money(variant.price)}</span>
      </button>
    </li>
  `;
}

/**
 * @param {Readonly<MenuState>} state
 * @param {Category[]} categories
 */
function orderView(state, categories) {
  return html`
    <p class="muted">${t("Drag by the handle, or use the arrows.")}</p>
    <ul class="menu-order card">
      ${order.list("category", categories, (category, place, of) => {
        const open = state.open.has(category.id);
        return html`
          ${orderRow(order, "category", categories, category, place, of, {
            open,
            toggle: () => toggle(category.id),
          })}
          ${
            open && category.services.length > 1
              ? html`<ul class="menu-order menu-order-inner">
                  ${order.list(
                    "service",
                    category.services,
                    (service, inner, all) => html`
                      ${orderRow(order, "service", category.services, service, inner, all)}
                      ${
                        service.classifications.length > 1
                          ? html`<ul class="menu-order menu-order-inner">
                              ${order.list(
                                "classification",
                                service.classifications,
                                (variant, at, last) =>
                                  orderRow(
                                    order,
                                    "classification",
                                    service.classifications,
                                    variant,
                                    at,
                                    last,
                                  ),
                              )}
                            </ul>`
                          : nothing
                      }
                    `,
                  )}
                </ul>`
              : nothing
          }
        `;
      })}
    </ul>
  `;
}
