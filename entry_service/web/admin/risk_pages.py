"""The official risk score: six questions about a facility, who answered when, and the limits of the grades."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from entry_service.core.errors import BadInput
from entry_service.core.facility_rows import Problem
from entry_service.core.fields import FieldsRefused
from entry_service.core.risk import HIGHEST, ITEMS, Thresholds, read_answers, read_thresholds
from entry_service.core.risk_rows import COLUMNS
from entry_service.store.sites import facilities, risk_scores
from entry_service.usecases.sites import risk
from entry_service.usecases.sites.import_facilities import FileRefused

from ..frame.access import requires
from ..frame.acting import actor
from ..frame.auth import current_account
from ..frame.context import now, services
from ..frame.i18n import translated

TOLD, MOST_UNSCORED, MOST_PROBLEMS = 20, 30, 200
GRADES = {"high": _l("고위험"), "medium": _l("중위험"), "low": _l("저위험")}
QUESTIONS = {
    "enclosure": (
        _l("밀폐도"),
        _l("공간이 얼마나 닫혀 있습니까"),
        (_l("대체로 상시 환기 가능"), _l("일정 수준 환기 가능"), _l("대체로 환기 불가능")),
    ),
    "crowding": (
        _l("밀집도"),
        _l("이용자끼리 거리를 둘 수 있습니까"),
        (_l("거리두기 대체로 가능"), _l("일정 수준 가능"), _l("대체로 불가능")),
    ),
    "gathering": (
        _l("군집도"),
        _l("한꺼번에 몇 명이 모입니까"),
        (_l("평균 10명 미만"), _l("10명에서 100명"), _l("100명 초과")),
    ),
    "activity": (
        _l("활동도"),
        _l("비말이 얼마나 나옵니까"),
        (_l("거의 없음"), _l("일상적 대화 수준"), _l("적극적으로 비말이 생김")),
    ),
    "duration": (
        _l("지속도"),
        _l("얼마나 머뭅니까"),
        (_l("몇 분에서 몇십 분"), _l("1시간 안팎"), _l("여러 시간")),
    ),
    "control": (
        _l("관리도"),
        _l("방역 수칙을 지킬 수 있습니까"),
        (_l("대체로 지킬 수 있음"), _l("일정 수준"), _l("대체로 지킬 수 없음")),
    ),
}

blueprint = Blueprint("risk", __name__)


@blueprint.get("/admin/facilities/<facility_id>/risk")
@requires("admin")
def form(facility_id: str) -> str:
    """Show the six questions with the newest answers, and who answered when."""
    return _form(facility_id, None, {})


@blueprint.post("/admin/facilities/<facility_id>/risk")
@requires("admin")
def score(facility_id: str) -> Response | tuple[str, int]:
    """Keep new answers; their sum is the facility's score from now on."""
    by = current_account().account_id
    try:
        answers = read_answers(request.form)
    except FieldsRefused as refused:
        g.code = refused.code
        return _form(facility_id, request.form, refused.errors), refused.status
    total = risk.score_facility(services(), facility_id, answers, by=by, now=now())
    flash(_("위험도 점수를 저장했습니다: %(score)s점", score=total), "success")
    return redirect(url_for(".form", facility_id=facility_id), 303)


@blueprint.get("/admin/risk")
@requires("admin")
def page() -> str:
    """Show how many facilities have which grade, the limits and who set them."""
    return _page(None, {})


@blueprint.post("/admin/risk")
@requires("admin")
def set_limits() -> Response | tuple[str, int]:
    """Let other limits hold; written into the audit."""
    try:
        high, medium = read_thresholds(request.form)
    except FieldsRefused as refused:
        g.code = refused.code
        return _page(request.form, refused.errors), refused.status
    risk.set_thresholds(services(), high, medium, by=actor(), now=now())
    flash(_("위험도 기준을 바꾸었습니다."), "success")
    return redirect(url_for(".page"), 303)


@blueprint.get("/admin/risk/file")
@requires("admin")
def file_form() -> str:
    """Show the form that takes a file of answers."""
    return _file_form((), "")


@blueprint.post("/admin/risk/file")
@requires("admin")
def score_file() -> Response | tuple[str, int]:
    """Keep the answers of a file, all or none; what is wrong is listed row by row."""
    sent = request.files.get("file")
    content = sent.read() if sent else b""
    if not content:
        refused = BadInput("파일을 고르시기 바랍니다.", field="file")
        g.code = refused.code
        return _file_form((), translated(refused.sentence)), refused.status
    try:
        many = risk.score_file(services(), content, by=current_account().account_id, now=now())
    except FileRefused as refused:
        g.code = refused.code
        return _file_form(refused.problems, ""), refused.status
    flash(_("시설 %(count)s곳의 위험도를 저장했습니다.", count=many), "success")
    return redirect(url_for(".page"), 303)


def _file_form(problems: Sequence[Problem], error: str) -> str:
    names = {"facility_id": _("시설 번호"), **{item: question[0] for item, question in QUESTIONS.items()}}
    return render_template(
        "admin/risk_file.html",
        problems=problems[:MOST_PROBLEMS],
        total=len(problems),
        columns=[(names[name], name, QUESTIONS[name][2] if name in QUESTIONS else ()) for name in COLUMNS],
        names=names,
        error=error,
    )


def _form(facility_id: str, typed: Mapping[str, str] | None, errors: Mapping[str, str]) -> str:
    with services().store.read() as db:
        facility = facilities.get(db, facility_id)
        told, limits = risk_scores.history(db, facility_id, TOLD), risk_scores.thresholds(db)
    newest = told[0].answers if told else None
    chosen = {item: typed.get(item, "") if typed is not None else str(getattr(newest, item, "")) for item in ITEMS}
    return render_template(
        "admin/risk_facility.html",
        facility=facility,
        grade=GRADES[limits.grade(facility.risk_score)] if facility.risk_score is not None else "",
        questions=QUESTIONS,
        chosen=chosen,
        history=[(one, GRADES[limits.grade(one.answers.score)]) for one in told],
        highest=HIGHEST,
        errors={name: translated(sentence) for name, sentence in errors.items()},
    )


def _page(typed: Mapping[str, str] | None, errors: Mapping[str, str]) -> str:
    with services().store.read() as db:
        limits, told = risk_scores.thresholds(db), risk_scores.threshold_history(db, TOLD)
        sums, unscored = risk_scores.sums(db), risk_scores.without_score(db, MOST_UNSCORED)
        hidden = risk_scores.sensitive_without_score(db)
    given = typed if typed is not None else {"high_from": limits.high_from, "medium_from": limits.medium_from}
    return render_template(
        "admin/risk.html",
        counts=[(name, _count(sums, limits, grade)) for grade, name in GRADES.items()],
        sums=[(score, sums.get(score, 0), GRADES[limits.grade(score)]) for score in range(HIGHEST + 1)],
        most=max((count for score, count in sums.items() if score is not None), default=0),
        without=sums.get(None, 0),
        unscored=unscored,
        unscored_sensitive=hidden,
        limits=limits,
        history=told,
        typed={name: str(given.get(name, "")) for name in ("high_from", "medium_from")},
        errors={name: translated(sentence) for name, sentence in errors.items()},
    )


def _count(sums: Mapping[int | None, int], limits: Thresholds, grade: str) -> int:
    return sum(count for score, count in sums.items() if score is not None and limits.grade(score) == grade)
