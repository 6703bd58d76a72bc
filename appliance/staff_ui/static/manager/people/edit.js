/** One person: what is kept of them, and how they are let in. */

import { boot } from "/static/common/boot.js";
import { t } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { choice, entry, sendForm } from "../../shared/forms.js";
import { icon } from "../../shared/icons.js";
import { change, changedMeanwhile, changeSeen } from "../records.js";
import { roomEntry } from "./add.js";

/** @typedef {import("/static/common/types.js").StaffMember} Person */
/** @typedef {import("../records.js").Fields} Fields */

/** @typedef {(person: Person) => Promise<string | null>} Action */

/**
 * Shows a person until something was done, or nothing.
 * @param {Person} person
 * @param {string[]} rooms
 * @param {() => Promise<Person[]>} load Everybody as they are now.
 * @returns {Promise<string | null>} What was done, as a sentence where the page does not show it,
 *   or ""; null for nothing.
 */
export async function editPerson(person, rooms, load) {
  /** @type {Promise<string | null> | null} The dialog that takes this one's place. */
  let instead = null;
  const below = () =>
    actionsOf(person, (action) => {
      instead = action(person);
    });
  const saved = await keep(person, rooms, load, below);
  return instead ?? (saved ? "" : null);
}

/**
 * @param {Person} person
 * @param {string[]} rooms
 * @param {() => Promise<Person[]>} load
 * @param {() => unknown} below
 */
function keep(person, rooms, load, below) {
  /** @type {Fields} */
  let seen = fieldsOf(person);
  const now = fieldsOf(person);
  /** @type {Record<string, string>} What somebody else has changed since this was opened. */
  let meanwhile = {};
  const therapist = person.role === "therapist";

  /** @param {string} name */
  const hint = (name) =>
    name in meanwhile
      ? t("Someone else just changed this to: {value}", { value: meanwhile[name] ?? "" })
      : "";
  /** @param {string} name @param {() => void} refresh */
  const put = (name, refresh) => (/** @type {string} */ value) => {
    now[name] = value === "" && name !== "name" && name !== "username" ? null : value;
    refresh();
  };

  return sendForm({
    title: person.name,
    action: t("Save"),
    ready: () => Boolean(String(now.name).trim() && String(now.username).trim()),
    inside: (refresh) => html`
      ${entry({
        label: t("Name"),
        name: "name",
        maxlength: 120,
        value: String(now.name),
        hint: hint("name"),
        onInput: put("name", refresh),
      })}
      ${entry({
        label: t("Username"),
        name: "username",
        maxlength: 64,
        value: String(now.username),
        hint: hint("username"),
        onInput: put("username", refresh),
      })}
      ${
        therapist
          ? html`
              ${roomEntry(
                rooms,
                String(now.room_number ?? ""),
                put("room_number", refresh),
                hint("room_number"),
              )}
              ${choice({
                label: t("Gender, for customers who ask"),
                name: "gender",
                choices: [
                  { value: "", words: t("Not specified") },
                  { value: "woman", words: t("Woman") },
                  { value: "man", words: t("Man") },
                ],
                value: String(now.gender ?? ""),
                onChoose: put("gender", refresh),
              })}
              ${entry({
                label: t("Commission in percent"),
                name: "commission",
                inputmode: "decimal",
                maxlength: 6,
                value: String(now.commission_percent ?? ""),
                hint: hint("commission_percent"),
                onInput: put("commission_percent", refresh),
              })}
            `
          : nothing
      }
    `,
    send: async () => {
      const answer = await changeSeen(`staff/${person.id}`, seen, now);
      if (!answer.ok && answer.code === "invalid_state") {
        const fresh = (await load()).find(({ id }) => id === person.id);
        if (fresh) {
          meanwhile = changedMeanwhile(seen, fieldsOf(fresh));
          // Those who have seen what is there now may put their own in its place.
          seen = fieldsOf(fresh);
        }
      }
      return answer;
    },
    below,
  });
}

/** @param {Person} person @returns {Fields} */
const fieldsOf = ({ name, username, room_number, gender, commission_percent, role }) =>
  role === "therapist"
    ? { name, username, room_number, gender, commission_percent }
    : { name, username };

/**
 * @param {Person} person
 * @param {(action: Action) => void} onChoose
 */
function actionsOf(person, onChoose) {
  /**
   * @param {import("../../shared/icons.js").IconName} name
   * @param {string} words
   * @param {Action} action
   */
  const button = (name, words, action) => html`
    <button type="button" class="button button-quiet action" @click=${() => onChoose(action)}>
      ${icon(name)} ${words}
    </button>
  `;
  return html`
    <div class="actions">
      ${button("key", t("New password…"), newPassword)}
      ${person.role === "manager" ? button("lock", t("New PIN…"), newPin) : nothing}
      ${person.disabled ? nothing : button("exit", t("Log out everywhere…"), logOut)}
      ${
        person.disabled
          ? button("check", t("Enable log-in…"), enable)
          : button("off", t("Disable log-in…"), disable)
      }
    </div>
  `;
}

/** @type {Action} */
async function newPassword({ id, name }) {
  let password = "";
  const done = await sendForm({
    title: t("New password for {name}", { name }),
    action: t("Set password"),
    ready: () => Boolean(password),
    inside: (refresh) => html`
      <p class="muted">
        ${t("They will be logged out everywhere and need the new one to log in.")}
      </p>
      ${entry({
        label: t("New password"),
        name: "password",
        autocomplete: "new-password",
        autofocus: true,
        hint: t("At least 8 characters. Give it to them; they can change it under My account."),
        value: password,
        onInput: (text) => {
          password = text;
          refresh();
        },
      })}
    `,
    send: () => change("POST", `staff/${id}/password`, { password }),
  });
  return done ? t("{name} has a new password.", { name }) : null;
}

/** @type {Action} */
async function newPin({ id, name }) {
  let pin = "";
  const done = await sendForm({
    title: t("New PIN for {name}", { name }),
    action: t("Set PIN"),
    ready: () => Boolean(pin),
    inside: (refresh) => html`
      <p class="muted">${t("Approves discounts and refunds at the cashier's screen.")}</p>
      ${entry({
        label: t("New PIN"),
        name: "pin",
        type: "password",
        inputmode: "numeric",
        maxlength: 10,
        autocomplete: "new-password",
        autofocus: true,
        hint: t("4 to 10 digits."),
        value: pin,
        onInput: (text) => {
          pin = text;
          refresh();
        },
      })}
    `,
    send: () => change("POST", `staff/${id}/pin`, { pin }),
  });
  return done ? t("{name} has a new PIN.", { name }) : null;
}

/** @type {Action} */
async function logOut({ id, name }) {
  const done = await sendForm({
    title: t("Log out {name} everywhere?", { name }),
    action: t("Log out"),
    inside: () => html`<p class="muted">${t("On every phone and computer, right away.")}</p>`,
    send: () => change("POST", `staff/${id}/revoke`),
  });
  return done ? t("{name} is logged out everywhere.", { name }) : null;
}

/** @type {Action} */
async function disable({ id, name, username }) {
  const me = username === boot.me?.username;
  const done = await sendForm({
    title: t("Disable the log-in of {name}?", { name }),
    action: t("Disable"),
    danger: true,
    inside: () => html`
      <p class="muted">${t("They will be logged out and can't log in. Their history stays.")}</p>
      ${me ? html`<p class="banner banner-warn">${t("This is your own account.")}</p>` : nothing}
    `,
    send: () => changeSeen(`staff/${id}`, { disabled: false }, { disabled: true }),
  });
  return done ? t("{name} can no longer log in.", { name }) : null;
}

/** @type {Action} */
async function enable({ id, name }) {
  const done = await sendForm({
    title: t("Enable the log-in of {name}?", { name }),
    action: t("Enable"),
    inside: () => html`<p class="muted">${t("Their password stays the same.")}</p>`,
    send: () => changeSeen(`staff/${id}`, { disabled: true }, { disabled: false }),
  });
  return done ? t("{name} can log in again.", { name }) : null;
}
