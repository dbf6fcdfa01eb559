"""Codes that must be refused, each with the reason: forged, spliced, out of time, or not a code at all."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from entry_service.core import base45
from entry_service.core.passes import PREFIX, PassHeader, SignedPass, chain, code_text
from tests.core.vector_passes import PASSES, sign, signed, window

BITS = {  # part of the 99 bytes → (byte, bit) turned over
    "format version": (0, 5),
    "the verified flag": (0, 0),
    "kid": (1, 3),  # 1 becomes 9, which nobody knows
    "day": (3, 0),
    "pid": (4, 0),
    "first_slot": (13, 0),
    "slot_count": (15, 0),
    "slot_seconds": (16, 4),  # 15 becomes 31
    "i": (18, 0),
    "x_i": (19, 0),
    "the end of x_i": (34, 7),
    "sig": (35, 0),
    "the end of sig": (98, 7),
}


def raw_code(packed: bytes, i: int, *, kid: int = 1, x_n: bytes = b"\x55" * 16, length: int = 8) -> str:
    """Return a rightly signed code over any header bytes, the forbidden ones too."""
    elements = chain(x_n, length)
    body = packed + i.to_bytes(2, "big") + elements[min(i, length)] + sign(kid, b"EPC1" + packed + elements[0])
    return PREFIX + base45.encode(body)


def flipped(text: str, byte: int, bit: int) -> str:
    """Return the code with one bit of its 99 bytes turned over."""
    data = bytearray(base45.decode(text[4:]))
    data[byte] ^= 1 << bit
    return PREFIX + base45.encode(bytes(data))


def refused_codes() -> Iterator[tuple[str, str, datetime, str]]:
    """Yield (why, text, when it is read, code of the refusal)."""
    whole, elements = signed("whole day of 15 s")
    header = whole.header
    good = code_text(whole, 4321, elements[4321])
    at = header.slot_start(4321)
    first, end = window(header, 4321)
    data = base45.decode(good[4:])
    packed = data[:17]

    yield "one millisecond too early", good, first - timedelta(milliseconds=1), "pass_from_future"
    yield "a day early", good, at - timedelta(days=1), "pass_from_future"
    yield "at the moment it ends", good, end, "pass_expired"
    yield "a screenshot of a minute ago", good, at + timedelta(seconds=75), "pass_expired"
    yield "yesterday's pass", good, at + timedelta(days=1), "pass_expired"

    morning, morning_chain = signed("morning of 15 s")
    early = code_text(morning, 500, morning_chain[500])
    then = morning.header.slot_start(500)
    for part, (byte, bit) in BITS.items():
        code = {"format version": "pass_malformed", "kid": "pass_key_unknown"}.get(part, "pass_forged")
        yield f"a bit of {part} turned over", flipped(early, byte, bit), then, code
    for byte, part in (
        (0, "the verified flag"),
        (16, "slot_seconds"),
        (19, "x_i"),
        (34, "x_i's end"),
        (98, "sig"),
    ):
        bit = 5 if part == "slot_seconds" else 0  # 15 becomes 47; the slots then leave the day
        code = "pass_malformed" if part == "slot_seconds" else "pass_forged"
        yield f"a bit of {part} turned over", flipped(good, byte, bit), at, code
    yield "the next slot, claimed with this slot's element", _spliced(data, i=4322), at, "pass_forged"
    yield "an earlier slot's element under a later index", _spliced(data, x=elements[4320]), at, "pass_forged"
    yield (
        "the header of another pass",
        _spliced(data, packed=PASSES["last slot of the day"].pack(), i=1),
        at,
        "pass_forged",
    )
    yield (
        "Ed25519 signature under the ES256 key id",
        _spliced(data, packed=packed[:1] + b"\x02" + packed[2:]),
        at,
        "pass_forged",
    )
    yield "signature of zeros", _spliced(data, sig=bytes(64)), at, "pass_forged"
    other = sign(3, b"EPC1" + packed + elements[0])
    yield "signed by another key", _spliced(data, sig=other), at, "pass_forged"
    zero = SignedPass(PASSES["afternoon of 60 s, ES256"], b"", bytes(64))
    yield "ES256 signature of zeros", code_text(zero, 1, bytes(16)), zero.header.slot_start(1), "pass_forged"
    high = SignedPass(PASSES["afternoon of 60 s, ES256"], b"", b"\xff" * 64)
    yield (
        "ES256 signature above the order",
        code_text(high, 1, bytes(16)),
        high.header.slot_start(1),
        "pass_forged",
    )

    unknown = PassHeader(200, header.day, header.pid, 0, 8, 15)
    yield "key id nobody knows", raw_code(unknown.pack(), 1), at, "pass_key_unknown"
    retired, retired_chain = signed("key retired at noon")
    late = code_text(retired, 960, retired_chain[960])
    yield "key that is retired by now", late, retired.header.slot_start(960), "pass_key_unknown"

    def packed_as(ver_type: int, first_slot: int, slot_count: int, slot_seconds: int) -> bytes:
        ends = first_slot.to_bytes(2, "big") + slot_count.to_bytes(2, "big") + bytes([slot_seconds])
        return bytes([ver_type, 1]) + header.day.to_bytes(2, "big") + header.pid + ends

    yield "rightly signed, format version 2", raw_code(packed_as(0x20, 0, 8, 15), 1), at, "pass_malformed"
    yield "rightly signed, a reserved flag", raw_code(packed_as(0x12, 0, 8, 15), 1), at, "pass_malformed"
    yield "rightly signed, slots of 14 s", raw_code(packed_as(0x10, 0, 8, 14), 1), at, "pass_malformed"
    yield "rightly signed, slots of 121 s", raw_code(packed_as(0x10, 0, 8, 121), 1), at, "pass_malformed"
    yield "rightly signed, no slot", raw_code(packed_as(0x10, 0, 0, 15), 1), at, "pass_malformed"
    yield "rightly signed, slots after midnight", raw_code(packed_as(0x10, 5753, 8, 15), 1), at, "pass_malformed"
    yield "rightly signed, index 0 shows the root", raw_code(packed_as(0x10, 0, 8, 15), 0), at, "pass_malformed"
    yield "rightly signed, index past the last slot", raw_code(packed_as(0x10, 0, 8, 15), 9), at, "pass_malformed"

    yield "nothing", "", at, "pass_malformed"
    yield "another QR code", "https://www.gunpo.go.kr/", at, "pass_malformed"
    yield "another prefix", "EPC2" + good[4:], at, "pass_malformed"
    yield "lower case", good.lower(), at, "pass_malformed"
    yield "a space before", " " + good, at, "pass_malformed"
    yield "a line break after", good + "\n", at, "pass_malformed"
    yield "one character short", good[:-1], at, "pass_malformed"
    yield "one byte short", PREFIX + base45.encode(data[:-1]), at, "pass_malformed"
    yield "one byte more", PREFIX + base45.encode(data + b"\0"), at, "pass_malformed"
    yield "a foreign character", good[:80] + "_" + good[81:], at, "pass_malformed"
    yield "a full-width digit", good[:80] + "１" + good[81:], at, "pass_malformed"
    yield "a group above 65535", good[:4] + ":::" + good[7:], at, "pass_malformed"
    yield "a last group above 255", good[:-2] + "::", at, "pass_malformed"


def _spliced(
    data: bytes,
    *,
    packed: bytes | None = None,
    i: int | None = None,
    x: bytes | None = None,
    sig: bytes | None = None,
) -> str:
    index = data[17:19] if i is None else i.to_bytes(2, "big")
    return PREFIX + base45.encode((packed or data[:17]) + index + (x or data[19:35]) + (sig or data[35:]))
