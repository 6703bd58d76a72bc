/** My own account: my password and PIN, my language, where I am logged in. */

import { boot } from "/static/common/boot.js";
import { postJson } from "/static/common/http.js";
import { language, languages, t } from "/static/common/i18n.js";
import { newRequestId } from "/static/common/session.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { dialogHead, openDialog } from "./dialog.js";
import { entry, select, sendForm } from "./forms.js";
import { icon } from "./icons.js";
import { chooseLanguage } from "./own_language.js";
import { logOut } from "./signed_out.js";

/** @typedef {import("./live.js").Role} Role */

/**
 * Opens it.
 * @param {Role} role
 * @param {() => Promise<boolean>} mayLeave Asks where customers would be left behind.
 */
export function showAccount(role, mayLeave) {
  let problem = "";
  /** @param {{close: (answer: null) => void, refresh: () => void}} dialog */
  const content = ({ close, refresh }) => html`
    <div class="sheet-body">
      ${dialogHead(t("My account"), () => close(null))}
      <p class="muted">${t("Username: {username}", { username: boot.me?.username ?? "" })}</p>
      ${
        problem
          ? html`<div class="banner banner-danger" role="alert"><p>${problem}</p></div>`
          : nothing
      }
      ${
        languages.length > 1
          ? select({
              label: t("Language"),
              choices: languages.map(({ code, name }) => ({ value: code, words: name })),
              value: language(),
              onChoose: async (code) => {
                problem = await chooseLanguage(role, code);
                refresh();
              },
            })
          : nothing
      }
      <button type="button" class="button button-block" @click=${() => void changePassword(role)}>
        ${icon("key")} ${t("Change password…")}
      </button>
      ${
        role === "manager"
          ? html`<button type="button" class="button button-block" @click=${() => void changePin()}>
              ${icon("lock")} ${t("Change PIN…")}
            </button>`
          : nothing
      }
      <button
        type="button"
        class="button button-block"
        @click=${async () => {
          if (!(await mayLeave())) return;
          problem = await logOut(role, { everywhere: true });
          refresh();
        }}
      >
        ${icon("exit")} ${t("Log out on all devices")}
      </button>
    </div>
  `;
  return openDialog(content);
}

/** @param {Role} role */
function changePassword(role) {
  const entered = { current_password: "", password: "" };
  return proved({
    title: t("Change password"),
    action: t("Change password"),
    path: `/${role}/password`,
    entered,
    done: t("Your password has been changed. Your other devices are logged out."),
    inside: (refresh) =>
      entry({
        label: t("New password"),
        name: "password",
        type: "password",
        autocomplete: "new-password",
        hint: t("At least 8 characters."),
        value: entered.password,
        onInput: (text) => {
          entered.password = text;
          refresh();
        },
      }),
  });
}

function changePin() {
  const entered = { current_password: "", pin: "" };
  return proved({
    title: t("Change PIN"),
    action: t("Change PIN"),
    path: "/manager/pin",
    entered,
    done: t("Your PIN has been changed."),
    inside: (refresh) => html`
      <p class="muted">${t("Approves discounts and refunds at the cashier's screen.")}</p>
      ${entry({
        label: t("New PIN"),
        name: "pin",
        type: "password",
        inputmode: "numeric",
        maxlength: 10,
        autocomplete: "new-password",
        hint: t("4 to 10 digits."),
        value: entered.pin,
        onInput: (text) => {
          entered.pin = text;
          refresh();
        },
      })}
    `,
  });
}

/**
 * Changes something of one's own, with the current password.
 * @param {{title: string, action: string, path: string, entered: {current_password: string} &
 *   Record<string, string>, done: string, inside: (refresh: () => void) => unknown}} change
 */
async function proved({ title, action, path, entered, done, inside }) {
  const answer = await sendForm({
    title,
    action,
    ready: () => Object.values(entered).every(Boolean),
    inside: (refresh) => html`
      ${entry({
        label: t("Current password"),
        name: "current_password",
        type: "password",
        autocomplete: "current-password",
        autofocus: true,
        value: entered.current_password,
        onInput: (text) => {
          entered.current_password = text;
          refresh();
        },
      })}
      ${inside(refresh)}
    `,
    send: async () => {
      const request = { ...entered, request_id: newRequestId() };
      const first = await postJson(path, request);
      return !first.ok && first.code === "unavailable" ? postJson(path, request) : first;
    },
  });
  if (answer) await told(done);
}

/** @param {string} sentence */
function told(sentence) {
  return openDialog(
    /** @param {{close: (answer: null) => void}} dialog */ ({ close }) => html`
      <div class="sheet-body">
        <h2 id="dialog-title">${sentence}</h2>
        <button type="button" class="button button-primary" autofocus @click=${() => close(null)}>
          ${t("Done")}
        </button>
      </div>
    `,
  );
}
