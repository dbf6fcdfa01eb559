"""An installation with visits, its databases on either kind, whose stores of keys lie beside it and outlive it."""

import shutil
from datetime import date, datetime, time, timedelta
from pathlib import Path

from entry_service.core.model import Contact, Facility, Scan
from entry_service.core.retention import Reading
from entry_service.core.times import KST
from entry_service.services import Services, open_services, prepare
from entry_service.settings import Settings
from entry_service.store.log import scans
from entry_service.store.sites import facilities
from entry_service.usecases.retention.purge import purge

FIRST = date(2020, 8, 1)
A_DAY = 6  # visits
ONE = timedelta(days=1)
LIBRARY = Facility(
    facility_id="GP-001",
    name="산본도서관",
    category="library",
    address="경기도 군포시",
    lon=126.93,
    lat=37.36,
    coord_quality="simulated",
)


def days(first: date, last: date) -> list[date]:
    return [first + n * ONE for n in range((last - first).days + 1)]


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), KST)


def reading(day: date) -> Reading:
    """Return a look at the clock of a machine that has run since before the first day."""
    passed = (noon(day) - noon(FIRST)).total_seconds()
    return Reading(wall=noon(day), boot_id="one run", boot_seconds=1_000_000 + passed)


def pid(day: date, number: int) -> bytes:
    return day.toordinal().to_bytes(4, "big") + number.to_bytes(4, "big")


def contact(number: int) -> Contact:
    return Contact(name="시험방문자", phone=f"+82100000{number:04}", verified=True)


class Site:
    """An installation in a folder of its own."""

    def __init__(self, databases, kind: str, home: Path, name: str) -> None:
        """Take databases that are empty."""
        urls = [databases._create(kind, None) if kind == "postgresql" else "" for _ in range(2)]
        stores = {"key_copy": str(home / "keys2"), "audit_copy": str(home / "audit2")}
        self.settings = Settings(var=home / name, log_url=urls[0], vault_url=urls[1], **stores)

    def open(self, day: date) -> Services:
        """Migrate and open."""
        prepare(self.settings)
        return open_services(self.settings, noon(day))

    def begin(self) -> None:
        """Register the only facility, and look at the clock for the first time."""
        services = self.open(FIRST)
        services.store.write(lambda db: facilities.add(db, LIBRARY))
        purge(services, reading(FIRST))
        services.close()

    def live(self, first: date, last: date) -> None:
        """Let visitors come every day, and let days end when they are due."""
        services = self.open(first)
        for day in days(first, last):
            for number in range(A_DAY):
                services.vault.deposit(day, pid(day, number), contact(number))
            services.store.write(
                lambda db, day=day: scans.append_many(db, map(visit, [day] * A_DAY, range(A_DAY)))
            )
            purge(services, reading(day))
        services.close()

    def visits(self, day: date) -> set[str]:
        """Return the numbers of the visits in the log."""
        services = self.open(day)
        with services.store.read() as db:
            found = {
                f"{one}-{n}" for one in days(FIRST, day) for n in range(A_DAY) if scans.find_scan(db, f"{one}-{n}")
            }
        services.close()
        return found

    def readable(self, first: date, last: date) -> int:
        """Return how many contacts open."""
        services = self.open(last)
        opened = services.vault.open_contacts(
            [(day, pid(day, n)) for day in days(first, last) for n in range(A_DAY)]
        )
        services.close()
        right = [contact(number) for _ in days(first, last) for number in range(A_DAY)]
        return sum(one == other for one, other in zip(opened, right, strict=True))


def visit(day: date, number: int) -> Scan:
    return Scan(
        scan_id=f"{day}-{number}",
        facility_id=LIBRARY.facility_id,
        pid=pid(day, number),
        direction="in",
        source="staff_scan",
        confidence="high",
        scanned_at=noon(day),
        received_at=noon(day),
    )


def keep_escrow(site: Site, to: Path) -> None:
    """Copy what lies in the safe: the keys that are no day's."""
    shutil.copytree(site.settings.key_dir, to, ignore=lambda *_: ["days", "cases", "subjects", "requests"])
