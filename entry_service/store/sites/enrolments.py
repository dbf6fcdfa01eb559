"""Invitations for one device each; the secret of an invitation is known only by its hash."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from ..schema.door_tables import enrolments

KEPT = timedelta(days=1)  # after its end, so that a late scan of the QR is told why it does not work


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """One device may join with the secret until ``expires_at``; ``name`` is its gate."""

    token_hash: bytes
    facility_id: str
    name: str
    zone: str
    profile: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


def add(db: Connection, new: Invitation) -> None:
    """Keep a new invitation; those that ended long ago are removed with it."""
    db.execute(delete(enrolments).where(enrolments.c.expires_at < new.created_at - KEPT))
    db.execute(
        insert(enrolments).values(
            token_hash=new.token_hash,
            facility_id=new.facility_id,
            name=new.name,
            zone=new.zone,
            profile=new.profile,
            created_at=new.created_at,
            expires_at=new.expires_at,
        )
    )


def find(db: Connection, token_hash: bytes) -> Invitation | None:
    """Return the invitation with this hash, open or not."""
    row = db.execute(select(enrolments).where(enrolments.c.token_hash == token_hash)).first()
    return None if row is None else Invitation(**row._mapping)


def use(db: Connection, token_hash: bytes, now: datetime) -> bool:
    """Use the invitation up; say whether it was still unused, which is true for one caller only."""
    unused = (enrolments.c.token_hash == token_hash) & enrolments.c.used_at.is_(None)
    return db.execute(update(enrolments).where(unused).values(used_at=now)).rowcount == 1


def waiting(db: Connection, facility_id: str, now: datetime) -> list[Invitation]:
    """Return the facility's invitations that a device may still use, the newest first."""
    own = (enrolments.c.facility_id == facility_id) & enrolments.c.used_at.is_(None)
    query = select(enrolments).where(own, enrolments.c.expires_at > now).order_by(enrolments.c.created_at.desc())
    return [Invitation(**row._mapping) for row in db.execute(query)]
