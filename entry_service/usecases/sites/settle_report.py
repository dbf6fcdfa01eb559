"""Say what came of a report about a poster; a copy that was found puts the poster's entries before a person.

One report holds nothing back: anybody can send one, from any address. Whoever looked says whether a copy hung
elsewhere. Then every entry by the poster since it hung is doubted (docs/watch.md), a part at a time, so that doors
go on; entries that follow are doubted as they come. The report is open meanwhile, and settled last, by whoever
spoke last: what breaks off is asked again, and no report says what does not hold.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import Connection

from entry_service.core.actors import Actor
from entry_service.core.errors import BadInput, EntryError, NotFound
from entry_service.services import Services
from entry_service.store.log import copied_entries, doubt_evidence
from entry_service.store.log.copied_entries import Window
from entry_service.store.sites import poster_reports, posters
from entry_service.store.sites.poster_reports import ELSEWHERE, PosterReport
from entry_service.store.sites.posters import Poster

from ..doors.poster_entry import GRACE

Result = Literal["found", "not_found", "seen"]
RESULTS: tuple[Result, ...] = get_args(Result)
PART = 500  # entries of one transaction
AHEAD = timedelta(days=1)  # beyond every clock of a process that logs entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The report as it was, and how many entries are doubted because of it now, or no longer."""

    report: PosterReport
    entries: int


class SettledMeanwhile(EntryError):
    """Somebody else said otherwise of the same poster meanwhile; that holds."""

    status, code = 409, "settled_meanwhile"
    sentence = "그사이 다른 사람이 이 신고의 결과를 다르게 정했습니다. 지금 결과를 확인하시기 바랍니다."

    def __init__(self, report: PosterReport) -> None:
        """Carry the report as it was; it is no fact that is told."""
        super().__init__()
        self.report = report


def results_of(report: PosterReport) -> tuple[Result, ...]:
    """Return what may come of a report: of a copy of a poster that we hung, whether there is one."""
    return ("found", "not_found") if report.reason == ELSEWHERE and report.facility_id else ("seen",)


def settle_report(
    services: Services, report_id: int, result: str, *, actor: Actor, facility_id: str | None, now: datetime
) -> Settled:
    """Keep what came of a report, and of all others of its kind about its poster; said twice it is the same.

    What was found may be said otherwise later: entries that nobody decided about then count again, and what
    somebody decided stays.

    Parameters
    ----------
    facility_id : str or None
        The only facility the caller may see; None for all.

    Raises
    ------
    NotFound
        No such report, or one of another facility.
    BadInput
        Nothing that may come of this report.
    SettledMeanwhile
        Somebody else said otherwise before all of it was done.
    AuditUnavailable
        Nothing was changed.
    """
    with services.store.read() as db:
        report = poster_reports.find(db, report_id)
        if report is None or facility_id not in (None, report.facility_id):
            raise NotFound(what="report")
        if result not in results_of(report):
            raise BadInput("신고를 확인한 결과를 고르시기 바랍니다.", field="result")
        every = poster_reports.of_poster(db, report.poster_id)
        same = [one for one in every if results_of(one) == results_of(report)]
        poster = posters.find(db, report.poster_id)
        windows = _windows(db, report, result, now)
        many = _many(db, report.facility_id, windows, result)
    copied = poster is not None and poster.copied_at is not None
    kept = result == "seen" or copied == (result == "found")  # else somebody broke off
    if kept and all(one.result == result for one in same):
        return Settled(report=report, entries=0)
    said = {"outcome": result, "request_hash": _hash(report, windows)}
    services.vault.audit.append("poster_report_settled", actor, now=now, rows=many, **said)
    ids, entries = [one.report_id for one in same], 0

    def begin(db: Connection) -> None:
        at, by = (now, actor.account_id) if result == "found" else (None, None)
        posters.set_copied(db, report.poster_id, at, by)
        poster_reports.reopen(db, ids)

    def end(db: Connection) -> None:
        if poster is not None:
            _assert_holds(db, report, result)
        poster_reports.settle(db, ids, result, actor.account_id, now)

    if result != "seen":
        services.store.write(begin)
        entries = sum(_doubt(services, report, window, result, now) for window in windows)
    services.store.write(end)
    return Settled(report=report, entries=entries)


def _hash(report: PosterReport, windows: Sequence[Window]) -> str:
    """Return what the audit row is about: it holds no place and no time of a visit itself."""
    times = [moment.astimezone(UTC).isoformat(timespec="seconds") for window in windows for moment in window]
    return hashlib.sha256("|".join((report.poster_id, report.facility_id, *times)).encode()).hexdigest()


def _assert_holds(db: Connection, report: PosterReport, result: str) -> None:
    """Refuse where somebody said otherwise; it stays as it is until the transaction ends."""
    if result != "seen" and doubt_evidence.is_copied(db, report.poster_id) != (result == "found"):
        raise SettledMeanwhile(report)


def _doubt(services: Services, report: PosterReport, window: Window, result: str, now: datetime) -> int:
    """Doubt the entries of a window, or no longer, part by part, as long as nobody says otherwise."""
    place, entries, rest = report.facility_id, 0, window

    def part(db: Connection) -> tuple[int, datetime | None]:
        _assert_holds(db, report, result)
        if result == "found":
            return copied_entries.hold(db, place, rest, now, PART)
        lifted = copied_entries.lift(db, place, rest, now, PART)
        return lifted, rest[0] if lifted == PART else None

    while True:
        done, start = services.store.write(part)
        entries += done
        if start is None:
            return entries
        rest = start, window[1]


def _windows(db: Connection, report: PosterReport, result: str, now: datetime) -> list[Window]:
    """Return in which times entries by the poster lie; those of another copied poster stay doubted.

    For two days after a replacement the log cannot tell the two posters apart: both are meant.
    """
    every = {one.poster_id: one for one in posters.of_facility(db, report.facility_id)}
    if report.poster_id not in every or result == "seen":
        return []
    own = _window(every.pop(report.poster_id), now)
    copied = [_window(one, now) for one in every.values() if one.copied_at is not None]
    return [own] if result == "found" else _without(own, copied)


def _window(poster: Poster, now: datetime) -> Window:
    return poster.valid_from, now + AHEAD if poster.retired_at is None else poster.retired_at + GRACE


def _without(whole: Window, others: Iterable[Window]) -> list[Window]:
    parts = [whole]
    for start, end in others:
        cut = [part for first, last in parts for part in ((first, min(last, start)), (max(first, end), last))]
        parts = [(first, last) for first, last in cut if first < last]
    return parts


def _many(db: Connection, place: str, windows: Sequence[Window], result: str) -> int:
    """Return how many entries would be doubted because of a copy, or no longer."""
    held = copied_entries.count_held(db, place, windows)
    if result != "found":
        return held
    return sum(copied_entries.count(db, place, window) for window in windows) - held
