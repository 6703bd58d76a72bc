"""What the playbook runs on the technician's machine.

python -m appliance.site_authority sign DIRECTORY SHOP NAME[,NAME…] DAYS < request > certificate
python -m appliance.site_authority fingerprint DIRECTORY
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from . import authority as site
from .authority import AuthorityError


def main() -> None:
    """Run the command; exits 1 with one clear line when it fails."""
    parser = argparse.ArgumentParser(prog="site_authority", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    sign = commands.add_parser("sign", help="a certificate for the request on standard input")
    shown = commands.add_parser("fingerprint", help="of the authority, to compare on a phone")
    for command in (sign, shown):
        command.add_argument("directory", type=Path)
    sign.add_argument("shop")
    sign.add_argument("names", type=lambda text: text.split(","))
    sign.add_argument("days", type=int)
    wanted = parser.parse_args()
    try:
        if wanted.command == "sign":
            key, ca = site.authority(wanted.directory, wanted.shop, wanted.names)
            request = x509.load_pem_x509_csr(sys.stdin.buffer.read())
            made = site.sign(request, key, ca, wanted.names, wanted.days)
            sys.stdout.write(made.public_bytes(serialization.Encoding.PEM).decode())
        else:
            ca = x509.load_pem_x509_certificate((wanted.directory / site.CERTIFICATE).read_bytes())
            sys.stdout.write(site.fingerprint(ca) + "\n")
    except (AuthorityError, OSError, ValueError) as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
