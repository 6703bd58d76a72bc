"""The ledger's arithmetic: how a bill is settled, given back, and put right.

Money moves in tenders and nowhere else. They are written once; what happens to money later is a
tender more, never a change of one that was. These equations hold for every payment:

    Σ amount = due + rounding
    Σ given - Σ change = due + tip + rounding
    change only from cash; any other method gives exactly its amount and its tip
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from appliance.amounts import written

from .currencies import to_coins
from .errors import InvalidState, ValidationFailed
from .payments import PaymentMethod, method_named

MIXED: Final = "mixed"
"""What a payment's `method` says where several tenders paid it."""
_NOTHING: Final = Decimal(0)


class TenderKind(StrEnum):
    """Why money moved."""

    PAYMENT = "payment"
    REFUND = "refund"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a customer offers by one method.

    Attributes:
        method: How.
        given: Handed over, the tip included.
        tip: How much of it is a tip.
        reference: What names the payment, where the method asks for it.
    """

    method: PaymentMethod
    given: Decimal
    tip: Decimal = _NOTHING
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Tender:
    """Money that moved by one method; negative where it went back to the customer.

    Attributes:
        method: How, by its name.
        amount: What it pays of the bill, cash rounding included.
        given: What was handed over.
        change: What was handed back.
        tip: For the therapists; never revenue.
        rounding: How much of `amount` is there only because small coins are not.
        kind: Why it moved.
    """

    method: str
    amount: Decimal
    given: Decimal
    change: Decimal = _NOTHING
    tip: Decimal = _NOTHING
    rounding: Decimal = _NOTHING
    kind: TenderKind = TenderKind.PAYMENT


def check_offers(due: Decimal, offers: Sequence[Offer], currency: str) -> None:
    """Make sure that a bill can be paid with these offers, if they are enough.

    Args:
        due: The bill.
        offers: What is offered.
        currency: ISO 4217 code, for the sentences.

    Raises:
        ValidationFailed: There is none or more than one in cash, a tip is more than what was handed
            over, or a method that gives no change is to pay more than the bill.
    """
    if not offers:
        raise ValidationFailed("A payment needs at least one tender.")
    for offer in offers:
        if offer.tip > offer.given:
            raise ValidationFailed(
                "The tip of {tip} is more than the {given} handed over.",
                tip=written(offer.tip, currency),
                given=written(offer.given, currency),
            )
        if offer.method.asks_reference and not offer.reference:
            raise ValidationFailed(f"A payment by {offer.method.name} needs a reference.")
    if sum(offer.method.gives_change for offer in offers) > 1:
        raise ValidationFailed("Enter all cash as one amount.")
    if _left_for_cash(due, offers) < 0:
        raise ValidationFailed(
            "{paid} is more than the {due} due. Only cash gives change.",
            paid=written(due - _left_for_cash(due, offers), currency),
            due=written(due, currency),
        )


def asked(due: Decimal, offers: Sequence[Offer], coin: Decimal | None = None) -> Decimal:
    """How much has to be handed over in all: the bill as it can be paid, and the tips.

    Args:
        due: The bill.
        offers: What is offered.
        coin: The smallest coin in use, e.g. 0.05; None where every amount can be paid in cash.
    """
    left = _left_for_cash(due, offers)
    in_cash = any(offer.method.gives_change for offer in offers)
    tips = sum((offer.tip for offer in offers), _NOTHING)
    return due - left + (to_coins(left, coin) if in_cash else left) + tips


def settle(due: Decimal, offers: Sequence[Offer], coin: Decimal | None = None) -> list[Tender]:
    """Settle a bill with offers that `check_offers` has let pass and that are as much as `asked`.

    Cash comes last and pays what is left, rounded to the coins in use.

    Args:
        due: The bill.
        offers: What is offered.
        coin: The smallest coin in use, e.g. 0.05; None where every amount can be paid in cash.

    Returns:
        The tenders; offers of nothing are left out, but for the only one. Cash of which no coin
        is left after rounding is none of them: without it the bill would not be paid to the cent.

    Raises:
        ValueError: They do not cover the bill: a mistake of the caller's.
    """
    tenders = [
        Tender(offer.method.name, offer.given - offer.tip, offer.given, tip=offer.tip)
        for offer in offers
        if not offer.method.gives_change
    ]
    left = _left_for_cash(due, offers)
    for offer in offers:
        if offer.method.gives_change:
            amount = to_coins(left, coin)
            change = offer.given - offer.tip - amount
            tenders.append(
                Tender(offer.method.name, amount, offer.given, change, offer.tip, amount - left)
            )
            left = _NOTHING
    if left or any(tender.change < 0 for tender in tenders):
        raise ValueError("the offers do not cover the bill")
    moved = [tender for tender in tenders if tender.given or tender.amount or tender.rounding]
    return moved or tenders[:1]


def _left_for_cash(due: Decimal, offers: Sequence[Offer]) -> Decimal:
    exact = (offer.given - offer.tip for offer in offers if not offer.method.gives_change)
    return due - sum(exact, _NOTHING)


# --- giving back ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """What was paid for one item, and what of it has been given back already."""

    item_id: int
    paid: Decimal
    refunded: Decimal = _NOTHING

    @property
    def left(self) -> Decimal:
        """What can still be given back."""
        return self.paid - self.refunded


def check_refund(
    lines: Mapping[int, Line], wanted: Mapping[int, Decimal], currency: str
) -> Decimal:
    """Make sure that no line gives back more than was paid for it.

    Args:
        lines: The receipt's lines by item.
        wanted: Item → how much of it is given back.
        currency: ISO 4217 code, for the sentences.

    Returns:
        The sum.

    Raises:
        ValidationFailed: An item is not on this receipt, or an amount is not positive.
        InvalidState: More than is left of a line.
    """
    for item_id, amount in wanted.items():
        if item_id not in lines:
            raise ValidationFailed("This receipt has no item {item}.", item=item_id)
        if amount <= 0:
            raise ValidationFailed("A refund must be more than nothing.")
        left = lines[item_id].left
        if amount > left:
            raise InvalidState(
                "Only {left} of this item can be refunded.", left=written(left, currency)
            )
    return sum(wanted.values(), _NOTHING)


def give_back(
    amount: Decimal,
    tip: Decimal,
    taken: Sequence[Tender],
    currency: str,
    coin: Decimal | None = None,
    methods: Mapping[str, Decimal] | None = None,
) -> list[Tender]:
    """Decide by which methods a refund goes back.

    Money goes back the way it came: to the methods that give no change first, in the order in which
    they paid, and the rest in cash. A manager may name the methods; cash is always possible,
    because an approved refund in cash is what is left where a card is no longer at hand.

    Args:
        amount: Of the bill, tips left out.
        tip: Of the tips.
        taken: Every tender of the payment so far, refunds and corrections included.
        currency: ISO 4217 code, for the sentences.
        coin: The smallest coin in use: the part in cash is rounded as it is when it is taken.
        methods: Method → how much of `amount`, where a manager has chosen.

    Returns:
        Negative tenders.

    Raises:
        InvalidState: More than was taken, in all or by a method other than cash.
        ValidationFailed: The chosen methods do not add up to the amount.
    """
    net = net_by_method(taken)
    tips = sum((tender.tip for tender in taken), _NOTHING)
    if tip > tips:
        raise InvalidState("Only {left} of the tip can be refunded.", left=written(tips, currency))
    parts = dict(methods) if methods is not None else _by_the_way_it_came(amount, net)
    if sum(parts.values(), _NOTHING) != amount:
        raise ValidationFailed(
            "The methods must add up to {amount}.", amount=written(amount, currency)
        )
    refunds = []
    for name, part in parts.items():
        method = method_named(name)
        if part < 0:
            raise ValidationFailed("A refund must be more than nothing.")
        if not method.gives_change and part > net.get(name, _NOTHING):
            raise InvalidState(
                "Only {left} was paid by {method}.",
                left=written(net.get(name, _NOTHING), currency),
                method=method.label,
            )
        if not part:
            continue  # Nothing moves: no drawer opens, and no paper names it.
        back = _coins_back(part, name, taken, coin) if method.gives_change else part
        refunds.append(Tender(name, -back, -back, rounding=part - back, kind=TenderKind.REFUND))
    return _with_tip(refunds, tip, taken)


def _coins_back(part: Decimal, name: str, taken: Sequence[Tender], coin: Decimal | None) -> Decimal:
    """The coins for a part of a refund: the difference of what has gone back in all.

    Rounding each refund for itself would let many small ones give back more than was taken.
    """
    refunds = [tender for tender in taken if tender.kind is TenderKind.REFUND]
    before = -_sum(refunds, name, "amount")
    exact = before + _sum(refunds, name, "rounding")
    # An earlier release rounded each for itself, and may have given back more than that.
    return max(to_coins(exact + part, coin) - before, _NOTHING)


def net_by_method(tenders: Sequence[Tender]) -> dict[str, Decimal]:
    """What each method has taken of a bill, cash rounding left out, after what went back."""
    net: dict[str, Decimal] = {}
    for tender in tenders:
        net[tender.method] = net.get(tender.method, _NOTHING) + tender.amount - tender.rounding
    return net


def _by_the_way_it_came(amount: Decimal, net: Mapping[str, Decimal]) -> dict[str, Decimal]:
    order = sorted(net, key=lambda name: method_named(name).gives_change)
    parts: dict[str, Decimal] = {}
    left = amount
    for name in order:
        part = min(left, max(net[name], _NOTHING))
        if part:
            parts[name] = part
            left -= part
    if left and order:
        parts[order[-1]] = parts.get(order[-1], _NOTHING) + left
    return parts


def _with_tip(refunds: list[Tender], tip: Decimal, taken: Sequence[Tender]) -> list[Tender]:
    """Give a tip back by the methods that it came by."""
    left = tip
    tips: dict[str, Decimal] = {}
    for tender in taken:
        tips[tender.method] = tips.get(tender.method, _NOTHING) + tender.tip
    by_method = {refund.method: refund for refund in refunds}
    for name, known in tips.items():
        part = min(left, known)
        if part <= 0:
            continue
        refund = by_method.get(name, Tender(name, _NOTHING, _NOTHING, kind=TenderKind.REFUND))
        by_method[name] = replace(refund, given=refund.given - part, tip=-part)
        left -= part
    return list(by_method.values())


def correct(
    taken: Sequence[Tender],
    right: Mapping[str, Decimal],
    currency: str,
    coin: Decimal | None = None,
) -> list[Tender]:
    """Put a wrong tender right: minus and plus of the same sum, and sales stay as they were.

    The tip of a method that turns out to have paid nothing goes with its money to the method that
    gained most. Cash rounding comes and goes with the cash.

    Args:
        taken: Every tender of the payment so far.
        right: Method → what it really took of the bill, tips and cash rounding left out.
        currency: ISO 4217 code, for the sentences.
        coin: The smallest coin in use.

    Returns:
        Tenders whose amounts, rounding left out, add up to nothing; the negative ones first.

    Raises:
        ValidationFailed: The sum differs from what was taken, or nothing would change.
    """
    if any(amount < 0 for amount in right.values()):
        raise ValidationFailed("An amount must not be negative.")
    net = net_by_method(taken)
    total = sum(net.values(), _NOTHING)
    if sum(right.values(), _NOTHING) != total:
        raise ValidationFailed(
            "The methods must add up to {amount}.", amount=written(total, currency)
        )
    wanted = {name: right.get(name, _NOTHING) for name in {*net, *right}}
    moved = {name: wanted[name] - net.get(name, _NOTHING) for name in sorted(wanted)}
    if not any(moved.values()):
        raise ValidationFailed("Nothing would change: it was paid this way.")
    gainer = max(moved, key=lambda name: moved[name])
    corrections = []
    tips = _NOTHING
    for name, delta in moved.items():
        if not delta:
            continue
        tip = -_sum(taken, name, "tip") if not wanted[name] else _NOTHING
        tips -= tip
        corrections.append(_correction(taken, name, wanted[name], tip, coin))
    return sorted(
        (
            replace(tender, tip=tips, given=tender.given + tips)
            if tender.method == gainer
            else tender
            for tender in corrections
        ),
        key=lambda tender: tender.amount,
    )


def _correction(
    taken: Sequence[Tender], name: str, wanted: Decimal, tip: Decimal, coin: Decimal | None
) -> Tender:
    amount = to_coins(wanted, coin) if method_named(name).gives_change else wanted
    delta = amount - _sum(taken, name, "amount")
    rounding = amount - wanted - _sum(taken, name, "rounding")
    return Tender(name, delta, delta + tip, tip=tip, rounding=rounding, kind=TenderKind.CORRECTION)


def _sum(tenders: Sequence[Tender], method: str, what: str) -> Decimal:
    amounts: list[Decimal] = [getattr(one, what) for one in tenders if one.method == method]
    return sum(amounts, _NOTHING)
