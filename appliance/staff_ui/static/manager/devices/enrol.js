/** What lets a new device in, told once: a link for a screen, a token for a program. */

import { t } from "/static/common/i18n.js";
import { html } from "/static/common/vendor/lit-html/lit-html.js";
import { openDialog } from "../../shared/dialog.js";
import { icon } from "../../shared/icons.js";

/** @typedef {import("/static/common/types.js").ManagedDevice} Device */

/** How often it is looked whether the screen has opened its link. */
const LOOK_MS = 2_000;

/**
 * Shows an enrolment link until a screen has opened it, or it is closed.
 * @param {Device} device
 * @param {string} url
 * @param {string} qr The same as an SVG drawing.
 * @param {() => Promise<Device[]>} load Every device as it is now.
 * @returns {Promise<boolean>} Whether a screen has opened it.
 */
export async function showLink(device, url, qr, load) {
  /** @type {(enrolled: boolean) => void} */
  let close = () => undefined;
  const look = setInterval(async () => {
    const now = (await load()).find(({ id }) => id === device.id);
    if (now && now.browsers > device.browsers) close(true);
  }, LOOK_MS);
  const enrolled = await openDialog(
    /** @param {{close: (enrolled: boolean) => void, refresh: () => void}} dialog */ (dialog) => {
      close = dialog.close;
      return html`
        <div class="sheet-body enrol">
          <h2 id="dialog-title">${t("Connect {name}", { name: device.name })}</h2>
          <p>
            ${t("Open this link in the browser of the new screen. It works once, for 15 minutes.")}
          </p>
          <img
            class="enrol-qr"
            src=${`data:image/svg+xml,${encodeURIComponent(qr)}`}
            alt=${t("QR code of the link")}
          />
          ${secret(url, t("Link"), dialog.refresh)}
          <p class="muted" role="status">${t("Waiting for the screen…")}</p>
          <button type="button" class="button" @click=${() => dialog.close(false)}>
            ${t("Close")}
          </button>
        </div>
      `;
    },
  );
  clearInterval(look);
  return enrolled === true;
}

/**
 * Shows a station's code until the station has connected, or it is closed.
 * @param {Device} device
 * @param {string} code
 * @param {string | undefined} token For who sets the station up without a card.
 * @param {() => Promise<Device[]>} load Every device as it is now.
 * @returns {Promise<boolean>} Whether the station has connected.
 */
export async function showStation(device, code, token, load) {
  /** @type {(connected: boolean) => void} */
  let close = () => undefined;
  const look = setInterval(async () => {
    const now = (await load()).find(({ id }) => id === device.id);
    if (now?.connected && !device.connected) close(true);
  }, LOOK_MS);
  const connected = await openDialog(
    /** @param {{close: (connected: boolean) => void, refresh: () => void}} dialog */ (dialog) => {
      close = dialog.close;
      return html`
        <div class="sheet-body enrol">
          <h2 id="dialog-title">${t("Connect {name}", { name: device.name })}</h2>
          <p>
            ${t(
              "Write this code into lobby.yaml on the station's card, then switch the station on. It works once, for 15 minutes.",
            )}
          </p>
          ${written(code, dialog.refresh)}
          ${
            token
              ? html`<p class="muted">
                    ${t("Without a card, this token goes into the file that peripherals.toml names.")}
                  </p>
                  ${secret(token, t("Token"), dialog.refresh)}`
              : ""
          }
          <p class="muted" role="status">${t("Waiting for the station…")}</p>
          <button type="button" class="button" @click=${() => dialog.close(false)}>
            ${t("Close")}
          </button>
        </div>
      `;
    },
  );
  clearInterval(look);
  return connected === true;
}

/**
 * Shows a daemon's token.
 * @param {string} name
 * @param {string} token
 */
export function showToken(name, token) {
  return openDialog(
    /** @param {{close: (answer: null) => void, refresh: () => void}} dialog */ (dialog) => html`
      <div class="sheet-body enrol">
        <h2 id="dialog-title">${t("Connect {name}", { name })}</h2>
        <p>
          ${t(
            "The technician puts this token into the file that peripherals.toml names. It is shown only once.",
          )}
        </p>
        ${secret(token, t("Token"), dialog.refresh)}
        <button type="button" class="button button-primary" @click=${() => dialog.close(null)}>
          ${t("Done")}
        </button>
      </div>
    `,
  );
}

let copied = "";

/**
 * A text to copy or to type.
 * @param {string} text
 * @param {string} label
 * @param {() => void} refresh
 */
function secret(text, label, refresh) {
  return html`
    <div class="enrol-secret">
      <label class="field">
        <span class="label">${label}</span>
        <input
          class="input"
          dir="ltr"
          readonly
          .value=${text}
          @focus=${(/** @type {Event} */ event) =>
            /** @type {HTMLInputElement} */ (event.target).select()}
        />
      </label>
      ${copyButton(text, refresh)}
    </div>
  `;
}

/**
 * A code that somebody writes by hand: all of it is seen at once.
 * @param {string} code
 * @param {() => void} refresh
 */
function written(code, refresh) {
  return html`
    <div class="enrol-secret">
      <p class="field">
        <span class="label">${t("Code")}</span>
        <code class="enrol-code" dir="ltr">${code}</code>
      </p>
      ${copyButton(code, refresh)}
    </div>
  `;
}

/**
 * On plain http a browser gives pages no clipboard.
 * @param {string} text
 * @param {() => void} refresh
 */
function copyButton(text, refresh) {
  if (!navigator.clipboard) return "";
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    copied = text;
    refresh();
  };
  return html`
    <button type="button" class="button" @click=${() => void copy()}>
      ${copied === text ? html`${icon("check")} ${t("Copied")}` : t("Copy")}
    </button>
  `;
}
