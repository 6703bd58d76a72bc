/** Is this screen enrolled? Shared by the kiosk and the board. */

import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { getJson } from "/static/common/http.js";
import { boot } from "/static/common/session.js";
import { t } from "/static/common/i18n.js";
import { icon } from "/static/common/icons.js";

/** @typedef {import("/static/common/session.js").Session} Session */

const LOOK_AGAIN_MS = 5_000;

/**
 * Watches whether this browser holds a device's identity. Somebody without one is let in by the
 * server as nobody and simply hears nothing, so the page has to ask.
 * @param {Session} session
 * @param {(enrolled: boolean) => void} tell Called at each finding.
 * @returns {() => void} Looks now: an answer said that the identity is missing.
 */
export function watchEnrolment(session, tell) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let again;
  let missing = false;

  const look = async () => {
    clearTimeout(again);
    const answer = await getJson("/api/board");
    if (!answer.ok && answer.code === "unavailable") return;
    const enrolled = answer.ok;
    // The identity is read at the handshake: a new one needs a new connection.
    if (enrolled && missing) session.reconnect();
    missing = !enrolled;
    tell(enrolled);
    if (missing) again = setTimeout(look, LOOK_AGAIN_MS);
  };

  session.onStatus((status) => {
    if (status === "online" || status === "refused") void look();
  });
  return look;
}

/**
 * What an unknown screen says instead of its work.
 * @param {string} what `kiosk` or `display`: the kind that the technician's command takes.
 */
export function notEnrolledView(what) {
  return html`<main class="not-enrolled">
    ${icon("link")}
    <h1 class="display">${t("This screen is not enrolled yet")}</h1>
    <p>
      ${t("Ask the technician to run this command on the appliance, and to open the link it prints on this screen within 15 minutes. The screen then starts automatically.")}
    </p>
    <code dir="ltr">appliance devices add ${what} NAME --link</code>
    ${boot.demo ? html`<a class="button button-primary button-large" href="/">${t("To the demo")}</a>` : nothing}
  </main>`;
}
