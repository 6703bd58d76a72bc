"""Numbers as people type them: what Python reads and what the page reads of the same cases."""

from __future__ import annotations

import json

import pytest

from appliance.server.domain.codes import parse_code
from appliance.server.domain.errors import ValidationFailed
from appliance.server.domain.money import parse_amount
from tests.support.node import ROOT, run_node

CASES = json.loads((ROOT / "tests" / "unit" / "numbers.json").read_text())
READER = "./appliance/staff_ui/static/cashier/numbers.js"
READ = f"""
import * as reader from "{READER}";
const {{ codes, amounts }} = given;
console.log(JSON.stringify([codes.map(reader.customerNumber), amounts.map(reader.readAmount)]));
"""


@pytest.mark.parametrize(("typed", "code"), CASES["codes"], ids=repr)
def test_a_number_is_read_whole_or_not_at_all(typed: str, code: str | None) -> None:
    try:
        assert parse_code(typed) == code
    except ValidationFailed:
        assert code is None


@pytest.mark.parametrize(("typed", "amount"), CASES["amounts"], ids=repr)
def test_an_amount_is_read_as_its_writer_meant_it(typed: str, amount: str | None) -> None:
    try:
        assert str(parse_amount(typed)) == amount
    except ValidationFailed:
        assert amount is None


def test_the_page_reads_the_same_numbers() -> None:
    codes, amounts = (dict(CASES[kind]) for kind in ("codes", "amounts"))
    given = {"codes": list(codes), "amounts": list(amounts)}
    read_codes, read_amounts = run_node(READ, given)
    assert dict(zip(codes, read_codes, strict=True)) == codes
    assert dict(zip(amounts, read_amounts, strict=True)) == {
        typed: None if amount is None else float(amount) for typed, amount in amounts.items()
    }
