"""Papers: in the customer's language, with refunds, and where no printer is for them."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.peripherals.printing.documents import parse_job
from appliance.peripherals.printing.render import render
from appliance.protocol import PrintRole
from appliance.server.store import printers
from appliance.server.store.models import Transaction
from appliance.server.usecases import kiosk, papers
from tests.support.documents import receipt_job, ticket_job
from tests.support.escpos_parser import Line, Picture, parse
from tests.support.till import Till, offer

LANGUAGES = ["en", "es", "fil", "ja", "ar"]


def documents(till: Till, visit: int, kind: PrintRole) -> list[dict[str, Any]]:
    return [dict(job.document) for job in till.visits.jobs(visit) if job.kind is kind]


def test_a_customers_papers_speak_their_language_beside_the_shops(till: Till) -> None:
    shop, spa = till.shop, till.spa

    def come(language: str | None) -> int:
        done = till.run(
            lambda u: kiosk.confirm_selection(
                u, shop, spa.kiosk, None, [spa.swedish_60], None, language
            )
        )
        return done.transaction.id  # type: ignore[union-attr]

    guest, regular = come("ja"), come(None)
    assert documents(till, guest, PrintRole.TICKET)[0]["languages"] == ["en", "ja"]
    assert "languages" not in documents(till, regular, PrintRole.TICKET)[0]
    assert till.run(lambda u: u.session.get_one(Transaction, guest).language) == "ja"


def test_a_copy_of_a_receipt_says_what_was_given_back_since(till: Till) -> None:
    visit = till.at_the_desk(till.spa.swedish_60)
    till.pay(visit, offer("card", "85", "5"))
    till.visits.print_everything()
    till.refund(visit, "20", tip="1")
    till.run(lambda u: papers.reprint_receipt(u, till.spa.eva, visit))
    receipt, copy = documents(till, visit, PrintRole.RECEIPT)
    assert "refunds" not in receipt
    assert copy["refunds"] == [{"number": 1, "amount": "-21.00"}]
    assert {**copy, "open_drawer": receipt["open_drawer"]} == receipt | {"refunds": copy["refunds"]}


@pytest.mark.parametrize(("others", "taken"), [([], True), (["report"], False), (["ticket"], True)])
def test_reports_come_out_where_receipts_do_unless_a_printer_is_for_them(
    till: Till, others: list[str], taken: bool
) -> None:
    till.open("100")
    till.move("pay_out", "5")  # a slip to sign
    pi = till.spa.peripherals.id or 0

    def introduce(unit: Any) -> None:
        printers.put(unit, pi, "desk", ["receipt"], [])
        if others:
            printers.put(unit, pi, "office", others, [])

    till.run(introduce)
    job = till.run(lambda u: papers.lease(u, "desk", [PrintRole.RECEIPT]))
    assert (job is not None and job.kind is PrintRole.REPORT) is taken


def text_of(job: dict[str, Any], width: int) -> tuple[list[str], int]:
    paper = parse(render(parse_job(job), "TM-T20II", paper_width_mm=width))
    lines = [piece.text for piece in paper.pieces if isinstance(piece, Line)]
    return lines, sum(isinstance(piece, Picture) for piece in paper.pieces)


@pytest.mark.parametrize("width", [58, 80])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_printed_on_both_papers(language: str, width: int) -> None:
    for job in (
        ticket_job(languages=["en", language]),
        receipt_job(
            copy=True,
            languages=["en", language],
            receipt_number=7,
            tax=[{"rate": "19", "net": "100.00", "tax": "19.00"}],
            refunds=[{"number": 3, "amount": "-20.00"}],
        ),
    ):
        lines, pictures = text_of(job, width)
        plain, _ = text_of({**job, "document": job["document"] | {"languages": ["en"]}}, width)
        # Scripts that the printer cannot spell are pictures, line by line.
        assert (pictures > 3) is (language in {"ja", "ar"})
        assert (lines == plain) is (language == "en")
        assert {len(line) <= (48 if width == 80 else 32) for line in lines} == {True}


def test_a_language_that_the_daemon_does_not_know_is_left_out() -> None:
    known, _ = text_of(ticket_job(), 80)
    assert text_of(ticket_job(languages=["en", "tlh"]), 80)[0] == known
