/** The picture that invites while nobody is there. */

import { html } from "/static/common/vendor/lit-html/lit-html.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { boot } from "/static/common/boot.js";
import { N_, t } from "/static/common/i18n.js";
import { shiftAt } from "../board/shift.js";
import { inAllLanguages } from "../in_all_languages.js";

/**
 * @typedef {import("./state.js").KioskState} KioskState
 * @typedef {import("./views.js").Actions} Actions
 */

const SENTENCE = N_("Touch to begin");
/** As long as each language stands. Nothing moves in between: a still page costs no work. */
const TURN_MS = 8_000;

/** @type {Map<string, string>} */
let invitations = new Map();

/**
 * Shows the picture after a while in which nobody has touched the first page.
 * @param {import("/static/common/render.js").App<KioskState>} app
 * @param {(turn: number) => void} show
 */
export function watchRest(app, show) {
  const after = (boot.kiosk?.picture_after_seconds ?? 0) * 1000;
  if (after === 0) return;
  let quietSince = performance.now();
  const touched = () => (quietSince = performance.now());
  for (const event of ["pointerdown", "keydown"]) addEventListener(event, touched, true);
  setInterval(() => {
    const { view, resting, choosingLanguage } = app.state;
    if (view !== "attract" || choosingLanguage) touched();
    else if (resting !== null) show(resting + 1);
    else if (performance.now() - quietSince >= after) {
      if (invitations.size === 0) invitations = inAllLanguages(SENTENCE);
      show(0);
    }
  }, TURN_MS);
}

/**
 * @param {number} turn
 * @param {Actions} actions
 */
export function restView(turn, actions) {
  const known = boot.languages.filter(({ code }) => invitations.get(code));
  const { code, dir } = known[turn % known.length] ?? { code: boot.locale, dir: boot.dir };
  const [across, down] = shiftAt(Date.now());
  const shifted = `transform: translate(${across}px, ${down}px)`;
  return html`<main class="rest-host">
    <h1 class="visually-hidden">${boot.shop_name}</h1>
    <button class="rest" data-focus @click=${actions.wake}>
      ${
        boot.kiosk?.picture
          ? html`<img class="rest-picture" .style=${shifted} src=${boot.kiosk.picture} alt="" />`
          : html`<span class="attract-art"><i></i><i></i><i></i></span>`
      }
      <span
        class="rest-words rest-words-${Math.floor(turn / Math.max(1, known.length)) % 3}"
        .style=${shifted}
      >
        <span class="rest-shop"><bdi>${boot.shop_name}</bdi></span>
        ${repeat(
          [code],
          (each) => each,
          () =>
            html`<span class="rest-begin display" lang=${code} dir=${dir}>
              ${invitations.get(code) ?? t("Touch to begin")}
            </span>`,
        )}
      </span>
    </button>
  </main>`;
}
