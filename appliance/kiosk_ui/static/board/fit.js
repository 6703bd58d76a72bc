/** How many numbers fit into the board's lists. The style sheet alone knows their sizes. */

/** How many kinds of rows the lists have, from large to small: `data-density` in the style sheet. */
const DENSITIES = { calls: 3, waiting: 4 };

/**
 * @typedef {object} Fit How many rows fit, for each density.
 * @property {number[]} calls
 * @property {number[]} waiting
 */

/** @type {Fit} Before anything was measured. */
export const UNMEASURED = { calls: [3, 4, 8], waiting: [4, 12, 16, 24] };

/** @param {string} tracks What a browser has made of a grid's template: `120px 120px 0px`. */
const filled = (tracks) => tracks.split(" ").filter((size) => parseFloat(size) > 0).length;

/** @param {HTMLElement} list @param {number} kinds Of rows. */
function capacities(list, kinds) {
  const { density } = list.dataset;
  const found = Array.from({ length: kinds }, (_, each) => {
    list.dataset.density = String(each);
    const { gridTemplateColumns, gridTemplateRows } = getComputedStyle(list);
    return Math.max(1, filled(gridTemplateColumns) * filled(gridTemplateRows));
  });
  list.dataset.density = density;
  return found;
}

/**
 * @param {number[]} capacity Of each density.
 * @param {number} count
 * @returns {{density: number, room: number}} The largest rows that have room for so many; the
 *   smallest where none has.
 */
export function fitting(capacity, count) {
  const density = capacity.findIndex((room) => room >= count);
  const chosen = density === -1 ? capacity.length - 1 : density;
  return { density: chosen, room: capacity[chosen] ?? 1 };
}

/**
 * Measures the lists whenever their size has changed.
 * @param {HTMLElement} host
 * @param {(fit: Fit) => void} tell
 * @returns {() => void} Looks whether the page has lists, or other ones than before.
 */
export function watchFit(host, tell) {
  /** @type {HTMLElement[]} */
  let lists = [];
  const observer = new ResizeObserver(() => {
    const [calls, waiting] = lists;
    if (!calls?.isConnected || !waiting) return;
    tell({
      calls: capacities(calls, DENSITIES.calls),
      waiting: capacities(waiting, DENSITIES.waiting),
    });
  });
  return () => {
    if (lists[0]?.isConnected) return;
    observer.disconnect();
    lists = [...host.querySelectorAll("ol")];
    for (const list of lists) observer.observe(list);
  };
}
