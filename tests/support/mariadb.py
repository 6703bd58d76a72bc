"""A private MariaDB: its own data directory, socket and port, gone when the tests end."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import jinja2
import pymysql
import yaml
from sqlalchemy.engine import URL

OTHER = os.environ.get("TEST_MARIADBD")
"""Where another MariaDB than the machine's own is: a folder with `sbin/` and `bin/`."""
PATH = f"{OTHER}/sbin:{OTHER}/bin" if OTHER else f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin"
BASE = (f"--basedir={OTHER}",) if OTHER else ()
DURABLE = (
    "--innodb-flush-log-at-trx-commit=1",
    "--log-bin=binlog",
    "--sync-binlog=1",
    "--binlog-format=ROW",
)
_ROLE = Path(__file__).parents[2] / "provisioning/ansible/roles/mariadb"
APPLIANCE = ("--innodb-flush-log-at-trx-commit=1", "--skip-log-bin")
"""As the appliance's: docs/decisions/card.md."""
FAST = ("--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--skip-log-bin")


def free_port() -> int:
    """A port on loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PrivateMariaDB:
    """A MariaDB server of the tests' own.

    Args:
        folder: Where its data, log and socket go.
        options: Further options of mariadbd.
        variables: Further variables of its environment.
    """

    user = "appliance"
    password = "tests-only"

    def __init__(
        self,
        folder: Path,
        options: tuple[str, ...] = FAST,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self._scratch = folder / "tmp"
        self.port = free_port()
        # A socket's path has at most 107 bytes, and a test's folder may have more.
        self.socket = Path("/tmp") / f"lobby-{os.getpid()}-{self.port}.sock"
        self._options = options
        self._variables = variables or {}
        self._process: subprocess.Popen[bytes] | None = None

    def create(self) -> None:
        """Make an empty data directory."""
        program = shutil.which("mariadb-install-db", path=PATH)
        assert program, "mariadb-install-db is missing: sudo apt-get install mariadb-server"
        # Each server that starts, this one's first included, clears its folder for temporary
        # tables: in one that is shared it takes away those that another one is using.
        self._scratch.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [
                program,
                "--no-defaults",
                *BASE,
                f"--datadir={self.folder / 'data'}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                *self._as_root(),
            ],
            env={**os.environ, "TMPDIR": str(self._scratch)},
            check=True,
            capture_output=True,
        )

    def start(self) -> None:
        """Start the server and wait until it answers."""
        program = shutil.which("mariadbd", path=PATH)
        assert program, "mariadbd is missing: sudo apt-get install mariadb-server"
        with (self.folder / "mariadbd.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    program,
                    "--no-defaults",
                    *BASE,
                    f"--datadir={self.folder / 'data'}",
                    f"--tmpdir={self._scratch}",
                    f"--socket={self.socket}",
                    f"--port={self.port}",
                    "--bind-address=127.0.0.1",
                    f"--pid-file={self.folder / 'mariadbd.pid'}",
                    "--innodb-buffer-pool-size=128M",
                    "--max-connections=200",
                    "--performance-schema=off",
                    *self._options,
                    *self._as_root(),
                ],
                env={**os.environ, **self._variables},
                stdout=log,
                stderr=log,
            )
        self._wait()

    def grant(self) -> None:
        """Make the user that the appliance logs in as."""
        self.execute(
            f"CREATE USER IF NOT EXISTS '{self.user}'@'%' IDENTIFIED BY '{self.password}'",
            f"GRANT ALL ON *.* TO '{self.user}'@'%'",
        )

    def grant_to_server(self, schema: str) -> list[str]:
        """Make the account that the server logs in as, with what the playbook grants it.

        Args:
            schema: Whose tables are there already.

        Returns:
            What was missing.
        """
        known = yaml.safe_load((_ROLE / "vars/main.yml").read_text())
        asked = jinja2.Template((_ROLE / "templates/grants.sql.j2").read_text()).render(
            known, ansible_managed="", appliance_database=schema, mariadb_server_host="%"
        )
        account = f"'{known['mariadb_server_user']}'@'%'"
        self.execute(
            f"CREATE USER IF NOT EXISTS {account} IDENTIFIED BY '{self.password}'",
            f"GRANT SELECT, INSERT ON `{schema}`.* TO {account}",
        )
        with self._as_superuser() as connection, connection.cursor() as cursor:
            cursor.execute(asked)
            missing = [str(row[0]) for row in cursor.fetchall()]
        self.execute(*missing)
        return missing

    def execute(self, *statements: str) -> None:
        """Run statements as root."""
        with self._as_superuser() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def bytes_of(self, schema: str) -> int:
        """How many bytes the files of a schema's tables have."""
        folder = self.folder / "data" / schema
        return sum(file.stat().st_blocks * 512 for file in folder.iterdir())

    def write_pages(self) -> None:
        """Write what has changed in memory to the tablespaces, as an idle server does in time."""
        self.execute(
            "SET GLOBAL innodb_max_dirty_pages_pct_lwm=0", "SET GLOBAL innodb_max_dirty_pages_pct=0"
        )
        with self._as_superuser() as connection, connection.cursor() as cursor:
            give_up_at = time.monotonic() + 240
            while time.monotonic() < give_up_at:
                cursor.execute("SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'")
                if int((cursor.fetchone() or ("", 0))[1]) == 0:
                    break
                time.sleep(0.05)
        self.execute("SET GLOBAL innodb_max_dirty_pages_pct=90")

    def _as_superuser(self) -> pymysql.Connection[pymysql.cursors.Cursor]:
        return pymysql.connect(
            unix_socket=str(self.socket), user="root", autocommit=True, ssl_disabled=True
        )

    def kill(self) -> None:
        """End the server as a power cut does."""
        assert self._process
        self._process.kill()
        self._process.wait()

    def pause(self) -> None:
        """Freeze the server: its connections stay open and answer nothing."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen server go on."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End the server in order."""
        if self._process and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=240)
        self.socket.unlink(missing_ok=True)

    def url(self, schema: str) -> URL:
        """Where a schema is, for SQLAlchemy."""
        return URL.create(
            "mysql+pymysql",
            self.user,
            self.password,
            "127.0.0.1",
            self.port,
            schema,
            {"unix_socket": str(self.socket)},
        )

    def server_environment(self, schema: str) -> dict[str, str]:
        """The MYSQL_* settings of a server, whose account cannot change what is written once."""
        self.grant_to_server(schema)
        return self.environment(schema) | {"MYSQL_USER": f"{self.user}_server"}

    def environment(self, schema: str) -> dict[str, str]:
        """The MYSQL_* settings of a technician, who owns a schema."""
        return {
            "MYSQL_USER": self.user,
            "MYSQL_PASSWORD": self.password,
            "MYSQL_HOST": "127.0.0.1",
            "MYSQL_PORT": str(self.port),
            "MYSQL_DB": schema,
        }

    def _wait(self) -> None:
        give_up_at = time.monotonic() + 240
        while time.monotonic() < give_up_at:
            assert self._process
            assert self._process.poll() is None, (self.folder / "mariadbd.log").read_text()[-2000:]
            # A plain socket first: PyMySQL forgets to close its own after a refused connection.
            with socket.socket(socket.AF_UNIX) as probe:
                answers = probe.connect_ex(str(self.socket)) == 0
            if answers:
                self.execute("SELECT 1")
                return
            time.sleep(0.05)
        raise AssertionError("MariaDB does not answer")

    def _as_root(self) -> list[str]:
        return ["--user=root"] if os.geteuid() == 0 else []
