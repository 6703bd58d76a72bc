/** Turns this browser into a screen of the shop: what the link holds is exchanged for a cookie. */

import { html, render } from "/static/common/vendor/lit-html/lit-html.js";
import { postJson } from "/static/common/http.js";
import { t, tError } from "/static/common/i18n.js";
import { icon } from "/static/common/icons.js";

/** What stands behind the # of the link: a code that works once, or a device's token. */
let secret = "";

/** Out of the address bar and the history at once: who holds it is this screen. */
function takeSecret() {
  secret = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
}

takeSecret();

/** Where each kind of device works. @type {Record<string, string>} */
const HOME = { kiosk: "/kiosk", display: "/board" };

/** Long enough to read what happened. */
const GO_ON_MS = 1_200;

/** @typedef {{icon: import("/static/common/icons.js").IconName, title: string, text: string, retry?: boolean}} Notice */

const element = /** @type {HTMLElement} */ (document.getElementById("app"));

/** @param {Notice} notice */
function show(notice) {
  const again = html`<button class="button button-primary button-large" @click=${enroll}>
    ${t("Try again")}
  </button>`;
  render(
    html`<main class="enroll card" aria-live="polite">
      ${icon(notice.icon)}
      <h1>${notice.title}</h1>
      <p>${notice.text}</p>
      ${notice.retry ? again : null}
    </main>`,
    element,
  );
}

async function enroll() {
  if (!secret) {
    show({
      icon: "link",
      title: t("This link is not complete"),
      text: t(
        "Open the complete enrolment link from your technician: it ends with # and a long code.",
      ),
    });
    return;
  }
  show({ icon: "clock", title: t("One moment…"), text: t("This screen is being enrolled.") });
  const answer = await postJson("/devices/session", { token: secret });
  if (!answer.ok) {
    show({
      icon: answer.code === "unavailable" ? "offline" : "info",
      title: t("This screen could not be enrolled"),
      text: tError(answer),
      retry: answer.code === "unavailable",
    });
    return;
  }
  const home = HOME[answer.device.kind];
  if (home) {
    show({
      icon: "check",
      title: t("This screen is enrolled"),
      text: t("This screen is now “{name}” and starts in a moment.", { name: answer.device.name }),
    });
    setTimeout(() => location.replace(home), GO_ON_MS);
    return;
  }
  show({
    icon: "info",
    title: t("This link is not for a screen"),
    text: t("It belongs to the device “{name}”, whose token goes into its own configuration.", {
      name: answer.device.name,
    }),
  });
}

// The same page with another link typed into it is not loaded again.
addEventListener("hashchange", () => {
  takeSecret();
  void enroll();
});
void enroll();
