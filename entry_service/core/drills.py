"""What marks a drill, and how its result is counted. Nothing of a drill is ever counted among what happened.

Four marks, each of which stands alone: the flag ``drill`` on every row of the log, a case id that begins with
``drill-``, passes that begin with two known bytes and are listed, and phones of a range that is given to nobody.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from .model import Contact, Scan

FLAG = "drill"  # on every row of the log that a drill left
CASE_PREFIX = "drill-"  # of the case of a drill; the vault goes by it too
PURPOSE = "drill"  # stands in the audit in place of whatever purpose was asked for
PID_MARK = b"\xd7\x1d"  # one real pass in 65,536 begins so too: the list of the drill's passes decides
ASKER, APPROVER = "drill-asker", "drill-approver"  # nobody's accounts: they act on drill cases only
NAME = "시험방문자"
MOST_PEOPLE = 9_999  # the phones of one drill
LATE = timedelta(minutes=1)  # what the service hears later came out of a queue

Role = Literal["index", "contact", "stranger"]
Door = Literal["pass", "slip", "poster"]
DOORS: tuple[Door, ...] = get_args(Door)
SOURCES: dict[str, Door] = {"staff_scan": "pass", "slip": "slip", "poster": "poster"}

_PHONE = re.compile(r"\+82100119[0-9]{4}")  # 010-0119-xxxx: no number in Korea begins with 010-0


def is_drill_case(case_id: str) -> bool:
    """Say whether a case is a drill's."""
    return case_id.startswith(CASE_PREFIX)


def drill_contact(person: int) -> Contact:
    """Return the contact of the person with this number, 1 to ``MOST_PEOPLE``: nobody's phone."""
    return Contact(
        name=f"{NAME} {person:04d}", phone=f"+82100119{person:04d}", residence="경기도 군포시", verified=True
    )


def is_drill_phone(phone: str | None) -> bool:
    """Say whether a phone, in E.164, is one that only drills use."""
    return phone is not None and _PHONE.fullmatch(phone) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillPass:
    """One pass of a drill: who carries it (``person``), where, through which door, and what it is there for.

    ``contact`` was there with the ``index`` and must be found, ``stranger`` was gone before and must not be.
    ``leaves``: a check-out is to be read. ``seed`` makes its codes; ``token`` opens the page that shows them.
    """

    pid: bytes
    facility_id: str
    role: Role
    door: Door
    person: int
    leaves: bool
    seed: bytes = b""
    token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteScore:
    """What one site did in a drill. Shares lie between 0 and 1, None where there was nothing to share.

    ``doors`` that were to log, ``logged`` that did; ``entries`` read of ``planned`` ones; ``late`` of them heard
    later than a minute, the latest after ``latest_minutes``; ``found`` of ``expected`` contacts;
    ``missing_outs`` of ``outs`` that were to be read; ``refused`` readings.
    """

    facility_id: str
    name: str
    planned: int
    entries: int
    doors: int
    logged: int
    late: int
    latest_minutes: float
    expected: int
    found: int
    outs: int
    missing_outs: int
    refused: int

    @property
    def score(self) -> int:
        """Return 0 to 100: half for contacts found, a quarter for doors that logged, a quarter for check-outs."""
        parts = [(50, self.found, self.expected), (25, self.logged, self.doors)]
        parts.append((25, self.outs - self.missing_outs, self.outs))
        given = [(weight, part / whole) for weight, part, whole in parts if whole]
        return round(100 * sum(w * share for w, share in given) / sum(w for w, _ in given)) if given else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """How well a list met what was expected: ``right`` of the ``listed`` were among the ``expected``.

    ``strangers``: how many there were who could have been listed wrongly.
    """

    expected: int
    listed: int
    right: int
    strangers: int

    @property
    def precision(self) -> float | None:
        """Return which share of the list was right; None for an empty list, or where no stranger was there."""
        return self.right / self.listed if self.listed and self.strangers else None

    @property
    def recall(self) -> float | None:
        """Return which share of the expected is in the list; None where nobody was expected."""
        return self.right / self.expected if self.expected else None


def hits(passes: Iterable[DrillPass], listed: Iterable[str]) -> Hits:
    """Return how the phones of a contact list meet the passes of a drill."""
    known = list(passes)
    expected = {drill_contact(one.person).phone for one in known if one.role == "contact"}
    strangers = sum(one.role == "stranger" for one in known)
    found = set(listed)
    return Hits(expected=len(expected), listed=len(found), right=len(found & expected), strangers=strangers)


def site_score(
    facility_id: str, name: str, passes: Iterable[DrillPass], scans: Iterable[Scan], listed: Iterable[str]
) -> SiteScore:
    """Return what a site did: its passes of the drill, the rows that they left there, the phones of the list."""
    mine, rows, phones = list(passes), list(scans), set(listed)
    kept = [row for row in rows if row.outcome == "accepted"]
    came = {row.pid: row for row in kept if row.direction == "in"}
    left = {row.pid for row in kept if row.direction == "out"}
    delays = [row.received_at - row.scanned_at for row in kept if row.source != "slip"]  # paper waits for a hand
    late = [delay for delay in delays if delay > LATE]
    expected = [one for one in mine if one.role == "contact"]
    leaving = [one for one in mine if one.leaves and one.pid in came]
    return SiteScore(
        facility_id=facility_id,
        name=name,
        planned=len(mine),
        entries=len(came),
        doors=len({one.door for one in mine}),
        logged=len({one.door for one in mine} & {SOURCES.get(row.source) for row in came.values()}),
        late=len(late),
        latest_minutes=round(max(late, default=timedelta()) / timedelta(minutes=1), 1),
        expected=len(expected),
        found=sum(drill_contact(one.person).phone in phones for one in expected),
        outs=len(leaving),
        missing_outs=sum(one.pid not in left for one in leaving),
        refused=len(rows) - len(kept),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step on the way to a contact list; ``at`` None while it is waited for."""

    name: Literal["prepared", "entered", "registered", "traced", "asked", "approved", "opened"]
    at: datetime | None
    minutes: float | None  # since the step before


def steps_of(began: datetime, moments: Iterable[tuple[str, datetime | None]]) -> list[Step]:
    """Return the steps with the minutes each took; what has not come yet has none.

    Doors have clocks of their own: what was before the step before it took no time.
    """
    steps, before = [], began
    for name, at in moments:
        took = None if at is None else round(max(at - before, timedelta()) / timedelta(minutes=1), 2)
        steps.append(Step(name=name, at=at, minutes=took))  # type: ignore[arg-type]
        before = before if at is None else at
    return steps
