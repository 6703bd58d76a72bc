"""The authority that phones are asked to trust vouches for the shop's own names only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from appliance.site_authority import authority as site
from appliance.site_authority.authority import AuthorityError

ROOT = Path(__file__).parents[2]
NAMES = ["lobby.local", "lobby", "192.0.2.7"]
PEM = serialization.Encoding.PEM


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "site"


def request() -> x509.CertificateSigningRequest:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "anything")])
    return x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())


def phone_takes(folder: Path, certificate: x509.Certificate, name: str) -> bool:
    """Whether somebody who trusts the authority takes a certificate for a name: OpenSSL's word."""
    leaf = folder / "leaf.crt"
    leaf.write_bytes(certificate.public_bytes(PEM))
    kind = "-verify_ip" if name[0].isdigit() else "-verify_hostname"
    said = subprocess.run(
        ["openssl", "verify", "-CAfile", str(folder / site.CERTIFICATE), kind, name, str(leaf)],
        capture_output=True,
        text=True,
        check=False,
    )
    return said.returncode == 0


@pytest.mark.parametrize("name", [*NAMES, "other.local", "10.1.2.3", "192.168.178.20"])
def test_the_shops_names_are_taken(folder: Path, name: str) -> None:
    key, ca = site.authority(folder, "Sample Spa", NAMES)
    assert phone_takes(folder, site.sign(request(), key, ca, [name], 820), name)


@pytest.mark.parametrize("name", ["bank.example", "lobby.example", "notlocal", "203.0.113.9"])
def test_a_stolen_key_is_no_bank(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key, ca = site.authority(folder, "Sample Spa", NAMES)
    with pytest.raises(AuthorityError, match=f"may not vouch for {name}"):
        site.sign(request(), key, ca, [name], 820)
    # The thief does not ask the tool's permission; the phone refuses all the same.
    monkeypatch.setattr(site, "may_vouch_for", lambda *_: True)
    assert not phone_takes(folder, site.sign(request(), key, ca, [name], 820), name)


def test_without_bounds_it_would_be_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: an authority as they were made once."""
    unbounded = x509.NameConstraints(None, [x509.DNSName("nothing.invalid")])
    monkeypatch.setattr(x509, "NameConstraints", lambda *_: unbounded)
    key, ca = site.authority(folder, "Sample Spa", NAMES)
    monkeypatch.setattr(site, "may_vouch_for", lambda *_: True)
    assert phone_takes(folder, site.sign(request(), key, ca, ["bank.example"], 820), "bank.example")


def test_it_is_made_once_and_its_key_is_for_its_owner_alone(folder: Path) -> None:
    _, first = site.authority(folder, "Sample Spa", NAMES)
    _, second = site.authority(folder, "Another Name", ["else.local"])
    assert first == second
    assert (folder / site.KEY).stat().st_mode & 0o077 == 0


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "appliance.site_authority", *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        cwd=ROOT,
    )


def test_what_the_playbook_runs(folder: Path) -> None:
    asked = request().public_bytes(PEM)
    signed = run("sign", str(folder), "Sample Spa", ",".join(NAMES), "820", stdin=asked)
    assert signed.returncode == 0, signed.stderr
    made = x509.load_pem_x509_certificate(signed.stdout)
    assert phone_takes(folder, made, "lobby.local")
    shown = run("fingerprint", str(folder)).stdout.decode().strip()
    openssl = subprocess.run(
        ["openssl", "x509", "-in", str(folder / site.CERTIFICATE), "-noout", "-fingerprint",
         "-sha256"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert openssl.stdout.strip().endswith(f"={shown}")


@pytest.mark.parametrize("stdin", [b"", b"no request"])
def test_what_is_no_request_is_said_in_one_line(folder: Path, stdin: bytes) -> None:
    said = run("sign", str(folder), "Sample Spa", "lobby.local", "820", stdin=stdin)
    assert said.returncode == 1
    assert said.stderr.startswith(b"Error: ")
    assert b"Traceback" not in said.stderr
