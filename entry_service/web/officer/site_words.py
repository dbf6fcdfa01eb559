"""Testing sites in the words of the officer's pages and files: who comes, who is needed, how long they wait."""

from flask_babel import gettext as _

from entry_service.spreadsheets import Cell
from entry_service.usecases.plans.plan_folder import Asked
from entry_service.usecases.plans.plan_now import PlanNow

from .plan_words import moment_text, said, span_text


def assumed(asked: Asked) -> str:
    """Return what the staff of the testing sites rest on; empty for a plan that names none."""
    if asked.tests_per_hour is None:
        return ""
    return _(
        "한 조(%(staff)s명)가 한 시간에 %(rate)s명을 검사한다고 보았습니다. 도착과 검사가 고르지 않은 대기 행렬로 "
        "계산한 예상이므로, 안내한 인원과 현장에 맞게 고치시기 바랍니다.",
        staff=asked.team_staff,
        rate=f"{asked.tests_per_hour:g}",
    )


def rows(now: PlanNow) -> tuple[list[str], list[list[Cell]]]:
    """Return columns and a row a site, for a workbook."""
    columns = [
        _("순위"),
        _("구역"),
        _("경도"),
        _("위도"),
        _("운영시간"),
        _("닿는 인·시간"),
        _("비율(퍼센트)"),
        _("예상 인원"),
        _("검사 조"),
        _("인력(명)"),
        _("가장 긴 평균 대기(분)"),
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
            _rounded(site.people),
            site.teams,
            site.staff,
            _rounded(site.wait_minutes),
            said(site.why),
        ]
        for site in now.plan.sites
    ]
    return columns, rows


def hour_rows(now: PlanNow) -> tuple[list[str], list[list[Cell]]]:
    """Return columns and a row an hour of each site, for a workbook."""
    columns = [_("순위"), _("시각"), _("예상 인원"), _("필요한 조"), _("평균 대기(분)"), _("남은 줄")]
    rows: list[list[Cell]] = [
        [
            site.rank,
            moment_text(hour.start),
            round(hour.people),
            hour.teams_needed,
            round(hour.wait_minutes),
            round(hour.waiting),
        ]
        for site in now.plan.sites
        for hour in site.hours
    ]
    return columns, rows


def _rounded(value: float | None) -> int | None:
    return None if value is None else round(value)
