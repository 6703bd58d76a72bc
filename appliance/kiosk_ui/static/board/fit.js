/** How many numbers fit into the board's lists. The style sheet alone knows their sizes. */

/** The lists' kinds of rows, from large to small; `data-density` in the style sheet. */
const DENSITIES = [0, 1, 2];

/**
 * @typedef {object} Fit How many rows fit, for each density.
 * @property {number[]} calls
 * @property {number[]} waiting
 */

/** @type {Fit} Before anything was measured. */
export const UNMEASURED = { calls: [3, 4, 8], waiting: [4, 12, 24] };

/** @param {string} tracks What a browser has made of a grid's template: `120px 120px 0px`. */
const filled = (tracks) => tracks.split(" ").filter((size) => parseFloat(size) > 0).length;

/** @param {HTMLElement} list */
function capacities(list) {
  const { density } = list.dataset;
  const found = DENSITIES.map((each) => {
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
    tell({ calls: capacities(calls), waiting: capacities(waiting) });
  });
  return () => {
    if (lists[0]?.isConnected) return;
    observer.disconnect();
    lists = [...host.querySelectorAll("ol")];
    for (const list of lists) observer.observe(list);
  };
}
