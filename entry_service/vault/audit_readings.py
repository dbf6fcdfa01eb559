"""What is read from the audit: counts for budgets, pages and months for the auditor, one's own rows for a visitor.

The action and the account are looked for in the canonical text: a quote inside a value is written ``\"``, and so
``"action":"…"`` stands there for the field alone. What was found is then read exactly.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, select

from entry_service.core.audit_rules import AuditEntry, Finding, findings, is_refusal
from entry_service.core.drills import PURPOSE
from entry_service.core.times import KST, day_start, kst_day
from entry_service.store.database.engine import Store

from .audit_rows import read_body
from .subjects import KEPT_YEARS, Subjects
from .tables import audit, audit_subjects

PAGE = 500  # rows in one step
LEFT = ("disclosure_opened", "contacts_read", "contacts_exported")  # names were seen or left
COUNTED = ("disclosure_asked", "disclosure_approved", "disclosure_returned", "disclosure_opened")
DESTROYED = ("day_destroyed", "visitor_deleted_own")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountActs:
    """How often one account did one thing in a month, and with how many people or records."""

    account_id: str
    role: str
    action: str
    acts: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthReport:
    """A month for the review: all acts by account, each look at names with its reason, what deserves a look."""

    year: int
    month: int
    total: int
    refused: int
    acts: list[AccountActs]
    looks: list[AuditEntry]
    findings: list[Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCount:
    """What the public is told of a month: numbers only. ``people`` were named to officers in ``opened`` acts."""

    year: int
    month: int
    asked: int
    approved: int
    returned: int
    opened: int
    people: int
    days_destroyed: int
    contacts_destroyed: int
    deleted_by_visitors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectEntry:
    """One look at a person, as that person is told: the day, why, by which role, what. Never by whom by name."""

    day: date
    purpose: str
    role: str
    action: str


class AuditReadings:
    """The readings of one vault's audit."""

    _store: Store
    _subjects: Subjects

    def count(self, action: str, account_id: str, since: datetime) -> int:
        """Return how often the account did this since then; a refusal is an action of its own."""
        return sum(1 for _ in self._done(action, account_id, since))

    def rows_since(self, action: str, account_id: str, since: datetime) -> int:
        """Return the people or records of what the account did since then, drills aside: for budgets."""
        return sum(entry.rows for entry in self._done(action, account_id, since) if entry.purpose != PURPOSE)

    def entries(
        self,
        start: datetime,
        end: datetime,
        *,
        action: str = "",
        account_id: str = "",
        limit: int = 50,
        before_seq: int = 0,
    ) -> list[AuditEntry]:
        """Return up to ``limit`` rows of [start, end), the newest first; ``before_seq`` goes on from a page."""
        wanted = (audit.c.at >= start) & (audit.c.at < end) & _named(action, account_id)
        found: list[AuditEntry] = []
        with self._store.read() as db:
            while len(found) < limit:
                older = wanted & (audit.c.seq < before_seq) if before_seq else wanted
                query = select(audit.c.seq, audit.c.body).where(older).order_by(audit.c.seq.desc())
                page = db.execute(query.limit(limit)).all()
                if not page:
                    break
                before_seq = page[-1].seq
                found += [entry for row in page if _is(entry := read_body(row.body), action, account_id)]
        return found[:limit]

    def month(self, year: int, month: int) -> MonthReport:
        """Return the report of a Korean calendar month."""
        start, end = _month_bounds(year, month)
        with self._store.read() as db:
            entries = [read_body(body) for body in _bodies(db, (audit.c.at >= start) & (audit.c.at < end))]
            subjects = _subjects(db, [entry.seq for entry in entries if entry.action == "phone_searched"])
        acts, rows = Counter(), Counter()
        for entry in entries:
            own = entry.account_id, entry.role, entry.action
            acts[own] += 1
            rows[own] += entry.rows
        return MonthReport(
            year=year,
            month=month,
            total=len(entries),
            refused=sum(is_refusal(entry) for entry in entries),
            acts=[
                AccountActs(account_id=own[0], role=own[1], action=own[2], acts=acts[own], rows=rows[own])
                for own in sorted(acts)
            ],
            looks=[entry for entry in entries if entry.action in LEFT],
            findings=findings(entries, subjects),
        )

    def about(self, subject: str, now: datetime) -> list[SubjectEntry]:
        """Return what was done about a normalised number in the last two years, the newest first."""
        keyed = self._subjects.of_living_years(subject, now)
        since = day_start(_years_before(kst_day(now), KEPT_YEARS))
        query = (
            select(audit.c.body)
            .join(audit_subjects, audit_subjects.c.seq == audit.c.seq)
            .where(audit_subjects.c.subject.in_(keyed), audit.c.at >= since)
            .order_by(audit.c.seq.desc())
        )
        with self._store.read(snapshot=False) as db:
            found = [read_body(body) for body in db.execute(query).scalars()]
        return [
            SubjectEntry(day=kst_day(entry.at), purpose=entry.purpose, role=entry.role, action=entry.action)
            for entry in found
        ]

    def monthly(self) -> list[MonthCount]:
        """Return the public counts of every Korean month that has any, the newest first; drills are in none."""
        acts: Counter[tuple[int, int, str]] = Counter()
        rows: Counter[tuple[int, int, str]] = Counter()
        with self._store.read() as db:
            for action in COUNTED + DESTROYED:
                for body in _bodies(db, _named(action, "")):
                    entry = read_body(body)
                    if entry.action == action and entry.purpose != PURPOSE:
                        at = entry.at.astimezone(KST)
                        acts[at.year, at.month, action] += 1
                        rows[at.year, at.month, action] += entry.rows
        return [
            MonthCount(
                year=year,
                month=month,
                asked=acts[year, month, "disclosure_asked"],
                approved=acts[year, month, "disclosure_approved"],
                returned=acts[year, month, "disclosure_returned"],
                opened=acts[year, month, "disclosure_opened"],
                people=rows[year, month, "disclosure_opened"],
                days_destroyed=acts[year, month, "day_destroyed"],
                contacts_destroyed=rows[year, month, "day_destroyed"],
                deleted_by_visitors=rows[year, month, "visitor_deleted_own"],
            )
            for year, month in sorted({(year, month) for year, month, _ in acts}, reverse=True)
        ]

    def _done(self, action: str, account_id: str, since: datetime) -> Iterator[AuditEntry]:
        with self._store.read() as db:
            for body in _bodies(db, (audit.c.at >= since) & _named(action, account_id)):
                entry = read_body(body)
                if _is(entry, action, account_id):
                    yield entry


def _bodies(db: Connection, wanted: ColumnElement[bool]) -> Iterator[str]:
    """Give the bodies of the rows in order, a page at a time."""
    seq = 0
    while True:
        query = select(audit.c.seq, audit.c.body).where(wanted, audit.c.seq > seq).order_by(audit.c.seq)
        page = db.execute(query.limit(PAGE)).all()
        if not page:
            return
        seq = page[-1].seq
        yield from (row.body for row in page)


def _subjects(db: Connection, seqs: list[int]) -> dict[int, list[bytes]]:
    found: dict[int, list[bytes]] = {}
    for begin in range(0, len(seqs), PAGE):
        query = select(audit_subjects).where(audit_subjects.c.seq.in_(seqs[begin : begin + PAGE]))
        for row in db.execute(query):
            found.setdefault(row.seq, []).append(row.subject)
    return found


def _named(action: str, account_id: str) -> ColumnElement[bool]:
    wanted = audit.c.seq > 0
    for field, value in {"action": action, "account_id": account_id}.items():
        if value:
            wanted &= audit.c.body.contains(f'"{field}":{json.dumps(value, ensure_ascii=False)}', autoescape=True)
    return wanted


def _is(entry: AuditEntry, action: str, account_id: str) -> bool:
    """Say so exactly: SQLite's LIKE does not tell capitals from small letters."""
    return (not action or entry.action == action) and (not account_id or entry.account_id == account_id)


def _month_bounds(year: int, month: int) -> tuple[datetime, datetime]:
    first = date(year, month, 1)
    return day_start(first), day_start((first + timedelta(days=31)).replace(day=1))


def _years_before(day: date, years: int) -> date:
    """Return the same day years ago; of 29 February, 28 February."""
    return day.replace(year=day.year - years, day=min(day.day, 28) if day.month == 2 else day.day)
