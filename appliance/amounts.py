"""Amounts of money as people read them, on screens and on paper."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from babel.numbers import format_currency, get_currency_symbol

_LOCALE: Final = "en_US"
_WITH_CODE: Final = "¤¤ #,##0.00"
"""CLDR pattern with the ISO code where the symbol would stand."""


def written(
    amount: Decimal, currency: str, can_spell: Callable[[str], bool] = lambda _text: True
) -> str:
    """An amount with the currency's symbol, or with its code where no symbol can be set.

    Args:
        amount: In that currency; it is written with as many decimals as the currency has.
        currency: ISO 4217 code.
        can_spell: Says whether the writer has all characters of a text; a printer may not.

    Returns:
        `$1,095.50`, `¥1,100`, `CHF 95.00`; `PHP 95.00` on a printer without ₱.
    """
    # A symbol of letters, as CHF, needs the space that only the pattern with the code has.
    if not get_currency_symbol(currency, locale=_LOCALE)[-1:].isalpha():
        with_symbol = _plain_spaces(format_currency(amount, currency, locale=_LOCALE))
        if can_spell(with_symbol):
            return with_symbol
    return _plain_spaces(format_currency(amount, currency, format=_WITH_CODE, locale=_LOCALE))


def _plain_spaces(text: str) -> str:
    # CLDR puts a no-break space after a code; a code page may have none, and paper does not wrap.
    return text.replace("\xa0", " ").replace("\u202f", " ")
