// Shapes of what the simulator sends; see state() in station.py and as_json() in elements.py.

/**
 * @typedef {{text: string, width: number, height: number, bold: boolean, underline: boolean,
 *   invert: boolean, small: boolean}} Span
 *
 * @typedef {"left" | "center" | "right"} Align
 * @typedef {{type: "text", align: Align, dots: number, spans: Span[]}} TextElement
 * @typedef {{type: "feed", dots: number}} FeedElement
 * @typedef {{type: "drawer", pin: number}} DrawerElement
 * @typedef {{type: "qr", align: Align, data: string, size: number, modules: string[]}} QrElement
 * @typedef {{type: "barcode", align: Align, symbology: string, data: string, dots: number}}
 *   BarcodeElement
 * @typedef {{type: "image", align: Align, width: number, height: number, png: string}} ImageElement
 * @typedef {TextElement | FeedElement | DrawerElement | QrElement | BarcodeElement | ImageElement}
 *   PaperElement
 *
 * @typedef {{id: number, elements: PaperElement[], complete: boolean}} Paper
 * @typedef {"paper_out" | "paper_low" | "cover_open" | "unplugged"} SwitchName
 * @typedef {{name: string, roles: string[], switches: Record<SwitchName, boolean>,
 *   papers: Paper[]}} Printer
 * @typedef {{number: string, lamp: boolean, pressed: boolean, pattern: string | null}} Room
 * @typedef {{printers: Printer[], rooms: Room[]}} State
 *
 * @typedef {"connecting" | "online" | "away" | "offline"} Link
 * @typedef {(action: Record<string, string | boolean>) => void} Act
 */

export {};
