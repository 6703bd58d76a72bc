/** The staff pages draw with the icons of all pages. */
export { icon } from "/static/common/icons.js";
/** @typedef {import("/static/common/icons.js").IconName} IconName */
