/** My customer goes to another therapist or to another room. */

import { t } from "/static/common/i18n.js";
import { html } from "/static/common/vendor/lit-html/lit-html.js";
import { openDialog } from "../shared/dialog.js";

/** @typedef {import("/static/common/types.js").Person} Me */
/** @typedef {import("/static/common/types.js").Queue} Queue */
/** @typedef {import("/static/common/types.js").Transaction} Transaction */

/**
 * @typedef {object} Move
 * @property {"therapist_hand_over" | "therapist_change_room"} event
 * @property {{therapist_id: number} | {room_number: string}} to
 * @property {string} label
 */

/**
 * Where my customer can go now: to therapists who are free, and with me into empty rooms.
 * @param {Queue} queue
 * @param {Me} me
 * @param {Transaction} transaction
 * @returns {Move[]}
 */
function movesOf(queue, me, transaction) {
  const ready = new Set(
    queue.rooms.filter(({ status }) => status === "available").map(({ room_number: room }) => room),
  );
  const busy = new Set(queue.in_progress.map(({ therapist_id: id }) => id));
  /** @type {Move[]} */
  const others = queue.duty
    .filter(
      ({ therapist_id: id, state, room_number: room }) =>
        id !== me.id && state === "in" && !busy.has(id) && room !== null && ready.has(room),
    )
    .map(({ therapist_id, name, room_number: room }) => ({
      event: "therapist_hand_over",
      to: { therapist_id },
      label: t("{name}, room {room}", { name, room: room ?? "" }),
    }));
  const taken = new Set(queue.duty.map(({ room_number: room }) => room));
  /** @type {Move[]} */
  const rooms = [...ready]
    .filter((room) => !taken.has(room) && room !== transaction.room_number)
    .map((room) => ({
      event: "therapist_change_room",
      to: { room_number: room },
      label: t("Room {room}, with me", { room }),
    }));
  const may = transaction.allowed_events;
  return [...others, ...rooms].filter(({ event }) => may.includes(event));
}

/**
 * Asks where my customer goes.
 * @param {Queue} queue
 * @param {Me} me
 * @param {Transaction} transaction
 * @returns {Promise<Move | null>} Null for nowhere.
 */
export function askWhereTo(queue, me, transaction) {
  const moves = movesOf(queue, me, transaction);
  let chosen = moves[0] ?? null;
  return openDialog(
    /** @param {{close: (answer: Move | null) => void, refresh: () => void}} dialog */ ({
      close,
      refresh,
    }) => html`
      <form
        class="sheet-body"
        @submit=${(/** @type {SubmitEvent} */ event) => {
          event.preventDefault();
          close(chosen);
        }}
      >
        <h2 id="dialog-title">${t("Where should {code} go?", { code: transaction.code ?? "" })}</h2>
        ${
          moves.length === 0
            ? html`<p>${t("No other therapist is free, and no other room is ready.")}</p>`
            : html`<fieldset class="choices">
                <legend class="visually-hidden">${t("Therapist or room")}</legend>
                ${moves.map(
                  (move) => html`
                    <label class="choice ${move === chosen ? "choice-taken" : ""}">
                      <input
                        type="radio"
                        name="move"
                        .checked=${move === chosen}
                        @change=${() => {
                          chosen = move;
                          refresh();
                        }}
                      />
                      <span><bdi>${move.label}</bdi></span>
                    </label>
                  `,
                )}
              </fieldset>`
        }
        <div class="sheet-actions">
          ${
            chosen
              ? html`<button type="submit" class="button button-primary button-large">
                  ${chosen.event === "therapist_hand_over" ? t("Hand over") : t("Change room")}
                </button>`
              : ""
          }
          <button type="button" class="button button-large" @click=${() => close(null)}>
            ${t("Leave as it is")}
          </button>
        </div>
      </form>
    `,
  );
}
