"""What the use cases work with: log, vault, keys. Opened once a process, from the settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar

from cryptography.hazmat.primitives.asymmetric import ed25519
from sqlalchemy import Connection

from entry_service.core.breaker import Limits
from entry_service.core.categories import assumed_dwell
from entry_service.core.model import Facility
from entry_service.core.passes import IssuerKey, PassCache, PublicKey
from entry_service.core.short_codes import Guesses
from entry_service.store.database.engine import Store, open_store
from entry_service.store.database.migrate import migrate
from entry_service.store.log import distancing, learned_dwell, partitions
from entry_service.store.log.coming import Coming
from entry_service.store.log.crowded import Crowded
from entry_service.store.log.occupancy import Occupancy
from entry_service.store.retention import sunset
from entry_service.store.sites import facilities, zones
from entry_service.vault import Vault, open_vault
from entry_service.vault.audit import make_audit
from entry_service.vault.key_ring import KeyRing
from entry_service.vault.keys import key_file
from entry_service.vault.remote import RemoteVault
from entry_service.vault.searches import Budgets
from entry_service.vault.vault import make_keys, migrate_vault

T = TypeVar("T")
ISSUER_KID = 1
REMEMBERED = timedelta(seconds=10)  # how long a door may go by the capacity and hours that were


class ServiceSettings(Protocol):
    """The settings that the rooms below the web read (entry_service/settings.py has them all)."""

    key_dir: Path
    audit_copy_dir: Path
    vault_key_dir: Path
    log_address: str
    vault_address: str
    vault_socket: str
    key_copy_dir: Path
    passphrase_file: str
    daily_cap: int
    slot_seconds: int
    unverified: bool
    authority: str
    var: Path
    results_dir: Path
    reports_dir: Path
    retention_days: int
    case_kept_days: int
    case_longest_days: int
    exposure_rule: str
    together_minutes: int
    reveal_budget: int
    lookup_budget: int
    factor_wait_hours: int
    notice_limits: Limits


HeldCrowds = dict[datetime, dict[str, tuple[datetime, int]]]  # since → facility_id → (when read, people)


@dataclass(frozen=True)
class Services:
    """The opened service of one process."""

    settings: ServiceSettings
    store: Store
    vault: Vault | RemoteVault
    issuer: IssuerKey
    public_keys: Mapping[int, PublicKey]
    short_code_key: bytes
    occupancy: Occupancy = field(default_factory=Occupancy)
    coming: Coming = field(default_factory=Coming)
    crowded: Crowded = field(default_factory=Crowded)
    pass_cache: PassCache = field(default_factory=PassCache)
    typed_guesses: Guesses = field(default_factory=Guesses)
    learned_dwell: dict[str, timedelta] = field(default_factory=dict)
    told_crowds: HeldCrowds = field(default_factory=dict)  # usecases/sites/crowding.py
    _facilities: dict[str, tuple[datetime, Facility]] = field(default_factory=dict)
    _zones: dict[str, tuple[datetime, Mapping[str, int | None]]] = field(default_factory=dict)
    _distancing: dict[str, tuple[datetime, distancing.Level]] = field(default_factory=dict)
    _ending: dict[str, tuple[datetime, sunset.Ending | None]] = field(default_factory=dict)

    def facility(self, facility_id: str) -> Facility:
        """Return a facility as the log has it now; raise ``NotFound``."""
        with self.store.read() as db:
            return facilities.get(db, facility_id)

    def facility_of_door(self, facility_id: str, now: datetime) -> Facility:
        """Return a facility as it was at most ``REMEMBERED`` ago, so that not every scan reads it anew."""
        return _remembered(self._facilities, facility_id, now, lambda: self.facility(facility_id))

    def facility_within(self, db: Connection, facility_id: str, now: datetime) -> Facility:
        """Return the same inside a transaction of the log."""
        return _remembered(self._facilities, facility_id, now, lambda: facilities.get(db, facility_id))

    def distancing_of_door(self, now: datetime) -> distancing.Level:
        """Return the level of distancing as it was at most ``REMEMBERED`` ago."""

        def read() -> distancing.Level:
            with self.store.read() as db:
                return distancing.current(db)

        return _remembered(self._distancing, "", now, read)

    def ending_of_door(self, now: datetime) -> sunset.Ending | None:
        """Return the end of collection as it was decided at most ``REMEMBERED`` ago, None where there is none."""

        def read() -> sunset.Ending | None:
            with self.store.read(snapshot=False) as db:
                return sunset.find(db)

        return _remembered(self._ending, "", now, read)

    def zone_capacities(self, facility_id: str, now: datetime) -> Mapping[str, int | None]:
        """Return zone_id → capacity of a facility's zones in use, as they were at most ``REMEMBERED`` ago."""

        def read() -> Mapping[str, int | None]:
            with self.store.read() as db:
                return {zone.zone_id: zone.capacity for zone in zones.all(db, facility_id)}

        return _remembered(self._zones, facility_id, now, read)

    def dwell_of(self, category: str) -> timedelta:
        """Return the usual stay of a category: learned from check-outs where it is known, else assumed."""
        return self.learned_dwell.get(category) or assumed_dwell(category)

    def load_dwell(self, now: datetime) -> None:
        """Go by what check-outs had taught by the moment (usecases/doors/learn_dwell.py)."""
        with self.store.read() as db:
            learned = learned_dwell.known_by(db, now)
        if learned != self.learned_dwell:
            self.learned_dwell.update(learned)
            for category in self.learned_dwell.keys() - learned.keys():
                del self.learned_dwell[category]
            self.occupancy.recount()  # a longer stay looks further back than the running totals do

    def forget_facilities(self) -> None:
        """Read anew at the next scan what doors remember: a facility, a zone or the level was changed.

        Other processes follow within ``REMEMBERED``.
        """
        for held in (self._facilities, self._zones, self._distancing, self._ending):
            held.clear()

    def close(self) -> None:
        """Close both databases."""
        self.vault.close()
        self.store.close()


def _remembered(held: dict[str, tuple[datetime, T]], name: str, now: datetime, read: Callable[[], T]) -> T:
    """Return what is held under the name, read anew where it is older than ``REMEMBERED``.

    While one thread reads anew the others go by what was: a hundred doors do not ask at once.
    """
    known = held.get(name)
    if known is not None and timedelta() <= now - known[0] < REMEMBERED:
        return known[1]
    if known is not None:
        held[name] = (now, known[1])
    try:
        value = read()
    except BaseException:
        held.pop(name, None)
        raise
    held[name] = (now, value)
    return value


def prepare(settings: ServiceSettings) -> None:
    """Create or upgrade both databases and make the keys that are missing."""
    prepare_log(settings)
    prepare_vault(settings)


def prepare_log(settings: ServiceSettings) -> None:
    """Create or upgrade the entry log and make the service's own keys."""
    migrate(settings.log_address)
    for name in ("issuer", "short_codes"):
        key_file(settings.key_dir, name, may_make=True)


def prepare_vault(settings: ServiceSettings) -> None:
    """Create or upgrade the vault's database; the process that may open the vault does so."""
    KeyRing.make(settings.vault_key_dir, settings.key_copy_dir)
    migrate_vault(settings.vault_address, settings.vault_key_dir, settings.key_copy_dir, settings.passphrase_file)
    make_keys(settings.vault_address, settings.vault_key_dir, settings.key_copy_dir)
    make_audit(settings.vault_address, settings.vault_key_dir, settings.audit_copy_dir)


def open_own_log(settings: ServiceSettings) -> Store:
    """Open the entry log alone, for writing; raise ``LogInUse`` or ``UnsafeDatabase``."""
    return open_store(settings.log_address, writer=True)


def open_own_vault(settings: ServiceSettings, *, writer: bool = True) -> Vault:
    """Open the vault in this process; raise ``LogInUse``, ``UnsafeDatabase`` or ``KeysUnsafe``."""
    return open_vault(
        settings.vault_address,
        settings.vault_key_dir,
        key_copy=settings.key_copy_dir,
        daily_cap=settings.daily_cap,
        writer=writer,
        passphrase_file=settings.passphrase_file,
        audit_copy=settings.audit_copy_dir,
        budgets=Budgets(searches=settings.lookup_budget, contacts=settings.reveal_budget),
        factor_wait=timedelta(hours=settings.factor_wait_hours),
    )


def open_services(settings: ServiceSettings, now: datetime, *, writer: bool = True) -> Services:
    """Open the log for writing, the vault or the way to it, and the keys; ``now`` bounds the occupancy read back.

    With a vault in a process of its own, neither its database nor its keys are touched, and it need not run yet.
    Raises ``LogInUse``, ``UnsafeDatabase`` or ``KeysUnsafe``.
    """
    store = open_store(settings.log_address, writer=writer)
    try:
        vault: Vault | RemoteVault = (
            RemoteVault(Path(settings.vault_socket))
            if settings.vault_socket
            else open_own_vault(settings, writer=writer)
        )
    except BaseException:
        store.close()
        raise
    private = ed25519.Ed25519PrivateKey.from_private_bytes(key_file(settings.key_dir, "issuer", may_make=False))
    services = Services(
        settings=settings,
        store=store,
        vault=vault,
        issuer=IssuerKey(ISSUER_KID, "Ed25519", private),
        public_keys={ISSUER_KID: PublicKey(ISSUER_KID, "Ed25519", private.public_key().public_bytes_raw())},
        short_code_key=key_file(settings.key_dir, "short_codes", may_make=True),  # a lost one costs a day's codes
    )
    services.load_dwell(now)
    if writer:
        partitions.keep_ahead(store, now)
    if store.embedded:
        with store.read() as db:
            services.occupancy.rebuild(db, now)
    return services


def dwell_by_facility(
    known: Mapping[str, Facility], dwell: Callable[[str], timedelta] = assumed_dwell
) -> Callable[[str], timedelta]:
    """Return facility_id → usual stay, for pairing scans; ``dwell`` maps a category to its usual stay."""
    return lambda facility_id: dwell(known[facility_id].category if facility_id in known else "other")
