"""Poster addresses: short enough for a small QR code, too random to guess, and dated by an epoch.

The address is written in upper case, so that a QR code holds it in its dense alphanumeric mode. The id is random;
the origin is the authenticity, and the check-in page shows name, address and epoch for the visitor to compare.
"""

from .errors import BadInput

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base32: no I, L, O, U
RANDOM_BYTES = 10  # 80 bits in 16 characters
EPOCH_CHARACTERS = 2  # epochs 0 … 1023, counted per facility
LENGTH = 16 + EPOCH_CHARACTERS
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})


def poster_id(random: bytes, epoch: int) -> str:
    """Return the id of a poster: 16 characters of chance and two of epoch.

    Parameters
    ----------
    random : bytes
        Ten random bytes.
    epoch : int
        The facility's poster epoch, 0 to 1023.
    """
    if len(random) != RANDOM_BYTES or not 0 <= epoch < 1024:
        raise ValueError("ten random bytes and an epoch below 1024")
    number = int.from_bytes(random, "big") << 10 | epoch
    return "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5))


def read_poster_id(text: str) -> tuple[str, int]:
    """Return the canonical id and its epoch, however it was typed (lower case, hyphens, look-alikes).

    Raises ``BadInput(field="poster_id")``.
    """
    plain = text.strip().replace("-", "").upper().translate(_READ_AS)
    if len(plain) != LENGTH or any(character not in ALPHABET for character in plain):
        raise BadInput("포스터 주소가 올바르지 않습니다.", field="poster_id")
    return plain, ALPHABET.index(plain[-2]) << 5 | ALPHABET.index(plain[-1])


def poster_url(origin: str, poster: str) -> str:
    """Return the address in upper case: ``HTTPS://HOST/E/<ID>``; a QR code of version 3-M holds hosts up to 25."""
    return f"{origin.rstrip('/')}/E/{poster}".upper()
