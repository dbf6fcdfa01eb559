"""A plan to take along: XLSX, CSV, and a printed sheet a team. Sensitive facilities are in none of them."""

from collections.abc import Sequence

from flask import Blueprint, Response, render_template
from flask_babel import gettext as _

from entry_service.core.errors import NotFound
from entry_service.spreadsheets import Cell, Sheet, csv_bytes, workbook_bytes
from entry_service.usecases.plan_now import PlanNow, TeamNow, plan_now

from ..frame.access import requires
from ..frame.context import services, settings
from . import plan_words
from .contact_pages import CSV, XLSX
from .plan_map import drawing
from .plan_words import Names, moment_text, names_of, said, span_text

blueprint = Blueprint("plan_files", __name__)


@blueprint.get("/officer/plans/<plan_id>/plan.xlsx")
@requires("officer")
def workbook(plan_id: str) -> Response:
    """Send the plan as a workbook: priorities, teams, testing sites, counts of sensitive facilities, notes."""
    now = plan_now(services(), plan_id)
    names = names_of(now)
    mark = f"{settings().authority} · {_('방역 계획')} {now.plan.day.isoformat()}"
    sheets = [
        Sheet(title=title, columns=columns, rows=rows, watermark=mark)
        for title, columns, rows in (
            (_("소독 우선순위"), plan_words.head(), plan_words.rows(now, names)),
            (_("조별 동선"), *_teams(now, names)),
            (_("선별검사소"), *_sites(now)),
            (_("민감시설 수"), *_sensitive(now)),
            (_("점검 기록"), plan_words.check_head(), plan_words.check_rows(now, names)),
        )
    ]
    return _file(workbook_bytes(sheets), XLSX, now, "xlsx")


@blueprint.get("/officer/plans/<plan_id>/plan.csv")
@requires("officer")
def table(plan_id: str) -> Response:
    """Send the priority list as CSV."""
    now = plan_now(services(), plan_id)
    return _file(csv_bytes(plan_words.head(), plan_words.rows(now, names_of(now))), CSV, now, "csv")


@blueprint.get("/officer/plans/<plan_id>/teams")
@requires("officer")
def sheets(plan_id: str) -> Response:
    """Show the sheets of all teams that go out, each on pages of its own."""
    now = plan_now(services(), plan_id)
    return _sheets(now, [team for team in now.teams if team.stops])


@blueprint.get("/officer/plans/<plan_id>/teams/<int:team>")
@requires("officer")
def sheet(plan_id: str, team: int) -> Response:
    """Show the sheet of a team as it is printed on A4: the way as a drawing, then the stops to tick off."""
    now = plan_now(services(), plan_id)
    found = [one for one in now.teams if one.team == team]
    if not found:
        raise NotFound(what="team")
    return _sheets(now, found)


def _sheets(now: PlanNow, teams: Sequence[TeamNow]) -> Response:
    page = render_template(
        "officer/plan_print.html",
        now=now,
        teams=teams,
        names=names_of(now),
        say=plan_words,
        drawing=lambda team: drawing(team, now.plan.parameters.start),
        field_contact=settings().field_contact or settings().contact,
        emergency_contact=settings().emergency_contact,
    )
    return _unkept(Response(page))


def _teams(now: PlanNow, names: Names) -> tuple[list[str], list[list[Cell]]]:
    columns = [_("조"), _("출발"), _("복귀"), _("거리(km)"), _("방문지"), _("완료"), _("담당 계정")]
    rows = [
        [
            team.team,
            moment_text(team.start),
            moment_text(team.end),
            round(team.kilometres, 1),
            len(team.stops),
            team.done,
            ", ".join(names.logins.get(one.account_id, "") for one in team.given),
        ]
        for team in now.teams
    ]
    return columns, rows


def _sites(now: PlanNow) -> tuple[list[str], list[list[Cell]]]:
    columns = [
        _("순위"),
        _("구역"),
        _("경도"),
        _("위도"),
        _("운영시간"),
        _("닿는 인·시간"),
        _("비율(퍼센트)"),
        _("이유"),
    ]
    rows = [
        [
            site.rank,
            site.unit_code,
            site.lon,
            site.lat,
            span_text(site.begin, site.until),
            round(site.reach_person_hours),
            round(100 * site.share, 1),
            said(site.why),
        ]
        for site in now.plan.sites
    ]
    return columns, rows


def _sensitive(now: PlanNow) -> tuple[list[str], list[list[Cell]]]:
    rows = [[one.name or one.dong or _("시 전체"), one.facilities] for one in now.plan.sensitive]
    return [_("동"), _("최근 7일 안에 확진자가 다녀간 민감시설(곳)")], rows


def _file(content: bytes, kind: str, now: PlanNow, ending: str) -> Response:
    name = f"plan-{now.plan.day.isoformat()}-{now.plan.id}.{ending}"
    response = Response(content, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return _unkept(response)


def _unkept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
