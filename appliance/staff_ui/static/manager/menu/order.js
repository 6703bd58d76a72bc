/**
 * Putting entries in another order: by dragging a handle, or by arrows, which a keyboard and a screen
 * reader have too. What is on the page moves at once; the server is told when the finger lets go.
 */

import { t } from "/static/common/i18n.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { html } from "/static/common/vendor/lit-html/lit-html.js";
import { icon } from "../../shared/icons.js";

/**
 * @typedef {import("./entry.js").Kind} Kind
 * @typedef {{id: number, name: string}} Entry
 * @typedef {ReturnType<typeof createOrder>} Order
 */

/**
 * @param {(kind: Kind, ids: number[], said: string) => Promise<void>} save `said`: what happened, for
 *   a screen reader.
 * @param {{redraw: () => void, drawn: (then: () => void) => void}} app
 */
export function createOrder(save, app) {
  /** @type {Map<Kind, number[]>} What is shown until the server has it, by kind: one list at a time. */
  const shown = new Map();
  let saving = Promise.resolve();
  let unsaved = 0;
  /** Whether the page has what is shown from the server, and only has to be drawn. */
  let settled = false;

  /**
   * @template {Entry} E
   * @param {Kind} kind
   * @param {E[]} entries
   * @returns {E[]}
   */
  const arranged = (kind, entries) => {
    const ids = shown.get(kind);
    if (ids?.length !== entries.length) return entries;
    const found = ids.flatMap((id) => entries.find((each) => each.id === id) ?? []);
    return found.length === entries.length ? found : entries;
  };

  /** @param {Kind} kind @param {Entry[]} entries @param {number} id */
  const keep = (kind, entries, id) => {
    const list = arranged(kind, entries);
    const place = list.findIndex((each) => each.id === id);
    const said = t("{name}: {place} of {count}", {
      name: list[place]?.name ?? "",
      place: place + 1,
      count: list.length,
    });
    unsaved += 1;
    saving = saving.then(async () => {
      await save(
        kind,
        list.map((each) => each.id),
        said,
      );
      unsaved -= 1;
      settled = unsaved === 0;
      app.redraw();
    });
  };

  /** @param {Kind} kind @param {Entry[]} entries @param {number} id @param {number} to */
  const put = (kind, entries, id, to) => {
    const ids = arranged(kind, entries).map((each) => each.id);
    const from = ids.indexOf(id);
    if (from === to || to < 0 || to >= ids.length) return false;
    ids.splice(to, 0, ...ids.splice(from, 1));
    if (unsaved === 0) shown.clear();
    settled = false;
    shown.set(kind, ids);
    app.redraw();
    return true;
  };

  return {
    /**
     * The entries of a list, each drawn in a row of its own.
     * @template {Entry} E
     * @param {Kind} kind
     * @param {E[]} entries
     * @param {(entry: E, place: number, of: number) => unknown} row
     */
    list(kind, entries, row) {
      // Not sooner: until a row is drawn again it knows the entries in their order of before, and a
      // second quick step would begin there.
      if (settled) shown.clear();
      return repeat(
        arranged(kind, entries),
        ({ id }) => id,
        (entry, place) =>
          html`<li class="menu-order-item">${row(entry, place, entries.length)}</li>`,
      );
    },

    /**
     * One step up or down; the focus goes along.
     * @param {Kind} kind
     * @param {Entry[]} entries
     * @param {Entry} entry
     * @param {-1 | 1} by
     */
    step(kind, entries, { id }, by) {
      const from = arranged(kind, entries).findIndex((each) => each.id === id);
      if (!put(kind, entries, id, from + by)) return;
      keep(kind, entries, id);
      app.drawn(() => {
        const row = document.getElementById(`order-${kind}-${id}`);
        const same = row?.querySelector(`[data-by="${by}"]:not(:disabled)`);
        const other = same ?? row?.querySelector("[data-by]:not(:disabled)");
        if (other instanceof HTMLElement) other.focus();
      });
    },

    /**
     * Follows a finger or a mouse until it lets go.
     * @param {Kind} kind
     * @param {Entry[]} entries
     * @param {Entry} entry
     * @param {PointerEvent} event
     */
    drag(kind, entries, { id }, event) {
      const handle = /** @type {HTMLElement} */ (event.currentTarget);
      const item = handle.closest("li");
      const list = item?.parentElement;
      if (!item || !list || event.button !== 0) return;
      event.preventDefault();
      item.classList.add("menu-order-dragged");
      let moved = false;
      const move = (/** @type {PointerEvent} */ { clientY }) => {
        const rows = [...list.children];
        const to = rows.findIndex((row) => {
          const box = row.getBoundingClientRect();
          return clientY < box.bottom;
        });
        moved = put(kind, entries, id, to === -1 ? rows.length - 1 : to) || moved;
      };
      const end = () => {
        removeEventListener("pointermove", move);
        removeEventListener("pointerup", end);
        removeEventListener("pointercancel", end);
        item.classList.remove("menu-order-dragged");
        if (moved) keep(kind, entries, id);
      };
      // On the window: the row itself moves in the page, which ends its own hold on the pointer.
      addEventListener("pointermove", move);
      addEventListener("pointerup", end);
      addEventListener("pointercancel", end);
    },
  };
}

/**
 * A row with its handle and arrows.
 * @param {Order} order
 * @param {Kind} kind
 * @param {Entry[]} entries Those that it is among.
 * @param {Entry} entry
 * @param {number} place
 * @param {number} of
 * @param {{open: boolean, toggle: () => void}} [inside] What is in it can be shown.
 */
export function orderRow(order, kind, entries, entry, place, of, inside) {
  const { id, name } = entry;
  return html`
    <div class="menu-order-row" id="order-${kind}-${id}">
      <span
        class="menu-handle"
        aria-hidden="true"
        @pointerdown=${(/** @type {PointerEvent} */ event) =>
          order.drag(kind, entries, entry, event)}
        >${icon("drag")}</span
      >
      ${
        inside
          ? html`<button
              type="button"
              class="menu-order-name menu-order-open"
              aria-expanded=${inside.open ? "true" : "false"}
              @click=${inside.toggle}
            >
              <bdi>${name}</bdi>
            </button>`
          : html`<span class="menu-order-name"><bdi>${name}</bdi></span>`
      }
      ${arrow(-1, t("Move {name} up", { name }), place === 0)}
      ${arrow(1, t("Move {name} down", { name }), place === of - 1)}
    </div>
  `;

  /** @param {-1 | 1} by @param {string} label @param {boolean} last */
  function arrow(by, label, last) {
    return html`<button
      type="button"
      class="button button-icon"
      data-by=${by}
      aria-label=${label}
      ?disabled=${last}
      @click=${() => order.step(kind, entries, entry, by)}
    >
      ${icon(by < 0 ? "up" : "down")}
    </button>`;
  }
}
