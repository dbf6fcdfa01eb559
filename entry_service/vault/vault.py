"""Deposit sealed contacts, count them per phone and day, and say which passes belong to one person.

The web side calls ``deposit`` and learns only whether the contact is over its daily cap. Over-cap records are kept
all the same: whether to refuse is the door's decision. A name leaves the vault through no function of this module.
"""

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Literal

from cryptography.hazmat.primitives.asymmetric import ed25519, x25519
from sqlalchemy import Connection, func, insert, select

from entry_service.core.contacts import normalise_phone, normalise_safety_code
from entry_service.core.errors import BadInput, ScanConflict
from entry_service.core.model import Contact
from entry_service.store.engine import Store, one_at_a_time, open_store
from entry_service.store.migrate import is_current, migrate

from . import keys
from .cards import Cards
from .factors import Factors
from .sealing import Unreadable, seal, unseal
from .tables import day_keys, records
from .verification import SimulatedSms, Verification

MIGRATIONS = Path(__file__).parent / "migrations"
Deposit = Literal["accepted", "over_cap"]


@dataclass(frozen=True, slots=True)
class _DayKey:
    public: bytes
    private: x25519.X25519PrivateKey
    index: bytes


class Vault:
    """The opened vault of one process."""

    def __init__(self, store: Store, key_dir: Path, daily_cap: int) -> None:
        """Open with the key-encryption key of ``key_dir``; see ``open_vault``."""
        self.store = store
        self._daily_cap = daily_cap
        with store.read() as db:
            newest = db.execute(select(day_keys).order_by(day_keys.c.day.desc()).limit(1)).first()
        self._kek = keys.key_file(key_dir, "kek", may_make=newest is None)
        if newest is not None:  # the key of another vault would be noticed only when a contact is needed
            keys.unwrap(self._kek, newest.day, b"private", newest.wrapped_private_key)
        self.subject_key = keys.key_file(key_dir, "subject", may_make=True)
        self.cards = Cards(self)
        self.factors = Factors(self)
        certificates = keys.key_file(key_dir, "certificates", may_make=True)
        signing = ed25519.Ed25519PrivateKey.from_private_bytes(certificates)
        self.verification = Verification(store, self.subject_key, signing, SimulatedSms())
        self._days: dict[date, _DayKey] = {}
        self._lock = Lock()

    def public_key(self, day: date) -> bytes:
        """Return the day's public key (32 bytes), drawing the day's keys on first use."""
        return self._day_key(day).public

    def index_key(self, day: date) -> bytes:
        """Return the key of the day's blind indexes; it never leaves the vault."""
        return self._day_key(day).index

    def deposit(self, day: date, pid: bytes, record: Contact | bytes) -> Deposit:
        """Keep a contact under its pass and day, durably; the same pass again keeps the first record.

        Parameters
        ----------
        day : date
            Korean calendar day of the pass.
        pid : bytes
            The pass, 8 random bytes.
        record : Contact or bytes
            The contact, sealed here; or already sealed to ``public_key(day)``.

        Raises
        ------
        BadInput
            A sealed record that does not open, holds no contact, or says of itself that its number was verified.
        ScanConflict
            A sealed record under a pass that carries another one already: whoever sealed it read somebody's pass.
        """
        key = self._day_key(day)
        if isinstance(record, bytes):
            try:
                blind, sealed = _blind(key.index, _typed(unseal(key.private, day, pid, record))), record
            except (Unreadable, BadInput) as reason:
                raise BadInput(field="sealed") from reason
        else:
            blind, sealed = _blind(key.index, _subject(record)), seal(key.public, day, pid, record)

        def keep(db: Connection) -> Deposit:
            one_at_a_time(db, b"pass|" + pid)  # always in this order: nobody who holds a contact waits for a pass
            one_at_a_time(db, b"contact|" + blind)
            known = select(records.c.over_cap, records.c.sealed).where(records.c.day == day, records.c.pid == pid)
            row = db.execute(known).first()
            if row is not None:
                if isinstance(record, bytes) and row.sealed != record:
                    raise ScanConflict
                return "over_cap" if row.over_cap else "accepted"
            same = select(func.count()).where(records.c.day == day, records.c.blind == blind)
            over_cap = db.execute(same).scalar_one() >= self._daily_cap
            row = {"day": day, "pid": pid, "blind": blind, "over_cap": over_cap, "sealed": sealed}
            db.execute(insert(records).values(**row))
            return "over_cap" if over_cap else "accepted"

        return self.store.write(keep)

    def deposit_many(self, day: date, many: Iterable[tuple[bytes, bytes, Contact]]) -> int:
        """Keep (pid, sealed, contact) in bulk, for data that come from elsewhere; return how many.

        The contact serves to index and is not kept. Caps are not applied: the data are history.
        """
        key = self._day_key(day)
        rows = [
            {
                "day": day,
                "pid": pid,
                "blind": _blind(key.index, _subject(contact)),
                "over_cap": False,
                "sealed": sealed,
            }
            for pid, sealed, contact in many
        ]
        if rows:
            self.store.write(lambda db: db.execute(insert(records), rows))
        return len(rows)

    def group(self, passes: Iterable[tuple[date, bytes]]) -> dict[tuple[date, bytes], int]:
        """Return (day, pid) → ordinal: passes of one day that carry the same contact share a number.

        The numbers mean nothing outside the answer. A pass without a record gets a number of its own.
        """
        ordinals: dict[object, int] = {}
        grouped = {}
        with self.store.read() as db:
            for day, pid in passes:
                query = select(records.c.blind).where(records.c.day == day, records.c.pid == pid)
                blind = db.execute(query).scalar()
                person = (day, blind) if blind is not None else (day, pid, None)
                grouped[day, pid] = ordinals.setdefault(person, len(ordinals) + 1)
        return grouped

    def close(self) -> None:
        """Close the vault's database."""
        self.store.close()

    def _day_key(self, day: date) -> _DayKey:
        with self._lock:
            if day not in self._days:
                self._days[day] = self._read_or_draw(day)
            return self._days[day]

    def _read_or_draw(self, day: date) -> _DayKey:
        """Return the day's keys. Another process may draw them at the same moment: the first row wins."""
        query = select(day_keys).where(day_keys.c.day == day)
        with self.store.read() as db:
            row = db.execute(query).first()
        if row is None:
            private = x25519.X25519PrivateKey.generate()
            drawn = {
                "day": day,
                "public_key": private.public_key().public_bytes_raw(),
                "wrapped_private_key": keys.wrap(self._kek, day, b"private", private.private_bytes_raw()),
                "wrapped_index_key": keys.wrap(self._kek, day, b"index", secrets.token_bytes(32)),
            }
            self.store.write(lambda db: _insert_if_absent(db, drawn))
            with self.store.read() as db:
                row = db.execute(query).one()
        private_bytes = keys.unwrap(self._kek, day, b"private", row.wrapped_private_key)
        index = keys.unwrap(self._kek, day, b"index", row.wrapped_index_key)
        return _DayKey(row.public_key, x25519.X25519PrivateKey.from_private_bytes(private_bytes), index)


def open_vault(url: str, key_dir: Path, *, daily_cap: int = 30, writer: bool = True) -> Vault:
    """Open the vault at ``url`` with the keys of ``key_dir``.

    Raises ``KeysUnsafe`` for a missing, damaged or exposed key; ``LogInUse`` when another process writes.
    """
    store = open_store(url, writer=writer)
    try:
        return Vault(store, key_dir, daily_cap)
    except BaseException:
        store.close()
        raise


def migrate_vault(url: str) -> None:
    """Bring the vault's database to its newest schema."""
    migrate(url, MIGRATIONS)


def vault_is_current(url: str) -> bool:
    """Say whether the vault's database exists and has the newest schema."""
    return is_current(url, MIGRATIONS, version_table="vault_version")


def _typed(contact: Contact) -> str:
    """Return the number of a contact that was sealed elsewhere, as core.contacts spells it; raise ``BadInput``.

    Whoever sealed it typed it: only the service itself vouches for a number that was verified.
    """
    if contact.verified or bool(contact.phone) == bool(contact.safety_code):
        raise BadInput(field="phone")
    if contact.phone:
        return normalise_phone(contact.phone)
    return normalise_safety_code(contact.safety_code or "")


def _subject(contact: Contact) -> str:
    return contact.phone or contact.safety_code or ""


def _blind(index_key: bytes, subject: str) -> bytes:
    """Return the blind index of a contact's number: 16 bytes, comparable only within the day."""
    return hmac.digest(index_key, f"{subject}|v1".encode(), "sha256")[:16]


def _insert_if_absent(db: Connection, row: dict[str, object]) -> None:
    one_at_a_time(db, b"day key")
    taken = db.execute(select(day_keys.c.day).where(day_keys.c.day == row["day"])).first()
    if taken is None:
        db.execute(insert(day_keys).values(**row))
