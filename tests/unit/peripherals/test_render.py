"""Golden tests: what is on the paper, read back by a parser that knows nothing of the renderer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

from appliance.peripherals.printing import fonts, raster
from appliance.peripherals.printing.documents import BadJobError, parse_job
from appliance.peripherals.printing.fonts import can_shape
from appliance.peripherals.printing.fonts import load_font as load
from appliance.peripherals.printing.models import known_profiles
from appliance.peripherals.printing.profiles import profile_for
from appliance.peripherals.printing.raster import draw_pair, draw_text
from appliance.peripherals.printing.render import render
from appliance.translations import translations
from tests.support.documents import receipt_job, report_job, ticket_job
from tests.support.escpos_parser import Cut, Drawer, Line, Paper, Picture, Qr, parse


def printed(job: dict[str, Any], profile: str = "TM-T20II", **options: Any) -> Paper:
    return parse(render(parse_job(job), profile, **options))


def row(left: str, right: str, columns: int = 48) -> str:
    return left + right.rjust(columns - len(left))


def test_a_ticket() -> None:
    paper = printed(ticket_job())
    rule = "-" * 48
    texts = [line.text for line in paper.lines if line.text]
    assert texts == [
        "Lotus Spa",
        "12 Harbour Road",
        "Tel. 555 0100",
        "Your number",
        "0042",
        rule,
        row("Massage, Deep tissue", "1 h"),
        row("Facial, Classic", "30 min"),
        rule,
        row("Total time", "1 h 30 min"),
        row("Total", "$120.50"),
        row("Place in the queue", "3"),
        row("Estimated wait", "25 min"),
        "Scan to follow your place on your phone",
        "Keep this ticket.",
        "Pay at the front desk afterwards.",
        "Mar 1, 2026, 4:41 PM",
    ]
    code = next(line for line in paper.lines if line.text == "0042")
    assert code == Line("0042", width=8, height=8, bold=True, align="center")
    assert all(line.width < 8 for line in paper.lines if line is not code)
    qr = paper.only(Qr)
    assert isinstance(qr, Qr)
    assert qr.content == "http://192.0.2.1/t/Yw3nX0u8mE4tB2qPzL7sKg"
    assert paper.pieces[-1] == Cut()
    assert not paper.pictures


def test_a_ticket_of_an_earlier_release_has_no_address() -> None:
    job = ticket_job()
    del job["document"]["shop_details"]
    assert [line.text for line in printed(job).lines if line.text][:2] == [
        "Lotus Spa",
        "Your number",
    ]


def test_a_free_room_is_soon_as_on_the_screens() -> None:
    assert (
        row("Estimated wait", "less than 5 min")
        in printed(ticket_job(estimated_wait_minutes=0)).text
    )


@pytest.mark.parametrize(
    ("profile", "width_mm", "size"),
    [("TM-T20II", None, 8), ("TM-T88V", None, 8), ("POS-5890", None, 8), ("TM-T20II", 58, 8)],
)
def test_the_code_is_as_large_as_the_paper_allows(
    profile: str, width_mm: int | None, size: int
) -> None:
    paper = printed(ticket_job(), profile, paper_width_mm=width_mm)
    assert next(line for line in paper.lines if line.text == "0042").width == size


def test_a_longer_code_still_fits() -> None:
    paper = printed(ticket_job(code="B-0042"), "POS-5890")
    assert next(line for line in paper.lines if line.text == "B-0042").width == 5


def test_narrow_paper_wraps_and_nothing_is_lost() -> None:
    items = [
        {
            "service_name": "Hot stone massage with eucalyptus oil",
            "classification_name": "Long",
            "duration_minutes": 90,
            "price": "1.00",
        }
    ]
    paper = printed(ticket_job(items=items), paper_width_mm=58)
    assert all(len(line.text) * line.width <= 32 for line in paper.lines)
    words = paper.text.replace("\n", " ").split()
    assert "eucalyptus" in words
    first = next(line.text for line in paper.lines if "Hot stone" in line.text)
    assert first == "Hot stone massage     1 h 30 min"


def test_an_unknown_wait_is_left_out() -> None:
    assert "Estimated wait" not in printed(ticket_job(estimated_wait_minutes=None)).text


def test_a_copy_is_headed_copy_before_anything_else() -> None:
    for job in (ticket_job(copy=True), receipt_job(copy=True)):
        first = printed(job).lines[0]
        assert first.text.strip() == "COPY"
        assert first.inverse
        assert first.width == 2
    assert "COPY" not in printed(ticket_job()).text


def test_a_receipt() -> None:
    paper = printed(receipt_job(), cash_drawer=True)
    rule = "-" * 48
    assert [line.text for line in paper.lines if line.text] == [
        "Lotus Spa",
        "12 Harbour Road",
        "Tax no. 123-456",
        "Receipt",
        row("Number", "0042"),
        row("Date", "Mar 1, 2026, 5:55 PM"),
        row("Cashier", "Carla"),
        rule,
        row("Massage, Deep tissue", "$95.00"),
        row("Facial, Classic", "$25.50"),
        rule,
        row("Total", "$120.50"),
        row("Payment", "Cash"),
        row("Paid", "$150.00"),
        row("Change", "$29.50"),
        "Thank you",
    ]
    assert paper.only(Drawer) == Drawer(pin=2)
    assert paper.pieces[-1] == Cut()


@pytest.mark.parametrize(
    ("job", "cash_drawer"),
    [
        (receipt_job(), False),
        (receipt_job(open_drawer=False), True),
        (receipt_job(copy=True), True),
        (ticket_job(), True),
    ],
    ids=["no drawer here", "not paid in cash", "a copy", "a ticket"],
)
def test_the_drawer_stays_shut(job: dict[str, Any], cash_drawer: bool) -> None:
    pieces = printed(job, cash_drawer=cash_drawer).pieces
    assert not [piece for piece in pieces if isinstance(piece, Drawer)]


def test_a_report() -> None:
    paper = printed(report_job())
    texts = [line.text for line in paper.lines if line.text]
    assert texts[:3] == ["Lotus Spa", "Day report", "Mar 1, 2026, 11:00 PM"]
    assert row("Cash", "$120.50") in texts
    assert next(line for line in paper.lines if line.text == "Payments").bold
    assert paper.pieces[-1] == Cut()


@pytest.mark.parametrize(
    ("currency", "total"),
    [("EUR", "€120.50"), ("GBP", "£120.50"), ("PHP", "PHP 120.50"), ("CHF", "CHF 120.50"),
     ("JPY", "¥120"), ("INR", "INR 120.50"), ("KRW", "KRW 120")],
)  # fmt: skip
def test_money_is_written_so_that_the_printer_can_spell_it(currency: str, total: str) -> None:
    amount = "120.00" if currency in ("JPY", "KRW") else "120.50"
    paper = printed(ticket_job(currency=currency, total_amount=amount))
    assert row("Total", total) in [line.text for line in paper.lines]
    assert not paper.pictures


@pytest.mark.parametrize("name", ["Café Señora", "Größe ÅØ", "Łódź", "Привет", "Ωμέγα", "“Lotus”"])
def test_letters_of_the_printers_code_pages_are_text(name: str) -> None:
    paper = printed(ticket_job(shop_name=name))
    assert paper.lines[0].text == name
    assert not paper.pictures


@pytest.mark.parametrize(
    "name",
    [
        "₱ Spa",
        "莲花水疗",
        "منتجع اللوتس",
        "Lotus 💆",
        "ศาลาไทย",
        "לוטוס",
        "café́",
        "Foot 🦶",
        "🇵🇭",
        "🧖🏽\u200d♀️",
        "\ue000",
        "ቡና",
    ],
)
def test_what_the_printer_cannot_spell_is_drawn(name: str) -> None:
    paper = printed(ticket_job(shop_name=name))
    (picture,) = paper.pictures
    assert picture.width == 576
    assert picture.black > 100
    assert "?" not in paper.text
    # Everything else is still text.
    assert "0042" in paper.text
    assert row("Total", "$120.50") in paper.text.split("\n")


@pytest.mark.parametrize("text", ["€", "It’s", "“Lotus” – 5 €"])
@pytest.mark.parametrize("profile", ["TM-T20II", "default"])
def test_letters_come_from_a_code_page_that_clones_have(text: str, profile: str) -> None:
    """Slot 15 has a € and a ’ on Epson's printers, between Greek letters; clones have nothing."""
    data = render(parse_job(ticket_job(shop_name=text)), profile)
    assert {page[-1] for page in re.findall(rb"\x1bt.", data, re.DOTALL)} <= {0, 2, 16, 19}


def test_every_paper_begins_with_the_end_of_the_chinese_mode() -> None:
    for job in (ticket_job(), receipt_job(), report_job()):
        assert render(parse_job(job), "default").startswith(b"\x1b@\x1c.")


def test_a_model_that_nobody_knows_has_narrow_paper() -> None:
    for profile in ("default", "simple"):
        assert (profile_for(profile).columns, profile_for(profile).dots) == (32, 384)
        assert (profile_for(profile, 80).columns, profile_for(profile, 80).dots) == (48, 576)
    assert profile_for("TM-T20II").columns == 48


def columns_with_ink(picture: Image.Image) -> tuple[int, int]:
    box = ImageChops.invert(picture).getbbox()
    assert box is not None
    return box[0], box[2]


def test_arabic_letters_are_joined_and_run_from_the_right() -> None:
    """Joined letters are narrower than the same letters standing alone."""
    word, alone = "تدليك", "\u200c".join("تدليك")
    assert can_shape(), "install libfribidi0"
    joined, apart = (columns_with_ink(draw_text(text, 576)) for text in (word, alone))
    assert joined[1] - joined[0] < apart[1] - apart[0]
    assert joined[1] > 570
    # The last letter in logical order is the leftmost one.
    whole, beginning = (draw_text(text, 576) for text in (word + " ب", word))
    assert columns_with_ink(whole)[0] < columns_with_ink(beginning)[0]


def test_numbers_in_arabic_keep_their_order() -> None:
    # The number stands left of the word that precedes it, digits from left to right.
    number = draw_text("60", 576).crop((0, 0, 28, 30))
    line = draw_text("مساج 60", 576)
    left, _ = columns_with_ink(line)
    start, _ = columns_with_ink(number)
    found = line.crop((left, 0, left + 20, 30))
    expected = number.crop((start, 0, start + 20, 30))
    difference = ImageChops.difference(found, expected).getbbox()
    assert difference is None or difference[0] > 15  # the word may begin behind the number


def test_runs_of_several_fonts_follow_the_direction_of_the_paragraph() -> None:
    """The second script of an Arabic paragraph stands left of the first, not behind it."""
    one, both = (columns_with_ink(draw_text(text, 576)) for text in ("مركز", "مركز 日本"))
    assert both[1] == pytest.approx(one[1], abs=3)
    assert both[0] < one[0]
    alone = draw_text("日本", 576)
    left, right = columns_with_ink(alone)
    drawn = draw_text("مركز 日本", 576).crop((both[0], 0, both[0] + right - left, 30))
    assert ImageChops.difference(drawn, alone.crop((left, 0, right, 30))).getbbox() is None


def test_a_character_that_no_font_has_is_a_box() -> None:
    """U+E000 stands for nothing: no font will ever have it."""
    box, nothing = draw_text("a \ue000", 576), draw_text("a", 576)
    assert columns_with_ink(box)[1] > columns_with_ink(nothing)[1] + 5
    assert box.tobytes() != draw_text("a ?", 576).tobytes()


def test_what_changes_the_look_of_a_box_is_no_box_of_its_own() -> None:
    assert draw_text("\ue000\u200d\ufe0f", 576).tobytes() == draw_text("\ue000", 576).tobytes()


def test_a_machine_without_fonts_still_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "font_files", tuple)
    fonts._font_of.cache_clear()
    try:
        (picture,) = printed(ticket_job(shop_name="₱ Spa 🦶 منتجع")).pictures
    finally:
        fonts._font_of.cache_clear()
    assert picture.black > 100


class Faulty:
    """A font whose tables break the shaping of some texts, as Noto's supplement for Tamil does."""

    def __init__(self, font: Any, fails: str) -> None:
        self._font = font
        self._fails = fails

    def __getattr__(self, name: str) -> Any:
        if name not in {"getlength", "getmask", "getmask2"}:
            return getattr(self._font, name)

        def call(text: str, *arguments: Any, **options: Any) -> Any:
            if self._fails in text:
                raise ValueError("raqm_get_glyphs() failed.")
            return getattr(self._font, name)(text, *arguments, **options)

        return call


@pytest.mark.parametrize("fails", ["\ue000", "₱", "\u200d", "₱ S"])
def test_a_font_that_fails_at_a_text_costs_no_paper(
    monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    caches = (fonts._font_of, fonts._covers, fonts._can_set)
    first = fonts.font_files()[0]
    monkeypatch.setattr(fonts, "font_files", lambda: (first,))

    def faulty(path: Path | None, size: int) -> Any:
        return Faulty(load(path, size), fails) if path else load(path, size)

    monkeypatch.setattr(fonts, "load_font", faulty)
    monkeypatch.setattr(raster, "load_font", faulty)
    for cache in caches:
        cache.cache_clear()
    try:
        (picture,) = printed(ticket_job(shop_name="₱ Spa\u200d \ue000")).pictures
    finally:
        for cache in caches:
            cache.cache_clear()
    assert picture.black > 100


def test_a_broken_font_file_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "DejaVuSans.ttf"
    broken.write_bytes(b"not a font")
    files = fonts.font_files()
    monkeypatch.setattr(fonts, "font_files", lambda: (broken, *files))
    (picture,) = printed(ticket_job(shop_name="₱ Spa")).pictures
    assert picture.black > 100


def test_a_drawn_name_keeps_its_price_in_the_same_picture() -> None:
    item = {
        "service_name": "足底按摩",
        "classification_name": "",
        "duration_minutes": 60,
        "price": "95.00",
    }
    (picture,) = printed(receipt_job(items=[item])).pictures
    ink = [any(row[column] for row in picture.rows) for column in range(picture.width // 8)]
    assert any(ink[:10])
    assert any(ink[-4:])


ARABIC_ROWS = [["حسب الدفع", ""], ["المبيعات", "$1,205.00"], ["اليوم", "01\u200f/03\u200f/2026"]]


def arabic(**changes: Any) -> list[bytes]:
    """The lines of an Arabic report that are pictures, without the two above its rows."""
    job = report_job(languages=["ar"], title="تقرير", rows=ARABIC_ROWS, **changes)
    return [b"".join(picture.rows) for picture in printed(job).pictures][2:]


def dots(image: Image.Image) -> bytes:
    return ImageChops.invert(image).convert("1").tobytes()


def test_an_arabic_paper_runs_from_the_right_as_a_whole() -> None:
    heading, *pairs = arabic(layout=2)
    assert heading == dots(draw_text(ARABIC_ROWS[0][0], 576, align="right", bold=True))
    for pair, (label, value) in zip(pairs, ARABIC_ROWS[1:], strict=True):
        assert pair == dots(draw_pair(label, value, 576, right_to_left=True))
    label, value = ARABIC_ROWS[1]
    (_, amount_ends), (label_begins, label_ends) = (
        columns_with_ink(draw_pair(*sides, 576, right_to_left=True))
        for sides in (("", value), (label, ""))
    )
    assert amount_ends < 200 < 400 < label_begins < 570 < label_ends
    # What the printer spells itself changes sides, too.
    (line,) = [
        piece.text
        for piece in printed(receipt_job(languages=["ar"])).pieces
        if isinstance(piece, Line) and "Facial" in piece.text
    ]
    assert line == row("$25.50", "Facial, Classic")


def test_an_arabic_report_of_an_earlier_release_stands_as_it_did() -> None:
    heading, *pairs = arabic()
    assert heading == dots(draw_text(ARABIC_ROWS[0][0], 576, bold=True))
    assert pairs[0] == dots(draw_pair(*ARABIC_ROWS[1], 576))
    assert pairs != arabic(layout=2)[1:]


def test_an_amount_in_an_arabic_sentence_keeps_its_order() -> None:
    """Its last letters from the left are those of `$100.00` alone, the dollar first."""
    sentence = translations("ar").on_paper("Tax {rate} % of {net}", rate="19", net="$100.00")
    amount = draw_text("$100.00", 576)
    start, end = columns_with_ink(amount)
    for text, same in ((sentence, True), (re.sub("[\u2068\u2069]", "", sentence), False)):
        line = draw_text(text, 576)
        left, _ = columns_with_ink(line)
        found = line.crop((left, 0, left + end - start - 2, 30))
        difference = ImageChops.difference(found, amount.crop((start, 0, end - 2, 30)))
        assert (difference.getbbox() is None) is same


def test_a_long_drawn_text_wraps_within_the_paper() -> None:
    (picture,) = printed(ticket_job(shop_name="足底按摩" * 20)).pictures
    assert picture.width == 576
    assert picture.height > 3 * 60


def test_combining_letters_are_composed_before_they_are_spelled() -> None:
    assert printed(ticket_job(shop_name="Cafe\u0301")).lines[0].text == "Café"


def test_control_characters_never_reach_the_printer() -> None:
    name = "Lotus\x1b@\x1dV\x00 Spa\nGarden\x10\x04\x01"
    assert printed(ticket_job(shop_name=name)).lines[0].text == "Lotus@ V Spa Garden"


@pytest.mark.parametrize("profile", known_profiles())
def test_every_profile_prints_every_kind(profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    for job in (ticket_job(shop_name="蓮 Spa"), receipt_job(), report_job()):
        data = render(parse_job(job), profile)
        assert data.startswith(b"\x1b@")
        assert profile_for(profile).dots % 8 == 0
    assert capsys.readouterr().out == ""


def test_a_printer_without_qr_codes_gets_a_picture_of_one() -> None:
    paper = printed(ticket_job(), "POS-5890")
    assert any(isinstance(piece, Picture) and piece.height > 100 for piece in paper.pieces)


def test_the_same_job_gives_the_same_bytes() -> None:
    job = parse_job(ticket_job(shop_name="Café ₱"))
    assert render(job, "TM-T20II") == render(job, "TM-T20II")


@pytest.mark.parametrize(
    ("job", "reason"),
    [
        (None, "Expected `object`"),
        ({"id": 1}, "missing required field"),
        (ticket_job() | {"kind": "poster"}, "Invalid enum value"),
        (ticket_job(items=[{"price": 1}]), "Expected `str`, got `int`"),
        (receipt_job(shop_details=None), "Expected `array`"),
    ],
)
def test_a_job_of_the_wrong_shape_is_refused(job: object, reason: str) -> None:
    with pytest.raises(BadJobError, match=reason):
        parse_job(job)


@pytest.mark.parametrize(
    "job", [ticket_job(total_amount="much"), ticket_job(at="noon"), receipt_job(change_amount="")]
)
def test_a_job_with_unreadable_values_is_refused(job: dict[str, Any]) -> None:
    with pytest.raises(BadJobError, match="the job cannot be read"):
        render(parse_job(job), "TM-T20II")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"method": "card"}, "Card"),
        ({"method": "voucher"}, "Voucher"),
        ({"method": "voucher", "method_label": "Gift voucher"}, "Gift voucher"),
    ],
)
def test_a_receipt_names_any_method_of_payment(changes: dict[str, str], says: str) -> None:
    assert row("Payment", says) in [line.text for line in printed(receipt_job(**changes)).lines]
