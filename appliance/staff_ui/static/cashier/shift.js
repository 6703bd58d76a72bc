/** The cashier's shift: what is in the drawer at the start, what moves, the blind count, the close. */

import { boot } from "/static/common/boot.js";
import { clockTime, money } from "/static/common/format.js";
import { t } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { toInput } from "./amounts.js";
import { amountEntry, choice, entry, select, sendForm } from "../shared/forms.js";
import { plainDigits } from "./numbers.js";

/** @typedef {import("/static/common/types.js").Shift} Shift */
/** @typedef {import("../shared/forms.js").Act} Act */

/**
 * @typedef {object} ShiftActions
 * @property {() => void} onStart
 * @property {() => void} onMove
 * @property {() => void} onCount
 * @property {() => void} onClose
 */

/**
 * The quiet entry in the page's frame.
 * @param {Shift | null} shift
 * @param {ShiftActions} actions
 */
export function shiftEntry(shift, actions) {
  /** @param {string} words @param {() => void} onClick */
  const button = (words, onClick) => html`
    <button type="button" class="button button-quiet" @click=${onClick}>${words}</button>
  `;
  return html`
    <section class="shift" aria-labelledby="shift-title">
      <h2 class="list-title" id="shift-title">${t("Shift")}</h2>
      <p class="muted">${shift ? standing(shift) : t("No shift yet")}</p>
      <div class="shift-actions">
        ${
          shift
            ? [
                button(t("Cash in/out…"), actions.onMove),
                button(t("Count drawer…"), actions.onCount),
                shift.state === "counted" ? button(t("Close shift…"), actions.onClose) : nothing,
              ]
            : button(t("Start shift…"), actions.onStart)
        }
      </div>
    </section>
  `;
}

/** @param {Shift} shift */
function standing({ opened_at, float_amount, state }) {
  const words = [
    t("Since {time}", { time: clockTime(opened_at) }),
    float_amount === null
      ? t("float not counted")
      : t("float {amount}", { amount: money(float_amount) }),
  ];
  if (state === "counted") words.push(t("counted"));
  return words.join(" · ");
}

/** @param {Act} act */
export function startShift(act) {
  const float = cashInDrawer(t("Float: cash in the drawer now"));
  return sendForm({
    title: t("Start shift"),
    action: t("Start shift"),
    wide: true,
    ready: float.ready,
    inside: float.view,
    send: () => act("shift_open", float.said("float_amount"), { quiet: true }),
  });
}

/** @param {Act} act */
export function moveCash(act) {
  let kind = "pay_in";
  let amount = "";
  let reason = "";
  let therapist = String(boot.therapists[0]?.id ?? "");
  return sendForm({
    title: t("Cash in or out"),
    action: t("Save"),
    ready: () => Boolean(amount.trim() && reason.trim()),
    inside: (refresh) => html`
      ${choice({
        label: t("What happens"),
        name: "kind",
        choices: [
          { value: "pay_in", words: t("Cash in") },
          { value: "pay_out", words: t("Cash out") },
          { value: "drop", words: t("To the safe") },
          { value: "tip_payout", words: t("Pay out tips") },
        ],
        value: kind,
        onChoose: (chosen) => {
          kind = chosen;
          refresh();
        },
      })}
      ${
        kind === "tip_payout"
          ? select({
              label: t("Therapist"),
              choices: boot.therapists.map(({ id, name }) => ({ value: String(id), words: name })),
              value: therapist,
              onChoose: (chosen) => {
                therapist = chosen;
                refresh();
              },
            })
          : nothing
      }
      ${amountEntry({
        label: t("Amount"),
        value: amount,
        autofocus: true,
        onInput: (text) => {
          amount = text;
          refresh();
        },
      })}
      ${entry({
        label: t("Reason"),
        value: reason,
        onInput: (text) => {
          reason = text;
          refresh();
        },
      })}
    `,
    send: () =>
      act(
        "shift_movement",
        {
          kind,
          amount: amount.trim(),
          reason: reason.trim(),
          ...(kind === "tip_payout" ? { therapist_id: Number(therapist) } : {}),
        },
        { quiet: true },
      ),
  });
}

/**
 * A blind count: what should be there is shown only afterwards.
 * @param {Act} act
 * @param {{shift_id?: number}} [of] Whose, where a manager counts for somebody who has gone home.
 */
export function countDrawer(act, of = {}) {
  const count = cashInDrawer(t("Cash in the drawer"));
  return sendForm({
    title: t("Count the drawer"),
    action: t("Save count"),
    wide: true,
    ready: count.ready,
    inside: count.view,
    send: () => act("shift_count", { ...of, ...count.said("counted_amount") }, { quiet: true }),
  });
}

/**
 * What is in a drawer, entered by notes and coins or as one sum.
 * @param {string} label What the sum is called.
 */
function cashInDrawer(label) {
  /** @type {Record<string, string>} */
  const counts = {};
  let sum = "";
  let way = boot.denominations.length > 0 ? "pieces" : "sum";
  /** @param {string} value */
  const pieces = (value) => Number(plainDigits(counts[value] ?? "") || 0);
  const total = () =>
    boot.denominations.reduce((all, value) => all + pieces(value) * Number(value), 0);
  const usable = () => boot.denominations.every((value) => Number.isInteger(pieces(value)));

  return {
    ready: () => (way === "sum" ? Boolean(sum.trim()) : usable()),

    /** @param {() => void} refresh */
    view: (refresh) => html`
      ${choice({
        label: t("Count by"),
        name: "way",
        choices: [
          { value: "pieces", words: t("Notes and coins") },
          { value: "sum", words: t("One sum") },
        ],
        value: way,
        onChoose: (chosen) => {
          way = chosen;
          refresh();
        },
      })}
      ${
        way === "sum"
          ? amountEntry({
              label,
              value: sum,
              onInput: (text) => {
                sum = text;
                refresh();
              },
            })
          : html`
              <div class="pieces" @keydown=${walk}>
                ${boot.denominations.map((value, place) =>
                  entry({
                    label: money(Number(value), { zeros: "stripIfInteger" }),
                    value: counts[value] ?? "",
                    inputmode: "numeric",
                    maxlength: 6,
                    autofocus: place === 0,
                    placeholder: "0",
                    onInput: (text) => {
                      counts[value] = text;
                      refresh();
                    },
                  }),
                )}
              </div>
              <p class="bill-sum">
                <span>${t("Counted")}</span>
                <strong class="number">${usable() ? money(total()) : "–"}</strong>
              </p>
            `
      }
    `,

    /** @param {string} name What the sum is called in the event. */
    said: (name) =>
      way === "sum"
        ? { [name]: sum.trim() }
        : {
            denominations: Object.fromEntries(
              boot.denominations
                .filter((value) => pieces(value) > 0)
                .map((value) => [value, pieces(value)]),
            ),
          },
  };
}

/**
 * Enter and the arrows go from one kind of note to the next, as down a list on paper.
 * @param {KeyboardEvent} event
 */
function walk(event) {
  const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  const here = event.target;
  if (!step || !(here instanceof HTMLInputElement)) return;
  const all = [...(here.closest(".pieces")?.querySelectorAll("input") ?? [])];
  const next = all[all.indexOf(here) + step];
  if (!next && event.key === "Enter") return; // After the last one it saves the count.
  event.preventDefault();
  next?.focus();
  next?.select();
}

/**
 * What the count has shown, and the end of the shift.
 * @param {Act} act
 * @param {Pick<Shift, "counted_amount" | "expected_amount" | "difference">} shift Counted.
 * @param {{shift_id?: number}} [of] As of `countDrawer`.
 */
export function closeShift(act, shift, of = {}) {
  let left = "";
  let reason = "";
  const difference = shift.difference ?? 0;
  return sendForm({
    title: t("Close shift"),
    action: t("Close shift"),
    ready: () => true,
    inside: (refresh) => html`
      <dl class="figures">
        ${[
          [t("Counted"), shift.counted_amount],
          [t("Expected"), shift.expected_amount],
          [t("Difference"), difference],
        ].map(
          ([label, amount]) => html`
            <div class="bill-sum">
              <dt>${label}</dt>
              <dd class="number">${money(Number(amount ?? 0))}</dd>
            </div>
          `,
        )}
      </dl>
      <p class=${difference ? "chip chip-warn" : "chip chip-ok"}>
        ${
          difference < 0
            ? t("{amount} short", { amount: money(-difference) })
            : difference > 0
              ? t("{amount} over", { amount: money(difference) })
              : t("The drawer is right")
        }
      </p>
      ${amountEntry({
        label: t("Left in the drawer"),
        value: left,
        placeholder: toInput(shift.counted_amount ?? 0),
        autofocus: true,
        onInput: (text) => {
          left = text;
          refresh();
        },
      })}
      ${
        difference
          ? entry({
              label: t("Reason for the difference"),
              value: reason,
              onInput: (text) => {
                reason = text;
                refresh();
              },
            })
          : nothing
      }
    `,
    send: () =>
      act(
        "shift_close",
        {
          ...of,
          ...(left.trim() ? { left_amount: left.trim() } : {}),
          ...(reason.trim() ? { reason: reason.trim() } : {}),
        },
        { quiet: true },
      ),
  });
}
