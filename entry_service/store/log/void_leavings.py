"""The way out of an entry that somebody decided to be void, where it is read after the decision."""

from sqlalchemy import Connection, insert

from entry_service.core.model import Scan

from ..database.direct import Direct
from ..schema.doubt_tables import doubt_decisions
from ..schema.tables import to_micros

_ENTRY = Direct(
    "SELECT scans.scan_id, said.why, said.decided_by FROM scans LEFT JOIN doubt_decisions AS said "
    "ON said.scan_id = scans.scan_id AND said.ended_at IS NULL AND said.decision = 'void' "
    "AND scans.direction = 'in' WHERE scans.pid = ? AND scans.facility_id = ? AND scans.scanned_at >= ? "
    "AND scans.scanned_at <= ? AND scans.scan_id <> ? AND scans.outcome = 'accepted' "
    "AND NOT EXISTS (SELECT 1 FROM voids WHERE voids.scan_id = scans.scan_id) "
    "ORDER BY scans.scanned_at DESC, scans.direction DESC, scans.seq DESC LIMIT 1"
)
DAY_MICROS = 86_400_000_000


def follow_entry(db: Connection, leaving: Scan) -> None:
    """Let a check-out that was just appended share the void of the entry that it ends.

    The entry is the last reading of the pass at the same facility within a day, those that count and those that
    are void. On the way of a scan.
    """
    assert leaving.pid is not None
    at = to_micros(leaving.scanned_at)
    rows = _ENTRY.all(db, leaving.pid, leaving.facility_id, at - DAY_MICROS, at, leaving.scan_id)
    if not rows or rows[0][1] is None:
        return
    entry, why, decided_by = rows[0]
    values = {"decision": "void", "why": why, "entry": entry, "decided_by": decided_by}
    moments = {"scanned_at": leaving.scanned_at, "decided_at": leaving.received_at}
    db.execute(insert(doubt_decisions).values(scan_id=leaving.scan_id, **values, **moments))
