// A room's illuminated call button: the lamp as its pin drives it, and what a press would do now.
import { N_, t } from "/static/common/i18n.js";
import { classMap } from "/static/common/vendor/lit-html/directives/class-map.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";

/** @import { CallButtons } from "./call_button.js" */
/** @import { Room } from "./types.js" */

/**
 * @typedef {{lamp: string, means: string, press: string, hold?: string}} Meaning
 * @type {Record<string, Meaning>}
 */
export const MEANINGS = {
  off: {
    lamp: N_("Dark"),
    means: N_("Nobody is waiting"),
    press: N_("refused, the lamp flashes 3 times"),
  },
  slow_blink: {
    lamp: N_("Slow blink"),
    means: N_("Customers are waiting"),
    press: N_("call next customer"),
  },
  fast_blink: {
    lamp: N_("Fast blink"),
    means: N_("Customer called, on the way"),
    press: N_("start the service"),
    hold: N_("customer did not come"),
  },
  on: {
    lamp: N_("Steady"),
    means: N_("In service"),
    press: N_("nothing"),
    hold: N_("finish the service"),
  },
  pulse: {
    lamp: N_("Short pulse"),
    means: N_("Room being prepared"),
    press: N_("the room is ready"),
  },
};

/** @param {Meaning | undefined} meaning */
function explain(meaning) {
  if (!meaning) return html`<p class="means">${t("Waiting for the server to set this lamp.")}</p>`;
  return html`<p class="means">${t(meaning.means)}</p>
    <p><b>${t("Press:")}</b> ${t(meaning.press)}</p>
    ${meaning.hold ? html`<p><b>${t("Hold 2 s:")}</b> ${t(meaning.hold)}</p>` : nothing}`;
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
    <h3>${t("Room {room}", { room: room.number })}</h3>
    <button
      type="button"
      class=${classMap({ call: true, lit: room.lamp && live, down })}
      aria-label=${t("Call button, room {room}", { room: room.number })}
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

export const legend = () =>
  html`<details class="legend">
    <summary>${t("Lamp guide")}</summary>
    <table>
      <thead>
        <tr>
          <th scope="col">${t("Lamp")}</th>
          <th scope="col">${t("Room")}</th>
          <th scope="col">${t("Press")}</th>
        </tr>
      </thead>
      <tbody>
        ${Object.values(MEANINGS).map(
          (meaning) =>
            html`<tr>
              <th scope="row">${t(meaning.lamp)}</th>
              <td>${t(meaning.means)}</td>
              <td>
                ${t(meaning.press)}
                ${meaning.hold ? html`<br />${t("2 s:")} ${t(meaning.hold)}` : nothing}
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
    <p>
      ${t("Three flashes: refused. Nobody is waiting, nobody is on duty in that room, or the server is offline.")}
    </p>
  </details>`;
