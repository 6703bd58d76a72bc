"""At the network: one hostile address takes nothing from the others, and no key is written down."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import subprocess
from collections import Counter
from collections.abc import Iterator

import pytest

from .machine import Machine
from .shop import Shop
from .technician import Technician

SOCKETS, HALVES = 764, 1575
"""What took nginx from everybody once."""
PER_ADDRESS = 250
SECRET = "secret-of-a-guest"
UPGRADE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: lobby.local\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
HALF = b"GET /healthz HTTP/1.1\r\nHost: lobby.local\r\n"


@contextlib.contextmanager
def flood(machine: Machine, count: int, said: bytes, *, answered: bool) -> Iterator[Counter[str]]:
    """Many connections of one address, each of which says something and stays.

    Yields:
        How many there are by what they heard.
    """
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    heard: Counter[str] = Counter()
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            try:
                plain = stack.enter_context(
                    socket.create_connection((machine.address, 443), timeout=5)
                )
                line = stack.enter_context(context.wrap_socket(plain))
                line.sendall(said)
                heard[line.recv(12)[9:].decode() if answered else "waits"] += 1
            except TimeoutError:
                # Everything is taken: who comes now waits as well.
                heard["no answer"] += 1
                break
            except OSError as error:
                heard[type(error).__name__] += 1
        yield heard


def somebody_else(machine: Machine) -> str:
    """What another address is answered within some seconds."""
    return machine.ssh(
        "curl --insecure --silent --max-time 5 --output /dev/null --write-out '%{http_code}' "
        "https://127.0.0.1/healthz",
        check=False,
    )


def test_sockets_of_one_address_do_not_take_all(machine: Machine, shop: Shop) -> None:
    with flood(machine, SOCKETS, UPGRADE, answered=True) as heard:
        assert somebody_else(machine) == "200", heard
    assert heard["101"] <= PER_ADDRESS, heard
    assert heard["429"] > 0, heard


def test_half_sent_requests_of_one_address_do_not_take_all(machine: Machine, shop: Shop) -> None:
    with flood(machine, HALVES, HALF, answered=False) as heard:
        assert somebody_else(machine) == "200", heard
    assert heard["waits"] <= PER_ADDRESS, heard


def test_without_the_bounds_they_take_all(
    machine: Machine, shop: Shop, technician: Technician
) -> None:
    """The control: the package's own number of connections, its patience, and no firewall."""
    machine.ssh(
        "nft delete table inet appliance; "
        "sed -i -E 's/worker_connections .*/worker_connections 768;/' /etc/nginx/nginx.conf; "
        "sed -i -E '/limit_conn address/d; s/(client_header_timeout) .*/\\1 60s;/' "
        "/etc/nginx/conf.d/appliance.conf; systemctl restart nginx"
    )
    try:
        workers = len(machine.ssh("pgrep --full 'nginx: worker'").split())
        with flood(machine, 800 * workers, HALF, answered=False) as heard:
            assert somebody_else(machine) == "000", heard
    finally:
        technician.run("site.yml", "--tags", "network")
        machine.ssh("systemctl restart nginx; nft -f /etc/nftables.conf")


def curl(shop: Shop, path: str, *options: str) -> tuple[int, dict[str, str], str]:
    """What a program is answered, with the answer's head."""
    said = subprocess.run(
        ["curl", "--silent", "--include", "--http1.1", "--cacert", str(shop.ca), *options,
         f"{shop.base_url}{path}"],
        capture_output=True, check=True, timeout=30,
    ).stdout.decode()  # fmt: skip
    head, _, body = said.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split()[1]), fields, body


def test_what_nginx_refuses_has_the_one_shape(shop: Shop) -> None:
    answers = [
        curl(shop, "/cashier/login", "--json", '{"username": "nobody", "password": "x"}')
        for _ in range(25)
    ]
    status, head, body = answers[-1]
    refused = json.loads(body)
    assert (status, refused["ok"], refused["code"]) == (429, False, "too_many_attempts")
    assert int(head["retry-after"]) > 0

    status, _, body = curl(shop, "/metrics")
    assert (status, json.loads(body)["code"]) == (404, "not_found")
    status, _, body = curl(shop, "/api/catalog", "--header", "X: " + "a" * 40_000)
    assert (status, json.loads(body)["code"]) == (400, "validation_failed")


def test_a_large_body_has_the_one_shape(
    shop: Shop, tmp_path_factory: pytest.TempPathFactory
) -> None:
    large = tmp_path_factory.mktemp("large") / "body"
    large.write_bytes(bytes(3_000_000))
    status, _, body = curl(
        shop, "/api/catalog", "--header", "Expect:", "--data-binary", f"@{large}"
    )
    assert (status, json.loads(body)["ok"]) == (413, False)


def test_no_key_is_in_the_logs(machine: Machine, shop: Shop) -> None:
    for path in (
        f"/t/{SECRET}",
        f"/t/{SECRET}/state?x={SECRET}",
        f"//t/{SECRET}",
        f"/%74/{SECRET}",
        f"/enroll/{SECRET}",
        f"/socket.io/?auth_token={SECRET}",
    ):
        curl(shop, path, "--path-as-is", "--referer", f"https://lobby.local/t/{SECRET}")
    machine.ssh(
        f"curl --silent --output /dev/null 'http://127.0.0.1/t/{SECRET}?auth_token={SECRET}'"
    )
    assert "/t/..." in machine.ssh("cat /var/log/nginx/access.log")
    assert machine.ssh(f"grep -rlF {SECRET} /var/log/nginx", check=False) == ""
    assert SECRET not in machine.ssh("journalctl --no-pager --boot --output=cat --unit nginx")


def test_who_came_over_tls_comes_so_again(shop: Shop) -> None:
    for path in ("/kiosk", "/api/catalog", "/metrics", "/starting.html"):
        _, head, _ = curl(shop, path)
        assert head["strict-transport-security"] == "max-age=604800", path


def test_the_authority_is_bounded_and_can_be_compared(
    machine: Machine, shop: Shop, technician: Technician
) -> None:
    said = subprocess.run(
        ["openssl", "x509", "-in", str(shop.ca), "-noout", "-fingerprint", "-sha256", "-ext",
         "nameConstraints"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "Permitted" in said
    assert "DNS:local" in said
    shown = next(line for line in said.splitlines() if "ingerprint=" in line).partition("=")[2]
    assert shown in machine.ssh("appliance doctor", check=False)
