/** Papers that wait for a printer: send one to another printer, or give it up with a reason. */

import { t, tSentence } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { ago } from "./clock.js";
import { dialogHead, openDialog } from "./dialog.js";
import { entry, suggestions } from "./forms.js";
import { icon } from "./icons.js";
import { emptyState } from "./parts.js";
import { paperKind } from "./printers.js";

/** @typedef {import("/static/common/types.js").Answer} Answer */
/** @typedef {import("/static/common/types.js").Devices} Devices */
/** @typedef {import("/static/common/types.js").PrintJob} PrintJob */

/** How soon an open list shows what printers have done meanwhile. */
const REFRESH_MS = 500;

/**
 * Lists the waiting papers until the list is closed.
 * @param {{readonly state: {readonly devices: Devices | null}}} app
 * @param {(event: string, payload: object) => Promise<Answer | null>} act
 */
export async function showPapers(app, act) {
  /** @type {number | null} The paper whose reason is being given. */
  let dropping = null;
  let reason = "";
  /** @type {() => void} */
  let redraw = () => undefined;

  /** @param {PrintJob} job */
  const drop = async (job) => {
    const answer = await act("print_job_drop", { job_id: job.id, reason: reason.trim() });
    if (answer?.ok) dropping = null;
    redraw();
  };
  /**
   * @param {PrintJob} job
   * @param {string} printer
   */
  const move = async (job, printer) => {
    await act("print_job_move", { job_id: job.id, printer });
    redraw();
  };
  /** @param {PrintJob} job */
  const again = async (job) => {
    await act("print_job_reprint", { job_id: job.id });
    redraw();
  };
  /** @param {PrintJob} job */
  const ask = (job) => {
    dropping = job.id;
    reason = "";
    redraw();
    /** @type {HTMLElement | null} */ (document.querySelector("dialog input"))?.focus();
  };

  /** @param {string} text */
  const say = (text) => {
    reason = text;
    redraw();
  };

  /** @param {PrintJob} job */
  const reasonForm = (job) => html`
    <form
      class="paper-reason"
      @submit=${(/** @type {Event} */ event) => {
        event.preventDefault();
        void drop(job);
      }}
    >
      ${entry({ label: t("Reason?"), value: reason, onInput: say })}
      ${suggestions(
        [
          t("Customer already has the number"),
          t("Customer doesn't want it"),
          t("Handwritten instead"),
        ],
        say,
      )}
      <div class="paper-actions">
        <button type="submit" class="button button-danger" ?disabled=${!reason.trim()}>
          ${t("Cancel print")}
        </button>
        <button
          type="button"
          class="button"
          @click=${() => {
            dropping = null;
            redraw();
          }}
        >
          ${t("Keep")}
        </button>
      </div>
    </form>
  `;

  /** @param {PrintJob} job */
  const choices = (job) => html`
    <div class="paper-actions">
      ${
        job.question
          ? html`<button type="button" class="button" @click=${() => void again(job)}>
              ${icon("printer")} ${t("Print again")}
            </button>`
          : nothing
      }
      ${(app.state.devices?.printers ?? [])
        .filter(({ name, problem }) => name !== job.printer && !problem)
        .map(
          ({ name }) => html`
            <button type="button" class="button" @click=${() => void move(job, name)}>
              ${icon("printer")} ${t("Print on {printer}", { printer: name })}
            </button>
          `,
        )}
      <button type="button" class="button button-quiet" @click=${() => ask(job)}>
        ${t("Cancel print…")}
      </button>
    </div>
  `;

  /** @param {PrintJob} job */
  const row = (job) => html`
    <li class="line paper">
      <span class="line-main">
        <span class="line-title">
          ${paperKind(job)} <span class="code">${job.code ?? ""}</span>
          ${job.copy ? html`<span class="chip chip-warn">${t("Copy")}</span>` : nothing}
        </span>
        <span class="muted">
          ${t("waiting {time}", { time: ago(job.created_at) })}
          ${job.printer ? html` · <bdi>${job.printer}</bdi>` : nothing}
        </span>
        ${job.error ? html`<span class="muted"><bdi>${tSentence(job.error)}</bdi></span>` : nothing}
        ${job.question ? html`<strong><bdi>${tSentence(job.question)}</bdi></strong>` : nothing}
      </span>
      ${
        job.state === "leased"
          ? html`<span class="chip chip-ok">${t("Printing…")}</span>`
          : dropping === job.id
            ? reasonForm(job)
            : choices(job)
      }
    </li>
  `;

  const closed = openDialog(
    /** @param {{close: (answer: boolean) => void, refresh: () => void}} dialog */ ({
      close,
      refresh,
    }) => {
      redraw = refresh;
      const jobs = app.state.devices?.jobs ?? [];
      return html`
        <div class="sheet-body papers">
          ${dialogHead(t("Waiting to print"), () => close(true))}
          ${
            jobs.length === 0
              ? emptyState("printer", t("Everything is printed"))
              : html`<ul class="lines">
                  ${repeat(jobs, (job) => job.id, row)}
                </ul>`
          }
        </div>
      `;
    },
    { wide: true },
  );
  const timer = setInterval(() => redraw(), REFRESH_MS);
  await closed;
  clearInterval(timer);
}
