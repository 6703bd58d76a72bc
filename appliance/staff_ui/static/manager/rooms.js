/** The treatment rooms: what they are called and whose they are. */

import { t, tError } from "/static/common/i18n.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { html } from "/static/common/vendor/lit-html/lit-html.js";
import { entry, sendForm } from "../shared/forms.js";
import { icon } from "../shared/icons.js";
import { emptyState, roomChip } from "../shared/parts.js";
import { change, changedMeanwhile, changeSeen, read } from "./records.js";
import { keepFresh, startSection } from "./section.js";

/** @typedef {import("/static/common/types.js").ManagedRoom} Room */

const { app, server } = startSection({
  start: { rooms: /** @type {Room[] | null} */ (null) },
  view: ({ rooms }) => rooms && everyRoom(rooms),
  actions: () => html`
    <button type="button" class="button button-primary" @click=${() => void add()}>
      ${icon("plus")} ${t("Add room")}
    </button>
  `,
});

/** @returns {Promise<Room[]>} Every room, as it is now. */
async function load() {
  const answer = await read("rooms");
  app.set(answer.ok ? { rooms: answer.rooms } : { problem: tError(answer) });
  return answer.ok ? answer.rooms : (app.state.rooms ?? []);
}
keepFresh(server, load);

/** @param {Room[]} rooms */
function everyRoom(rooms) {
  if (rooms.length === 0) {
    return emptyState("door", t("No rooms yet"), t("Add the first one, then give it a therapist."));
  }
  return html`
    <section class="card">
      <ul class="lines">
        ${repeat(rooms, ({ id }) => id, line)}
      </ul>
    </section>
  `;
}

/** @param {Room} room */
function line(room) {
  return html`
    <li class="line-around">
      <button type="button" class="line line-button" @click=${() => void open(room)}>
        <span class="line-main">
          <span class="line-title" dir="auto">${t("Room {room}", { room: room.room_number })}</span>
          <span class="muted clamp" dir="auto"
            >${room.therapists.join(", ") || t("No therapist")}</span
          >
        </span>
        ${roomChip(room.status)}
      </button>
    </li>
  `;
}

async function add() {
  let name = "";
  const added = await sendForm({
    title: t("Add room"),
    action: t("Add"),
    ready: () => Boolean(name.trim()),
    inside: (refresh) =>
      nameEntry(name, t("As shown on the door, such as 5 or Garden."), (text) => {
        name = text;
        refresh();
      }),
    send: () => change("POST", "rooms", { room_number: name }),
  });
  if (added) await load();
}

/** @param {Room} room */
async function open(room) {
  let name = room.room_number;
  let seen = { room_number: room.room_number };
  let meanwhile = "";
  /** @type {Promise<unknown> | null} */
  let deleted = null;
  const renamed = await sendForm({
    title: t("Room {room}", { room: room.room_number }),
    action: t("Save"),
    ready: () => Boolean(name.trim()),
    inside: (refresh) =>
      nameEntry(
        name,
        meanwhile
          ? t("Someone else just changed this to: {value}", { value: meanwhile })
          : t("The call button uses this name, too. Ask the technician to change it there."),
        (text) => {
          name = text;
          refresh();
        },
      ),
    send: async () => {
      const answer = await changeSeen(`rooms/${room.id}`, seen, { room_number: name });
      const fresh = answer.ok ? undefined : (await load()).find(({ id }) => id === room.id);
      if (fresh) {
        const now = { room_number: fresh.room_number };
        meanwhile = changedMeanwhile(seen, now).room_number ?? "";
        // Those who have seen what is there now may put their own in its place.
        seen = now;
      }
      return answer;
    },
    below: () => html`
      <div class="actions">
        <button
          type="button"
          class="button button-quiet action"
          @click=${() => (deleted = askToDelete(room))}
        >
          ${icon("off")} ${t("Delete room…")}
        </button>
      </div>
    `,
  });
  if (renamed || (await deleted)) await load();
}

/** @param {Room} room */
function askToDelete({ id, room_number }) {
  return sendForm({
    title: t("Delete room {room}?", { room: room_number }),
    action: t("Delete"),
    danger: true,
    inside: () => html`<p class="muted">${t("Past visits keep its name.")}</p>`,
    send: () => change("DELETE", `rooms/${id}`),
  });
}

/**
 * @param {string} value
 * @param {string} hint
 * @param {(text: string) => void} onInput
 */
function nameEntry(value, hint, onInput) {
  return entry({
    label: t("Name or number"),
    name: "room",
    maxlength: 20,
    autofocus: true,
    hint,
    value,
    onInput,
  });
}
