// Paper as a thermal printer makes it: everything is placed in dots, 8 to the millimetre.
import { t } from "/static/common/i18n.js";
import { html, nothing, svg } from "/static/common/vendor/lit-html/lit-html.js";
import "./paper_image.js";

/** @import { Align, BarcodeElement, PaperElement, QrElement, Span, TextElement } from "./types.js" */

const PRINTABLE = 576;
const MARGIN = 32;

/** Cells of the printer's two fonts, and where the glyphs of a web font fit in them. */
const FONT_A = { width: 12, height: 24, size: 20, baseline: 18.5 };
const FONT_B = { width: 9, height: 17, size: 15, baseline: 13.5 };

/**
 * @param {Align} align
 * @param {number} width in dots
 * @returns {number} where something that wide begins
 */
function left(align, width) {
  const room = PRINTABLE - width;
  return align === "center" ? room / 2 : align === "right" ? room : 0;
}

/**
 * @param {number} height in dots
 * @param {unknown} content SVG
 */
function band(height, content) {
  return html`<svg class="band" viewBox="${-MARGIN} 0 ${PRINTABLE + 2 * MARGIN} ${height}">
    ${content}
  </svg>`;
}

/** @param {Span} span */
function measure(span) {
  const font = span.small ? FONT_B : FONT_A;
  return {
    font,
    width: span.text.length * font.width * span.width,
    height: font.height * span.height,
  };
}

/**
 * @param {Span} span
 * @param {number} x
 * @param {number} top of the tallest span beside it
 */
function drawSpan(span, x, top) {
  const { font, width, height } = measure(span);
  const y = top - height;
  const names = [
    "ink",
    span.bold ? "bold" : "",
    span.underline ? "underline" : "",
    span.invert ? "inverse" : "",
  ];
  return svg`
    ${span.invert ? svg`<rect class="ink" x=${x} y=${y} width=${width} height=${height} />` : nothing}
    <text class=${names.join(" ")} font-size=${font.size} y=${font.baseline}
      textLength=${span.text.length * font.width} lengthAdjust="spacingAndGlyphs"
      transform="translate(${x} ${y}) scale(${span.width} ${span.height})">${span.text}</text>`;
}

/** @param {TextElement} line */
function drawText(line) {
  const sizes = line.spans.map(measure);
  const width = sizes.reduce((sum, size) => sum + size.width, 0);
  const tallest = Math.max(...sizes.map((size) => size.height));
  let x = left(line.align, width);
  const spans = line.spans.map((span, index) => {
    const drawn = drawSpan(span, x, tallest);
    x += sizes[index]?.width ?? 0;
    return drawn;
  });
  return band(Math.max(line.dots, tallest), spans);
}

/**
 * @param {string[]} rows of 0 and 1
 * @returns {string} an SVG path that covers the ones
 */
function outline(rows) {
  let path = "";
  rows.forEach((row, y) => {
    row.replace(/1+/g, (run, /** @type {number} */ x) => {
      path += `M${x} ${y}h${run.length}v1h-${run.length}z`;
      return run;
    });
  });
  return path;
}

/** @param {QrElement} code */
function drawQr(code) {
  const side = code.modules.length * code.size;
  const place = `translate(${left(code.align, side)} 0) scale(${code.size})`;
  const symbol = band(
    side,
    svg`<path class="ink crisp" transform=${place} d=${outline(code.modules)} />`,
  );
  if (!/^https?:\/\//.test(code.data)) {
    return html`<div
      class="symbol"
      role="img"
      aria-label=${t("QR code: {text}", { text: code.data })}
    >
      ${symbol}
    </div>`;
  }
  return html`<a
    class="symbol"
    href=${code.data}
    target="_blank"
    rel="noopener"
    title=${t("Open what the QR code says: {text}", { text: code.data })}
    aria-label=${t("QR code: {text}", { text: code.data })}
    >${symbol}</a
  >`;
}

/** @param {BarcodeElement} code */
function drawBarcode(code) {
  const width = PRINTABLE * 0.75;
  const x = left(code.align, width);
  return band(
    code.dots + 8,
    svg`<rect class="barcode" x=${x} y="4" width=${width} height=${code.dots} rx="4" />
      <text class="ink bold" text-anchor="middle" font-size="20"
        x=${x + width / 2} y=${code.dots / 2}>${code.symbology}</text>
      <text class="ink" text-anchor="middle" font-size="20"
        x=${x + width / 2} y=${code.dots / 2 + 28}>${code.data}</text>`,
  );
}

/**
 * Draws one thing on paper; the drawer is not on it.
 * @param {PaperElement} element
 */
export function drawElement(element) {
  switch (element.type) {
    case "text":
      return drawText(element);
    case "feed":
      return band(element.dots, nothing);
    case "qr":
      return drawQr(element);
    case "barcode":
      return drawBarcode(element);
    case "image":
      return html`<paper-image
        .left=${MARGIN + left(element.align, element.width)}
        .width=${element.width}
        .height=${element.height}
        .png=${element.png}
      ></paper-image>`;
    default:
      return nothing;
  }
}
