"""Draft places for the public from the index visits of one case or of several; nothing is public by this.

A draft remembers neither case nor person. Visits of several cases at one place that meet become one row, and a row
that exists already is made longer, so that no person's path can be read from the list.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from entry_service.core.errors import BadInput, NotFound
from entry_service.core.model import Facility
from entry_service.core.publication import (
    SHOWN_FOR,
    Place,
    SensitivePlace,
    Stay,
    covers,
    joined,
    meets,
    to_the_minute,
)
from entry_service.services import Services
from entry_service.store.cases import published_places as places
from entry_service.store.database.locks import one_at_a_time

from .publish import LONGEST_REMARK, SUBJECT


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A stay that can be told, of one or several index visits; ``told`` is the live row that tells it already."""

    facility: Facility
    stay: Stay
    visit_ids: tuple[int, ...]
    told: Place | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What can be drafted, in order of place; how many index visits are at sensitive facilities, or doubted."""

    open: tuple[Choice, ...]
    sensitive: int
    doubted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """What became of the chosen visits: new rows, rows made longer, rows that told it already."""

    made: int
    extended: int
    known: int


def choices(services: Services, now: datetime, case_id: str | None = None) -> Choices:
    """Return the stays of the last 14 days that can be told, of one case or of all, overlapping ones as one."""
    with services.store.read() as db:
        found = places.candidates(db, now - SHOWN_FOR, case_id)
        plain = [one for one in found if not one.facility.sensitive]
        open_ones = [one for one in plain if not one.doubted]
        live = places.of_facilities(db, {one.facility.facility_id for one in open_ones}, now)
    known = {one.facility.facility_id: one.facility for one in open_ones}
    visits = [(one.visit_id, to_the_minute(one.stay)) for one in open_ones]
    rows = [
        Choice(
            facility=known[stay.facility_id],
            stay=stay,
            visit_ids=tuple(visit for visit, part in visits if covers(stay, part)),
            told=_told(live, stay),
        )
        for stay in joined(stay for _visit, stay in visits)
    ]
    rows.sort(key=lambda row: (row.facility.name, row.facility.facility_id, row.stay.start))
    return Choices(open=tuple(rows), sensitive=len(found) - len(plain), doubted=len(plain) - len(open_ones))


def draft_places(services: Services, visit_ids: Sequence[int], *, by: str, now: datetime) -> Drafted:
    """Make drafts of index visits, of one case or of several; nothing is public yet.

    Raises ``SensitivePlace``, ``BadInput`` without any, ``NotFound`` for a visit that is unknown, doubted or too
    old.
    """
    if not visit_ids:
        raise BadInput("공개할 방문을 하나 이상 고르시기 바랍니다.", field="visit")

    def keep(db: Connection) -> Drafted:
        one_at_a_time(db, SUBJECT)  # a draft that is made longer must not be one that is being published
        chosen = [
            one
            for one in places.candidates(db, now - SHOWN_FOR)
            if one.visit_id in set(visit_ids) and not one.doubted
        ]
        if len(chosen) != len(set(visit_ids)):
            raise NotFound(what="index visit")
        if any(one.facility.sensitive for one in chosen):
            raise SensitivePlace()
        done = [_draft(db, stay, by, now) for stay in joined(to_the_minute(one.stay) for one in chosen)]
        return Drafted(made=done.count("made"), extended=done.count("extended"), known=done.count("known"))

    return services.store.write(keep)


def _told(live: Sequence[Place], stay: Stay) -> Place | None:
    """Return the row that tells the whole stay; one whose contacts are all known tells nothing of new visits."""
    return next((row for row in live if not row.contacts_known and covers(row.stay, stay)), None)


def _draft(db: Connection, stay: Stay, by: str, now: datetime) -> str:
    live = [row for row in places.of_facilities(db, [stay.facility_id], now) if not row.contacts_known]
    if _told(live, stay):
        return "known"
    own = [row for row in live if row.state == "draft"]
    parts = [stay]
    while new := [row.stay for row in own if row.stay not in parts and any(meets(row.stay, p) for p in parts)]:
        parts += new
    met = [row for row in own if row.stay in parts]
    if not met:
        places.add(db, stay, by=by, now=now)
        return "made"
    [whole] = joined(parts)
    remark = " · ".join(dict.fromkeys(row.remark for row in met if row.remark))[:LONGEST_REMARK]
    longer = replace(met[0], start=whole.start, end=whole.end, remark=remark, changed_by=by, changed_at=now)
    places.change(db, replace(longer, disinfected_at=None), "corrected")
    places.drop(db, [row.place_id for row in met[1:]])
    return "extended"
