"""The typed code of a pass, for a door whose camera fails: ten characters, ``XXXXX-XXXXX`` (docs/pass.md).

The first five are the pass's handle of the day, drawn at issue. The last five change with the slot: they are cut
from HMAC-SHA256 under a key that the service derives and gives to the phone once. A reader without the service
cannot judge them: whoever could verify such a code could also make it. They hold 25 bits, so that wrong guesses
are counted (``Guesses``).
"""

import hmac
from datetime import datetime, timedelta
from threading import Lock

from .errors import TooMany
from .posters import ALPHABET

LENGTH = 5  # characters of each half: 25 bits
CODE = 2 * LENGTH
_BITS = 5 * LENGTH
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})
_IGNORED = str.maketrans(dict.fromkeys(" \t\u00a0\u3000-‐‑‒–—−.·", None))
_KEY = b"EPC1 short code key|"
_SLOT = b"EPC1 short code|"


def letters(random: bytes) -> str:
    """Return five characters of Crockford's base32 from the first 25 bits of at least four bytes."""
    number = int.from_bytes(random[:4], "big") >> (32 - _BITS)
    return "".join(ALPHABET[number >> shift & 31] for shift in range(_BITS - 5, -1, -5))


def phone_key(service_key: bytes, day: int, pid: bytes) -> bytes:
    """Return the key of one pass (32 bytes): given to its phone at issue, derived again by the service.

    Parameters
    ----------
    service_key : bytes
        The service's key file for typed codes; it never leaves the service.
    day : int
        Days since 1970-01-01 of the pass.
    pid : bytes
        The pass, 8 bytes.
    """
    return hmac.digest(service_key, _KEY + day.to_bytes(2, "big") + pid, "sha256")


def check_letters(key: bytes, slot: int) -> str:
    """Return the five characters of one slot, counted from 00:00 KST of the pass's day."""
    return letters(hmac.digest(key, _SLOT + slot.to_bytes(2, "big"), "sha256"))


def read_typed(text: str) -> tuple[str, str] | None:
    """Return (handle, check) however it was typed (lower case, dashes, full width, look-alikes), else None."""
    plain = "".join(_narrow(character) for character in text).translate(_IGNORED).upper().translate(_READ_AS)
    if len(plain) != CODE or any(character not in ALPHABET for character in plain):
        return None
    return plain[:LENGTH], plain[LENGTH:]


def shown(handle: str, check: str) -> str:
    """Return the code as the phone shows it: ``XXXXX-XXXXX``."""
    return f"{handle}-{check}"


def open_slots(seconds: float, slot_seconds: int, *, behind: int = 2, ahead: int = 1) -> range:
    """Return the slots of a day whose codes are accepted ``seconds`` after its 00:00 KST, as for the QR code.

    The reckoning is that of ``passes.read_pass``; it may reach before the day's first slot or beyond its last, so
    that a code of 23:59 is still good just after midnight.
    """
    present = int(seconds // slot_seconds)
    return range(present - behind, present + ahead + 1)


def same(one: str, other: str) -> bool:
    """Compare two checks in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def _narrow(character: str) -> str:
    """Return the ASCII character of a full-width one, as a Korean keyboard may type it."""
    return chr(ord(character) - 0xFEE0) if "\uff01" <= character <= "\uff5e" else character


class Guesses:
    """Bounded memory of wrong typed codes, by device: after ``most`` within ``within`` the device waits.

    It lives in one process; with several, each counts for itself and the real limit is that many times higher.
    """

    def __init__(self, most: int = 20, within: timedelta = timedelta(minutes=10), devices: int = 5_000) -> None:
        """Allow ``most`` wrong codes of one device within ``within``."""
        self._most, self._within, self._devices = most, within, devices
        self._wrong: dict[str, list[datetime]] = {}
        self._lock = Lock()

    def ask(self, device_id: str, now: datetime) -> None:
        """Raise ``TooMany`` while the device has to wait, with the seconds until its oldest guess is forgotten."""
        with self._lock:
            recent = self._recent(device_id, now)
        if len(recent) >= self._most:
            left = self._within - (now - recent[-self._most])
            raise TooMany(retry_after=max(int(left.total_seconds()) + 1, 1))

    def wrong(self, device_id: str, now: datetime) -> None:
        """Count a wrong code."""
        with self._lock:
            self._wrong[device_id] = [*self._recent(device_id, now), now][-self._most :]
            if len(self._wrong) > self._devices:  # forget devices whose guesses are all old
                self._wrong = {known: at for known, at in self._wrong.items() if now - at[-1] < self._within}

    def _recent(self, device_id: str, now: datetime) -> list[datetime]:
        return [at for at in self._wrong.get(device_id, ()) if now - at < self._within]
