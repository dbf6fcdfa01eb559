"""Base45 (RFC 9285): bytes as the 45 characters of a QR code's alphanumeric mode, strictly both ways."""

import struct

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUE = {character: value for value, character in enumerate(ALPHABET)}


def encode(data: bytes) -> str:
    """Return the base45 text of the bytes: three characters for two bytes, two for a last single one."""
    text = []
    for at in range(0, len(data) - 1, 2):
        number = data[at] << 8 | data[at + 1]
        text += (ALPHABET[number % 45], ALPHABET[number // 45 % 45], ALPHABET[number // 2025])
    if len(data) % 2:
        text += (ALPHABET[data[-1] % 45], ALPHABET[data[-1] // 45])
    return "".join(text)


def decode(text: str) -> bytes:
    """Return the bytes of a base45 text; every byte string has exactly one text.

    Raises
    ------
    ValueError
        A foreign character, an impossible length, or a group above 65,535 (or 255).
    """
    if len(text) % 3 == 1:
        raise ValueError("length")
    try:
        values = [_VALUE[character] for character in text]
    except KeyError as unknown:
        raise ValueError("alphabet") from unknown
    groups = len(values) // 3
    whole = values[: 3 * groups]
    numbers = [low + 45 * middle + 2025 * high for low, middle, high in zip(*[iter(whole)] * 3, strict=True)]
    try:
        data = struct.pack(f">{groups}H", *numbers)
        if len(values) % 3:
            data += struct.pack("B", values[-2] + 45 * values[-1])
    except struct.error as large:
        raise ValueError("group") from large
    return data
