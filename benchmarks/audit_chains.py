"""True chains of the audit, and a place to put changed ones: for audit_mutations.py and its slice in the tests."""

import random
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine

from entry_service.core.actors import ACTIONS, PURPOSES, Actor
from entry_service.store.database.engine import open_store
from entry_service.vault.audit import Audit
from entry_service.vault.audit_verification import Verification, Walk
from entry_service.vault.checkpoints import FILE, MARK, SecondPlace
from entry_service.vault.key_ring import KeyRing
from entry_service.vault.subjects import Subjects
from entry_service.vault.tables import metadata

NOW = datetime(2026, 8, 3, 0, 0, tzinfo=UTC)
ROWS, FORK = 24, 15

Row = tuple[int, int, str, bytes, bytes]  # seq, at in microseconds, body, hash, signature
Subject = tuple[int, bytes]


@dataclass(frozen=True)
class State:
    """Everything that can be changed: both tables and both files."""

    rows: tuple[Row, ...]
    subjects: tuple[Subject, ...]
    lines: tuple[bytes, ...]
    mark: bytes | None


@dataclass(frozen=True)
class Chains:
    """A true chain, its state when it was shorter, and another true chain that left it after ``FORK`` rows."""

    public_key: bytes
    true: State
    earlier: tuple[State, ...]
    fork: State


def made(folder: Path) -> Chains:
    """Let the audit itself write the chains."""
    KeyRing.make(folder / "a", folder / "b")
    subjects = Subjects(KeyRing(bytes(32), folder / "a", folder / "b"))
    (folder / "keys").mkdir(mode=0o700)
    states: list[list[State]] = []
    for branch in (0, 1):
        path, copy = folder / f"{branch}.sqlite", folder / f"copy{branch}"
        engine = create_engine(f"sqlite:///{path}")
        metadata.create_all(engine)
        engine.dispose()
        store, own = open_store(f"sqlite:///{path}", writer=True), []
        if branch:
            (copy).mkdir()
            (copy / MARK).write_bytes(states[0][-1].mark)
        audit = Audit(store, subjects, folder / "keys", copy)
        for number in range(1, ROWS + 1):
            _append(audit, number, branch if number > FORK else 0)
            own.append(_read(path, copy))
        store.close()
        states.append(own)
    assert states[0][FORK - 1] == states[1][FORK - 1]
    public_key = bytes.fromhex(states[0][0].mark.decode())
    return Chains(public_key, states[0][-1], tuple(states[0][:-1]), states[1][-1])


def _append(audit: Audit, number: int, branch: int) -> None:
    dice = random.Random(number * 2 + branch)
    audit.append(
        dice.choice(ACTIONS),
        Actor(account_id=f"officer-{dice.randrange(3)}", role="officer", origin=f"192.0.2.{dice.randrange(9)}"),
        now=NOW + timedelta(minutes=number),
        purpose=dice.choice(("", *PURPOSES)),
        request_hash=dice.choice(("", dice.randbytes(32).hex())),
        case_id=dice.choice(("", "case-1", "case-2")),
        subjects=[f"+82100000{dice.randrange(10_000):04}" for _ in range(dice.randrange(4))],
        rows=dice.randrange(100),
    )


def _read(path: Path, copy: Path) -> State:
    with sqlite3.connect(path) as db:
        rows = db.execute("SELECT seq, at, body, hash, signature FROM audit ORDER BY seq").fetchall()
        subjects = db.execute("SELECT seq, subject FROM audit_subjects ORDER BY 1, 2").fetchall()
    db.close()
    lines = (copy / FILE).read_bytes().splitlines(keepends=True)
    return State(tuple(rows), tuple(subjects), tuple(lines), (copy / MARK).read_bytes())


class Bench:
    """A database without any constraint, and a second place, that take a state and verify it."""

    def __init__(self, folder: Path, public_key: bytes) -> None:
        """Make both, empty."""
        self._db = sqlite3.connect(folder / "bench.sqlite", isolation_level=None)
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("CREATE TABLE audit (seq, at, body, hash, signature)")
        self._db.execute("CREATE TABLE audit_subjects (seq, subject)")
        self._store = open_store(f"sqlite:///{folder / 'bench.sqlite'}", writer=False)
        self._place, self._public_key = SecondPlace(folder / "bench-copy"), public_key
        self._place.folder.mkdir()

    def verify(self, state: State) -> Verification:
        """Put the state there and verify it."""
        self._db.execute("BEGIN")
        self._db.execute("DELETE FROM audit")
        self._db.execute("DELETE FROM audit_subjects")
        self._db.executemany("INSERT INTO audit VALUES (?, ?, ?, ?, ?)", state.rows)
        self._db.executemany("INSERT INTO audit_subjects VALUES (?, ?)", state.subjects)
        self._db.execute("COMMIT")
        (self._place.folder / MARK).unlink(missing_ok=True)
        if state.mark is not None:
            (self._place.folder / MARK).write_bytes(state.mark)
        self._place.path.write_bytes(b"".join(state.lines))
        walk = Walk(self._store, self._place, [self._public_key])
        walk.steps = 1  # nobody is writing meanwhile
        return walk.verify()

    def close(self) -> None:
        """Close both connections."""
        self._store.close()
        self._db.close()
