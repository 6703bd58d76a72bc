/** The screens and the devices' computers that are let in. */

import { t, tError, tSentence } from "/static/common/i18n.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { choice, entry, sendForm } from "../shared/forms.js";
import { icon } from "../shared/icons.js";
import { emptyState } from "../shared/parts.js";
import { showLink, showStation, showToken } from "./devices/enrol.js";
import { change, read } from "./records.js";
import { keepFresh, startSection } from "./section.js";

/** @typedef {import("/static/common/types.js").Machine} Machine */
/** @typedef {import("/static/common/types.js").ManagedDevice} Device */

const KINDS = [
  { kind: "kiosk", title: () => t("Kiosks"), word: () => t("Kiosk") },
  { kind: "display", title: () => t("Lobby boards"), word: () => t("Lobby board") },
  {
    kind: "peripherals",
    title: () => t("Printers and call buttons"),
    word: () => t("Printers, buttons"),
  },
];

const { app, server, tell } = startSection({
  start: {
    known: /** @type {Device[] | null} */ (null),
    machine: /** @type {Machine | null} */ (null),
  },
  view: ({ known, machine }) => known && html`${everyDevice(known)} ${machine && about(machine)}`,
  actions: () => html`
    <button type="button" class="button button-primary" @click=${() => void add()}>
      ${icon("plus")} ${t("Add device")}
    </button>
  `,
});

/** @returns {Promise<Device[]>} Every device, as it is now. */
async function load() {
  const answer = await read("devices");
  if (answer.ok) app.set({ known: answer.devices });
  else app.set({ problem: tError(answer) });
  return answer.ok ? answer.devices : (app.state.known ?? []);
}
keepFresh(server, load);
keepFresh(server, async () => {
  const answer = await read("machine");
  if (answer.ok) app.set({ machine: /** @type {Machine} */ (/** @type {unknown} */ (answer)) });
});

/** @param {Device[]} known */
function everyDevice(known) {
  if (known.length === 0) {
    return emptyState(
      "devices",
      t("No devices yet"),
      t("Add a kiosk, then open its link on the screen by the door."),
    );
  }
  const inUse = known.filter(({ revoked }) => !revoked);
  return html`
    <div class="manager-columns">
      ${KINDS.map(({ kind, title }) =>
        group(
          title(),
          inUse.filter((device) => device.kind === kind),
        ),
      )}
    </div>
    ${group(
      t("Revoked"),
      known.filter(({ revoked }) => revoked),
    )}
  `;
}

/**
 * @param {string} title
 * @param {Device[]} devices
 */
function group(title, devices) {
  if (devices.length === 0) return nothing;
  return html`
    <section class="card" aria-label=${title}>
      <h2 class="list-title">${title} <span class="badge">${devices.length}</span></h2>
      <ul class="lines">
        ${repeat(
          devices,
          ({ id }) => id,
          (device) =>
            device.revoked
              ? html`<li class="line">${words(device)}</li>`
              : html`<li class="line-around">
                  <button type="button" class="line line-button" @click=${() => void open(device)}>
                    ${words(device)}
                    ${
                      device.connected
                        ? html`<span class="chip chip-ok">${t("Connected")}</span>`
                        : nothing
                    }
                  </button>
                </li>`,
        )}
      </ul>
    </section>
  `;
}

/** @param {Machine} machine */
function about({ release, facts }) {
  return html`
    <section class="card" aria-label=${t("This machine")}>
      <h2 class="list-title">${t("This machine")}</h2>
      <ul class="lines">
        ${facts.map(
          ({ level, sentences }) => html`
            <li class="line">
              <span class="line-main">
                ${sentences.map((sentence) => html`<span>${tSentence(sentence)}</span>`)}
              </span>
              ${
                level === "ok"
                  ? nothing
                  : html`<span class="chip ${level === "bad" ? "chip-danger" : "chip-warn"}"
                      >${t("To do")}</span
                    >`
              }
            </li>
          `,
        )}
        <li class="line muted">${t("Release {release}", { release })}</li>
      </ul>
    </section>
  `;
}

/** @param {Device} device */
function words({ name, kind, browsers }) {
  const screens = browsers === 0 ? t("No screen yet") : t("Screens: {count}", { count: browsers });
  return html`
    <span class="line-main">
      <span class="line-title"><bdi>${name}</bdi></span>
      ${kind === "peripherals" ? nothing : html`<span class="muted">${screens}</span>`}
    </span>
  `;
}

async function add() {
  const wanted = { kind: "kiosk", name: "" };
  const answer = await sendForm({
    title: t("Add device"),
    action: t("Add"),
    ready: () => Boolean(wanted.name.trim()),
    inside: (refresh) => html`
      ${choice({
        label: t("Kind"),
        name: "kind",
        choices: KINDS.map(({ kind, word }) => ({ value: kind, words: word() })),
        value: wanted.kind,
        onChoose: (kind) => {
          wanted.kind = kind;
          refresh();
        },
      })}
      ${entry({
        label: t("Name"),
        name: "name",
        maxlength: 64,
        autofocus: true,
        hint: t("Letters and digits, such as door or bar-2."),
        value: wanted.name,
        onInput: (text) => {
          wanted.name = text;
          refresh();
        },
      })}
    `,
    send: () => change("POST", "devices", { ...wanted, name: wanted.name.trim() }),
  });
  if (!answer) return;
  await load();
  if (answer.enrol_url || answer.station_code) await enrol(answer);
  else await showToken(answer.device.name, answer.token);
}

/** @param {Record<string, any>} answer With a device and its link or code. */
async function enrol({ device, enrol_url, enrol_qr, station_code, token }) {
  if (station_code) {
    if (await showStation(device, station_code, token, load)) {
      tell(t("{name} is connected.", { name: device.name }));
    }
    return;
  }
  const enrolled = await showLink(device, enrol_url, enrol_qr, load);
  if (enrolled) tell(t("{name} is ready on its screen.", { name: device.name }));
}

/** @param {Device} device */
async function open(device) {
  const word = KINDS.find(({ kind }) => kind === device.kind)?.word() ?? "";
  const screen = device.kind !== "peripherals";
  /** @type {Promise<unknown> | null} */
  let revoking = null;
  const answer = await sendForm({
    title: device.name,
    action: screen ? t("New link") : t("New code"),
    inside: () => html`
      <p class="muted">
        ${word}.
        ${
          screen
            ? t("A new link connects one more screen.")
            : t("A new code is for a new card: the one in use stops working when it is used.")
        }
      </p>
    `,
    send: () => change("POST", `devices/${device.id}/link`),
    below: () => html`
      <div class="actions">
        <button
          type="button"
          class="button button-quiet action"
          @click=${() => (revoking = askToRevoke(device))}
        >
          ${icon("off")} ${t("Revoke…")}
        </button>
      </div>
    `,
  });
  if (answer) await enrol(answer);
  if (answer || (await revoking)) await load();
}

/** @param {Device} device */
function askToRevoke({ id, name }) {
  return sendForm({
    title: t("Revoke {name}?", { name }),
    action: t("Revoke"),
    danger: true,
    inside: () => html`
      <p class="muted">
        ${t("Its screens show nothing from now on. To bring one back, add it under another name.")}
      </p>
    `,
    send: () => change("DELETE", `devices/${id}`),
  });
}
