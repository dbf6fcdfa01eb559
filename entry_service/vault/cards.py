"""Printed cards: a contact that only the card itself opens, and the pass it carries on one day.

The vault keeps a keyed hash of a card's secret, by which it is found, and the contact under a key made of the
secret: a copy of the database opens nothing, nor do the keys of the service without the card. Presented, the card
lends its contact to the day, sealed to the day's key like any other, under a pass that is drawn anew for each day.
The pass is found again by a blind index of the secret under the day's own key, so that no column links two days.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, Protocol

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, insert, select, update

from entry_service.core.cards import CardIssued, CardRevoked, CardUnknown, card_secret, card_text
from entry_service.core.errors import NotFound
from entry_service.core.model import Contact
from entry_service.core.posters import ALPHABET
from entry_service.store.database.engine import Store, one_at_a_time

from .keys import NONCE_BYTES
from .sealing import PADDED
from .tables import card_days, cards, records

LIFETIME = timedelta(days=180)
NUMBER_CHARACTERS = 8
PID_BYTES = 8
NOTHING = b""  # what is kept of the contact of a card that ended

State = Literal["valid", "revoked", "expired"]
Deposit = Literal["accepted", "over_cap"]


class Depository(Protocol):
    """What cards need of the vault."""

    store: Store
    subject_key: bytes

    def index_key(self, day: date) -> bytes:
        """Return the index key of a day."""

    def deposit(self, day: date, pid: bytes, record: Contact | bytes) -> Deposit:
        """Keep a contact under its pass and day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCard:
    """A new card: ``text`` is its QR and exists only here, to be printed now."""

    card_id: str
    text: str
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRecord:
    """A card in the list of those that were issued: nothing of whom it is for."""

    card_id: str
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def state(self, now: datetime) -> State:
        """Return what the card is worth at a moment."""
        if self.revoked_at is not None:
            return "revoked"
        return "valid" if now < self.expires_at else "expired"


class Cards:
    """The cards of one vault."""

    def __init__(self, vault: Depository) -> None:
        """Keep cards in the vault's database, under its keys."""
        self._vault = vault

    def issue(
        self,
        contact: Contact,
        *,
        issued_by: str,
        now: datetime,
        secret: bytes,
        number: bytes,
        lifetime: timedelta = LIFETIME,
    ) -> IssuedCard:
        """Keep a contact for a new card and return the card; contacts of cards that ended are forgotten.

        ``secret``: the card's ten random bytes; ``number``: eight that make its printed number. Raises
        ``CardIssued`` where a card has that number already.
        """
        card_id = "".join(ALPHABET[byte & 31] for byte in number)
        nonce = secrets.token_bytes(NONCE_BYTES)
        plain = msgspec.json.encode(contact)
        if len(plain) > PADDED:
            raise ValueError("contact too long")
        row = {
            "card_id": card_id,
            "token_hash": self._hash(secret),
            "sealed": nonce + self._cipher(secret).encrypt(nonce, plain.ljust(PADDED), card_id.encode()),
            "issued_at": now,
            "issued_by": issued_by,
            "expires_at": now + lifetime,
        }

        def keep(db: Connection) -> None:
            one_at_a_time(db, b"card number|" + card_id.encode())
            if db.execute(select(cards.c.card_id).where(cards.c.card_id == card_id)).first() is not None:
                raise CardIssued
            db.execute(update(cards).where(cards.c.expires_at <= now).values(sealed=NOTHING))
            db.execute(insert(cards).values(**row))

        self._vault.store.write(keep)
        return IssuedCard(card_id=card_id, text=card_text(secret), issued_at=now, expires_at=now + lifetime)

    def present(self, text: str, day: date, now: datetime, drawn: bytes) -> tuple[bytes, Deposit]:
        """Return the pass that the card carries on a day, its contact deposited under it, and the vault's verdict.

        ``drawn`` becomes the pass where the card has none on that day yet.

        Raises ``CardUnknown``, or ``CardRevoked`` for a card that was revoked or has expired by ``now``.
        """
        secret = card_secret(text)
        with self._vault.store.read() as db:
            row = db.execute(select(cards).where(cards.c.token_hash == self._hash(secret))).first()
        if row is None:
            raise CardUnknown
        if row.revoked_at is not None or now >= row.expires_at:
            raise CardRevoked
        blind = hmac.digest(self._vault.index_key(day), b"card|" + secret, "sha256")[:16]
        known = self._known(day, blind)
        if known is not None:
            return known
        pid = self._pid_of(day, blind, drawn)
        try:
            plain = self._cipher(secret).decrypt(
                row.sealed[:NONCE_BYTES], row.sealed[NONCE_BYTES:], row.card_id.encode()
            )
        except InvalidTag as damaged:
            raise CardUnknown from damaged
        return pid, self._vault.deposit(day, pid, msgspec.json.decode(plain, type=Contact))

    def revoke(self, card_id: str, *, issued_by: str, now: datetime) -> None:
        """End a card at once and forget its contact; ``NotFound`` where the facility gave out no such card."""
        mine = (cards.c.card_id == card_id) & (cards.c.issued_by == issued_by)

        def end(db: Connection) -> bool:
            ended = update(cards).where(mine, cards.c.revoked_at.is_(None)).values(revoked_at=now, sealed=NOTHING)
            return (
                db.execute(ended).rowcount == 1
                or db.execute(select(cards.c.card_id).where(mine)).first() is not None
            )

        if not self._vault.store.write(end):
            raise NotFound(what="card")

    def all(self, issued_by: str) -> list[CardRecord]:
        """Return the cards that a facility gave out, the newest first."""
        named = (cards.c.card_id, cards.c.issued_at, cards.c.expires_at, cards.c.revoked_at)
        query = select(*named).where(cards.c.issued_by == issued_by)
        with self._vault.store.read() as db:
            rows = db.execute(query.order_by(cards.c.issued_at.desc(), cards.c.card_id)).all()
        return [CardRecord(**row._mapping) for row in rows]

    def _known(self, day: date, blind: bytes) -> tuple[bytes, Deposit] | None:
        """Return pass and verdict of a card that was presented on this day before."""
        deposited = (records.c.day == card_days.c.day) & (records.c.pid == card_days.c.pid)
        query = select(card_days.c.pid, records.c.over_cap).join(records, deposited)
        with self._vault.store.read() as db:
            row = db.execute(query.where(card_days.c.day == day, card_days.c.blind == blind)).first()
        return None if row is None else (row.pid, "over_cap" if row.over_cap else "accepted")

    def _pid_of(self, day: date, blind: bytes, drawn: bytes) -> bytes:
        """Return the card's pass of the day; of two presented at once the first one's pass counts."""
        mine = select(card_days.c.pid).where(card_days.c.day == day, card_days.c.blind == blind)

        def keep(db: Connection) -> bytes:
            one_at_a_time(db, b"card|" + blind)
            row = db.execute(mine).first()
            if row is None:
                db.execute(insert(card_days).values(day=day, blind=blind, pid=drawn))
            return drawn if row is None else row.pid

        return self._vault.store.write(keep)

    def _hash(self, secret: bytes) -> bytes:
        return hmac.digest(self._vault.subject_key, b"card|" + secret, "sha256")

    def _cipher(self, secret: bytes) -> AESGCM:
        """Return the cipher of one card: made of its secret, so that only whoever holds the card has it."""
        derived = HKDF(hashes.SHA256(), 32, salt=self._vault.subject_key, info=b"card|contact|v1")
        return AESGCM(derived.derive(secret))
