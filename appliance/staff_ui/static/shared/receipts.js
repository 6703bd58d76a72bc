/** A past receipt: finding it by its number, by the customer's number on a day, by a scanned ticket. */

import { boot } from "/static/common/boot.js";
import { dayAndTime, minutes, money } from "/static/common/format.js";
import { getJson } from "/static/common/http.js";
import { t, tError } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { plainDigits } from "../cashier/numbers.js";
import { choice, entry } from "./forms.js";
import { emptyState, serviceNames } from "./parts.js";

/** @typedef {import("/static/common/types.js").Transaction} Transaction */
/** @typedef {import("/static/common/types.js").Payment} Payment */

/** @param {string} name A way to pay, as the server calls it. */
export function methodWord(name) {
  const method = boot.payment_methods.find((each) => each.name === name);
  return method ? t(method.label) : name;
}

/**
 * A search for past receipts, with what it has found.
 * @param {{redraw: () => void, onChoose: (visit: Transaction) => void, today: () => string}} page
 *   `today`: the business date, or nothing where it is not known.
 */
export function receiptFinder({ redraw, onChoose, today }) {
  let by = "number";
  let number = "";
  let code = "";
  let date = "";
  let problem = "";
  let busy = false;
  /** @type {Transaction[] | null} */
  let found = null;
  let more = false;

  /** @param {string} query */
  const ask = async (query) => {
    if (busy) return;
    busy = true;
    problem = "";
    redraw();
    const answer = await getJson(`/api/receipts?${query}`);
    busy = false;
    found = answer.ok ? answer.transactions : null;
    more = answer.ok && answer.more;
    problem = answer.ok ? "" : tError(answer);
    const only = found?.length === 1 ? found[0] : undefined;
    redraw();
    if (only) onChoose(only);
  };
  const search = () => {
    if (by === "number") return ask(`number=${encodeURIComponent(plainDigits(number))}`);
    const on = date || today();
    return ask(`code=${encodeURIComponent(code.trim())}${on ? `&date=${on}` : ""}`);
  };
  const complete = () => Boolean((by === "number" ? number : code).trim());

  return {
    /** @param {string} token What a ticket's QR code says. */
    scanned: (token) => ask(`ticket=${encodeURIComponent(token)}`),

    /** Something was scanned, and it is no ticket. */
    unreadable() {
      problem = t("The scan could not be read. Scan the ticket again, or type its number.");
      redraw();
    },

    view: () => html`
      <form
        class="receipt-finder"
        role="search"
        @submit=${(/** @type {Event} */ event) => {
          event.preventDefault();
          if (complete()) void search();
        }}
      >
        ${choice({
          label: t("Find by"),
          name: "by",
          choices: [
            { value: "number", words: t("Receipt number") },
            { value: "code", words: t("Customer's number") },
          ],
          value: by,
          onChoose: (chosen) => {
            by = chosen;
            found = null;
            redraw();
          },
        })}
        <div class="receipt-entries">
          ${
            by === "number"
              ? entry({
                  label: t("Receipt number"),
                  name: "receipt",
                  value: number,
                  inputmode: "numeric",
                  maxlength: 18,
                  autofocus: true,
                  onInput: (text) => {
                    number = text;
                    redraw();
                  },
                })
              : [
                  entry({
                    label: t("Customer's number"),
                    name: "code",
                    value: code,
                    inputmode: "numeric",
                    maxlength: 8,
                    onInput: (text) => {
                      code = text;
                      redraw();
                    },
                  }),
                  html`<label class="field">
                    <span class="label">${t("Date")}</span>
                    <input
                      class="input"
                      type="date"
                      name="date"
                      placeholder="2026-11-27"
                      .value=${date || today()}
                      @change=${(/** @type {Event} */ event) => {
                        date = /** @type {HTMLInputElement} */ (event.target).value;
                      }}
                    />
                  </label>`,
                ]
          }
          <button
            type="submit"
            class="button button-primary"
            aria-busy=${busy ? "true" : "false"}
            aria-disabled=${complete() ? "false" : "true"}
          >
            ${t("Find")}
          </button>
        </div>
        <p class="hint">${t("Or scan the customer's ticket.")}</p>
        <div class="row">
          <button type="button" class="button" @click=${() => void ask("days_ago=0")}>
            ${t("Today's receipts")}
          </button>
          <button type="button" class="button" @click=${() => void ask("days_ago=1")}>
            ${t("Yesterday's receipts")}
          </button>
        </div>
        <div role="alert">
          ${problem ? html`<p class="banner banner-danger">${problem}</p>` : nothing}
        </div>
      </form>
      <div role="status">${results(found, more, onChoose)}</div>
    `,
  };
}

/**
 * @param {Transaction[] | null} found
 * @param {boolean} more There are others that are not listed.
 * @param {(visit: Transaction) => void} onChoose
 */
function results(found, more, onChoose) {
  if (found === null) return nothing;
  if (found.length === 0) {
    return emptyState("ticket", t("No receipt found"), t("Check the number and the date."));
  }
  return html`
    <ol class="lines">
      ${found.map(
        (visit) => html`
          <li class="line-around">
            <button type="button" class="line line-button" @click=${() => onChoose(visit)}>
              <span class="code">${visit.code}</span>
              <span class="line-main">
                <span class="line-title one-line">${serviceNames(visit)}</span>
                <span class="muted">${[paidWhen(visit), receiptName(visit)].join(" · ")}</span>
              </span>
              <span class="amount">${money(visit.total_amount)}</span>
            </button>
          </li>
        `,
      )}
    </ol>
    ${
      more
        ? html`<p class="hint">
            ${t("Only the latest receipts are listed. Find earlier ones by their number.")}
          </p>`
        : nothing
    }
  `;
}

/** @param {Transaction} visit */
const paidWhen = ({ paid_at, payment }) => dayAndTime(paid_at ?? payment?.created_at ?? "");

/** @param {Transaction} visit A payment of a release before the till has no receipt number. */
export const receiptName = ({ payment }) =>
  payment?.receipt_number
    ? t("Receipt {number}", { number: payment.receipt_number })
    : t("Receipt");

/**
 * What came in by each method and stayed there, after corrections.
 * @param {Payment} payment
 * @returns {[method: string, amount: number][]}
 */
export function takenBy({ tenders }) {
  /** @type {Map<string, number>} */
  const taken = new Map();
  for (const { method, given, change } of tenders) {
    taken.set(method, (taken.get(method) ?? 0) + given - change);
  }
  return [...taken].filter(([, amount]) => amount);
}

/**
 * What small coins that are gone have added, after corrections.
 * @param {Payment} payment
 */
function roundedBy({ tenders, rounding_amount }) {
  if (tenders.length === 0) return rounding_amount;
  return tenders.reduce((sum, { rounding }) => sum + rounding, 0);
}

/**
 * What went back with a refund, its tip and its rounding to coins included.
 * @param {import("/static/common/types.js").Refund} refund
 */
export const wentBack = ({ tenders }) => -tenders.reduce((sum, { given }) => sum + given, 0);

/**
 * A receipt as it is on paper.
 * @param {Transaction} visit Paid.
 */
export function receipt(visit) {
  const { payment, items, adjustments, refunds } = visit;
  if (!payment) return nothing;
  const methods = takenBy(payment);
  /** @type {[string, string][]} */
  const facts = [
    [t("Paid"), paidWhen(visit)],
    [t("Customer's number"), visit.code ?? ""],
    [t("Cashier"), visit.cashier ?? ""],
    [t("Therapist"), visit.therapist ?? ""],
    [t("Room"), visit.room_number ?? ""],
  ];
  /** @param {string} label @param {number} amount */
  const sum = (label, amount) => ({ label, amount });
  const before = adjustments.map(({ reason, amount }) => sum(reason, -amount));
  const after = [
    ...payment.tax.map(({ rate, tax }) => sum(t("Tax {rate}%", { rate: String(rate) }), tax)),
    sum(t("Cash rounding"), roundedBy(payment)),
    sum(t("Tip"), payment.tip_amount),
    ...(methods.length > 0
      ? methods.map(([name, amount]) => sum(methodWord(name), amount))
      : [sum(methodWord(payment.method), payment.amount_paid - payment.change_amount)]),
    ...refunds.map((refund) =>
      sum(t("Refund {number}", { number: refund.number }), -wentBack(refund)),
    ),
    // Amounts are added as floats here: 0.02 less 0.02 may leave a trace.
  ].filter(({ amount }) => Math.abs(amount) > 0.0005);
  return html`
    <dl class="ledger">
      ${facts
        .filter(([, value]) => value)
        .map(
          ([label, value]) => html`
            <div class="ledger-line">
              <dt>${label}</dt>
              <dd dir="auto">${value}</dd>
            </div>
          `,
        )}
    </dl>
    <dl class="ledger ledger-part">
      ${items.map(
        ({ service_name, classification_name, duration_minutes, price }) => html`
          <div class="ledger-line">
            <dt>
              <bdi>${service_name}</bdi>
              <span class="muted"
                ><bdi>${classification_name}</bdi> · ${minutes(duration_minutes)}</span
              >
            </dt>
            <dd class="amount">${money(price)}</dd>
          </div>
        `,
      )}
      ${before.map((each) => sumLine(each))}
      ${sumLine(sum(t("Total"), payment.amount_due), "ledger-total")}
      ${after.map((each) => sumLine(each))}
    </dl>
  `;
}

/**
 * @param {{label: string, amount: number}} sum
 * @param {string} [more]
 */
const sumLine = ({ label, amount }, more = "") => html`
  <div class="ledger-line ${more}">
    <dt dir="auto">${label}</dt>
    <dd class="amount">${money(amount)}</dd>
  </div>
`;
