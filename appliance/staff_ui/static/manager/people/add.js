/** A new person: what they are called, and what they log in with on their first day. */

import { t } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { choice, entry, select, sendForm } from "../../shared/forms.js";
import { change } from "../records.js";

/** The roles, in the order of the page. */
export const ROLES = [
  { role: "therapist", title: () => t("Therapists"), word: () => t("Therapist") },
  { role: "cashier", title: () => t("Cashiers"), word: () => t("Cashier") },
  { role: "manager", title: () => t("Managers"), word: () => t("Manager") },
];

/** @param {string[]} rooms */
export function addPerson(rooms) {
  const person = { role: "therapist", name: "", username: "", password: "", room_number: "" };
  let suggests = true;
  return sendForm({
    title: t("Add person"),
    action: t("Add"),
    ready: () => Boolean(person.name.trim() && person.username.trim() && person.password),
    inside: (refresh) => html`
      ${choice({
        label: t("Role"),
        name: "role",
        choices: ROLES.map(({ role, word }) => ({ value: role, words: word() })),
        value: person.role,
        onChoose: (role) => {
          person.role = role;
          refresh();
        },
      })}
      ${entry({
        label: t("Name"),
        name: "name",
        maxlength: 120,
        autofocus: true,
        value: person.name,
        onInput: (text) => {
          person.name = text;
          if (suggests) person.username = usernameFor(text);
          refresh();
        },
      })}
      ${entry({
        label: t("Username"),
        name: "username",
        maxlength: 64,
        value: person.username,
        onInput: (text) => {
          person.username = text;
          suggests = false;
          refresh();
        },
      })}
      ${entry({
        label: t("First password"),
        name: "password",
        autocomplete: "new-password",
        hint: t("At least 8 characters. Give it to them; they can change it under My account."),
        value: person.password,
        onInput: (text) => {
          person.password = text;
          refresh();
        },
      })}
      ${
        person.role === "therapist"
          ? roomEntry(rooms, person.room_number, (room) => {
              person.room_number = room;
              refresh();
            })
          : nothing
      }
    `,
    send: () => {
      const { room_number, ...rest } = person;
      const room = person.role === "therapist" && room_number ? { room_number } : {};
      return change("POST", "staff", { ...rest, ...room, username: person.username.trim() });
    },
  });
}

/**
 * A therapist's room.
 * @param {string[]} rooms
 * @param {string} value Empty for none.
 * @param {(room: string) => void} onChoose
 * @param {string} [hint]
 */
export function roomEntry(rooms, value, onChoose, hint = "") {
  return select({
    label: t("Room"),
    choices: [
      { value: "", words: t("No room") },
      ...rooms.map((room) => ({ value: room, words: t("Room {room}", { room }) })),
    ],
    value,
    onChoose,
    hint,
  });
}

/**
 * What somebody of this name might log in with: `Carmen Díaz` is offered `carmen.diaz`.
 * @param {string} name
 */
function usernameFor(name) {
  return name
    .normalize("NFD")
    .toLowerCase()
    .replace(/[^a-z0-9\s]/g, "")
    .trim()
    .replace(/\s+/g, ".")
    .slice(0, 64);
}
