/** The icons of every page. They only decorate: the words beside them carry the meaning. */

import { html } from "/static/common/vendor/lit-html/lit-html.js";
import { MOTIFS, SHAPES } from "/static/common/vendor/icons.js";

/** How many motifs and tints there are; a card's place decides which it wears. */
export const MOTIF_COUNT = MOTIFS.length;

/** @typedef {keyof typeof SHAPES} IconName */

/**
 * @param {unknown} shapes
 * @param {string} name CSS classes.
 */
const drawing = (shapes, name) =>
  html`<svg class="icon ${name}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    ${shapes}
  </svg>`;

/**
 * An icon that screen readers skip. Those that point along the line turn with the writing.
 * @param {IconName} name
 * @param {string} [extra] A further CSS class.
 */
export const icon = (name, extra = "") => drawing(SHAPES[name], `icon-${name} ${extra}`);

/**
 * A category's motif.
 * @param {number} place 0 = first.
 */
export const motif = (place) => drawing(MOTIFS[place % MOTIF_COUNT], "motif");
