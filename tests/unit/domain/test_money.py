"""Amounts as they come in and go out."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.amounts import written
from appliance.server.domain.errors import ValidationFailed
from appliance.server.domain.money import MAX_AMOUNT, digits, number, parse_amount

AMOUNTS = st.decimals(0, MAX_AMOUNT, places=2, allow_nan=False)


@pytest.mark.parametrize(
    ("given_", "amount"),
    [
        ("95.50", "95.50"),
        ("95.5", "95.50"),
        ("95", "95.00"),
        ("95.", "95.00"),
        (".5", "0.50"),
        ("0095.50", "95.50"),
        ("95.500", "95.50"),
        (95, "95.00"),
        (95.5, "95.50"),
        (0.1, "0.10"),
        (1e2, "100.00"),
        (Decimal("95.5"), "95.50"),
        (" 95.50 ", "95.50"),
        ("95.50\n", "95.50"),
        (0, "0.00"),
        ("99999999.99", "99999999.99"),
        (99999999.99, "99999999.99"),
    ],
    ids=repr,
)
def test_an_amount_is_read_with_exactly_two_decimals(given_: object, amount: str) -> None:
    assert str(parse_amount(given_)) == amount


@pytest.mark.parametrize("given_", ["-0", "-0.00", -0.0, Decimal("-0")], ids=repr)
def test_minus_nothing_is_nothing(given_: object) -> None:
    assert str(parse_amount(given_)) == "0.00"


@pytest.mark.parametrize(
    "given_",
    [
        "NaN",
        "nan",
        "sNaN",
        "-NaN",
        float("nan"),
        "inf",
        "-inf",
        "Infinity",
        float("inf"),
        float("-inf"),
        Decimal("NaN"),
        "1e5",
        "1E5",
        "1e-1",
        "1e999999999999999999",
        "1e-999999999999999999",
        "1_000",
        "95 USD",
        "0x10",
        "--5",
        "",
        " ",
        ".",
        "-",
        "a lot",
        True,
        False,
        None,
        [],
        {},
        b"95",
        "9" * 5000,
    ],
    ids=lambda given_: repr(given_)[:24],
)
def test_what_is_no_amount_is_refused_with_an_example(given_: object) -> None:
    with pytest.raises(
        ValidationFailed, match=r"^amount must be an amount of money such as 95\.50"
    ):
        parse_amount(given_)


@pytest.mark.parametrize("given_", ["95.5055", 95.5055, "0.0001", 1e-5, 0.1 + 0.2], ids=repr)
def test_what_is_finer_than_any_currency_is_refused_and_never_rounded(given_: object) -> None:
    with pytest.raises(ValidationFailed):
        parse_amount(given_)


@pytest.mark.parametrize("given_", ["-1", -1, -0.01, "-0.01", Decimal(-5)], ids=repr)
def test_a_negative_amount_is_refused(given_: object) -> None:
    with pytest.raises(ValidationFailed, match="must not be negative"):
        parse_amount(given_)


@pytest.mark.parametrize(
    "given_",
    ["100000000", 100000000, "100000000.00", 10**12, 10**5000, -(10**5000), 1e300],
    ids=["text", "int", "decimals", "10**12", "10**5000", "-10**5000", "1e300"],
)
def test_what_the_database_cannot_hold_is_refused(given_: object) -> None:
    with pytest.raises(ValidationFailed):
        parse_amount(given_)


def test_the_refusal_names_the_field() -> None:
    with pytest.raises(ValidationFailed, match=r"^amount_paid must"):
        parse_amount("a lot", "amount_paid")


@given(st.text(max_size=30) | st.integers() | st.floats() | st.decimals())
def test_anything_is_an_amount_of_two_or_three_decimals_or_a_refusal(anything: object) -> None:
    try:
        amount = parse_amount(anything)
    except ValidationFailed:
        return
    assert amount.as_tuple().exponent in (-2, -3)
    assert 0 <= amount <= MAX_AMOUNT
    assert not amount.is_signed()


@given(AMOUNTS)
def test_an_amount_survives_json_to_the_cent(amount: Decimal) -> None:
    text = json.dumps(number(amount))
    assert parse_amount(json.loads(text)) == amount
    assert "e" not in text.lower()
    assert len(text.partition(".")[2]) <= 2


@given(AMOUNTS)
def test_an_amount_survives_paper_to_the_cent(amount: Decimal) -> None:
    assert parse_amount(digits(amount)) == amount


@pytest.mark.parametrize(
    ("amount", "text"), [("95.00", "95"), ("95.50", "95.5"), ("0.05", "0.05"), ("0.00", "0")]
)
def test_json_carries_plain_numbers(amount: str, text: str) -> None:
    assert json.dumps(number(Decimal(amount))) == text


@pytest.mark.parametrize(("amount", "text"), [("5", "5.00"), ("95.5", "95.50"), ("0", "0.00")])
def test_paper_carries_two_decimals(amount: str, text: str) -> None:
    assert digits(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("amount", "currency", "sentence"),
    [
        ("1234567", "USD", "$1,234,567.00"),
        ("1100", "JPY", "¥1,100"),
        ("95.50", "PHP", "₱95.50"),
        ("95.50", "CHF", "CHF 95.50"),
    ],
)
def test_an_amount_in_a_sentence_has_its_currency(
    amount: str, currency: str, sentence: str
) -> None:
    assert written(Decimal(amount), currency) == sentence
