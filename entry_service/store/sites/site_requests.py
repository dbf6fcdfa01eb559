"""Requests of private sites to take part."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from entry_service.core.errors import NotFound
from entry_service.core.site_requests import CONTACT_KEPT, REFUSED_KEPT, WAITS, SiteRequest

from ..schema.rollout_tables import site_requests

DECISION = ("state", "decided_at", "decided_by", "reason", "facility_id")


def add(db: Connection, request: SiteRequest) -> None:
    """Keep a new request."""
    db.execute(insert(site_requests).values(**dataclasses.asdict(request)))


def get(db: Connection, request_id: str) -> SiteRequest:
    """Return the request, or raise ``NotFound``."""
    return _one(db, site_requests.c.request_id == request_id)


def by_token(db: Connection, token_hash: bytes) -> SiteRequest:
    """Return the request whose address was opened, or raise ``NotFound``."""
    return _one(db, site_requests.c.token_hash == token_hash)


def is_known(db: Connection, business_number: str) -> bool:
    """Say whether a request of the number waits or was approved."""
    same = (site_requests.c.business_number == business_number) & (site_requests.c.state != "refused")
    return db.execute(select(func.count()).select_from(site_requests).where(same)).scalar_one() > 0


def count_since(db: Connection, since: datetime) -> int:
    """Return how many were asked since the moment."""
    query = select(func.count()).select_from(site_requests).where(site_requests.c.asked_at >= since)
    return db.execute(query).scalar_one()


def count_waiting(db: Connection) -> int:
    """Return how many nobody has decided."""
    query = select(func.count()).select_from(site_requests).where(site_requests.c.state == "waiting")
    return db.execute(query).scalar_one()


def page(db: Connection, state: str, offset: int, limit: int) -> tuple[int, Sequence[SiteRequest]]:
    """Return how many requests have the state, and a page of them: those that wait the oldest first."""
    having = select(site_requests).where(site_requests.c.state == state)
    total = db.execute(select(func.count()).select_from(having.subquery())).scalar_one()
    order = site_requests.c.asked_at if state == "waiting" else site_requests.c.decided_at.desc()
    rows = db.execute(having.order_by(order, site_requests.c.request_id).offset(offset).limit(limit))
    return total, [SiteRequest(**row._mapping) for row in rows]


def decide(db: Connection, request: SiteRequest) -> None:
    """Keep how a request was decided, and nothing else of it: its contact may have been destroyed meanwhile."""
    values = {name: getattr(request, name) for name in DECISION}
    db.execute(update(site_requests).where(site_requests.c.request_id == request.request_id).values(**values))


def claim(db: Connection, request_id: str, at: datetime | None) -> None:
    """Note when the manager's account was made; None gives the invitation back."""
    db.execute(update(site_requests).where(site_requests.c.request_id == request_id).values(manager_at=at))


def forget(db: Connection, now: datetime) -> None:
    """Destroy contacts that have served, requests that were refused long ago, and those nobody decided."""
    refused = and_(site_requests.c.state == "refused", site_requests.c.decided_at <= now - REFUSED_KEPT)
    left = and_(site_requests.c.state == "waiting", site_requests.c.asked_at <= now - WAITS)
    db.execute(delete(site_requests).where(or_(refused, left)))
    served = and_(site_requests.c.contact.is_not(None), site_requests.c.decided_at <= now - CONTACT_KEPT)
    db.execute(update(site_requests).where(served).values(contact=None))


def _one(db: Connection, which) -> SiteRequest:
    row = db.execute(select(site_requests).where(which)).first()
    if row is None:
        raise NotFound(what="request")
    return SiteRequest(**row._mapping)
