"""A log and vault of a few facilities, with scans written in one line each: for tests of the use cases."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from entry_service.core.model import Contact, Facility, Scan
from entry_service.core.passes import PassHeader, SignedPass, chain, code_text, sign_pass
from entry_service.core.times import KST, day_number, kst_day
from entry_service.services import Services, open_services, prepare
from entry_service.settings import Settings
from entry_service.store.log import scans
from entry_service.store.sites import facilities, posters
from tests.prepared import prepare_copy

LIBRARY, KARAOKE, BANK = "GP-001", "PV-001", "PV-002"


def at(text: str) -> datetime:
    """Return the Korean time of August 2020 written as ``"13 19:05"``."""
    return datetime.strptime(f"2020-08-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=KST)


def pid(number: int) -> bytes:
    """Return a pass id that can be recognised in a failed test."""
    return number.to_bytes(8, "big")


def place(facility_id: str, category: str, **facts: object) -> Facility:
    """Return a facility at Sanbon."""
    here = {"lon": 126.9312, "lat": 37.3581, "coord_quality": "simulated", "address": "경기도 군포시 (모의 주소)"}
    return Facility(**{"facility_id": facility_id, "name": facility_id, "category": category, **here, **facts})


PLACES = (
    place(LIBRARY, "library", opens=7, closes=23, area_m2=1200.5, capacity=300, risk_score=4),
    place(KARAOKE, "karaoke", opens=12, closes=29, stage=2, sensitive=True),
    place(BANK, "other", stage=3),
)


@dataclass
class SmallLog:
    """An opened service and the means to fill its log."""

    services: Services
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def stay(self, who: int, facility_id: str, entered: str, left: str | None = None, **facts: object) -> None:
        """Log a check-in, and a check-out where a time is given."""
        self.scan(who, facility_id, entered, "in", **facts)
        if left is not None:
            self.scan(who, facility_id, left, "out", **facts)

    def scan(self, who: int, facility_id: str, time: str, direction: str, **facts: object) -> None:
        """Log one scan."""
        one = Scan(
            scan_id=f"scan-{next(self.numbers)}",
            facility_id=facility_id,
            pid=pid(who),
            direction=direction,
            source="staff_scan",
            confidence="high",
            scanned_at=at(time),
            received_at=at(time),
        )
        self.append([replace(one, **facts)])

    def append(self, many: Iterable[Scan]) -> None:
        """Log scans as they are."""
        self.services.store.write(lambda db: scans.append_many(db, many))

    def contact(self, who: int, day: str, phone: str) -> None:
        """Keep a contact for the pass of the day ``"13"``."""
        contact = Contact(name="방문자 00001", phone=phone)
        self.services.vault.deposit(kst_day(at(f"{day} 12:00")), pid(who), contact)

    def code(self, who: int, time: str) -> str:
        """Return the text of the QR code that the pass shows at the time."""
        slot_seconds, slot_count = 15, 5_760
        elements = chain(bytes(16), slot_count)
        header = PassHeader(1, day_number(kst_day(at(time))), pid(who), 0, slot_count, slot_seconds)
        signed = SignedPass(header, elements[0], sign_pass(header, elements[0], self.services.issuer))
        midnight = at(time).replace(hour=0, minute=0)
        i = int((at(time) - midnight) / timedelta(seconds=slot_seconds)) + 1
        return code_text(signed, i, elements[i])


@contextmanager
def small_log(
    var: Path, now: datetime, places: Iterable[Facility] = PLACES, **addresses: str
) -> Iterator[SmallLog]:
    """Give an opened service with some facilities whose posters hang since 2020-08-10; by default on SQLite."""
    settings = Settings(var=var, demo=True, **addresses)
    if addresses:
        prepare(settings)
    else:
        prepare_copy(settings)
    services = open_services(settings, now)

    def furnish(db: object) -> None:
        facilities.add_many(db, list(places))
        for facility in places:
            hung = posters.Poster(
                poster_id=f"POSTER-{facility.facility_id}",
                facility_id=facility.facility_id,
                epoch=1,
                valid_from=at("10 00:00"),
            )
            posters.add(db, hung)

    services.store.write(furnish)
    try:
        yield SmallLog(services)
    finally:
        services.close()
