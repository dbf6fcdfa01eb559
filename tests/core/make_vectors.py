"""Write contract/pass_vectors.json, the known answers of EPC1 that Python and JavaScript share (docs/pass.md).

Everything is made from fixed bytes: ``python -m tests.core.make_vectors`` gives the same file again. The private
keys in it are test keys: they sign nothing but these vectors.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from entry_service.core import base45, short_codes
from entry_service.core.passes import chain, code_text
from tests.core.refused_vectors import refused_codes
from tests.core.vector_passes import AHEAD, BEHIND, DAY, KEYS, PASSES, SECRET, SHOWN, last_element, signed, window

FILE = Path(__file__).resolve().parents[2] / "contract" / "pass_vectors.json"


def iso(at: datetime) -> str:
    """Return the moment in UTC, with milliseconds where they matter."""
    text = at.astimezone(UTC).isoformat(timespec="milliseconds" if at.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def valid_codes() -> Iterator[dict[str, Any]]:
    """Yield the codes that open the door, with the half-open interval in which they do."""
    for name, shown in SHOWN.items():
        whole, elements = signed(name)
        for i in shown:
            first, end = window(whole.header, i)
            yield {
                "pass": name,
                "i": i,
                "text": code_text(whole, i, elements[i]),
                "slot_start": iso(whole.header.slot_start(i)),
                "accepted_from": iso(first),
                "accepted_until": iso(end),
            }


def build() -> dict[str, Any]:
    """Return the whole file as a dictionary."""
    samples = (
        b"",
        b"\0",
        b"\xff",
        b"\0\0",
        b"\xff\xff",
        b"AB",
        b"Hello!!",
        b"base-45",
        b"ietf!",
        bytes(range(17)),
    )
    return {
        "about": "Known answers of the visitor pass EPC1 (docs/pass.md). Made by tests/core/make_vectors.py; "
        "bytes are hexadecimal, times are UTC, intervals half-open. The private keys sign nothing but this file.",
        "tolerance": {"behind": BEHIND, "ahead": AHEAD},
        "base45": {
            "valid": [{"bytes": sample.hex(), "text": base45.encode(sample)} for sample in samples],
            "invalid": ["A", "AAAA", ":::", "GGW", "::", "V5", "ab", "a", "A_", "한국", "QED8W"],
        },
        "chains": [
            {
                "x_n": x_n.hex(),
                "slot_count": count,
                "elements": {
                    str(i): chain(x_n, count)[i].hex() for i in sorted({0, 1, count // 2, count - 1, count})
                },
            }
            for x_n, count in (
                (bytes(16), 1),
                (b"\xff" * 16, 2),
                (bytes(range(16)), 720),
                (last_element("chain"), 5760),
            )
        ],
        "keys": [
            {
                "kid": key.kid,
                "alg": key.alg,
                "public": key.public.hex(),
                "not_after": None if key.not_after is None else iso(key.not_after),
                "test_private": SECRET[key.kid].hex(),
            }
            for key in KEYS.values()
        ],
        "passes": [_pass(name) for name in PASSES],
        "codes": list(valid_codes()),
        "refused": [
            {"why": why, "text": text, "at": iso(at), "code": code} for why, text, at, code in refused_codes()
        ],
        "short_codes": _short_codes(),
    }


def _short_codes() -> dict[str, Any]:
    """Return typed codes: the key of a phone, what it shows in a slot, and how a code may be typed."""
    service_key, pid, day = bytes(range(32)), bytes(range(8)), 18_499
    key = short_codes.phone_key(service_key, day, pid)
    typed = ("7K3QM-0A1BC", "7k3qm0a1bc", " 7K3QM OAIBC ", "7K3QM–0a-l-bc", "７Ｋ３ＱＭ－０Ａ１ＢＣ", "7K3QMVA1BU")
    unread = ("", "7K3QM-0A1B", "7K3QM-0A1BCD", "7K3QM_0A1BC", "가나다라마-바사아자차", "EPC1")
    return {
        "service_key": service_key.hex(),
        "day_number": day,
        "pid": pid.hex(),
        "key": key.hex(),
        "handles": [
            {"random": raw.hex(), "handle": short_codes.letters(raw)}
            for raw in (bytes(4), b"\xff" * 4, bytes.fromhex("00000080"), bytes.fromhex("8a1f7c03"))
        ],
        "checks": {str(slot): short_codes.check_letters(key, slot) for slot in (0, 1, 255, 256, 2_880, 5_759)},
        "typed": {text: short_codes.read_typed(text) for text in (*typed, *unread)},
    }


def _pass(name: str) -> dict[str, Any]:
    whole, elements = signed(name)
    header = whole.header
    return {
        "name": name,
        "kid": header.kid,
        "day": DAY.isoformat(),
        "day_number": header.day,
        "pid": header.pid.hex(),
        "first_slot": header.first_slot,
        "slot_count": header.slot_count,
        "slot_seconds": header.slot_seconds,
        "verified": header.verified,
        "header": header.pack().hex(),
        "x_n": elements[-1].hex(),
        "root": elements[0].hex(),
        "sig": whole.sig.hex(),
    }


def text() -> str:
    """Return the text of the file."""
    return json.dumps(build(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
