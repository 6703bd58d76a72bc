/** The list of services that staff pick from. */

import { minutes, money } from "/static/common/format.js";
import { t, tName } from "/static/common/i18n.js";
import { html } from "/static/common/vendor/lit-html/lit-html.js";
import { icon } from "./icons.js";

/** @typedef {import("/static/common/types.js").Category} Category */
/** @typedef {Category["services"][number]} Service */
/** @typedef {Service["classifications"][number]} Variant */

/**
 * Everything that is offered and matches what is searched for, in any of the languages.
 * @param {Category[]} categories
 * @param {string} search
 * @param {(variant: Variant, service: Service) => void} choose
 */
export function serviceList(categories, search, choose) {
  const wanted = search.trim().toLocaleLowerCase();
  const groups = categories
    .map((category) => ({
      name: tName(category),
      rows: category.services.flatMap((service) =>
        service.classifications
          .filter((variant) =>
            [category, service, variant]
              .flatMap((entry) => [entry.name, tName(entry)])
              .join(" ")
              .toLocaleLowerCase()
              .includes(wanted),
          )
          .map((variant) => ({ service, variant })),
      ),
    }))
    .filter((group) => group.rows.length > 0);
  if (groups.length === 0)
    return html`<p class="empty" role="status">${t("No matching service.")}</p>`;
  return groups.map(
    (group) => html`
      <section>
        <h3 class="list-title">${group.name}</h3>
        <ul class="lines">
          ${group.rows.map(
            ({ service, variant }) => html`
              <li class="line-around">
                <button
                  type="button"
                  class="line line-button"
                  @click=${() => choose(variant, service)}
                >
                  <span class="line-main">
                    <span class="line-title"><bdi>${tName(service)}</bdi></span>
                    <span class="muted"
                      ><bdi>${tName(variant)}</bdi> · ${minutes(variant.duration_minutes)}</span
                    >
                  </span>
                  <span class="amount">${money(variant.price)}</span>
                  ${icon("plus", "line-icon")}
                </button>
              </li>
            `,
          )}
        </ul>
      </section>
    `,
  );
}
