"""nginx in front of several servers, as docs/scaling.md sets it up."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from tests.support.mariadb import PATH, free_port

STICKY = "hash $remote_addr consistent;"
ROUND_ROBIN = ""
_SETTINGS = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    map $http_upgrade $connection_upgrade {{
        default upgrade;
        ""      "";
    }}
    upstream lobby {{
        {balance}
        {servers}
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://lobby;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_connect_timeout 1s;
            proxy_read_timeout 75s;
            proxy_buffering off;
        }}
    }}
}}
"""


class Nginx:
    """One address for several servers.

    Args:
        folder: For its settings and log.
        ports: The servers'.
        balance: `STICKY`, or how else requests are spread.
    """

    def __init__(self, folder: Path, ports: Sequence[int], balance: str = STICKY) -> None:
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self._settings = folder / "nginx.conf"
        servers = " ".join(f"server 127.0.0.1:{n} max_fails=1 fail_timeout=5s;" for n in ports)
        self._settings.write_text(
            _SETTINGS.format(folder=folder, port=self.port, servers=servers, balance=balance)
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        program = shutil.which("nginx", path=PATH)
        assert program
        self._process = subprocess.Popen(
            [program, "-c", str(self._settings)],
            stderr=subprocess.DEVNULL,
        )
        give_up_at = time.monotonic() + 240
        while time.monotonic() < give_up_at:
            assert self._process.poll() is None, "nginx has ended"
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("nginx does not answer")

    def stop(self) -> None:
        """End it, with its workers."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=10)
