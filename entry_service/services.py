"""What the use cases work with: log, vault, keys, verification. Opened once a process, from the settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ed25519

from entry_service.core.categories import assumed_dwell
from entry_service.core.model import Facility
from entry_service.core.passes import IssuerKey, PassCache, PublicKey
from entry_service.core.short_codes import Guesses
from entry_service.store import facilities
from entry_service.store.engine import Store, open_store
from entry_service.store.migrate import migrate
from entry_service.store.occupancy import Occupancy
from entry_service.vault import Vault, open_vault
from entry_service.vault.keys import key_file
from entry_service.vault.vault import migrate_vault
from entry_service.vault.verification import SimulatedSms, Verification

ISSUER_KID = 1
REMEMBERED = timedelta(seconds=10)  # how long a door may go by the capacity and hours that were


class ServiceSettings(Protocol):
    """The settings that the rooms below the web read (entry_service/settings.py has them all)."""

    key_dir: Path
    log_address: str
    vault_address: str
    daily_cap: int
    slot_seconds: int
    unverified: bool


@dataclass(frozen=True)
class Services:
    """The opened service of one process."""

    settings: ServiceSettings
    store: Store
    vault: Vault
    issuer: IssuerKey
    public_keys: Mapping[int, PublicKey]
    verification: Verification
    sms: SimulatedSms
    short_code_key: bytes
    occupancy: Occupancy = field(default_factory=Occupancy)
    pass_cache: PassCache = field(default_factory=PassCache)
    typed_guesses: Guesses = field(default_factory=Guesses)
    learned_dwell: dict[str, timedelta] = field(default_factory=dict)
    _facilities: dict[str, tuple[datetime, Facility]] = field(default_factory=dict)

    def facility(self, facility_id: str) -> Facility:
        """Return a facility as the log has it now; raise ``NotFound``."""
        with self.store.read() as db:
            return facilities.get(db, facility_id)

    def facility_of_door(self, facility_id: str, now: datetime) -> Facility:
        """Return a facility as it was at most ``REMEMBERED`` ago, so that not every scan reads it anew."""
        known = self._facilities.get(facility_id)
        if known is None or not timedelta() <= now - known[0] < REMEMBERED:
            known = self._facilities[facility_id] = (now, self.facility(facility_id))
        return known[1]

    def dwell_of(self, category: str) -> timedelta:
        """Return the usual stay of a category: learned from check-outs where it is known, else assumed."""
        return self.learned_dwell.get(category) or assumed_dwell(category)

    def forget_facilities(self) -> None:
        """Read facilities anew at the next scan: one was changed. Other processes follow within ``REMEMBERED``."""
        self._facilities.clear()

    def close(self) -> None:
        """Close both databases."""
        self.vault.close()
        self.store.close()


def prepare(settings: ServiceSettings) -> None:
    """Create or upgrade both databases and make the keys that are missing."""
    migrate(settings.log_address)
    migrate_vault(settings.vault_address)
    for name in ("issuer", "certificates", "short_codes"):
        key_file(settings.key_dir, name, may_make=True)


def open_services(settings: ServiceSettings, now: datetime, *, writer: bool = True) -> Services:
    """Open log and vault for writing and load the keys; ``now`` bounds the occupancy that is read back.

    Raises ``LogInUse``, ``UnsafeDatabase`` or ``KeysUnsafe``.
    """
    store = open_store(settings.log_address, writer=writer)
    try:
        vault = open_vault(settings.vault_address, settings.key_dir, daily_cap=settings.daily_cap, writer=writer)
    except BaseException:
        store.close()
        raise
    private = ed25519.Ed25519PrivateKey.from_private_bytes(key_file(settings.key_dir, "issuer", may_make=False))
    signing = ed25519.Ed25519PrivateKey.from_private_bytes(
        key_file(settings.key_dir, "certificates", may_make=False)
    )
    sms = SimulatedSms()
    services = Services(
        settings=settings,
        store=store,
        vault=vault,
        issuer=IssuerKey(ISSUER_KID, "Ed25519", private),
        public_keys={ISSUER_KID: PublicKey(ISSUER_KID, "Ed25519", private.public_key().public_bytes_raw())},
        verification=Verification(vault.store, vault.subject_key, signing, sms),
        sms=sms,
        short_code_key=key_file(settings.key_dir, "short_codes", may_make=True),  # a lost one costs a day's codes
    )
    if store.embedded:
        with store.read() as db:
            services.occupancy.rebuild(db, now)
    return services


def dwell_by_facility(
    known: Mapping[str, Facility], dwell: Callable[[str], timedelta] = assumed_dwell
) -> Callable[[str], timedelta]:
    """Return facility_id → usual stay, for pairing scans; ``dwell`` maps a category to its usual stay."""
    return lambda facility_id: dwell(known[facility_id].category if facility_id in known else "other")
