"""Readings that nobody has decided about: they end no visit elsewhere, and a visit with one of them says so."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from .closings import Closings
from .doubt_rules import UNDECIDED, Reason
from .model import Scan, Visit
from .visits import in_order, pair_scans


def visits_at(
    rows: Iterable[Scan],
    facility_id: str,
    waiting: Mapping[str, Iterable[Reason]],
    *,
    dwell: Callable[[str], timedelta],
    closings: Closings | None = None,
) -> list[Visit]:
    """Return the visits at one facility, by entry, as if what waits elsewhere had not been read.

    Nobody may become no contact by a reading that nobody has decided about. A visit with a reading that waits has
    ``UNDECIDED`` among its flags, beside the reasons.

    Parameters
    ----------
    rows : iterable of Scan
        Readings of these passes anywhere, in any order.
    waiting : mapping
        scan_id → reasons of what nobody has decided about.
    dwell, closings
        As of ``core.visits.pair_scans``.
    """
    decided = _without_waiting_elsewhere(sorted(rows, key=in_order), facility_id, waiting)
    marked = [_marked(row, waiting.get(row.scan_id)) for row in decided]
    visits = pair_scans(marked, dwell=dwell, closings=closings)
    return [visit for visit in visits if visit.facility_id == facility_id]


def visits_everywhere(
    rows: Iterable[Scan],
    waiting: Mapping[str, Iterable[Reason]],
    *,
    dwell: Callable[[str], timedelta],
    closings: Closings | None = None,
) -> list[Visit]:
    """Return the visits at every facility, by entry, each as ``visits_at`` has it: two that wait may overlap."""
    known = list(rows)
    found = [
        visit
        for facility_id in sorted({row.facility_id for row in known})
        for visit in visits_at(known, facility_id, waiting, dwell=dwell, closings=closings)
    ]
    return sorted(found, key=lambda visit: (visit.entered_at, visit.facility_id, visit.pid))


def _without_waiting_elsewhere(rows: Iterable[Scan], facility_id: str, waiting: Container[str]) -> Iterator[Scan]:
    """Yield the readings, given in order of time, that may end a visit here.

    Left out are those at other facilities that wait for a decision, with the leavings of such entries.
    """
    entered: set[tuple[bytes | None, str]] = set()
    for row in rows:
        stay = row.pid, row.facility_id
        if row.facility_id != facility_id and row.scan_id in waiting:
            entered.add(stay)
            continue
        if stay in entered:
            entered.discard(stay)
            if row.direction == "out":
                continue
        yield row


def _marked(scan: Scan, waiting: Iterable[Reason] | None) -> Scan:
    """Return a reading with the doubts that nobody has decided about among its flags."""
    return scan if waiting is None else replace(scan, flags=(*scan.flags, *waiting, UNDECIDED))
