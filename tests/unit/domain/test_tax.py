"""Tax: rounded once per rate, and given back as it was taken."""

from __future__ import annotations

from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st

from appliance.server.domain.tax import Taxed, TaxLine, TaxMode, refunded_tax, tax_lines


def test_tax_that_the_price_holds() -> None:
    lines = tax_lines([Taxed(D(1000), D(10))], TaxMode.INCLUSIVE, "JPY")
    assert lines == [TaxLine(D(10), D(909), D(91))]


def test_one_line_per_rate_rounded_once() -> None:
    parts = [Taxed(D("0.33"), D("7.0")), Taxed(D("0.33"), D(7)), Taxed(D(5), D(0))]
    free, taxed = tax_lines(parts, TaxMode.EXCLUSIVE, "USD")
    assert free == TaxLine(D(0), D(5), D(0))
    assert taxed == TaxLine(D(7), D("0.66"), D("0.05"))


@given(
    st.lists(st.tuples(st.integers(1, 100_000), st.sampled_from([0, 5, 7, 19])), min_size=1),
    st.sampled_from(list(TaxMode)),
)
def test_refunds_in_any_pieces_give_back_the_tax_that_was_taken(
    pieces: list[tuple[int, int]], mode: TaxMode
) -> None:
    parts = [Taxed(D(cents).scaleb(-2), D(rate)) for cents, rate in pieces]
    taken = sum(line.tax for line in tax_lines(parts, mode, "USD"))
    back = sum(
        line.tax
        for place, part in enumerate(parts)
        for line in refunded_tax(parts[:place], [part], mode, "USD")
    )
    assert back == taken
