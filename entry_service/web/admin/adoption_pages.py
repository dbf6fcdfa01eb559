"""The adoption page: how far the roll-out has come, at which doors, how much of the town it sees, where next.

Sensitive sites are counted and never named: neither on the page nor in its files.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from io import BytesIO

from flask import Blueprint, Response, render_template, send_file
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from entry_service.core.times import day_start, kst_day
from entry_service.spreadsheets import csv_bytes
from entry_service.store.retention import destructions
from entry_service.store.sites import adoption, site_requests
from entry_service.store.sites.site_states import STATES, SiteState, entries_by_day, site_states

from ..frame.access import requires
from ..frame.asked_day import asked_day
from ..frame.context import now, services, settings
from ..manager.overview import SOURCES, category_name
from ..officer import result_folders
from . import adoption_readings as readings

WEEK, DAYS = timedelta(days=7), 28
MOST_SILENT = 50
STATE_NAMES = {"active": _l("쓰는 중"), "silent": _l("멈춤"), "invited": _l("시작 전")}

blueprint = Blueprint("adoption", __name__)


@blueprint.get("/admin/adoption")
@requires("admin")
def page() -> str:
    """Show states by wave, entries by day and door, coverage, silent sites; ``?day=`` as of the end of a day."""
    end, as_of = _end()
    sites = _sites(end)
    with services().store.read() as db:
        days = entries_by_day(db, _first(end), end)
        waiting = site_requests.count_waiting(db)
        last = adoption.last_entry(db, None, before=end)
    silent = [site for site in sites if site.state == "silent"]
    named = sorted((site for site in silent if not site.sensitive), key=_longest_silent)
    waves = readings.waves(sites)
    return render_template(
        "admin/adoption.html",
        as_of=as_of,
        last_day=kst_day(last) if last and not any(days.values()) else None,
        totals=[(state, name, sum(wave[state] for wave in waves.values())) for state, name in STATE_NAMES.items()],
        waves=waves,
        bars=readings.wave_bars(waves),
        states=STATE_NAMES,
        waiting=waiting,
        days=days,
        chart=readings.day_chart(days),
        doors=[(kind, str(SOURCES[kind]), count, share) for kind, count, share in readings.doors(days)],
        silent=named[:MOST_SILENT],
        silent_named=len(named),
        silent_sensitive=len(silent) - len(named),
        category_name=category_name,
        coverage=readings.coverage_of(result_folders.newest(settings().results_dir)),
    )


@blueprint.get("/admin/adoption/sites.csv")
@requires("admin")
def sites_csv() -> Response:
    """Give every site that is not sensitive with its state; the sensitive ones of a wave as one number."""
    sites = _sites(_end()[0])
    head = [_("단계"), _("시설 번호"), _("시설"), _("분류"), _("상태"), _("마지막 입장")]
    rows = [
        (one.stage, one.facility_id, one.name, category_name(one.category), str(STATE_NAMES[one.state]), _day(one))
        for one in sites
        if not one.sensitive
    ]
    return _file(csv_bytes(head, [*rows, *_sensitive_rows(sites)]), "adoption-sites.csv")


@blueprint.get("/admin/adoption/days.csv")
@requires("admin")
def days_csv() -> Response:
    """Give the entries of each day by door."""
    end = _end()[0]
    with services().store.read() as db:
        days = entries_by_day(db, _first(end), end)
    head = [_("날짜"), *(str(SOURCES[kind]) for kind in readings.DOORS), _("합계")]
    rows = [
        (day.isoformat(), *(counts[kind] for kind in readings.DOORS), counts.total())
        for day, counts in days.items()
    ]
    return _file(csv_bytes(head, rows), "adoption-days.csv")


def _sensitive_rows(sites: Sequence[SiteState]) -> list[tuple[object, ...]]:
    waves = readings.waves([site for site in sites if site.sensitive])
    told = _("민감한 시설 %(count)s곳")
    return [
        (stage, "", told % {"count": states[state]}, "", str(STATE_NAMES[state]), "")
        for stage, states in waves.items()
        for state in STATES
        if states[state]
    ]


def _sites(end: datetime) -> list[SiteState]:
    with services().store.read() as db:
        destroyed = destructions.last_entries(db, kst_day(end))
        return site_states(db, week=end - WEEK, end=end, destroyed=destroyed)


def _end() -> tuple[datetime, date | None]:
    asked = asked_day()
    return (day_start(asked + timedelta(days=1)) if asked else now()), asked


def _first(end: datetime) -> datetime:
    """Return the beginning of the first of the days that are shown, which end with the day of ``end``."""
    return day_start(kst_day(end - timedelta(microseconds=1)) - timedelta(days=DAYS - 1))


def _longest_silent(site: SiteState) -> tuple[date, str]:
    return site.last_day or date.min, site.facility_id


def _day(site: SiteState) -> str:
    return site.last_day.isoformat() if site.last_day else ""


def _file(content: bytes, name: str) -> Response:
    return send_file(BytesIO(content), "text/csv", as_attachment=True, download_name=name)
