/** Who is on duty, on a break, and since when. */

import { clockTime, minutes } from "/static/common/format.js";
import { t } from "/static/common/i18n.js";
import { html, nothing } from "/static/common/vendor/lit-html/lit-html.js";
import { millisecondsSince } from "../shared/clock.js";
import { icon } from "../shared/icons.js";

/** @typedef {import("/static/common/types.js").OnDuty} OnDuty */

/** @param {OnDuty[]} people */
export function onDuty(people) {
  return html`
    <section aria-labelledby="duty-title">
      <h2 id="duty-title">${t("On duty")}</h2>
      ${
        people.length > 0
          ? html`<ul class="lines card">
              ${people.map(line)}
            </ul>`
          : html`<p class="muted">${t("Nobody is on duty.")}</p>`
      }
    </section>
  `;
}

/** @param {OnDuty} person */
function line(person) {
  const facts = [
    person.room_number ? t("Room {room}", { room: person.room_number }) : t("No room"),
    t("on duty since {time}", { time: clockTime(person.on_duty_since) }),
    ...(person.turns === null ? [] : [t("Turns today: {turns}", { turns: person.turns })]),
  ];
  const whole = Math.floor(millisecondsSince(person.on_duty_since) / 60_000);
  return html`
    <li class="line">
      ${icon("people")}
      <span class="line-main">
        <span class="line-title" dir="auto">${person.name}</span>
        <span class="muted">${facts.join(" · ")}</span>
        ${
          person.long
            ? html`<span class="duty-long">
                ${icon("alert")}
                ${t("On duty for {time}. Did they forget to go off duty?", { time: minutes(whole) })}
              </span>`
            : nothing
        }
      </span>
      ${
        person.state === "break"
          ? html`<span class="chip chip-warn"
              >${t("On a break since {time}", { time: clockTime(person.since) })}</span
            >`
          : html`<span class="chip chip-ok">${t("On duty")}</span>`
      }
    </li>
  `;
}
