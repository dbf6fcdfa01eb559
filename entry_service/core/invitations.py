"""The secret of an invitation, as its QR holds it and as it can be typed: 80 bits in 16 characters.

It lives for 30 minutes and works once; the page that takes it answers a browser only so often. 80 bits cannot be
guessed there, and four groups of four can be typed by hand where a device has no camera.
"""

from .posters import ALPHABET

SECRET_BYTES = 10
LENGTH = 16
GROUP = 4  # characters shown together
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})


def secret_text(random: bytes) -> str:
    """Return 10 random bytes as 16 characters of Crockford's base32."""
    if len(random) != SECRET_BYTES:
        raise ValueError("10 random bytes")
    number = int.from_bytes(random, "big")
    return "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5))


def read_secret(typed: str) -> str | None:
    """Return the secret however it was typed (lower case, spaces, hyphens, look-alikes); None: it is none."""
    plain = "".join(typed.split()).replace("-", "").upper().translate(_READ_AS)
    return plain if len(plain) == LENGTH and all(character in ALPHABET for character in plain) else None


def grouped(secret: str) -> list[str]:
    """Return the secret in groups, as people read and type it."""
    return [secret[start : start + GROUP] for start in range(0, len(secret), GROUP)]
