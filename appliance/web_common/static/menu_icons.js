/** What a category or a service of the menu wears: the icon that the shop has chosen, or a motif. */

import { MENU_SHAPES, MOTIFS } from "/static/common/vendor/menu_icons.js";
import { drawing } from "./icons.js";

/** How many motifs and tints there are; a card's place decides which it wears. */
export const MOTIF_COUNT = MOTIFS.length;

/** The names of the icons that can be chosen, in their order. */
export const MENU_ICONS = Object.keys(MENU_SHAPES);

/**
 * An icon of the menu's own.
 * @param {string} name One of `MENU_ICONS`; one that is not drawn is left out.
 */
export const menuIcon = (name) => drawing(MENU_SHAPES[name] ?? "", "motif");

/**
 * A category's motif.
 * @param {number} place 0 = first.
 */
export const motif = (place) => drawing(MOTIFS[place % MOTIF_COUNT], "motif");
