"""The ledger's equations, and the worked cases that every till gets wrong somewhere."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.server.domain.currencies import to_coins
from appliance.server.domain.errors import InvalidState, ValidationFailed
from appliance.server.domain.ledger import (
    Line,
    Offer,
    Tender,
    asked,
    check_offers,
    check_refund,
    correct,
    give_back,
    net_by_method,
    settle,
)
from appliance.server.domain.payments import method_named
from appliance.server.domain.shifts import Movement, MovementKind, counted, takings

COIN = D("0.05")


def offer(method: str, given: str, tip: str = "0") -> Offer:
    return Offer(method_named(method), D(given), D(tip))


def pay(due: str, *offers: Offer, coin: D | None = None) -> list[Tender]:
    check_offers(D(due), offers, "USD")
    assert sum(offer.given for offer in offers) >= asked(D(due), offers, coin)
    return settle(D(due), offers, coin)


def test_a_day_at_one_drawer() -> None:
    tenders = [
        *pay("75", offer("cash", "100")),
        *pay("130", offer("card", "95", "15"), offer("cash", "60")),
    ]
    assert [tender.change for tender in tenders] == [D(25), D(0), D(10)]
    shift = takings(
        D(200),
        tenders,
        [
            Movement(MovementKind.PAY_OUT, D(30)),
            Movement(MovementKind.DROP, D(100)),
            Movement(MovementKind.TIP_PAYOUT, D(15)),
        ],
    )
    assert shift.expected_cash == D(180)
    assert shift.totals["card"] == D(95)
    assert shift.tips == D(15)
    assert sum(tender.amount for tender in tenders) == D(205)
    assert D("178.50") - shift.expected_cash == D("-1.50")


@pytest.mark.parametrize(
    ("due", "paid", "rounding"),
    [("22.93", "22.95", "0.02"), ("7.48", "7.50", "0.02"), ("7.47", "7.45", "-0.02")],
)
def test_cash_is_rounded_to_coins(due: str, paid: str, rounding: str) -> None:
    (tender,) = pay(due, offer("cash", "50"), coin=COIN)
    assert (tender.amount, tender.rounding) == (D(paid), D(rounding))
    assert tender.change == D(50) - D(paid)


def test_two_cents_in_cash_are_nothing() -> None:
    (tender,) = pay("0.02", offer("cash", "0"), coin=COIN)
    assert (tender.amount, tender.rounding) == (D(0), D("-0.02"))


def test_only_what_remains_for_cash_is_rounded() -> None:
    assert pay("22.93", offer("card", "22.93"), coin=COIN)[0].rounding == 0
    card, cash = pay("22.93", offer("cash", "20"), offer("card", "10"), coin=COIN)
    assert (card.method, card.amount) == ("card", D(10))
    assert (cash.amount, cash.change) == (D("12.95"), D("7.05"))


def test_a_refund_mirrors_the_rounding() -> None:
    paid = pay("22.93", offer("cash", "22.95"), coin=COIN)
    (back,) = give_back(D("22.93"), D(0), paid, "USD", COIN)
    assert (back.amount, back.rounding) == (D("-22.95"), D("-0.02"))


def test_many_small_refunds_give_back_no_more_coins_than_one() -> None:
    books = pay("22.93", offer("cash", "22.95"), coin=COIN)
    for part in ["0.03"] * 764 + ["0.01"]:
        books += give_back(D(part), D(0), books, "USD", COIN)
        assert abs(books[-1].rounding) < COIN
        assert sum(tender.amount for tender in books) >= 0
    assert sum(tender.amount for tender in books) == 0
    alone = sum(to_coins(D(part), COIN) for part in ["0.03"] * 764 + ["0.01"])
    assert alone == D("38.20"), "the control: each rounded for itself"


def test_money_goes_back_the_way_it_came() -> None:
    paid = pay("130", offer("card", "80"), offer("cash", "50"))
    first = give_back(D(100), D(0), paid, "USD")
    assert {tender.method: tender.amount for tender in first} == {"card": D(-80), "cash": D(-20)}
    (rest,) = give_back(D(30), D(0), [*paid, *first], "USD")
    assert (rest.method, rest.amount) == ("cash", D(-30))


def test_no_line_gives_back_more_than_was_paid_for_it() -> None:
    lines = {1: Line(1, D(130), D(100))}
    with pytest.raises(InvalidState, match=r"\$30"):
        check_refund(lines, {1: D(40)}, "USD")
    assert check_refund(lines, {1: D(30)}, "USD") == D(30)
    for wrong in ({2: D(1)}, {1: D(0)}, {1: D(-1)}):
        with pytest.raises(ValidationFailed):
            check_refund(lines, wrong, "USD")


def test_a_card_gives_back_no_more_than_it_took_but_a_manager_may_say_cash() -> None:
    paid = pay("130", offer("card", "80"), offer("cash", "50"))
    with pytest.raises(InvalidState, match="Card"):
        give_back(D(100), D(0), paid, "USD", methods={"card": D(100)})
    (cash,) = give_back(D(100), D(0), paid, "USD", methods={"cash": D(100)})
    assert cash.amount == D(-100)
    with pytest.raises(ValidationFailed):
        give_back(D(100), D(0), paid, "USD", methods={"cash": D(90)})


def test_a_tip_goes_back_by_the_card_that_gave_it() -> None:
    paid = pay("80", offer("card", "95", "15"))
    (back,) = give_back(D(80), D(15), paid, "USD")
    assert (back.amount, back.tip, back.given) == (D(-80), D(-15), D(-95))
    with pytest.raises(InvalidState):
        give_back(D(80), D(15), [*paid, back], "USD")


def test_keyed_as_cash_and_was_card() -> None:
    paid = pay("80", offer("cash", "100"))
    cash, card = correct(paid, {"card": D(80)}, "USD")
    assert (cash.method, cash.amount) == ("cash", D(-80))
    assert (card.method, card.amount) == ("card", D(80))
    assert net_by_method([*paid, cash, card]) == {"cash": D(0), "card": D(80)}
    with pytest.raises(ValidationFailed):
        correct([*paid, cash, card], {"card": D(80)}, "USD")


def test_a_correction_takes_the_tip_and_the_rounding_along() -> None:
    paid = pay("22.93", offer("cash", "30", "2"), coin=COIN)
    cash, card = correct(paid, {"card": D("22.93")}, "USD", COIN)
    assert (cash.amount, cash.rounding, cash.tip) == (D("-22.95"), D("-0.02"), D(-2))
    assert (card.amount, card.rounding, card.tip, card.given) == (
        D("22.93"), D(0), D(2), D("24.93"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "offers",
    [
        [],
        [offer("card", "500")],
        [offer("card", "81"), offer("cash", "10")],
        [offer("cash", "40"), offer("cash", "40")],
        [offer("card", "80", "81")],
    ],
)
def test_what_a_bill_cannot_be_paid_with(offers: list[Offer]) -> None:
    with pytest.raises(ValidationFailed):
        check_offers(D(80), offers, "USD")


@pytest.mark.parametrize(
    ("offers", "needed"),
    [
        ([offer("card", "79")], "80"),
        ([offer("cash", "79.99")], "80"),
        ([offer("cash", "80", "1")], "81"),
        ([offer("card", "30"), offer("cash", "49", "1")], "81"),
    ],
)
def test_what_does_not_cover_a_bill(offers: list[Offer], needed: str) -> None:
    check_offers(D(80), offers, "USD")
    assert asked(D(80), offers) == D(needed) > sum(one.given for one in offers)
    with pytest.raises(ValueError, match="cover"):
        settle(D(80), offers)


money = st.integers(0, 50_000).map(lambda cents: D(cents).scaleb(-2))


@given(money, money, money, money, st.sampled_from([None, COIN, D("0.10")]), st.data())
def test_the_equations_hold_whatever_happens(
    due: D, card: D, tip: D, over: D, coin: D | None, data: st.DataObject
) -> None:
    card = min(card, due)
    offers = [Offer(method_named("card"), card + tip, tip)]
    offers.append(Offer(method_named("cash"), due - card + over + 1, over))
    paid = settle(due, offers, coin)
    books = list(paid)
    _holds(due, books)
    if net := net_by_method(paid):
        target = data.draw(st.sampled_from(sorted(net)))
        if net_by_method(paid) != {target: due} and net[target] != due:
            books += correct(paid, {target: due}, "USD", coin)
            _holds(due, books)
    back = data.draw(st.integers(0, int(due * 100))) / D(100)
    tips = sum((tender.tip for tender in books), D(0))
    refund = give_back(back, tips, books, "USD", coin)
    assert -sum(tender.amount - tender.rounding for tender in refund) == back
    assert sum(tender.tip for tender in refund) == -tips
    assert all(amount >= 0 for amount in net_by_method([*books, *refund]).values())


def _holds(due: D, books: list[Tender]) -> None:
    rounding = sum(tender.rounding for tender in books)
    tip = sum(tender.tip for tender in books)
    assert sum(tender.amount for tender in books) == due + rounding
    assert sum(tender.given - tender.change for tender in books) == due + tip + rounding
    for tender in books:
        if tender.method != "cash":
            assert tender.change == tender.rounding == 0
            assert tender.given == tender.amount + tender.tip


def test_a_count_by_coins_and_notes() -> None:
    known = [D("0.50"), D(20), D(50)]
    assert counted({D("0.50"): 3, D(20): 2}, known) == D("41.50")
    for wrong in ({D(3): 1}, {D(20): -1}):
        with pytest.raises(ValidationFailed):
            counted(wrong, known)
