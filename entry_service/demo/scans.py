"""The simulated visits as rows of the entry log: check-ins, some check-outs, a few refusals, and their passes.

A person has a new random pass id every day. Some scans arrive late, as from a device without network; a few are
refused with a reason code. Names are "방문자 00123"; numbers begin with 010-0, a block that is never assigned.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, timedelta

import numpy as np

from entry_service.core.model import Contact, Scan
from entry_service.core.times import day_start

from .entries import Entries

GATE = "정문 (모의)"  # where the simulated devices stand
REFUSED = 0.004  # refused scans per accepted staff scan
REASONS = {"pass_expired": 0.62, "pass_malformed": 0.22, "pass_from_future": 0.11, "pass_forged": 0.05}
LATE = 0.01  # share of staff scans from a device that was offline
VERIFIED = 0.85  # share of people whose number was verified
CONFIDENCE = {(True, True): "high", (True, False): "high", (False, True): "medium", (False, False): "low"}
FLAGS = {  # of a pass that staff read the log does not say whether its number was verified
    (told, late): (() if told else ("unverified",)) + (("late",) if late else ())
    for told in (True, False)
    for late in (True, False)
}
RESIDENCES = ("경기도 군포시", "경기도 안양시", "경기도 의왕시", "경기도 안산시", "서울특별시 금천구")


@dataclass(frozen=True, slots=True, kw_only=True)
class Passes:
    """One pass a person and day of entry, as parallel arrays sorted by day; ``pid`` is (n, 8) bytes."""

    day: np.ndarray
    person: np.ndarray
    pid: np.ndarray
    of_visit: np.ndarray  # index of each visit's pass

    def pids(self) -> list[bytes]:
        """Return the pass ids as the log keeps them."""
        whole = self.pid.tobytes()
        return [whole[at : at + 8] for at in range(0, len(whole), 8)]


def draw_passes(entries: Entries, seed: int) -> Passes:
    """Return a pass with a random id for every person and day of entry."""
    people = int(entries.person.max(initial=0)) + 1
    keys, of_visit = np.unique(entries.day() * people + entries.person, return_inverse=True)
    pid = np.random.default_rng([seed, 6]).integers(0, 256, (len(keys), 8), dtype=np.uint8)
    return Passes(day=keys // people, person=keys % people, pid=pid, of_visit=of_visit)


def contact_of(person: int) -> Contact:
    """Return the invented contact of a simulated person."""
    return Contact(
        name=f"방문자 {person:05d}",
        phone=f"+82100{person // 10_000:03d}{person % 10_000:04d}",
        residence=RESIDENCES[0] if person % 10 < 8 else RESIDENCES[1 + person % (len(RESIDENCES) - 1)],
        verified=is_verified(person),
    )


def is_verified(person):
    """Return whether a simulated person (or each of an array) verified the number: 85 of 100 did."""
    return person * 37 % 100 < VERIFIED * 100


def log_by_day(
    entries: Entries, passes: Passes, facility_ids: list[str], devices: Mapping[str, str], seed: int
) -> Iterator[tuple[date, list[Scan]]]:
    """Yield each day's scans by time; ``devices`` maps facility_id to device_id where staff have a device."""
    rng = np.random.default_rng([seed, 7])
    pids = passes.pids()
    has_device = np.array([facility_id in devices for facility_id in facility_ids])
    going = np.flatnonzero(entries.checked_out)
    for number, day in enumerate(entries.days):
        coming = np.flatnonzero(entries.day() == number)
        leaving = going[entries.left[going] // 86_400 == number]
        visits = np.concatenate([coming, leaving])
        staff = entries.by_staff[visits] & has_device[entries.site[visits]]
        knocking = coming[(entries.by_staff & has_device[entries.site])[coming]]
        refused = knocking[rng.random(len(knocking)) < REFUSED]
        rows = [
            *_accepted(entries, passes, pids, visits, len(coming), staff, facility_ids, devices, day, rng),
            *_refused(entries, refused, facility_ids, devices, day, rng),
        ]
        yield day, sorted(rows, key=lambda scan: scan.scanned_at)


def _accepted(
    entries, passes, pids, visits, coming: int, staff, facility_ids, devices, day, rng
) -> Iterator[Scan]:
    """Yield a scan a row: the first ``coming`` visits on their way in, the others on their way out."""
    start = day_start(day).astimezone(UTC)
    midnight = entries.days.index(day) * 86_400
    is_in = np.arange(len(visits)) < coming
    seconds = np.where(is_in, entries.entered[visits], entries.left[visits]) - midnight + rng.random(len(visits))
    late = staff & (rng.random(len(visits)) < LATE)
    delay = np.where(late, rng.uniform(600, 9_000, len(visits)), rng.uniform(0.05, 1.5, len(visits)))
    columns = zip(
        _scan_ids(rng, len(visits)),
        entries.site[visits].tolist(),
        passes.of_visit[visits].tolist(),
        is_in.tolist(),
        staff.tolist(),
        is_verified(entries.person[visits]).tolist(),
        seconds.tolist(),
        late.tolist(),
        delay.tolist(),
        strict=True,
    )
    for scan_id, site, number, coming_in, by_staff, verified, second, was_late, waited in columns:
        at = start + timedelta(seconds=second)
        yield Scan(
            scan_id=scan_id,
            facility_id=facility_ids[site],
            pid=pids[number],
            direction="in" if coming_in else "out",
            source="staff_scan" if by_staff else "poster",
            confidence=CONFIDENCE[by_staff, verified],
            scanned_at=at,
            received_at=at + timedelta(seconds=waited),
            device_id=devices[facility_ids[site]] if by_staff else None,
            gate=GATE if by_staff else "",
            flags=FLAGS[verified or by_staff, was_late],
        )


def _refused(entries, visits, facility_ids, devices, day, rng) -> Iterator[Scan]:
    """Yield a refused scan some seconds before each of the visits."""
    start = day_start(day).astimezone(UTC)
    midnight = entries.days.index(day) * 86_400
    codes = rng.choice(list(REASONS), size=len(visits), p=list(REASONS.values()))
    for scan_id, visit, code in zip(_scan_ids(rng, len(visits)), visits, codes, strict=True):
        facility_id = facility_ids[entries.site[visit]]
        at = start + timedelta(seconds=max(0, int(entries.entered[visit]) - midnight - int(rng.integers(4, 30))))
        yield Scan(
            scan_id=scan_id,
            facility_id=facility_id,
            pid=None if code == "pass_malformed" else rng.bytes(8),
            direction="in",
            source="staff_scan",
            confidence="high",
            scanned_at=at,
            received_at=at + timedelta(seconds=float(rng.uniform(0.05, 1.5))),
            device_id=devices[facility_id],
            gate=GATE,
            outcome=str(code),
        )


def _scan_ids(rng: np.random.Generator, count: int) -> list[str]:
    text = rng.bytes(16 * count).hex()
    return [
        f"{text[at : at + 8]}-{text[at + 8 : at + 12]}-4{text[at + 13 : at + 16]}-a{text[at + 17 : at + 20]}"
        f"-{text[at + 20 : at + 32]}"
        for at in range(0, 32 * count, 32)
    ]
