/** Pieces that several staff pages draw the same way. */

import { minutes, money } from "/static/common/format.js";
import { t } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { ago } from "./clock.js";
import { icon } from "./icons.js";

/** @typedef {import("/static/common/types.js").Item} Item */
/** @typedef {import("/static/common/types.js").Transaction} Transaction */

/** How many customers a list may have to show all of each. */
const FEW = 4;

/**
 * A service with its variant: `Swedish Massage – Back and neck`.
 * @param {Pick<Item, "service_name" | "classification_name">} item
 */
export const itemName = ({ service_name, classification_name }) =>
  `${service_name} – ${classification_name}`;

/**
 * A customer's services in one line.
 * @param {Transaction} transaction
 */
export function serviceNames({ items }) {
  return items.map(itemName).join(", ");
}

/**
 * The same, one for each line.
 * @param {Item[]} items
 */
export function servicesInFull(items) {
  return items.map(
    (item) =>
      html`<span class="service-in-full"
        ><bdi>${item.service_name}</bdi> – <bdi>${item.classification_name}</bdi></span
      >`,
  );
}

/**
 * A customer's services in a list: all of them where the list is short, else no more than two lines.
 * @param {Transaction} transaction
 * @param {number} listed How many customers the list has.
 */
export function servicesListed(transaction, listed) {
  return listed <= FEW
    ? html`<span class="line-title">${servicesInFull(transaction.items)}</span>`
    : html`<span class="line-title clamp" dir="auto">${serviceNames(transaction)}</span>`;
}

/**
 * How long a customer has waited: `waiting 5 min`.
 * @param {Transaction} transaction
 */
export function waitingSince(transaction) {
  return t("waiting {time}", { time: ago(transaction.selection_confirmed_at) });
}

/**
 * What the front desk wrote down about a customer, if anything.
 * @param {Transaction} transaction
 */
export function noteOf({ note }) {
  return note ? html`<span class="clamp" dir="auto">${note}</span>` : nothing;
}

/**
 * Whom a customer asked for, if anybody.
 * @param {Transaction} transaction
 */
export function wantedOf({ wanted }) {
  if (wanted.kind === "anyone") return nothing;
  const who =
    wanted.kind === "therapist"
      ? (wanted.therapist ?? "")
      : wanted.kind === "woman"
        ? t("A woman")
        : t("A man");
  return html`<span class="chip chip-accent wanted">${t("Asked for:")} <bdi>${who}</bdi></span>`;
}

/**
 * A customer's services with minutes and prices.
 * @param {Item[]} items
 * @param {((item: Item) => void) | null} [onRemove] Offers to take one off; null where that is not
 *   allowed.
 */
export function itemList(items, onRemove = null) {
  return html`
    <ul class="lines items ${onRemove ? "items-removable" : ""}">
      ${repeat(
        items,
        (item) => item.id,
        (item) => html`
          <li class="line">
            <span class="item">
              <span class="line-title"><bdi>${item.service_name}</bdi></span>
              <span class="item-what"
                ><bdi>${item.classification_name}</bdi> · ${minutes(item.duration_minutes)}</span
              >
              <span class="amount">${money(item.price)}</span>
            </span>
            ${
              onRemove
                ? html`<button
                    type="button"
                    class="button button-icon"
                    aria-label=${t("Remove {service}, {variant}", {
                      service: item.service_name,
                      variant: item.classification_name,
                    })}
                    @click=${() => onRemove(item)}
                  >
                    ${icon("close")}
                  </button>`
                : nothing
            }
          </li>
        `,
      )}
    </ul>
  `;
}

/**
 * What an empty place says instead of nothing.
 * @param {import("./icons.js").IconName} name
 * @param {string} title
 * @param {string} [text]
 */
export function emptyState(name, title, text = "") {
  return html`
    <div class="empty">
      <span class="empty-icon">${icon(name)}</span>
      <p class="empty-title">${title}</p>
      ${text ? html`<p class="muted">${text}</p>` : nothing}
    </div>
  `;
}

/** @type {Record<string, () => string>} */
const ROOM_WORDS = {
  available: () => t("Ready"),
  occupied: () => t("In use"),
  preparing: () => t("Preparing"),
};

/**
 * A room's state as a word for people.
 * @param {string} status
 */
export function roomWord(status) {
  return ROOM_WORDS[status]?.() ?? status;
}

/** @type {Record<string, string>} */
const ROOM_CHIPS = { available: "chip-ok", occupied: "chip-accent", preparing: "chip-warn" };

/**
 * The same as a chip.
 * @param {string} status
 */
export function roomChip(status) {
  return html`<span class="chip ${ROOM_CHIPS[status] ?? ""}">${roomWord(status)}</span>`;
}
