/** The people who work here: who they are, and how they log in. */

import { t, tError } from "/static/common/i18n.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { icon } from "../shared/icons.js";
import { addPerson, ROLES } from "./people/add.js";
import { editPerson } from "./people/edit.js";
import { read } from "./records.js";
import { keepFresh, startSection } from "./section.js";

/** @typedef {import("/static/common/types.js").StaffMember} Person */

const { app, server, tell } = startSection({
  start: { staff: /** @type {Person[] | null} */ (null), rooms: /** @type {string[]} */ ([]) },
  view: ({ staff }) => staff && everybody(staff),
  actions: () => html`
    <button type="button" class="button button-primary" @click=${() => void add()}>
      ${icon("plus")} ${t("Add person")}
    </button>
  `,
});

/** @returns {Promise<Person[]>} Everybody, as they are now. */
async function load() {
  const [staff, rooms] = await Promise.all([read("staff"), read("rooms")]);
  if (!staff.ok) app.set({ problem: tError(staff) });
  else if (!rooms.ok) app.set({ problem: tError(rooms) });
  else {
    app.set({
      staff: staff.staff,
      rooms: rooms.rooms.map((/** @type {{room_number: string}} */ room) => room.room_number),
    });
  }
  return staff.ok ? staff.staff : (app.state.staff ?? []);
}
keepFresh(server, load);

async function add() {
  // Tapped before the page has come: a form without rooms would stay without them.
  if (app.state.staff === null) await load();
  const answer = await addPerson(app.state.rooms);
  if (!answer) return;
  await load();
  const { name, username } = answer.person;
  tell(t("{name} can log in as {username}.", { name, username }));
}

/** @param {Person} person */
async function open(person) {
  const done = await editPerson(person, app.state.rooms, load);
  if (done === null) return;
  await load();
  if (done) tell(done);
}

/** @param {Person[]} staff */
function everybody(staff) {
  const working = staff.filter(({ disabled }) => !disabled);
  return html`
    <div class="manager-columns">
      ${ROLES.map(({ role, title }) =>
        group(
          title(),
          working.filter((person) => person.role === role),
        ),
      )}
    </div>
    ${group(
      t("Disabled"),
      staff.filter(({ disabled }) => disabled),
    )}
  `;
}

/**
 * @param {string} title
 * @param {Person[]} people
 */
function group(title, people) {
  if (people.length === 0) return nothing;
  return html`
    <section class="card" aria-label=${title}>
      <h2 class="list-title">${title} <span class="badge">${people.length}</span></h2>
      <ul class="lines">
        ${repeat(people, ({ id }) => id, line)}
      </ul>
    </section>
  `;
}

/** @param {Person} person */
function line(person) {
  const { name, username, room_number } = person;
  return html`
    <li class="line-around">
      <button type="button" class="line line-button" @click=${() => void open(person)}>
        <span class="line-main">
          <span class="line-title clamp" dir="auto">${name}</span>
          <span class="muted one-line"
            ><bdi>${username}</bdi
            >${room_number ? html` · ${t("Room {room}", { room: room_number })}` : nothing}</span
          >
        </span>
        ${person.on_duty ? html`<span class="chip chip-ok">${t("On duty")}</span>` : nothing}
        ${
          person.role === "manager" && !person.has_pin && !person.disabled
            ? html`<span class="chip chip-warn">${t("No PIN")}</span>`
            : nothing
        }
      </button>
    </li>
  `;
}
