"""Reports about the poster of the library, and what somebody says came of them, for tests."""

from entry_service.core.actors import Actor
from entry_service.core.model import Scan
from entry_service.store.log import scans
from entry_service.usecases.sites import settle_report
from entry_service.usecases.sites.report_poster import open_reports, report_poster, results

from .door import LIBRARY, NOON, POSTER, SECOND
from .watching import NOW, waiting

MANAGER = Actor(account_id="A-manager", role="manager")


def report(door, poster=POSTER, reason="elsewhere", now=NOON):
    report_poster(door.services, poster, reason, now=now)


def settle(door, result, report_id=None, place=LIBRARY, now=NOW):
    """Settle a report, by default the newest of the library."""
    if report_id is None:
        [report_id] = {
            one.report_id for one in [*open_reports(door.services, place), *results(door.services, place)][:1]
        }
    asked = {"actor": MANAGER, "facility_id": place, "now": now}
    return settle_report.settle_report(door.services, report_id, result, **asked)


def held(door):
    """Return which entries wait, the oldest first."""
    return [scan_id for scan_id, _why in waiting(door)]


def many(door, count, at=NOON, source="poster"):
    """Log entries by the poster, some of them at the same moment."""
    facts = {"facility_id": LIBRARY, "direction": "in", "source": source, "confidence": "low"}
    moments = [at + number // 7 * SECOND for number in range(count)]
    rows = [
        Scan(scan_id=f"many-{n:04}", pid=n.to_bytes(8, "big"), scanned_at=when, received_at=when, **facts)
        for n, when in enumerate(moments)
    ]
    door.services.store.write(lambda db: scans.append_many(db, rows))
