/** What stands in an entry's form, and what of it the server is to change. */

import { plainDigits } from "../../cashier/numbers.js";

/**
 * @typedef {import("./entry.js").Entry} Entry
 * @typedef {import("./entry.js").Kind} Kind
 * @typedef {import("/static/common/types.js").ManagedService} Service
 * @typedef {import("/static/common/types.js").ManagedClassification} Variant
 * @typedef {Record<string, {name: string, description: string}>} Words
 *
 * @typedef {object} Draft Amounts as they are typed.
 * @property {string} name
 * @property {string} description
 * @property {Words} translations
 * @property {string | null} icon
 * @property {string | null} photo
 * @property {string | null} photo_url
 * @property {string} tax_rate
 * @property {number | null} category_id
 * @property {string} price
 * @property {string} duration_minutes
 * @property {string} turn_value
 */

/** @type {Record<Kind, (keyof Draft)[]>} */
const FIELDS = {
  category: ["name", "description", "translations", "icon", "photo"],
  service: ["name", "description", "translations", "icon", "photo", "tax_rate", "category_id"],
  classification: ["name", "translations", "price", "duration_minutes", "turn_value"],
};

/** @param {number | undefined} value */
const typed = (value) => (value === undefined ? "" : String(value));

/**
 * An entry as its form shows it.
 * @param {Kind} kind
 * @param {Entry | null} entry
 * @returns {Draft}
 */
export function toDraft(kind, entry) {
  const service = /** @type {Service | null} */ (kind === "service" ? entry : null);
  const variant = /** @type {Variant | null} */ (kind === "classification" ? entry : null);
  const looks = /** @type {Service | null} */ (kind === "classification" ? null : entry);
  return {
    name: entry?.name ?? "",
    description: looks?.description ?? "",
    translations: Object.fromEntries(
      Object.entries(entry?.translations ?? {}).map(([code, words]) => [
        code,
        { name: words.name ?? "", description: words.description ?? "" },
      ]),
    ),
    icon: looks?.icon ?? null,
    photo: looks?.photo ?? null,
    photo_url: looks?.photo_url ?? null,
    tax_rate: typed(service?.tax_rate),
    category_id: service?.category_id ?? null,
    price: typed(variant?.price),
    duration_minutes: typed(variant?.duration_minutes),
    turn_value: typed(variant?.turn_value ?? 1),
  };
}

/**
 * A form's field as the server reads it: amounts as they are typed.
 * @param {keyof Draft} field
 * @param {Draft} draft
 */
function sent(field, draft) {
  if (field === "duration_minutes") return Number(plainDigits(draft.duration_minutes));
  if (field === "translations") return said(draft);
  const value = draft[field];
  return typeof value === "string" ? value.trim() : value;
}

/**
 * The languages in which something is said. A description alone comes with the entry's own name.
 * @param {Draft} draft
 */
function said({ name, translations }) {
  const words = Object.entries(translations)
    .map(([code, each]) => ({
      code,
      name: each.name.trim(),
      description: each.description.trim(),
    }))
    .filter((each) => each.name || each.description)
    .sort((one, other) => one.code.localeCompare(other.code));
  return Object.fromEntries(
    words.map((each) => [
      each.code,
      {
        name: each.name || name.trim(),
        ...(each.description ? { description: each.description } : {}),
      },
    ]),
  );
}

/**
 * What a form changes.
 * @param {Kind} kind
 * @param {Draft} draft
 * @param {Entry | null} entry As its manager saw it; null for a new one.
 * @returns {{wanted: Record<string, unknown>, expected: Record<string, unknown>}}
 */
export function toChange(kind, draft, entry) {
  const before = toDraft(kind, entry);
  /** @type {Record<string, unknown>} */
  const wanted = {};
  /** @type {Record<string, unknown>} */
  const expected = {};
  for (const field of FIELDS[kind]) {
    const value = sent(field, draft);
    const was = sent(field, before);
    const needed = !entry && ["name", "price", "duration_minutes"].includes(field);
    if (!needed && JSON.stringify(value) === JSON.stringify(was)) continue;
    // Of a tax that nobody has typed the server knows best.
    if (field === "tax_rate" && value === "") {
      if (entry) wanted[field] = 0;
      else continue;
    } else wanted[field] = value;
    expected[field] = was;
  }
  return { wanted, expected };
}
