"""The releases that only tests make can still be made of the product as it is written."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.appliance import variants

PRODUCT = Path(__file__).parents[2] / "appliance"


@pytest.mark.parametrize(
    "change",
    [variants.blockable, variants.never_well, variants.migrated, variants.half_migrated],
    ids=lambda change: change.__name__,
)
def test_a_variant_fits_the_product(change: Callable[[Path], None], tmp_path: Path) -> None:
    shutil.copytree(PRODUCT / "server", tmp_path / "appliance" / "server")
    change(tmp_path)
