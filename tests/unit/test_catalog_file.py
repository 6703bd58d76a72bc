"""The catalogue's YAML: what it says, and one clear sentence where it is wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.server.domain.errors import ValidationFailed
from appliance.server.usecases.manager import (
    CatalogCategory,
    CatalogClassification,
    CatalogService,
)
from appliance.server.wire import catalog_file

GOOD = """\
categories:
  - name: Massage
    services:
      - name: Swedish Massage
        description: Long strokes
        classifications:
          - {name: 30 minutes, price: 50, duration_minutes: 30}
          - {name: 60 minutes, price: "80.50", duration_minutes: 60}
  - name: Facial
    services:
      - name: Classic
        classifications:
          - {name: One, price: 65.5, duration_minutes: 50}
"""


def variant(line: str) -> str:
    """A file with one variant."""
    return (
        "categories: [{name: Massage, services: [{name: Swedish, classifications: [{"
        f"{line}"
        "}]}]}]"
    )


def refused(text: str) -> str:
    """The sentence that a file is refused with."""
    with pytest.raises(ValidationFailed) as refusal:
        catalog_file.load(text)
    return refusal.value.message


def test_a_good_file_says_what_it_says() -> None:
    massage, facial = catalog_file.load(GOOD)
    assert massage == CatalogCategory(
        "Massage",
        (
            CatalogService(
                "Swedish Massage",
                "Long strokes",
                (
                    CatalogClassification("30 minutes", Decimal("50.00"), 30),
                    CatalogClassification("60 minutes", Decimal("80.50"), 60),
                ),
            ),
        ),
    )
    assert facial.services[0].description == ""
    assert facial.services[0].classifications[0].price == Decimal("65.50")


def test_one_name_may_stand_in_different_lists() -> None:
    twice = GOOD.replace("Classic", "Swedish Massage").replace("Facial", "Sauna")
    assert [category.name for category in catalog_file.load(twice)] == ["Massage", "Sauna"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("Facial", "Massage", "'Massage' stands twice"),
        ("Facial", "massage", "'massage' stands twice"),
        ("Facial", "' Massage'", "stands twice"),
        ("60 minutes", "30 minutes", "'30 minutes' stands twice in the variants of Massage"),
    ],
)
def test_a_name_that_stands_twice_in_its_list_is_named(old: str, new: str, says: str) -> None:
    assert says in refused(GOOD.replace(old, new))


def test_a_service_that_stands_twice_in_its_category_is_named() -> None:
    service = "{name: Sauna, classifications: [{name: A, price: 1, duration_minutes: 1}]}"
    text = f"categories: [{{name: Heat, services: [{service}, {service}]}}]"
    assert "'Sauna' stands twice in the services of Heat" in refused(text)


@pytest.mark.parametrize(
    ("written", "price"),
    [
        ("050", "50"),
        ("0120", "120"),
        ("08", "8"),
        ("007.50", "7.50"),
        ('"050"', "50"),
        (".5", ".5"),
    ],
)
def test_a_price_is_read_as_it_is_written(written: str, price: str) -> None:
    line = f"name: Long, price: {written}, duration_minutes: 060"
    (category,) = catalog_file.load(variant(line))
    (found,) = category.services[0].classifications
    assert (found.price, found.duration_minutes) == (Decimal(price), 60)


@pytest.mark.parametrize("written", ["0x1F", "0o17", "1_000", "1:30", "190:20:30", "1e3", "0b11"])
def test_a_number_that_people_do_not_write_is_refused_with_its_place(written: str) -> None:
    price = refused(variant(f"name: Long, price: {written}, duration_minutes: 60"))
    assert "Massage → Swedish → Long" in price
    minutes = refused(variant(f"name: Long, price: 5, duration_minutes: {written}"))
    assert "classifications[0].duration_minutes" in minutes


@pytest.mark.parametrize("name", ["NO", "yes", "on", "Off", "1:30", "0x1F", "90 minutes"])
def test_a_name_stays_the_text_that_it_is(name: str) -> None:
    text = variant(f"name: {name}, price: 5, duration_minutes: 60")
    (category,) = catalog_file.load(text)
    assert category.services[0].classifications[0].name == name
    assert catalog_file.load(catalog_file.dump([category])) == [category]


@pytest.mark.parametrize(
    ("price", "says"),
    [
        ("-1", "must not be negative"),
        ("-0", "must not be negative"),
        ("-0.00", "must not be negative"),
        ('"-0"', "must not be negative"),
        ("0.0123456789", "at most three decimals"),
        ('"１２,5"', "must be an amount"),
        ('"-0.01"', "must not be negative"),
        ("100000000", "must not be more than"),
        ("1.005", "at most two decimals"),
        (".nan", "must be an amount"),
        ('"NaN"', "must be an amount"),
        (".inf", "must be an amount"),
        ("-.inf", "must be an amount"),
        ('"a lot"', "must be an amount"),
    ],
)
def test_an_odd_price_is_refused_with_its_place(price: str, says: str) -> None:
    message = refused(variant(f"name: Long, price: {price}, duration_minutes: 60"))
    assert says in message
    assert "Massage → Swedish → Long" in message


@pytest.mark.parametrize(
    "line",
    [
        "name: Long, price: true, duration_minutes: 60",
        "name: Long, price: null, duration_minutes: 60",
        "name: Long, price: [1], duration_minutes: 60",
        "name: Long, price: 2026-11-22, duration_minutes: 60",
        "name: Long, price: 2026-99-99, duration_minutes: 60",
        f"name: Long, price: {'9' * 5000}, duration_minutes: 60",
        "name: Long, price: 5, duration_minutes: 0",
        "name: Long, price: 5, duration_minutes: -60",
        "name: Long, price: 5, duration_minutes: 1441",
        "name: Long, price: 5, duration_minutes: 60.5",
        "name: Long, price: 5, duration_minutes: .nan",
        "name: Long, price: 5, duration_minutes: an hour",
        f"name: Long, price: 5, duration_minutes: {'9' * 30}",
        "name: Long, price: 5",
        "name: Long, duration_minutes: 60",
        "price: 5, duration_minutes: 60",
        'name: "", price: 5, duration_minutes: 60',
        'name: " ", price: 5, duration_minutes: 60',
        "name: 5, price: 5, duration_minutes: 60",
        "name: 2026-11-22, price: 5, duration_minutes: 60",
        f"name: {'x' * 121}, price: 5, duration_minutes: 60",
        "name: Long, price: 5, duration_minutes: 60, colour: blue",
        "name: Long, prize: 5, duration_minutes: 60",
    ],
    ids=lambda line: line[:50],
)
def test_an_odd_variant_is_refused_in_one_sentence(line: str) -> None:
    message = refused(variant(line))
    assert message.startswith("The catalogue file is not right:")
    assert "\n" not in message
    assert len(message) < 300


def test_an_unknown_field_is_named() -> None:
    text = variant("name: Long, price: 5, duration_minutes: 60, colour: blue")
    assert "colour" in refused(text)


def test_a_missing_field_is_named_with_its_place() -> None:
    message = refused(variant("name: Long, price: 5"))
    assert "duration_minutes" in message
    assert "categories[0].services[0].classifications[0]" in message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "42",
        "[]",
        "Massage",
        "{}",
        "categories:",
        "categories: {}",
        "categories: []",
        "categories: [Massage]",
        "categories: [{name: Massage}]",
        "categories: [{name: Massage, services: []}]",
        "categories: [{name: Massage, services: [{name: Swedish, classifications: []}]}]",
        "categories: []\nowner: Gloria",
    ],
)
def test_a_file_without_a_whole_catalogue_is_refused(text: str) -> None:
    assert refused(text).startswith("The catalogue file is not right:")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("categories:\n  - name: 'Massage\n", 3),
        ("categories:\n\t- name: Massage\n", 2),
        ("categories: [{name: Massage]\n", 1),
        ("a: b\nc: d: e\n", 2),
    ],
)
def test_what_is_no_yaml_is_refused_with_its_line(text: str, line: int) -> None:
    assert refused(text) == f"The catalogue file is no YAML in line {line}."


@pytest.mark.parametrize(
    "text", ["\x00", "a\x07b", "%PDF-1.7\n\udcff", "!!python/object/apply:os.getcwd []", "a: *b"]
)
def test_what_is_no_text_at_all_is_refused(text: str) -> None:
    assert refused(text).startswith("The catalogue file is no")


def test_a_huge_file_is_refused_before_it_is_read() -> None:
    assert "larger than a megabyte" in refused("#" * (1024 * 1024 + 1))


def test_a_file_that_nests_without_end_is_refused() -> None:
    assert refused("categories: " + "[" * 5000).startswith("The catalogue file is no")


def test_a_file_that_refers_to_itself_is_refused() -> None:
    assert refused("categories: &all [*all]").startswith("The catalogue file is not right:")


# --- out and in again -------------------------------------------------------------------------

_names = (
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co")), min_size=1, max_size=20)
    .map(str.strip)
    .filter(bool)
)
_unique = {"unique_by": lambda row: row.name.strip().casefold()}
_variants = st.builds(
    CatalogClassification,
    _names,
    st.decimals(0, Decimal("99999999.99"), places=2),
    st.integers(1, 1440),
)
_services = st.builds(
    CatalogService,
    _names,
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co")), max_size=40),
    st.lists(_variants, min_size=1, max_size=2, **_unique).map(tuple),
)
_categories = st.builds(
    CatalogCategory,
    _names,
    st.lists(_services, min_size=1, max_size=2, **_unique).map(tuple),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(_categories, min_size=1, max_size=3, **_unique))
def test_what_is_written_is_read_back(catalog: list[CatalogCategory]) -> None:
    assert catalog_file.load(catalog_file.dump(catalog)) == catalog


def test_names_of_every_script_stay_readable_in_the_file() -> None:
    text = catalog_file.dump(
        [
            CatalogCategory(
                "Massagem",
                (CatalogService("按摩", "", (CatalogClassification("é", Decimal("5.00"), 5),)),),
            )
        ]
    )
    assert "按摩" in text
    assert "é" in text
