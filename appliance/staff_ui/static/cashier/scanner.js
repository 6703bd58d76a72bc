/**
 * Tickets read by a scanner. A keyboard-wedge scanner types what it reads and then
 * presses Enter; the QR code on a ticket holds the address of the customer's own page.
 */

const TICKET_ADDRESS = /https?:\/\/\S+\/t\/([\w-]{16,64})\/?$/i;
/** No entry of this page takes letters: from here on it is a scanner. */
const BEGINS = /http/i;
/** Whoever pauses for longer has begun something else. */
const PAUSE_MS = 1_000;

/**
 * The customer's token in a ticket's address.
 * @param {string} text
 * @returns {string | null} Null where the text is no ticket's address.
 */
export function ticketToken(text) {
  return TICKET_ADDRESS.exec(text.trim())?.[1] ?? null;
}

/**
 * Hears a scanner wherever the focus is, and keeps what it types out of the entry that has it.
 * @param {(token: string) => void} onTicket
 */
export function listenForScanner(onTicket) {
  let typed = "";
  let lastAt = -Infinity;

  addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.key === "Shift") return;
      if (event.timeStamp - lastAt > PAUSE_MS) typed = "";
      lastAt = event.timeStamp;
      const scanning = BEGINS.test(typed);
      if (event.key.length === 1) {
        typed += event.key;
      } else {
        const token = event.key === "Enter" ? ticketToken(typed) : null;
        typed = "";
        if (token) onTicket(token);
      }
      if (!scanning) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    { capture: true },
  );
}
