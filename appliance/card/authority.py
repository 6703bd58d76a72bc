"""The card's own authority and certificate, made by `openssl`, which the image has.

A technician's machine that looks after shops has one of its own (`appliance.site_authority`, on
`cryptography`); a card that nobody provisions makes its own and keeps its key. Both are bounded in
the same way.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from appliance.authority_bounds import LOCAL, PRIVATE, SKEW, YEARS

from .machine import CommandFailed, Machine

AUTHORITY: Final = "/etc/appliance/authority"
TLS: Final = "/etc/appliance/tls"
TRUSTED: Final = "/etc/appliance/ca.crt"
SHOWN: Final = "/usr/share/appliance/www/ca.crt"
DAYS: Final = 820
"""Phones refuse more than 825 (https://support.apple.com/103769)."""
RENEW_DAYS: Final = 90

_CONFIG: Final = """\
[req]
prompt = no
utf8 = yes
string_mask = utf8only
distinguished_name = name
[name]
commonName = {name}
[ca]
default_ca = card
[card]
new_certs_dir = {folder}
database = {folder}/index
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
copy_extensions = none
[any]
commonName = supplied
[authority]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
nameConstraints = critical,{permitted}
[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
authorityKeyIdentifier = keyid
subjectAltName = {names}
"""


def make(machine: Machine, shop: str, hostname: str) -> None:
    """Make the authority once, and a certificate whenever there is none that is good.

    Args:
        machine: The card's.
        shop: Whose authority it is, as a phone shows it.
        hostname: The machine's name, without a domain.
    """
    for folder in (AUTHORITY, TLS):
        machine.path(folder).mkdir(parents=True, exist_ok=True, mode=0o700)
    _key(machine, f"{AUTHORITY}/ca.key")
    if not machine.read(f"{AUTHORITY}/ca.crt"):
        machine.write(f"{AUTHORITY}/names", f"{hostname}\n")
        machine.write(f"{AUTHORITY}/ca.crt", _authority(machine, shop, hostname))
    certificate = machine.read(f"{AUTHORITY}/ca.crt") or ""
    machine.write(TRUSTED, certificate)
    machine.write(SHOWN, certificate)
    _key(machine, f"{TLS}/server.key")
    # Another name later is good with its domain only: the authority is bounded to what it was
    # made for, and phones trust this one.
    bare = (machine.read(f"{AUTHORITY}/names") or "").split()
    names = [f"{hostname}.{LOCAL}", *([hostname] if hostname in bare else [])]
    said = f"{','.join(names)}\n"
    if machine.read(f"{TLS}/names") != said or not _is_good(machine):
        machine.write(f"{TLS}/server.crt", _certificate(machine, names))
        machine.write(f"{TLS}/names", said)


def _key(machine: Machine, absolute: str) -> None:
    if not machine.read(absolute):
        made = machine.run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout")
        machine.write(absolute, made, 0o600)


def _is_good(machine: Machine) -> bool:
    """Whether the certificate is whole, of our key, and not soon over."""
    if not machine.read(f"{TLS}/server.crt"):
        return False
    file = str(machine.path(f"{TLS}/server.crt"))
    try:
        machine.run("openssl", "verify", "-CAfile", str(machine.path(TRUSTED)), file)
        machine.run("openssl", "x509", "-in", file, "-noout", "-checkend", f"{RENEW_DAYS * 86400}")
        held = machine.run("openssl", "pkey", "-in", _of(machine, "server.key"), "-pubout")
        return held == machine.run("openssl", "x509", "-in", file, "-noout", "-pubkey")
    except CommandFailed:
        return False


def _of(machine: Machine, name: str) -> str:
    return str(machine.path(f"{TLS}/{name}"))


def _authority(machine: Machine, shop: str, hostname: str) -> str:
    permitted = [f"DNS:{LOCAL}", f"DNS:{hostname}", *map(_network, PRIVATE)]
    return _signed(
        machine,
        f"{shop} (lobby appliance)"[:64],
        key=str(machine.path(f"{AUTHORITY}/ca.key")),
        days=365 * YEARS,
        permitted=permitted,
    )


def _certificate(machine: Machine, names: Sequence[str]) -> str:
    return _signed(machine, names[0], key=_of(machine, "server.key"), days=DAYS, names=names)


def _signed(
    machine: Machine,
    name: str,
    *,
    key: str,
    days: int,
    permitted: Sequence[str] = (),
    names: Sequence[str] = (),
) -> str:
    """A certificate for a key, by the authority; by itself where it is the authority's own."""
    now = dt.datetime.now(dt.UTC)
    with TemporaryDirectory(prefix="card-") as made:
        folder = Path(made)
        (folder / "index").touch()
        (folder / "config").write_text(
            _CONFIG.format(
                name=re.sub(r"([\\$#\"'`;])", r"\\\1", name),
                folder=folder,
                permitted=",".join(f"permitted;{one}" for one in permitted) or "permitted;DNS:x",
                names=",".join(f"DNS:{one}" for one in names) or "DNS:x",
            ),
            encoding="utf-8",
        )
        config = ("-config", str(folder / "config"))
        machine.run(
            *("openssl", "req", "-new", *config, "-key", key, "-out", str(folder / "request"))
        )
        itself = ("-selfsign",) if permitted else ("-cert", str(machine.path(TRUSTED)))
        signer = key if permitted else str(machine.path(f"{AUTHORITY}/ca.key"))
        machine.run(
            *("openssl", "ca", "-batch", "-notext", "-utf8", *config, *itself, "-keyfile", signer),
            *("-extensions", "authority" if permitted else "server"),
            *("-startdate", f"{now - SKEW:%Y%m%d%H%M%SZ}"),
            *("-enddate", f"{now + dt.timedelta(days=days):%Y%m%d%H%M%SZ}"),
            *("-in", str(folder / "request"), "-out", str(folder / "certificate")),
        )
        return (folder / "certificate").read_text(encoding="ascii")


def _network(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> str:
    return f"IP:{network.network_address}/{network.netmask}"
