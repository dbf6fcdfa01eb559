"""The first scan of a new installation, over HTTP alone: staff sign in, enrol the door, a visitor's pass is read.

Run by the Python of an installed release: ``python first_scan.py ORIGIN LOGIN``; the password comes by standard
input. Prints the answer to the scan as JSON.
"""

import json
import re
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from secrets import token_bytes
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener
from uuid import uuid4

from entry_service.core.passes import PassHeader, SignedPass, chain, code_text
from entry_service.core.times import day_number, kst_day

SLOT = 15
SLOTS = 86_400 // SLOT


class Browser:
    """Keeps cookies and sends forms with their hidden fields, as a browser does."""

    def __init__(self, origin: str) -> None:
        """Begin without cookies."""
        self._origin = origin
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def page(self, path: str) -> str:
        """Return a page."""
        return self._opener.open(self._origin + path, timeout=30).read().decode()

    def form(self, path: str, action: str, **fields: str) -> str:
        """Open a page, fill in its form, and return the page that follows."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page(path))[1]
        body = urlencode({"csrf_token": token, **fields}).encode()
        sent = Request(self._origin + action, body, {"Referer": self._origin + path, "Origin": self._origin})
        return self._opener.open(sent, timeout=30).read().decode()

    def json(self, path: str, body: object, page: str = "") -> dict:
        """Post JSON, with the token of a page where a cookie speaks for the caller, and return the answer."""
        token = re.search(r'name="csrf-token" content="([^"]*)"', page)
        headers = {"Content-Type": "application/json", "X-CSRFToken": token[1] if token else ""}
        sent = Request(self._origin + path, json.dumps(body).encode(), headers)
        return json.loads(self._opener.open(sent, timeout=30).read())


def pass_code(phone: Browser) -> str:
    """Return the text of the QR that a visitor's phone shows now."""
    now = datetime.now(UTC)
    elements = chain(token_bytes(16), SLOTS)
    root = urlsafe_b64encode(elements[0]).decode().rstrip("=")
    day = {"day": str(kst_day(now)), "root": root, "first_slot": 0, "slot_count": SLOTS, "slot_seconds": SLOT}
    made = phone.json("/api/v1/passes", {"name": "시험방문자", "phone": "010-0000-1234", "days": [day]})["passes"][
        0
    ]
    header = PassHeader(
        kid=made["kid"],
        day=day_number(kst_day(now)),
        pid=_bytes(made["pid"]),
        first_slot=0,
        slot_count=SLOTS,
        slot_seconds=SLOT,
        verified=made["verified"],
    )
    slot = int((now - header.slot_start(1)).total_seconds() // SLOT) + 1
    return code_text(SignedPass(header, elements[0], _bytes(made["sig"])), slot, elements[slot])


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def main() -> None:
    """Do it and print the verdict."""
    origin, login = sys.argv[1:]
    door = Browser(origin)
    door.form("/login", "/login", login=login, password=sys.stdin.readline().strip(), next="/staff")
    page = door.form("/staff", "/staff/enrol", name="정문")
    scan = {"scan_id": str(uuid4()), "text": pass_code(Browser(origin)), "direction": "in", "gate": ""}
    print(json.dumps(door.json("/api/v1/scans", {**scan, "scanned_at": datetime.now(UTC).isoformat()}, page)))


if __name__ == "__main__":
    main()
