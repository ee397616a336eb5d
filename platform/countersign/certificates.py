"""`countersign verify-certificate FILE`: whether a certificate of destruction holds, offline and without the platform.

FILE is the PDF, or the JWS inside it. Exit status: 0 it holds, 1 it does not, 2 the file or the key cannot be read.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from consent import destruction, pades
from consent.credentials import jose
from consent.destruction import Certificate
from consent.errors import CertificateError, ConsentError

Attached = Callable[[bytes, str], bytes | None]
HOLDS, FAILS, UNREADABLE = 0, 1, 2
LARGEST = 4 * 2**20


def signed(content: bytes, *, attached: Attached = pades.attached) -> str:
    """The signed certificate in a file: a PDF that carries one, or the JWS itself. Raises CertificateError.

    `attached` takes the file out of a PDF: a site that is handed strangers' files does so in a child process.
    """
    if len(content) > LARGEST:
        raise CertificateError(f"A certificate of destruction has at most {LARGEST} bytes, this has {len(content)}.")
    if not content.startswith(b"%PDF-"):
        return content.decode("ascii", "replace").strip()
    found = attached(content, destruction.ATTACHED)
    if found is None:
        raise CertificateError(f"This PDF carries no file “{destruction.ATTACHED}”, so it certifies nothing.")
    return found.decode("ascii", "replace")


def check(content: bytes, *, public_pem: bytes, sha256: str = "") -> tuple[Certificate, str]:
    """The certificate in a file, and its digest. `sha256` is the digest that the ledger names, where it is known.

    Raises CertificateError, in words, for what does not hold.
    """
    token = signed(content)
    found, came = destruction.read(token, public_pem), destruction.digest(token)
    if sha256 and came != sha256.lower():
        raise CertificateError(
            f"This is another certificate than the one asked for: {sha256} was expected, {came} came."
        )
    return found, came


def key_of(content: bytes) -> bytes:
    """The public key in a file: PEM, or the JWK that the site publishes. Raises CertificateError."""
    text = content.strip()
    if text.startswith(b"-----"):
        return text
    try:
        return jose.from_jwk(json.loads(text))
    except (ValueError, jose.UnreadableError) as e:
        raise CertificateError(f"The key is neither PEM nor a JWK: {e}") from e


def main(arguments: list[str]) -> int:
    """Say what holds, line by line."""
    parser = argparse.ArgumentParser(prog="countersign verify-certificate", description=__doc__.split("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", type=Path, required=True, help="what the site publishes at /certificates/key")
    parser.add_argument("--sha256", default="", help="the certificate's digest in the ledger, if you have it")
    asked = parser.parse_args(arguments)
    try:
        content, key = asked.file.read_bytes(), key_of(asked.key.read_bytes())
        jose.key_id(key)
    except (OSError, ConsentError) as error:
        sys.stderr.write(f"{error}\n")
        return UNREADABLE
    try:
        found, came = check(content, public_pem=key, sha256=asked.sha256)
    except CertificateError as error:
        sys.stdout.write(f"DOES NOT HOLD  {error}\n")
        return FAILS
    sys.stdout.writelines(f"{line}\n" for line in ("HOLDS  The signature holds.", *destruction.lines(found)))
    sys.stdout.write(f"Certificate {found.certificate_id} of {found.issuer}, about {found.subject}, SHA-256 {came}.\n")
    return HOLDS
