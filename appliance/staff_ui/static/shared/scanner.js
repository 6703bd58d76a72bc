/**
 * Tickets read by a scanner. A keyboard-wedge scanner types what it reads as if on an American
 * keyboard, and then presses Enter; the QR code on a ticket holds the address of the customer's own
 * page. What the computer makes of those keys depends on its own layout: of an address typed through
 * Arabic nothing is left but its digits. So each key is read twice, by its character and by its
 * place, and one of the two must be a ticket's whole address.
 */

const TICKET_ADDRESS = /^https?:\/\/[^\s/]+\/t\/([\w-]{16,64})\/?(?:\?\S*)?$/i;
/** No entry of this page takes letters: from here on it is a scanner. */
const BEGINS = /http.*$/i;
const BEGINNING = "http".length;
/** A person who pauses for longer has begun something else. */
const PAUSE_MS = 1_000;

/** Places on an American keyboard, with what they type plain and with Shift. */
/** @type {Map<string, string>} */
const PLACES = new Map([
  ["Minus", "-_"],
  ["Equal", "=+"],
  ["Semicolon", ";:"],
  ["Period", ".>"],
  ["Comma", ",<"],
  ["Slash", "/?"],
]);
for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  PLACES.set(`Key${letter}`, letter.toLowerCase() + letter);
}
[...")!@#$%^&*("].forEach((shifted, digit) => PLACES.set(`Digit${digit}`, digit + shifted));
const SHIFTS = new Set(["Shift", "CapsLock", "AltGraph", "NumLock"]);
const ENDS = new Set(["Enter", "NumpadEnter", "Tab"]);

/**
 * The customer's token in a ticket's address.
 * @param {string} text
 * @returns {string | null} Null where the whole text is no ticket's address.
 */
export function ticketToken(text) {
  return TICKET_ADDRESS.exec(text.trim())?.[1] ?? null;
}

/**
 * With Caps Lock on, small letters arrive as large ones and large ones as small; a ticket's address
 * begins with small ones, and its token is not found in the other case.
 * @param {string} text
 */
const withoutCapsLock = (text) =>
  text.startsWith("HTTP")
    ? [...text].map((each) => (each < "a" ? each.toLowerCase() : each.toUpperCase())).join("")
    : text;

/**
 * Hears a scanner wherever the focus is, and keeps what it types out of the entry that has it.
 * @param {(token: string) => void} onTicket
 * @param {() => void} onUnreadable Something was scanned, and it is no ticket.
 */
export function listenForScanner(onTicket, onUnreadable) {
  let byKey = "";
  let byPlace = "";
  let lastAt = -Infinity;
  /** @type {HTMLInputElement | null} */
  let entry = null;
  /** @type {string[]} What the entry held before each of the last keys, as far back as "h". */
  let held = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let silence;

  /** What somebody had typed right before is no part of the scan. @param {string} typed */
  const scanned = (typed) => ticketToken(withoutCapsLock(BEGINS.exec(typed)?.[0] ?? ""));

  const scanning = () => BEGINS.test(byKey) || BEGINS.test(byPlace);

  const begin = () => {
    byKey = byPlace = "";
    held = [];
    entry = document.activeElement instanceof HTMLInputElement ? document.activeElement : null;
  };

  /** The first letters, and all that an input method makes of the rest, went into the entry. */
  const restoreEntry = () => {
    const value = held[0];
    if (!entry || value === undefined || entry.value === value) return;
    entry.value = value;
    entry.dispatchEvent(new InputEvent("input", { bubbles: true }));
  };

  const finish = () => {
    clearTimeout(silence);
    if (scanning()) {
      const token = scanned(byKey) ?? scanned(byPlace);
      restoreEntry();
      if (token) onTicket(token);
      else onUnreadable();
    }
    byKey = byPlace = "";
  };

  addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || SHIFTS.has(event.key)) return;
      if (event.timeStamp - lastAt > PAUSE_MS || !(byKey || byPlace)) begin();
      lastAt = event.timeStamp;
      const before = scanning();
      const ended = ENDS.has(event.key) || ENDS.has(event.code);
      if (ended) {
        finish();
      } else {
        if (!before) held = [...held, entry?.value ?? ""].slice(-BEGINNING);
        if (event.key.length === 1) byKey += event.key;
        byPlace += PLACES.get(event.code)?.[event.shiftKey ? 1 : 0] ?? "";
        if (scanning()) {
          clearTimeout(silence);
          silence = setTimeout(finish, PAUSE_MS); // A scanner may be set to end with nothing.
          if (!before) restoreEntry();
        } else if (event.key.length > 1 && !PLACES.has(event.code)) {
          byKey = byPlace = ""; // Arrows and the like: somebody is typing.
        }
      }
      if (!before && !scanning()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    { capture: true },
  );
}
