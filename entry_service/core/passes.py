"""The visitor pass EPC1: a signed hash chain that a phone reveals slot by slot (docs/pass.md).

The phone draws ``x_n`` and hashes it down to the root ``x_0``. The service signs header and root. In the slot with
index ``i`` the phone shows ``x_i``: whoever reads it can hash down to the signed root, nobody can hash up to the
next slot. A verifier needs the public key alone and so cannot make a code.
"""

import hashlib
import hmac
import struct
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from . import base45
from .errors import PassExpired, PassForged, PassFromFuture, PassKeyUnknown, PassMalformed
from .times import day_of_number, day_start

PREFIX = "EPC1"
VERSION = 0x10  # high nibble: format version 1; low nibble: flags
VERIFIED = 0x01  # low nibble, bit 0: the phone number was verified by a one-time code when the pass was issued
HEADER = struct.Struct(">BBH8sHHB")  # ver_type, kid, day, pid, first_slot, slot_count, slot_seconds
CODE_BYTES = HEADER.size + 2 + 16 + 64
SLOT_SECONDS = range(15, 121)  # 15 s as KI-Pass, up to two minutes for assistive use
DAY_SECONDS = 86_400
_sha256 = hashlib.sha256
_STEPS = [b"EPC1" + i.to_bytes(2, "big") for i in range(DAY_SECONDS // SLOT_SECONDS.start + 1)]

Algorithm = Literal["Ed25519", "ES256"]


@dataclass(frozen=True, slots=True)
class PassHeader:
    """The signed fields of a pass; slot ``s`` of the day is [00:00 KST + s·slot_seconds, + slot_seconds)."""

    kid: int
    day: int
    pid: bytes
    first_slot: int
    slot_count: int
    slot_seconds: int
    verified: bool = False

    def pack(self) -> bytes:
        """Return the 17 bytes of the header."""
        ver_type = VERSION | (VERIFIED if self.verified else 0)
        return HEADER.pack(
            ver_type, self.kid, self.day, self.pid, self.first_slot, self.slot_count, self.slot_seconds
        )

    @classmethod
    def unpack(cls, packed: bytes) -> "PassHeader":
        """Return the header of 17 bytes; raise PassMalformed where a field is outside its range."""
        ver_type, *fields, slot_seconds = HEADER.unpack(packed)
        kid, day, pid, first_slot, slot_count = fields
        if ver_type & ~VERIFIED != VERSION:
            raise PassMalformed(part="version")
        header = cls(kid, day, pid, first_slot, slot_count, slot_seconds, bool(ver_type & VERIFIED))
        header.check()
        return header

    def check(self) -> None:
        """Raise PassMalformed unless the fields fit and every slot lies inside the day."""
        if self.slot_seconds not in SLOT_SECONDS or len(self.pid) != 8 or self.kid not in range(256):
            raise PassMalformed(part="header")
        if self.first_slot < 0 or self.slot_count < 1:
            raise PassMalformed(part="slots")
        if (self.first_slot + self.slot_count - 1) * self.slot_seconds >= DAY_SECONDS:
            raise PassMalformed(part="slots")

    def slot_start(self, i: int) -> datetime:
        """Return when the code with index ``i`` (1 … slot_count) becomes valid."""
        seconds = (self.first_slot + i - 1) * self.slot_seconds
        return day_start(day_of_number(self.day)) + timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class SignedPass:
    """What the service answers: the header, the root it signed, and the signature (64 bytes)."""

    header: PassHeader
    root: bytes
    sig: bytes


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A signing key; the algorithm belongs to the key id, never to the pass."""

    kid: int
    alg: Algorithm
    private: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A verification key: 32 raw bytes (Ed25519) or the 65-byte uncompressed point (ES256)."""

    kid: int
    alg: Algorithm
    public: bytes
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class PassReading:
    """An authentic code: whose, which index, and when its slot began."""

    header: PassHeader
    i: int
    slot_start: datetime


class PassCache:
    """Bounded memory of verified passes, so that the next code costs one or two hashes and no signature."""

    def __init__(self, size: int = 20_000) -> None:
        """Keep the latest ``size`` passes."""
        self._known: OrderedDict[bytes, tuple[int, bytes]] = OrderedDict()
        self._size = size
        self._lock = Lock()

    def get(self, identity: bytes) -> tuple[int, bytes] | None:
        """Return (i, x_i) last verified for this header and signature."""
        with self._lock:
            return self._known.get(identity)

    def put(self, identity: bytes, i: int, x_i: bytes) -> None:
        """Remember the furthest point of the chain that was verified."""
        with self._lock:
            known = self._known.pop(identity, None)
            self._known[identity] = known if known is not None and known[0] > i else (i, x_i)
            if len(self._known) > self._size:
                self._known.popitem(last=False)


def chain_step(i: int, x_i: bytes) -> bytes:
    """Return x_{i−1}: the first 16 bytes of SHA-256("EPC1" ‖ i ‖ x_i)."""
    return _sha256(b"EPC1" + i.to_bytes(2, "big") + x_i).digest()[:16]


def chain(x_n: bytes, slot_count: int) -> list[bytes]:
    """Return [x_0, …, x_n] from the last element; ``x_0`` is the root, ``n`` the slot count."""
    elements = [x_n]
    for i in range(slot_count, 0, -1):
        elements.append(chain_step(i, elements[-1]))
    return elements[::-1]


def sign_pass(header: PassHeader, root: bytes, key: IssuerKey) -> bytes:
    """Return the 64-byte signature over "EPC1" ‖ header ‖ root."""
    header.check()
    message = b"EPC1" + header.pack() + root
    if key.alg == "Ed25519":
        return key.private.sign(message)
    r, s = decode_dss_signature(key.private.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def code_text(signed: SignedPass, i: int, x_i: bytes) -> str:
    """Return the text of the QR code for index ``i``: "EPC1" and 149 base45 characters, QR version 6-M."""
    return PREFIX + base45.encode(signed.header.pack() + i.to_bytes(2, "big") + x_i + signed.sig)


def read_pass(
    text: str,
    *,
    at: datetime,
    keys: Mapping[int, PublicKey],
    behind: int = 2,
    ahead: int = 1,
    cache: PassCache | None = None,
) -> PassReading:
    """Return who shows this code, if it is authentic and its slot is open at ``at``.

    Parameters
    ----------
    text : str
        What the camera read.
    at : datetime
        When it was read (aware), by the clock of the device that read it.
    keys : mapping of int to PublicKey
        Verification keys by key id.
    behind, ahead : int
        How many slots a code may be old, or early for a phone whose clock runs ahead.
    cache : PassCache, optional
        Memory of verified passes.

    Raises
    ------
    PassMalformed, PassKeyUnknown, PassForged, PassExpired, PassFromFuture
        In this order: a code is judged by time only once it is known to be authentic.
    """
    reading = authenticate(text, keys=keys, cache=cache)
    key = keys[reading.header.kid]
    if key.not_after is not None and at >= key.not_after:
        raise PassKeyUnknown(kid=key.kid)
    slot = timedelta(seconds=reading.header.slot_seconds)
    late = at - reading.slot_start - slot
    if late >= slot * behind:
        raise PassExpired(reading=reading, age=int(late.total_seconds()))
    if at < reading.slot_start - slot * ahead:
        raise PassFromFuture(reading=reading, ahead=int((reading.slot_start - at).total_seconds()))
    return reading


def authenticate(text: str, *, keys: Mapping[int, PublicKey], cache: PassCache | None = None) -> PassReading:
    """Return who the code belongs to, if it is authentic, whenever its slot was; for an officer with a case.

    Raises ``PassMalformed``, ``PassKeyUnknown`` or ``PassForged``.
    """
    header, i, x_i, sig, packed = _parse(text)
    key = keys.get(header.kid)
    if key is None:
        raise PassKeyUnknown(kid=header.kid)
    _verify(packed, i, x_i, sig, key, cache)
    return PassReading(header, i, header.slot_start(i))


def _parse(text: str) -> tuple[PassHeader, int, bytes, bytes, bytes]:
    if not text.startswith(PREFIX) or len(text) != len(PREFIX) + 149:
        raise PassMalformed(part="text")
    try:
        data = base45.decode(text[len(PREFIX) :])
    except ValueError as wrong:
        raise PassMalformed(part="base45") from wrong
    if len(data) != CODE_BYTES:
        raise PassMalformed(part="length")
    packed = data[: HEADER.size]
    header = PassHeader.unpack(packed)
    i = int.from_bytes(data[17:19], "big")
    if not 1 <= i <= header.slot_count:
        raise PassMalformed(part="index")
    return header, i, data[19:35], data[35:], packed


def _verify(packed: bytes, i: int, x_i: bytes, sig: bytes, key: PublicKey, cache: PassCache | None) -> None:
    """Raise PassForged unless x_i hashes down to the signed root, by way of the last verified element if any."""
    identity = packed + sig
    known = cache.get(identity) if cache is not None else None
    if known is not None and i == known[0]:
        if not hmac.compare_digest(x_i, known[1]):
            raise PassForged(part="chain")
        return
    stop = known[0] if known is not None and i > known[0] else 0
    element = x_i
    for step in range(
        i, stop, -1
    ):  # chain_step, written out: thousands of turns for a pass seen for the first time
        element = _sha256(_STEPS[step] + element).digest()[:16]
    if stop:
        if not hmac.compare_digest(element, known[1]):
            raise PassForged(part="chain")
    else:
        _check_signature(b"EPC1" + packed + element, sig, key)
    if cache is not None:
        cache.put(identity, i, x_i)


def _check_signature(message: bytes, sig: bytes, key: PublicKey) -> None:
    try:
        if key.alg == "Ed25519":
            ed25519.Ed25519PublicKey.from_public_bytes(key.public).verify(sig, message)
        else:
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key.public)
            der = encode_dss_signature(int.from_bytes(sig[:32], "big"), int.from_bytes(sig[32:], "big"))
            point.verify(der, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as wrong:
        raise PassForged(part="signature") from wrong
