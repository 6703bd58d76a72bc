// A printed picture. It is drawn on a canvas because the page's security policy allows no data: URL.

import { t } from "/static/common/i18n.js";

const PAPER = 640;

/**
 * @param {string} base64
 * @returns {Promise<ImageBitmap>}
 */
function decode(base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return createImageBitmap(new Blob([bytes], { type: "image/png" }));
}

/** `<paper-image>` with the properties left, width and height (in dots) and png (base64). */
class PaperImage extends HTMLElement {
  left = 0;
  width = 0;
  height = 0;
  #png = "";
  #canvas = document.createElement("canvas");

  /** @param {string} png */
  set png(png) {
    if (png !== this.#png) {
      this.#png = png;
      void this.#draw(png);
    }
  }

  connectedCallback() {
    this.setAttribute("role", "img");
    this.setAttribute("aria-label", t("Printed picture"));
    this.append(this.#canvas);
  }

  /** @param {string} png */
  async #draw(png) {
    const percent = (/** @type {number} */ dots) => `${(dots / PAPER) * 100}%`;
    this.style.setProperty("padding-left", percent(this.left));
    this.#canvas.width = this.width;
    this.#canvas.height = this.height;
    this.#canvas.style.setProperty("width", `${(this.width / (PAPER - this.left)) * 100}%`);
    const bitmap = await decode(png);
    const context = this.#canvas.getContext("2d");
    if (context && png === this.#png) {
      context.drawImage(bitmap, 0, 0);
    }
    bitmap.close();
  }
}

customElements.define("paper-image", PaperImage);
