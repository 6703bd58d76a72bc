"""Amounts as customers read them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from babel.numbers import format_currency, get_currency_symbol

_LOCALE: Final = "en_US"
_WITH_CODE: Final = "¤¤ #,##0.00"
"""CLDR pattern with the ISO code where the symbol would stand."""


def format_money(amount: str, currency: str, can_spell: Callable[[str], bool]) -> str:
    """Format an amount with the currency's symbol, or with its code where no symbol can be set.

    Args:
        amount: Decimal digits, as `95.00`.
        currency: ISO 4217 code.
        can_spell: Says whether the printer has all characters of a text.

    Returns:
        `$95.00`; `PHP 95.00` on a printer without ₱.

    Raises:
        decimal.InvalidOperation: The amount is not a number.
    """
    value = Decimal(amount)
    # A symbol of letters, as CHF, needs the space that only the pattern with the code has.
    if not get_currency_symbol(currency, locale=_LOCALE)[-1:].isalpha():
        with_symbol = _plain_spaces(format_currency(value, currency, locale=_LOCALE))
        if can_spell(with_symbol):
            return with_symbol
    return _plain_spaces(format_currency(value, currency, format=_WITH_CODE, locale=_LOCALE))


def _plain_spaces(text: str) -> str:
    # CLDR puts a no-break space after a code; a code page may have none, and paper does not wrap.
    return text.replace("\xa0", " ").replace("\u202f", " ")
