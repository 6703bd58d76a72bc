/** What the therapist's page shows, read off the server's snapshot and nothing else. */

import { N_, t } from "/static/common/i18n.js";

/** @typedef {import("/static/common/types.js").Person} Me */
/** @typedef {import("/static/common/types.js").Queue} Queue */
/** @typedef {import("/static/common/types.js").Room} Room */
/** @typedef {import("/static/common/types.js").Transaction} Transaction */

/**
 * @typedef {object} Step The one next thing to do.
 * @property {string} event The Socket.IO event, or "" when there is nothing to do.
 * @property {string} label
 * @property {import("../shared/icons.js").IconName} icon
 * @property {string} [why] Why the button does nothing now.
 */

/**
 * The customer that this therapist has, if any.
 * @param {Queue} queue
 * @param {Me} me
 * @returns {Transaction | undefined}
 */
export function myTransaction(queue, me) {
  return queue.in_progress.find((transaction) => transaction.therapist_id === me.id);
}

/**
 * @param {Queue} queue
 * @param {Me} me
 * @returns {Room | undefined}
 */
export function myRoom(queue, me) {
  return queue.rooms.find((room) => room.room_number === me.room_number);
}

/**
 * The rooms to be cleaned, but mine, that nobody on duty works in: the person who cleans one says so.
 * @param {Queue} queue
 * @param {Me} me
 */
export function leftToClean(queue, me) {
  return queue.rooms.filter(
    ({ status, therapist, room_number }) =>
      status === "preparing" && !therapist && room_number !== me.room_number,
  );
}

/**
 * This therapist's duty; none while they are off duty.
 * @param {Queue} queue
 * @param {Me} me
 */
export function myDuty(queue, me) {
  return queue.duty.find(({ therapist_id }) => therapist_id === me.id);
}

/**
 * Who is next for this therapist, as the server says.
 * @param {Queue} queue
 * @param {Me} me
 * @returns {Transaction | undefined}
 */
export function nextFor(queue, me) {
  const next = myDuty(queue, me)?.next_transaction_id;
  return queue.pending.find(({ id }) => id === next);
}

/** The forward steps with a customer, as the server allows them. @type {Step[]} */
const WITH_CUSTOMER = [
  { event: "therapist_start_service", label: N_("Start service"), icon: "play" },
  { event: "therapist_finish_service", label: N_("Finish service"), icon: "check" },
];

/**
 * The step on the big button.
 * @param {Queue} queue
 * @param {Me} me
 * @returns {Step}
 */
export function nextStep(queue, me) {
  const transaction = myTransaction(queue, me);
  if (transaction) {
    const step = WITH_CUSTOMER.find(({ event }) => transaction.allowed_events.includes(event));
    if (step) return { ...step, label: t(step.label) };
    const why = t("Updating…");
    return { event: "", label: t("Please wait"), icon: "clock", why };
  }
  const duty = myDuty(queue, me);
  if (!duty) return { event: "duty_in", label: t("Go on duty"), icon: "play" };
  if (duty.state === "break")
    return { event: "duty_back", label: t("End the break"), icon: "play" };
  const room = myRoom(queue, me);
  /** @type {Step} */
  const call = { event: "therapist_confirm_next", label: t("Call next customer"), icon: "bell" };
  if (!me.room_number) {
    return { ...call, event: "", why: t("You have no room. Ask the manager to give you one.") };
  }
  if (room?.status === "preparing") {
    return { event: "therapist_room_ready", label: t("Mark room ready"), icon: "sparkle" };
  }
  if (room?.status === "occupied") {
    return { ...call, event: "", why: t("Room {room} is in use.", { room: room.room_number }) };
  }
  if (queue.counts.pending === 0) {
    const why = queue.counts.on_hold > 0 ? t("Nobody to call right now.") : t("Nobody is waiting.");
    return { ...call, event: "", why };
  }
  if (duty.first) {
    return { ...call, event: "", why: t("{name} is first.", { name: duty.first }) };
  }
  if (!nextFor(queue, me)) {
    return { ...call, event: "", why: t("Everyone waiting asked for someone else.") };
  }
  return call;
}

/**
 * Whether a newly waiting customer concerns this therapist: they are there, and the room is free
 * and nobody is in it.
 * @param {Queue} queue
 * @param {Me} me
 */
export function isFree(queue, me) {
  return (
    myDuty(queue, me)?.state === "in" &&
    !myTransaction(queue, me) &&
    myRoom(queue, me)?.status === "available"
  );
}
