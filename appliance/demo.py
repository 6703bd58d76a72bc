"""`appliance demo`: the real server and the real peripherals daemon, with simulated devices."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any, Final

import click

from .listening import check_address

READY_WITHIN_SECONDS: Final = 30
_PAGES: Final = {
    "kiosk": "/kiosk",
    "board": "/board",
    "therapist": "/therapist/dashboard",
    "cashier": "/cashier/dashboard",
    "manager": "/manager/dashboard",
    "simulator": "/simulator",
}
_ROOM_PINS: Final = {"1": (17, 27), "2": (22, 23), "3": (24, 25), "4": (5, 6)}


class DemoError(Exception):
    """The demo cannot run; the message is one clear line."""


class _Stopped(Exception):
    """Somebody pressed Ctrl-C."""


def run(host: str, port: int, data_dir: Path, *, reset: bool) -> None:
    """Run the demo until Ctrl-C; the front page's button starts it over with fresh data.

    Args:
        host: Address to listen on.
        port: Port to listen on.
        data_dir: Where the database, the logs and `demo.json` are.
        reset: Whether to begin with a fresh database.

    Raises:
        DemoError: The port is taken, or a part does not start or ends by itself.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        _check_port(host, port)
        click.echo("Starting the demo: about 10 seconds, a minute on a Raspberry Pi…")
        while True:
            if reset and data_dir.exists():
                _remove(data_dir)
            _keep_to_ourselves(data_dir)
            environment = _environment(host, port, data_dir)
            access = _prepare(data_dir, environment)
            with contextlib.ExitStack() as parts:
                _run_parts(parts, host, port, data_dir, environment, access)
            click.echo("Starting over with fresh data…")
            reset = True
    except _Stopped:
        click.echo("\nThe demo has ended.")


def _run_parts(
    parts: contextlib.ExitStack,
    host: str,
    port: int,
    data_dir: Path,
    environment: Mapping[str, str],
    access: dict[str, Any],
) -> None:
    """Run everything until somebody wants to start over."""
    from appliance.server.demo_data import RESET_FILE

    (data_dir / RESET_FILE).unlink(missing_ok=True)
    demo_file = data_dir / "demo.json"
    demo_file.unlink(missing_ok=True)
    base_url = _base_url(host, port)
    server = _start(parts, data_dir, "serve", [], environment)
    config = _write_peripherals(data_dir, base_url, access["device_tokens"]["peripherals"])
    daemon = _start(parts, data_dir, "peripherals", ["--config", str(config)], environment)
    running = {"server": server, "peripherals": daemon}
    _wait_until_ready(base_url, running, data_dir)
    content = {"base_url": base_url, "pages": _PAGES, **access}
    _write_private(demo_file, json.dumps(content, indent=2))
    parts.callback(demo_file.unlink, missing_ok=True)
    _greet(content)
    while not (data_dir / RESET_FILE).exists():
        _check_alive(running, data_dir)
        time.sleep(0.5)


def _stop(_number: int, _frame: FrameType | None) -> None:
    # A second Ctrl-C while everything is being ended must not leave half of it behind.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise _Stopped


def _check_port(host: str, port: int) -> None:
    try:
        check_address(host, port)
    except OSError as error:
        raise DemoError(
            f"cannot listen on {host}:{port} ({error.strerror}): choose another with --port"
        ) from None


def _keep_to_ourselves(data_dir: Path) -> None:
    # The database holds password hashes, and SQLite makes its files as the umask says.
    os.umask(0o077)
    data_dir.mkdir(parents=True, exist_ok=True)
    if (data_dir / "secrets.json").exists() or not any(data_dir.iterdir()):
        data_dir.chmod(0o700)  # Not of a folder that was there for something else.
    for path in data_dir.glob("demo.sqlite*"):
        path.chmod(0o600)


def _remove(data_dir: Path) -> None:
    # Only a folder that a demo has made is removed, whatever --data-dir says.
    if any(data_dir.iterdir()) and not (data_dir / "secrets.json").exists():
        raise DemoError(f"{data_dir} holds no demo; --reset removes only a demo's own folder")
    shutil.rmtree(data_dir)


def _environment(host: str, port: int, data_dir: Path) -> dict[str, str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MYSQL_", "DATABASE_URL", "SOCKETIO_", "FLASK_", "GPIOZERO_"))
    }
    secret_file = data_dir / "secret_key"
    if not secret_file.exists():
        _write_private(secret_file, secrets.token_urlsafe(32))
    return {
        "APPLIANCE_SHOP_NAME": "Stillwater Spa",
        "APPLIANCE_SHOP_DETAILS": "A demo of the Lobby Appliance",
        **inherited,
        "DATABASE_URL": f"sqlite:///{(data_dir / 'demo.sqlite').resolve()}",
        "FLASK_SECRET_KEY_FILE": str(secret_file.resolve()),
        "SOCKETIO_ASYNC_MODE": "gevent",
        "APPLIANCE_HOST": host,
        "APPLIANCE_PORT": str(port),
        "APPLIANCE_SIMULATOR": "true",
        "APPLIANCE_DEMO_FILE": str((data_dir / "demo.json").resolve()),
        "GPIOZERO_PIN_FACTORY": "mock",
        "PYTHONUNBUFFERED": "1",
    }


def _prepare(data_dir: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """Migrate, and on the first run seed; the same log-ins are shown again on later runs."""
    from sqlalchemy.engine import make_url

    from appliance.server.clock import utc_now
    from appliance.server.demo_data import seed_demo
    from appliance.server.domain.states import SYSTEM, Role
    from appliance.server.store import schema
    from appliance.server.store.db import Database
    from appliance.server.store.unit_of_work import Store
    from appliance.server.usecases import manager

    secrets_file = data_dir / "secrets.json"
    store = Store(Database(make_url(environment["DATABASE_URL"])), utc_now)
    try:
        schema.upgrade(store.database.engine)
        schema.protect(store.database.engine)
        if secrets_file.exists():
            known: dict[str, Any] = json.loads(secrets_file.read_text())
            return known
        log_ins = seed_demo(store)
        tokens = {
            kind.value: store.run(
                functools.partial(manager.add_device, by=SYSTEM, kind=kind, name=f"demo-{kind}")
            )
            for kind in (Role.KIOSK, Role.DISPLAY, Role.PERIPHERALS)
        }
    finally:
        store.database.dispose()
    access = {
        "device_tokens": tokens,
        "logins": [
            {key: value for key, value in asdict(log_in).items() if value is not None}
            for log_in in log_ins
        ],
    }
    _write_private(secrets_file, json.dumps(access))
    return access


def _write_peripherals(data_dir: Path, base_url: str, token: str) -> Path:
    token_file = data_dir / "peripherals.token"
    _write_private(token_file, token)
    lines = [
        "[server]",
        f'url = "{base_url}"',
        f"token_file = {json.dumps(str(token_file.resolve()))}",
        "",
        "[simulator]",
        "enabled = true",
    ]
    for name, roles in (("lobby", ["ticket"]), ("desk", ["receipt", "report"])):
        lines += [
            "",
            "[[printer]]",
            f'name = "{name}"',
            f"roles = {json.dumps(roles)}",
            f'connection = "simulator:{name}"',
            'profile = "TM-T20II"',
            f"cash_drawer = {json.dumps(name == 'desk')}",
        ]
    for number, (button, lamp) in _ROOM_PINS.items():
        lines += [
            "",
            "[[room]]",
            f'number = "{number}"',
            f"button_pin = {button}",
            f"lamp_pin = {lamp}",
        ]
    path = data_dir / "peripherals.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


def _start(
    parts: contextlib.ExitStack,
    data_dir: Path,
    command: str,
    arguments: list[str],
    environment: Mapping[str, str],
) -> subprocess.Popen[bytes]:
    log = parts.enter_context((data_dir / f"{command}.log").open("wb"))
    process = subprocess.Popen(  # noqa: S603 — our own interpreter and module
        [sys.executable, "-m", "appliance", command, *arguments],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        # A session of its own: Ctrl-C reaches the demo alone, which then ends its parts in order.
        start_new_session=True,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
    )
    parts.callback(_end, process)
    return process


def _die_with_parent() -> None:
    # prctl(PR_SET_PDEATHSIG, SIGTERM): even a killed demo leaves nothing behind.
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(
    base_url: str, running: Mapping[str, subprocess.Popen[bytes]], data_dir: Path
) -> None:
    give_up_at = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < give_up_at:
        _check_alive(running, data_dir)
        if _daemon_is_connected(base_url):
            return
        time.sleep(0.05)
    raise DemoError(f"not ready within {READY_WITHIN_SECONDS} s: see the logs in {data_dir}")


def _daemon_is_connected(base_url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base_url}/healthz", timeout=2) as answer:  # noqa: S310
            return bool(json.load(answer).get("peripherals"))
    except (OSError, ValueError):
        return False


def _check_alive(running: Mapping[str, subprocess.Popen[bytes]], data_dir: Path) -> None:
    logs = {"server": "serve.log", "peripherals": "peripherals.log"}
    for name, process in running.items():
        if process.poll() is not None:
            log = data_dir / logs[name]
            last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["no output"]
            raise DemoError(f"the {name} process has ended: {last[0]} (log: {log})")


def _base_url(host: str, port: int) -> str:
    visible = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{visible}]:{port}" if ":" in visible else f"http://{visible}:{port}"


def _write_private(path: Path, content: str) -> None:
    partial = path.with_name(f".{path.name}.new")
    partial.touch(mode=0o600)
    partial.write_text(content)
    partial.replace(path)


def _greet(content: Mapping[str, Any]) -> None:
    base_url = content["base_url"]
    tokens = content["device_tokens"]
    say: Callable[[str], None] = click.echo
    say(f"\n  The Lobby Appliance demo is ready: {base_url}/")
    say("  Open it and serve your first customer in five steps: about 3 minutes.\n")
    say(f"  Kiosk       {base_url}/enroll#{tokens['kiosk']}")
    say(f"  Lobby board {base_url}/enroll#{tokens['display']}")
    say(f"  Simulator   {base_url}/simulator   (paper, lamps, call buttons)")
    for role in ("therapist", "cashier", "manager"):
        say(f"  {role.capitalize():11} {base_url}/{role}/dashboard")
    say("\n  Log-ins")
    for log_in in content["logins"]:
        room = f"   room {log_in['room_number']}" if "room_number" in log_in else ""
        say(f"    {log_in['role']:10} {log_in['username']:8} {log_in['password']}{room}")
    say("\n  Ctrl-C ends it.\n")
    sys.stdout.flush()
