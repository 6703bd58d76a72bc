"""Does the database hold what the clients were told: all of it, and nothing else?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import select

from appliance.server.domain.states import SYSTEM
from appliance.server.store.models import HistoryEntry, PrintJob, StoredResult, Transaction
from appliance.server.store.unit_of_work import UnitOfWork
from tests.support.crowd import CallButton, Paper
from tests.support.persistent import Answered

Fact = tuple[str, str, int | None]
"""An event, who did it, and to which transaction."""
_BATCH = 500


def missing(unit: UnitOfWork, answered: Sequence[Answered]) -> Iterator[str]:
    """Answers that the database does not know of, or knows otherwise.

    Args:
        unit: Reads as of one moment, later than the answers.
        answered: What was told.
    """
    for start in range(0, len(answered), _BATCH):
        batch = [one for one in answered[start : start + _BATCH] if one.request_id is not None]
        known = {
            (row.actor, row.request_id): row.answer
            for row in unit.session.scalars(
                select(StoredResult).where(
                    StoredResult.request_id.in_([one.request_id for one in batch])
                )
            )
        }
        for one in batch:
            stored = known.get((one.actor.key, one.request_id or ""))
            if stored != one.answer:
                yield f"{one} was told, but the database says {stored}"


def differences(
    unit: UnitOfWork, answered: Iterable[Answered], buttons: Iterable[CallButton]
) -> Iterator[str]:
    """Where the history is not exactly what the clients were told.

    Args:
        unit: Reads as of one moment at which nobody acts and nobody waits for an answer.
        answered: All that was told.
        buttons: All that was done by button.
    """
    told = Counter(fact for one in answered for fact in _facts(one))
    pressed = {
        actor.key: Counter(button.done)
        for button in buttons
        for actor in button.spa.therapists
        if actor.room_number == button.room
    }
    happened: Counter[Fact] = Counter()
    by_button: dict[str, Counter[str]] = {key: Counter() for key in pressed}
    for event, role, actor_id, transaction_id in unit.session.execute(
        select(
            HistoryEntry.event,
            HistoryEntry.actor_role,
            HistoryEntry.actor_id,
            HistoryEntry.transaction_id,
        ).where(HistoryEntry.event.like("%\\_%"))
    ):
        key = SYSTEM.key if actor_id is None else f"{role}:{actor_id}"
        if key in by_button:
            by_button[key][event] += 1
        elif transaction_id is not None:
            happened[event, key, transaction_id] += 1
    for fact in sorted((told | happened).keys(), key=str):
        if told[fact] != happened[fact]:
            yield f"{fact}: told {told[fact]} times, happened {happened[fact]} times"
    for key, counts in by_button.items():
        if counts != pressed[key]:
            yield f"{key} by button: told {pressed[key]}, happened {counts}"


def _facts(one: Answered) -> Iterator[Fact]:
    key, answer = one.actor.key, one.answer
    if one.event == "cashier_pay":
        outcome = "payment_accepted" if answer["ok"] else "payment_refused"
        yield one.event, key, one.payload["transaction_id"]
        yield outcome, SYSTEM.key, one.payload["transaction_id"]
    elif one.event == "cashier_reprint":
        yield one.event, key, one.payload["transaction_id"]
    elif answer["ok"] and "transaction" in answer:
        transaction = answer["transaction"]["id"]
        if "items" in one.payload:
            yield "customer_start", key, transaction
            for _ in one.payload["items"]:
                yield "customer_add_item", key, transaction
        yield one.event, key, transaction


def wrong_codes(unit: UnitOfWork, answered: Iterable[Answered]) -> Iterator[str]:
    """Codes that are lost, doubled, or not the ones on the tickets."""
    codes = unit.session.execute(
        select(Transaction.id, Transaction.code).where(Transaction.code.is_not(None))
    )
    given = {key: code or "" for key, code in codes}
    for one in answered:
        if one.event == "customer_confirm_selection" and one.answer["ok"]:
            transaction = one.answer["transaction"]
            if given.get(transaction["id"]) != transaction["code"]:
                yield f"{one} was told, but the code is {given.get(transaction['id'])}"
    expected = [f"{number:04d}" for number in range(1, len(given) + 1)]
    if sorted(given.values()) != expected:
        yield f"the codes have a gap or a double: {sorted(given.items())}"


def wrong_papers(unit: UnitOfWork, papers: Sequence[Paper]) -> Iterator[str]:
    """Papers that never came out, or came out twice without the word COPY."""
    jobs = {job.id: job for job in unit.session.scalars(select(PrintJob))}
    times = Counter(paper.job for paper in papers)
    originals = Counter(paper.job for paper in papers if not paper.copy)
    for key, job in jobs.items():
        if job.state != "printed" or times[key] == 0:
            yield f"{job.kind} job {key} of {job.transaction_id}: {job.state}, {times[key]} papers"
        if originals[key] > 1:
            yield f"{job.kind} job {key}: {originals[key]} papers that do not say COPY"
    for key in times.keys() - jobs.keys():
        yield f"job {key} was printed and is not known"
