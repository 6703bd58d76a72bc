"""What lets a station in: a second machine that has printers and buttons alone.

A station has no screen, and nobody looks while it meets the main machine for the first time. So its
code says two things: a secret that works once, and which authority vouches for the main machine.
The second is the beginning of the SHA-256 of the authority's certificate, as in `kubeadm join`
(`--discovery-token-ca-cert-hash`). Somebody who stands between the two would have to find another
certificate with the same 80 bits.
"""

from __future__ import annotations

import base64
import hashlib
import re
import ssl
from dataclasses import dataclass
from typing import Final

BYTES: Final = 10
"""Of each half: 16 letters."""
_HALF: Final = BYTES * 8 // 5
_GROUP: Final = 4
_CODE: Final = re.compile(rf"[a-z2-7]{{{2 * _HALF}}}")


@dataclass(frozen=True, slots=True)
class StationCode:
    """A code.

    Attributes:
        secret: What the main machine has made, and lets in once.
        authority: Which certificate vouches for it, as `fingerprint` says.
    """

    secret: str
    authority: str

    def __str__(self) -> str:
        """As people write it: eight groups of four."""
        letters = self.secret + self.authority
        return "-".join(letters[first : first + _GROUP] for first in range(0, len(letters), _GROUP))


def read(text: str) -> StationCode:
    """A code as somebody has written it, in capitals or with blanks, too.

    Raises:
        ValueError: It is none.
    """
    letters = re.sub(r"[\s-]", "", text).lower()
    if not _CODE.fullmatch(letters):
        raise ValueError("it is not 32 letters and digits from 2 to 7")
    return StationCode(letters[:_HALF], letters[_HALF:])


def fingerprint(certificate: str) -> str:
    """The second half of a code.

    Args:
        certificate: The authority's, in PEM.

    Raises:
        ValueError: It is no certificate.
    """
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).digest()
    return base64.b32encode(digest[:BYTES]).decode().lower()
