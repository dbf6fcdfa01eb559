"""The passes and test keys that the known answers are made from; fixed bytes, no chance."""

import hashlib
from datetime import date, datetime, timedelta

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from entry_service.core.passes import PassHeader, PublicKey, SignedPass, chain
from entry_service.core.times import day_number, day_start

DAY = date(2020, 8, 25)
BEHIND, AHEAD = 2, 1
SECRET = {kid: hashlib.sha256(b"EPC1 test key %d" % kid).digest() for kid in (1, 2, 3)}
ED25519 = {kid: ed25519.Ed25519PrivateKey.from_private_bytes(SECRET[kid]) for kid in (1, 3)}
ES256 = {2: ec.derive_private_key(int.from_bytes(SECRET[2], "big"), ec.SECP256R1())}
RETIRED_AT = day_start(DAY) + timedelta(hours=12)
KEYS = {
    1: PublicKey(1, "Ed25519", ED25519[1].public_key().public_bytes_raw()),
    2: PublicKey(
        2,
        "ES256",
        ES256[2]
        .public_key()
        .public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint),
    ),
    3: PublicKey(3, "Ed25519", ED25519[3].public_key().public_bytes_raw(), not_after=RETIRED_AT),
}
PASSES = {
    "whole day of 15 s": PassHeader(1, day_number(DAY), b"\x01" * 8, 0, 5760, 15),
    "evening of 30 s, verified": PassHeader(
        1, day_number(DAY), b"\xa7\x00\xff\x10\x20\x30\x40\x50", 2160, 720, 30, True
    ),
    "afternoon of 60 s, ES256": PassHeader(2, day_number(DAY), b"\x02" * 8, 720, 720, 60),
    "last slot of the day": PassHeader(1, day_number(DAY), b"\x03" * 8, 719, 1, 120),
    "morning of 15 s": PassHeader(1, day_number(DAY), b"\x05" * 8, 1440, 1000, 15),
    "key retired at noon": PassHeader(3, day_number(DAY), b"\x04" * 8, 2400, 960, 15),
}
SHOWN = {  # which codes of each pass are written down
    "whole day of 15 s": (1, 2, 4321, 5760),
    "evening of 30 s, verified": (1, 360, 720),
    "afternoon of 60 s, ES256": (1, 300, 720),
    "last slot of the day": (1,),
    "morning of 15 s": (500,),
    "key retired at noon": (1,),
}


def last_element(name: str) -> bytes:
    """Return x_n of a pass: on a phone random, here a hash of the pass's name."""
    return hashlib.sha256(b"EPC1 test chain " + name.encode()).digest()[:16]


def sign(kid: int, message: bytes) -> bytes:
    """Return 64 bytes; ECDSA with the deterministic nonce of RFC 6979."""
    if kid in ED25519:
        return ED25519[kid].sign(message)
    r, s = decode_dss_signature(ES256[kid].sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def signed(name: str) -> tuple[SignedPass, list[bytes]]:
    """Return a pass of the table and its whole chain."""
    header = PASSES[name]
    elements = chain(last_element(name), header.slot_count)
    return SignedPass(header, elements[0], sign(header.kid, b"EPC1" + header.pack() + elements[0])), elements


def window(header: PassHeader, i: int) -> tuple[datetime, datetime]:
    """Return [from, until) in which a code is accepted, tolerance included."""
    slot = timedelta(seconds=header.slot_seconds)
    start = header.slot_start(i)
    return start - AHEAD * slot, start + (1 + BEHIND) * slot
