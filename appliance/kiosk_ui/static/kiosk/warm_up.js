/** The first customer's taps are as quick as the next one's. */

import { render } from "/static/common/vendor/lit-html/lit-html.js";
import { FRESH_VISIT } from "./state.js";

/**
 * @typedef {import("./state.js").KioskState} KioskState
 * @typedef {import("./state.js").Transaction} Transaction
 */

/**
 * Draws a visit's pages where nobody sees them, one in each idle moment: templates are parsed,
 * number formats made, code compiled and fonts loaded before a finger needs them.
 * @param {KioskState} state With the menu.
 * @param {(state: KioskState) => unknown} view
 */
export function warmUp(state, view) {
  const unseen = document.createElement("div");
  unseen.className = "unseen";
  unseen.inert = true;
  document.body.append(unseen);
  const pages = visit(state);
  const next = () => {
    const page = pages.shift();
    if (page) {
      render(view(page), unseen);
      requestIdleCallback(next);
    } else unseen.remove();
  };
  requestIdleCallback(next);
}

/**
 * @param {KioskState} state
 * @returns {KioskState[]} The pages from the menu to a filled basket.
 */
function visit(state) {
  const category = state.catalog?.categories.find(({ services }) =>
    services.some(({ classifications }) => classifications.length > 0),
  );
  const service = category?.services.find(({ classifications }) => classifications.length > 0);
  const variant = service?.classifications[0];
  /** @type {KioskState} */
  const menu = { ...state, ...FRESH_VISIT, view: "choose", line: "online" };
  if (!category || !service || !variant) return [menu];
  const transaction = /** @type {Transaction} */ ({
    total_amount: variant.price,
    total_duration_minutes: variant.duration_minutes,
    items: [
      {
        id: 0,
        service_id: service.id,
        service_name: service.name,
        service_classification_id: variant.id,
        classification_name: variant.name,
        price: variant.price,
        duration_minutes: variant.duration_minutes,
      },
    ],
  });
  const services = { ...menu, categoryId: category.id };
  const variants = { ...services, serviceId: service.id };
  return [
    menu,
    services,
    variants,
    { ...variants, busy: new Set([`add-${variant.id}`]) },
    { ...variants, transaction, addedId: variant.id },
    { ...menu, transaction, busy: new Set(["confirm"]) },
  ];
}
