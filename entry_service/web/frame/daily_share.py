"""How much of what a day has for everybody one address may take: no log of addresses, forgotten with the day.

Addresses are keyed by an HMAC whose random key lives as long as the day, in memory. With several processes each
counts for itself.
"""

import hmac
import secrets
from collections.abc import Callable
from datetime import date, datetime
from threading import Lock

from entry_service.core.errors import TooMany
from entry_service.core.times import kst_day

from .limits import network

MOST_KEYS = 20_000  # addresses in one day; more than that is a flood from everywhere
UNTIL_TOMORROW = 86_400  # seconds, at the most


class DailyShare:
    """Counts by address and Korean day; forgets both, and the key they are kept under, with the day."""

    def __init__(self, most: int, random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        """Allow ``most`` a day for each address."""
        self._most, self._random = most, random
        self._lock = Lock()
        self._day: date | None = None
        self._key = b""
        self._counts: dict[bytes, int] = {}

    def take(self, address: str, sentence: str, now: datetime) -> None:
        """Count one for the address, or raise ``TooMany`` with the sentence."""
        day = kst_day(now)
        with self._lock:
            if day != self._day:
                self._day, self._key, self._counts = day, self._random(32), {}
            key = hmac.digest(self._key, network(address).encode(), "sha256")[:16]
            if self._counts.get(key, 0) >= self._most or len(self._counts) >= MOST_KEYS:
                raise TooMany(sentence, retry_after=UNTIL_TOMORROW)
            self._counts[key] = self._counts.get(key, 0) + 1
