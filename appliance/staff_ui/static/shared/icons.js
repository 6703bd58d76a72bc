/** Line drawings on a 24 × 24 grid. They only decorate: the words beside them carry the meaning. */

import { html, svg } from "/static/common/vendor/lit-html/lit-html.js";

const SHAPES = {
  bell: svg`<path d="M6 16v-5a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5a2.2 2.2 0 0 0 4 0" />`,
  check: svg`<path d="m4.5 12.5 5 5 10-11" />`,
  play: svg`<path d="M8 5.2v13.6L19 12z" />`,
  sparkle: svg`<path d="M11 4c.8 4.6 2.4 6.2 7 7-4.6.8-6.2 2.4-7 7-.8-4.6-2.4-6.2-7-7 4.6-.8 6.2-2.4 7-7zM19 16v4M17 18h4" />`,
  plus: svg`<path d="M12 5v14M5 12h14" />`,
  close: svg`<path d="m6 6 12 12M18 6 6 18" />`,
  clock: svg`<circle cx="12" cy="12" r="8.5" /><path d="M12 7v5l3.5 2" />`,
  people: svg`<circle cx="9" cy="8.5" r="3.5" /><path d="M2.8 19.5c.5-4 3-6 6.2-6s5.7 2 6.2 6M15.5 5.3a3.4 3.4 0 0 1 0 6.4M17.5 14c2 .7 3.3 2.5 3.7 5.5" />`,
  back: svg`<path d="M9 6 4 11l5 5M4.5 11H14a5 5 0 0 1 0 10h-3" />`,
  exit: svg`<path d="M10 4H5v16h5M15 8l4 4-4 4M19 12H9" />`,
  alert: svg`<path d="M12 4 2.8 20h18.4zM12 10v4.5M12 17.2v.3" />`,
  printer: svg`<path d="M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z" />`,
  cash: svg`<rect x="2.5" y="6" width="19" height="12" rx="2" /><circle cx="12" cy="12" r="2.6" /><path d="M6 9.5v5M18 9.5v5" />`,
  card: svg`<rect x="2.5" y="5" width="19" height="14" rx="2.5" /><path d="M2.5 10h19M6 15h4" />`,
  other: svg`<circle cx="5.5" cy="12" r="1" /><circle cx="12" cy="12" r="1" /><circle cx="18.5" cy="12" r="1" />`,
  door: svg`<path d="M6 20.5V4h12v16.5M3.5 20.5h17M14.5 12v1" />`,
  backspace: svg`<path d="M8.5 5.5H21v13H8.5L3 12zM12 9.5l5 5M17 9.5l-5 5" />`,
  offline: svg`<path d="M4 4l16 16M8.5 15a5 5 0 0 1 5-1.3M5.5 11.5a9.5 9.5 0 0 1 4-2.2M14 8.9a9.5 9.5 0 0 1 4.5 2.6M12 18.5v.2" />`,
  ticket: svg`<path d="M3 7h18v3.5a1.7 1.7 0 0 0 0 3.4V17H3v-3.1a1.7 1.7 0 0 0 0-3.4zM14.5 7v10" />`,
};

/** @typedef {keyof typeof SHAPES} IconName */

/**
 * An icon that screen readers skip.
 * @param {IconName} name
 * @param {string} [extra] A further CSS class.
 */
export function icon(name, extra = "") {
  return html`<svg class="icon ${extra}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    ${SHAPES[name]}
  </svg>`;
}
