"""Phone verification by one-time code. The number is kept only as a keyed hash, the certificate only on the phone.

Rules: five tries a challenge and ten a number and hour, counted before the code is compared so that parallel
guesses share them; a few codes per number and hour; a budget for all numbers together, because every message costs
money. What serves no rule any more, after an hour, is deleted at the next challenge.
"""

import hmac
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519
from sqlalchemy import Connection, delete, func, insert, select, update

from entry_service.core.contacts import mask_phone
from entry_service.core.errors import EntryError, TooMany
from entry_service.store.database.engine import Store, one_at_a_time

from .tables import challenges

CODE_DIGITS = 6
TRIES = 5
TRIES_PER_PHONE_AND_HOUR = 10  # else five codes an hour would be twenty-five guesses
LIFETIME = timedelta(minutes=5)
PER_PHONE_AND_HOUR = 5
PER_HOUR = 2_000
CERTIFICATE_LIFETIME = timedelta(days=30)  # KI-Pass asked again every month


class CodeRefused(EntryError):
    """Wrong code, too many tries, or the challenge is over: the three are not told apart."""

    status, code, sentence = 422, "code_refused", "인증번호가 맞지 않거나 유효시간이 지났습니다."


class CertificateRefused(EntryError):
    """The certificate is not ours, belongs to another number, or has run out."""

    status, code, sentence = (
        422,
        "certificate_refused",
        "휴대전화 인증이 만료되었습니다. 다시 인증하시기 바랍니다.",
    )


class SmsSender(Protocol):
    """Whatever can bring a short message to a phone."""

    def messages(self) -> "list[SimulatedMessage]":
        """Return what a simulator shows instead of sending; a real sender has nothing to show."""

    def send(self, phone: str, text: str, now: datetime) -> None:
        """Send ``text`` to the E.164 number."""


@dataclass(frozen=True, slots=True)
class SimulatedMessage:
    """A message that was not sent but shown on the simulator's page; anybody may look, so the number is masked."""

    phone: str
    text: str
    at: datetime


class SimulatedSms:
    """The bundled simulator: keeps the last messages in memory for its page."""

    def __init__(self) -> None:
        """Start without messages."""
        self._messages: deque[SimulatedMessage] = deque(maxlen=20)

    def send(self, phone: str, text: str, now: datetime) -> None:
        """Keep the message for the page."""
        self._messages.appendleft(SimulatedMessage(mask_phone(phone), text, now))

    def messages(self) -> list[SimulatedMessage]:
        """Return the latest messages, the newest first."""
        return list(self._messages)


@dataclass(frozen=True, slots=True)
class Challenge:
    """A code is on its way."""

    challenge_id: str
    expires_at: datetime


class _Certificate(msgspec.Struct, frozen=True, array_like=True):
    phone: str
    expires_at: int


class Verification:
    """Challenges in the vault's database, certificates signed by a key of the service."""

    def __init__(
        self,
        store: Store,
        subject_key: bytes,
        signing_key: ed25519.Ed25519PrivateKey,
        sender: SmsSender,
        random_code: Callable[[], str] = lambda: f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}",
    ) -> None:
        """Verify with the vault's store and keys; ``random_code`` is replaced in tests."""
        self._store, self._subject_key, self._signing_key = store, subject_key, signing_key
        self._sender, self._random_code = sender, random_code

    def messages(self) -> list[SimulatedMessage]:
        """Return the latest simulated messages, the newest first."""
        return self._sender.messages()

    def begin(self, phone: str, now: datetime) -> Challenge:
        """Send a code to the normalised number; raise ``TooMany`` over the budget of the number or of all."""
        challenge_id, code = secrets.token_urlsafe(16), self._random_code()
        subject = self._hash(b"phone", phone)
        row = {
            "challenge_id": challenge_id,
            "subject": subject,
            "code_hash": self._hash(b"code", f"{challenge_id}|{phone}|{code}"),
            "tries": 0,
            "created_at": now,
            "expires_at": now + LIFETIME,
            "done": False,
        }

        def keep(db: Connection) -> None:
            one_at_a_time(db, b"challenges")
            db.execute(delete(challenges).where(challenges.c.created_at <= now - timedelta(hours=1)))
            recent = select(func.count()).where(challenges.c.created_at > now - timedelta(hours=1))
            own = db.execute(recent.where(challenges.c.subject == subject)).scalar_one()
            if own >= PER_PHONE_AND_HOUR or db.execute(recent).scalar_one() >= PER_HOUR:
                raise TooMany(retry_after=3600)
            db.execute(insert(challenges).values(**row))

        self._store.write(keep)
        self._sender.send(phone, f"[출입명부] 인증번호 {code}", now)
        return Challenge(challenge_id, now + LIFETIME)

    def confirm(self, challenge_id: str, phone: str, code: str, now: datetime) -> tuple[str, datetime]:
        """Return (certificate, its end) for the right code; raise ``CodeRefused`` otherwise."""
        given = self._hash(b"code", f"{challenge_id}|{phone}|{code}")
        mine = challenges.c.challenge_id == challenge_id
        subject = self._hash(b"phone", phone)
        own = challenges.c.subject == subject
        open_now = mine & own & ~challenges.c.done & (challenges.c.tries < TRIES) & (challenges.c.expires_at > now)
        spent = select(func.sum(challenges.c.tries)).where(own, challenges.c.created_at > now - timedelta(hours=1))

        def judge(db: Connection) -> bool:
            one_at_a_time(db, subject)
            if (db.execute(spent).scalar() or 0) >= TRIES_PER_PHONE_AND_HOUR:
                return False
            if db.execute(update(challenges).where(open_now).values(tries=challenges.c.tries + 1)).rowcount != 1:
                return False
            expected = db.execute(select(challenges.c.code_hash).where(mine)).scalar_one()
            right = hmac.compare_digest(expected, given)
            if right:
                db.execute(update(challenges).where(mine).values(done=True))
            return right

        if not self._store.write(judge):
            raise CodeRefused
        return self._sign(phone, now + CERTIFICATE_LIFETIME)

    def holds(self, certificate: str, phone: str, now: datetime) -> datetime:
        """Return when the certificate of this number ends; raise ``CertificateRefused`` if it does not hold."""
        try:
            raw = msgspec.json.decode(f'"{certificate}"', type=bytes)
            body, signature = raw[:-64], raw[-64:]
            self._signing_key.public_key().verify(signature, b"phone-certificate|" + body)
            held = msgspec.msgpack.decode(body, type=_Certificate)
        except (msgspec.MsgspecError, InvalidSignature, ValueError) as wrong:
            raise CertificateRefused from wrong
        ends = datetime.fromtimestamp(held.expires_at, UTC)
        if not hmac.compare_digest(held.phone.encode(), phone.encode()) or now >= ends:
            raise CertificateRefused
        return ends

    def _sign(self, phone: str, ends: datetime) -> tuple[str, datetime]:
        ends = ends.replace(microsecond=0)
        body = msgspec.msgpack.encode(_Certificate(phone, int(ends.timestamp())))
        raw = body + self._signing_key.sign(b"phone-certificate|" + body)
        return msgspec.json.encode(raw).decode().strip('"'), ends

    def _hash(self, purpose: bytes, text: str) -> bytes:
        return hmac.digest(self._subject_key, purpose + b"|" + text.encode(), "sha256")
