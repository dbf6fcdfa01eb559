"""Passwords of everybody who signs in: argon2id, at most two at a time.

One hash takes 19 MiB and some tens of milliseconds (OWASP's second profile). Without a bound, fifty sign-ins at
once would take the memory and both cores from the doors (threats T07).
"""

import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from entry_service.core.errors import BadInput, Sentence, TooMany

LONGEST = 1_024  # bytes; longer ones are refused before any hashing
AT_ONCE = 2
PATIENCE = 2.0  # seconds a sign-in waits for its turn
DISABLED = "!"  # instead of a hash: an account that nobody may sign in with
SYLLABLES = [first + vowel for first in "bdfghjkmnprstvz" for vowel in "aeiou"]  # 6.2 bits each
COMMON = (
    *("password", "passw0rd", "p@ssword", "비밀번호", "administrator", "letmein", "iloveyou", "welcome", "dragon"),
    *("gunpo", "군포", "entrylog", "출입명부", "전자출입", "보건소", "corona", "코로나", "korea", "대한민국"),
    *("사랑해", "안녕하세요", "dkssudgktpdy", "qlalfqjsgh"),  # the last two: Korean words typed on Latin keys
)
WALKS = (  # along a keyboard, an alphabet or the digits; four steps of one, either way, count for nothing
    *("qwertyuiop", "asdfghjkl", "zxcvbnm", "12345678901234567890", "abcdefghijklmnopqrstuvwxyz"),
    *("1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "!@#$%^&*()"),
    "가나다라마바사아자차카타파하",
)
STEPS = 4

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_turns = BoundedSemaphore(AT_ONCE)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    plain = _normal(password)
    with _turn():
        return _hasher.hash(plain)


def verify_password(password_hash: str | None, password: str) -> bool:
    """Say whether the password is the one of the hash; without one take as long and say no.

    Raises
    ------
    BadInput
        The password is longer than anyone's, refused before hashing.
    TooMany
        Too many sign-ins at this moment.
    """
    known = None if password_hash == DISABLED else password_hash
    plain = _normal(password)
    with _turn():
        try:
            return _hasher.verify(known or _nobody(), plain) and known is not None
        except (VerificationError, InvalidHashError):
            return False


def assert_good_password(password: str, *, login: str, shortest: int) -> None:
    """Refuse a password that is short, guessable or longer than ``LONGEST``; ``BadInput`` says why."""
    plain = _normal(password).casefold()
    if len(plain) < shortest:
        raise BadInput(
            Sentence("비밀번호는 %(shortest)s자 이상이어야 합니다.", shortest=shortest), field="password"
        )
    rest = plain
    for word in (*COMMON, login.casefold()):
        rest = rest.replace(word, "") if word else rest
    if len(set(_without_walks(rest))) < 6 or "\0" in plain:
        raise BadInput("짐작하기 쉬운 비밀번호입니다. 다른 비밀번호를 정해 주시기 바랍니다.", field="password")


def _without_walks(text: str) -> str:
    """Return the text without what runs along a walk for at least ``STEPS`` characters."""
    rest, at = [], 0
    while at < len(text):
        end = at + STEPS
        while end <= len(text) and any(text[at:end] in way for way in _ways):
            end += 1
        walked = end - 1 - at if end > at + STEPS else 0
        rest += [] if walked else [text[at]]
        at += walked or 1
    return "".join(rest)


def draw_password(shortest: int) -> str:
    """Return a password that can be read out and typed: words of three syllables, at least four (74 bits)."""
    words: list[str] = []
    while len(words) < 4 or len("-".join(words)) < shortest:
        words.append("".join(secrets.choice(SYLLABLES) for _ in range(3)))
    return "-".join(words)


def _normal(password: str) -> str:
    """Return the form that is hashed: Hangul typed on another keyboard is the same password."""
    if len(password.encode("utf-8", "surrogatepass")) > LONGEST:
        raise BadInput("비밀번호가 너무 깁니다.", field="password")
    try:
        return unicodedata.normalize("NFKC", password).encode().decode()
    except UnicodeEncodeError:
        raise BadInput(field="password") from None


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=PATIENCE):
        raise TooMany(retry_after=2)
    try:
        yield
    finally:
        _turns.release()


def _nobody() -> str:
    """Return a hash that no password has, so that an unknown login takes as long as a known one."""
    if not _nobodys_hash:
        _nobodys_hash.append(_hasher.hash("nobody has this password"))
    return _nobodys_hash[0]


_nobodys_hash: list[str] = []
_ways = tuple(unicodedata.normalize("NFKC", way) for walk in WALKS for way in (walk, walk[::-1]))
