"""Deposit sealed contacts, count them per phone and day, and say which passes belong to one person.

The web side calls ``deposit`` and learns only whether the contact is over its daily cap. Over-cap records are kept
all the same: whether to refuse is the door's decision. A name leaves the vault through no function of this module.
"""

from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ed25519
from sqlalchemy import select

from entry_service.core.contacts import normalise_subject
from entry_service.core.errors import Unavailable
from entry_service.core.model import Contact
from entry_service.store.database.engine import Store, open_store
from entry_service.store.database.migrate import is_current, migrate

from . import deposits, kek, keys
from . import records as of_records
from .audit import Audit
from .cards import Cards
from .case_files import CaseFiles
from .day_keys import DayDestroyed, DayKey, DayKeys
from .deposits import Deposit
from .disclosures import Disclosures
from .factors import SETTLES, Factors
from .key_ring import KeyRing, holds_keys
from .keys import KeysUnsafe
from .records import DayCounts, Opened, Pass, blind_index
from .searches import Budgets, Searches
from .subjects import Subjects
from .sunset import Sunset
from .tables import day_keys
from .verification import SimulatedSms, Verification

MIGRATIONS = Path(__file__).parent / "migrations"


class Vault:
    """The opened vault of one process."""

    def __init__(
        self,
        store: Store,
        key_dir: Path,
        daily_cap: int,
        key_copy: Path,
        *,
        audit_copy: Path,
        passphrase_file: str = "",
        budgets: Budgets | None = None,
        factor_wait: timedelta = SETTLES,
    ) -> None:
        """Open with the keys of ``key_dir`` and their second store ``key_copy``; see ``open_vault``."""
        self.store = store
        self._daily_cap = daily_cap
        self.budgets = budgets or Budgets()
        newest = _newest_day(store)
        is_new = newest is None and not (holds_keys(key_dir) or holds_keys(key_copy))
        self._kek = kek.open_kek(key_dir, passphrase_file, may_make=is_new)
        self.ring = KeyRing(self._kek, key_dir, key_copy)
        self.subjects = Subjects(self.ring)
        self.audit = Audit(store, self.subjects, key_dir, audit_copy)
        self._days = DayKeys(store, self.ring)
        self._assert_fitting(newest)
        self.subject_key = keys.key_file(key_dir, "subject", may_make=True)
        self.cards = Cards(self)
        self.searches = Searches(self)
        self.factors = Factors(self, factor_wait)
        self.case_files = CaseFiles(self)
        self.disclosures = Disclosures(self)
        self.sunset = Sunset(self)
        certificates = keys.key_file(key_dir, "certificates", may_make=True)
        signing = ed25519.Ed25519PrivateKey.from_private_bytes(certificates)
        self.verification = Verification(store, self.subject_key, signing, SimulatedSms())

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
        return deposits.take(self.store, self._day_key(day), day, pid, record, self._daily_cap)

    def deposit_many(self, day: date, many: list[tuple[bytes, bytes, Contact]]) -> int:
        """Keep (pid, sealed, contact) in bulk, for data that come from elsewhere; return how many.

        The contact serves to index and is not kept. Caps are not applied: the data are history.
        """
        return deposits.take_many(self.store, self._day_key(day), day, many)

    def group(self, passes: list[Pass]) -> dict[Pass, int]:
        """Return (day, pid) → ordinal: passes of one day that carry the same contact share a number.

        The numbers mean nothing outside the answer. A pass without a record gets a number of its own.
        """
        with self.store.read() as db:
            return of_records.grouped(db, passes)

    def placed(self, passes: list[Pass]) -> dict[Pass, Pass]:
        """Return each (day, pid) as its record lies: a code of yesterday's pass opens doors after midnight too.

        The day asked counts first, then the day before, then the day after; one without a record stays.
        """
        with self.store.read() as db:
            return of_records.placed(db, passes)

    def find_passes(self, phone_or_code: str, days: list[date]) -> list[Pass]:
        """Return the passes that carried a number on those of the days whose key still lives, day by day.

        Whether somebody may ask is written down and decided before (searches.py). Raises ``BadInput``.
        """
        subject = normalise_subject(phone_or_code)
        found = []
        for day in sorted(set(days) & set(self._days.living())):
            with suppress(DayDestroyed):  # a moment ago
                blind = blind_index(self.index_key(day), subject)
                with self.store.read() as db:
                    found += of_records.passes_of(db, day, blind)
        return found

    def open_contacts(self, passes: list[Pass]) -> list[Opened]:
        """Return for each pass its contact, or the word unreadable: damaged, destroyed, or never there.

        For the vault's own disclosures only, which ask who may see them first. Never an operation of the vault.
        """
        with self.store.read() as db:
            sealed = of_records.sealed_of(db, passes)
        keys_of: dict[date, DayKey] = {}
        for day in {day for day, _ in sealed}:
            with suppress(DayDestroyed, KeysUnsafe):
                keys_of[day] = self._day_key(day)
        return [
            of_records.opened(keys_of[day], day, pid, sealed[day, pid])
            if day in keys_of and (day, pid) in sealed
            else "unreadable"
            for day, pid in passes
        ]

    def held(self, passes: list[Pass]) -> list[Pass]:
        """Return those of the passes under which a contact is kept."""
        with self.store.read() as db:
            return sorted(of_records.blinds(db, passes))

    def forget(self, day: date, pid: bytes) -> bool:
        """Remove the contact of one pass for good; say whether there was one. The log keeps a visit of nobody."""
        removed = self.store.write(lambda db: of_records.delete_pass(db, day, pid))
        self.store.sweep([table.name for table in of_records.OF_A_DAY])
        return removed

    def days(self) -> list[date]:
        """Return the days whose key lives, the earliest first."""
        return self._days.living()

    def dead_days(self) -> list[date]:
        """Return the days of which rows are left although their key was destroyed, the earliest first."""
        with self.store.read() as db:
            left = of_records.days_of(db)
        return sorted(day for day in left if self.ring.is_dead("days", day.isoformat()))

    def count_day(self, day: date) -> DayCounts:
        """Return how much the vault holds of a day."""
        key_id = self._days.key_id(day)
        with self.store.read() as db:
            return of_records.counts_of(db, day, key_id)

    def destroy_key(self, day: date, now: datetime) -> None:
        """Destroy the day's key in both stores: whatever it sealed is unreadable from now on, in every backup.

        Again is no error: it finishes what was begun. Raises ``KeysUnsafe`` or ``OSError`` where a store is away:
        then nothing is said to be destroyed.
        """
        self._days.destroy(day, now)

    def destroy_rows(self, day: date) -> int:
        """Remove the rows of a day whose key is destroyed, and return how many contacts that were.

        Raises ``KeysUnsafe`` while the key is not gone from both stores; ``Unavailable`` where somebody reads for
        so long that the removed rows are still in the journal: ask again.
        """
        if not self._days.is_gone(day):
            raise KeysUnsafe(key=f"days/{day}", why="not destroyed")
        removed = self.store.write(lambda db: of_records.delete_day(db, day))
        if not self.store.sweep([table.name for table in of_records.OF_A_DAY]):
            raise Unavailable(reason="busy")
        return removed

    def wrap_small(self, purpose: bytes, data: bytes) -> bytes:
        """Return a small secret under the key-encryption key, bound to its purpose; never leaves the vault."""
        return keys.wrap_small(self._kek, purpose, data)

    def unwrap_small(self, purpose: bytes, data: bytes) -> bytes:
        """Return what ``wrap_small`` was given; raise ``KeysUnsafe`` for another key, purpose, or damage."""
        return keys.unwrap_small(self._kek, purpose, data)

    def close(self) -> None:
        """Close the vault's database."""
        self.store.close()

    def _day_key(self, day: date) -> DayKey:
        return self._days.of(day)

    def _assert_fitting(self, newest: date | None) -> None:
        """Notice the keys of another vault now, and not when a contact is needed; raise ``KeysUnsafe``."""
        living = self._days.living()
        if living:
            self.ring.get("days", living[-1].isoformat())
        if newest in living:
            self._day_key(newest)


def open_vault(
    url: str,
    key_dir: Path,
    *,
    key_copy: Path,
    daily_cap: int = 30,
    writer: bool = True,
    passphrase_file: str = "",
    audit_copy: Path | None = None,
    budgets: Budgets | None = None,
    factor_wait: timedelta = SETTLES,
) -> Vault:
    """Open the vault at ``url`` with the keys of ``key_dir`` and their second store ``key_copy``.

    ``audit_copy`` is where the audit's checkpoints go, by default the folder ``audit`` beside the second store.
    Raises ``KeysUnsafe`` for a missing, damaged or exposed key or store, ``PassphraseRefused`` without the right
    passphrase; ``LogInUse`` when another process writes.
    """
    store = open_store(url, writer=writer)
    try:
        checkpoints = audit_copy or key_copy.parent / "audit"
        own = {"audit_copy": checkpoints, "passphrase_file": passphrase_file, "budgets": budgets}
        own["factor_wait"] = factor_wait
        return Vault(store, key_dir, daily_cap, key_copy, **own)
    except BaseException:
        store.close()
        raise


def make_keys(url: str, key_dir: Path, key_copy: Path) -> None:
    """Make the keys of a new vault; where there are data already, its key-encryption key is never made anew."""
    store = open_store(url, writer=False)
    try:
        is_new = _newest_day(store) is None and not (holds_keys(key_dir) or holds_keys(key_copy))
    finally:
        store.close()
    if is_new and not kek.is_sealed(key_dir):
        kek.open_kek(key_dir, may_make=True)
    for name in ("subject", "certificates"):
        keys.key_file(key_dir, name, may_make=True)


def _newest_day(store: Store) -> date | None:
    """Return the newest day that ever had a key."""
    with store.read() as db:
        return db.execute(select(day_keys.c.day).order_by(day_keys.c.day.desc()).limit(1)).scalar()


def migrate_vault(url: str, key_dir: Path, key_copy: Path, passphrase_file: str = "") -> None:
    """Bring the vault's database to its newest schema.

    The stores of the key ring are there: keys of a database of an earlier form move into them.
    """

    def opened_keys() -> tuple[bytes, KeyRing]:
        unwrapped = kek.open_kek(key_dir, passphrase_file, may_make=False)
        return unwrapped, KeyRing(unwrapped, key_dir, key_copy)

    migrate(url, MIGRATIONS, attributes={"keys": opened_keys}, version_table="vault_version")


def vault_is_current(url: str) -> bool:
    """Say whether the vault's database exists and has the newest schema."""
    return is_current(url, MIGRATIONS, version_table="vault_version")
