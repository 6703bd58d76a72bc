"""How fine currencies are, and that shares add up."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.server.domain.currencies import exponent, is_exact, rounded, share_out, to_coins


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [("USD", 2), ("JPY", 0), ("KWD", 3), ("IQD", 3), ("RSD", 2), ("CLF", 3), ("XAU", 2)],
)
def test_iso_says_how_many_decimals(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals


@pytest.mark.parametrize(
    ("amount", "currency", "right"),
    [("0.005", "USD", "0.01"), ("0.004", "USD", "0.00"), ("90.909", "JPY", "91")],
)
def test_rounding_is_half_up(amount: str, currency: str, right: str) -> None:
    assert rounded(D(amount), currency) == D(right)


def test_an_amount_finer_than_the_currency_is_not_exact() -> None:
    assert not is_exact(D("1000.50"), "JPY")
    assert is_exact(D("1.255"), "KWD")


@pytest.mark.parametrize(
    ("amount", "coins"),
    [("22.93", "22.95"), ("12.93", "12.95"), ("7.48", "7.50"), ("7.47", "7.45"), ("0.02", "0")],
)
def test_cash_is_paid_in_coins_that_exist(amount: str, coins: str) -> None:
    assert to_coins(D(amount), D("0.05")) == D(coins)


def test_what_does_not_divide_goes_to_the_earlier_of_equals() -> None:
    assert share_out(D("0.10"), [D(1), D(1), D(1)], "USD") == [D("0.04"), D("0.03"), D("0.03")]
    assert share_out(D(1), [D(1), D(1)], "JPY") == [D(1), D(0)]
    assert share_out(D("-0.10"), [D(1)] * 3, "USD") == [D("-0.04"), D("-0.03"), D("-0.03")]


@given(
    st.integers(-(10**9), 10**9),
    st.lists(st.decimals(0, 10**6, places=2), min_size=1, max_size=8),
    st.sampled_from(["USD", "JPY", "KWD"]),
)
def test_shares_always_add_up_and_keep_their_proportion(
    units: int, weights: list[D], currency: str
) -> None:
    amount = D(units).scaleb(-exponent(currency))
    parts = share_out(amount, weights, currency)
    assert sum(parts) == amount
    assert all(part * amount >= 0 and is_exact(part, currency) for part in parts)
    total = sum(weights) or D(1)
    for part, weight in zip(parts, weights, strict=True):
        if sum(weights):
            assert abs(part - amount * weight / total) < D(1).scaleb(-exponent(currency))


def test_shares_need_somebody() -> None:
    with pytest.raises(ValueError, match="weights"):
        share_out(D(1), [], "USD")
