"""The server's `/peripherals` namespace on a real socket, without the server behind it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Self

import socketio
from socketio import exceptions
from werkzeug.serving import make_server

NAMESPACE = "/peripherals"
TOKEN = "device-token-for-tests"

Event = tuple[str, dict[str, Any]]


class FakeServer:
    """Answers like the server, notes everything that devices say, and can go away and come back.

    Attributes:
        lamps: What the answer to `device_hello` says.
        jobs: Jobs that wait, oldest first; leased ones move to `leased`.
        answers: For an event, what makes its answer; None as an answer means none at all.
    """

    def __init__(self) -> None:
        self.lamps: dict[str, str] = {}
        self.jobs: list[dict[str, Any]] = []
        self.leased: list[dict[str, Any]] = []
        self.token = TOKEN
        self.refused = 0
        self.answers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "device_hello": lambda _: {
                "ok": True,
                "lamps": self.lamps,
                "jobs_waiting": {"ticket": 0, "receipt": 0, "report": 0},
            },
            "button": lambda _: {"ok": True},
            "print_lease": self._lease,
            "drawer_take": self._take_pulse,
            "print_done": lambda _: {"ok": True},
            "print_failed": lambda _: {"ok": True},
            "printer_status": lambda _: {"ok": True},
        }
        self._pulses = 0
        self._events: list[Event] = []
        self._news = threading.Condition()
        self._port = 0
        self._http: Any = None

    @property
    def port(self) -> int:
        return self._port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self) -> None:
        self._io = socketio.Server(
            async_mode="threading", ping_interval=5, ping_timeout=5, cors_allowed_origins="*"
        )
        self._io.on("connect", self._connect, namespace=NAMESPACE)
        self._io.on("*", self._take, namespace=NAMESPACE)
        logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
        self._http = make_server("127.0.0.1", self._port, socketio.WSGIApp(self._io), threaded=True)
        self._http.daemon_threads = True
        self._port = self._http.server_port
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,))
        self._thread.start()

    def stop(self) -> None:
        if self._http is None:
            return
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
        self._io.shutdown()
        self.drop()
        self._http = None

    def drop(self) -> None:
        """End all connections."""
        for connection in list(self._io.eio.sockets.values()):
            # Without waiting for the other side, which may be what is being tested.
            connection.close(wait=False)

    def owe_pulse(self) -> None:
        """Let the drawer be opened."""
        self._pulses += 1
        self.push("drawer_ready", {})

    def _take_pulse(self, _: dict[str, Any]) -> dict[str, Any]:
        owed, self._pulses = self._pulses > 0, max(0, self._pulses - 1)
        return {"ok": True, "open": owed}

    def push(self, event: str, payload: dict[str, Any]) -> None:
        self._io.emit(event, payload, namespace=NAMESPACE)

    def add_job(self, job: dict[str, Any]) -> None:
        self.jobs.append(job)
        self.push("print_ready", {"role": job["kind"]})

    def said(self, event: str) -> list[dict[str, Any]]:
        """Everything devices have said in one event so far."""
        with self._news:
            return [payload for name, payload in self._events if name == event]

    def wait(
        self,
        event: str,
        *,
        count: int = 1,
        where: Callable[[dict[str, Any]], bool] = lambda _: True,
        timeout: float = 240.0,
    ) -> dict[str, Any]:
        """Wait until an event has been said so often, and return its payload."""

        def matching() -> list[dict[str, Any]]:
            return [body for name, body in self._events if name == event and where(body)]

        with self._news:
            came = self._news.wait_for(lambda: len(matching()) >= count, timeout)
            assert came, f"{event} did not come {count} times; came: {self._events}"
            return matching()[count - 1]

    def wait_refused(self, *, count: int = 1, timeout: float = 240.0) -> None:
        with self._news:
            assert self._news.wait_for(lambda: self.refused >= count, timeout)

    def _connect(self, _sid: str, _environ: dict[str, Any], auth: Any = None) -> None:
        if not isinstance(auth, dict) or auth.get("device_token") != self.token:
            with self._news:
                self.refused += 1
                self._news.notify_all()
            code = {"code": "invalid_credentials"}
            raise exceptions.ConnectionRefusedError("refused", code)

    def _take(self, event: str, _sid: str, payload: dict[str, Any]) -> dict[str, Any]:
        answer = self.answers[event](payload) if event in self.answers else {"ok": True}
        with self._news:
            self._events.append((event, payload))
            self._news.notify_all()
        return answer

    def _lease(self, asked: dict[str, Any]) -> dict[str, Any]:
        with self._news:
            for job in self.jobs:
                if job["kind"] in asked["roles"]:
                    self.jobs.remove(job)
                    self.leased.append(job)
                    return {"ok": True, "job": job}
        return {"ok": True, "job": None}
