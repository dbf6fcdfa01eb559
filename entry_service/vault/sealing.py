"""Seal a contact to the public key of its day (HPKE, RFC 9180): whoever seals cannot open.

``seal`` needs nothing but its arguments, so that it can run in another process, or one day in the browser. Every
record is padded to one length: its size says nothing about the name in it.
"""

from datetime import date

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import x25519

from entry_service.core.model import Contact

SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
PADDED = (
    368  # bytes; the longest name and residence that core.contacts lets through fit, of four bytes a character
)


class Unreadable(Exception):
    """A record cannot be opened with the key of its day; it says nothing more."""


def seal(public_key: bytes, day: date, pid: bytes, contact: Contact) -> bytes:
    """Return the sealed record of ``contact`` (416 bytes), bound to its day and pass."""
    plain = msgspec.json.encode(contact)
    if len(plain) > PADDED:
        raise ValueError("contact too long")
    key = x25519.X25519PublicKey.from_public_bytes(public_key)
    return SUITE.encrypt(plain.ljust(PADDED), key, info=_info(day, pid))


def unseal(private_key: x25519.X25519PrivateKey, day: date, pid: bytes, sealed: bytes) -> Contact:
    """Return the contact; raise ``Unreadable`` for another day, pass or key, or a damaged record."""
    try:
        plain = SUITE.decrypt(sealed, private_key, info=_info(day, pid))
        return msgspec.json.decode(plain, type=Contact)
    except (InvalidTag, ValueError, msgspec.MsgspecError) as reason:
        raise Unreadable from reason


def _info(day: date, pid: bytes) -> bytes:
    return b"vault|v1|" + day.isoformat().encode() + b"|" + pid
