"""The daily report in the manner of public offices: □ a heading, ○ a statement, - a detail, ※ a remark."""

from dataclasses import dataclass

from flask_babel import gettext as _

from entry_service.spreadsheets import Cell
from entry_service.usecases.cases.daily_report import DailyReport
from entry_service.vault.filed import ContactState

from ..frame.i18n import number_text
from ..manager.overview import SOURCES
from ..visitor.place_words import moment_text


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: ``detail`` stands below the line before it; ``value`` None is missing, ``why`` says why."""

    name: str
    value: int | None
    unit: str
    detail: bool = False
    why: str = ""

    @property
    def text(self) -> str:
        """Return the figure as it is read, or that it is missing."""
        if self.value is None:
            return _("자료 없음")
        return _("%(count)s%(unit)s", count=number_text(self.value), unit=self.unit)


@dataclass(frozen=True, slots=True)
class Section:
    """One heading with its lines and remarks."""

    name: str
    lines: list[Line]
    remarks: list[str]


def sections(report: DailyReport) -> list[Section]:
    """Return the report without the table of doors."""
    return [
        _cases(report),
        _exposure(report),
        _contacts(report),
        _publication(report),
        _log(report),
        _gone(report),
    ]


def rows(report: DailyReport) -> list[list[Cell]]:
    """Return the report as rows of a sheet: section, item, figure (empty where missing), unit, remark."""
    told: list[list[Cell]] = []
    for section in sections(report):
        for line in section.lines:
            name = f"- {line.name}" if line.detail else line.name
            missing = line.why or (_("자료 없음") if line.value is None else "")
            told.append([section.name, name, line.value, line.unit, missing])
    return told


def door_rows(report: DailyReport) -> list[list[Cell]]:
    """Return entries by stage and door, a row each."""
    return [
        [one.stage, str(SOURCES.get(one.source, one.source)), one.entries, one.people]
        for one in report.doors or ()
    ]


def doors_by_stage(report: DailyReport) -> list[tuple[int, dict[str, int], int]]:
    """Return (stage, source → entries, entries in all) of every stage that has facilities."""
    if report.doors is None or report.stages is None:
        return []
    table = []
    for stage in report.stages:
        counts = {one.source: one.entries for one in report.doors if one.stage == stage.stage}
        table.append((stage.stage, counts, sum(counts.values())))
    return table


def contact_word(state: ContactState) -> str:
    """Return how far a contact was followed up."""
    return {
        "waiting": _("연락 전"),
        "called": _("연락함"),
        "tested": _("검사함"),
        "isolated": _("격리 중"),
        "closed": _("종결"),
    }[state]


def _cases(report: DailyReport) -> Section:
    counts, people = report.cases, _("명")
    return Section(
        _("확진자"),
        [
            Line(_("신규 등록"), counts.registered, people),
            Line(_("누계"), report.cases_ever, people),
            Line(_("조사 중"), counts.open, people, detail=True),
            Line(_("당일 종결"), counts.closed, people, detail=True),
        ],
        [],
    )


def _exposure(report: DailyReport) -> Section:
    exposed = report.exposed
    why = "" if exposed else _("요청하여야 셈")
    lines = [
        Line(_("등록한 지표 방문"), report.visits.visits, _("건")),
        Line(_("방문한 시설"), report.visits.facilities, _("곳"), detail=True),
        Line(_("노출되었을 수 있는 방문자"), exposed.people if exposed else None, _("명"), why=why),
    ]
    remark = (
        _("조사 중인 사례 %(cases)s건을 추적한 사람의 합. 여러 사례에 걸친 사람은 거듭 셈", cases=exposed.cases)
        if exposed
        else ""
    )
    return Section(_("지표 방문과 노출"), lines, [remark] if remark else [])


def _contacts(report: DailyReport) -> Section:
    told, counts = report.disclosures, report.contacts
    all_contacts = None if counts is None else sum(counts.values())
    lines = [
        Line(_("정보 제공 요청"), told.asked if told else None, _("건")),
        Line(_("승인됨"), told.approved if told else None, _("건"), detail=True),
        Line(_("반려됨"), told.returned if told else None, _("건"), detail=True),
        Line(_("제공받은 접촉자"), told.people if told else None, _("명"), detail=True),
        Line(_("조사 중인 사례의 접촉자"), all_contacts, _("명")),
    ]
    lines += [Line(contact_word(state), many, _("명"), detail=True) for state, many in (counts or {}).items()]
    remarks = [_("접촉자 상태는 보고 시점 기준이며 지난 날의 것은 남기지 않음")] if counts is None else []
    return Section(_("접촉자"), lines, remarks)


def _publication(report: DailyReport) -> Section:
    why = "" if report.shown is not None else _("지난 날의 목록은 남기지 않음")
    lines = [
        Line(_("당일 공개한 장소"), report.published, _("곳")),
        Line(_("공개 중인 장소"), report.shown, _("곳"), why=why),
    ]
    return Section(_("방문 장소 공개"), lines, [])


def _log(report: DailyReport) -> Section:
    doors, stages, floods, doubts = report.doors, report.stages, report.floods, report.doubts
    lines = [
        Line(_("출입 기록"), None if doors is None else sum(one.entries for one in doors), _("건")),
        Line(_("입장 인원"), None if doors is None else sum(one.people for one in doors), _("명"), detail=True),
        Line(
            _("기록이 있는 시설"),
            None if stages is None else sum(one.with_entries for one in stages),
            _("곳"),
        ),
        Line(
            _("등록된 시설"),
            None if stages is None else sum(one.facilities for one in stages),
            _("곳"),
            detail=True,
        ),
        Line(_("보류한 대량 등록"), floods.begun if floods else None, _("건")),
        Line(_("판단 대기"), floods.undecided if floods else None, _("건"), detail=True),
        Line(_("보류 중인 출입 기록"), floods.held if floods else None, _("건"), detail=True),
        Line(_("살펴볼 기록"), doubts.found if doubts else None, _("건")),
        Line(_("판단 대기"), doubts.waiting if doubts else None, _("건"), detail=True),
        Line(_("무효로 한 기록"), doubts.void if doubts else None, _("건"), detail=True),
    ]
    remarks = [_("출입 기록은 파기되어 셀 수 없음")] if doors is None else []
    return Section(_("출입 기록"), lines, remarks)


def _gone(report: DailyReport) -> Section:
    gone = report.destroyed
    lines = [
        Line(_("파기를 마친 날"), len(gone.days), _("일치")),
        Line(_("연락처"), gone.contacts, _("건"), detail=True),
        Line(_("출입 기록"), gone.scans, _("건"), detail=True),
    ]
    return Section(_("파기"), lines, [])


def as_of(report: DailyReport) -> str:
    """Return until when the report counts."""
    return _("%(moment)s 기준", moment=moment_text(report.until))
