"""A plan to take along: XLSX, CSV, and a printed sheet a team. Sensitive facilities are in none of them."""

from collections.abc import Sequence

from flask import Blueprint, Response, render_template
from flask_babel import gettext as _

from entry_service.core.errors import NotFound
from entry_service.spreadsheets import Cell, Sheet, csv_bytes, workbook_bytes
from entry_service.usecases.plans.plan_folder import Site
from entry_service.usecases.plans.plan_now import PlanNow, TeamNow, plan_now

from ..frame.access import requires
from ..frame.context import services, settings
from . import plan_words, site_words
from .contact_pages import CSV, XLSX
from .plan_map import drawing
from .plan_words import Names, moment_text, names_of

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
            (_("선별검사소"), *site_words.rows(now)),
            (_("선별검사소 시간별"), *site_words.hour_rows(now)),
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
    """Show the sheets of all teams that go out, each on pages of its own, and one of the testing sites."""
    now = plan_now(services(), plan_id)
    return _sheets(now, [team for team in now.teams if team.stops], now.plan.sites)


@blueprint.get("/officer/plans/<plan_id>/teams/<int:team>")
@requires("officer")
def sheet(plan_id: str, team: int) -> Response:
    """Show the sheet of a team as it is printed on A4: the way as a drawing, then the stops to tick off."""
    now = plan_now(services(), plan_id)
    found = [one for one in now.teams if one.team == team]
    if not found:
        raise NotFound(what="team")
    return _sheets(now, found)


def _sheets(now: PlanNow, teams: Sequence[TeamNow], sites: Sequence[Site] = ()) -> Response:
    page = render_template(
        "officer/plan_print.html",
        now=now,
        teams=teams,
        sites=sites,
        assumed=site_words.assumed(now.plan.parameters),
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
