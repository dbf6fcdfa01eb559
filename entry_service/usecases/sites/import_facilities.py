"""Register many facilities from a file: look first, then all of them or, where one row is wrong, none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from entry_service.core.errors import EntryError, NotFound
from entry_service.core.facility_rows import Problem, Read, other_scores, read_rows, taken_numbers
from entry_service.core.model import Facility
from entry_service.core.posters import RANDOM_BYTES, poster_id
from entry_service.services import Services
from entry_service.sheet_reader import TableUnreadable, read_table
from entry_service.store.database.engine import one_at_a_time
from entry_service.store.sites import facilities, facility_files, posters, risk_scores
from entry_service.store.sites.facility_files import FacilityFile

WAITS = timedelta(days=1)
FILE_BYTES = 16
LONGEST_NAME = 120
Table = list[tuple[int, tuple[str, ...]]] | TableUnreadable


class FileRefused(EntryError):
    """The file cannot be taken; ``problems`` tells row, column, what and how to mend it; nothing was kept."""

    status, code, sentence = 422, "file_refused", "파일을 등록하지 않았습니다. 아래 내용을 고치시기 바랍니다."

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep the problems."""
        super().__init__()
        self.problems = problems


class FileTaken(EntryError):
    """The file was taken already: a form that is sent twice registers once."""

    status, code, sentence = 409, "file_taken", "이미 등록한 파일입니다."


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """How many facilities were new, and how many were known and have new facts now."""

    added: int
    changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a file would do to the register: row → facility of those that are new, changed and as they were.

    Of those that change the first are those that are sensitive no more.
    """

    new: Mapping[int, Facility]
    changed: Mapping[int, Facility]
    same: Mapping[int, Facility]
    before: Mapping[str, Facility]  # facility_id → what is registered of those that change
    problems: tuple[Problem, ...]


def preview(services: Services, content: bytes) -> Preview:
    """Return what a CSV or XLSX file would do; nothing is changed."""
    table = _table(content)
    with services.store.read() as db:
        return _preview(table, facilities.all(db), risk_scores.scored(db))


def import_facilities(
    services: Services, content: bytes, *, now: datetime, random: Callable[[int], bytes]
) -> Imported:
    """Register the facilities of a file, new ones with a poster each, in one transaction.

    A known ``facility_id`` gets the facts that the file tells and keeps posters, devices and all else. Raises
    ``FileRefused`` with everything that is wrong.
    """
    table = _table(content)
    imported = services.store.write(lambda db: _take(db, table, now, random))
    services.forget_facilities()
    return imported


def send_in(
    services: Services,
    name: str,
    content: bytes,
    *,
    by: str,
    now: datetime,
    random: Callable[[int], bytes],
) -> FacilityFile:
    """Keep a file for a person to look at and say yes to, for a day."""
    shown = "".join(letter for letter in name if letter.isprintable())[-LONGEST_NAME:]
    file = FacilityFile(file_id=random(FILE_BYTES).hex(), name=shown, content=content, sent_by=by, sent_at=now)

    def write(db: Connection) -> None:
        facility_files.forget(db, now - WAITS)
        facility_files.add(db, file)

    services.store.write(write)
    return file


def forget_files(services: Services, now: datetime) -> None:
    """Forget the files that nobody said yes to within a day."""
    services.store.write(lambda db: facility_files.forget(db, now - WAITS))


def waiting_file(services: Services, file_id: str, now: datetime) -> FacilityFile:
    """Return a file that waits; raise ``NotFound``, or ``FileTaken``."""
    with services.store.read() as db:
        return _waiting(db, file_id, now)


def take_file(
    services: Services, file_id: str, *, by: str, now: datetime, random: Callable[[int], bytes]
) -> Imported:
    """Register what a file that waits says; raise as ``waiting_file`` and ``import_facilities`` do."""
    table = _table(waiting_file(services, file_id, now).content or b"")

    def write(db: Connection) -> Imported:
        one_at_a_time(db, b"facility file|" + file_id.encode())
        _waiting(db, file_id, now)
        imported = _take(db, table, now, random)
        facility_files.take(db, file_id, by=by, at=now, added=imported.added, changed=imported.changed)
        return imported

    imported = services.store.write(write)
    services.forget_facilities()
    return imported


def _waiting(db: Connection, file_id: str, now: datetime) -> FacilityFile:
    file = facility_files.find(db, file_id)
    if file is None or (file.taken_at is None and now - file.sent_at > WAITS):
        raise NotFound(what="file")
    if file.taken_at is not None:
        raise FileTaken
    return file


def _preview(table: Table, registered: list[Facility], scored: set[str]) -> Preview:
    known = {facility.facility_id: facility for facility in registered}
    if isinstance(table, TableUnreadable):
        told = Problem(row=table.facts.get("row", 1), column="", found="", what=table.sentence, mend="")
        read = Read(facilities={}, problems=(told,))
    else:
        head, *rest = table
        read = read_rows(head, rest, known)
    problems = (*read.problems, *taken_numbers(read, registered), *other_scores(read, known, scored))
    new, changed, same = {}, {}, {}
    for row, facility in sorted(read.facilities.items(), key=lambda one: not _unveils(one[1], known)):
        before = known.get(facility.facility_id)
        kind = new if before is None else same if before == facility else changed
        kind[row] = facility
    before = {one.facility_id: known[one.facility_id] for one in changed.values()}
    return Preview(new=new, changed=changed, same=same, before=before, problems=problems)


def _unveils(after: Facility, known: Mapping[str, Facility]) -> bool:
    """Say whether a sensitive facility would be one that everybody may read of."""
    before = known.get(after.facility_id)
    return before is not None and before.sensitive and not after.sensitive


def _table(content: bytes) -> Table:
    """Return head and rows of a file, before a transaction begins: while one writes, no door does."""
    try:
        return [(row.number, row.cells) for row in read_table(content)] or [(1, ())]
    except TableUnreadable as wrong:
        return wrong


def _take(db: Connection, table: Table, now: datetime, random: Callable[[int], bytes]) -> Imported:
    one_at_a_time(db, b"call numbers")
    seen = _preview(table, facilities.all(db), risk_scores.scored(db))
    if seen.problems:
        raise FileRefused(seen.problems)
    new, changed = list(seen.new.values()), list(seen.changed.values())
    facilities.forget_call_numbers(db, [one.facility_id for one in changed])  # two may have exchanged theirs
    facilities.add_many(db, new)
    first = {"epoch": 1, "valid_from": now}
    posters.add_many(
        db,
        [
            posters.Poster(poster_id=poster_id(random(RANDOM_BYTES), 1), facility_id=one.facility_id, **first)
            for one in new
        ],
    )
    for facility in changed:
        facilities.update_facility(db, facility)
    return Imported(added=len(new), changed=len(changed))
