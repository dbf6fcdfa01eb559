"""The six answers of many facilities as a table, a row a facility: every row is right, or none is taken."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .errors import Sentence
from .facility_rows import Problem
from .risk import ITEMS, POINTS, Answers

COLUMNS = {  # our name → as offices call it; every spelling without spaces and case is read
    "facility_id": ("시설번호", "관리번호"),
    "enclosure": ("밀폐도",),
    "crowding": ("밀집도",),
    "gathering": ("군집도",),
    "activity": ("활동도",),
    "duration": ("지속도",),
    "control": ("관리도",),
}
SKIPPED = {"name": ("시설이름", "시설명", "상호명")}  # for whoever fills the table in


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadScores:
    """facility_id → answers of a file, and everything that is wrong with it."""

    answers: Mapping[str, Answers]
    problems: tuple[Problem, ...]


def read_score_rows(
    header: tuple[int, Sequence[str]], rows: Iterable[tuple[int, Sequence[str]]], known: Collection[str]
) -> ReadScores:
    """Return the answers below a header.

    Parameters
    ----------
    header, rows : (number, cells)
        As ``sheet_reader`` gives them.
    known : collection
        Numbers of the registered facilities.
    """
    spelt = {_spelling(other): name for name, own in (COLUMNS | SKIPPED).items() for other in (name, *own)}
    names = [spelt.get(_spelling(text), text.strip()) for text in header[1]]
    problems = _header_problems(header[0], names)
    found: dict[str, Answers] = {}
    rows_of: dict[str, int] = {}
    for number, cells in [] if problems else rows:
        row = dict(zip(names, (*cells, *[""] * len(names)), strict=False))
        facility_id = row["facility_id"].strip()
        wrong = len(problems)
        if facility_id not in known:
            mend = "시설 목록에 있는 번호로 고치거나, 먼저 시설을 등록합니다."
            problems.append(_problem(number, "facility_id", facility_id, "등록되지 않은 시설 번호입니다.", mend))
        earlier = rows_of.setdefault(facility_id, number)
        if earlier != number:
            mend = Sentence("%(row)s행과 겹칩니다. 한 행만 남깁니다.", row=earlier)
            what = "같은 시설 번호가 파일에 두 번 있습니다."
            problems.append(_problem(number, "facility_id", facility_id, what, mend))
        for item in ITEMS:
            if row[item].strip() not in POINTS:
                what = "알 수 없는 값입니다." if row[item].strip() else "비어 있습니다."
                problems.append(_problem(number, item, row[item], what, "0, 1, 2 가운데 하나를 적습니다."))
        if len(problems) == wrong:
            found[facility_id] = Answers(**{item: int(row[item]) for item in ITEMS})
    if not problems and not found:
        mend = "머리글 아래에 한 행씩 적습니다."
        problems.append(_problem(header[0], "", "", "시설이 한 곳도 없습니다.", mend))
    return ReadScores(answers=found, problems=tuple(problems))


def _header_problems(row: int, names: Sequence[str]) -> list[Problem]:
    problems = []
    for name in (name for name in COLUMNS if name not in names):
        mend = Sentence("머리글에 ‘%(title)s’ 열을 더합니다.", title=COLUMNS[name][0])
        problems.append(_problem(row, name, "", Sentence("%(column)s 열이 없습니다.", column=name), mend))
    for name in (name for name in names if name and name not in COLUMNS | SKIPPED):
        what = Sentence("%(column)s 열은 알 수 없는 열입니다.", column=name)
        problems.append(_problem(row, name, name, what, "머리글을 고치거나 열을 지웁니다."))
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        problems.append(_problem(row, name, name, "같은 이름의 열이 두 번 있습니다.", "한 열만 남깁니다."))
    return problems


def _problem(row: int, column: str, found: str, what: str, mend: str) -> Problem:
    return Problem(row=row, column=column, found=found.strip()[:80], what=what, mend=mend)


def _spelling(text: str) -> str:
    return "".join(text.split()).lower()
