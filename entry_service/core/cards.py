"""The text of a printed card: ``EPK1`` and 16 characters of Crockford's base32, which are its 80 random bits."""

from .errors import EntryError, PassRefused
from .posters import ALPHABET

PREFIX = "EPK1"
SECRET_BYTES = 10
CHARACTERS = 16
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})


class CardUnknown(PassRefused):
    """No card of ours has this text."""

    code, sentence = "card_unknown", "등록되지 않은 카드입니다."


class CardRevoked(PassRefused):
    """The card was reported lost, or its time is over: the two are not told apart at the door."""

    code, sentence = "card_revoked", "더 이상 쓸 수 없는 카드입니다. 새 카드를 발급받으시기 바랍니다."


class CardIssued(EntryError):
    """This form has given out its card already; the card itself can be printed only once."""

    status, code, sentence = (
        409,
        "card_issued",
        "이 화면에서는 이미 카드를 발급했습니다. 인쇄하지 못했으면 그 카드를 해제하고 새로 발급하시기 바랍니다.",
    )


def is_card(text: str) -> bool:
    """Say whether a text claims to be a card."""
    return text.strip()[: len(PREFIX)].upper() == PREFIX


def card_text(secret: bytes) -> str:
    """Return what the QR of a card holds, from its 80 random bits."""
    if len(secret) != SECRET_BYTES:
        raise ValueError("a card has ten random bytes")
    number = int.from_bytes(secret, "big")
    return PREFIX + "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (CHARACTERS - 1), -1, -5))


def card_secret(text: str) -> bytes:
    """Return the secret of a card's text, read or typed (spaces, hyphens, look-alikes); raise ``CardUnknown``."""
    plain = "".join(text.split()).replace("-", "").upper()
    characters = plain[len(PREFIX) :].translate(_READ_AS)
    if (
        not plain.startswith(PREFIX)
        or len(characters) != CHARACTERS
        or not all(character in ALPHABET for character in characters)
    ):
        raise CardUnknown
    number = 0
    for character in characters:
        number = number << 5 | ALPHABET.index(character)
    return number.to_bytes(SECRET_BYTES, "big")
