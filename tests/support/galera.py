"""Three MariaDB nodes in a Galera cluster on loopback, and HAProxy, which routes to one of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pymysql

from tests.support.mariadb import FAST, PATH, PrivateMariaDB, free_port

PROVIDER = Path("/usr/lib/galera/libgalera_smm.so")


class Node(PrivateMariaDB):
    """One node of a cluster.

    Args:
        folder: Where its data, log and socket go.
        cluster: Every node's address for the others, this one's included.
        address: This one's.
    """

    def __init__(self, folder: Path, cluster: list[str], address: str) -> None:
        provider = f"gmcast.listen_addr=tcp://{address}; ist.recv_addr=127.0.0.1:{free_port()}"
        self._cluster = ",".join(cluster)
        self._settings = (
            *FAST,
            "--binlog-format=ROW",
            "--innodb-autoinc-lock-mode=2",
            "--wsrep-on=ON",
            f"--wsrep-provider={PROVIDER}",
            "--wsrep-cluster-name=lobby",
            f"--wsrep-node-name={folder.name}",
            f"--wsrep-node-address={address}",
            "--wsrep-sst-method=rsync",
            f"--wsrep-sst-receive-address=127.0.0.1:{free_port()}",
            f"--wsrep-provider-options={provider}",
        )
        super().__init__(folder)

    def create(self) -> None:
        """Make an empty data directory."""
        if os.geteuid() == 0:
            shutil.chown(self.folder, "mysql")
        super().create()

    def _as_root(self) -> list[str]:
        # The rsync that copies a node's data would give up root's rights, and then see nothing.
        return ["--user=mysql"] if os.geteuid() == 0 else []

    def join(self, *, first: bool = False) -> None:
        """Start and wait until it is part of the cluster.

        Args:
            first: Whether there is no cluster yet; this node begins one.
        """
        address = "gcomm://" if first else f"gcomm://{self._cluster}"
        self._options = (*self._settings, f"--wsrep-cluster-address={address}")
        self.start()
        self.wait_until("wsrep_ready", "ON")

    def status(self, name: str) -> str:
        """One of its status variables."""
        connection = pymysql.connect(unix_socket=str(self.socket), user="root", ssl_disabled=True)
        with connection, connection.cursor() as cursor:
            cursor.execute("SHOW STATUS LIKE %s", (name,))
            row = cursor.fetchone()
        return str(row[1]) if row else ""

    def wait_until(self, name: str, value: str) -> None:
        """Wait until a status variable has this value."""
        give_up_at = time.monotonic() + 60
        while self.status(name) != value:
            assert time.monotonic() < give_up_at, f"{name} is {self.status(name)}, not {value}"
            time.sleep(0.05)


class Cluster:
    """Three nodes.

    Args:
        folder: For everything of theirs.
    """

    def __init__(self, folder: Path) -> None:
        addresses = [f"127.0.0.1:{free_port()}" for _ in range(3)]
        self.nodes = []
        for number, address in enumerate(addresses, 1):
            home = folder / f"node{number}"
            home.mkdir()
            self.nodes.append(Node(home, addresses, address))

    def start(self) -> None:
        """Start them one after the other: the first begins the cluster, the others join."""
        for number, node in enumerate(self.nodes):
            node.create()
            node.join(first=number == 0)
            if number == 0:
                self.grant()

    def grant(self) -> None:
        """Make the users that the appliance and the router's check log in as."""
        first = self.nodes[0]
        first.grant()
        first.execute("CREATE USER IF NOT EXISTS 'haproxy'@'%'")

    def stop(self) -> None:
        """Stop those that run."""
        for node in reversed(self.nodes):
            node.stop()


class Router:
    """HAProxy in front of the nodes: the first that is there gets everything.

    Args:
        folder: For its settings and log.
        cluster: Whose nodes it routes to.
    """

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        self.port = free_port()
        self._settings = folder / "haproxy.cfg"
        self._log = folder / "haproxy.log"
        first, *others = (
            f"    server node{number} 127.0.0.1:{node.port} check inter 500ms fall 2 rise 4"
            " on-marked-down shutdown-sessions"
            for number, node in enumerate(cluster.nodes, 1)
        )
        lines = [
            "defaults",
            "    mode tcp",
            "    timeout connect 1s",
            "    timeout client 8h",
            "    timeout server 8h",
            "listen mariadb",
            f"    bind 127.0.0.1:{self.port}",
            "    option mysql-check user haproxy",
            # When it is back it writes alone again: nobody stays with another node.
            f"{first} on-marked-up shutdown-backup-sessions",
            *(f"{line} backup" for line in others),
        ]
        self._settings.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        program = shutil.which("haproxy", path=PATH)
        assert program
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [program, "-db", "-f", str(self._settings)], stdout=log, stderr=log
            )

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
