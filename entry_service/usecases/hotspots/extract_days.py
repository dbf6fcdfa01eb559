"""Write the days of an extract: take over those that are what they were, read the log anew for the others."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from entry_service.core.closings import Closings
from entry_service.core.model import IndexVisit
from entry_service.core.times import KST, day_start, kst_day
from entry_service.core.visits import HOUR, Pairing, hours_of
from entry_service.store.log import scans

from .extract_files import DayFile, Earlier, Folder, kst
from .extract_hours import Exposure, IndexHours, Pass, Silence, Tally
from .extract_inputs import DAY, DAYS_AFTER, DAYS_BEFORE, Inputs

MISSING = ("closed", "inactive", "outage")
TELL_EVERY = 5_000  # scans


@dataclass(slots=True, kw_only=True)
class Days:
    """The files of facility_hours, and their totals as they are written.

    ``exact`` are the index visits as registered, ``index`` as they are written; ``told`` is called with how much
    is done, 0 to 1.
    """

    inputs: Inputs
    exact: Sequence[IndexVisit]
    index: Sequence[IndexVisit]
    ordinals: Mapping[str, int]
    group: Callable[[Iterable[Pass]], Mapping[Pass, int]]
    told: Callable[[float], None]
    rows: int = 0
    entries: int = 0
    missing: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MISSING, 0))
    taken_over: int = 0

    def write(self, db: Connection, files: Folder, as_of: datetime, earlier: Earlier) -> None:
        """Write a file for each day of the period."""
        shared = self.inputs.of_all()
        last = kst_day(self.inputs.end - HOUR)
        day, made_of = kst_day(self.inputs.start), {}
        while day <= last:
            made_of[day] = self.inputs.of(day, shared)
            day += DAY
        new = []
        for day, hashed in made_of.items():
            kept = files.take_over(earlier, day, hashed)
            if kept is None:
                new.append(day)
            else:
                self._count(kept)
                self.taken_over += 1
        stretches = list(_stretches(new))
        progress = _Progress(self.told, sum(self.inputs.scans(*stretch) for stretch in stretches))
        for first, until in stretches:
            self._stretch(db, files, (first, until), {day: made_of[day] for day in new}, as_of, progress)

    def _stretch(
        self,
        db: Connection,
        files: Folder,
        days: tuple[date, date],
        wanted: Mapping[date, str],
        as_of: datetime,
        progress: "_Progress",
    ) -> None:
        """Read the log once, a day at a time; after a day is read, every visit of the day before is decided."""
        first, last = days
        known = self.inputs.known
        tally = Tally([one.facility_id for one in known], self.inputs.start, self.inputs.end)
        exposure = Exposure(self.index, [(visit.facility_id, visit.start) for visit in self.exact])
        pairing = Pairing(self.inputs.dwell, Closings(self.inputs.closings))
        by_hour = _ByHour(
            inputs=self.inputs,
            tally=tally,
            exposure=exposure,
            index=IndexHours(self.index, self.ordinals),
            silence=Silence(self.inputs.active, self.inputs.outages),
            group=self.group,
        )
        day = first - DAYS_BEFORE * DAY  # whoever is inside on a day came the day before, not unseen before that
        while day <= last + DAYS_AFTER * DAY:
            tomorrow = day_start(day + DAY)
            for scan in progress.counted(scans.stream(db, day_start(day), tomorrow, as_of)):
                visit = pairing.feed(scan)
                if visit is not None:
                    tally.add(visit)
                    exposure.add(visit)
            for visit in pairing.settle(tomorrow):
                tally.add(visit)
                exposure.add(visit)
            yesterday = day - DAY
            if yesterday in wanted and first <= yesterday:
                file = DayFile(day=yesterday, made_of=wanted[yesterday], missing=dict.fromkeys(MISSING, 0))
                files.write_day(by_hour.rows_of(yesterday, file), file)
                self._count(file)
            day += DAY

    def _count(self, file: DayFile) -> None:
        self.rows += file.rows
        self.entries += file.entries
        for why, many in file.missing.items():
            self.missing[why] += many


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByHour:
    """The rows of facility_hours from what was gathered of a stretch of days."""

    inputs: Inputs
    tally: Tally
    exposure: Exposure
    index: IndexHours
    silence: Silence
    group: Callable[[Iterable[Pass]], Mapping[Pass, int]]

    def rows_of(self, day: date, file: DayFile) -> Iterator[tuple[Any, ...]]:
        """Yield a row for each facility and hour of the day within the period, hour by hour; count in ``file``."""
        begin, until = max(self.inputs.start, day_start(day)), min(self.inputs.end, day_start(day + DAY))
        hours = [hour for hour, _ in hours_of(begin, until)]
        exposed = self.exposure.take(hours, self.group)
        for hour in hours:
            written, hour_of_day = kst(hour), hour.astimezone(KST).hour
            for facility, entries, minutes in zip(self.inputs.known, *self.tally.take(hour), strict=True):
                index = self.index.of(facility.facility_id, hour)
                logged = entries > 0 or minutes > 0
                missing = self.silence.why(facility, hour, hour_of_day, logged=logged)
                file.rows += 1
                if missing:
                    file.missing[missing] += 1
                    yield (facility.facility_id, written, None, None, *index, None, missing)
                else:
                    file.entries += entries
                    near = exposed.get((facility.facility_id, hour), 0)
                    yield (facility.facility_id, written, entries, round(minutes, 3), *index, near, "")


class _Progress:
    """How many of the scans that there are to read were read."""

    def __init__(self, told: Callable[[float], None], of: int) -> None:
        self._told, self._of, self._done = told, max(of, 1), 0

    def counted(self, many: Iterable[Any]) -> Iterator[Any]:
        """Give what comes, and tell how far it is every few thousand."""
        for one in many:
            self._done += 1
            if self._done % TELL_EVERY == 0:
                self._told(min(self._done / self._of, 1.0))
            yield one


def _stretches(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """Yield (first, last) of days that are so near to each other that the log between them is read anyway."""
    near = (DAYS_BEFORE + DAYS_AFTER) * DAY
    first = last = None
    for day in days:
        if first is not None and last is not None and day - last > near:
            yield first, last
            first = None
        first, last = first or day, day
    if first is not None and last is not None:
        yield first, last
