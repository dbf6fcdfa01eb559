"""Stays that a check-out ended, and what was learned of them; earlier days are kept for replays."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, delete, func, insert, literal, not_, or_, select, type_coerce

from entry_service.core.dwell import Learned

from ..schema.care_tables import stay_lengths
from ..schema.door_tables import learned_dwell
from ..schema.tables import facilities, scans
from .counted import counted

MINUTE_MICROS = 60_000_000


def stays(db: Connection, start: datetime, end: datetime) -> dict[str, dict[int, int]]:
    """Return category → whole minutes → how many stays of [start, end) were that long, in one pass over the log.

    A stay is a check-in whose pass is next seen at the check-out of the same facility. Left out are those whose
    times a device's clock spoiled, and second check-ins (read twice, another zone): when they came is not known.
    """
    by_pass = {"partition_by": scans.c.pid, "order_by": (scans.c.scanned_at, scans.c.seq)}
    micros = type_coerce(scans.c.scanned_at, BigInteger)
    seen = (
        select(
            scans.c.facility_id,
            scans.c.direction,
            micros.label("at"),
            scans.c.flags,
            func.lag(scans.c.facility_id).over(**by_pass).label("place_before"),
            func.lag(scans.c.direction).over(**by_pass).label("direction_before"),
            func.lead(scans.c.facility_id).over(**by_pass).label("place_after"),
            func.lead(scans.c.direction).over(**by_pass).label("direction_after"),
            func.lead(micros).over(**by_pass).label("at_after"),
            func.lead(scans.c.flags).over(**by_pass).label("flags_after"),
        )
        .where(scans.c.scanned_at >= start, scans.c.scanned_at < end)
        .where(scans.c.outcome == "accepted", scans.c.pid.is_not(None), counted())
        .subquery()
    )
    skewed = "%clock_skew%"
    again = (seen.c.direction_before == "in") & (seen.c.place_before == seen.c.facility_id)
    minutes = ((seen.c.at_after - seen.c.at) // literal(MINUTE_MICROS)).label("minutes")
    query = (
        select(facilities.c.category, minutes, func.count())
        .join(facilities, facilities.c.facility_id == seen.c.facility_id)
        .where(seen.c.direction == "in", seen.c.direction_after == "out")
        .where(seen.c.place_after == seen.c.facility_id)
        .where(or_(seen.c.direction_before.is_(None), not_(again)))
        .where(not_(seen.c.flags.like(skewed)), not_(seen.c.flags_after.like(skewed)))
        .group_by(facilities.c.category, minutes)
    )
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for category, length, count in db.execute(query):
        found[category][int(length)] = count
    return found


def add(db: Connection, learned: Mapping[str, Learned], at: datetime) -> None:
    """Keep what was learned at a moment."""
    if learned:
        rows = [
            {"category": category, "minutes": one.minutes, "stays": one.stays, "learned_at": at}
            for category, one in learned.items()
        ]
        db.execute(insert(learned_dwell), rows)


def known_by(db: Connection, at: datetime) -> dict[str, timedelta]:
    """Return category → usual stay as it was learned last by the moment."""
    query = (
        select(learned_dwell.c.category, learned_dwell.c.minutes)
        .where(learned_dwell.c.learned_at <= at)
        .order_by(learned_dwell.c.learned_at)
    )
    return {category: timedelta(minutes=minutes) for category, minutes in db.execute(query)}


def keep_lengths(db: Connection, histograms: Mapping[str, Mapping[int, int]], *, enough: Collection[str]) -> None:
    """Keep how long stays were, category → whole minutes → stays.

    Those of a category replace what was kept where there are ``enough``, or as many as before: a quiet month does
    not unlearn.
    """
    query = select(stay_lengths.c.category, func.sum(stay_lengths.c.stays)).group_by(stay_lengths.c.category)
    kept = {category: int(many) for category, many in db.execute(query)}
    new = {
        category: lengths
        for category, lengths in histograms.items()
        if category in enough or sum(lengths.values()) >= kept.get(category, 0)
    }
    db.execute(delete(stay_lengths).where(stay_lengths.c.category.in_(list(new))))
    rows = [
        {"category": category, "minutes": minutes, "stays": count}
        for category, lengths in new.items()
        for minutes, count in lengths.items()
    ]
    if rows:
        db.execute(insert(stay_lengths), rows)


def lengths(db: Connection) -> dict[str, dict[int, int]]:
    """Return category → whole minutes → stays, as they were learned last."""
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for row in db.execute(select(stay_lengths)):
        found[row.category][row.minutes] = row.stays
    return found


def last_learned(db: Connection) -> datetime | None:
    """Return when something was learned last."""
    return db.execute(select(func.max(learned_dwell.c.learned_at))).scalar()
