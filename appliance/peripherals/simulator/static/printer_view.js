// A printer: its name and state, what can go wrong with it, and the paper that came out.
import { N_, t } from "/static/common/i18n.js";
import { classMap } from "/static/common/vendor/lit-html/directives/class-map.js";
import { repeat } from "/static/common/vendor/lit-html/directives/repeat.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { drawElement } from "./paper_view.js";

/** @import { Act, Paper, Printer, SwitchName } from "./types.js" */

/** @type {[SwitchName, string][]} */
const SWITCHES = [
  ["paper_out", N_("Paper out")],
  ["paper_low", N_("Paper low")],
  ["cover_open", N_("Cover open")],
  ["unplugged", N_("Unplugged")],
];

/** @type {Record<string, string>} */
const ROLES = {
  ticket: N_("Tickets"),
  receipt: N_("Receipts"),
  report: N_("Reports"),
};

/**
 * @param {Printer} printer
 * @returns {{level: "ok" | "warn" | "stop", words: string}}
 */
function condition({ switches }) {
  if (switches.unplugged) return { level: "stop", words: t("Unplugged") };
  if (switches.cover_open) return { level: "stop", words: t("Stopped: cover open") };
  if (switches.paper_out) return { level: "stop", words: t("Stopped: out of paper") };
  if (switches.paper_low) return { level: "warn", words: t("Ready, paper low") };
  return { level: "ok", words: t("Ready") };
}

/**
 * @param {Printer} printer
 * @param {SwitchName} name
 * @param {string} label
 * @param {boolean} live
 * @param {Act} act
 */
function toggle(printer, name, label, live, act) {
  const on = printer.switches[name];
  const flip = () => act({ action: "switch", printer: printer.name, switch: name, on: !on });
  return html`<button
    type="button"
    class="toggle"
    role="switch"
    aria-checked=${on ? "true" : "false"}
    data-switch=${name}
    ?disabled=${!live}
    @click=${flip}
  >
    <span class="track"><span class="thumb"></span></span>${t(label)}
  </button>`;
}

const drawerNote = () =>
  html`<p class="drawer">
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d="M3 5h18v6H3zM1 13h22v6H1z" />
      <path class="gap" d="M9 16h6" />
    </svg>
    ${t("Cash drawer opened")}
  </p>`;

/**
 * @param {Paper} paper
 * @param {boolean} fresh it came while the page was open
 */
function drawPaper(paper, fresh) {
  const printed = paper.elements.filter((element) => element.type !== "drawer");
  const kicked = printed.length < paper.elements.length;
  const names = classMap({ sheet: true, uncut: !paper.complete });
  return html`<li class=${classMap({ piece: true, fresh })}>
    <div class="outlet">
      ${kicked ? drawerNote() : nothing}
      ${
        printed.length
          ? html`<div class="shade">
              <article class=${names} aria-label=${t("Paper {number}", { number: paper.id })}>
                ${printed.map(drawElement)}
              </article>
            </div>`
          : nothing
      }
      ${paper.complete ? nothing : html`<p class="unfinished">${t("Still in the printer: not cut yet")}</p>`}
    </div>
  </li>`;
}

/**
 * @param {Printer} printer
 * @param {boolean} live the daemon can be reached
 * @param {(paper: Paper) => boolean} isFresh
 * @param {Act} act
 */
export function drawPrinter(printer, live, isFresh, act) {
  const { level, words } = condition(printer);
  const papers = [...printer.papers].reverse();
  const clear = () => act({ action: "clear_paper", printer: printer.name });
  const heading = `printer-${printer.name}`;
  return html`<section class="printer" aria-labelledby=${heading} data-printer=${printer.name}>
    <div class="body">
      <header>
        <h3 id=${heading}>${printer.name}</h3>
        <ul class="roles" aria-label=${t("Prints")}>
          ${printer.roles.map((role) => html`<li>${t(ROLES[role] ?? role)}</li>`)}
        </ul>
        <p class="condition ${level}" role="status">${words}</p>
      </header>
      <div class="toggles">
        ${SWITCHES.map(([name, label]) => toggle(printer, name, label, live, act))}
      </div>
      <div class="slot" aria-hidden="true"></div>
    </div>
    <div
      class="tray"
      tabindex="0"
      role="region"
      aria-label=${t("Paper from {printer}, newest first", { printer: printer.name })}
    >
      ${papers.length ? nothing : html`<p class="empty">${t("What it prints comes out here.")}</p>`}
      <ol class="papers" reversed>
        ${repeat(
          papers,
          (paper) => paper.id,
          (paper) => drawPaper(paper, isFresh(paper)),
        )}
      </ol>
      ${
        papers.length
          ? html`<button type="button" class="clear" ?disabled=${!live} @click=${clear}>
              ${t("Discard")}
            </button>`
          : nothing
      }
    </div>
  </section>`;
}
