"""Who may write: one process on an embedded database, one transaction at a time where a subject asks for it."""

import fcntl
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection

from entry_service.core.errors import Unavailable


class LogInUse(Unavailable):
    """Another process holds the embedded log for writing; exactly one may.

    On PostgreSQL: another one is connected where a broken restore is to be cleared.
    """

    code = "log_in_use"
    sentence = (
        "다른 프로세스가 출입 기록을 쓰고 있습니다. 실행 중인 서비스를 이용하시거나 멈춘 뒤 다시 하시기 바랍니다."
    )


class HeldLock:
    """A lock file beside the database, held until closed or until the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        """Take the lock or raise ``LogInUse``."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            os.close(self._descriptor)
            raise LogInUse from held

    def close(self) -> None:
        """Give the lock back."""
        os.close(self._descriptor)


def one_at_a_time(db: Connection, subject: bytes) -> None:
    """Let no other transaction that names the same subject run until this one ends.

    SQLite has one writer, so it is so already; PostgreSQL takes an advisory lock on the subject.
    """
    if db.dialect.name == "postgresql":
        db.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (advisory_number(subject),))


def all_at_a_time(db: Connection, subjects: Iterable[bytes]) -> None:
    """Do the same for many subjects; they are taken in one order, so that nobody waits for ever."""
    if db.dialect.name == "postgresql":
        numbers = sorted({advisory_number(subject) for subject in subjects})
        statement = "SELECT count(pg_advisory_xact_lock(number)) FROM unnest(%s::bigint[]) AS number"
        db.exec_driver_sql(statement, (numbers,))


def advisory_number(subject: bytes) -> int:
    """Return the number by which PostgreSQL knows the subject of a lock."""
    return int.from_bytes(hashlib.sha256(subject).digest()[:8], "big", signed=True)
