"""A plan in the words of the officer's pages: names of places, states, and the rows of its tables."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from flask_babel import get_locale
from flask_babel import gettext as _

from entry_service.core.disinfection import FieldCheck
from entry_service.core.times import kst_day
from entry_service.spreadsheets import Cell
from entry_service.store.sites import accounts
from entry_service.usecases.plans.plan_day import Worked
from entry_service.usecases.plans.plan_folder import Plan, Reason, Words
from entry_service.usecases.plans.plan_now import PlanNow, StopNow, TeamNow

from ..field import words as field_words
from ..frame.context import services, settings
from ..frame.i18n import date_text, time_text
from .result_folders import run_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What places and accounts are called: units by code, logins by account_id."""

    units: Mapping[str, str]
    logins: Mapping[str, str]

    def of(self, one: StopNow) -> str:
        """Return the facility's name, or the unit's for a visit; a facility that is gone keeps its id."""
        if one.stop.kind == "disinfect":
            return one.facility.name if one.facility else one.stop.facility_id or one.stop.stop_id
        return self._unit(one.stop.unit_code or "")

    def worked(self, one: Worked) -> str:
        """Return the name of a place where a team was, which may be in no plan any more."""
        if one.unit_code is not None:
            return self._unit(one.unit_code)
        return one.facility.name if one.facility else one.check.stop_id

    def _unit(self, code: str) -> str:
        return _("구역 %(name)s", name=self.units.get(code, code))


def unit_names(results: Path, plan: Plan) -> dict[str, str]:
    """Return unit_code → name as the plan's result has it; empty where that result is gone."""
    run = run_in(results / plan.result) if (results / plan.result / "summary.json").is_file() else None
    return {unit["unit_code"]: unit.get("name") or unit["unit_code"] for unit in run.features()} if run else {}


def names_of(now: PlanNow) -> Names:
    """Return what the places and accounts of a plan are called."""
    with services().store.read() as db:
        logins = {one.account_id: one.login for one in accounts.all(db)}
    return Names(units=unit_names(settings().results_dir, now.plan), logins=logins)


def said(words: Words | Reason) -> str:
    """Return a sentence of the analytics in the language of the page."""
    english = str(get_locale()) == "en"
    if isinstance(words, Reason):
        return words.en if english else words.ko
    return words.get("en" if english else "ko", "")


def why(one: StopNow) -> list[str]:
    """Return why a stop is where it is, the sentences of the analytics in their order."""
    return [said(reason) for reason in one.stop.reason]


def kind_text(one: StopNow) -> str:
    """Return what is done at a stop."""
    return _("소독") if one.stop.kind == "disinfect" else _("혼잡 구역 점검")


def state_text(one: StopNow) -> str:
    """Return how far a stop is, in a word."""
    if one.check is not None:
        return _("완료") if one.done else _("못함")
    if one.dropped:
        return _("제외")
    return (
        {"not needed": _("불필요"), "left over": _("남음")}.get(one.stop.status, _("예정"))
        if not one.team
        else _("예정")
    )


def state_tone(one: StopNow) -> str:
    """Return the class of the badge for that word."""
    if one.check is not None:
        return "badge-success" if one.done else "badge-danger"
    return "" if one.team else "badge-warning"


def reopening_text(plan: Plan, one: StopNow) -> str:
    """Return from when a disinfected place may open: as it was done, else as it is planned; empty at a visit."""
    if one.stop.kind != "disinfect":
        return ""
    if one.check and one.done:
        day = one.check.reopens
    elif plan.agent.rule == "next_day" and one.leave:
        day = kst_day(one.leave) + timedelta(days=1)
    else:
        day = plan.agent.reopen
    return date_text(day) if day else _("시설과 협의")


def opening_text(one: StopNow) -> str:
    """Return when a place can be entered; empty where that is not known."""
    if one.stop.opening == "agreed":
        return _("시설과 협의")
    return span_text(one.stop.open_from, one.stop.open_until)


def stop_warning(one: StopNow) -> str:
    """Return what is wrong with the time of a stop; empty where nothing is."""
    if one.shut:
        return _("이날 문을 열지 않는 곳입니다.")
    if one.late:
        times = {"until": time_text(one.stop.open_until), "leave": time_text(one.leave)}
        return _("%(until)s에 닫는데 %(leave)s에 끝납니다.", **times)
    return ""


def team_warnings(team: TeamNow, names: Names) -> list[str]:
    """Return what is wrong with the times of a team, a sentence each."""
    found = [f"{names.of(one)}: {warning}" for one in team.stops if (warning := stop_warning(one))]
    if team.over:
        minutes = math.ceil(team.over / timedelta(minutes=1))
        times = {"until": time_text(team.until), "end": time_text(team.end), "minutes": minutes}
        found.append(_("%(until)s까지 돌아와야 하는데 %(end)s에 돌아옵니다(%(minutes)s분 넘음).", **times))
    return found


def obstacle_text(one: StopNow) -> str:
    """Return why nothing was done, where a team said so."""
    return str(field_words.OBSTACLES.get(one.check.obstacle, "")) if one.check else ""


def span_text(start: datetime | None, end: datetime | None) -> str:
    """Return two times of day with a dash between; empty where they are not known."""
    return f"{time_text(start)}–{time_text(end)}" if start and end else ""


def way_text(plan: Plan, one: StopNow) -> str:
    """Return when a team works at a stop."""
    return span_on(plan, one.arrive, one.leave)


def span_on(plan: Plan, start: datetime | None, end: datetime | None) -> str:
    """Return two times of day; that they are on the day after the plan's is said."""
    span = span_text(start, end)
    return _("다음 날 %(span)s", span=span) if start and kst_day(start) > plan.day else span


def head() -> list[str]:
    """Return the columns of the priority list."""
    return [
        _("순위"),
        _("할 일"),
        _("시설·구역"),
        _("주소"),
        _("마지막 확진자 방문"),
        _("경과일"),
        _("위험도(100점)"),
        _("유동인구(인·시간)"),
        _("3시간 증가(명)"),
        _("늘어난 시각"),
        _("운영시간"),
        _("담당 조"),
        _("순서"),
        _("도착"),
        _("출발"),
        _("소독제"),
        _("재개 가능일"),
        _("상태"),
        _("마친 때"),
        _("기록한 계정"),
        _("이유"),
    ]


def rows(now: PlanNow, names: Names) -> list[list[Cell]]:
    """Return the priority list: what is needed by rank, then what is not."""
    return [_row(now.plan, one, names) for one in now.stops]


def _row(plan: Plan, one: StopNow, names: Names) -> list[Cell]:
    stop, check = one.stop, one.check
    return [
        stop.rank,
        kind_text(one),
        names.of(one),
        one.facility.address if one.facility else "",
        moment_text(stop.last_case_visit),
        stop.days_since,
        round(stop.risk, 1),
        None if stop.footfall is None else round(stop.footfall),
        None if stop.surge is None else round(stop.surge),
        stop.surge_hour,
        opening_text(one),
        one.team,
        one.order,
        moment_text(one.arrive),
        moment_text(one.leave),
        agent_text(plan, one),
        reopening_text(plan, one) if one.team else "",
        state_text(one),
        moment_text(check.ended_at) if check else "",
        names.logins.get(check.account_id, "") if check else "",
        " ".join([*why(one), *([one.change.reason] if one.change and one.change.reason else [])]),
    ]


def agent_text(plan: Plan, one: StopNow) -> str:
    """Return the disinfectant: what was used, else what is planned; empty where nothing is disinfected."""
    if one.stop.kind != "disinfect":
        return ""
    if one.check and one.done:
        return used_text(one.check)
    english = str(get_locale()) == "en"
    return plan.agent.en if english else plan.agent.ko


def used_text(check: FieldCheck) -> str:
    """Return what was used, or why nothing was done; empty at a visit that was made."""
    if check.state != "done":
        return str(field_words.OBSTACLES.get(check.obstacle, ""))
    name = str(field_words.AGENTS.get(check.agent, check.agent))
    return f"{name} {check.ppm:,} ppm" if check.ppm else name


def result_text(check: FieldCheck) -> str:
    """Return what a note says, in a word."""
    return _("완료") if check.state == "done" else _("못함")


def moment_text(at: datetime | date | None) -> str:
    """Return a day and time as people write them; empty where there is none."""
    return f"{date_text(at)} {time_text(at)}" if isinstance(at, datetime) else ""


def check_head() -> list[str]:
    """Return the columns of what the teams noted."""
    return [
        _("시설·구역"),
        _("조"),
        _("결과"),
        _("소독제"),
        _("농도(ppm)"),
        _("소독한 표면(손이 자주 닿는 곳)"),
        _("환기(분)"),
        _("하지 못한 사유"),
        _("시작"),
        _("끝"),
        _("받은 때"),
        _("재개 가능일"),
        _("비고"),
        _("기록한 계정"),
    ]


def check_rows(now: PlanNow, names: Names) -> list[list[Cell]]:
    """Return every note, by stop, the newest first."""
    return [
        [
            names.of(one),
            check.team,
            result_text(check),
            str(field_words.AGENTS.get(check.agent, "")),
            check.ppm,
            ", ".join(str(field_words.SURFACES[name]) for name in check.surfaces if name in field_words.SURFACES),
            check.aired_minutes,
            str(field_words.OBSTACLES.get(check.obstacle, "")),
            moment_text(check.started_at),
            moment_text(check.ended_at),
            moment_text(check.received_at),
            date_text(check.reopens) if check.reopens else "",
            check.remark,
            names.logins.get(check.account_id, ""),
        ]
        for one in now.stops
        for check in one.checks
    ]
