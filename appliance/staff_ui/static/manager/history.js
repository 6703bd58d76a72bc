/** Who did what, when, and what was before: nothing here can be edited away. */

import { dateWords, clockTime } from "/static/common/format.js";
import { t, tError } from "/static/common/i18n.js";
import { live } from "/static/common/vendor/lit-html/directives/live.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { entry, select } from "../shared/forms.js";
import { icon } from "../shared/icons.js";
import { emptyState } from "../shared/parts.js";
import { EVENTS, eventWord, factsOf, roleWord } from "./history/sentences.js";
import { isDate } from "./money/periods.js";
import { read } from "./records.js";
import { startSection } from "./section.js";

/** @typedef {import("/static/common/types.js").Happened} Happened */

/** What is looked for; nothing where it does not matter. */
const NO_FILTER = { from: "", to: "", actor: "", event: "", code: "" };
/** @typedef {typeof NO_FILTER} Filter */

/** How long somebody types before the list follows. */
const TYPING_MS = 400;

/**
 * @typedef {object} Own
 * @property {Filter} filter
 * @property {Happened[] | null} rows
 * @property {number | null} before Where older rows begin.
 * @property {string[]} names
 * @property {boolean} loading
 * @property {string} failed
 */

/** Counts the questions, so that a late answer to an old one is not shown. */
let asked = 0;

/** @type {Own} */
const START = {
  filter: NO_FILTER,
  rows: null,
  before: null,
  names: [],
  loading: true,
  failed: "",
};
const { app } = startSection({ start: START, view });
void load();
void loadNames();

/** @param {number | null} [before] The next page's begin; from the newest on where it is not said. */
async function load(before = null) {
  asked += 1;
  const mine = asked;
  app.set({ loading: true, failed: "" });
  const wanted = Object.entries(app.state.filter).filter(([, value]) => value.trim());
  const query = [...wanted, ...(before ? [["before", String(before)]] : [])]
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value).trim())}`)
    .join("&");
  const answer = await read(`history?${query}`);
  if (mine !== asked) return;
  if (!answer.ok) {
    app.set({ loading: false, failed: tError(answer) });
    return;
  }
  const known = before ? (app.state.rows ?? []) : [];
  app.set({ rows: [...known, ...answer.history], before: answer.before, loading: false });
}

/** Whose deeds may be looked for: the people, and the screens that customers touch. */
async function loadNames() {
  const [staff, devices] = await Promise.all([read("staff"), read("devices")]);
  const names = [...(staff.ok ? staff.staff : []), ...(devices.ok ? devices.devices : [])].map(
    ({ name }) => name,
  );
  app.set({ names: [...new Set(names)].sort((one, other) => one.localeCompare(other)) });
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let typing;

/** @param {Partial<Filter>} patch @param {number} [pause] */
function narrow(patch, pause = 0) {
  app.set({ filter: { ...app.state.filter, ...patch } });
  clearTimeout(typing);
  typing = setTimeout(() => void load(), pause);
}

/** @param {Readonly<Own>} state */
function view({ filter, rows, before, names, loading, failed }) {
  return html`
    ${filters(filter, names)}
    ${
      failed
        ? html`<div class="banner banner-danger" role="alert">
            ${icon("alert")}
            <p class="banner-text">${failed}</p>
            <button type="button" class="button" @click=${() => void load()}>
              ${t("Try again")}
            </button>
          </div>`
        : nothing
    }
    <div aria-busy=${loading ? "true" : "false"}>
      ${rows ? list(rows) : failed ? nothing : html`<div class="skeleton skeleton-stage"></div>`}
    </div>
    ${
      rows && before !== null
        ? html`<button
            type="button"
            class="button money-older"
            aria-busy=${loading ? "true" : "false"}
            @click=${() => loading || void load(before)}
          >
            ${t("Show earlier")}
          </button>`
        : nothing
    }
  `;
}

/**
 * @param {Filter} filter
 * @param {string[]} names
 */
function filters(filter, names) {
  const anything = { value: "", words: t("Anything") };
  const events = Object.keys(EVENTS)
    .map((value) => ({ value, words: eventWord(value) }))
    .sort((one, other) => one.words.localeCompare(other.words));
  /** @param {"from" | "to"} name @param {string} label */
  const date = (name, label) => html`
    <label class="field">
      <span class="label">${label}</span>
      <input
        class="input"
        type="date"
        placeholder="2026-11-27"
        .value=${live(filter[name])}
        @change=${(/** @type {Event} */ event) => {
          const { value } = /** @type {HTMLInputElement} */ (event.target);
          if (!value || isDate(value)) narrow({ [name]: value });
        }}
      />
    </label>
  `;
  return html`
    <form
      class="card history-filter"
      role="search"
      @submit=${(/** @type {Event} */ event) => {
        event.preventDefault();
        narrow({});
      }}
    >
      ${date("from", t("From"))} ${date("to", t("To"))}
      ${select({
        label: t("Who"),
        choices: [
          { value: "", words: t("Everyone") },
          ...names.map((name) => ({ value: name, words: name })),
        ],
        value: filter.actor,
        onChoose: (actor) => narrow({ actor }),
      })}
      ${select({
        label: t("What"),
        choices: [anything, ...events],
        value: filter.event,
        onChoose: (event) => narrow({ event }),
      })}
      ${entry({
        label: t("Customer's number"),
        name: "code",
        value: filter.code,
        inputmode: "numeric",
        maxlength: 8,
        onInput: (code) => narrow({ code }, TYPING_MS),
      })}
      <button
        type="button"
        class="button"
        aria-disabled=${Object.values(filter).some(Boolean) ? "false" : "true"}
        @click=${() => narrow(NO_FILTER)}
      >
        ${t("Show all")}
      </button>
    </form>
  `;
}

/** @param {Happened[]} rows Newest first. */
function list(rows) {
  if (rows.length === 0) {
    return emptyState("history", t("Nothing found"), t("Choose other dates, or show everything."));
  }
  /** @type {Map<string, Happened[]>} */
  const days = new Map();
  for (const row of rows) {
    const day = dayOf(row.at);
    days.set(day, [...(days.get(day) ?? []), row]);
  }
  return [...days].map(
    ([day, found]) => html`
      <section class="history-day">
        <h2 class="list-title">
          ${dateWords(day, { weekday: "long", day: "numeric", month: "long", year: "numeric" })}
        </h2>
        <ol class="lines card">
          ${repeat(found, ({ id }) => id, line)}
        </ol>
      </section>
    `,
  );
}

/**
 * The day of a moment on this screen's calendar.
 * @param {string} at
 */
function dayOf(at) {
  const moment = new Date(at);
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
}

/** @param {Happened} row */
function line(row) {
  const facts = factsOf(row);
  return html`
    <li class="line history-line">
      <span class="history-when">
        <span class="number">${clockTime(row.at)}</span>
        <span class="code">${row.code ?? ""}</span>
      </span>
      <span class="line-main">
        <span class="line-title">${eventWord(row.event)}</span>
        <span class="muted"
          ><bdi>${row.actor}</bdi>${
            row.actor === roleWord(row.actor_role) ? nothing : html` · ${roleWord(row.actor_role)}`
          }</span
        >
        ${
          facts.length > 0
            ? html`<ul class="history-facts">
                ${facts.map(
                  ({ label, before, value }) => html`
                    <li>
                      <span class="muted">${label}:</span>
                      ${
                        before === undefined
                          ? html`<bdi>${value}</bdi>`
                          : html`<bdi class="history-before">${before}</bdi>
                              <span class="visually-hidden">${t("before, now")}</span>
                              <span class="history-arrow" aria-hidden="true">→</span>
                              <bdi>${value}</bdi>`
                      }
                    </li>
                  `,
                )}
              </ul>`
            : nothing
        }
      </span>
    </li>
  `;
}
