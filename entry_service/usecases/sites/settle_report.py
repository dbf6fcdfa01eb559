"""Say what came of a report about a poster; a copy that was found puts the poster's entries before a person.

One report holds nothing back: anybody can send one, from any address. Whoever looked says whether a copy hung
elsewhere. Then every entry by the poster since it hung is doubted (docs/watch.md), a part at a time, so that doors
go on; entries that follow are doubted as they come. The report is settled last: what breaks off is asked again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import Connection

from entry_service.core.actors import Actor
from entry_service.core.errors import BadInput, NotFound
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
    services.vault.audit.append("poster_report_settled", actor, now=now, rows=many, outcome=result)
    entries = 0
    if result != "seen":
        at, by = (now, actor.account_id) if result == "found" else (None, None)
        services.store.write(lambda db: posters.set_copied(db, report.poster_id, at, by))
        entries = sum(_doubt(services, report, window, result, now) for window in windows)
    ids = [one.report_id for one in same]
    services.store.write(lambda db: poster_reports.settle(db, ids, result, actor.account_id, now))
    return Settled(report=report, entries=entries)


def _doubt(services: Services, report: PosterReport, window: Window, result: str, now: datetime) -> int:
    """Doubt the entries of a window, or no longer, part by part; stop where somebody says otherwise meanwhile."""
    place, entries, rest = report.facility_id, 0, window

    def part(db: Connection) -> tuple[int, datetime | None]:
        if doubt_evidence.is_copied(db, report.poster_id) != (result == "found"):
            return 0, None
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
