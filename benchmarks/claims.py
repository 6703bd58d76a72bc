"""How many customers a second can be claimed, by hand-written SQL and through the server."""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.support.server import ServerProcess

from .child import Child, cpu_seconds
from .figures import Results, percentile
from .fill import (
    add_crowd,
    add_waiting,
    ask_for_somebody,
    fill,
    free_rooms_at_once,
    still_waiting,
)
from .lab import Lab, Shop

RAW, ALONE, WATCHED = "raw", "server", "watched"


def round_of(lab: Lab, kind: str, who: Child, server: int, **values: Any) -> dict[str, Any]:
    """Let clients claim for a while, and tell about it.

    Args:
        lab: Whose sizes and database.
        kind: For the line that is printed.
        who: The clients.
        server: The server's process id.
        **values: What else the clients' command `claim` takes.

    Returns:
        What the clients told.
    """
    watched = {"server": server, "mariadb": lab.mariadb_pid, "clients": who.pid}
    before = {name: cpu_seconds(pid) for name, pid in watched.items()}
    told: dict[str, Any] = who.ask(
        "claim", warm=lab.sizes.warm_seconds, seconds=lab.sizes.seconds, **values
    )
    claims = max(1, len(told["ids"]))
    cpu = ", ".join(
        f"{name} {(cpu_seconds(pid) - before[name]) / claims * 1000:.2f}"
        for name, pid in watched.items()
    )
    line = f"    {kind}: {told['per_second']:.0f}/s; CPU ms a claim: {cpu}"
    if late := told.get("latencies"):
        p50, p99 = (percentile(late, share) * 1000 for share in (0.5, 0.99))
        line += f"; p50 {p50:.0f} ms, p99 {p99:.0f} ms"
    print(line, flush=True)
    return told


@dataclass
class Desk:
    """One shop and those who claim in it.

    Attributes:
        lab: Where it is.
        shop: The shop.
        waiting: Customers in the queue when a round begins.
        first: The first customer who may be claimed.
        rates: Claims per second of each round, by kind.
        duplicates: Customers claimed twice, in all rounds.
    """

    lab: Lab
    shop: Shop
    waiting: int
    first: int = 0
    rates: dict[str, list[float]] = field(default_factory=dict)
    duplicates: int = 0

    def refill(self) -> None:
        """Fill the queue."""
        fill(self.lab, self.shop, waiting=self.waiting)

    def top_up(self) -> None:
        """Let as many come as are missing in the queue; the visits that are over stay."""
        missing = self.waiting - still_waiting(self.lab, self.shop)
        if missing > 0:
            came = add_waiting(self.lab, self.shop, missing)
            # Nobody claims the past: to look for doubles there would read all of the history.
            self.first = self.first or came

    def round(self, kind: str, who: Child, server: int, **values: Any) -> None:
        """Let clients claim for a while; see `round_of`."""
        told = round_of(self.lab, kind, who, server, **values)
        self.rates.setdefault(kind, []).append(told["per_second"])
        self.duplicates += len(told["ids"]) - len(set(told["ids"])) + self._twice_in_history()

    def rate(self, kind: str) -> float:
        """The median round."""
        return statistics.median(self.rates[kind])

    def _twice_in_history(self) -> int:
        with self.lab.sql(self.shop) as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT COUNT(*) - COUNT(DISTINCT transaction_id) FROM history "
                "WHERE event = 'therapist_confirm_next' AND transaction_id >= %s",
                (self.first,),
            )
            row = cursor.fetchone()
        return int(row[0]) if row else 0


@dataclass
class Served:
    """A shop with a server and its therapists connected.

    Attributes:
        desk: The shop.
        server: On it.
        therapists: Their sockets.
    """

    desk: Desk
    server: ServerProcess
    therapists: Child

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self.server.process
        return self.server.process.pid

    def round(self, kind: str) -> None:
        """Claim through the server for a while."""
        self.desk.round(kind, self.therapists, self.pid)


@contextlib.contextmanager
def served(
    lab: Lab, *, waiting: int, past: Callable[[Shop], None] | None = None
) -> Iterator[Served]:
    """A shop whose therapists are connected and may claim without end; its queue is empty.

    Args:
        lab: Where.
        waiting: Customers in the queue when a round begins.
        past: Gives the shop its past, if it has one.
    """
    with contextlib.ExitStack() as stack:
        shop = stack.enter_context(lab.shop(therapists=lab.sizes.clients))
        if past is not None:
            past(shop)
        free_rooms_at_once(lab, shop)
        tokens = shop.tokens(shop.spa.therapists)
        server = stack.enter_context(lab.server(shop))
        therapists = stack.enter_context(Child("benchmarks.therapists"))
        therapists.ask("connect", port=server.port, tokens=tokens)
        yield Served(Desk(lab, shop, waiting), server, therapists)


@dataclass
class Raw:
    """The same claims in hand-written SQL, in a schema of their own.

    Attributes:
        desk: The shop.
        crowd: A therapist with a free room for each customer.
        clients: The SQL clients.
    """

    desk: Desk
    crowd: list[int]
    clients: Child

    def round(self, server: int) -> None:
        """Refill and claim for a while; `server` is the process of the idle server."""
        desk = self.desk
        desk.refill()
        settings = desk.lab.mariadb.environment(desk.shop.schema)
        desk.round(
            RAW,
            self.clients,
            server,
            settings={
                "host": settings["MYSQL_HOST"],
                "port": int(settings["MYSQL_PORT"]),
                "user": settings["MYSQL_USER"],
                "password": settings["MYSQL_PASSWORD"],
                "database": desk.shop.schema,
            },
            clients=desk.lab.sizes.clients,
            therapists=self.crowd,
        )


@contextlib.contextmanager
def raw_claims(lab: Lab) -> Iterator[Raw]:
    """A shop with more therapists than any spa, so that each claims once."""
    waiting = lab.sizes.waiting
    with lab.shop() as shop, Child("benchmarks.raw_sql") as clients:
        free_rooms_at_once(lab, shop)
        yield Raw(Desk(lab, shop, waiting), add_crowd(lab, shop, waiting), clients)


def claims(lab: Lab) -> Results:
    """Raw and server side by side, round by round; then the same with watchers."""
    sizes = lab.sizes
    with (
        Child("benchmarks.watchers") as watchers,
        served(lab, waiting=sizes.waiting) as app,
        raw_claims(lab) as raw,
    ):
        for _ in range(sizes.rounds):
            raw.round(app.pid)
            app.desk.refill()
            app.round(ALONE)
        # A new screen is greeted with the whole queue, which is quickest while it is empty.
        fill(lab, app.desk.shop, waiting=0)
        (token,) = app.desk.shop.tokens([app.desk.shop.spa.manager])
        watchers.ask("connect", port=app.server.port, auth={"token": token}, count=sizes.watchers)
        for _ in range(sizes.rounds):
            app.desk.refill()
            app.round(WATCHED)
            raw.round(app.pid)
        by_hand = raw.desk.rate(RAW)
        alone, watched = app.desk.rate(ALONE), app.desk.rate(WATCHED)
        return {
            "raw_claims_per_s": by_hand,
            "server_claims_per_s": alone,
            "server_claims_per_s_500_watchers": watched,
            "claims_ratio": alone / by_hand,
            "claims_ratio_500_watchers": watched / by_hand,
            "claims_duplicates": app.desk.duplicates + raw.desk.duplicates,
        }


def lanes(lab: Lab) -> Results:
    """A queue of which half asked for somebody, and one in which nobody did, turn by turn."""
    with served(lab, waiting=lab.sizes.waiting) as app:
        for _ in range(lab.sizes.rounds):
            app.desk.refill()
            app.round("one lane")
            app.desk.refill()
            ask_for_somebody(lab, app.desk.shop)
            app.round("lanes")
        one, many = app.desk.rate("one lane"), app.desk.rate("lanes")
        return {
            "claims_lanes_ratio": many / one,
            "lanes_claims_per_s": many,
            "one_lane_claims_per_s": one,
            "claims_lanes_duplicates": app.desk.duplicates,
        }
