"""Which facilities the cases of a run visited: how many came how often, when, and what was disinfected since.

The register is asked, not the run: the analytics know no case. Only what a run knew counts, so that the facilities
of a unit add up to the unit. Where a run lists a facility by itself (facility_risk.csv) its counts may be told;
beside a sensitive facility they may not, for what the unit has more would be that one's, also where it became
sensitive after the run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from entry_service.core.model import IndexVisit
from entry_service.core.times import KST, day_start, kst_day
from entry_service.store.cases import cases
from entry_service.store.plans import disinfections

from ..frame.i18n import date_text, time_text
from .result_folders import ResultFolder, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """The visits of cases at one facility, in order of start; when it was last disinfected, None: never noted."""

    visits: tuple[IndexVisit, ...]
    done_at: datetime | None

    @property
    def persons(self) -> int:
        """Return how many cases came."""
        return self.persons_during(None, None)

    def persons_during(self, start: datetime | None, end: datetime | None) -> int:
        """Return how many cases were there at some time of [start, end); None: without that bound."""
        return len({visit.case_id for visit in self.visits if _touches(visit, start, end)})

    @property
    def last(self) -> datetime:
        """Return when the last of them had left."""
        return max(visit.end for visit in self.visits)

    @property
    def done_since(self) -> datetime | None:
        """Return when it was disinfected after the last of them had left."""
        return self.done_at if self.done_at is not None and self.done_at >= self.last else None

    def told(self, *, counts: bool) -> dict[str, object]:
        """Return what the map tells; without ``counts`` only when, and whether it was disinfected since."""
        since = self.done_since
        return {
            "persons": self.persons if counts else None,
            "visits": len(self.visits) if counts else None,
            "when": period_text(self.visits[0].start, self.last),
            "disinfected": f"{date_text(since)} {time_text(since)}" if since else None,
        }


def visited(db: Connection, run: ResultFolder) -> Mapping[str, Visited]:
    """Return facility_id → what the cases that the run knew did there in its period."""
    if run.routes:
        return {}
    start, end = _period(run)
    known = cases.visits_known_by(db, datetime.fromtimestamp(moment(run.as_of), KST))
    found: dict[str, list[IndexVisit]] = {}
    for visit in known:
        if _touches(visit, start, end):
            found.setdefault(visit.facility_id, []).append(visit)
    done = disinfections.last_done(db)
    return {
        facility_id: Visited(visits=tuple(visits), done_at=done.get(facility_id))
        for facility_id, visits in found.items()
    }


def period_text(start: datetime, end: datetime) -> str:
    """Return a half-open time in words: hours where it is less than a day, else the days."""
    first, last = kst_day(start), kst_day(end - timedelta(microseconds=1))
    if end - start < timedelta(days=1):
        return f"{date_text(first)} {time_text(start)}–{time_text(end)}"
    return date_text(first) if first == last else f"{date_text(first)} – {date_text(last)}"


def _touches(visit: IndexVisit, start: datetime | None, end: datetime | None) -> bool:
    return (end is None or visit.start < end) and (start is None or start < visit.end)


def _period(run: ResultFolder) -> Sequence[datetime | None]:
    """Return the begin and end of what the run covers; None where its summary does not say."""
    said = run.summary.get("period") or {}
    first, last, until = (said.get(name) for name in ("first_day", "last_day", "until"))
    end = day_start(date.fromisoformat(last) + timedelta(days=1)) if last else None
    return (
        day_start(date.fromisoformat(first)) if first else None,
        datetime.fromisoformat(until) if until else end,
    )
