"""A lab whose MariaDB, server and daemon are as slow as on a Pi, each in a share of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.lab import Lab, Shop, Sizes
from tests.support.server import ServerProcess

from .flushes import slow_flushes
from .shares import Hierarchy, Share


class PiLab(Lab):
    """See above; printers, clients and browsers run at full speed.

    Args:
        folder: For data, logs and settings; made here.
        sizes: How much is measured.
        found: Where the kernel's CPU controller is.

    Attributes:
        server_share: The server's.
        daemon_share: The daemon's.
        mariadb_share: MariaDB's.
    """

    def __init__(self, folder: Path, sizes: Sizes, found: Hierarchy) -> None:
        folder.mkdir()
        super().__init__(folder, sizes, slow_flushes(folder))
        self.server_share = Share(found, "server")
        self.daemon_share = Share(found, "daemon")
        self.mariadb_share = Share(found, "mariadb")
        self.serve = self.server_share.arguments(Lab.serve)
        self.peripherals = self.daemon_share.arguments(Lab.peripherals)
        # A start and a new schema take long here, so each is made once.
        self._kept = ExitStack()
        self._shop: Shop | None = None
        self._server: ServerProcess | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Keep MariaDB running; it starts and ends at full speed."""
        with (
            self.server_share,
            self.daemon_share,
            self.mariadb_share,
            super().running(),
            self.mariadb_share.joined(self.mariadb_pid),
            self._kept,
        ):
            yield

    @contextmanager
    def shop(self, *, therapists: int = 4) -> Iterator[Shop]:
        """The one spa of the machine, made at full speed when it is first asked for."""
        if self._shop is None:
            with self.mariadb_share.left(self.mariadb_pid):
                self._shop = self._kept.enter_context(super().shop(therapists=therapists))
        yield self._shop

    @contextmanager
    def server(self, shop: Shop) -> Iterator[ServerProcess]:
        """The one server of the machine, started when it is first asked for."""
        if self._server is None:
            self._server = self._kept.enter_context(super().server(shop))
        yield self._server
