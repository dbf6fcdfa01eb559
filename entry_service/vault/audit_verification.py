"""Walk the audit from its first row to its last beside the second place, and name the first row that is wrong.

Both are read as streams, a page at a time, from one snapshot of the database; the service may go on meanwhile.
Nothing is needed but a database that can be read, the folder of checkpoints, and the public key.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from sqlalchemy import BigInteger, Connection, Row, func, select, type_coerce

from entry_service.store.database.engine import Store, open_store
from entry_service.store.schema.tables import to_micros

from .audit_rows import FIRST_HASH, FORM, Trusted, read_row, row_hash, signed_bytes, subjects_digest
from .checkpoint_lines import Edited, Lines
from .checkpoints import Checkpoint, SecondPlace
from .tables import audit, audit_subjects

PAGE = 500
PATIENCE, STEPS = 0.1, 20  # seconds, times: a row that was just written gets its checkpoint in a moment
LATE = timedelta(minutes=1)
COUNTED = (audit, audit_subjects)
Why = Literal[
    "",
    "second_place_missing",
    "second_place_of_another",
    "row_missing",
    "row_changed",
    "row_not_signed",
    "subjects_changed",
    "checkpoint_missing",
    "checkpoint_edited",
    "rolled_back",
    "tail_cut",
    "not_as_noted",
]
WHY: dict[Why, str] = {
    "second_place_missing": "접속기록 사본을 두는 곳이 없거나 연결되어 있지 않습니다.",
    "second_place_of_another": "접속기록 사본이 다른 서비스의 것이거나 표지가 바뀌었습니다.",
    "row_missing": "기록이 빠졌거나 순서가 바뀌었습니다.",
    "row_changed": "기록의 내용이 바뀌었습니다.",
    "row_not_signed": "서비스가 서명하지 않은 기록입니다.",
    "subjects_changed": "기록의 대상자가 바뀌었습니다.",
    "checkpoint_missing": "사본에 이 기록이 없습니다.",
    "checkpoint_edited": "사본이 바뀌었습니다.",
    "rolled_back": "사본이 본 것과 다른 기록입니다. 데이터베이스를 되돌린 뒤 새로 쓴 것으로 보입니다.",
    "tail_cut": "사본에 있는 기록이 데이터베이스에 없습니다. 끝이 잘렸거나 이전 상태로 되돌려졌습니다.",
    "not_as_noted": "따로 적어 둔 값과 다릅니다. 데이터베이스와 사본이 함께 되돌려졌습니다.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What came of it: ``first_bad_seq`` is 0 where all is well, or where the second place itself is wrong.

    ``late`` rows got their checkpoint more than a minute after they were written; ``lost`` rows were beyond a
    backup that was restored and ``resumed``; ``hash`` is the last row's, to be compared with one noted elsewhere.
    """

    ok: bool
    first_bad_seq: int
    why: Why
    rows: int
    late: int
    resumed: int
    lost: int
    hash: str


class _Wrong(Exception):
    def __init__(self, seq: int, why: Why) -> None:
        super().__init__(why)
        self.seq, self.why = seq, why


class Walk:
    """One walk along the chain."""

    def __init__(
        self, store: Store, place: SecondPlace, public_keys: list[bytes], noted: tuple[int, str] = (0, "")
    ) -> None:
        """Walk with the public keys, the oldest first; ``noted``: a row's number, and how its hash began."""
        self._noted = noted
        self._store, self._place, self._public_keys = store, place, public_keys
        self._trusted = Trusted(public_keys)
        self.rows = self.late = self.resumed = self.lost = self._about = 0
        self._hash, self.steps = FIRST_HASH, STEPS

    def verify(self, advance: Callable[[int, int], None] = lambda done, total: None) -> Verification:
        """Walk, and say what came of it; ``advance(done, total)`` is told every page."""
        wrong = _Wrong(0, self._place.why_not(self._public_keys[-1]))
        if not wrong.why:
            # Opened before the snapshot is taken: its rows must hold these lines.
            self._lines = Lines(self._place, Trusted(self._public_keys))
            try:
                self._walk(advance)
            except _Wrong as found:
                wrong = found
            except Edited:
                wrong = _Wrong(self.rows + 1, "checkpoint_edited")
            finally:
                self._lines.close()
        return Verification(
            ok=not wrong.why,
            first_bad_seq=wrong.seq,
            why=wrong.why,
            rows=self.rows,
            late=self.late,
            resumed=self.resumed,
            lost=self.lost,
            hash=self._hash.hex(),
        )

    def _walk(self, advance: Callable[[int, int], None]) -> None:
        with self._store.read() as db:
            total, about = (db.execute(select(func.count()).select_from(one)).scalar_one() for one in COUNTED)
            for page, subjects in _pages(db):
                for row in page:
                    self._row(row, subjects.pop(row.seq, []))
                advance(self.rows, total)
        while self._lines.position < self._lines.size:
            line = self._patiently(self.rows + 1)
            if line is not None:
                raise _Wrong(self.rows + 1, "tail_cut")
            if self._lines.position < self._lines.size:
                raise Edited
        if self.rows < self._noted[0]:  # cut in both places, as far as these two can tell
            raise _Wrong(self.rows + 1, "not_as_noted")
        if self.rows != total:  # doubled, by somebody who took the primary key away
            raise _Wrong(self.rows + 1, "row_changed")
        if self._about != about:  # of a row that is not there
            raise _Wrong(self.rows + 1, "subjects_changed")

    def _row(self, row: Row, subjects: list[bytes]) -> None:
        seq = self.rows + 1
        if row.seq != seq:
            raise _Wrong(seq, "row_missing")
        try:
            entry, digest = read_row(row.body)
            linked = row.hash == row_hash(self._hash, row.body) and to_micros(entry.at) == row.at
        except (ValueError, TypeError) as reason:
            raise _Wrong(seq, "row_changed") from reason
        if not linked or entry.seq != seq:
            raise _Wrong(seq, "row_changed")
        if not self._trusted.signed(row.signature, signed_bytes(seq, row.hash)):
            raise _Wrong(seq, "row_not_signed")
        if len(subjects) != entry.subjects or subjects_digest(subjects) != digest:
            raise _Wrong(seq, "subjects_changed")
        line = self._patiently(seq)
        if line is None or line.seq != seq:
            raise _Wrong(seq, "checkpoint_missing")
        if line.hash != row.hash.hex():
            raise _Wrong(seq, "rolled_back")
        self.late += datetime.strptime(line.at, FORM).replace(tzinfo=UTC) - entry.at > LATE
        if seq == self._noted[0] and not row.hash.hex().startswith(self._noted[1]):
            raise _Wrong(seq, "not_as_noted")
        self._hash, self.rows = row.hash, seq
        self._about += len(subjects)

    def _patiently(self, seq: int) -> Checkpoint | None:
        """Return the next line that counts, waiting for one that is just being written."""
        for _ in range(self.steps):
            if line := self._next(seq):
                return line
            time.sleep(PATIENCE)
        return None

    def _next(self, seq: int) -> Checkpoint | None:
        """Return the next line that was not taken back; read the resumptions on the way."""
        while line := self._lines.next():
            if self._lines.is_taken_back(line):
                self.lost += line.kind == "row"
            elif line.kind == "row":
                return line
            elif (line.seq, line.hash) != (self.rows, self._hash.hex()):
                raise _Wrong(min(line.seq, seq), "rolled_back")
            else:
                self.resumed += 1
        return None


def verify_at(
    url: str,
    copy: Path,
    public_keys: list[bytes],
    advance: Callable[[int, int], None] = lambda done, total: None,
    noted: tuple[int, str] = (0, ""),
) -> Verification:
    """Verify the audit of a vault's database that is only read: for the command, on this host or an auditor's."""
    store = open_store(url, writer=False)
    try:
        return Walk(store, SecondPlace(copy), public_keys, noted).verify(advance)
    finally:
        store.close()


def _pages(db: Connection) -> Iterator[tuple[list[Row], dict[int, list[bytes]]]]:
    """Give the rows in order, with the subjects of each; at last no rows and the subjects that are left."""
    seq: int | None = None
    columns = audit.c.seq, type_coerce(audit.c.at, BigInteger).label("at"), audit.c.body, audit.c.hash
    while True:
        after = audit.c.seq > seq if seq is not None else True
        rows = db.execute(select(*columns, audit.c.signature).where(after).order_by(audit.c.seq).limit(PAGE)).all()
        own = select(audit_subjects)
        if seq is not None:
            own = own.where(audit_subjects.c.seq > seq)
        if rows:
            own = own.where(audit_subjects.c.seq <= rows[-1].seq)
        subjects: dict[int, list[bytes]] = {}
        for row in db.execute(own):
            subjects.setdefault(row.seq, []).append(row.subject)
        yield list(rows), subjects
        if not rows:
            return
        seq = rows[-1].seq
