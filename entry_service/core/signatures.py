"""Signed webhooks: whoever holds the secret says when a body was sent; an old or changed body is none.

The header reads ``t=<unix seconds>,v1=<hex>``, where v1 is HMAC-SHA256 over ``t``, a full stop and the body.
"""

import hmac
import re
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)  # for clocks that differ and slow lines; a captured body is of no use after it
_HEADER = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})", re.ASCII)


def sign(secret: str, body: bytes, at: datetime) -> str:
    """Return the header for a body that is sent at the moment."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_digest(secret, seconds, body)}"


def is_signed(secret: str, body: bytes, header: str, now: datetime) -> bool:
    """Say whether the header was made with the secret for this body, within ``TOLERANCE`` of now."""
    found = _HEADER.fullmatch(header)
    if found is None:
        return False
    seconds = int(found[1])
    is_ours = hmac.compare_digest(_digest(secret, seconds, body), found[2])
    return is_ours and abs(seconds - now.timestamp()) <= TOLERANCE.total_seconds()


def _digest(secret: str, seconds: int, body: bytes) -> str:
    return hmac.digest(secret.encode(), b"%d." % seconds + body, "sha256").hex()
