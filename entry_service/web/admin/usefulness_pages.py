"""Was it of use: the report of the pilot and of each month, the figures it rests on, and the same as XLSX."""

from datetime import date

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from entry_service.core.errors import BadInput
from entry_service.core.times import KST
from entry_service.core.usefulness import COSTS, STARTED, Bounded, Usefulness, assumptions
from entry_service.spreadsheets import Cell, Sheet, workbook_bytes
from entry_service.store.cases.usefulness import Figure
from entry_service.usecases.cases.usefulness import FIGURES, Report, report, set_figures

from ..frame.access import requires
from ..frame.acting import actor
from ..frame.context import now, services
from ..frame.i18n import translated
from .retention_pages import download

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COST_WORDS = {
    "cost_once": _l("처음 든 비용(원)"),
    "cost_month": _l("매월 드는 비용(원)"),
    STARTED: _l("시범운영 시작일"),
}
NO_COST = {
    "nothing_entered": _l("비용 미입력"),
    "part_entered": _l("비용 일부 미입력"),
    "not_running": _l("운영하지 않은 달"),
    "no_contacts": _l("찾은 접촉 없음"),
}
COLUMNS = (
    "기간",
    "확진자",
    "요청",
    "접촉(건)",
    "연락함",
    "찾은확진자비율",
    "하한",
    "상한",
    "방문없음",
    "접촉자없음",
    "연락안함",
    "판독불가·파기",
    "절약시간",
    "하한",
    "상한",
    "접촉건당비용(원)",
    "명단까지(분)",
    "훈련",
    "훈련명단까지(분)",
)
blueprint = Blueprint("usefulness", __name__)


@blueprint.get("/usefulness")
@requires("officer", "admin")
def page() -> str:
    """Show the report."""
    return _page()


@blueprint.post("/usefulness")
@requires("admin")
def enter() -> Response | tuple[str, int]:
    """Keep costs and minutes that were entered, each with where it comes from."""
    typed = {name: (request.form.get(name, ""), request.form.get(f"{name}_source", "")) for name in FIGURES}
    try:
        set_figures(services(), typed, actor=actor(), now=now())
    except BadInput as refused:
        g.code = refused.code
        return _page(refused), refused.status
    flash(_("입력한 숫자로 다시 계산했습니다."), "success")
    return redirect(url_for(".page"), 303)


@blueprint.get("/usefulness.xlsx")
@requires("officer", "admin")
def workbook() -> Response:
    """Give out the report with its assumptions as XLSX."""
    told = report(services(), now())
    return download(workbook_of(told), f"usefulness-{now().astimezone(KST):%Y%m%d}.xlsx", XLSX)


def workbook_of(told: Report) -> bytes:
    """Return the report as a workbook: the months, and the figures that they rest on."""
    rows = [_row("전체", told.whole), *(_row(one.month, one) for one in told.months)]
    used: list[list[Cell]] = [
        [one.label, told.figures[one.name].value, told.figures[one.name].source]
        if one.name in told.figures
        else [one.label, one.minutes, one.source]
        for one in assumptions()
    ]
    for name, label in COST_WORDS.items():
        known = told.figures.get(name)
        used.append([str(label), figure_text(known) if known else None, known.source if known else "미입력"])
    return workbook_bytes(
        [
            Sheet(title="성과", columns=COLUMNS, rows=rows),
            Sheet(title="가정과 비용", columns=("항목", "값", "근거"), rows=used),
        ]
    )


def no_cost(one: Usefulness) -> str:
    """Say why there is no cost a contact: not entered, entered in part, or nothing to share it by."""
    if one.cost_missing:
        nothing = "cost_month" in one.cost_missing if one.month else set(COSTS) <= set(one.cost_missing)
        return str(NO_COST["nothing_entered" if nothing else "part_entered"])
    return str(NO_COST["not_running" if one.contacts else "no_contacts"])


def figure_text(figure: Figure) -> str | float:
    """Return a figure as it was entered: the start as a day."""
    return date.fromordinal(int(figure.value)).isoformat() if figure.name == STARTED else _plain(figure.value)


def _plain(value: float) -> float:
    return int(value) if value.is_integer() else value


def _row(name: str, one: Usefulness) -> list[Cell]:
    helped, cost = one.helped, one.cost
    share: list[Cell] = (
        [round(100 * v, 1) for v in (helped.value, helped.low, helped.high)] if helped else [None] * 3
    )
    hours: list[Cell] = [round(v, 1) for v in (one.hours.value, one.hours.low, one.hours.high)]
    return [
        name,
        *(one.cases, one.requests, one.contacts, one.reached),
        *share,
        *(one.unhelped_no_visit, one.unhelped_no_contact, one.unreached, one.lost),
        *hours,
        round(cost.value) if cost else no_cost(one),
        None if one.minutes is None else round(one.minutes, 1),
        one.drills,
        one.drill_minutes,
    ]


def _page(refused: BadInput | None = None) -> str:
    told = report(services(), now())
    lines = [(name, label, None, "") for name, label in COST_WORDS.items()]
    lines += [(one.name, one.label, one.minutes, one.source) for one in assumptions()]
    return render_template(
        "admin/usefulness.html",
        told=told,
        lines=lines,
        started=STARTED,
        no_cost=no_cost,
        figure_text=figure_text,
        form=request.form if refused else None,
        refused=translated(refused.sentence) if refused else "",
        wrong=refused.facts.get("field", "") if refused else "",
        percent=_percent,
    )


def _percent(share: Bounded | None) -> str:
    if share is None:
        return "–"
    low, high = (f"{100 * one:.0f}" for one in (share.low, share.high))
    return f"{100 * share.value:.0f}% ({low}–{high}%)"
