/**
 * What every section of the manager's page is drawn in: who I am, the way to the other sections, what
 * goes wrong. A section calls `startSection` once and draws what is between.
 */

import { boot } from "/static/common/boot.js";
import { t } from "/static/common/i18n.js";
import { createApp } from "/static/common/render.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { banners, messages, topBar } from "../shared/frame.js";
import { icon } from "../shared/icons.js";
import { goLive, LIVE_START } from "../shared/live.js";
import { showPapers } from "../shared/papers.js";

/** @typedef {import("../shared/live.js").LiveState} LiveState */

const DONE_MS = 6_000;
/** How long after a push a section looks: pushes come in bursts. */
const FRESH_MS = 500;

/**
 * Starts a section.
 * @template {object} M
 * @param {object} section
 * @param {M} section.start The section's own part of the state.
 * @param {(state: Readonly<LiveState & M>) => unknown} section.view What to draw under the title;
 *   null until it knows what to show.
 * @param {() => unknown} [section.actions] What stands beside the title, such as a button to add.
 */
export function startSection({ start, view, actions }) {
  const app = createApp(
    /** @type {HTMLElement} */ (document.getElementById("app")),
    { ...LIVE_START, done: "", ...start },
    (state) => html`
      ${topBar("manager", t("Manager"), (problem) => set({ problem }))}
      <div class="sectioned">
        ${navigation()}
        <div class="section">
          ${banners(state, () => void showPapers(app, server.act))} ${content(view(state), actions)}
        </div>
      </div>
      ${messages(state, () => set({ problem: "" }))} ${doneToast(state.done)}
    `,
  );
  /** @param {Partial<LiveState & {done: string}>} patch */
  const set = (patch) => app.set(/** @type {Partial<typeof app.state>} */ (patch));
  const server = goLive("manager", {
    get state() {
      return app.state;
    },
    set,
    redraw: app.redraw,
  });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /**
   * Says for a moment what was done, where the page itself does not show it.
   * @param {string} done
   */
  const tell = (done) => {
    clearTimeout(timer);
    set({ done });
    timer = setTimeout(() => set({ done: "" }), DONE_MS);
  };
  return { app, server, tell };
}

/**
 * Loads a section's own part now, and whenever it may be out of date: soon after the server has pushed
 * that something changed, and when somebody turns to the page again.
 * @param {ReturnType<typeof goLive>} server
 * @param {() => unknown} load
 */
export function keepFresh(server, load) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const soon = () => {
    // One look for all that comes in a moment; a hidden page looks when it is seen.
    timer ??= setTimeout(() => {
      timer = undefined;
      if (!document.hidden) void load();
    }, FRESH_MS);
  };
  void load();
  for (const push of ["queue_updated", "devices_updated"]) server.session.on(push, soon);
  document.addEventListener("visibilitychange", () => !document.hidden && void load());
}

/** @param {string} done */
function doneToast(done) {
  return html`
    <div class="toasts" role="status">
      ${
        done
          ? html`<p class="banner banner-ok toast">${icon("check")} <span>${done}</span></p>`
          : nothing
      }
    </div>
  `;
}

/** The way to the other sections; plain links, so that each opens in a tab of its own as well. */
function navigation() {
  if (boot.sections.length < 2) return nothing;
  return html`
    <nav class="sections" aria-label=${t("Sections")}>
      ${boot.sections.map(
        ({ path, title, icon: name }) => html`
          <a
            class="section-link"
            href=${path}
            aria-current=${path === location.pathname ? "page" : nothing}
            >${icon(name)} <span>${t(title)}</span></a
          >
        `,
      )}
    </nav>
  `;
}

/**
 * @param {unknown} shown
 * @param {() => unknown} [actions]
 */
function content(shown, actions) {
  const here = boot.sections.find(({ path }) => path === location.pathname);
  return html`
    <main class="manager" aria-busy=${shown ? "false" : "true"}>
      <div class="section-head">
        <h1>${t(here?.title ?? "")}</h1>
        ${actions?.() ?? nothing}
      </div>
      ${shown || [1, 2, 3].map(() => html`<div class="skeleton skeleton-line"></div>`)}
    </main>
  `;
}
