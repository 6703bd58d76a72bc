"""`python -m benchmarks.past --visits 1000000`: years of a shop's visits, made in minutes.

Made inside MariaDB by its sequence engine: every visit has its items, payment, tenders and history
as the product writes them, every day its shifts and its sealed Z, so that `appliance db check`
finds nothing. With `--url` an empty, migrated shop of your own is filled; without, a private one is
filled and what the owner's figures cost on it is measured.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import statistics
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import click
import pymysql
from sqlalchemy.engine import URL, make_url

from appliance.server.bookkeeping import Bookkeeper
from appliance.server.clock import utc_now
from appliance.server.domain import z
from appliance.server.domain.reports import Grouping
from appliance.server.store.db import Database
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases.shop import Shop
from appliance.server.usecases.till import days
from tests.support.server import ServerProcess
from tests.support.spa import shop as settings_of_the_shop

from .child import cpu_seconds
from .claims import ALONE, Served, served
from .figures import Results, rounded
from .lab import Lab, Sizes, short_windows

A_DAY: Final = 500
"""Visits of a day, of which one in 33 does not come."""
BESIDE: Final = "beside reports"
_BIG_DAY: Final = 2_000
# ruff: noqa: E501 — statements read better on the lines that they are thought in.
_VAR: Final = Path(__file__).parents[1] / "var"

# Everything else is said by this table: a visit's place in the past, its times and its sums. Half an
# hour to an hour and a half of service; one in three tips, one in twenty pays ten less.
_PAST: Final = """
CREATE OR REPLACE TEMPORARY TABLE past ENGINE=Aria TRANSACTIONAL=0
SELECT *, came + INTERVAL wait MINUTE AS started, came + INTERVAL wait + lasts MINUTE AS finished,
    came + INTERVAL wait + lasts + 5 MINUTE AS paid, price - off AS due,
    IF(n % 10 < 5, CEIL((price - off + tip) / 10) * 10, price - off + tip) AS given,
    {shift_base} + 2 * (n DIV {a_day}) + n % 2 AS shift_id
FROM (
    SELECT seq AS n, {base} + seq AS id, LPAD(seq % {a_day} + 1, 4, '0') AS code,
        LPAD({base} + seq, 43, 'p') AS token, seq % 33 <> 0 AS comes,
        TIMESTAMP('{first}') + INTERVAL (seq DIV {a_day}) DAY + INTERVAL 9 HOUR
            + INTERVAL (seq % {a_day}) * 43200 DIV {a_day} SECOND AS came,
        seq * 7919 % 45 AS wait, 30 + seq * 31 % 61 AS lasts,
        {therapist} AS therapist_id, {cashier} AS cashier_id, 1 + seq % {rooms} AS room_number,
        CAST({price} + IF(seq % 4 = 0, {next_price}, 0) AS DECIMAL(14, 3)) AS price,
        CAST({minutes} + IF(seq % 4 = 0, {next_minutes}, 0) AS INT) AS minutes,
        IF(seq % 20 = 0, 10, 0) AS off, IF(seq % 3 = 0, 5, 0) AS tip
    FROM seq_0_to_{last}
) AS each_one
"""
# One statement a table: into an empty one InnoDB sorts the rows of each index and writes it once.
_STATEMENTS: Final = (
    """
INSERT INTO transactions
    (id, status, code, code_series, ticket_token, business_date, kiosk_id, therapist_id, cashier_id,
     room_number, subtotal_amount, total_amount, total_duration_minutes, commission_percent,
     created_at, touched_at, selection_confirmed_at, therapist_confirmed_at, service_start_at,
     service_finish_at, cashier_claimed_at, paid_at, cancelled_at)
SELECT id, IF(comes, 'paid', 'cancelled'), code, DATE(came), token, DATE(came), NULL, therapist_id,
    IF(comes, cashier_id, NULL), room_number, price, due, minutes, IF(comes, 40, NULL),
    came, came, came, started, IF(comes, started, NULL), IF(comes, finished, NULL),
    IF(comes, finished + INTERVAL 2 MINUTE, NULL), IF(comes, paid, NULL),
    IF(comes, NULL, started + INTERVAL 10 MINUTE)
FROM past
""",
    """
INSERT INTO transaction_items
    (transaction_id, service_id, service_classification_id, service_name, classification_name,
     price, duration_minutes)
SELECT STRAIGHT_JOIN past.id, variant.service_id, variant.id, service.service_name, variant.name,
    variant.price, variant.duration_minutes
FROM past JOIN (SELECT 0 AS nth UNION ALL SELECT 1) AS chosen ON nth = 0 OR n % 4 = 0
JOIN service_classifications AS variant ON variant.id = ELT(1 + (n + nth) % {variant_count}, {variants})
JOIN services AS service ON service.id = variant.service_id
""",
    """
INSERT INTO adjustments
    (transaction_id, kind, value, amount, reason, by_name, created_at)
SELECT id, 'amount_off', off, off, 'regular', 'Eva', came FROM past WHERE off > 0
""",
    """
INSERT INTO payments
    (transaction_id, amount_due, amount_paid, change_amount, method, receipt_number, tip_amount, tax,
     created_at)
SELECT id, due, given, given - due - tip,
    CASE WHEN n % 10 < 5 THEN 'cash' WHEN n % 10 < 9 THEN 'card' ELSE 'mixed' END,
    n - n DIV 33, tip, '[]', paid
FROM past WHERE comes
""",
    # Of two tenders the first, by card, is 40. One in a hundred gets ten back in cash, in the shift
    # in which it was paid.
    """
INSERT INTO refunds
    (number, transaction_id, shift_id, amount, tip_amount, rounding_amount, tax, reason, by_name,
     approved_by_name, created_at)
SELECT n DIV 99 + 1, id, shift_id, 10, 0, 0, '[]', 'not happy', 'Eva', 'Gloria',
    came + INTERVAL 3 HOUR
FROM past WHERE n % 99 = 1
""",
    """
INSERT INTO tenders
    (transaction_id, shift_id, refund_id, kind, method, amount, given, change_amount, tip, rounding,
     by_id, at)
SELECT id, shift_id, NULL, 'payment', IF(nth = 0 AND n % 10 >= 5, 'card', 'cash'),
    CASE WHEN n % 10 < 9 THEN due WHEN nth = 0 THEN 40 ELSE due - 40 END,
    CASE WHEN n % 10 < 9 THEN given WHEN nth = 0 THEN 40 ELSE given - 40 END,
    IF(n % 10 < 9, given - due - tip, 0), IF(n % 10 < 9 OR nth = 1, tip, 0), 0, cashier_id, paid
FROM past JOIN (SELECT 0 AS nth UNION ALL SELECT 1) AS part ON nth = 0 OR n % 10 = 9
WHERE comes
UNION ALL
SELECT transaction_id, shift_id, id, 'refund', 'cash', -10, -10, 0, 0, 0, NULL, created_at
FROM refunds WHERE transaction_id >= {base}
""",
    """
INSERT INTO tip_shares (transaction_id, therapist_id, amount, at)
SELECT id, therapist_id, tip, paid FROM past WHERE comes AND tip > 0
""",
    """
INSERT INTO refund_lines (refund_id, item_id, amount)
SELECT refunds.id, MIN(transaction_items.id), 10 FROM refunds
JOIN transaction_items ON transaction_items.transaction_id = refunds.transaction_id
WHERE refunds.transaction_id >= {base} GROUP BY refunds.id
""",
    """
INSERT INTO history
    (at, event, transaction_id, from_status, to_status, actor_role, actor_id, actor_name)
SELECT STRAIGHT_JOIN came, event, id, source, target, role, NULL, 'past'
FROM past JOIN (
    SELECT 'customer_start' AS event, NULL AS source,
        'selecting' AS target, 'kiosk' AS role, 0 AS late
    UNION ALL SELECT 'customer_confirm_selection', 'selecting', 'pending_therapist', 'kiosk', 0
    UNION ALL SELECT 'therapist_confirm_next', 'pending_therapist', 'therapist_confirmed', 'therapist', 0
    UNION ALL SELECT 'therapist_no_show', 'therapist_confirmed', 'cancelled', 'therapist', 2
    UNION ALL SELECT 'therapist_start_service', 'therapist_confirmed', 'in_service', 'therapist', 1
    UNION ALL SELECT 'therapist_finish_service', 'in_service', 'finished', 'therapist', 1
    UNION ALL SELECT 'cashier_claim_next', 'finished', 'awaiting_payment', 'cashier', 1
    UNION ALL SELECT 'cashier_pay', 'awaiting_payment', 'paying', 'cashier', 1
    UNION ALL SELECT 'payment_accepted', 'paying', 'paid', 'system', 1
) AS happened ON late = 0 OR late = IF(comes, 1, 2)
""",
    # Papers that came out, with documents as long as the product's.
    """
INSERT INTO print_jobs
    (kind, transaction_id, state, maybe_printed, document, printer, attempts, created_at, printed_at)
SELECT STRAIGHT_JOIN kind, id, 'done', 0,
    CONCAT(
        '{{"shop_name": "Lobby", "currency": "USD", "code": "', code,
        '", "items": [{{"service_name": "Swedish Massage", "classification_name": "60 minutes",'
        ' "duration_minutes": 60, "price": "80.00"}}], "total_duration_minutes": 60,'
        ' "total_amount": "80.00", "at": "', came,
        '", "queue_position": 3, "status_url": "http://192.0.2.1/t/', token,
        '", "said": "', REPEAT('-', 200), '"}}'),
    'lobby', 1, came, came
FROM past JOIN (SELECT 'ticket' AS kind UNION ALL SELECT 'receipt') AS paper
ON kind = 'ticket' OR comes
""",
    """
INSERT INTO no_shows (transaction_id, therapist_id, business_date, at)
SELECT id, therapist_id, DATE(came), started + INTERVAL 10 MINUTE FROM past WHERE NOT comes
""",
)
_SHIFTS: Final = """
INSERT INTO shifts
    (id, drawer, cashier_id, state, business_date, opened_at, closed_at, float_amount, left_amount)
SELECT {shift_base} + seq, CONCAT('#', {cashier}), {cashier}, 'closed',
    DATE('{first}') + INTERVAL (seq DIV 2) DAY,
    TIMESTAMP('{first}') + INTERVAL (seq DIV 2) DAY + INTERVAL 8 HOUR,
    TIMESTAMP('{first}') + INTERVAL (seq DIV 2) DAY + INTERVAL 24 HOUR, 100, 100
FROM seq_0_to_{last_shift}
"""
_EXPECTED: Final = """
UPDATE shifts JOIN (
    SELECT shift_id, SUM(IF(method = 'cash', given - change_amount, 0)) AS cash
    FROM tenders WHERE shift_id > {shift_base} - 1 GROUP BY shift_id
) AS taken ON taken.shift_id = shifts.id
SET expected_amount = 100 + cash, counted_amount = 100 + cash - (shifts.id % 7 = 0)
WHERE shifts.id >= {shift_base}
"""
_OF_DAYS: Final = """
SELECT shifts.business_date, SUM(IF(kind = 'refund', 0, amount)), -SUM(IF(kind = 'refund', amount, 0)),
    SUM(tip), COUNT(DISTINCT IF(kind = 'payment', transaction_id, NULL)),
    SUM(IF(method = 'card', given - change_amount, 0)),
    SUM(IF(method = 'cash', given - change_amount, 0))
FROM shifts JOIN tenders ON tenders.shift_id = shifts.id
WHERE shifts.id >= {shift_base} GROUP BY shifts.business_date ORDER BY shifts.business_date
"""


def fill_past(url: URL, visits: int, a_day: int = A_DAY) -> None:
    """Give a shop a past: its visits, days and Z reports end yesterday.

    Args:
        url: A migrated MariaDB schema with staff and a catalogue, in which nobody has paid yet;
            one without visits is filled several times as fast.
        visits: How many came.
        a_day: How many of them on a day.
    """
    connection = pymysql.connect(
        unix_socket=str(url.query.get("unix_socket", "")) or None,
        host=url.host or "127.0.0.1",
        port=url.port or 3306,
        user=url.username,
        password=url.password or "",
        database=url.database,
        autocommit=True,
        ssl_disabled=True,
    )
    with connection, connection.cursor() as cursor:
        with contextlib.suppress(pymysql.err.OperationalError):
            cursor.execute("SET SESSION sql_log_bin=0")
        cursor.execute(
            "SET SESSION foreign_key_checks=0, unique_checks=0, check_constraint_checks=0"
        )
        _fill(cursor, visits, a_day)


def _fill(cursor: pymysql.cursors.Cursor, visits: int, a_day: int) -> None:
    def rows(statement: str) -> tuple[tuple[Any, ...], ...]:
        cursor.execute(statement)
        return cursor.fetchall()

    def one_of(values: Sequence[object], after: int = 0) -> str:
        return f"ELT(1 + (seq + {after}) % {len(values)}, {', '.join(map(str, values))})"

    day_count = -(-visits // a_day)
    (cashiers,) = zip(*rows("SELECT id FROM staff WHERE role = 'cashier' ORDER BY id"), strict=True)
    (therapists,) = zip(
        *rows("SELECT id FROM staff WHERE role = 'therapist' ORDER BY id"), strict=True
    )
    variants = rows(
        "SELECT id, price, duration_minutes FROM service_classifications WHERE price >= 60 ORDER BY id"
    )
    ids, prices, minutes = zip(*variants, strict=True)
    ((base,),) = rows("SELECT COALESCE(MAX(id), 0) + 1 FROM transactions")
    ((shift_base,),) = rows("SELECT COALESCE(MAX(id), 0) + 1 FROM shifts")
    values: dict[str, Any] = {
        "a_day": a_day,
        "first": date.today() - timedelta(days=day_count),  # noqa: DTZ011 — days are the shop's
        "base": base,
        "last": visits - 1,
        "shift_base": shift_base,
        "last_shift": 2 * day_count - 1,
        "therapist": one_of(therapists),
        "cashier": one_of(cashiers[:2]),
        "rooms": len(therapists),
        "price": one_of(prices),
        "next_price": one_of(prices, after=1),
        "minutes": one_of(minutes),
        "next_minutes": one_of(minutes, after=1),
        "variants": ", ".join(map(str, ids)),
        "variant_count": len(ids),
    }
    cursor.execute(_PAST.format(**values))
    for statement in _STATEMENTS:
        began = time.monotonic()
        cursor.execute(statement.format(**values))
        table = statement.split()[2]
        click.echo(f"    {cursor.rowcount} {table}: {time.monotonic() - began:.0f} s", err=True)
    cursor.execute("DROP TEMPORARY TABLE past")
    cursor.execute(_SHIFTS.format(**values))
    cursor.execute(_EXPECTED.format(**values))
    _close_days(cursor, values)
    for name, column in (("receipt", "receipt_number"), ("refund", "number"), ("z", "number")):
        table = {"receipt": "payments", "refund": "refunds", "z": "z_reports"}[name]
        cursor.execute(
            f"REPLACE INTO number_counters SELECT '{name}', COALESCE(MAX({column}), 0) FROM {table}"
        )
    cursor.execute(
        "ANALYZE TABLE transactions, transaction_items, adjustments, payments, tenders, shifts, history"
    )


def _close_days(cursor: pymysql.cursors.Cursor, values: dict[str, Any]) -> None:
    previous, grand_total = z.FIRST, Decimal(0)
    cursor.execute(_OF_DAYS.format(**values))
    for number, (day, sales, refunds, tips, visits, card, cash) in enumerate(cursor.fetchall(), 1):
        grand_total += sales - refunds
        said = {
            "business_date": day, "currency": "USD", "sales": str(sales), "visits": int(visits),
            "tips": str(tips), "refunds": str(refunds), "discounts": "0.00", "rounding": "0.00",
            "corrections": 0, "tax": [], "totals": {"card": str(card), "cash": str(cash)}, "shifts": [],
            "open_customers": {"count": 0, "amount": "0.00", "customers": []},
            "number": number, "closed_at": f"{day}T23:59:59+00:00", "closed_by": "Gloria",
            "grand_total": str(grand_total),
        }  # fmt: skip
        document = z.canonical(said)
        seal = z.seal(previous, document)
        cursor.execute(
            "INSERT INTO z_reports VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (number, day, document, previous, seal, grand_total, f"{day} 23:59:59"),
        )
        previous = seal
    cursor.execute(
        "UPDATE shifts JOIN z_reports USING (business_date) SET z_number = number"
        f" WHERE shifts.id >= {values['shift_base']}"
    )


def keep_days(store: Store, shop: Shop) -> float:
    """Let the product keep the rows of every day, as its server does; returns the slowest day's."""
    slowest = 0.0
    while True:
        began = time.perf_counter()
        if not Bookkeeper(store, shop).keep_one():
            return slowest
        slowest = max(slowest, time.perf_counter() - began)


# --- what it costs ----------------------------------------------------------------------------


@contextlib.contextmanager
def asking(ask: Callable[[], object], every: float) -> Iterator[None]:
    """Ask again and again beside what else is done."""
    over = threading.Event()

    def again() -> None:
        while not over.is_set():
            ask()
            over.wait(every)

    thread = threading.Thread(target=again)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _peak(pid: int) -> int:
    """The most memory that a process ever had, in KB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


def measure(app: Served, a_day: int, pairs: int) -> Results:
    """What reports, claims beside them and a big day's close cost.

    Args:
        app: A server whose shop has a past and a long queue.
        a_day: Visits of the day that is closed.
        pairs: How often a window of claims alone and one beside reports are compared.
    """
    desk, server = app.desk, app.server
    (token,) = desk.shop.tokens([desk.shop.spa.manager])

    def ask(by: Grouping) -> bytes:
        return _get(server, f"/api/manager/reports?from=2000-01-01&to=2099-12-31&by={by}", token)

    def used() -> float:
        return cpu_seconds(app.pid) + cpu_seconds(desk.lab.mariadb_pid)

    memory = _peak(app.pid)
    walls, cpus = [], []
    for by in Grouping:
        took, spent = [], []
        for _ in range(3):
            began, before = time.perf_counter(), used()
            body = ask(by)
            took.append(time.perf_counter() - began)
            spent.append(used() - before)
        walls.append(statistics.median(took))
        cpus.append(statistics.median(spent))
        rows = len(json.loads(body)["rows"])
        click.echo(
            f"    report by {by}: {walls[-1] * 1000:.0f} ms, CPU {cpus[-1] * 1000:.0f} ms, {rows} rows"
        )
    grown = (_peak(app.pid) - memory) / 1024
    ratio = _claims_beside_reports(app, lambda: ask(Grouping.DAY), pairs)
    clock = utc_now() + timedelta(days=1)
    store = Store(desk.shop.database, lambda: clock)
    shop = settings_of_the_shop()
    _one_more_day(desk.lab, app, a_day)
    began, before = time.perf_counter(), time.process_time() + cpu_seconds(desk.lab.mariadb_pid)
    report = store.run(lambda unit: days.close_day(unit, shop, desk.shop.spa.manager))
    close = time.perf_counter() - began
    cost = time.process_time() + cpu_seconds(desk.lab.mariadb_pid) - before
    click.echo(
        f"    Z {report.number} of {a_day} visits: {close * 1000:.0f} ms, CPU {cost * 1000:.0f} ms"
    )
    return {
        "report_ms_max": max(walls) * 1000,
        "report_cpu_ms_max": max(cpus) * 1000,
        "reports_memory_growth_mb": grown,
        "claims_beside_reports_ratio": ratio,
        "z_ms_2000_visits": close * 1000,
        "z_cpu_ms_2000_visits": cost * 1000,
    }


def _claims_beside_reports(app: Served, ask: Callable[[], object], pairs: int) -> float:
    """The rate of claims beside a report a second, divided by the one without.

    Short windows next to each other, each pair the other way round than the one before: what else
    the machine does meanwhile, and what a longer history costs, meets both alike.
    """
    desk = app.desk
    ratios = []
    for pair in range(pairs):
        # As many wait as in the pair before; ten quick pairs would find nobody in the end.
        desk.top_up()
        for kind in (ALONE, BESIDE) if pair % 2 == 0 else (BESIDE, ALONE):
            with asking(ask, 1.0) if kind == BESIDE else contextlib.nullcontext():
                app.round(kind)
        ratios.append(desk.rates[BESIDE][-1] / desk.rates[ALONE][-1])
    click.echo("    pairs: " + ", ".join(f"{ratio:.2f}" for ratio in ratios))
    return statistics.median(ratios)


def _one_more_day(lab: Lab, app: Served, visits: int) -> None:
    """Take the last Z back, as if its day were still to be closed, with so many visits."""
    with lab.sql(app.desk.shop) as connection, connection.cursor() as cursor:
        cursor.execute("SET SESSION foreign_key_checks=0")
        cursor.execute("SELECT MAX(number) FROM z_reports")
        row = cursor.fetchone()
        last = int(row[0]) if row else 0
        days_of_it = -(-visits // A_DAY)
        cursor.execute(f"DELETE FROM daily_rows WHERE z_number > {last - days_of_it}")
        cursor.execute(
            f"UPDATE shifts SET z_number = NULL, business_date = (SELECT business_date FROM z_reports"
            f" WHERE number = {last}) WHERE z_number > {last - days_of_it}"
        )
        cursor.execute(f"DELETE FROM z_reports WHERE number > {last - days_of_it}")
        cursor.execute(f"UPDATE number_counters SET number = {last - days_of_it} WHERE name = 'z'")


def _get(server: ServerProcess, path: str, token: str) -> bytes:
    request = urllib.request.Request(
        server.base_url + path, headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        body: bytes = answer.read()
    return body


@click.command()
@click.option("--visits", default=1_000_000, show_default=True, help="How many came.")
@click.option("--a-day", default=A_DAY, show_default=True, help="How many of them on a day.")
@click.option("--url", help="Fill this MariaDB schema instead of measuring on a private one.")
@click.option("--rounds", default=10, show_default=True, help="Pairs of windows of claims.")
def main(visits: int, a_day: int, url: str | None, rounds: int) -> None:
    """Make years of visits; without --url also measure reports and a day's close on them."""
    if url is not None:
        fill_past(make_url(url), visits, a_day)
        database = Database(make_url(url), patient=True)
        keep_days(Store(database, utc_now), settings_of_the_shop())
        database.dispose()
        return
    _VAR.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="past-", dir=_VAR))
    try:
        lab = Lab(folder, Sizes(past_visits=visits, pairs=rounds))
        with lab.running():
            results = reports(lab, a_day)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    click.echo(json.dumps(rounded(results), indent=1))


def reports(lab: Lab, a_day: int = A_DAY) -> Results:
    """Years of visits in a shop with a long queue, and what the owner's figures cost on them."""
    visits = lab.sizes.past_visits
    with short_windows(lab), served(lab, waiting=2 * lab.sizes.waiting) as app:
        began = time.monotonic()
        fill_past(lab.mariadb.url(app.desk.shop.schema), visits, a_day)
        click.echo(f"    {visits} visits: {time.monotonic() - began:.0f} s")
        app.desk.top_up()
        began = time.monotonic()
        slowest = keep_days(app.desk.shop.store, settings_of_the_shop())
        click.echo(
            f"    rows of {-(-visits // a_day)} days: {time.monotonic() - began:.0f} s,"
            f" slowest {slowest * 1000:.0f} ms"
        )
        return measure(app, min(_BIG_DAY, visits), lab.sizes.pairs)


if __name__ == "__main__":
    main()
