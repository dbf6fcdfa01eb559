"""The keys of each day: what a browser seals to, what opens it, what the day's blind indexes are made with.

A day's private key and index key are one file of the key ring (64 bytes), drawn before its row is written; the
database holds the public key alone. Whoever uses a key looks each time whether its file still lives, so that every
process drops it when any of them destroys it.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock

from cryptography.hazmat.primitives.asymmetric import x25519
from sqlalchemy import Connection, insert, select, update

from entry_service.core.errors import EntryError
from entry_service.store.database.engine import Store, one_at_a_time

from .key_ring import KeyGone, KeyRing
from .keys import KEY_BYTES, KeysUnsafe
from .tables import day_keys


class DayDestroyed(EntryError):
    """The key of this day was destroyed: nothing can be deposited for it, and what it sealed stays sealed."""

    status, code, sentence = 410, "day_destroyed", "보존 기간이 지나 이 날짜의 기록이 파기되었습니다."


@dataclass(frozen=True, slots=True)
class DayKey:
    """The keys of one day, unwrapped."""

    public: bytes
    private: x25519.X25519PrivateKey
    index: bytes


class DayKeys:
    """The days of one vault."""

    def __init__(self, store: Store, ring: KeyRing) -> None:
        """Keep public keys in the vault's database and everything else in its key ring."""
        self._store, self._ring = store, ring
        self._held: dict[date, DayKey] = {}
        self._lock = Lock()

    def of(self, day: date) -> DayKey:
        """Return the keys of a day, drawn on first use.

        Raises ``DayDestroyed``; ``KeysUnsafe`` where both stores have lost the key, or have another one.
        """
        with self._lock:
            held = self._held.get(day)
            if held is not None and self._ring.lives("days", day.isoformat()):
                return held
            self._held.pop(day, None)
            self._held[day] = self._read_or_draw(day)
            return self._held[day]

    def living(self) -> list[date]:
        """Return the days whose key lives, the earliest first."""
        return sorted(date.fromisoformat(name) for name in self._ring.names("days"))

    def is_gone(self, day: date) -> bool:
        """Say whether the day's key is destroyed for good, in both stores."""
        return self._ring.is_gone("days", day.isoformat())

    def destroy(self, day: date, now: datetime) -> None:
        """Destroy a day's key in both stores, then say so in its row; again is no error.

        Raises ``KeysUnsafe`` or ``OSError`` where a store is away: then nothing is said to be destroyed.
        """
        self._ring.destroy("days", day.isoformat())
        with self._lock:
            self._held.pop(day, None)
        if not self.is_gone(day):
            raise KeysUnsafe(key=f"days/{day}", why="still there")
        row = (day_keys.c.day == day) & day_keys.c.destroyed_at.is_(None)
        self._store.write(lambda db: db.execute(update(day_keys).where(row).values(destroyed_at=now)))

    def key_id(self, day: date) -> str:
        """Return the id of a day's key, also of a destroyed one; empty where the day never had any."""
        with self._store.read() as db:
            return db.execute(select(day_keys.c.key_id).where(day_keys.c.day == day)).scalar() or ""

    def _read_or_draw(self, day: date) -> DayKey:
        """Return the day's keys. The file is the truth: whoever draws at the same moment finds the same one."""
        query = select(day_keys.c.public_key).where(day_keys.c.day == day)
        with self._store.read() as db:
            known = db.execute(query).scalar()
        name = day.isoformat()
        try:
            if known is None:
                key = day_key(self._ring.draw("days", name, 2 * KEY_BYTES))
            else:
                key = day_key(self._ring.get("days", name))
        except KeyGone as gone:
            if self._ring.is_dead("days", name):
                raise DayDestroyed from gone
            raise KeysUnsafe(key=f"days/{name}", why="missing") from gone
        if known is None:
            row = {"day": day, "public_key": key.public, "key_id": key_id(key.public)}
            known = self._store.write(lambda db: _insert_if_absent(db, row))
        if known != key.public:
            raise KeysUnsafe(key=f"days/{name}", why="wrong")
        return key


def day_key(material: bytes) -> DayKey:
    """Return the keys that a day's 64 bytes are: private key, then index key."""
    private = x25519.X25519PrivateKey.from_private_bytes(material[:KEY_BYTES])
    return DayKey(private.public_key().public_bytes_raw(), private, material[KEY_BYTES:])


def key_id(public_key: bytes) -> str:
    """Return by what a day's key is called in counts and receipts: 16 hexadecimal digits."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def _insert_if_absent(db: Connection, row: dict[str, object]) -> bytes:
    """Return the public key that counts: of the first row."""
    one_at_a_time(db, b"day key")
    mine = select(day_keys.c.public_key).where(day_keys.c.day == row["day"])
    if (taken := db.execute(mine).scalar()) is not None:
        return taken
    db.execute(insert(day_keys).values(**row))
    return db.execute(mine).scalar_one()
