"""Whatever is sent, the answer is a clear refusal, nothing has changed, and the socket lives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from appliance.server.events import EVENTS
from tests.support.clients import Client, Json
from tests.support.lobby import Lobby

RESULTS = {row.event: row.result_event for row in EVENTS if row.result_event}
NO_SUCH_ID = 987_654_321
STRANGE_IDS: list[Any] = [
    None,
    0,
    -1,
    2**63,
    10**30,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "1",
    "abc",
    True,
    [],
    [1],
    {},
    {"id": 1},
    b"1",
]
STRANGE_AMOUNTS: list[Any] = [
    None,
    -1,
    "-0.01",
    10.001,
    "10.001",
    "ten",
    "",
    " ",
    "1e3000",
    "1_000",
    "0x10",
    10**30,
    1e308,
    float("nan"),
    float("inf"),
    "NaN",
    "Infinity",
    "1" * 500,
    100_000_000,
    True,
    [100],
    {"amount": 100},
]
STRANGE_METHODS: list[Any] = [None, "", "gold", "CASH", 1, ["cash"], {}, "x" * 500, "\ud800"]
NO_CODES: list[Any] = [
    "",
    "0000",
    0,
    "abcd",
    "00042",
    "12345",
    12345,
    "4 2",
    "-1",
    -1,
    4.2,
    "٤٢٤٢٤",
    "²",
    None,
    True,
    [],
    ["0001"],
    {},
    {"code": "0001"},
    "\ud800",
    "1" * 60_000,
]
STRANGE_REQUEST_IDS: list[Any] = ["", "x" * 65, 7, True, [], {}, "\ud800"]


class Spa:
    """One customer in each state, and everybody who may ask for something."""

    def __init__(self, lobby: Lobby) -> None:
        self.lobby = lobby
        self.kiosk = lobby.device("door")
        self.pool = lobby.device("pool")
        self.ana = lobby.person("ana")
        self.ben = lobby.person("ben")
        self.eva = lobby.person("eva")
        self.felix = lobby.person("felix")
        self.gloria = lobby.person("gloria")
        self.codes: dict[int, str] = {}
        self.variant = lobby.spa.swedish_60
        self.paid = self._at_the_desk()
        self.do(self.eva, "cashier_claim_next")
        self.do(self.eva, "cashier_pay", self.paid, amount_paid=80, method="card")
        self.awaiting = self._at_the_desk()
        self.do(self.eva, "cashier_claim_next")
        self.finished = self._at_the_desk()
        self.in_service = self._confirmed()
        self.do(self.ana, "therapist_confirm_next")
        self.do(self.ana, "therapist_start_service", self.in_service)
        self.called = self._confirmed()
        self.do(self.ben, "therapist_confirm_next")
        self.waiting = self._confirmed()
        self.choosing = int(self.do(self.kiosk, "customer_start")["transaction"]["id"])
        answer = self.do(
            self.kiosk,
            "customer_add_item",
            self.choosing,
            service_classification_id=self.variant,
        )
        self.item = int(answer["transaction"]["items"][0]["id"])
        self.other_choosing = int(self.do(self.pool, "customer_start")["transaction"]["id"])

    def do(self, who: Client, event: str, transaction_id: int | None = None, **more: Any) -> Json:
        """Something that works."""
        payload = {**more, **({"transaction_id": transaction_id} if transaction_id else {})}
        answer = who.ask(event, RESULTS[event], payload)
        assert answer["ok"] is True, answer
        return answer

    def _confirmed(self) -> int:
        answer = self.do(
            self.kiosk,
            "customer_confirm_selection",
            items=[{"service_classification_id": self.variant}],
        )
        transaction = answer["transaction"]
        self.codes[transaction["id"]] = transaction["code"]
        return int(transaction["id"])

    def _at_the_desk(self) -> int:
        customer = self._confirmed()
        self.do(self.ana, "therapist_confirm_next")
        self.do(self.ana, "therapist_start_service", customer)
        self.do(self.ana, "therapist_finish_service", customer)
        self.do(self.ana, "therapist_room_ready")
        return customer


@pytest.fixture(scope="module")
def spa(module_lobby: Lobby) -> Iterator[Spa]:
    yield Spa(module_lobby)
    module_lobby.leave()


@pytest.fixture(autouse=True)
def nothing_changes(spa: Spa) -> Iterator[None]:
    """The promise of every test here."""
    before = spa.lobby.rows()
    yield
    assert spa.lobby.rows() == before
    for client in (spa.kiosk, spa.pool, spa.ana, spa.ben, spa.eva, spa.felix):
        assert client.call("ping_time")["ok"] is True, "the socket is still alive"


def refused(who: Client, event: str, *payload: Any, code: str | None = None) -> Json:
    answer = who.ask(event, RESULTS[event], *payload)
    assert set(answer) == {"ok", "error", "code"}, (payload, answer)
    assert answer["ok"] is False
    assert answer["code"] != "internal", (payload, answer)
    assert answer["error"]
    if code is not None:
        assert answer["code"] == code, (payload, answer)
    return answer


# --- ids --------------------------------------------------------------------------------------

ON_A_TRANSACTION: list[tuple[str, str, Json]] = [
    ("kiosk", "customer_add_item", {"service_classification_id": 1}),
    ("kiosk", "customer_remove_item", {"item_id": 1}),
    ("kiosk", "customer_confirm_selection", {}),
    ("kiosk", "customer_cancel", {}),
    ("ana", "therapist_start_service", {}),
    ("ana", "therapist_add_service", {"service_classification_id": 1}),
    ("ana", "therapist_remove_item", {"item_id": 1}),
    ("ana", "therapist_finish_service", {}),
    ("ana", "therapist_call_again", {}),
    ("ana", "therapist_release", {}),
    ("ana", "therapist_no_show", {}),
    ("eva", "cashier_release", {}),
    ("eva", "cashier_pay", {"amount_paid": 100, "method": "cash"}),
    ("eva", "cashier_reprint", {}),
    ("gloria", "manager_release", {"reason": "x"}),
    ("gloria", "manager_finish", {"reason": "x"}),
    ("gloria", "manager_cancel", {"reason": "x"}),
]
EACH = pytest.mark.parametrize(
    ("who", "event", "more"), ON_A_TRANSACTION, ids=[event for _, event, _ in ON_A_TRANSACTION]
)


@EACH
def test_a_transaction_that_does_not_exist(spa: Spa, who: str, event: str, more: Json) -> None:
    client = getattr(spa, who)
    refused(client, event, {"transaction_id": NO_SUCH_ID, **more}, code="not_found")
    refused(client, event, {"transaction_id": 2**63 - 1, **more}, code="not_found")


@EACH
def test_an_id_that_is_none(spa: Spa, who: str, event: str, more: Json) -> None:
    client = getattr(spa, who)
    for strange in STRANGE_IDS:
        refused(client, event, {"transaction_id": strange, **more}, code="validation_failed")
    if event != "customer_confirm_selection":
        refused(client, event, more, code="validation_failed")


@EACH
def test_a_request_id_that_is_none(spa: Spa, who: str, event: str, more: Json) -> None:
    for strange in STRANGE_REQUEST_IDS:
        payload = {"transaction_id": NO_SUCH_ID, "request_id": strange, **more}
        refused(getattr(spa, who), event, payload, code="validation_failed")


def test_a_variant_or_an_item_that_does_not_exist(spa: Spa) -> None:
    choosing = {"transaction_id": spa.choosing}
    treated = {"transaction_id": spa.in_service}
    variant = {"service_classification_id": NO_SUCH_ID}
    item = {"item_id": NO_SUCH_ID}
    refused(spa.kiosk, "customer_add_item", choosing | variant, code="not_found")
    refused(spa.kiosk, "customer_remove_item", choosing | item, code="not_found")
    refused(spa.ana, "therapist_add_service", treated | variant, code="not_found")
    for strange in STRANGE_IDS:
        odd = {"service_classification_id": strange}
        refused(spa.kiosk, "customer_add_item", choosing | odd, code="validation_failed")
        odd = {"item_id": strange}
        refused(spa.kiosk, "customer_remove_item", choosing | odd, code="validation_failed")
        if strange is not None:
            odd = {"service_classification_id": 1, "replaces": strange}
            refused(spa.kiosk, "customer_add_item", choosing | odd, code="validation_failed")
    odd = {"service_classification_id": 1, "ask": "perhaps"}
    refused(spa.kiosk, "customer_add_item", choosing | odd, code="validation_failed")
    odd = {"service_classification_id": 1, "replaces": NO_SUCH_ID}
    refused(spa.kiosk, "customer_add_item", choosing | odd, code="not_found")


def test_the_last_service_cannot_be_removed(spa: Spa) -> None:
    payload = {"transaction_id": spa.in_service, "item_id": NO_SUCH_ID}
    refused(spa.ana, "therapist_remove_item", payload, code="invalid_state")


def test_an_item_of_somebody_else(spa: Spa) -> None:
    payload = {"transaction_id": spa.other_choosing, "item_id": spa.item}
    refused(spa.pool, "customer_remove_item", payload, code="not_found")


@pytest.mark.parametrize(
    "items",
    [
        [],
        {},
        "items",
        [1],
        [None],
        [{}],
        [{"service_classification_id": None}],
        [{"service_classification_id": NO_SUCH_ID}],
        [{"service_classification_id": 1}] * 31,
        [[]],
    ],
    ids=str,
)
def test_a_selection_that_is_none(spa: Spa, items: Any) -> None:
    refused(spa.kiosk, "customer_confirm_selection", {"items": items})
    refused(
        spa.kiosk, "customer_confirm_selection", {"transaction_id": spa.choosing, "items": items}
    )
    refused(spa.eva, "cashier_add_walk_in", {"items": items})


@pytest.mark.parametrize("note", [7, ["Maria"], "M" * 201, "\ud800"], ids=str)
def test_a_note_that_is_none(spa: Spa, note: Any) -> None:
    items = [{"service_classification_id": spa.variant}]
    refused(spa.eva, "cashier_add_walk_in", {"items": items, "note": note})


# --- whose ------------------------------------------------------------------------------------


def test_somebody_elses_transaction(spa: Spa) -> None:
    variant = {"service_classification_id": spa.variant}
    money = {"amount_paid": 100, "method": "cash"}
    for who, event, customer, more in (
        (spa.pool, "customer_add_item", spa.choosing, variant),
        (spa.pool, "customer_remove_item", spa.choosing, {"item_id": spa.item}),
        (spa.pool, "customer_confirm_selection", spa.choosing, {}),
        (spa.pool, "customer_cancel", spa.choosing, {}),
        (spa.ana, "therapist_start_service", spa.called, {}),
        (spa.ana, "therapist_release", spa.called, {}),
        (spa.ana, "therapist_no_show", spa.called, {}),
        (spa.ben, "therapist_add_service", spa.in_service, variant),
        (spa.ben, "therapist_remove_item", spa.in_service, {"item_id": 1}),
        (spa.ben, "therapist_finish_service", spa.in_service, {}),
        (spa.felix, "cashier_pay", spa.awaiting, money),
        (spa.felix, "cashier_release", spa.awaiting, {}),
    ):
        refused(who, event, {"transaction_id": customer, **more}, code="forbidden")


def test_a_customer_whom_another_cashier_has(spa: Spa) -> None:
    code = spa.codes[spa.awaiting]
    refused(spa.felix, "cashier_claim_code", {"code": code}, code="invalid_state")


# --- when -------------------------------------------------------------------------------------

ORDER = {
    "customer_add_item": {"choosing"},
    "customer_remove_item": {"choosing"},
    "customer_confirm_selection": {"choosing"},
    "customer_cancel": {"choosing"},
    "therapist_start_service": {"called"},
    "therapist_call_again": {"called"},
    "therapist_release": {"called"},
    "therapist_no_show": {"called", "waiting"},
    "therapist_add_service": {"in_service"},
    "therapist_remove_item": {"in_service"},
    "therapist_finish_service": {"in_service"},
    "cashier_release": {"awaiting"},
    "cashier_pay": {"awaiting"},
    "cashier_reprint": {"paid"},
    "manager_release": {"awaiting"},
    "manager_finish": {"in_service"},
    "manager_cancel": {"choosing", "waiting", "called", "in_service", "finished", "awaiting"},
}


@EACH
def test_an_event_in_the_wrong_state(spa: Spa, who: str, event: str, more: Json) -> None:
    states = {"choosing", "waiting", "called", "in_service", "finished", "awaiting", "paid"}
    for state in sorted(states - ORDER[event]):
        customer = getattr(spa, state)
        payload = {"transaction_id": customer, **more}
        refused(getattr(spa, who), event, payload, code="invalid_state")


def test_a_therapist_with_a_customer_gets_no_other(spa: Spa) -> None:
    for who in (spa.ana, spa.ben):
        answer = refused(who, "therapist_confirm_next")
        assert answer["code"] in {"invalid_state", "room_unavailable"}
        refused(who, "therapist_room_ready", code="invalid_state")


# --- money and codes --------------------------------------------------------------------------


def test_an_amount_that_is_none(spa: Spa) -> None:
    payload = {"transaction_id": spa.awaiting, "method": "cash"}
    refused(spa.eva, "cashier_pay", payload, code="validation_failed")
    for strange in STRANGE_AMOUNTS:
        odd = payload | {"amount_paid": strange}
        refused(spa.eva, "cashier_pay", odd, code="validation_failed")


def test_a_method_that_is_none(spa: Spa) -> None:
    payload = {"transaction_id": spa.awaiting, "amount_paid": 100}
    refused(spa.eva, "cashier_pay", payload, code="validation_failed")
    for strange in STRANGE_METHODS:
        odd = payload | {"method": strange}
        refused(spa.eva, "cashier_pay", odd, code="validation_failed")


def test_a_code_that_is_none(spa: Spa) -> None:
    refused(spa.eva, "cashier_claim_code", {}, code="validation_failed")
    for strange in NO_CODES:
        refused(spa.eva, "cashier_claim_code", {"code": strange}, code="validation_failed")


def test_a_code_that_nobody_has(spa: Spa) -> None:
    for code in ("9999", 9999, " 9999 "):
        refused(spa.felix, "cashier_claim_code", {"code": code}, code="not_found")


def test_a_code_is_understood_as_people_type_it(spa: Spa) -> None:
    """`42`, ` 0042 ` and the number 42 are one code."""
    code = spa.codes[spa.paid]
    for typed in (code, f" {code} ", str(int(code)), int(code)):
        answer = refused(spa.eva, "cashier_claim_code", {"code": typed}, code="invalid_state")
        assert "paid" in answer["error"]


# --- shapes and sizes -------------------------------------------------------------------------


def test_several_arguments(spa: Spa) -> None:
    mine = {"transaction_id": spa.choosing}
    refused(spa.kiosk, "customer_cancel", mine, mine, code="validation_failed")
    refused(spa.kiosk, "customer_cancel", mine, "and more", code="validation_failed")
    refused(spa.kiosk, "customer_start", None, None, code="validation_failed")


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_ten_megabytes(spa: Spa, transport: str) -> None:
    pool = spa.lobby.device("pool", transport=transport)
    payload = {"transaction_id": spa.choosing, "filling": "x" * 10_000_000}
    refused(pool, "customer_cancel", payload, code="validation_failed")
    refused(pool, "customer_start", "x" * 10_000_000, code="validation_failed")
    assert pool.call("ping_time")["ok"] is True


@pytest.mark.parametrize(
    "strange",
    [
        pytest.param(lambda: {"x" * 50_000: 1}, id="a long name"),
        pytest.param(lambda: {"": "", "\x00": "\x00", "\ud800": "\udfff"}, id="strange names"),
        pytest.param(lambda: {"transaction_id": b"\x00\xff"}, id="bytes in a field"),
        pytest.param(lambda: {"__proto__": {"ok": True}}, id="a prototype"),
        pytest.param(lambda: {"_placeholder": True, "num": 7}, id="a placeholder for no bytes"),
    ],
)
def test_a_strange_object(spa: Spa, strange: Callable[[], Any]) -> None:
    refused(spa.kiosk, "customer_cancel", strange(), code="validation_failed")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"transaction_id":%s}' % ("9" * 5000), id="a number of 5000 digits"),
        pytest.param('{"transaction_id":%s}' % ("[" * 900 + "]" * 900), id="900 lists"),
        pytest.param("[" * 5000 + "]" * 5000, id="5000 lists"),
        pytest.param('{"transaction_id":%s}' % ("[" * 20_000 + "]" * 20_000), id="20000 lists"),
        pytest.param('{"transaction_id":1,"transaction_id":null}', id="a name twice"),
        pytest.param('{"transaction_id":1e999999}', id="an endless number"),
        pytest.param('{"transaction_id":-1e-999999}', id="a tiny number"),
    ],
)
def test_json_that_python_would_not_write(spa: Spa, text: str) -> None:
    """Valid JSON that breaks a careless reader is refused, and the socket lives."""
    pool = spa.lobby.device("pool")
    answer = pool.call_json("customer_cancel", text)
    assert (answer["ok"], answer["code"]) == (False, "validation_failed")
    assert pool.call("ping_time")["ok"] is True


def test_a_reason_in_any_script_is_kept_and_a_broken_one_refused(spa: Spa) -> None:
    called = {"transaction_id": spa.called}
    for strange in (7, [], {}, "x" * 201, "\ud800"):
        payload = called | {"reason": strange}
        refused(spa.ben, "therapist_no_show", payload, code="validation_failed")
