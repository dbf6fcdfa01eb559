"""Deletion receipts: canonical JSON signed with Ed25519, chained by day. Anybody with the public key can verify.

A receipt file holds ``receipt`` (what is said), ``signature`` (base64) and ``sha256`` of what is said. Signed is
the canonical form of ``receipt``: keys sorted, no blanks, UTF-8. It holds no decimal fractions, so that every
reader writes it the same.
"""

import base64
import binascii
import hashlib
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from .errors import BadInput, EntryError

VERSION = 1
LARGEST = 10_000_000  # bytes of a receipt file
PARTS = {"receipt", "signature", "sha256"}


class ReceiptForged(EntryError):
    """The receipt was changed, or another key signed it."""

    status, code, sentence = (
        422,
        "receipt_forged",
        "서명이 맞지 않습니다. 내용이 바뀌었거나 다른 기관이 서명한 확인서입니다.",
    )


class ReceiptUnreadable(EntryError):
    """The file is no receipt."""

    status, code, sentence = 422, "receipt_unreadable", "파기 확인서 파일이 아닙니다."


def canonical(body: dict[str, Any]) -> str:
    """Return the one text of a receipt that is signed."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(body: str) -> str:
    """Return the SHA-256 of a canonical text, hexadecimal: what the next day's receipts name."""
    return hashlib.sha256(body.encode()).hexdigest()


def sign(body: str, key: bytes) -> bytes:
    """Return the signature of a canonical text under the private key (32 bytes)."""
    return ed25519.Ed25519PrivateKey.from_private_bytes(key).sign(body.encode())


def file_of(body: str, signature: bytes) -> bytes:
    """Return the receipt as a file, indented for people."""
    said = {
        "receipt": json.loads(body),
        "signature": base64.b64encode(signature).decode(),
        "sha256": digest(body),
    }
    return (json.dumps(said, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def read_file(content: bytes) -> tuple[str, bytes]:
    """Return canonical text and signature of a receipt file; raise ``ReceiptUnreadable``."""
    if len(content) > LARGEST:
        raise ReceiptUnreadable
    try:
        said = json.loads(content, object_pairs_hook=_each_once, parse_float=_none, parse_constant=_none)
        if not isinstance(said, dict) or set(said) != PARTS or not isinstance(said["receipt"], dict):
            raise ReceiptUnreadable
        return canonical(said["receipt"]), base64.b64decode(said["signature"], validate=True)
    except (ValueError, TypeError, RecursionError, binascii.Error) as unreadable:
        raise ReceiptUnreadable from unreadable


def verify(content: bytes, public_key: bytes) -> dict[str, Any]:
    """Return what a receipt file says, if the key (32 bytes) signed exactly that.

    Raises ``ReceiptUnreadable`` or ``ReceiptForged``.
    """
    body, signature = read_file(content)
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(public_key).verify(signature, body.encode())
    except InvalidSignature as forged:
        raise ReceiptForged from forged
    if json.loads(content)["sha256"] != digest(body):
        raise ReceiptForged
    return json.loads(body)


def broken_links(bodies: list[dict[str, Any]]) -> list[str]:
    """Return the days of verified receipts that name another receipt of the day before than the one given."""
    whole = {body["day"]: digest(canonical(body)) for body in bodies if body.get("kind") == "service"}
    named = [(body["day"], body.get("previous")) for body in bodies]
    return sorted(
        {day for day, before in named if before and whole.get(before["day"], before["sha256"]) != before["sha256"]}
    )


def public_pem(key: bytes) -> str:
    """Return the public key of a private key (32 bytes) as PEM, which every other program reads too."""
    public = ed25519.Ed25519PrivateKey.from_private_bytes(key).public_key()
    pem = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return public.public_bytes(*pem).decode()


def read_public_pem(content: bytes) -> bytes:
    """Return the 32 bytes of a public key in PEM; raise ``BadInput``."""
    try:
        key = serialization.load_pem_public_key(content)
    except ValueError as unreadable:
        raise BadInput("공개키 파일을 읽을 수 없습니다.", field="key") from unreadable
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise BadInput("공개키 파일을 읽을 수 없습니다.", field="key")
    return key.public_bytes_raw()


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ReceiptUnreadable
    return found


def _none(text: str) -> None:
    raise ReceiptUnreadable
