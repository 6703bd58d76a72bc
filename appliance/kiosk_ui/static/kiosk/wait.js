/** How long it takes, told before somebody takes a number. The server says it; this is its wording. */

import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { clockTime, minutes } from "/static/common/format.js";
import { getJson } from "/static/common/http.js";
import { t, tn } from "/static/common/i18n.js";
import { icon } from "/static/common/icons.js";

/**
 * @typedef {import("./state.js").KioskState} KioskState
 * @typedef {import("/static/common/types.js").Wait} Wait
 */

/** Others' taps change the wait many times a minute. */
const AT_MOST_EVERY_MS = 5_000;

/** @param {KioskState} state */
function question({ transaction, wanted }) {
  const asked = new URLSearchParams({ minutes: String(transaction?.total_duration_minutes ?? 0) });
  if (wanted) asked.set("wanted", wanted.kind);
  if (wanted?.id) asked.set("therapist_id", String(wanted.id));
  return `/api/wait?${asked}`;
}

/**
 * Keeps the state's `prospect` true for what is chosen.
 * @param {import("/static/common/render.js").App<KioskState>} app
 * @returns {() => void} Something has changed: asks again, soon.
 */
export function watchWait(app) {
  /** What was asked last. */
  let asked = "";
  let askedAt = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const ask = async () => {
    const { view, line } = app.state;
    if (line !== "online" || (view !== "attract" && view !== "choose")) return;
    const address = question(app.state);
    asked = address;
    askedAt = performance.now();
    const answer = await getJson(address);
    // What was chosen meanwhile has been asked about, too.
    if (asked !== address) return;
    app.set({ prospect: answer.ok ? /** @type {Wait} */ (answer) : null });
  };

  return () => {
    clearTimeout(timer);
    const calm = question(app.state) === asked ? askedAt + AT_MOST_EVERY_MS : 0;
    timer = setTimeout(() => void ask(), Math.max(0, calm - performance.now()));
  };
}

/** @param {Wait} prospect */
function waitWords({ people_before, estimated_wait_minutes: wait }) {
  if (wait === null) return t("Please ask the front desk about the wait");
  if (wait > 0) return t("Estimated wait: {time}", { time: minutes(wait) });
  return people_before === 0 ? t("No wait right now") : t("Estimated wait: less than 5 min");
}

/** @param {Wait} prospect */
function closingWords({ closes_at, reach }) {
  if (closes_at === null) return "";
  const time = clockTime(closes_at).replace(/ /g, "\u00a0");
  if (reach === "closed") return t("We closed at {time}. Please ask the front desk.", { time });
  return reach === "unlikely"
    ? t("We close at {time} and may not reach you today", { time })
    : t("Open until {time}", { time });
}

/**
 * On the first page.
 * @param {KioskState} state
 */
export function waitChips({ prospect }) {
  if (!prospect) return nothing;
  const { people_before: count, reach } = prospect;
  const closing = closingWords(prospect);
  return html`
    ${
      count > 0
        ? html`<p class="chip chip-large">
            ${icon("people")}
            ${tn("{count} person is waiting", "{count} people are waiting", count, { count })}
          </p>`
        : nothing
    }
    ${
      reach === "closed"
        ? nothing
        : html`<p class="chip chip-large">${icon("clock")} ${waitWords(prospect)}</p>`
    }
    ${
      closing
        ? html`<p class="chip chip-large ${reach === "likely" ? "" : "chip-warn"}">
            ${icon("info")} ${closing}
          </p>`
        : nothing
    }
  `;
}

/**
 * In the selection, before it is confirmed.
 * @param {KioskState} state
 */
export function waitLine({ prospect }) {
  if (!prospect) return nothing;
  const closing = prospect.reach === "likely" ? "" : closingWords(prospect);
  return html`<p class="basket-wait" aria-live="polite">
    ${
      prospect.reach === "closed"
        ? nothing
        : html`<span class="basket-wait-time">${icon("people")} ${waitWords(prospect)}</span>`
    }
    ${closing ? html`<strong class="basket-wait-late">${closing}</strong>` : nothing}
  </p>`;
}
