"""Customers by the thousand, made inside MariaDB by its sequence engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pymysql

from appliance.server.domain.lanes import ANYONE, Wanted, WantedKind

from .lab import Lab, Shop

_CHUNK: Final = 50_000
_EMPTIED: Final = ("stored_results", "print_jobs", "payments", "transaction_items", "history")

# A code has four characters and is unique among the open visits; base 36 has enough of them.
_TRANSACTIONS: Final = """
INSERT INTO transactions
    (id, status, code, code_series, open_code, ticket_token, business_date, kiosk_id,
     total_amount, total_duration_minutes, created_at, touched_at, selection_confirmed_at)
SELECT seq, 'pending_therapist', {code}, 'today', {code}, LPAD(seq, 43, 't'), DATE({at}), {kiosk},
    80, 60, {at}, {at}, {at}
FROM seq_{first}_to_{last}
"""
_ITEMS: Final = """
INSERT INTO transaction_items
    (transaction_id, service_id, service_classification_id, service_name, classification_name,
     price, duration_minutes)
SELECT seq, c.service_id, c.id, s.service_name, c.name, 80, 60
FROM seq_{first}_to_{last}
JOIN service_classifications c ON c.id = {variant}
JOIN services s ON s.id = c.service_id
"""
_HISTORY: Final = """
INSERT INTO history
    (at, event, transaction_id, from_status, to_status, actor_role, actor_id, actor_name)
SELECT UTC_TIMESTAMP(6), 'customer_confirm_selection', seq, 'selecting', 'pending_therapist',
    'kiosk', {kiosk}, 'door'
FROM seq_{first}_to_{last}
"""


def fill(lab: Lab, shop: Shop, *, waiting: int) -> None:
    """Replace all visits of a shop by customers who wait; all rooms are free.

    Args:
        lab: Where the shop is.
        shop: Whose visits.
        waiting: How many wait for a therapist. Each has one item and one history row.
    """
    with lab.sql(shop) as connection, connection.cursor() as cursor:
        first = _next_id(cursor)
        for statement in _emptying():
            cursor.execute(statement)
        _wait(cursor, shop, first, waiting)


def add_waiting(lab: Lab, shop: Shop, waiting: int) -> int:
    """Let so many more customers wait, in a shop that keeps all the visits that it has.

    Returns:
        The id of the first.
    """
    with lab.sql(shop) as connection, connection.cursor() as cursor:
        first = _next_id(cursor)
        _wait(cursor, shop, first, waiting)
    return first


def still_waiting(lab: Lab, shop: Shop) -> int:
    """How many customers wait for a therapist."""
    with lab.sql(shop) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM transactions WHERE status = 'pending_therapist'")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _next_id(cursor: pymysql.cursors.Cursor) -> int:
    """Ids go on growing, as they do in a shop."""
    cursor.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM transactions")
    row = cursor.fetchone()
    return int(row[0]) if row else 1


def _emptying() -> Iterator[str]:
    # Rows that are loaded need neither be checked one by one nor go to the replicas' log.
    yield "SET SESSION foreign_key_checks=0, unique_checks=0, sql_log_bin=0"
    yield "UPDATE rooms SET status='available', current_transaction_id=NULL"
    for table in (*_EMPTIED, "transactions"):
        yield f"TRUNCATE TABLE {table}"


def _wait(cursor: pymysql.cursors.Cursor, shop: Shop, first: int, waiting: int) -> None:
    last = first + waiting - 1
    values: dict[str, Any] = {
        "kiosk": shop.spa.kiosk.id,
        "variant": shop.spa.swedish_60,
        "code": "LPAD(CONV(seq % 1600000, 10, 36), 4, '0')",
        "at": f"UTC_TIMESTAMP(6) - INTERVAL ({last} - seq) * 1000 MICROSECOND",
    }
    for start in range(first, last + 1, _CHUNK):
        part = {**values, "first": start, "last": min(last, start + _CHUNK - 1)}
        for statement in (_TRANSACTIONS, _ITEMS, _HISTORY):
            cursor.execute(statement.format(**part))
    cursor.execute("ANALYZE TABLE transactions, transaction_items, history")


_CROWD: Final = (
    """
INSERT INTO rooms (room_number, status)
SELECT CONCAT('crowd', seq), 'available' FROM seq_1_to_{count}
""",
    """
INSERT INTO staff (role, username, name, password_hash, room_number, on_duty_since)
SELECT 'therapist', CONCAT('crowd', seq), CONCAT('Therapist ', seq), '', CONCAT('crowd', seq),
    UTC_TIMESTAMP(6)
FROM seq_1_to_{count}
""",
    """
INSERT INTO auth_tokens (staff_id, digest, created_at, touched_at, expires_at)
SELECT id, UNHEX(SHA2(CONCAT('token of ', id), 256)), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6),
    UTC_TIMESTAMP(6) + INTERVAL 1 DAY
FROM staff WHERE username LIKE 'crowd%'
""",
)


def token_of(therapist: int) -> str:
    """The token of a therapist of the crowd."""
    return f"token of {therapist}"


def add_crowd(lab: Lab, shop: Shop, count: int) -> list[int]:
    """Add therapists with a room and a token each, so that each claims once; returns their ids."""
    with lab.sql(shop) as connection, connection.cursor() as cursor:
        for statement in _CROWD:
            cursor.execute(statement.format(count=count))
        cursor.execute("SELECT id FROM staff WHERE username LIKE 'crowd%'")
        return [row[0] for row in cursor.fetchall()]


_TAKEN_HOME: Final = """
CREATE TRIGGER bench_room_free AFTER INSERT ON history FOR EACH ROW
BEGIN
    IF NEW.event = 'therapist_confirm_next' THEN
        UPDATE rooms SET status = 'available', current_transaction_id = NULL
            WHERE current_transaction_id = NEW.transaction_id;
        UPDATE transactions SET status = 'paid', open_code = NULL WHERE id = NEW.transaction_id;
    END IF;
END
"""


def free_rooms_at_once(lab: Lab, shop: Shop) -> None:
    """Let therapists claim again and again without the hour of treatment in between.

    A trigger on the claim's last statement sends the customer home and frees the room, inside the
    claim's own transaction and on rows that it has locked already: no further statement, commit or
    wait comes between two claims. Raw claims have it too, so that both pay for it.
    """
    with lab.sql(shop) as connection, connection.cursor() as cursor:
        cursor.execute(_TAKEN_HOME)


_GENDERS: Final = """
UPDATE staff SET gender = ELT(1 + MOD(id, 3), 'woman', 'man', NULL) WHERE role = 'therapist'
"""
_REQUESTS: Final = """
UPDATE transactions SET lane = CASE MOD(id, 11)
    WHEN 1 THEN {woman} WHEN 4 THEN {woman} WHEN 6 THEN {man} WHEN 9 THEN {man}
    WHEN 10 THEN ELT(1 + MOD(id DIV 11, {count}), {therapists}) ELSE {anyone} END
WHERE status = 'pending_therapist'
"""


def ask_for_somebody(lab: Lab, shop: Shop) -> None:
    """Let five of eleven who wait ask for somebody: two a woman, two a man, one a therapist."""
    therapists = [one.id for one in shop.spa.therapists if one.id is not None]
    lanes = {
        "anyone": ANYONE,
        "woman": Wanted(WantedKind.WOMAN).lane,
        "man": Wanted(WantedKind.MAN).lane,
        "count": len(therapists),
        "therapists": ", ".join(str(one) for one in therapists),
    }
    with lab.sql(shop) as connection, connection.cursor() as cursor:
        cursor.execute(_GENDERS)
        cursor.execute(_REQUESTS.format(**lanes))
        cursor.execute("ANALYZE TABLE transactions")
