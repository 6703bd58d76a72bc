// A room's illuminated call button: the lamp as its pin drives it, and what a press would do now.
import { classMap } from "/static/common/vendor/lit-html/directives/class-map.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";

/** @import { CallButtons } from "./call_button.js" */
/** @import { Room } from "./types.js" */

/**
 * @typedef {{lamp: string, means: string, press: string, hold?: string}} Meaning
 * @type {Record<string, Meaning>}
 */
export const MEANINGS = {
  off: { lamp: "Dark", means: "Nobody is waiting", press: "refused, the lamp flashes 3 times" },
  slow_blink: { lamp: "Slow blink", means: "Customers are waiting", press: "call next customer" },
  fast_blink: {
    lamp: "Fast blink",
    means: "Customer called, on the way",
    press: "start the service",
    hold: "customer did not come",
  },
  on: {
    lamp: "Steady",
    means: "In service",
    press: "nothing",
    hold: "finish the service",
  },
  pulse: { lamp: "Short pulse", means: "Room being prepared", press: "the room is ready" },
};

/** @param {Meaning | undefined} meaning */
function explain(meaning) {
  if (!meaning) return html`<p class="means">Waiting for the server to set this lamp.</p>`;
  return html`<p class="means">${meaning.means}</p>
    <p><b>Press:</b> ${meaning.press}</p>
    ${meaning.hold ? html`<p><b>Hold 2 s:</b> ${meaning.hold}</p>` : nothing}`;
}

const ring = html`<svg class="ring" viewBox="0 0 120 120" aria-hidden="true">
  <circle class="groove" cx="60" cy="60" r="56" />
  <circle class="progress" cx="60" cy="60" r="56" pathLength="100" />
</svg>`;

/**
 * @param {Room} room
 * @param {boolean} live the daemon can be reached
 * @param {CallButtons} buttons
 */
export function drawRoom(room, live, buttons) {
  const down = room.pressed || buttons.isDown(room.number);
  const on = buttons.listener(room.number);
  const words = `words-${room.number}`;
  return html`<li class="room" data-room=${room.number} data-lamp=${room.lamp ? "on" : "off"}>
    <h3>Room ${room.number}</h3>
    <button
      type="button"
      class=${classMap({ call: true, lit: room.lamp && live, down })}
      aria-label="Call button, room ${room.number}"
      aria-describedby=${words}
      ?disabled=${!live}
      @pointerdown=${on}
      @pointerup=${on}
      @pointercancel=${on}
      @lostpointercapture=${on}
      @click=${on}
      @contextmenu=${on}
      @keydown=${on}
      @keyup=${on}
      @blur=${on}
    >
      ${ring}
      <span class="dome">${room.number}</span>
    </button>
    <div class="words" id=${words} aria-live="polite">
      ${explain(room.pattern ? MEANINGS[room.pattern] : undefined)}
    </div>
  </li>`;
}

export const legend = html`<details class="legend">
  <summary>Lamp guide</summary>
  <table>
    <thead>
      <tr>
        <th scope="col">Lamp</th>
        <th scope="col">Room</th>
        <th scope="col">Press</th>
      </tr>
    </thead>
    <tbody>
      ${Object.values(MEANINGS).map(
        (meaning) =>
          html`<tr>
            <th scope="row">${meaning.lamp}</th>
            <td>${meaning.means}</td>
            <td>${meaning.press}${meaning.hold ? html`<br />2 s: ${meaning.hold}` : nothing}</td>
          </tr>`,
      )}
    </tbody>
  </table>
  <p>
    Three flashes: refused. Nobody is waiting, nobody is on duty in that room, or the server is
    offline.
  </p>
</details>`;
