"""What a file of facilities would do, row by row: for the page, and as a file to mend it by."""

from flask_babel import gettext as _

from entry_service.core.categories import CATEGORIES
from entry_service.core.facility_facts import typed_facts
from entry_service.core.facility_rows import COLUMNS, NEEDED
from entry_service.core.model import Facility
from entry_service.spreadsheets import Sheet, csv_bytes, workbook_bytes
from entry_service.usecases.sites.import_facilities import Preview

from ..frame.i18n import translated
from ..manager.overview import category_name
from .facility_words import FACTS, FORMS


def column_name(column: str) -> str:
    """Return a column as people say it; one that nobody knows by its own name."""
    return str(FACTS.get(column, column))


def changes_of(before: Facility, after: Facility) -> list[tuple[str, str, str]]:
    """Return the facts that differ: name, what it was, what it will be."""
    old, new = typed_facts(before), typed_facts(after)
    differing = [name for name in old if old[name] != new[name]]
    return [(column_name(name), _shown(name, old[name]), _shown(name, new[name])) for name in differing]


def report_csv(seen: Preview) -> bytes:
    """Return the report as CSV: the problems where there are any, else what becomes of each row."""
    head = [_("행"), _("시설 번호"), _("결과"), _("열"), _("적힌 값"), _("내용"), _("고치는 방법")]
    return csv_bytes(head, sorted(_refusals(seen) or _outcomes(seen)))


def template_xlsx() -> bytes:
    """Return an empty table with its head, what to write into each column, and the categories."""
    columns = [(COLUMNS[name][0], name, _("필수") if name in NEEDED else "", str(FORMS[name])) for name in COLUMNS]
    kinds = [(kind.korean, code) for code, kind in CATEGORIES.items()]
    return workbook_bytes(
        [
            Sheet(title=_("시설"), columns=[row[0] for row in columns], rows=[]),
            Sheet(title=_("쓰는 법"), columns=[_("열"), _("코드"), _("필수"), _("쓰는 법")], rows=columns),
            Sheet(title=_("분류"), columns=[_("분류"), _("코드")], rows=kinds),
        ]
    )


def _refusals(seen: Preview) -> list[tuple[object, ...]]:
    no = _("등록하지 않음")
    return [
        (one.row, "", no, column_name(one.column), one.found, translated(one.what), _mend(one.mend))
        for one in seen.problems
    ]


def _mend(sentence: str) -> str:
    return translated(sentence) if sentence else ""


def _outcomes(seen: Preview) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for row, one in seen.new.items():
        rows.append((row, one.facility_id, _("새로 등록"), "", "", one.name, ""))
    for row, one in seen.same.items():
        rows.append((row, one.facility_id, _("그대로"), "", "", one.name, ""))
    for row, one in seen.changed.items():
        for name, old, new in changes_of(seen.before[one.facility_id], one):
            rows.append((row, one.facility_id, _("정보 변경"), name, new, f"{old} → {new}", ""))
    return rows


def _shown(name: str, text: str) -> str:
    if name == "sensitive":
        return _("예") if text else _("아니오")
    if name == "category":
        return category_name(text)
    return text or _("없음")
