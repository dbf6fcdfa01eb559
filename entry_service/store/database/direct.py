"""Statements of the hot path, without what SQLAlchemy adds to each.

Compiling, caching and typing cost more than running a statement on SQLite. On PostgreSQL the way to the server
costs more than all of that, and a broken connection must be noticed: there SQLAlchemy runs them. Values are bound;
times are given and come back as microseconds (store/schema/tables.py).
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection


class Direct:
    """One statement with ``?`` for each value; its text is a constant of the program."""

    def __init__(self, statement: str) -> None:
        """Keep it in the writing of both drivers."""
        self._sqlite = statement
        self._postgresql = statement.replace("%", "%%").replace("?", "%s")

    def all(self, db: Connection, *values: Any) -> Sequence[Sequence[Any]]:
        """Return every row."""
        if db.dialect.name == "sqlite":
            return db.connection.dbapi_connection.execute(self._sqlite, values).fetchall()
        return db.exec_driver_sql(self._postgresql, values).all()

    def change(self, db: Connection, *values: Any) -> int:
        """Run it and return how many rows it changed."""
        if db.dialect.name == "sqlite":
            return db.connection.dbapi_connection.execute(self._sqlite, values).rowcount
        return db.exec_driver_sql(self._postgresql, values).rowcount
