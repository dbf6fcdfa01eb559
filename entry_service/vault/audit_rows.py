"""One audit row: what it holds, its canonical text, its hash and its signature. No database, no files.

The body is JSON in the canonical form of RFC 8785. It holds only strings and whole numbers below 2**53 under plain
ASCII names, and for these the standard library's sorted, compact JSON is that very form: a package would add
nothing but numbers with fractions. The chain is h_n = SHA-256(0x00 || h_(n-1) || body), h_0 is 32 zero bytes.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519

from entry_service.core.audit_rules import AuditEntry

FIRST_HASH = bytes(32)
FORM = "%Y-%m-%dT%H:%M:%SZ"
FIELDS = frozenset(AuditEntry.__slots__) | {"subjects_digest"}


def canonical(body: dict[str, str | int]) -> str:
    """Return the canonical JSON of strings and whole numbers under ASCII names."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def row_hash(before: bytes, body: str) -> bytes:
    """Return the hash of a row that follows a row with the hash ``before``."""
    return hashlib.sha256(b"\0" + before + body.encode()).digest()


def subjects_digest(keyed: Iterable[bytes]) -> str:
    """Return the SHA-256 over the sorted keyed subjects of a row, hexadecimal."""
    return hashlib.sha256(b"".join(sorted(keyed))).hexdigest()


def at_text(at: datetime) -> str:
    """Return the moment in UTC, to the second."""
    return at.astimezone(UTC).strftime(FORM)


def read_body(body: str) -> AuditEntry:
    """Return the entry of a body; raise ``ValueError`` where it is none of ours."""
    return read_row(body)[0]


def read_row(body: str) -> tuple[AuditEntry, str]:
    """Return the entry of a body and the digest of its subjects; raise ``ValueError`` where it is none of ours."""
    read = json.loads(body)
    if not isinstance(read, dict) or set(read) != FIELDS or canonical(read) != body:
        raise ValueError("no audit row in canonical form")
    at = datetime.strptime(read["at"], FORM).replace(tzinfo=UTC)
    digest = read.pop("subjects_digest")
    return AuditEntry(**{**read, "at": at}), digest


def signed_bytes(seq: int, row: bytes) -> bytes:
    """Return what the signature of a row covers: its number, and its hash, which covers all the rest."""
    return b"entry-log audit|%d|" % seq + row


class Trusted:
    """The public keys of an audit, the oldest first: once a newer one has signed, an older one signs no more."""

    def __init__(self, public_keys: list[bytes]) -> None:
        """Trust these keys, 32 bytes each."""
        self._keys = [ed25519.Ed25519PublicKey.from_public_bytes(key) for key in public_keys]
        self._first = 0

    def signed(self, signature: object, what: bytes) -> bool:
        """Say whether one of the keys that may still sign has signed this."""
        for index in range(self._first, len(self._keys)):
            try:
                self._keys[index].verify(signature, what)
            except (InvalidSignature, TypeError):
                continue
            self._first = index
            return True
        return False
