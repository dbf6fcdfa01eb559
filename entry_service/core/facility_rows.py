"""The register of facilities as a table: what its columns are called, and one row read against what is known.

What a file does not speak of stays as it is: a column that is missing keeps its fact of a known facility. Every
refusal names row, column, what stands there and how to mend it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .categories import CATEGORIES
from .errors import Sentence
from .facility_facts import read_facility, typed_facts
from .fields import FieldsRefused
from .model import Facility

COLUMNS = {  # our name → as offices call it; every spelling without spaces and case is read
    "facility_id": ("시설번호", "관리번호"),
    "name": ("시설이름", "시설명", "상호명", "상호"),
    "category": ("분류", "업종", "시설분류"),
    "address": ("주소", "도로명주소", "소재지"),
    "lon": ("경도",),
    "lat": ("위도",),
    "coord_quality": ("좌표의근거", "좌표근거"),
    "area_m2": ("면적", "면적(m²)", "면적(㎡)", "시설면적"),
    "capacity": ("정원", "정원(명)"),
    "risk_score": ("위험도점수", "위험도"),
    "stage": ("단계", "시범단계"),
    "sensitive": ("민감", "민감시설", "민감한시설"),
    "opens": ("여는시각", "여는시간"),
    "closes": ("닫는시각", "닫는시간"),
    "seats": ("좌석", "좌석(석)"),
    "call_number": ("안심콜번호", "안심콜"),
}
NEEDED = ("facility_id", "name", "category", "address", "lon", "lat")
YES, NO = {"1", "true", "yes", "y", "o", "예", "네"}, {"0", "false", "no", "n", "x", "아니오", "아니요"}
USUAL = {"coord_quality": "geocoded", "stage": "1"}
_QUALITIES = {"현장": "surveyed", "실측": "surveyed", "주소": "geocoded", "동대표점": "dong_point"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What keeps a file from being taken: ``row`` as the office program counts, ``column`` ours or empty."""

    row: int
    column: str
    found: str
    what: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The facilities of a file with the number of their rows, and everything that is wrong with it."""

    facilities: Mapping[int, Facility]
    problems: tuple[Problem, ...]


def header_names(header: Sequence[str]) -> list[str]:
    """Return our names of a header's columns; a column that nobody knows keeps its own."""
    spelt = {_spelling(other): name for name, others in COLUMNS.items() for other in (name, *others)}
    return [spelt.get(_spelling(text), text.strip()) for text in header]


def read_rows(
    header: tuple[int, Sequence[str]],
    rows: Iterable[tuple[int, Sequence[str]]],
    known: Mapping[str, Facility],
) -> Read:
    """Return what the rows below a header say.

    Parameters
    ----------
    header, rows : (number, cells)
        As ``sheet_reader`` gives them; cells beyond the header's must be empty.
    known : mapping
        facility_id → the registered facility, whose facts stand in for columns that the file lacks.
    """
    names = header_names(header[1])
    problems = _header_problems(header[0], names)
    found: dict[int, Facility] = {}
    first_row: dict[str, int] = {}
    for number, cells in [] if problems else rows:
        extra = [cell for cell in cells[len(names) :] if cell.strip()]
        if len(cells) < len(names) or extra:
            mend = "머리글과 같은 수의 칸으로 고칩니다. 쉼표가 든 값은 따옴표로 묶습니다."
            problems.append(_problem(number, "", ", ".join(extra), "열의 수가 머리글과 다릅니다.", mend))
            continue
        row = dict(zip(names, cells, strict=False))
        facility = _read_row(number, row, known, problems)
        if facility is None:
            continue
        earlier = first_row.setdefault(facility.facility_id, number)
        if earlier != number:
            what, mend = (
                "같은 시설 번호가 파일에 두 번 있습니다.",
                Sentence("%(row)s행과 겹칩니다. 한 행만 남깁니다.", row=earlier),
            )
            problems.append(_problem(number, "facility_id", facility.facility_id, what, mend))
            continue
        found[number] = facility
    if not problems and not found:
        problems.append(_problem(header[0], "", "", "시설이 한 곳도 없습니다.", "머리글 아래에 한 행씩 적습니다."))
    return Read(facilities=found, problems=tuple(problems))


def taken_numbers(read: Read, registered: Iterable[Facility]) -> list[Problem]:
    """Return a problem for each telephone number that two facilities would have once the file is in."""
    coming = {facility.facility_id for facility in read.facilities.values()}
    taken = {one.call_number: one.facility_id for one in registered if one.facility_id not in coming}
    problems = []
    for number, facility in read.facilities.items():
        if facility.call_number is None:
            continue
        holder = taken.setdefault(facility.call_number, facility.facility_id)
        if holder != facility.facility_id:
            mend = Sentence("%(facility)s의 번호입니다. 시설마다 다른 번호를 적습니다.", facility=holder)
            what = "다른 시설에서 쓰고 있는 번호입니다."
            problems.append(_problem(number, "call_number", facility.call_number, what, mend))
    return problems


def other_scores(read: Read, known: Mapping[str, Facility], scored: Collection[str]) -> list[Problem]:
    """Return a problem for each facility that was scored by the six questions and would get another sum."""
    what, mend = "여섯 항목으로 평가한 점수와 다릅니다.", "칸을 그 점수로 고치거나, 위험도 평가 화면에서 고칩니다."
    return [
        _problem(number, "risk_score", "" if one.risk_score is None else str(one.risk_score), what, mend)
        for number, one in read.facilities.items()
        if one.facility_id in scored and one.risk_score != known[one.facility_id].risk_score
    ]


def _problem(row: int, column: str, found: str, what: str, mend: str) -> Problem:
    return Problem(row=row, column=column, found=found.strip()[:80], what=what, mend=mend)


def _header_problems(row: int, names: Sequence[str]) -> list[Problem]:
    twice = sorted({name for name in names if name and names.count(name) > 1})
    missing = [name for name in NEEDED if name not in names]
    unknown = [name for name in names if name and name not in COLUMNS and name not in twice]
    problems = []
    for name in missing:
        what = Sentence("%(column)s 열이 없습니다.", column=name)
        mend = Sentence("머리글에 ‘%(title)s’ 열을 더합니다.", title=COLUMNS[name][0])
        problems.append(_problem(row, name, "", what, mend))
    for name in unknown:
        what = Sentence("%(column)s 열은 알 수 없는 열입니다.", column=name)
        problems.append(_problem(row, name, name, what, "머리글을 고치거나 열을 지웁니다."))
    for name in twice:
        problems.append(_problem(row, name, name, "같은 이름의 열이 두 번 있습니다.", "한 열만 남깁니다."))
    if "" in names:
        problems.append(_problem(row, "", "", "이름이 없는 열이 있습니다.", "머리글의 빈 칸에 이름을 적습니다."))
    return problems


def _read_row(
    number: int, row: Mapping[str, str], known: Mapping[str, Facility], problems: list[Problem]
) -> Facility | None:
    before = known.get(row["facility_id"].strip())
    kept = typed_facts(before) if before else USUAL
    typed = {**kept, **row}
    typed.update({name: usual for name, usual in USUAL.items() if not typed[name].strip()})
    category, quality = _spelling(typed["category"]), _spelling(typed["coord_quality"])
    typed["category"] = _CATEGORIES.get(category, typed["category"])
    typed["coord_quality"] = _QUALITIES.get(quality, typed["coord_quality"])
    sensitive = row.get("sensitive", "").strip().lower()
    wrong: dict[str, str] = {}
    if not sensitive:
        typed["sensitive"] = kept.get("sensitive", "")  # only a written no lets everybody read of it
    elif sensitive not in YES | NO:
        wrong["sensitive"] = "예 또는 아니오로 적습니다."
    else:
        typed["sensitive"] = "1" if sensitive in YES else ""
    facility = None
    try:
        facility = read_facility(typed)
    except FieldsRefused as refused:
        wrong = {**refused.errors, **wrong}
    if facility is not None and not facility.facility_id:
        wrong["facility_id"] = "시설 번호를 입력하시기 바랍니다."
    for name, sentence in wrong.items():
        told = row.get(name, "").strip()
        what = "알 수 없는 값입니다." if told else "비어 있습니다."
        problems.append(_problem(number, name, told, what, sentence))
    return None if wrong else facility


def _spelling(text: str) -> str:
    return "".join(text.split()).lower().replace("ㆍ", "·")


_CATEGORIES = {_spelling(kind.korean): code for code, kind in CATEGORIES.items()}
