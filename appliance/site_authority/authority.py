"""Makes the authority once, and signs what an appliance asks for."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance.authority_bounds import LOCAL, PRIVATE, SKEW, YEARS

KEY: Final = "ca.key"
CERTIFICATE: Final = "ca.crt"

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class AuthorityError(Exception):
    """What went wrong, in one clear line."""


def authority(
    directory: Path, shop: str, names: list[str]
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """The shop's authority, made at the first call.

    Phones are asked to trust it, so it can vouch for nothing but names of the shop: who steals
    its key cannot be a bank.

    Args:
        directory: Where it is kept; its key is readable by its owner alone.
        shop: Whose it is, as a phone shows it.
        names: Host names and addresses that it is made for, beside `.local` and private addresses.

    Raises:
        AuthorityError: What is there is none of ours.
    """
    key_file, certificate_file = directory / KEY, directory / CERTIFICATE
    if certificate_file.exists():
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise AuthorityError(f"{key_file} is not a key that this tool has made")
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
        .not_valid_before(now - SKEW)
        .not_valid_after(now + dt.timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(_permitted(names), None), critical=True)
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

    Raises:
        AuthorityError: The request proves nothing, or the authority may not vouch for a name.
    """
    if not request.is_signature_valid:
        raise AuthorityError("the request is not signed by its own key")
    for name in names:
        if not may_vouch_for(ca, name):
            raise AuthorityError(
                f"the authority may not vouch for {name}, which it was not made for; with another "
                f"one, made after {KEY} and {CERTIFICATE} are moved away, every phone has to be "
                "told to trust it again"
            )
    # A subject that looks like a host name is held against the bounds, too (RFC 6125, B.2).
    subject = next((name for name in names if not _is_address(name)), "Lobby appliance")
    now = dt.datetime.now(dt.UTC)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(ca.subject)
        .public_key(request.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
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


def may_vouch_for(ca: x509.Certificate, name: str) -> bool:
    """Whether phones take the authority's word for a name (RFC 5280, 4.2.1.10).

    Args:
        ca: The authority's certificate.
        name: A host name or an address.
    """
    try:
        constraints = ca.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        # Made before authorities had bounds.
        return True
    permitted = constraints.permitted_subtrees or []
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        domains = (tree.value for tree in permitted if isinstance(tree, x509.DNSName))
        return any(name == domain or name.endswith(f".{domain}") for domain in domains)
    networks = (tree.value for tree in permitted if isinstance(tree, x509.IPAddress))
    return any(address in network for network in networks if isinstance(network, _Network))


def fingerprint(ca: x509.Certificate) -> str:
    """What a phone shows of a certificate, to be compared: SHA-256, two digits a byte."""
    return ca.fingerprint(hashes.SHA256()).hex(":").upper()


def _permitted(names: list[str]) -> list[x509.GeneralName]:
    networks: list[_Network] = list(PRIVATE)
    domains = [LOCAL]
    for name in names:
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            if not name.endswith(f".{LOCAL}"):
                domains.append(name)
            continue
        if not any(address in network for network in networks):
            networks.append(ipaddress.ip_network(address))
    return [*map(x509.DNSName, dict.fromkeys(domains)), *map(x509.IPAddress, networks)]


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


def _is_address(name: str) -> bool:
    return isinstance(_general_name(name), x509.IPAddress)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
