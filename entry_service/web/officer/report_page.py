"""The report of a day: a page that prints on one sheet of A4, and the same as XLSX."""

from datetime import date, timedelta

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _

from entry_service.core.errors import BadInput
from entry_service.core.times import kst_day
from entry_service.spreadsheets import Sheet, workbook_bytes
from entry_service.usecases.cases.daily_report import DailyReport, daily_report

from ..frame.access import requires
from ..frame.acting import actor
from ..frame.asked_day import asked_day
from ..frame.context import now, services, settings
from ..frame.i18n import date_text
from ..frame.told_day import last_day
from ..manager.overview import SOURCES
from . import report_words
from .publication_pages import XLSX

blueprint = Blueprint("report", __name__)


@blueprint.get("/officer/report")
@requires("officer")
def page() -> str:
    """Show the report of ``?day=``; by default of today, in a demonstration of the last day of its history."""
    return _page(daily_report(services(), _day(), now=now()))


@blueprint.post("/officer/report")
@requires("officer")
def with_exposed() -> str:
    """Show today's report with the people exposed: every open case is traced, and that is audited."""
    return _page(daily_report(services(), kst_day(now()), now=now(), exposed_by=actor()))


@blueprint.get("/officer/report.xlsx")
@requires("officer")
def workbook() -> Response:
    """Return the report as XLSX: the figures, and the entries by stage and door."""
    report = daily_report(services(), _day(), now=now())
    mark = f"{settings().authority} · {report_words.as_of(report)}"
    head = [_("구분"), _("항목"), _("값"), _("단위"), _("비고")]
    doors = [_("단계"), _("등록 방법"), _("출입 기록"), _("입장 인원")]
    sheets = [
        Sheet(title=_("일일 상황보고"), columns=head, rows=report_words.rows(report), watermark=mark),
        Sheet(title=_("단계별 출입 기록"), columns=doors, rows=report_words.door_rows(report), watermark=mark),
    ]
    name = f"report-{report.day.isoformat()}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(workbook_bytes(sheets), content_type=XLSX, headers=headers)


def _day() -> date:
    if not request.args.get("day"):
        return last_day()
    day = asked_day()
    if day is None:
        raise BadInput(_("날짜를 2020-08-25와 같이, 오늘까지 입력하시기 바랍니다."), field="day")
    return day


def _page(report: DailyReport) -> str:
    today = kst_day(now())
    return render_template(
        "officer/report.html",
        report=report,
        sections=report_words.sections(report),
        as_of=report_words.as_of(report),
        sources={source: str(words) for source, words in SOURCES.items()},
        doors=report_words.doors_by_stage(report),
        day_text=date_text(report.day),
        today=today,
        by_default=not request.args.get("day") and report.day != today,
        day_before=report.day - timedelta(days=1),
        day_after=report.day + timedelta(days=1) if report.day < today else None,
    )
