/** Everything that the kiosk's screen is drawn from. */

import { language, tName } from "/static/common/i18n.js";
import { USUAL_LOOKS } from "./looks.js";

/**
 * @typedef {import("/static/common/types.js").Catalog} Catalog
 * @typedef {import("/static/common/types.js").Category} Category
 * @typedef {import("/static/common/types.js").Service} Service
 * @typedef {import("/static/common/types.js").Classification} Classification
 * @typedef {import("/static/common/types.js").Item} Item
 * @typedef {import("/static/common/types.js").Transaction} Transaction
 *
 * @typedef {object} Ticket A confirmed selection.
 * @property {string} code
 * @property {number} position 1 = next.
 * @property {number | null} wait Minutes; null when nobody can say.
 * @property {number} visit The transaction's id.
 *
 * @typedef {object} Wish Whom the customer asks for.
 * @property {"woman" | "man" | "therapist"} kind
 * @property {number | null} id The therapist's.
 * @property {string} name The therapist's.
 *
 * @typedef {object} Choice A variant, and what it is called.
 * @property {number} id
 * @property {string} service
 * @property {string} variant
 *
 * @typedef {object} Second Another variant of a service that is chosen already.
 * @property {Choice} choice
 * @property {Item} item What it might take the place of.
 * @property {boolean} isArmed Whether its buttons take a tap: not in its first moment.
 *
 * @typedef {object} Undoable The last thing that was taken off, while it can be put back.
 * @property {import("/static/common/types.js").Undo} undo The server's word on how.
 * @property {() => string} words What has happened, in the language of now.
 *
 * @typedef {object} KioskState
 * @property {"attract" | "choose" | "done" | "unenrolled"} view
 * @property {number | null} resting The picture is shown, and how often it has changed; null while
 *   the first page itself is shown.
 * @property {import("/static/common/session.js").Status} line
 * @property {Catalog | null} catalog
 * @property {boolean} catalogFailed
 * @property {number | null} categoryId
 * @property {number | null} serviceId
 * @property {number | null} timeLimit Minutes that the customer has; null for any length.
 * @property {Transaction | null} transaction The server's word on the selection.
 * @property {ReadonlySet<string>} busy Names of the buttons that are at work.
 * @property {number | null} addedId The variant that was added a moment ago.
 * @property {(() => string) | null} notice What went wrong and what to do, in the language of now.
 * @property {string} announcement What a screen reader is told.
 * @property {Second | null} second The customer is asked: instead, or as well?
 * @property {Undoable | null} undoable
 * @property {boolean} askingStartOver
 * @property {boolean} priceChanged The customer is told the new total and asked again.
 * @property {boolean} choosingLanguage
 * @property {import("/static/common/types.js").Therapists | null} therapists Whom they may ask for.
 * @property {Wish | null} wanted Whom they ask for; null for anyone.
 * @property {boolean} choosingWanted
 * @property {(() => string) | null} wantedGone Whom they asked for has left: they are asked again.
 * @property {string} language What the page speaks.
 * @property {boolean} large Text at 200 %.
 * @property {boolean} contrast White and yellow on black.
 * @property {boolean} aloud The page reads itself aloud.
 * @property {boolean} low Everything stands in the lower part of a tall screen.
 * @property {number | null} idleLeft Seconds until the kiosk starts over, once it warns.
 * @property {Ticket | null} ticket
 * @property {number} doneLeft Seconds until the ticket's screen closes.
 * @property {import("/static/common/types.js").Wait | null} prospect What somebody may expect who
 *   takes a number for this selection; null while nobody knows.
 * @property {boolean} paperless No printer can print tickets now.
 */

/** A visit's part of the state, before anything was touched. */
export const FRESH_VISIT = {
  resting: /** @type {number | null} */ (null),
  categoryId: null,
  serviceId: null,
  timeLimit: /** @type {number | null} */ (null),
  transaction: null,
  busy: /** @type {ReadonlySet<string>} */ (new Set()),
  addedId: null,
  notice: /** @type {(() => string) | null} */ (null),
  announcement: "",
  second: /** @type {Second | null} */ (null),
  undoable: /** @type {Undoable | null} */ (null),
  askingStartOver: false,
  priceChanged: false,
  choosingLanguage: false,
  wanted: /** @type {Wish | null} */ (null),
  choosingWanted: false,
  wantedGone: /** @type {(() => string) | null} */ (null),
  idleLeft: null,
};

/** @type {KioskState} */
export const INITIAL_STATE = {
  view: "attract",
  line: "connecting",
  language: language(),
  ...USUAL_LOOKS,
  low: false,
  catalog: null,
  catalogFailed: false,
  ...FRESH_VISIT,
  ticket: null,
  doneLeft: 0,
  prospect: null,
  therapists: null,
  paperless: false,
};

/**
 * @param {KioskState} state
 * @returns {{category: Category | undefined, service: Service | undefined, place: number}} What is
 *   open; a category that left the catalogue meanwhile is simply not open any more.
 */
export function whatIsOpen(state) {
  const categories = state.catalog?.categories ?? [];
  const place = categories.findIndex((category) => category.id === state.categoryId);
  const category = categories[place];
  const service = category?.services.find((each) => each.id === state.serviceId);
  return { category, service, place };
}

/**
 * @param {Catalog | null} catalog
 * @param {number} classificationId
 */
export function isOffered(catalog, classificationId) {
  return Boolean(
    catalog?.categories.some((category) =>
      category.services.some((service) =>
        service.classifications.some((each) => each.id === classificationId),
      ),
    ),
  );
}

/**
 * What was chosen, in the page's language where the menu still has it.
 * @param {Pick<KioskState, "catalog">} state
 * @param {Item} item
 * @returns {{service: string, variant: string}}
 */
export function itemNames({ catalog }, item) {
  for (const { services } of catalog?.categories ?? []) {
    const service = services.find((each) => each.id === item.service_id);
    if (!service) continue;
    const variant = service.classifications.find(
      (each) => each.id === item.service_classification_id,
    );
    return {
      service: tName(service),
      variant: variant ? tName(variant) : item.classification_name,
    };
  }
  return { service: item.service_name, variant: item.classification_name };
}

/**
 * What is alike stands in one row.
 * @param {Item} item
 */
export const rowKey = (item) => `${item.service_classification_id} ${item.price}`;

/**
 * The selection as its rows: the same at the same price is one row with a number.
 * @param {Item[]} items
 * @returns {{key: string, items: Item[], last: Item}[]} In the order of the first of each.
 */
export function rowsOf(items) {
  /** @type {Map<string, {key: string, items: Item[], last: Item}>} */
  const rows = new Map();
  for (const item of items) {
    const key = rowKey(item);
    const row = rows.get(key);
    if (row) {
      row.items.push(item);
      row.last = item;
    } else rows.set(key, { key, items: [item], last: item });
  }
  return [...rows.values()];
}
