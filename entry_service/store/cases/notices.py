"""Publications that wait for a second person, stops of the notices, and how often was published lately."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, delete, func, insert, select, update

from entry_service.core.errors import NotFound

from ..schema.care_tables import place_changes, published_places
from ..schema.notice_tables import notice_stops, publication_requests
from .published_places import tells

State = Literal["waiting", "approved", "returned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A publication that the breaker held back, and what became of it."""

    request_id: str
    content_hash: str
    place_ids: str
    people: int
    reasons: str
    remark: str
    asked_by: str
    asked_at: datetime
    state: State = "waiting"
    decided_by: str | None = None
    decided_at: datetime | None = None
    answer: str = ""

    @property
    def places(self) -> list[int]:
        """Return the numbers of the drafts."""
        return [int(number) for number in self.place_ids.split(".")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One use of the switch that stops all notices; with ``backup_at`` a backup of then was put back."""

    stop_id: int
    remark: str
    stopped_by: str | None
    stopped_at: datetime
    answer: str
    resumed_by: str | None
    resumed_at: datetime | None
    backup_at: datetime | None


def ask(db: Connection, request: Request) -> None:
    """Keep a request."""
    db.execute(insert(publication_requests).values(**asdict(request)))


def find(db: Connection, request_id: str) -> Request:
    """Return a request, or raise ``NotFound``."""
    query = select(publication_requests).where(publication_requests.c.request_id == request_id)
    row = db.execute(query).first()
    if row is None:
        raise NotFound(what="publication request")
    return Request(**row._mapping)


def since(db: Connection, moment: datetime, state: State | None = None) -> Sequence[Request]:
    """Return the requests asked since the moment, of one state or of all, the oldest first."""
    query = select(publication_requests).where(publication_requests.c.asked_at >= moment)
    if state is not None:
        query = query.where(publication_requests.c.state == state)
    query = query.order_by(publication_requests.c.asked_at, publication_requests.c.request_id)
    return [Request(**row._mapping) for row in db.execute(query)]


def decide(db: Connection, request: Request) -> bool:
    """Keep how a request was decided; return False where somebody had decided it before."""
    values = {name: getattr(request, name) for name in ("state", "decided_by", "decided_at", "answer")}
    waiting = (publication_requests.c.request_id == request.request_id) & (
        publication_requests.c.state == "waiting"
    )
    return db.execute(update(publication_requests).where(waiting).values(**values)).rowcount == 1


def publications_since(db: Connection, moment: datetime) -> int:
    """Return how many times the public was told more since the moment; rows of one press count once."""
    query = select(func.count(place_changes.c.changed_at.distinct()))
    return db.execute(query.where(tells(), place_changes.c.changed_at >= moment)).scalar_one()


def newest_change(db: Connection) -> datetime | None:
    """Return when what the public is told was last changed by somebody."""
    told = published_places.c.published_at.is_not(None)
    return db.execute(select(func.max(published_places.c.changed_at)).where(told)).scalar_one()


def stop(db: Connection, remark: str, by: str, now: datetime) -> None:
    """Keep that all notices stopped."""
    db.execute(insert(notice_stops).values(remark=remark, stopped_by=by, stopped_at=now, answer=""))


def stop_restored(db: Connection, remark: str, backup_at: datetime, now: datetime) -> None:
    """Keep that a backup of that moment was put back: nothing is told until somebody has looked.

    A stop that came back with it goes on, and whoever made it still cannot end it.
    """
    standing = newest_stop(db)
    if standing is not None and standing.resumed_at is None:
        mark = update(notice_stops).where(notice_stops.c.stop_id == standing.stop_id)
        db.execute(mark.values(backup_at=backup_at))
        return
    values = {"remark": remark, "stopped_at": now, "answer": "", "backup_at": backup_at}
    db.execute(insert(notice_stops).values(**values))


def resume(db: Connection, stop_id: int, answer: str, by: str, now: datetime) -> None:
    """Keep that notices go on."""
    values = {"answer": answer, "resumed_by": by, "resumed_at": now}
    db.execute(update(notice_stops).where(notice_stops.c.stop_id == stop_id).values(**values))


def newest_stop(db: Connection) -> Stop | None:
    """Return the last use of the switch; while its ``resumed_at`` is None nothing is told."""
    row = db.execute(select(notice_stops).order_by(notice_stops.c.stop_id.desc()).limit(1)).first()
    return None if row is None else Stop(**row._mapping)


def drop_ended_before(db: Connection, before: datetime) -> None:
    """Remove requests asked, and stops that ended, before the moment. For the retention job."""
    db.execute(delete(publication_requests).where(publication_requests.c.asked_at < before))
    db.execute(delete(notice_stops).where(notice_stops.c.resumed_at < before))
