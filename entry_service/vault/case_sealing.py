"""Seal what a case file holds to the case's own random key (AES-256-GCM); the key dies with the file.

Records are padded to whole kilobytes: their size tells neither a name nor, mostly, how many stays there were.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from entry_service.core.contacts import normalise_phone, normalise_safety_code
from entry_service.core.errors import BadInput
from entry_service.core.model import Contact

from .asked import AskedPass
from .keys import NONCE_BYTES
from .records import Opened

BLOCK = 1_024  # bytes


class FiledContact(msgspec.Struct, frozen=True):
    """The plaintext of a row: the contact, or None where its record could not be read, and JSON of its stays."""

    contact: Contact | None
    evidence: list[str]


@dataclass(frozen=True, slots=True)
class Named:
    """What one record of a request came to; ``contact`` is None where it cannot be read."""

    day: date
    pid: bytes
    evidence: str
    contact: Contact | None

    @classmethod
    def of(cls, asked: AskedPass, found: Opened) -> "Named":
        """Return what was found under a pass. Whatever is no number that can be called counts as unreadable."""
        whole = isinstance(found, Contact) and _is_whole(found)
        return cls(asked.day, asked.pid, asked.evidence, found if whole else None)

    @property
    def subject(self) -> str:
        """Return the number or safety code, empty where there is none."""
        return (self.contact.phone or self.contact.safety_code or "") if self.contact else ""

    @property
    def person(self) -> bytes:
        """Return what is the same for one person in all their records: the number; else the record itself."""
        if self.subject:
            return b"number|" + self.subject.encode()
        return b"record|" + self.day.isoformat().encode() + b"|" + self.pid


@dataclass(frozen=True, slots=True)
class CaseKey:
    """The key of one case file and what is made of it."""

    case_id: str
    key: bytes = field(repr=False)

    @property
    def key_id(self) -> str:
        """Return the name of the key for receipts: 16 hexadecimal digits that tell nothing of it."""
        return self._of(b"key id").hex()[:16]

    def person(self, named: Named) -> bytes:
        """Return the mark by which one person is known again in this file, and in no other."""
        return self._of(b"person|" + named.person)

    def seal(self, number: int, filed: FiledContact) -> bytes:
        """Return the sealed row of a contact, bound to its case and number."""
        plain = msgspec.json.encode(filed)
        padded = plain.ljust(-(-len(plain) // BLOCK) * BLOCK)
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self._of(b"seal")).encrypt(nonce, padded, self._binding(number))

    def unseal(self, number: int, sealed: bytes) -> FiledContact | None:
        """Return what the row holds, or None where it is damaged or somebody else's."""
        try:
            plain = AESGCM(self._of(b"seal")).decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._binding(number)
            )
            return msgspec.json.decode(plain, type=FiledContact)
        except (InvalidTag, ValueError, msgspec.MsgspecError):
            return None  # shown as unreadable

    def _of(self, use: bytes) -> bytes:
        return hmac.digest(self.key, b"case file v1|" + use, "sha256")

    def _binding(self, number: int) -> bytes:
        return f"{self.case_id}|{number}".encode()


def contact_of(own: Sequence[Named]) -> Contact | None:
    """Return the contact of one person's records: a verified one, with name and residence of whichever has them.

    A paper slip has no name, an entry by poster no residence.
    """
    told = sorted((one.contact for one in own if one.contact), key=lambda contact: not contact.verified)
    if not told:
        return None
    name = next((contact.name for contact in told if contact.name), "")
    residence = next((contact.residence for contact in told if contact.residence), "")
    return replace(told[0], name=name, residence=residence)


def _is_whole(contact: Contact) -> bool:
    """Say whether a record holds exactly one number, spelt as core.contacts spells it, and text that is whole."""
    try:
        "".join((contact.name, contact.residence)).encode()
        if contact.phone:
            return not contact.safety_code and normalise_phone(contact.phone) == contact.phone
        return normalise_safety_code(contact.safety_code or "") == contact.safety_code
    except (BadInput, UnicodeEncodeError):
        return False
