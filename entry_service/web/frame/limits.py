"""A small brake for posts without sign-in: so many a minute for one address.

What is kept is no log of visitors: addresses are keyed by an HMAC whose random key lives an hour in memory, counts
live a minute (threats T34). With several processes each counts for itself, so the real limit is that many times
higher; the brake is against floods, the budgets that protect people are kept in the vault.
"""

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from threading import Lock

from flask import Flask, request

from entry_service.core.errors import TooMany

from . import context
from .access import Access

MOST_KEYS = 20_000  # addresses counted in one minute; more than that is a flood from everywhere


class Brake:
    """Counts by address and minute; forgets both."""

    def __init__(self, per_minute: int, random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        """Allow ``per_minute`` calls an address."""
        self.per_minute = per_minute
        self._random = random
        self._lock = Lock()
        self._hour = self._minute = -1
        self._key = b""
        self._counts: dict[bytes, int] = {}

    def count(self, address: str, now: datetime) -> None:
        """Count one call of the address or raise ``TooMany`` with the seconds left of this minute."""
        self.count_caller(network(address), now)

    def count_caller(self, caller: str, now: datetime) -> None:
        """Count one call of whoever the text names, which is kept as a keyed hash only; raise ``TooMany``."""
        minute = int(now.timestamp()) // 60
        with self._lock:
            if minute // 60 != self._hour:
                self._hour, self._key = minute // 60, self._random(32)
            if minute != self._minute:
                self._minute, self._counts = minute, {}
            key = hmac.digest(self._key, caller.encode(), "sha256")[:16]
            if self._counts.get(key, 0) >= self.per_minute or len(self._counts) >= MOST_KEYS:
                raise TooMany(retry_after=60 - int(now.timestamp()) % 60)
            self._counts[key] = self._counts.get(key, 0) + 1


def network(address: str) -> str:
    """Return what counts as one caller: an IPv4 address, or the /64 that one IPv6 line owns."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    return parsed.exploded[:19] if isinstance(parsed, IPv6Address) else str(parsed)


def attach(app: Flask, per_minute: int) -> None:
    """Count the posts of every view that declares itself limited."""
    brake = Brake(per_minute)

    @app.before_request
    def slow_down() -> None:
        access: Access | None = getattr(app.view_functions.get(request.endpoint or ""), "access", None)
        if access is not None and access.limited and request.method == "POST":
            brake.count(request.remote_addr or "", context.now())
