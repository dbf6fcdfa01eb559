"""What a database may raise, whichever kind it is, and which of it says that the database itself is ill."""

import sqlite3

from sqlalchemy.exc import SQLAlchemyError

FAULTS = (SQLAlchemyError, sqlite3.Error)  # for callers that report a fault and go on
# Failures of the database itself, as against a caller's own statement: nothing may be acknowledged or answered.
ILL = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}


def code_of(failure: BaseException) -> int | None:
    """Return SQLite's extended result code, where it is a failure of the database."""
    return getattr(getattr(failure, "orig", failure), "sqlite_errorcode", None)


def is_ill(failure: BaseException) -> bool:
    """Say whether SQLite is ill: locked, full, damaged, unreadable."""
    code = code_of(failure)
    return code is not None and code & 0xFF in ILL


def is_damage(failure: BaseException) -> bool:
    """Say whether what lies on the disk is no whole database any more."""
    code = code_of(failure)
    return code is not None and code & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def reason_of(failure: BaseException) -> str:
    """Return SQLite's name of the failure, which says what an operator can do; never the statement."""
    original = getattr(failure, "orig", failure)
    return getattr(original, "sqlite_errorname", type(original).__name__)
