"""Sign-ins; a session is known only by the hash of its cookie."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from ..schema.tables import sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One sign-in of an account; ``half`` while only its password was right."""

    session_hash: bytes
    account_id: str
    created_at: datetime
    last_seen_at: datetime
    ends_at: datetime
    half: bool = False


def add(db: Connection, session: Session) -> None:
    """Keep a new session."""
    db.execute(
        insert(sessions).values(
            session_hash=session.session_hash,
            account_id=session.account_id,
            created_at=session.created_at,
            last_seen_at=session.last_seen_at,
            ends_at=session.ends_at,
            half=session.half,
        )
    )


def find(db: Connection, session_hash: bytes) -> Session | None:
    """Return the session, ended by time or not: the caller judges."""
    row = db.execute(select(sessions).where(sessions.c.session_hash == session_hash)).first()
    return None if row is None else Session(**row._mapping)


def touch(db: Connection, session_hash: bytes, now: datetime) -> None:
    """Remember the last request of the session."""
    db.execute(update(sessions).where(sessions.c.session_hash == session_hash).values(last_seen_at=now))


def end(db: Connection, session_hash: bytes) -> None:
    """End one session."""
    db.execute(delete(sessions).where(sessions.c.session_hash == session_hash))


def end_all_of(db: Connection, account_id: str) -> None:
    """End every session of the account: after a new password or role."""
    db.execute(delete(sessions).where(sessions.c.account_id == account_id))


def end_expired(db: Connection, now: datetime) -> int:
    """Remove sessions whose time is over; return how many."""
    return db.execute(delete(sessions).where(sessions.c.ends_at <= now)).rowcount
