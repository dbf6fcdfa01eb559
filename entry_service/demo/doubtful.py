"""What an officer finds under 살펴볼 기록: one pass that was read at two places, and a poster that was copied.

Both are at sites where no case was, and the pass is read in an hour that is not over when a whole city is built:
the first map, and whom a case exposed, stay as they are. The copied poster is the one with the fewest entries.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from entry_service.core.actors import Actor
from entry_service.core.doubt_rules import metres
from entry_service.core.model import Contact, Facility, Scan
from entry_service.core.times import day_start
from entry_service.services import Services
from entry_service.store.sites import posters
from entry_service.usecases.doors.judge import Judged, judge_and_append
from entry_service.usecases.sites.report_poster import open_reports, report_poster
from entry_service.usecases.sites.settle_report import settle_report

from .city import City
from .outbreak import Plan
from .scans import GATE

READINGS = 2  # of the pass
SHARED_AT = timedelta(hours=15)  # o'clock: later than present.OPENING, and offices are open
APART = timedelta(minutes=1)
FEWEST = 3  # entries of the copied poster
FOUND_AT = timedelta(hours=11)
WHO = Actor(account_id="demo-admin", role="admin")


def leave(services: Services, city: City, plan: Plan, devices: Mapping[str, str], day: date, seed: int) -> int:
    """Leave both in the log, as they would have come; return how many rows were added."""
    visited = np.unique(plan.entries.site[np.isin(plan.entries.person, [case.person for case in plan.cases])])
    _find_a_copy(services, city, plan, visited, day)
    others = [one for number, one in enumerate(city.sites.facilities) if number not in visited]
    staffed = [one for one in others if one.facility_id in devices and one.opens <= 15 < one.closes]
    return _share_a_pass(services, staffed, devices, day, seed)


def _share_a_pass(
    services: Services, known: Sequence[Facility], devices: Mapping[str, str], day: date, seed: int
) -> int:
    if not known:
        return 0
    here, there = max(((known[0], one) for one in known), key=lambda pair: metres(*pair))
    pid = np.random.default_rng([seed, 10]).bytes(8)
    contact = Contact(name="방문자", phone="+821009990999", residence="경기도 군포시", verified=True)
    services.vault.deposit(day, pid, contact)
    for number, place in enumerate((here, there)):
        _read(services, place, pid, devices[place.facility_id], number, day)
    return READINGS


def _read(services: Services, place: Facility, pid: bytes, device_id: str, number: int, day: date) -> None:
    at = day_start(day) + SHARED_AT + number * APART
    scan = Scan(
        scan_id=f"demo-shared-{number}",
        facility_id=place.facility_id,
        gate=GATE,
        device_id=device_id,
        pid=pid,
        direction="in",
        source="staff_scan",
        confidence="high",
        scanned_at=at,
        received_at=at,
    )
    judged = Judged(scan=scan, asked="in", verified=True, admit="override")
    services.store.write(lambda db: judge_and_append(db, services, place, judged))


def _find_a_copy(services: Services, city: City, plan: Plan, visited: np.ndarray, day: date) -> None:
    """Report the poster with the fewest entries to hang elsewhere, and say that it does."""
    entries, sites = plan.entries, city.sites
    by_poster = entries.site[~(entries.by_staff & sites.has_device[entries.site])]
    many = np.bincount(by_poster, minlength=len(sites.facilities)).astype(float)
    many[visited] = 0
    many[many < FEWEST] = np.inf
    chosen = int(many.argmin())
    if not np.isfinite(many[chosen]):
        return
    facility_id, at = sites.facilities[chosen].facility_id, day_start(day) + FOUND_AT
    with services.store.read() as db:
        hanging = posters.current(db, facility_id)
    assert hanging is not None
    report_poster(services, hanging.poster_id, "elsewhere", now=at - timedelta(hours=1))
    [report] = open_reports(services, facility_id)
    settle_report(services, report.report_id, "found", actor=WHO, facility_id=None, now=at)
