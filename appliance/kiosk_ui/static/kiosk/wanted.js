/** Whom the customer asks for: anyone, unless they say. */

import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { t } from "/static/common/i18n.js";
import { icon } from "/static/common/icons.js";

/**
 * @typedef {import("./state.js").KioskState} KioskState
 * @typedef {import("./state.js").Wish} Wish
 * @typedef {import("./views.js").Actions} Actions
 */

/** @param {Wish | null} wanted */
function nameOf(wanted) {
  switch (wanted?.kind) {
    case "woman":
      return t("A woman");
    case "man":
      return t("A man");
    case "therapist":
      return wanted.name;
    default:
      return t("Anyone");
  }
}

/**
 * The line in the selection that says it and opens the choice; nothing where there is no choice.
 * @param {KioskState} state
 * @param {Actions} actions
 */
export function wantedLine(state, actions) {
  if ((state.therapists?.kinds.length ?? 0) < 2) return nothing;
  return html`
    <button class="button basket-wanted" aria-haspopup="dialog" @click=${actions.openWanted}>
      ${icon("people")}
      <span class="basket-wanted-who"
        >${t("Therapist:")} <strong><bdi>${nameOf(state.wanted)}</bdi></strong></span
      >
      <span class="basket-wanted-change">${t("Choose…")}</span>
    </button>
  `;
}

/** @param {KioskState} state @returns {(Wish | null)[]} */
function wishes({ therapists }) {
  const kinds = therapists?.kinds ?? [];
  return [
    null,
    .../** @type {const} */ (["woman", "man"])
      .filter((kind) => kinds.includes(kind))
      .map((kind) => ({ kind, id: null, name: "" })),
    ...(therapists?.therapists ?? []).map(
      ({ id, name }) => /** @type {Wish} */ ({ kind: "therapist", id, name }),
    ),
  ];
}

/** @param {KioskState} state @param {Actions} actions */
export const wantedView = (state, actions) => html`
  <div class="overlay">
    <div class="overlay-card" role="dialog" aria-modal="true" aria-labelledby="overlay-title">
      <h2 id="overlay-title" class="display" tabindex="-1" data-focus>
        ${t("Who would you like?")}
      </h2>
      <p>${t("Anyone is the shortest wait.")}</p>
      <ul class="wishes">
        ${wishes(state).map(
          (wish) => html`
            <li>
              <button
                class="button wish"
                aria-pressed=${
                  wish?.kind === state.wanted?.kind && wish?.id === state.wanted?.id
                    ? "true"
                    : "false"
                }
                @click=${() => actions.want(wish)}
              >
                <bdi>${nameOf(wish)}</bdi>
              </button>
            </li>
          `,
        )}
      </ul>
      <button class="button button-quiet" @click=${actions.keep}>${t("Close")}</button>
    </div>
  </div>
`;

/** @param {KioskState} state @param {Actions} actions */
export const wantedGoneView = (state, actions) => html`
  <div class="overlay">
    <div class="overlay-card" role="alertdialog" aria-modal="true" aria-labelledby="overlay-title">
      <h2 id="overlay-title" class="display" tabindex="-1" data-focus>${state.wantedGone?.()}</h2>
      <div class="overlay-actions">
        <button
          class="button button-primary button-large"
          aria-busy=${state.busy.has("confirm") ? "true" : "false"}
          @click=${actions.confirm}
        >
          ${icon("ticket")} ${t("Yes, the next therapist")}
        </button>
        <button class="button button-large" @click=${actions.openWanted}>
          ${t("Choose someone else")}
        </button>
      </div>
    </div>
  </div>
`;
