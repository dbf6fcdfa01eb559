"""Register many facilities from a CSV file: all of them or, where one line is wrong, none."""

import csv
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from io import StringIO

from sqlalchemy import Connection

from entry_service.core.errors import EntryError
from entry_service.core.facility_facts import read_facility
from entry_service.core.fields import FieldsRefused
from entry_service.core.model import Facility
from entry_service.core.posters import RANDOM_BYTES, poster_id
from entry_service.services import Services
from entry_service.store import facilities, posters

COLUMNS = tuple(field.name for field in fields(Facility))
NEEDED = {"facility_id", "name", "category", "address", "lon", "lat"}
NO = {"", "0", "false", "no", "n", "아니오"}
USUAL = {"coord_quality": "geocoded", "stage": "1"}


class FileRefused(EntryError):
    """The file cannot be taken; ``problems`` holds a sentence with line and field for each, nothing was kept."""

    status, code, sentence = 422, "file_refused", "파일을 등록하지 않았습니다. 아래 내용을 고치시기 바랍니다."

    def __init__(self, problems: list[str]) -> None:
        """Keep the problems."""
        super().__init__()
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """How many facilities were new, and how many were known and have new facts now."""

    added: int
    changed: int


def import_facilities(
    services: Services, content: bytes, *, now: datetime, random: Callable[[int], bytes]
) -> Imported:
    """Register the facilities of a CSV file, new ones with a poster each, in one transaction.

    Parameters
    ----------
    content : bytes
        UTF-8 or CP949; a header with the names of ``Facility``, of which facility_id, name, category, address, lon
        and lat are needed. A known ``facility_id`` gets the new facts and keeps posters and devices.

    Raises
    ------
    FileRefused
        With line and field of everything that is wrong.
    """
    many = read_facilities(content)

    def write(db: Connection) -> Imported:
        registered = facilities.all(db)
        _refuse_taken_numbers(many, registered)
        known = {facility.facility_id for facility in registered}
        new = [facility for facility in many if facility.facility_id not in known]
        facilities.forget_call_numbers(db, [one.facility_id for one in many])  # two may have exchanged theirs
        facilities.add_many(db, new)
        for facility in new:
            name = poster_id(random(RANDOM_BYTES), 1)
            posters.add(
                db, posters.Poster(poster_id=name, facility_id=facility.facility_id, epoch=1, valid_from=now)
            )
        for facility in many:
            if facility.facility_id in known:
                facilities.update_facility(db, facility)
        return Imported(added=len(new), changed=len(many) - len(new))

    imported = services.store.write(write)
    services.forget_facilities()
    return imported


def _refuse_taken_numbers(many: list[Facility], registered: list[Facility]) -> None:
    """Refuse a telephone number that two facilities would have once the file is in."""
    coming = {facility.facility_id for facility in many}
    taken: dict[str, str] = {}
    problems = []
    for facility in [*(one for one in registered if one.facility_id not in coming), *many]:
        holder = taken.setdefault(facility.call_number, facility.facility_id) if facility.call_number else None
        if holder not in (None, facility.facility_id):
            problems.append(f"{facility.facility_id} call_number: 다른 시설에서 쓰고 있는 번호입니다.")
    if problems:
        raise FileRefused(problems)


def read_facilities(content: bytes) -> list[Facility]:
    """Return the facilities of the file, or raise ``FileRefused`` with everything that is wrong."""
    reader = csv.DictReader(StringIO(_text(content)), strict=True)
    problems: list[str] = []
    found: dict[str, Facility] = {}
    try:
        problems += _header_problems(reader.fieldnames or [])
        for row in [] if problems else reader:
            _read_row(row, reader.line_num, found, problems)
    except csv.Error:
        problems.append(f"{reader.line_num}행: CSV 형식이 아닙니다.")
    if not problems and not found:
        problems.append("시설이 한 곳도 없습니다.")
    if problems:
        raise FileRefused(problems)
    return list(found.values())


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRefused(["글자를 읽을 수 없습니다. UTF-8이나 CP949로 저장하시기 바랍니다."])


def _header_problems(header: list[str] | tuple[str, ...]) -> list[str]:
    missing, unknown = NEEDED - set(header), set(header) - set(COLUMNS)
    problems = [f"1행: {name} 열이 없습니다." for name in sorted(missing)]
    problems += [f"1행: {name} 열은 알 수 없는 열입니다." for name in sorted(map(str, unknown))]
    if len(set(header)) < len(header):
        problems.append("1행: 같은 이름의 열이 두 번 있습니다.")
    return problems


def _read_row(row: dict, line: int, found: dict[str, Facility], problems: list[str]) -> None:
    if None in row or None in row.values():
        problems.append(f"{line}행: 열의 수가 머리글과 다릅니다.")
        return
    typed = {**row, **{name: row.get(name) or usual for name, usual in USUAL.items()}}
    typed["sensitive"] = "" if row.get("sensitive", "").strip().lower() in NO else "1"
    try:
        facility = read_facility(typed)
    except FieldsRefused as wrong:
        problems += [f"{line}행 {name}: {sentence}" for name, sentence in wrong.errors.items()]
        return
    if not facility.facility_id:
        problems.append(f"{line}행 facility_id: 시설 번호를 입력하시기 바랍니다.")
    elif facility.facility_id in found:
        problems.append(f"{line}행 facility_id: 같은 시설 번호가 파일에 두 번 있습니다.")
    found[facility.facility_id] = facility
