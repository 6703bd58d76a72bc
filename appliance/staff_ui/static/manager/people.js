/** The people who work here. */

import { t } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { tError } from "/static/common/i18n.js";
import { read } from "./records.js";
import { startSection } from "./section.js";

/** @typedef {import("/static/common/types.js").StaffMember} Person */

const { app } = startSection({
  start: { /** @type {Person[] | null} */ staff: null },
  view: ({ staff }) => staff && everybody(staff),
});

async function load() {
  const answer = await read("staff");
  if (answer.ok) app.set({ staff: answer.staff });
  else app.set({ problem: tError(answer) });
}
void load();

/** @param {Person[]} staff */
function everybody(staff) {
  const working = staff.filter(({ disabled }) => !disabled);
  return [
    group(
      t("Therapists"),
      working.filter(({ role }) => role === "therapist"),
    ),
    group(
      t("Cashiers"),
      working.filter(({ role }) => role === "cashier"),
    ),
    group(
      t("Managers"),
      working.filter(({ role }) => role === "manager"),
    ),
    group(
      t("Disabled"),
      staff.filter(({ disabled }) => disabled),
    ),
  ];
}

/**
 * @param {string} title
 * @param {Person[]} people
 */
function group(title, people) {
  if (people.length === 0) return nothing;
  return html`
    <section class="card">
      <h2 class="list-title">${title} <span class="badge">${people.length}</span></h2>
      <ul class="lines">
        ${repeat(people, ({ id }) => id, line)}
      </ul>
    </section>
  `;
}

/** @param {Person} person */
function line({ name, username, room_number }) {
  return html`
    <li class="line">
      <span class="line-main">
        <span class="line-title clamp" dir="auto">${name}</span>
        <span class="muted"
          >${[username, room_number ? t("Room {room}", { room: room_number }) : ""]
            .filter(Boolean)
            .join(" · ")}</span
        >
      </span>
    </li>
  `;
}
