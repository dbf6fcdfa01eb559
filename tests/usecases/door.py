"""A door with a staff device and visitors with phones, on either database: for the tests of entering."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from entry_service.core.model import Device, Facility, Scan
from entry_service.core.passes import PassHeader, SignedPass, chain, code_text
from entry_service.core.posters import poster_id
from entry_service.core.times import KST, day_number, day_start, kst_day
from entry_service.services import Services, open_services
from entry_service.settings import Settings
from entry_service.store.log import scans
from entry_service.store.sites import facilities, posters
from entry_service.usecases.doors.check_in import ScanAnswer, check_in_pass
from entry_service.usecases.doors.issue_pass import PassDay, Person, issue_passes
from entry_service.vault.key_ring import KeyRing
from entry_service.vault.keys import key_file

NOON = datetime(2020, 8, 25, 12, 0, tzinfo=KST)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
PERSON = Person(name="시험 방문자", phone="010-0000-1234", residence="경기도 군포시")
LIBRARY, OFFICE = "GP-001", "GP-002"
POSTER = poster_id(bytes(range(10)), 1)
SLOT = 15


@dataclass(frozen=True)
class Phone:
    """A visitor's phone with the pass of one day."""

    signed: SignedPass
    elements: list[bytes]

    @property
    def pid(self) -> bytes:
        return self.signed.header.pid

    def code(self, at: datetime) -> str:
        """Return the text of the QR shown at this moment."""
        i = (at - self.signed.header.slot_start(1)) // timedelta(seconds=SLOT) + 1
        return code_text(self.signed, i, self.elements[i])


@dataclass
class Door:
    """An opened service with two facilities, a device at each, and a poster at the first."""

    services: Services
    numbers: Iterator[int]

    def random(self, size: int) -> bytes:
        """Return bytes that are new at every call and the same in every run."""
        return hashlib.sha256(str(next(self.numbers)).encode()).digest()[:size]

    def phone(self, person: Person | None = None, now: datetime = NOON) -> Phone:
        """Return a phone that was just given the pass of its day; without a person, with a number of its own."""
        person = person or replace(PERSON, phone=f"010-0000-{2_000 + next(self.numbers) % 8_000}")
        slots = 86_400 // SLOT
        elements = chain(self.random(16), slots)
        wanted = PassDay(day=kst_day(now), root=elements[0], first_slot=0, slot_count=slots, slot_seconds=SLOT)
        [issued] = issue_passes(self.services, person, [wanted], now, self.random)
        header = PassHeader(
            issued.kid, day_number(issued.day), issued.pid, 0, slots, SLOT, verified=issued.verified
        )
        assert header.slot_start(1) == day_start(issued.day)
        return Phone(SignedPass(header, elements[0], issued.sig), elements)

    def scan(self, phone: Phone, at: datetime = NOON, direction: str = "auto", **facts: object) -> ScanAnswer:
        """Let staff read the phone at a moment; without ``now`` the scan is reported at once."""
        usual_device = Device(device_id="D-1", facility_id=facts.pop("place", LIBRARY), name="정문")
        device = facts.pop("device", usual_device)
        usual = {"scan_id": f"scan-{next(self.numbers)}", "text": phone.code(at), "gate": "정문", "now": at}
        return check_in_pass(self.services, device, direction=direction, scanned_at=at, **{**usual, **facts})  # type: ignore[arg-type]

    def log(self) -> list[Scan]:
        """Return every row, refused ones too."""
        with self.services.store.read() as db:
            return scans.scans_between(db, None, NOON - 60 * 24 * HOUR, NOON + 60 * 24 * HOUR, refused=True)

    def row(self, scan_id: str) -> Scan | None:
        """Return one row."""
        with self.services.store.read() as db:
            return scans.find_scan(db, scan_id)


def place(facility_id: str, **facts: object) -> Facility:
    """Return a facility at Sanbon; the office is 5.6 km further north, eight minutes at the very least."""
    here = {"lon": 126.9312, "lat": 37.3581, "coord_quality": "simulated", "address": "경기도 군포시 산본로 1"}
    return Facility(**{"facility_id": facility_id, "name": facility_id, "category": "library", **here, **facts})


@contextmanager
def open_door(var: Path, log_url: str, vault_url: str, **settings: object) -> Iterator[Door]:
    """Give the opened door; the databases are there already."""
    chosen = replace(Settings(var=var, log_url=log_url, vault_url=vault_url, daily_cap=3), **settings)
    for name in ("issuer", "certificates"):
        key_file(chosen.key_dir, name, may_make=True)
    KeyRing.make(chosen.vault_key_dir, chosen.key_copy_dir)
    services = open_services(chosen, NOON)

    def furnish(db: object) -> None:
        facilities.add(db, place(LIBRARY, capacity=4, opens=7, closes=23))
        facilities.add(db, place(OFFICE, category="public_office", lat=37.4081))
        posters.add(db, posters.Poster(poster_id=POSTER, facility_id=LIBRARY, epoch=1, valid_from=NOON - 9 * HOUR))

    services.store.write(furnish)
    try:
        yield Door(services, count(1))
    finally:
        services.close()
