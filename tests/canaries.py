"""Invented personal data in every spelling they could leak in, and a search for them in any bytes."""

import base64
import html
import json
import unicodedata
from collections.abc import Iterable
from urllib.parse import quote

NAME = "갸온누뤼별"  # composed and decomposed forms differ, and it is no word of the pages
PHONE = "010-0829-7316"
SAFETY_CODE = "48갸73뉴"
RESIDENCE = "갸람시 누뤼구"
PASSWORD_TRIED = "틀린-비밀번호-큐븨싀-8841"
SHORTEST = 6  # bytes of a spelling: shorter ones would be found by chance


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


class Net:
    """Finds canaries, by kind."""

    def __init__(self) -> None:
        self.kinds = {
            "name": of_text(NAME),
            "phone": of_phone(PHONE),
            "safety code": of_text(SAFETY_CODE),
            "residence": of_text(RESIDENCE),
            "password": of_text(PASSWORD_TRIED),
        }

    def add(self, kind: str, value: str | bytes) -> None:
        """Look for this too, such as a token that the service drew."""
        spellings = of_text(value) if isinstance(value, str) else of_bytes(value)
        self.kinds[kind] = self.kinds.get(kind, set()) | spellings

    def found(self, haystack: bytes | str, kinds: Iterable[str] | None = None) -> set[str]:
        """Return the kinds of canaries that are in the haystack."""
        data = haystack if isinstance(haystack, bytes) else haystack.encode("utf-8", "surrogatepass")
        looked_for = self.kinds if kinds is None else kinds
        return {kind for kind in looked_for if any(spelling in data for spelling in self.kinds[kind])}
