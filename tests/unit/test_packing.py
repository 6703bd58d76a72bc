"""Stored answers are small, and come out as they went in; dictionaries never change."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from appliance.server.store import packing

FOLDER = Path(packing.__file__).parent
RELEASED = {1: "14f33da2a2ee7b8d"}
"""A new one gets the next number: answers of the last days are packed with the old."""

PAID: dict[str, Any] = {
    "ok": True,
    "transaction": {
        "id": 48213, "code": "0231", "status": "paid", "therapist": "Maribel", "therapist_id": 7,
        "cashier": "Jocelyn", "cashier_id": 9, "room_number": "Garden", "subtotal_amount": 1250,
        "discount_amount": 0, "total_amount": 1250, "total_duration_minutes": 90, "note": None,
        "hold": None, "held_since": None,
        "wanted": {"kind": "anyone", "therapist_id": None, "therapist": None},
        "created_at": "2027-03-04T08:15:44.102934+00:00",
        "selection_confirmed_at": "2027-03-04T08:16:02.993121+00:00",
        "therapist_confirmed_at": "2027-03-04T08:24:11.203311+00:00",
        "service_start_at": "2027-03-04T08:26:55.710042+00:00",
        "service_finish_at": "2027-03-04T09:58:01.330912+00:00",
        "cashier_claimed_at": "2027-03-04T10:01:17.662001+00:00",
        "paid_at": "2027-03-04T10:01:43.000117+00:00",
        "items": [{
            "id": 71002, "service_id": 3, "service_name": "Traditional Hilot",
            "service_classification_id": 8, "classification_name": "90 minutes", "price": 1250,
            "duration_minutes": 90,
        }],
        "adjustments": [],
        "payment": {
            "amount_due": 1250, "amount_paid": 1500, "change_amount": 250, "method": "cash",
            "receipt_number": 46755, "tip_amount": 0, "rounding_amount": 0, "tax": [],
            "tenders": [{
                "method": "cash", "amount": 1250, "given": 1500, "change": 250, "tip": 0,
                "rounding": 0,
            }],
            "created_at": "2027-03-04T10:01:43.000117+00:00",
        },
        "refunded_amount": 0, "refunds": [],
        "allowed_events": ["cashier_reprint", "cashier_refund", "cashier_correct_tender"],
        "manager_events": [],
    },
}  # fmt: skip


def test_the_answer_to_a_payment_takes_a_fifth() -> None:
    said = len(json.dumps(PAID))
    assert len(packing.pack(["cashier_pay", PAID])) < said / 5


@pytest.mark.parametrize(
    "value",
    [
        ["cashier_pay", PAID],
        ["a", {}],
        [],
        None,
        ["x", {"name": "مريم 🙂", "amount": 0.1, "many": list(range(20_000))}],
    ],
    ids=["an answer", "nothing", "an empty list", "none", "odd and long"],
)
def test_what_is_packed_comes_out_as_it_went_in(value: Any) -> None:
    assert packing.unpack(packing.pack(value)) == value
    assert packing.unpack(packing.pack(value)) == value, "the second as the first"


def test_released_dictionaries_stay_as_they_are() -> None:
    found = {
        int(path.suffix[1:]): hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for path in FOLDER.glob("answers.dictionary.*")
    }
    assert found == RELEASED
    assert packing.CURRENT in found


def test_a_dictionary_of_a_later_version_is_said_to_be_one() -> None:
    with pytest.raises(ValueError, match="dictionary 200"):
        packing.unpack(bytes([200]) + packing.pack({})[1:])
