"""The secret of an invitation, as its QR holds it and as it can be typed: 256 bits in 52 characters."""

from .posters import ALPHABET

SECRET_BYTES = 32
LENGTH = 52
GROUP = 4  # characters shown together
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})


def secret_text(random: bytes) -> str:
    """Return 32 random bytes as 52 characters of Crockford's base32."""
    if len(random) != SECRET_BYTES:
        raise ValueError("32 random bytes")
    number = int.from_bytes(random, "big") << 4
    return "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5))


def read_secret(typed: str) -> str | None:
    """Return the secret however it was typed (lower case, spaces, hyphens, look-alikes); None: it is none."""
    plain = "".join(typed.split()).replace("-", "").upper().translate(_READ_AS)
    return plain if len(plain) == LENGTH and all(character in ALPHABET for character in plain) else None


def grouped(secret: str) -> list[str]:
    """Return the secret in groups, as people read and type it."""
    return [secret[start : start + GROUP] for start in range(0, len(secret), GROUP)]
