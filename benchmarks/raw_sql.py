"""The same claim in hand-written SQL: what the database and PyMySQL could do without a server.

Run by `Child`; command: `claim`. Every client is a process of its own with one connection, so
that they share nothing but the database. Each statement is one that `therapist_confirm_next`
makes, in its order, of a therapist who serves the lane of those who asked for nobody: keep the two
alike.
"""

from __future__ import annotations

import multiprocessing
import time
from datetime import UTC, datetime
from typing import Any, Final

import pymysql

from appliance.server.domain.security import token_digest

from .child import obey
from .fill import token_of
from .rounds import measured

_TRANSIENT: Final = frozenset({1205, 1213})
"""Lock wait time-out and deadlock: the server tries again too."""
_IDENTITY: Final = """
SELECT t.digest, t.touched_at, t.expires_at, s.id, s.role, s.username, s.name, s.room_number,
    s.disabled_at
FROM auth_tokens t JOIN staff s ON s.id = t.staff_id WHERE t.digest = %s
"""
_ROOM: Final = """
SELECT id, room_number, status, available_since, current_transaction_id FROM rooms
WHERE room_number = %s FOR UPDATE
"""
_CLAIMANT: Final = """
SELECT EXISTS (SELECT * FROM transactions
        WHERE therapist_id = %s AND (status = 'in_service' OR status = 'therapist_confirmed')),
    on_duty_since, on_break_since, gender,
    (SELECT MIN(selection_confirmed_at) FROM transactions
        WHERE status = 'pending_therapist' AND hold IS NULL AND lane = 0),
    (SELECT MIN(selection_confirmed_at) FROM transactions
        WHERE status = 'pending_therapist' AND hold IS NULL AND lane = %s),
    (SELECT MIN(selection_confirmed_at) FROM transactions
        WHERE status = 'pending_therapist' AND hold IS NULL AND lane = -1),
    (SELECT MIN(selection_confirmed_at) FROM transactions
        WHERE status = 'pending_therapist' AND hold IS NULL AND lane = -2)
FROM staff WHERE id = %s
"""
_OLDEST: Final = """
SELECT id, status, code, code_series, open_code, ticket_token, business_date, kiosk_id,
    therapist_id, cashier_id, room_number, subtotal_amount, tax_on_top, total_amount,
    total_duration_minutes, commission_percent, language, note, hold, held_since, waits_on, lane,
    asked_lane, created_at, touched_at, selection_confirmed_at, therapist_confirmed_at,
    service_start_at, service_finish_at, cashier_claimed_at, paid_at, cancelled_at
FROM transactions FORCE INDEX (ix_transactions_lane)
WHERE status = 'pending_therapist' AND hold IS NULL AND lane = 0
ORDER BY selection_confirmed_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_ITEMS: Final = """
SELECT id, transaction_id, service_id, service_classification_id, service_name,
    classification_name, price, duration_minutes, tax_rate, turn_value
FROM transaction_items WHERE transaction_id = %s ORDER BY id
"""
_OCCUPY: Final = "UPDATE rooms SET status = 'occupied', current_transaction_id = %s WHERE id = %s"
_TAKE: Final = """
UPDATE transactions SET status = 'therapist_confirmed', therapist_id = %s, room_number = %s,
    touched_at = %s, therapist_confirmed_at = %s
WHERE id = %s AND status = 'pending_therapist'
"""
_HISTORY: Final = """
INSERT INTO history
    (at, event, transaction_id, from_status, to_status, actor_role, actor_id, actor_name, detail)
VALUES (%s, 'therapist_confirm_next', %s, 'pending_therapist', 'therapist_confirmed',
    'therapist', %s, %s, NULL)
"""


class NobodyWaitsError(Exception):
    """The queue is empty."""


def claim_once(connection: Any, digest: bytes) -> int:
    """Claim the next customer.

    Args:
        connection: PyMySQL's, in READ COMMITTED, without autocommit.
        digest: Of the therapist's token.

    Returns:
        The customer's transaction.

    Raises:
        NobodyWaitsError: The queue is empty.
        RuntimeError: The therapist may not, or somebody else was faster.
    """
    with connection.cursor() as cursor:
        cursor.execute(_IDENTITY, (digest,))
        _, _, _, therapist_id, role, _, name, room_number, disabled = cursor.fetchone()
        cursor.execute(_ROOM, (room_number,))
        room_id, _, status, _, _ = cursor.fetchone()
        cursor.execute(_CLAIMANT, (therapist_id,) * 3)
        busy, on_duty_since, on_break_since, *_ = cursor.fetchone()
        there = on_duty_since and not on_break_since
        if role != "therapist" or disabled or status != "available" or busy or not there:
            raise RuntimeError("this therapist cannot claim now")
        cursor.execute(_OLDEST)
        oldest = cursor.fetchone()
        if oldest is None:
            raise NobodyWaitsError
        transaction_id = int(oldest[0])
        cursor.execute(_ITEMS, (transaction_id,))
        cursor.fetchall()
        now = datetime.now(UTC).replace(tzinfo=None)
        cursor.execute(_OCCUPY, (transaction_id, room_id))
        if cursor.execute(_TAKE, (therapist_id, room_number, now, now, transaction_id)) != 1:
            raise RuntimeError("somebody else was faster")
        cursor.execute(_HISTORY, (now, transaction_id, therapist_id, name))
    connection.commit()
    return transaction_id


def _claim_with_retries(connection: Any, digest: bytes) -> int:
    while True:
        try:
            return claim_once(connection, digest)
        except pymysql.err.OperationalError as error:
            if error.args[0] not in _TRANSIENT:
                raise
            connection.rollback()


def _client(settings: dict[str, Any], therapists: list[int], end: float, results: Any) -> None:
    connection = pymysql.connect(
        **settings,
        charset="utf8mb4",
        ssl_disabled=True,
        init_command="SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    )
    done: list[tuple[float, int]] = []
    with connection:
        for therapist in therapists:
            if time.monotonic() >= end:
                break
            try:
                claimed = _claim_with_retries(connection, token_digest(token_of(therapist)))
            except NobodyWaitsError:
                break
            done.append((time.monotonic(), claimed))
    results.put(done)


def claim(
    settings: dict[str, Any], clients: int, therapists: list[int], warm: float, seconds: float
) -> dict[str, Any]:
    """Claim for a while with one process per client; each therapist claims once.

    Args:
        settings: PyMySQL's: host, port, user, password, database.
        clients: How many claim at once.
        therapists: Their ids, with a free room each.
        warm: Seconds that do not count.
        seconds: Seconds that do.

    Returns:
        As `measured` says.
    """
    forks = multiprocessing.get_context("fork")
    results = forks.Queue()
    begin = time.monotonic() + warm + 0.2  # time for the processes to connect
    end = begin + seconds
    processes = [
        forks.Process(target=_client, args=(settings, therapists[number::clients], end, results))
        for number in range(clients)
    ]
    for process in processes:
        process.start()
    told = [results.get(timeout=warm + seconds + 60) for _ in processes]
    for process in processes:
        process.join()
    return measured(told, begin, end)


def main() -> None:
    """Obey until standard input ends."""
    obey({"claim": claim})


if __name__ == "__main__":
    main()
