// One customer's whole visit by the JavaScript Socket.IO client, from the protocol alone.
// Reads {base_url, transport, device_tokens, people} from standard input; exits 0 when all is well.
import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import process from "node:process";
import { io } from "socket.io-client";

const TIMEOUT_MS = 20_000;
const TIMES = [
  "created_at",
  "selection_confirmed_at",
  "therapist_confirmed_at",
  "service_start_at",
  "service_finish_at",
  "cashier_claimed_at",
  "paid_at",
];
const FIELDS = [
  ...TIMES,
  "id",
  "code",
  "status",
  "therapist",
  "cashier",
  "room_number",
  "total_amount",
  "total_duration_minutes",
  "items",
  "payment",
  "allowed_events",
];
const ITEM_FIELDS = [
  "id",
  "service_id",
  "service_name",
  "service_classification_id",
  "classification_name",
  "price",
  "duration_minutes",
];
const PUSHES = ["queue_updated", "board_updated", "devices_updated", "transaction_updated"];

const given = JSON.parse(await text(process.stdin));
const open = [];

class Screen {
  constructor(auth) {
    this.pushed = [];
    this.waiting = [];
    this.socket = io(given.base_url, {
      auth,
      transports: [given.transport],
      forceNew: true,
      reconnection: false,
    });
    this.socket.onAny((event, body) => {
      this.pushed.push({ event, body });
      this.waiting = this.waiting.filter((look) => !look());
    });
    open.push(this);
  }

  async connected() {
    await new Promise((resolve, reject) => {
      this.socket.once("connect", resolve);
      this.socket.once("connect_error", reject);
    });
    assert.equal(this.socket.io.engine.transport.name, given.transport);
    return this;
  }

  /** The first push of this name that `where` accepts, past ones included. */
  waitFor(event, where = () => true) {
    const find = () => this.pushed.find((push) => push.event === event && where(push.body));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no such ${event}`)), TIMEOUT_MS);
      const look = () => {
        const found = find();
        if (!found) return false;
        clearTimeout(timer);
        resolve(found.body);
        return true;
      };
      if (!look()) this.waiting.push(look);
    });
  }

  /** Sends an event; its result must come both as acknowledgement and as result event. */
  async ask(event, resultEvent, payload) {
    const cameAs = new Promise((resolve) => this.socket.once(resultEvent, resolve));
    const sent = payload === undefined ? [] : [payload];
    const answer = await this.socket.timeout(TIMEOUT_MS).emitWithAck(event, ...sent);
    assert.deepEqual(await cameAs, answer);
    return answer;
  }

  async change(event, resultEvent, status, payload) {
    const answer = await this.ask(event, resultEvent, payload);
    assert.equal(answer.ok, true, JSON.stringify(answer));
    checkTransaction(answer.transaction);
    assert.equal(answer.transaction.status, status);
    return answer;
  }
}

function checkTransaction(body) {
  for (const name of FIELDS) assert.ok(name in body, `${name} is missing`);
  for (const name of TIMES) {
    if (body[name] !== null) assert.match(body[name], /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/);
  }
  for (const item of body.items) {
    for (const name of ITEM_FIELDS) assert.ok(name in item, `${name} of an item is missing`);
  }
  assert.equal(typeof body.total_amount, "number");
  assert.equal(body.payment !== null, body.status === "paid");
}

async function person(role, username) {
  const answer = await fetch(`${given.base_url}/${role}/login`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ username, password: given.people[username] }),
  });
  assert.equal(answer.status, 200);
  const { token } = await answer.json();
  return new Screen({ token }).connected();
}

const device = (name) => new Screen({ device_token: given.device_tokens[name] }).connected();

async function refused() {
  const wrong = new Screen({ token: "not a token" });
  const error = await wrong.connected().then(
    () => assert.fail("a wrong token was let in"),
    (reason) => reason,
  );
  assert.equal(error.data.code, "invalid_credentials");
}

async function visit() {
  await refused();
  const kiosk = await device("kiosk");
  const board = await device("display");
  const ana = await person("therapist", "ana");
  const eva = await person("cashier", "eva");
  assert.deepEqual((await board.waitFor("board_updated")).waiting, []);
  await kiosk.waitFor("devices_updated");

  const catalog = await (await fetch(`${given.base_url}/api/catalog`)).json();
  const [first, second] = catalog.categories[0].services[0].classifications;

  const started = await kiosk.change("customer_start", "customer_start_result", "selecting");
  const id = { transaction_id: started.transaction.id };
  await kiosk.change("customer_add_item", "customer_add_result", "selecting", {
    ...id,
    service_classification_id: first.id,
  });
  const confirmed = await kiosk.change(
    "customer_confirm_selection",
    "customer_confirm_result",
    "pending_therapist",
    { ...id, request_id: "one" },
  );
  const { code } = confirmed.transaction;
  assert.match(code, /^\d{4}$/);
  assert.equal(confirmed.queue_position, 1);
  await board.waitFor("board_updated", (body) => body.waiting[0]?.code === code);
  await ana.waitFor("queue_updated", (body) => body.pending[0]?.code === code);

  const late = await device("display");
  assert.equal((await late.waitFor("board_updated")).waiting[0].code, code);

  await ana.change("therapist_confirm_next", "therapist_confirm_result", "therapist_confirmed");
  await board.waitFor("board_updated", (body) => body.calls[0]?.room_number === "1");
  await ana.change("therapist_start_service", "therapist_start_result", "in_service", id);
  const more = await ana.change("therapist_add_service", "therapist_add_result", "in_service", {
    ...id,
    service_classification_id: second.id,
  });
  const due = first.price + second.price;
  assert.equal(more.transaction.total_amount, due);
  await ana.change("therapist_finish_service", "therapist_finish_result", "finished", id);
  const ready = await ana.ask("therapist_room_ready", "therapist_room_ready_result");
  assert.equal(ready.room.status, "available");

  await eva.change("cashier_claim_code", "cashier_claim_result", "awaiting_payment", { code });
  const little = await eva.ask("cashier_pay", "cashier_pay_result", {
    ...id,
    amount_paid: due - 1,
    method: "cash",
  });
  assert.equal(little.code, "insufficient_payment");
  const paid = await eva.change("cashier_pay", "cashier_pay_result", "paid", {
    ...id,
    amount_paid: due + 10,
    method: "cash",
  });
  assert.equal(paid.transaction.payment.change_amount, 10);
  const again = await eva.ask("cashier_reprint", "cashier_reprint_result", id);
  assert.equal(again.ok, true);
  assert.ok(again.job.id);
  await ana.waitFor("transaction_updated", (body) => body.transaction.status === "paid");

  for (const screen of open) {
    for (const name of PUSHES) {
      const versions = screen.pushed.filter((push) => push.event === name);
      for (let at = 1; at < versions.length; at += 1) {
        assert.ok(versions[at].body.version >= versions[at - 1].body.version, `${name} went back`);
      }
    }
  }
}

try {
  await visit();
} finally {
  for (const screen of open) screen.socket.disconnect();
}
