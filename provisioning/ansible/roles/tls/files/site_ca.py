"""Keeps a shop's certificate authority on the technician's machine and signs the appliance's key.

The authority's key never leaves this machine, and the appliance's never leaves the appliance: what
travels is a request and a certificate. `cryptography` comes with Ansible, so that nothing else has
to be installed.

Usage: site_ca.py DIRECTORY SHOP NAME[,NAME…] DAYS < request.pem > certificate.pem
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_YEARS = 20
# Clocks of phones and of a Pi that has just started are not equal.
_SKEW = dt.timedelta(days=1)


def authority(directory: Path, shop: str) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """The shop's authority, made at the first call.

    Args:
        directory: Where it is kept; its key is readable by its owner alone.
        shop: Whose it is, as a phone shows it.
    """
    key_file, certificate_file = directory / "ca.key", directory / "ca.crt"
    if certificate_file.exists():
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise SystemExit(f"{key_file} is not a key that this tool has made.")
        return key, x509.load_pem_x509_certificate(certificate_file.read_bytes())
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{shop} (lobby appliance)"[:64])])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + dt.timedelta(days=365 * CA_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with os.fdopen(os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return key, certificate


def sign(
    request: x509.CertificateSigningRequest,
    key: ec.EllipticCurvePrivateKey,
    ca: x509.Certificate,
    names: list[str],
    days: int,
) -> x509.Certificate:
    """A certificate for the key in the request, and for the names that the playbook says.

    Args:
        request: Proves that its maker holds the key; its own names do not count.
        key: The authority's.
        ca: The authority's certificate.
        names: Host names and addresses.
        days: Phones refuse more than 825 (https://support.apple.com/103769).
    """
    if not request.is_signature_valid:
        raise SystemExit("The request is not signed by its own key.")
    now = dt.datetime.now(dt.UTC)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])]))
        .issuer_name(ca.subject)
        .public_key(request.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False
        )
        .add_extension(issuer, critical=False)
        .sign(key, hashes.SHA256())
    )


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def main() -> None:
    """Read a request, write a certificate."""
    directory, shop, names, days = sys.argv[1:5]
    key, ca = authority(Path(directory), shop)
    request = x509.load_pem_x509_csr(sys.stdin.buffer.read())
    certificate = sign(request, key, ca, names.split(","), int(days))
    sys.stdout.write(certificate.public_bytes(serialization.Encoding.PEM).decode())


if __name__ == "__main__":
    main()
