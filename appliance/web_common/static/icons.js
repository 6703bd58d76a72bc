/** The icons of every page. They only decorate: the words beside them carry the meaning. */

import { html } from "/static/common/vendor/lit-html/lit-html.js";
import { SHAPES } from "/static/common/vendor/icons.js";

/** @typedef {keyof typeof SHAPES} IconName */

/**
 * A drawing of 24 × 24, in the colour of the text around it.
 * @param {unknown} shapes
 * @param {string} name CSS classes.
 */
export const drawing = (shapes, name) =>
  html`<svg class="icon ${name}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    ${shapes}
  </svg>`;

/**
 * An icon that screen readers skip. Those that point along the line turn with the writing.
 * @param {IconName} name
 * @param {string} [extra] A further CSS class.
 */
export const icon = (name, extra = "") => drawing(SHAPES[name], `icon-${name} ${extra}`);
