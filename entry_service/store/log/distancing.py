"""Which scheme and level of distancing holds; every change is a row, the newest counts."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from ..schema.door_tables import distancing
from ..schema.tables import accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A level that holds since a moment; both empty: no distancing."""

    scheme: str = ""
    level: str = ""
    since: datetime | None = None
    set_by: str | None = None  # the account


def current(db: Connection) -> Level:
    """Return the level that holds; none where nobody has set one."""
    return next(iter(history(db, 1)), Level())


def at(db: Connection, moment: datetime) -> Level:
    """Return the level that held at a moment; none where nobody had set one."""
    query = select(distancing.c.scheme, distancing.c.level, distancing.c.since, distancing.c.set_by)
    query = query.where(distancing.c.since <= moment).order_by(distancing.c.distancing_id.desc())
    return next((Level(**row._mapping) for row in db.execute(query.limit(1))), Level())


def history(db: Connection, limit: int) -> list[Level]:
    """Return the newest changes, the newest first."""
    columns = [distancing.c[name] for name in ("scheme", "level", "since", "set_by")]
    query = select(*columns).order_by(distancing.c.distancing_id.desc()).limit(limit)
    return [Level(**row._mapping) for row in db.execute(query)]


def logins(db: Connection, levels: list[Level]) -> dict[str, str]:
    """Return account_id → login of those who set the levels."""
    ids = {level.set_by for level in levels}
    query = select(accounts.c.account_id, accounts.c.login).where(accounts.c.account_id.in_(ids))
    return {row.account_id: row.login for row in db.execute(query)}


def set_level(db: Connection, level: Level) -> None:
    """Let another level hold."""
    db.execute(
        insert(distancing).values(scheme=level.scheme, level=level.level, since=level.since, set_by=level.set_by)
    )
