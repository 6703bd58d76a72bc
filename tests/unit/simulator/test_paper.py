"""Bytes, written by hand from the command reference, become what a printer would print."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from appliance.peripherals.simulator import paper
from appliance.peripherals.simulator.framing import Framer

ESC, GS = b"\x1b", b"\x1d"
CUT = GS + b"V\x00"


def printed(data: bytes) -> list[Any]:
    """The elements of all pieces, one after the other."""
    pieces: list[Any] = paper.interpret(data)
    json.dumps(pieces)  # whatever comes out can be sent
    return [element for piece in pieces for element in piece["elements"]]


def lines(data: bytes) -> list[str]:
    return [
        "".join(span["text"] for span in element["spans"])
        for element in printed(data)
        if element["type"] == "text"
    ]


def only_span(data: bytes) -> Any:
    [line] = [element for element in printed(data) if element["type"] == "text"]
    [span] = line["spans"]
    return span


def picture(element: Any) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(element["png"])))


def black(image: Image.Image) -> list[str]:
    """The rows of a picture, X for black."""
    grey = image.convert("L")
    return [
        "".join("." if grey.getpixel((x, y)) else "X" for x in range(grey.width))
        for y in range(grey.height)
    ]


def graphics(payload: bytes) -> bytes:
    return GS + b"(L" + len(payload).to_bytes(2, "little") + payload


def symbol(payload: bytes) -> bytes:
    return GS + b"(k" + len(payload).to_bytes(2, "little") + payload


class TestText:
    def test_a_line_appears_when_it_is_fed_and_not_before(self) -> None:
        assert printed(b"waiting") == []
        assert lines(b"there\n") == ["there"]

    def test_plain_text_has_the_normal_style(self) -> None:
        assert only_span(b"plain\n") == {
            "text": "plain",
            "width": 1,
            "height": 1,
            "bold": False,
            "underline": False,
            "invert": False,
            "small": False,
        }

    @pytest.mark.parametrize(
        ("command", "style"),
        [
            (GS + b"!\x00", {"width": 1, "height": 1}),
            (GS + b"!\x77", {"width": 8, "height": 8}),
            (GS + b"!\x30", {"width": 4, "height": 1}),
            (GS + b"!\x05", {"width": 1, "height": 6}),
            (ESC + b"!\x10", {"width": 1, "height": 2}),
            (ESC + b"!\x20", {"width": 2, "height": 1}),
            (ESC + b"!\x88", {"bold": True, "underline": True}),
            (ESC + b"!\x01", {"small": True}),
            (ESC + b"E\x01", {"bold": True}),
            (ESC + b"E\x01" + ESC + b"E\x00", {"bold": False}),
            (ESC + b"G\x01", {"bold": True}),
            (ESC + b"-\x02", {"underline": True}),
            (ESC + b"-1", {"underline": True}),
            (GS + b"B\x01", {"invert": True}),
            (ESC + b"M1", {"small": True}),
            (GS + b"!\x88", {"width": 1, "height": 1}),
            (GS + b"!\x22" + ESC + b"@", {"width": 1, "height": 1}),
        ],
    )
    def test_commands_set_the_style(self, command: bytes, style: dict[str, object]) -> None:
        span = only_span(command + b"x\n")
        assert {name: span[name] for name in style} == style

    def test_styles_divide_a_line_into_spans(self) -> None:
        [line] = printed(b"Total " + ESC + b"E\x01" + b"95" + b".00" + ESC + b"E\x00\n")
        assert [(span["text"], span["bold"]) for span in line["spans"]] == [
            ("Total ", False),
            ("95.00", True),
        ]

    def test_a_line_is_as_high_as_its_tallest_character_or_the_line_spacing(self) -> None:
        small, tall = printed(b"a\n" + GS + b"!\x03b\n")
        assert (small["dots"], tall["dots"]) == (30, 96)

    @pytest.mark.parametrize(
        ("page", "data", "text"),
        [
            (0, b"caf\x82", "café"),
            (2, b"\xa4", "ñ"),
            (16, b"\x80 \xe9", "€ é"),
            (19, b"\xd5", "€"),
            (17, b"\x80", "А"),
            (15, b"\xe1", "α"),
            (18, b"\xa9", "ę"),
        ],
    )
    def test_code_pages_have_epsons_numbers(self, page: int, data: bytes, text: str) -> None:
        assert lines(ESC + b"t" + bytes([page]) + data + b"\n") == [text]

    def test_bytes_that_a_table_lacks_are_shown_as_missing(self) -> None:
        assert lines(ESC + b"t\xff\x80\n") == ["�"]

    def test_long_text_goes_on_in_the_next_line(self) -> None:
        assert lines(b"0123456789" * 5 + b"\n") == ["0123456789" * 4 + "01234567", "89"]

    def test_wide_text_fills_the_line_sooner_and_font_b_later(self) -> None:
        assert [len(line) for line in lines(GS + b"!\x50" + b"w" * 10 + b"\n")] == [8, 2]
        assert [len(line) for line in lines(ESC + b"M\x01" + b"b" * 65 + b"\n")] == [64, 1]

    def test_alignment(self) -> None:
        data = b"l\n" + ESC + b"a\x01c\n" + ESC + b"a2r\n"
        assert [line["align"] for line in printed(data)] == ["left", "center", "right"]

    def test_alignment_is_not_obeyed_in_the_middle_of_a_line(self) -> None:
        [line] = printed(b"begun" + ESC + b"a\x01 and done\n")
        assert line["align"] == "left"

    def test_tabs_go_to_every_eighth_character_or_where_they_were_set(self) -> None:
        assert lines(b"ab\tc\n") == ["ab      c"]
        assert lines(ESC + b"D\x04\x0a\x00" + b"ab\tc\td\n") == ["ab  c     d"]

    def test_absolute_position_moves_right(self) -> None:
        assert lines(b"a" + ESC + b"$\x78\x00b\n") == ["a         b"]

    def test_initialise_forgets_the_unprinted_line(self) -> None:
        assert lines(b"lost" + ESC + b"@" + b"kept\n") == ["kept"]


class TestPaper:
    def test_a_cut_ends_a_piece(self) -> None:
        pieces = paper.interpret(b"one\n" + CUT + b"two\n")
        assert [(piece["id"], piece["complete"]) for piece in pieces] == [(1, True), (2, False)]

    @pytest.mark.parametrize(
        "cut", [GS + b"V0", GS + b"V\x01", GS + b"VA\x00", ESC + b"i", ESC + b"m"]
    )
    def test_every_kind_of_cut(self, cut: bytes) -> None:
        assert len(paper.interpret(b"one\n" + cut + b"two\n" + cut)) == 2

    def test_a_cut_can_feed_first(self) -> None:
        assert printed(b"x\n" + GS + b"VB\x50")[-1] == {"type": "feed", "dots": 80}

    def test_a_cut_in_the_middle_of_a_line_is_not_obeyed(self) -> None:
        [piece] = paper.interpret(b"begun" + CUT + b" and done\n")
        assert not piece["complete"]

    def test_cutting_nothing_leaves_nothing(self) -> None:
        assert paper.interpret(CUT + CUT) == []

    def test_feeds_add_up(self) -> None:
        data = b"\n\n" + ESC + b"d\x02" + ESC + b"J\x0a" + ESC + b"3\x10" + b"\n" + ESC + b"2\n"
        assert printed(data) == [{"type": "feed", "dots": 30 * 4 + 10 + 16 + 30}]

    def test_feeding_prints_the_line_and_counts_it(self) -> None:
        assert [element["type"] for element in printed(b"x" + ESC + b"d\x01")] == ["text"]
        assert printed(b"x" + ESC + b"d\x03")[-1] == {"type": "feed", "dots": 60}

    def test_the_drawer_opens_within_a_receipt(self) -> None:
        elements = printed(b"Paid\n" + ESC + b"p\x00\x32\x32" + b"Thank you\n" + CUT)
        assert elements[1] == {"type": "drawer", "pin": 2}

    def test_the_drawer_opens_between_receipts(self) -> None:
        pieces: list[Any] = paper.interpret(b"1\n" + CUT + ESC + b"p1\x32\x32" + b"2\n" + CUT)
        assert [[element["type"] for element in piece["elements"]] for piece in pieces] == [
            ["text"],
            ["drawer"],
            ["text"],
        ]

    def test_the_last_twelve_pieces_are_kept(self) -> None:
        pieces = paper.interpret((b"x\n" + CUT) * 20)
        assert [piece["id"] for piece in pieces] == list(range(9, 21))

    def test_paper_without_a_cut_is_torn_off_some_day(self) -> None:
        pieces: list[Any] = paper.interpret(b"x\n" * 700)
        assert [(len(piece["elements"]), piece["complete"]) for piece in pieces] == [
            (500, True),
            (200, False),
        ]

    def test_many_pictures_do_not_make_a_snapshot_that_cannot_be_sent(self) -> None:
        noise = bytes((x * 7919 + x * x % 251) % 256 for x in range(72 * 1000))
        job = GS + b"v0\x00\x48\x00\xe8\x03" + noise + CUT
        pieces = paper.interpret(job * 12)
        assert 1 <= len(pieces) < 12
        assert len(json.dumps(pieces)) < 300_000
        assert pieces[-1]["id"] == 12


class TestPictures:
    def test_raster_picture(self) -> None:
        [element] = printed(GS + b"v0\x00\x01\x00\x02\x00\xf0\x01")
        assert (element["type"], element["width"], element["height"]) == ("image", 8, 2)
        assert black(picture(element)) == ["XXXX....", ".......X"]

    def test_raster_picture_doubled(self) -> None:
        [element] = printed(ESC + b"a\x01" + GS + b"v0\x03\x01\x00\x01\x00\xa0")
        assert black(picture(element)) == ["XX..XX..........", "XX..XX.........."]
        assert element["align"] == "center"

    def test_stored_graphics_are_printed_when_asked(self) -> None:
        store = graphics(b"\x30\x70\x30\x01\x02\x31\x0a\x00\x01\x00\xff\xc0")
        assert printed(store) == []
        [element] = printed(store + graphics(b"\x30\x32"))
        assert black(picture(element)) == ["XXXXXXXXXX", "XXXXXXXXXX"]

    def test_long_form_of_stored_graphics(self) -> None:
        payload = b"\x30\x70\x30\x01\x01\x31\x08\x00\x01\x00\x81"
        store = GS + b"8L" + len(payload).to_bytes(4, "little") + payload
        [element] = printed(store + graphics(b"\x30\x02"))
        assert black(picture(element)) == ["X......X"]

    def test_bands_of_columns_make_one_picture(self) -> None:
        band = ESC + b"*\x21\x02\x00" + b"\x80\x00\x00" + b"\x00\x00\x01" + b"\n"
        [element] = printed(ESC + b"3\x10" + band + band)
        assert (element["width"], element["height"]) == (2, 48)
        rows = black(picture(element))
        assert (rows[0], rows[23], rows[24], rows[47]) == ("X.", ".X", "X.", ".X")

    def test_single_density_bands_are_stretched(self) -> None:
        [element] = printed(ESC + b"*\x00\x01\x00\x80\n")
        assert black(picture(element))[:4] == ["XX", "XX", "XX", ".."]

    def test_a_picture_wider_than_the_paper_loses_its_edge(self) -> None:
        [element] = printed(GS + b"v0\x00\x50\x00\x01\x00" + b"\xff" * 80)
        assert element["width"] == 576

    def test_an_empty_picture_is_nothing(self) -> None:
        assert printed(GS + b"v0\x00\x00\x00\x00\x00after\n")[0]["type"] == "text"


class TestSymbols:
    URL = b"https://spa.example/t/abc"

    def test_qr_code(self) -> None:
        size, level = symbol(b"1C\x06"), symbol(b"1E\x31")
        data = ESC + b"a\x01" + size + level + symbol(b"1P0" + self.URL) + symbol(b"1Q0")
        [element] = printed(data)
        assert (element["data"], element["size"], element["align"]) == (
            self.URL.decode(),
            6,
            "center",
        )
        rows = element["modules"]
        assert {len(row) for row in rows} == {len(rows)}
        assert (len(rows) - 17) % 4 == 0
        for corner in (rows[0][:7], rows[0][-7:], rows[-1][:7]):
            assert corner == "1111111"

    def test_more_error_correction_makes_a_larger_qr_code(self) -> None:
        content, draw = symbol(b"1P0" + self.URL), symbol(b"1Q0")
        [low], [high] = printed(content + draw), printed(symbol(b"1E\x33") + content + draw)
        assert len(high["modules"]) > len(low["modules"])

    def test_a_qr_code_that_holds_too_much_is_blank(self) -> None:
        [element] = printed(symbol(b"1P0" + b"x" * 4000) + symbol(b"1Q0"))
        assert element["modules"] == []

    def test_commands_within_a_qr_code_are_its_content(self) -> None:
        [element] = printed(symbol(b"1P0a\n" + CUT) + symbol(b"1Q0"))
        assert element["data"] == "a\n" + CUT.decode()

    def test_bar_codes_of_both_forms(self) -> None:
        data = GS + b"h\x50" + GS + b"k\x02012345678901\x00" + GS + b"kI\x06{B1234"
        assert [
            (code["symbology"], code["data"], code["dots"]) for code in printed(data + b"\n")[:2]
        ] == [("EAN13", "012345678901", 80), ("CODE128", "{B1234", 80)]

    def test_other_matrix_codes_say_what_they_hold(self) -> None:
        [element] = printed(symbol(b"0P0ticket") + symbol(b"0Q0"))
        assert (element["symbology"], element["data"]) == ("PDF417", "ticket")


class TestSkipping:
    @pytest.mark.parametrize(
        "command",
        [
            ESC + b"=\x01",
            ESC + b"?\x0a\x00",
            ESC + b"c5\x01",
            ESC + b"{\x01",
            ESC + b"r\x01",
            ESC + b"&\x03AB\x01abc\x02abcdef",
            ESC + b"(A\x04\x00\x30\x31\x32\x33",
            ESC + b"Z",
            b"\x1cp\x01\x00",
            b"\x1cq\x01\x01\x00\x01\x00abcdefgh",
            b"\x1c.",
            GS + b"*\x01\x01abcdefgh",
            GS + b"|\x04",
            GS + b"b\x01",
            GS + b"^\x01\x02\x03",
            GS + b"(E\x03\x00\x01IN",
            GS + b"C0\x05\x00",
            GS + b"a\xff",
            GS + b"Q0\x00\x02\x00\x01\x00\x0a\x0a",
            GS + b"8L\x02\x00\x00\x0000",
            GS + b"h\x50",
            b"\x10\x14\x03\x01\x01\x01\x01\x01",
            GS + b"z0\x05\x05",
            b"\x07",
            b"\x00",
            b"\x10\x00",
        ],
    )
    def test_commands_without_effect_on_paper_are_skipped_whole(self, command: bytes) -> None:
        job = b"be" + command + b"fore\n"
        assert lines(job) == ["before"]
        framer = Framer()
        slowly = [command for byte in job for command in framer.feed(bytes([byte]))]
        assert joined(slowly) == joined(Framer().feed(job))

    def test_a_damaged_length_does_not_swallow_the_rest_of_the_day(self) -> None:
        [line] = lines(GS + b"v0\x00\xff\xff\xff\xff" + b"still here\n")
        assert line.endswith("still here")

    @given(data=st.binary(max_size=400), sizes=st.lists(st.integers(1, 30), min_size=1))
    def test_bytes_mean_the_same_in_pieces_of_any_size(self, data: bytes, sizes: list[int]) -> None:
        whole = Framer().feed(data)
        framer, pieces, at = Framer(), [], 0
        while at < len(data):
            size = sizes[at % len(sizes)]
            pieces += framer.feed(data[at : at + size])
            at += size
        assert joined(pieces) == joined(whole)
        paper.interpret(data)


def joined(commands: list[Any]) -> list[tuple[bytes, bytes]]:
    """Text that came in two parts is the same text."""
    result: list[tuple[bytes, bytes]] = []
    for name, args in commands:
        if name == b"" and result and result[-1][0] == b"":
            result[-1] = (b"", result[-1][1] + args)
        else:
            result.append((name, args))
    return result
