/**
 * Dialogs that send what was entered and stay until the server has accepted it. What a manager has
 * to approve asks for the PIN in the same dialog and is sent once more with it.
 */

import { t, tError } from "/static/common/i18n.js";
import { afterFrame } from "/static/common/render.js";
import { live } from "/static/common/vendor/lit-html/directives/live.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { openDialog } from "./dialog.js";

/** @typedef {import("/static/common/types.js").Answer} Answer */
/** @typedef {import("/static/common/types.js").Success} Success */
/** @typedef {import("/static/common/vendor/lit-html/lit-html.js").TemplateResult} Template */
/** @typedef {{username: string, pin: string}} Approval */
/** @typedef {(event: string, payload: object, options: {quiet: true}) => Promise<Answer | null>} Act */

/**
 * @typedef {object} Form
 * @property {string} title
 * @property {string} action What its button says.
 * @property {(refresh: () => void) => unknown} inside Draws the entries.
 * @property {(approval: {approval?: Approval}) => Promise<Answer | null>} send `approval` is part of
 *   the payload where a manager has approved.
 * @property {() => boolean} [ready] Whether all is entered.
 * @property {boolean} [approval] Whether a manager has to approve in any case.
 * @property {boolean} [wide]
 * @property {boolean} [danger] Whether its button takes something away.
 * @property {() => unknown} [below] What else may be done, under the buttons.
 */

/**
 * @param {Form} form
 * @returns {Promise<Success | null>} The server's answer, or null when nothing was done.
 */
export function sendForm({
  title,
  action,
  inside,
  send,
  ready,
  approval = false,
  wide = false,
  danger = false,
  below,
}) {
  const manager = { username: "", pin: "" };
  let approving = approval;
  let refusal = "";
  let busy = false;
  const complete = () =>
    (ready?.() ?? true) && (!approving || Boolean(manager.username.trim() && manager.pin));

  /** @param {{close: (answer: Success) => void, refresh: () => void}} dialog */
  const submit = async ({ close, refresh }) => {
    if (busy || !complete()) return;
    busy = true;
    refusal = "";
    refresh();
    const answer = await send(
      approving ? { approval: { username: manager.username.trim(), pin: manager.pin } } : {},
    );
    busy = false;
    if (answer?.ok) {
      close(answer);
      return;
    }
    if (answer?.code === "approval_required") {
      approving = true;
      refresh();
      focusOn("approver");
    } else if (answer) {
      refusal = tError(answer);
      const wrongPin = answer.code === "invalid_credentials";
      if (wrongPin) manager.pin = "";
      refresh();
      if (wrongPin && approving) focusOn("pin");
    }
  };

  return openDialog(
    /** @param {{close: (answer: Success | null) => void, refresh: () => void}} dialog */ (
      dialog,
    ) => html`
      <form
        class="sheet-body"
        @submit=${(/** @type {Event} */ event) => {
          event.preventDefault();
          void submit(dialog);
        }}
      >
        <h2 id="dialog-title">${title}</h2>
        ${inside(dialog.refresh)} ${approving ? approvalEntry(manager, dialog.refresh) : nothing}
        <div class="form-foot">
          <div class="error-room" role="alert">
            ${refusal ? html`<p class="banner banner-danger">${refusal}</p>` : nothing}
          </div>
          <div class="form-actions">
            <button
              type="submit"
              class="button ${danger ? "button-danger" : "button-primary"}"
              aria-busy=${busy ? "true" : "false"}
              aria-disabled=${complete() ? "false" : "true"}
            >
              ${action}
            </button>
            <button type="button" class="button" @click=${() => dialog.close(null)}>
              ${t("Cancel")}
            </button>
          </div>
        </div>
        ${below?.() ?? nothing}
      </form>
    `,
    { wide },
  );
}

/** @param {string} name */
function focusOn(name) {
  afterFrame(() => {
    const input = document.querySelector(`dialog [name="${name}"]`);
    if (input instanceof HTMLElement) input.focus();
  });
}

/**
 * @param {Approval} manager
 * @param {() => void} refresh
 */
function approvalEntry(manager, refresh) {
  return html`
    <fieldset class="approval">
      <legend class="label">${t("Manager's approval")}</legend>
      ${entry({
        label: t("Manager's username"),
        name: "approver",
        value: manager.username,
        onInput: (text) => {
          manager.username = text;
          refresh();
        },
      })}
      ${entry({
        label: t("PIN"),
        name: "pin",
        type: "password",
        inputmode: "numeric",
        maxlength: 20,
        value: manager.pin,
        onInput: (text) => {
          manager.pin = text;
          refresh();
        },
      })}
    </fieldset>
  `;
}

/**
 * @typedef {object} Entry
 * @property {string} label
 * @property {string} value
 * @property {(text: string) => void} onInput
 * @property {string} [name]
 * @property {string} [type]
 * @property {"text" | "decimal" | "numeric"} [inputmode]
 * @property {number} [maxlength]
 * @property {boolean} [autofocus]
 * @property {string} [placeholder]
 * @property {string} [hint] What stands under it.
 * @property {"off" | "current-password" | "new-password"} [autocomplete]
 */

/**
 * A labelled entry.
 * @param {Entry} entry
 */
export function entry({
  label,
  value,
  onInput,
  name,
  type = "text",
  inputmode = "text",
  maxlength = 200,
  autofocus = false,
  placeholder = "",
  hint = "",
  autocomplete = "off",
}) {
  return html`
    <label class="field">
      <span class="label">${label}</span>
      <input
        class=${inputmode === "text" ? "input" : "input number figure"}
        type=${type}
        name=${name ?? nothing}
        inputmode=${inputmode}
        maxlength=${maxlength}
        placeholder=${placeholder}
        autocomplete=${autocomplete}
        spellcheck="false"
        ?autofocus=${autofocus}
        .value=${live(value)}
        @input=${(/** @type {InputEvent} */ event) =>
          onInput(/** @type {HTMLInputElement} */ (event.target).value)}
      />
      ${hint ? html`<span class="hint">${hint}</span>` : nothing}
    </label>
  `;
}

/**
 * A labelled entry of an amount.
 * @param {Omit<Entry, "inputmode" | "maxlength" | "type">} amount
 */
export function amountEntry(amount) {
  return entry({ ...amount, inputmode: "decimal", maxlength: 24 });
}

/**
 * One of several words, as a row of buttons of which one is chosen.
 * @param {{label: string, name: string, choices: {value: string, words: string}[], value: string,
 *   onChoose: (value: string) => void}} options
 */
export function choice({ label, name, choices, value, onChoose }) {
  return html`
    <fieldset class="choose">
      <legend class="label">${label}</legend>
      ${choices.map(
        (each) => html`
          <label class="choose-one">
            <input
              type="radio"
              name=${name}
              value=${each.value}
              .checked=${live(each.value === value)}
              @change=${() => onChoose(each.value)}
            />
            <span class="choose-face">${each.words}</span>
          </label>
        `,
      )}
    </fieldset>
  `;
}

/**
 * What is to be done, one under the other, of which one is chosen.
 * @param {{value: string, words: string}[]} verbs
 * @param {string} chosen
 * @param {(verb: string) => void} onChoose
 */
export function choiceOfVerb(verbs, chosen, onChoose) {
  return html`
    <fieldset class="choices">
      <legend>${t("What would you like to do?")}</legend>
      ${verbs.map(
        ({ value, words }) => html`
          <label class="choice ${value === chosen ? "choice-taken" : ""}">
            <input
              type="radio"
              name="verb"
              .value=${value}
              .checked=${value === chosen}
              @change=${() => onChoose(value)}
            />
            <span>${words}</span>
          </label>
        `,
      )}
    </fieldset>
  `;
}

/**
 * One of many, as a list to drop down.
 * @param {{label: string, choices: {value: string, words: string}[], value: string,
 *   onChoose: (value: string) => void, hint?: string}} options
 */
export function select({ label, choices, value, onChoose, hint = "" }) {
  return html`
    <label class="field">
      <span class="label">${label}</span>
      <select
        class="input"
        @change=${(/** @type {Event} */ event) =>
          onChoose(/** @type {HTMLSelectElement} */ (event.target).value)}
      >
        ${choices.map(
          (each) => html`
            <option value=${each.value} ?selected=${each.value === value}>${each.words}</option>
          `,
        )}
      </select>
      ${hint ? html`<span class="hint">${hint}</span>` : nothing}
    </label>
  `;
}

/**
 * Words that are often entered, to be taken with one tap.
 * @param {string[]} words
 * @param {(words: string) => void} onChoose
 */
export function suggestions(words, onChoose) {
  return html`
    <div class="suggestions">
      ${words.map(
        (each) => html`
          <button type="button" class="button" @click=${() => onChoose(each)}>${each}</button>
        `,
      )}
    </div>
  `;
}
