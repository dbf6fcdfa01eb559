"""How many connections a PostgreSQL gives to whoever asks: its own limit, and those of role and database."""

from dataclasses import dataclass

from sqlalchemy import text

from .engine import open_store

# From PostgreSQL 16 on some are also kept for roles with pg_use_reserved_connections.
_LIMITS = text(
    "SELECT current_setting('max_connections')::int, current_setting('superuser_reserved_connections')::int "
    "+ coalesce(nullif(current_setting('reserved_connections', true), '')::int, 0), "
    "(SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user), "
    "(SELECT datconnlimit FROM pg_database WHERE datname = current_database())"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Which server it is, and how many connections it has for us."""

    server: str
    connections: int


def allowance(url: str) -> Allowance | None:
    """Return what the PostgreSQL at the address allows; None for an embedded database, which asks nobody."""
    store = open_store(url, writer=False)
    try:
        if store.embedded:
            return None
        with store.read() as db:
            most, kept, *limits = db.execute(_LIMITS).one()
    finally:
        store.close()
    server = f"{store.url.host} {store.url.port} {store.url.query.get('host')}"
    return Allowance(server=server, connections=min(most - kept, *(most if one < 0 else one for one in limits)))
