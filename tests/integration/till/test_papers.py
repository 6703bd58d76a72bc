"""Papers: in the customer's language, with refunds, and where no printer is for them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from appliance.peripherals.printing.documents import parse_job
from appliance.peripherals.printing.render import render
from appliance.protocol import PrintRole
from appliance.server.store import printers
from appliance.server.store.models import PrintJob, ServiceClassification, Transaction
from appliance.server.usecases import cashier, kiosk, my_day, papers, therapist
from appliance.server.usecases.till import days, receipts
from appliance.translations import translations
from tests.support.documents import ITEMS, receipt_job, ticket_job
from tests.support.escpos_parser import Line, Picture, Qr, parse
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


def slips(till: Till) -> list[dict[str, Any]]:
    """What a day with a bit of everything leaves on paper, in the order of printing."""
    till.open("100")
    till.move("pay_out", "5")
    visit = till.at_the_desk(till.spa.swedish_60)
    till.pay(visit, offer("cash", "85", "5"))
    till.refund(visit, "20", tip="1")
    till.visits.finished_with(till.spa.swedish_30)  # still here at the close
    till.run(lambda u: days.print_x(u, till.shop))
    till.count_and_close()
    till.close_day()
    till.run(lambda u: my_day.print_it(u, till.shop, till.spa.ana))
    return [
        {"id": job.id, "kind": job.kind, "lease": "lease", "copy": False, "document": job.document}
        for job in sorted(till.visits.jobs(), key=lambda job: job.id)
        if job.kind is PrintRole.REPORT
    ]


DAYS = {
    "en": "Nov 22, 2026",
    "es": "22 nov 2026",
    "fil": "Nob 22, 2026",
    "ja": "2026/11/22",
    "ar": "22\u200f/11\u200f/2026",
}
"""The day of the tests' clock, as the CLDR has it."""


def labels(job: dict[str, Any]) -> set[str]:
    return {job["document"]["title"], *(left for left, _ in job["document"]["rows"])}


@pytest.mark.parametrize("language", LANGUAGES)
def test_slips_x_and_z_speak_the_shops_language(till: Till, language: str) -> None:
    say = translations(language).on_paper
    till.run(lambda u: give_tax(u, till.spa.swedish_60))
    pay_out, refund, x, z, day = slips(till.with_settings(language=language))
    for job, words in (
        (pay_out, ["Cash out", "Amount", "Reason", "Cashier", "Signature"]),
        (refund, ["Receipt number", "Tip", "Cash", "Approved by"]),
        (x, ["X report", "Business day", "Sales", "Collected by method", "Expected"]),
        (z, ["Paid visits", "Refunds", "Left in the drawer", "Total ever", "Seal"]),
        (day, ["Customers", "Minutes", "Tips"]),
    ):
        assert {say(word) for word in words} <= labels(job)
        for width in (58, 80):
            lines, pictures = text_of(job, width)
            assert (pictures > 3) is (language in {"ja", "ar"})
            assert all(len(line) <= (48 if width == 80 else 32) for line in lines)
    assert say("Refund {number}", number=1) in labels(refund)
    assert say("Tax {rate} %", rate="19") in labels(refund)
    assert {
        say("Z report {number}", number=1),
        say("Drawer of {name}", name="Eva"),
        say("Still open: {number}", number=1),
    } <= labels(z)
    assert say("Day of {name}", name="Ana") in labels(day)
    written = DAYS[language]
    for job in (x, z, day):
        assert dict(job["document"]["rows"])[say("Business day")] == written


def give_tax(unit: Any, variant: int) -> None:
    unit.session.get_one(ServiceClassification, variant).service.tax_rate = Decimal(19)


def test_a_z_is_the_same_paper_when_the_shop_speaks_another_language_by_then(till: Till) -> None:
    first = slips(till.with_settings(language="es"))[3]["document"]
    again = till.with_settings(language="ja", name="Another name")
    till.run(lambda u: days.print_again(u, again.shop, 1))
    last = till.run(
        lambda u: u.session.scalars(select(PrintJob).order_by(PrintJob.id.desc())).first()
    )
    assert last is not None
    assert last.document == first


def treat(till: Till) -> None:
    """Ana serves the next customer."""
    called = till.run(lambda u: therapist.confirm_next(u, till.shop, till.spa.ana)).id
    till.run(lambda u: therapist.start_service(u, till.shop, till.spa.ana, called))
    till.run(lambda u: therapist.finish_service(u, till.shop, till.spa.ana, called))
    till.run(lambda u: therapist.room_ready(u, till.shop, till.spa.ana))


def test_services_have_the_customers_names_beside_the_shops(till: Till) -> None:
    def translate(unit: Any) -> None:
        variant = unit.session.get_one(ServiceClassification, till.spa.swedish_60)
        variant.service.translations = {"ja": {"name": "スウェーデン式"}}

    till.run(translate)
    shop, spa = till.shop, till.spa
    for language, name in (("ja", "スウェーデン式, 60 minutes"), ("es", None), (None, None)):
        done = till.run(
            lambda u, spoken=language: kiosk.confirm_selection(
                u, shop, spa.kiosk, None, [spa.swedish_60], None, spoken
            )
        )
        visit = done.transaction.id
        treat(till)
        till.run(lambda u: cashier.claim_next(u, shop, spa.eva))
        till.pay(visit, offer("cash", "80"))
        for kind in (PrintRole.TICKET, PrintRole.RECEIPT):
            (item,) = documents(till, visit, kind)[0]["items"]
            assert item.get("name_for_customer") == name
            assert (item["service_name"], item["classification_name"]) == (
                "Swedish Massage",
                "60 minutes",
            )


def test_a_name_for_the_customer_stands_below_the_shops() -> None:
    named = [ITEMS[0] | {"name_for_customer": "Masaje, profundo"}, ITEMS[1]]
    for job, right in ((ticket_job(items=named), "1 h"), (receipt_job(items=named), "$95.00")):
        lines, _ = text_of(job, 80)
        at = lines.index("Masaje, profundo")
        assert lines[at - 1].startswith("Massage, Deep tissue")
        assert lines[at - 1].endswith(right)


def test_a_scan_of_the_receipt_finds_it(till: Till) -> None:
    visit = till.sale("80", till.spa.swedish_60)
    document = documents(till, visit, PrintRole.RECEIPT)[0]
    token = document["status_url"].rpartition("/t/")[2]
    found = till.run(lambda u: [row.id for row in receipts.find(u, till.shop, ticket=token)])
    assert found == [visit]
    for width in (58, 80):
        paper = parse(
            render(
                parse_job(receipt_job(status_url=document["status_url"])),
                "TM-T20II",
                paper_width_mm=width,
            )
        )
        (code,) = [piece for piece in paper.pieces if isinstance(piece, Qr)]
        assert code.content == document["status_url"]
