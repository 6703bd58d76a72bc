/** The figures of a day as paper has them: of one that goes on (X), of one that is closed (Z). */

import { clockTime, dateWords, dayAndTime, money } from "/static/common/format.js";
import { t, tn } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { icon } from "../../shared/icons.js";
import { methodWord } from "../../shared/receipts.js";
import { stateWord } from "../history/sentences.js";

/** @typedef {import("/static/common/types.js").X} X */
/** @typedef {import("/static/common/types.js").SealedZ} SealedZ */
/** @typedef {import("/static/common/types.js").ClosedShift} Shift */
/** @typedef {[label: string, value: string]} Line */

/** What is said of an amount that nobody has counted. */
const UNKNOWN = "–";

/** @param {number | null} amount */
const known = (amount) => (amount === null ? UNKNOWN : money(amount));

/** A day's business date with its year. @param {string} date */
export const wholeDate = (date) =>
  dateWords(date, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/** @param {Line[]} lines */
const list = (lines) => html`
  <dl class="ledger">
    ${lines.map(
      ([label, value]) => html`
        <div class="ledger-line">
          <dt dir="auto">${label}</dt>
          <dd class="amount">${value}</dd>
        </div>
      `,
    )}
  </dl>
`;

/**
 * @param {string} title
 * @param {unknown} inside
 */
const part = (title, inside) => html`
  <section class="ledger-part">
    <h3 dir="auto">${title}</h3>
    ${inside}
  </section>
`;

/** @param {X} day */
export function dayFigures(day) {
  const { tax, totals, shifts, uncollected, open_customers } = day;
  const taxed = tax.filter((line) => line.tax);
  return html`
    ${list([
      [t("Paid visits"), String(day.visits)],
      [t("Sales"), money(day.sales)],
      [t("Discounts"), money(day.discounts)],
      [t("Refunds"), money(day.refunds)],
      [t("Tips"), money(day.tips)],
      [t("Cash rounding"), money(day.rounding)],
      ...(day.corrections
        ? [/** @type {Line} */ ([t("Corrected payments"), String(day.corrections)])]
        : []),
    ])}
    ${
      taxed.length > 0
        ? part(
            t("Tax"),
            list(
              taxed.map(({ rate, net, tax: sum }) => [
                t("{rate}% of {net}", { rate: String(rate), net: money(Number(net)) }),
                money(Number(sum)),
              ]),
            ),
          )
        : nothing
    }
    ${part(
      t("Collected by method"),
      Object.keys(totals).length > 0
        ? list(Object.entries(totals).map(([name, sum]) => [methodWord(name), money(sum)]))
        : html`<p class="muted">${t("Nothing yet.")}</p>`,
    )}
    ${shifts.map(drawer)}
    ${
      uncollected.count > 0
        ? part(
            t("Left without paying"),
            list([
              ...uncollected.customers.map(
                ({ code, amount }) => /** @type {Line} */ ([code ?? "", money(amount)]),
              ),
              [t("Total"), money(uncollected.amount)],
            ]),
          )
        : nothing
    }
    ${part(t("Still open"), stillOpen(open_customers))}
  `;
}

/** @param {X["open_customers"]} open */
function stillOpen({ count, amount, customers }) {
  if (count === 0) return html`<p class="muted">${t("Nobody.")}</p>`;
  return list([
    ...customers.map(
      ({ code, status, amount: owed }) =>
        /** @type {Line} */ ([`${code ?? ""} · ${stateWord(status)}`, money(owed)]),
    ),
    [
      tn("{count} customer, carried over", "{count} customers, carried over", count, { count }),
      money(amount),
    ],
  ]);
}

/** @param {Shift} shift */
function drawer(shift) {
  return part(
    t("Drawer of {name}", { name: shift.cashier }),
    html`
      <p class="muted">${shiftTimes(shift)}</p>
      ${list([
        [t("Float"), known(shift.float)],
        [t("Expected"), known(shift.expected)],
        [t("Counted"), known(shift.counted)],
        [t("Difference"), known(shift.difference)],
        [t("Left in the drawer"), known(shift.left)],
      ])}
      ${
        shift.difference_reason
          ? html`<p class="muted" dir="auto">${shift.difference_reason}</p>`
          : nothing
      }
    `,
  );
}

/** @param {Pick<Shift, "opened_at" | "closed_at">} shift */
export function shiftTimes({ opened_at, closed_at }) {
  return closed_at
    ? t("{from} to {to}", { from: clockTime(opened_at), to: clockTime(closed_at) })
    : t("Since {time}", { time: clockTime(opened_at) });
}

/**
 * Whether a closed day is still as it was sealed, as the server has found.
 * @param {SealedZ} z
 */
export function sealChip({ verified }) {
  return verified
    ? html`<span class="chip chip-ok">${icon("check")} ${t("Verified")}</span>`
    : html`<span class="chip chip-danger">${icon("alert")} ${t("Changed afterwards")}</span>`;
}

/**
 * A closed day, whole.
 * @param {SealedZ} z
 */
export function wholeZ(z) {
  return html`
    <p class="muted">
      ${t("Closed {when} by {name}", { when: dayAndTime(z.closed_at), name: z.closed_by })}
    </p>
    ${dayFigures(z)}
    ${part(
      t("Seal"),
      html`
        ${list([[t("Total ever"), money(z.grand_total)]])}
        <p>${sealChip(z)}</p>
        ${
          z.verified
            ? nothing
            : html`<p class="banner banner-danger">
                ${t(
                  "This report does not match its seal. Someone changed the database. Call your technician.",
                )}
              </p>`
        }
        <p class="seal" dir="ltr">
          <span class="visually-hidden">${t("Seal")}</span> <code>${z.hash}</code>
        </p>
      `,
    )}
  `;
}
