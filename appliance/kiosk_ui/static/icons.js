/** Line drawings on a 24 × 24 grid. They only decorate: the words beside them carry the meaning. */

import { html, svg } from "/static/common/vendor/lit-html/lit-html.js";

const ICONS = {
  back: svg`<path d="M14.5 5.500 8 12l6.500 6.500" />`,
  check: svg`<path d="m5 12.800 4.700 4.700L19.500 7" />`,
  clock: svg`<circle cx="12" cy="12" r="8.300" /><path d="M12 7.200V12l3.200 2" />`,
  close: svg`<path d="m6.500 6.500 11 11m0-11-11 11" />`,
  down: svg`<path d="M12 4.500v14m-5.500-5.500 5.500 5.700 5.500-5.700" />`,
  info: svg`<circle cx="12" cy="12" r="8.500" /><path d="M12 11v5.200m0-8.700v.2" />`,
  link: svg`<path d="M10 14.200a4 4 0 0 0 6 .4l2.600-2.600a4 4 0 0 0-5.700-5.700L11.500 7.700M14 9.800a4 4 0 0 0-6-.4L5.400 12a4 4 0 0 0 5.700 5.700l1.400-1.400" />`,
  offline: svg`<path d="m4 4 16 16M8.600 14.900a5 5 0 0 1 4.600-1.400M5.600 11.600a9.300 9.300 0 0 1 3.900-2.200m4.700-.4a9.300 9.300 0 0 1 4.200 2.600M12 18.400v.2" />`,
  people: svg`<circle cx="9" cy="8.500" r="3.400" /><path d="M2.900 19.300c.5-3.900 2.900-5.900 6.100-5.900s5.600 2 6.100 5.900M15.600 5.400a3.300 3.300 0 0 1 0 6.200m1.900 2.400c2 .8 3.200 2.500 3.600 5.300" />`,
  plus: svg`<path d="M12 5.500v13M5.500 12h13" />`,
  printer: svg`<path d="M7.200 9V4.300h9.600V9M7.200 16.700H4.300V9h15.400v7.700h-2.900M7.200 13.800h9.600v6H7.200z" />`,
  sound: svg`<path d="M4.500 9.700v4.600h3l4.500 4V5.700l-4.500 4zM15.500 9.300a4 4 0 0 1 0 5.400m2.500-8a7.700 7.700 0 0 1 0 10.600" />`,
  ticket: svg`<path d="M3.500 7h17v3.300a1.800 1.800 0 0 0 0 3.400V17h-17v-3.300a1.800 1.800 0 0 0 0-3.400zM14.500 7.500v9" />`,
};

/** Quiet plant and water shapes that tell one category's card from the next. */
const MOTIFS = [
  svg`<path d="M12 20c-4-1-6.400-3.600-6.800-7.600 2.500.2 4.300 1.200 5.500 2.800C9.900 11.500 10.400 8.400 12 5c1.600 3.400 2.100 6.500 1.300 10.200 1.200-1.600 3-2.600 5.500-2.800-.4 4-2.800 6.600-6.800 7.600z" />`,
  svg`<path d="M12 4c3.500 4.200 5.300 7.200 5.300 9.900a5.300 5.300 0 0 1-10.600 0C6.700 11.200 8.500 8.200 12 4zM12 16.800a2.700 2.700 0 0 0 2.700-2.700" />`,
  svg`<path d="M19.500 4.500C11 4.800 5.300 8.300 5.300 14.300c0 1.700.5 3.100 1.300 4.200C8 13.600 11 10.600 15 8.900M6.600 18.500c6.900 1.300 12.700-3.200 12.900-14" />`,
  svg`<path d="M3.500 9.500c2.800-2.700 5.600-2.700 8.500 0s5.700 2.700 8.500 0M3.500 15c2.800-2.700 5.600-2.700 8.500 0s5.700 2.700 8.500 0" />`,
  svg`<ellipse cx="12" cy="17.300" rx="7.500" ry="2.700" /><ellipse cx="12" cy="12" rx="5.500" ry="2.400" /><ellipse cx="12" cy="7.300" rx="3.400" ry="2" />`,
  svg`<circle cx="12" cy="12" r="2.200" /><path d="M12 9.800c-2.200-2.700-2.200-4.400 0-6 2.200 1.600 2.200 3.300 0 6zm0 4.400c2.200 2.700 2.200 4.400 0 6-2.200-1.600-2.200-3.300 0-6zM9.800 12c-2.700 2.200-4.400 2.200-6 0 1.600-2.200 3.300-2.200 6 0zm4.400 0c2.700-2.200 4.400-2.200 6 0-1.600 2.200-3.300 2.200-6 0z" />`,
];

/** How many motifs and tints there are; a card's place decides which it wears. */
export const MOTIF_COUNT = MOTIFS.length;

/** @typedef {keyof typeof ICONS} IconName */

/**
 * @param {unknown} shapes
 * @param {string} name CSS classes.
 */
const drawing = (shapes, name) =>
  html`<svg class="icon ${name}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    ${shapes}
  </svg>`;

/**
 * An icon that screen readers skip.
 * @param {IconName} name
 * @param {string} [extra] A further CSS class.
 */
export const icon = (name, extra = "") => drawing(ICONS[name], extra);

/**
 * A category's motif.
 * @param {number} place 0 = first.
 */
export const motif = (place) => drawing(MOTIFS[place % MOTIF_COUNT], "motif");
