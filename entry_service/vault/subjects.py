"""Whom an audit row is about, and which case: HMACs under a random key of the Korean year, never a number.

The key of a year answers "was I looked up?" and "which rows belong to one case?", and cannot be turned round
without the vault. It is destroyed when the rows it made are older than two years: then the HMACs mean nothing.
"""

import hmac
from datetime import datetime

from entry_service.core.times import kst_day

from .key_ring import KeyRing
from .keys import KeysUnsafe

KEPT_YEARS = 2  # access records are kept two years where they may be about more than 50,000 people


def subject_year(at: datetime) -> str:
    """Return the Korean year whose key serves at the moment: the name of the key."""
    return f"{kst_day(at).year:04}"


class Subjects:
    """The subject keys of one vault."""

    def __init__(self, ring: KeyRing) -> None:
        """Draw from the ring what it does not have yet."""
        self._ring = ring

    def keyed(self, subjects: list[str], at: datetime) -> list[bytes]:
        """Return the HMAC (32 bytes) of each normalised number or safety code, sorted, each once.

        Raises ``KeyGone`` where the key of the year was destroyed.
        """
        if not subjects:
            return []
        key = self._ring.draw("subjects", subject_year(at))
        return sorted({_keyed(key, b"subject", subject) for subject in subjects})

    def keyed_case(self, case_id: str, at: datetime) -> str:
        """Return what stands for the case in the rows of its year, hexadecimal; nothing for no case."""
        return (
            _keyed(self._ring.draw("subjects", subject_year(at)), b"case", case_id).hex()[:32] if case_id else ""
        )

    def of_living_years(self, subject: str, now: datetime) -> list[bytes]:
        """Return what stands for one number in this year and in the years before whose key still lives."""
        found = []
        for year in sorted(self._ring.names("subjects")):
            if year <= subject_year(now):
                found.append(_keyed(self._ring.get("subjects", year), b"subject", subject))
        return found

    def due(self, now: datetime) -> list[int]:
        """Return the years that ended more than two years ago and of which a key is left in either store."""
        oldest = kst_day(now).year - KEPT_YEARS  # on 1 January 2029 the year 2026 ended two years ago
        files = (path for store in self._ring.stores for path in (store / "subjects").glob("*.key"))
        return sorted({int(path.stem) for path in files if int(path.stem) < oldest})

    def destroy(self, year: int, now: datetime) -> None:
        """Destroy the key of a year that is due, in both stores; again is no error.

        Raises ``KeysUnsafe`` for a year whose rows must still be readable, ``OSError`` where a store cannot be
        written.
        """
        if year >= kst_day(now).year - KEPT_YEARS:
            raise KeysUnsafe(key=f"subjects/{year}", why="not due")
        self._ring.destroy("subjects", f"{year:04}")


def _keyed(key: bytes, what: bytes, text: str) -> bytes:
    return hmac.digest(key, what + b"|" + text.encode(), "sha256")
