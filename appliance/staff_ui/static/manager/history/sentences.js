/** What the history's rows say to people: a sentence each, and its facts with what was before. */

import { dayAndTime, minutes, money } from "/static/common/format.js";
import { t, tSentence } from "/static/common/i18n.js";
import { methodWord } from "../../shared/receipts.js";

/** @typedef {import("/static/common/types.js").Happened} Happened */
/** @typedef {{label: string, value: string, before?: string}} Fact */

/** @type {Record<string, () => string>} */
export const EVENTS = {
  // A visit, in its order
  customer_start: () => t("Started choosing"),
  customer_add_item: () => t("Chose a service"),
  customer_remove_item: () => t("Took a service off again"),
  customer_confirm_selection: () => t("Got a number"),
  customer_cancel: () => t("Cancelled at the kiosk"),
  selecting_timed_out: () => t("Left the kiosk without confirming"),
  cashier_add_walk_in: () => t("Added at the front desk"),
  therapist_confirm_next: () => t("Called the next customer"),
  therapist_call_again: () => t("Called the customer again"),
  therapist_not_here_yet: () => t("Customer was not here yet"),
  therapist_release: () => t("Put the customer back in the queue"),
  therapist_no_show: () => t("Customer was a no-show"),
  therapist_start_service: () => t("Started the service"),
  therapist_add_service: () => t("Added a service"),
  therapist_remove_item: () => t("Removed a service"),
  therapist_change_room: () => t("Moved to another room"),
  therapist_hand_over: () => t("Handed the customer over"),
  therapist_finish_service: () => t("Finished the service"),
  customer_step_out: () => t("Customer stepped out"),
  customer_come_back: () => t("Customer is back"),
  customer_leave: () => t("Customer left the queue"),
  customer_stayed_out: () => t("Customer stayed out too long"),
  queue_put_back: () => t("Put back in the queue"),
  queue_remove: () => t("Removed from the queue"),
  hold_ended: () => t("Can be called again"),
  carried_over: () => t("Carried over to the next day"),
  wanted_off_duty: () => t("The requested therapist has left: anyone may call"),
  // The till
  cashier_claim_next: () => t("Opened the next bill"),
  cashier_claim_code: () => t("Opened the bill"),
  cashier_release: () => t("Put the bill back"),
  cashier_adjust: () => t("Gave a discount"),
  cashier_remove_adjustment: () => t("Removed a discount"),
  cashier_pay: () => t("Took the payment"),
  payment_accepted: () => t("Payment saved"),
  payment_refused: () => t("Payment not accepted"),
  cashier_refund: () => t("Gave a refund"),
  cashier_correct_tender: () => t("Corrected the payment method"),
  cashier_reprint: () => t("Printed the receipt again"),
  cashier_open_drawer: () => t("Opened the cash drawer"),
  shift_open: () => t("Started a shift"),
  shift_movement: () => t("Moved cash"),
  shift_count: () => t("Counted the drawer"),
  shift_close: () => t("Closed a shift"),
  day_close: () => t("Closed the day"),
  // The manager
  manager_release: () => t("Put a bill back for another cashier"),
  manager_finish: () => t("Ended the service"),
  manager_cancel: () => t("Cancelled the visit"),
  manager_hand_over: () => t("Handed the customer over"),
  // Papers
  print_job_reprint: () => t("Printed again"),
  print_job_move: () => t("Sent a print to another printer"),
  print_job_drop: () => t("Cancelled a print"),
  // Rooms and duty
  therapist_room_ready: () => t("Marked the room ready"),
  room_added: () => t("Added a room"),
  room_renamed: () => t("Renamed a room"),
  room_removed: () => t("Removed a room"),
  room_set: () => t("Changed a person's room"),
  duty_in: () => t("Came on duty"),
  duty_break: () => t("Went on a break"),
  duty_back: () => t("Came back from a break"),
  duty_out: () => t("Went off duty"),
  // People
  staff_added: () => t("Added a person"),
  staff_changed: () => t("Changed a person"),
  staff_disabled: () => t("Disabled a person"),
  staff_enabled: () => t("Enabled a person"),
  staff_revoked: () => t("Logged a person out everywhere"),
  password_set: () => t("Set a password"),
  pin_set: () => t("Set a PIN"),
  password_changed: () => t("Changed their own password"),
  pin_changed: () => t("Changed their own PIN"),
  log_in: () => t("Logged in"),
  log_out: () => t("Logged out"),
  token_expired: () => t("Was logged out for inactivity"),
  // The catalogue
  category_added: () => t("Added a category"),
  category_changed: () => t("Changed a category"),
  service_added: () => t("Added a service to the menu"),
  service_changed: () => t("Changed a service on the menu"),
  classification_added: () => t("Added a variant"),
  classification_changed: () => t("Changed a variant"),
  price_scheduled: () => t("Scheduled a price"),
  price_valid: () => t("A scheduled price took effect"),
  catalog_order_changed: () => t("Changed the order of the menu"),
  catalog_imported: () => t("Imported the menu"),
  // Devices and safety
  device_added: () => t("Added a device"),
  device_link_made: () => t("Made a link for a device"),
  device_enrolled: () => t("Connected a device"),
  device_revoked: () => t("Removed a device"),
  device_refused: () => t("A device was refused"),
  log_in_failed: () => t("Log-in failed"),
  log_in_paused: () => t("Log-in paused after wrong passwords"),
  approval_failed: () => t("A manager's PIN was wrong"),
  password_check_failed: () => t("The current password was wrong"),
  connection_refused: () => t("A connection was refused"),
  event_refused: () => t("An action was refused"),
  request_refused: () => t("A request was refused"),
  flood_stopped: () => t("Too many requests were stopped"),
  clock_set: () => t("The clock was set"),
};

/**
 * What happened. Something that this page does not know yet was added while it was open.
 * @param {string} event
 */
export const eventWord = (event) => EVENTS[event]?.() ?? event.replace(/_/g, " ");

/** @type {Record<string, () => string>} */
const ROLES = {
  kiosk: () => t("Kiosk"),
  customer: () => t("Customer"),
  display: () => t("Board"),
  therapist: () => t("Therapist"),
  cashier: () => t("Cashier"),
  manager: () => t("Manager"),
  peripherals: () => t("Devices"),
  system: () => t("Appliance"),
};

/** @param {string} role Of the one who did it. */
export const roleWord = (role) => ROLES[role]?.() ?? role;

/** @type {Record<string, () => string>} */
const STATES = {
  selecting: () => t("Choosing"),
  pending_therapist: () => t("Waiting"),
  therapist_confirmed: () => t("Called"),
  in_service: () => t("In service"),
  finished: () => t("Ready to pay"),
  awaiting_payment: () => t("At the cashier"),
  paying: () => t("Payment in progress"),
  paid: () => t("Paid"),
  cancelled: () => t("Cancelled"),
  available: () => t("Ready"),
  occupied: () => t("In use"),
  preparing: () => t("Preparing"),
};

/** @param {string} state Of a visit or a room. */
export const stateWord = (state) => STATES[state]?.() ?? state.replace(/_/g, " ");

/** @type {Record<string, () => string>} */
const KINDS = {
  percent_off: () => t("Percent off"),
  amount_off: () => t("Amount off"),
  price: () => t("New price"),
  pay_in: () => t("Cash in"),
  pay_out: () => t("Cash out"),
  drop: () => t("To the safe"),
  tip_payout: () => t("Pay out tips"),
  ticket: () => t("Ticket"),
  receipt: () => t("Receipt"),
  report: () => t("Report"),
};

/** @type {Record<string, () => string>} */
const LABELS = {
  about: () => t("About"),
  address: () => t("Address"),
  amount: () => t("Amount"),
  amount_paid: () => t("Paid"),
  approved_by: () => t("Approved by"),
  categories: () => t("Categories"),
  commission_percent: () => t("Commission in percent"),
  counted: () => t("Counted"),
  date: () => t("Business day"),
  description: () => t("Description"),
  device: () => t("Device"),
  difference: () => t("Difference"),
  disabled: () => t("Disabled"),
  drawer: () => t("Drawer"),
  duration_minutes: () => t("Duration"),
  expected: () => t("Expected"),
  float: () => t("Float"),
  category: () => t("Category"),
  gender: () => t("Gender"),
  hidden: () => t("Hidden"),
  hidden_until: () => t("Hidden until"),
  item: () => t("Service"),
  items: () => t("Services"),
  kind: () => t("Kind"),
  left: () => t("Left in the drawer"),
  method: () => t("Payment method"),
  name: () => t("Name"),
  number: () => t("Number"),
  position: () => t("Position"),
  price: () => t("Price"),
  printer: () => t("Printer"),
  reason: () => t("Reason"),
  reference: () => t("Reference"),
  role: () => t("Role"),
  room_number: () => t("Room"),
  tax_rate: () => t("Tax in percent"),
  times: () => t("Times"),
  tip: () => t("Tip"),
  translations: () => t("Translations"),
  turn_value: () => t("Turns"),
  uncollected: () => t("Not collected"),
  username: () => t("Username"),
  value: () => t("Value"),
  z: () => t("Z report"),
};

const AMOUNTS = [
  "amount",
  "amount_paid",
  "counted",
  "difference",
  "expected",
  "float",
  "left",
  "price",
  "tip",
  "uncollected",
];
/** What says which row of the database is meant: nothing for people. */
const KEYS = ["shift", "job", "person", "room", "category", "service", "classification"];
/** What has lines of its own. */
const APART = ["before", "after", "from", "to", "tenders", "moved"];
const NOTHING = "–";

/** @param {string} name */
const labelOf = (name) => LABELS[name]?.() ?? name.replace(/_/g, " ");

/**
 * @param {string} name
 * @param {any} value
 * @returns {string}
 */
function worded(name, value) {
  if (value === null || value === undefined || value === "") return NOTHING;
  if (typeof value === "boolean") return value ? t("Yes") : t("No");
  if (Array.isArray(value)) return value.map((each) => worded(name, each)).join(", ");
  if (typeof value === "object") return Object.keys(value).join(", ") || NOTHING;
  const text = String(value);
  if (AMOUNTS.includes(name) && !Number.isNaN(Number(text))) return money(Number(text));
  if (name === "duration_minutes") return minutes(Number(text));
  if (name === "method") return methodWord(text);
  if (name === "role") return roleWord(text);
  if (name === "kind") return KINDS[text]?.() ?? roleWord(text);
  if (name === "reason") return tSentence(text);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)) return dayAndTime(text);
  return text;
}

/**
 * The facts of a row: what it was about, and what was before where something changed.
 * @param {Happened} row
 * @returns {Fact[]}
 */
export function factsOf({ from, to, detail }) {
  /** @type {Fact[]} */
  const facts = [];
  const said = detail ?? {};
  if (from && to && from !== to) {
    facts.push({ label: t("State"), before: stateWord(from), value: stateWord(to) });
  }
  const { before, after } = said;
  for (const name of Object.keys({ ...before, ...after })) {
    const value = worded(name, after?.[name]);
    facts.push({ label: labelOf(name), before: worded(name, before?.[name]), value });
  }
  if ("to" in said) {
    facts.push({ label: t("Moved"), before: worded("", said.from), value: worded("", said.to) });
  } else if (said.from) {
    facts.push({ label: t("From"), value: worded("", said.from) });
  }
  for (const { method, amount_paid } of said.tenders ?? []) {
    facts.push({ label: methodWord(method), value: worded("amount_paid", amount_paid) });
  }
  for (const [method, amount] of Object.entries(said.moved ?? {})) {
    facts.push({ label: methodWord(method), value: worded("amount", amount) });
  }
  for (const [name, value] of Object.entries(said)) {
    if (APART.includes(name) || KEYS.includes(name) || value === null) continue;
    // An item by its id, and a tip of nothing, say nothing.
    if (name === "item" && typeof value === "number") continue;
    if (name === "tip" && Number(value) === 0) continue;
    facts.push({
      label: labelOf(name),
      value: name === "value" ? taken(said) : worded(name, value),
    });
  }
  return facts;
}

/** @param {Record<string, any>} discount */
const taken = ({ kind, value }) =>
  kind === "percent_off" ? `${Number(value)}%` : worded("amount", value);
