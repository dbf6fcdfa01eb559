"""Invented personal data in every spelling they could leak in, and a search for them in any bytes.

What is packed (ZIP as in XLSX, gzip, zlib as in cookies) is unpacked and searched too.
"""

import base64
import gzip
import html
import io
import json
import unicodedata
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from urllib.parse import quote

import numpy

NAME = "갸온누뤼별"  # composed and decomposed forms differ, and it is no word of the pages
PHONE = "010-0829-7316"
OTHER_PHONE = "010-0829-7361"  # somebody else's, searched by a slip of the finger
SAFETY_CODE = "48갸73뉴"
RESIDENCE = "갸람시 누뤼구"
CASE_NUMBER = "갼뤼-90417"  # how the authority counts its patients: known to officers and approvers only
PASSWORD_TRIED = "틀린-비밀번호-큐븨싀-8841"
SHORTEST = 6  # bytes of a spelling: shorter ones would be found by chance
SEED = 4  # its first bytes, by which a spelling is suspected


def of_text(text: str) -> set[bytes]:
    """Return the text in composed and decomposed form, plain, escaped (JSON, HTML, URL, Python) and encoded."""
    found: set[bytes] = set()
    for form in {unicodedata.normalize(kind, text) for kind in ("NFC", "NFD")}:
        raw = form.encode()
        found |= {raw, quote(form).encode(), quote(form).lower().encode(), json.dumps(form)[1:-1].encode()}
        found |= {html.escape(form).encode(), form.encode("ascii", "xmlcharrefreplace"), form.encode("utf-16-le")}
        found |= of_bytes(raw)
    return {one for one in found if len(one) >= SHORTEST}


def of_phone(phone: str) -> set[bytes]:
    """Return the number as people and programs write it: national, international, with and without separators."""
    first, middle, last = phone.split("-")
    digits = f"{first}{middle}{last}"
    ways = {phone, digits, digits[1:], f"+82{digits[1:]}", f"{middle}{last}", f"{first[1:]}-{middle}-{last}"}
    ways |= {f"{middle}{mark}{last}" for mark in (" ", "-", ".", "/", "·", "%20", "+", ") ")}
    return set().union(*(of_text(way) for way in ways))


def of_bytes(raw: bytes) -> set[bytes]:
    """Return the bytes plain, in hexadecimals, as Python shows them, and in base64 at each of three offsets."""
    found = {raw, raw.hex().encode(), raw.hex().upper().encode(), repr(raw)[2:-1].encode()}
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + raw)
        start = -(-offset * 4 // 3)
        end = (offset + len(raw)) * 4 // 3
        found |= {whole[start:end], whole[start:end].translate(bytes.maketrans(b"+/", b"-_"))}
    return {one for one in found if len(one) >= SHORTEST}


def layers(data: bytes) -> Iterator[bytes]:
    """Give the bytes, and whatever is packed in them as a whole."""
    yield data
    if data[:2] == b"\x1f\x8b":
        yield from layers(gzip.decompress(data))
    elif data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for name in packed.namelist():
                yield name.encode()
                yield from layers(packed.read(name))


def in_cookie(value: str) -> bytes:
    """Return what a signed cookie holds: JSON, packed where it begins with a point."""
    body = value.lstrip(".").split(".")[0]
    held = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    return zlib.decompress(held) if value.startswith(".") else held


class Net:
    """Finds canaries, by kind, in one pass over the bytes: suspects by their first bytes, then each looked at."""

    def __init__(self) -> None:
        self._kinds: dict[bytes, set[str]] = defaultdict(set)
        self._seeds: dict[bytes, list[bytes]] = {}
        self.catch("name", of_text(NAME))
        self.catch("phone", of_phone(PHONE) | of_phone(OTHER_PHONE))
        self.catch("safety code", of_text(SAFETY_CODE))
        self.catch("residence", of_text(RESIDENCE))
        self.catch("case number", of_text(CASE_NUMBER))
        self.catch("password", of_text(PASSWORD_TRIED))

    @property
    def kinds(self) -> set[str]:
        """Return what is looked for."""
        return set().union(*self._kinds.values())

    def add(self, kind: str, value: str | bytes) -> None:
        """Look for this too, such as a token that the service drew."""
        self.catch(kind, of_text(value) if isinstance(value, str) else of_bytes(value))

    def catch(self, kind: str, spellings: Iterable[bytes]) -> None:
        """Look for these too."""
        for spelling in spellings:
            self._kinds[spelling].add(kind)
        self._seeds = defaultdict(list)
        self._first, self._second = numpy.zeros(1 << 16, bool), numpy.zeros(1 << 16, bool)
        for spelling in self._kinds:
            self._seeds[spelling[:SEED]].append(spelling)
            self._first[spelling[0] << 8 | spelling[1]] = True
            self._second[spelling[2] << 8 | spelling[3]] = True

    def found(self, haystack: bytes | str, kinds: Iterable[str] | None = None) -> set[str]:
        """Return the kinds of canaries that are in the haystack."""
        data = haystack if isinstance(haystack, bytes) else haystack.encode("utf-8", "surrogatepass")
        caught = set().union(*map(self._caught, layers(data)))
        return caught if kinds is None else caught & set(kinds)

    def _caught(self, data: bytes) -> set[str]:
        if len(data) < SHORTEST:
            return set()
        values = numpy.frombuffer(data, numpy.uint8).astype(numpy.uint16)
        pairs = values[:-1] << 8 | values[1:]
        caught: set[str] = set()
        for place in numpy.flatnonzero(self._first[pairs[:-2]] & self._second[pairs[2:]]).tolist():
            for spelling in self._seeds.get(data[place : place + SEED], ()):
                if data.startswith(spelling, place) and not _is_inside_a_number(data, place, spelling):
                    caught |= self._kinds[spelling]
        return caught


def _is_inside_a_number(data: bytes, place: int, spelling: bytes) -> bool:
    """Say whether six digits are only a part of a longer number or hash: those are found by chance."""
    if len(spelling) > SHORTEST or not spelling.isdigit():
        return False
    around = data[max(place - 1, 0) : place] + data[place + len(spelling) : place + len(spelling) + 1]
    return any(one in b"0123456789abcdefABCDEF" for one in around)
