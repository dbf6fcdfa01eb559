"""Let a person decide about doubted readings: one or many, with a reason of a closed list, taken back at will.

Until somebody decided, a doubted reading exposes nobody by itself. What is decided void counts in no reading of
the log (store/log/counted.py), with the leaving that belongs to it. The audit row is durable before anything
changes; another one says how many were changed.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from entry_service.core.actors import Actor
from entry_service.core.doubt_rules import WHY, Decision, Reason
from entry_service.core.errors import BadInput, Unavailable
from entry_service.core.model import Scan
from entry_service.core.times import kst_day
from entry_service.services import Services
from entry_service.store.cases import day_report, resting
from entry_service.store.database.engine import all_at_a_time, one_at_a_time
from entry_service.store.log import doubts, scans
from entry_service.store.log.doubts import Change, Doubted, Wanted
from entry_service.vault.checkpoints import AuditUnavailable

from ..doors.log_scan import LOOK_BACK, recount_pass

MOST_AT_ONCE = 1_000  # readings of one decision; a larger copy is decided in turns
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A part of the list: the readings, how many there are in all, and the number of the newest doubt of all."""

    readings: list[Doubted]
    total: int
    up_to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """How many readings the decision changed, and how many of the choice are left for another turn.

    ``asked``: requests for contacts, of cases that are open, about one of these facilities on that day; None where
    the vault does not answer. They are bound to what was asked and do not change. ``cases``: the numbers of the
    cases of which an index visit rests on one of the readings.
    """

    changed: int
    left: int
    asked: int | None
    cases: tuple[str, ...] = ()
    audited: bool = True  # also how many it changed; that somebody decided stands there in any case


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """How many of the readings that a decision would change are of one facility, day and reasons."""

    facility_id: str
    facility_name: str
    day: date
    reasons: tuple[Reason, ...]
    readings: int


def listed(services: Services, wanted: Wanted, *, limit: int, offset: int = 0) -> Listed:
    """Return a part of the doubted readings, the newest first."""
    with services.store.read() as db:
        found = doubts.find(db, wanted, limit, offset)
        return Listed(readings=found, total=doubts.count(db, wanted), up_to=doubts.newest(db))


def parts(
    services: Services, wanted: Wanted, *, decision: Decision, why: str, up_to: int
) -> tuple[list[Part], int]:
    """Return what a decision about all that are wanted would change, and how many are left for another turn.

    Raises ``BadInput`` as ``decide`` does.
    """
    _assert_words(decision, why)
    with services.store.read() as db:
        found, left = _chosen(db, wanted, (decision, why), up_to)
    return _parts([one for one in found if _changes(one, decision, why)]), left


def decide(
    services: Services,
    chosen: Wanted | Sequence[str],
    *,
    decision: Decision,
    why: str,
    actor: Actor,
    now: datetime,
    up_to: int | None = None,
) -> Decided:
    """Decide about chosen readings, or all that are wanted, at most a thousand at once; said twice it is the same.

    A doubt that was not shown when the decision was made is not settled by it.

    Parameters
    ----------
    chosen : Wanted or sequence of str
        Which readings: of a list, or these scan_ids. Those that are not doubted are passed over.
    decision, why : str
        One of ``core.doubt_rules.WHY``.
    up_to : int, optional
        The number of the newest doubt as it was shown (``Listed.up_to``); default: that of now.

    Raises
    ------
    BadInput
        Another word, or nothing chosen; ``field`` names which.
    AuditUnavailable
        Nothing was decided.
    """
    _assert_words(decision, why)
    if not isinstance(chosen, Wanted) and not chosen:
        raise BadInput("살펴볼 기록을 하나 이상 고르시기 바랍니다.", field="scan")
    with services.store.read() as db:
        up_to = doubts.newest(db) if up_to is None else up_to
        found, left = _chosen(db, chosen, (decision, why), up_to)
    changing = [one for one in found if _changes(one, decision, why)]
    if not changing:
        return Decided(changed=0, left=left, asked=0)
    said = {"outcome": f"{decision}_{why}", "request_hash": _digest(changing, decision, why)}
    services.vault.audit.append("reading_decided", actor, now=now, rows=len(changing), **said)

    def write(db: Connection) -> list[Scan]:
        one_at_a_time(db, b"doubts")
        again = doubts.get(db, [one.scan_id for one in changing], up_to)
        ids = [one.scan_id for one in again if _changes(one, decision, why)]
        rows = scans.find_scans(db, ids)
        # a way out that is being appended is found below, one that is appended later finds what is decided here
        all_at_a_time(db, {one.pid for one in rows.values() if one.pid is not None})
        doubts.end(db, ids, now)  # a leaving that went with an entry is void no more, and is found again
        leavings = _leavings(db, rows) if decision == "void" else {}
        readings = [(one.scan_id, one.scanned_at) for one in (*rows.values(), *leavings.values())]
        entries = {leaving.scan_id: entry for entry, leaving in leavings.items()}
        by = actor.account_id
        doubts.decide(db, readings, decision, why, decided_by=by, now=now, entries=entries, up_to=up_to)
        return list(rows.values())

    decided = services.store.write(write)
    said["outcome"] = "changed"  # another officer may have been faster with some of them
    try:
        services.vault.audit.append("reading_decided", actor, now=now, rows=len(decided), **said)
    except AuditUnavailable:
        audited = False
    else:
        audited = True
    for pid in {one.pid for one in decided if one.pid is not None and one.scanned_at > now - LOOK_BACK}:
        recount_pass(services, pid, now)
    with services.store.read() as db:
        numbers = tuple(resting.cases_on(db, decided))
    asked = _asked(services, decided, now)
    return Decided(changed=len(decided), left=left, asked=asked, cases=numbers, audited=audited)


def _assert_words(decision: str, why: str) -> None:
    if why not in WHY.get(decision, ()):  # type: ignore[call-overload]
        raise BadInput("판단과 까닭을 고르시기 바랍니다.", field="decision")


def _parts(readings: Sequence[Doubted]) -> list[Part]:
    many: Counter[tuple[str, str, date, tuple[Reason, ...]]] = Counter()
    for one in readings:
        reasons = tuple(sorted(set(one.reasons)))
        many[one.facility_id, one.facility_name, kst_day(one.scanned_at), reasons] += 1
    return [
        Part(facility_id=facility_id, facility_name=name, day=day, reasons=reasons, readings=many[key])
        for key in sorted(many)
        for facility_id, name, day, reasons in [key]
    ]


def _digest(readings: Sequence[Doubted], decision: Decision, why: str) -> str:
    """Return what binds the audit row to the readings: SHA-256 of counts by facility, day and reasons, and of ids.

    The audit holds no place (docs/audit.md): the digest can be held against the decisions while those are kept.
    """
    counts = [[one.facility_id, f"{one.day}", list(one.reasons), one.readings] for one in _parts(readings)]
    told = {"decision": decision, "why": why, "counts": counts, "readings": sorted(r.scan_id for r in readings)}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _chosen(
    db: Connection, chosen: Wanted | Sequence[str], change: Change, up_to: int
) -> tuple[list[Doubted], int]:
    """Return what is chosen, at most so many at once, and how many are left; of a list what would change."""
    if isinstance(chosen, Wanted):
        shown = replace(chosen, up_to=up_to)
        left = max(0, doubts.count(db, shown, change) - MOST_AT_ONCE)
        return doubts.find(db, shown, MOST_AT_ONCE, change=change), left
    once = list(dict.fromkeys(chosen))
    return doubts.get(db, once[:MOST_AT_ONCE], up_to), len(once[MOST_AT_ONCE:])


def _changes(one: Doubted, decision: Decision, why: str) -> bool:
    """Say whether the decision is another than the one that holds; what nobody decided cannot be reopened."""
    if decision == "reopened":
        return one.said is not None and one.said.decision != "reopened"
    return one.said is None or one.waits or (one.said.decision, one.said.why) != (decision, why)


def _leavings(db: Connection, rows: Mapping[str, Scan]) -> dict[str, Scan]:
    """Return entry → the check-out that ends it at the same facility, of the entries among the rows."""
    entries = [one for one in rows.values() if one.direction == "in" and one.pid is not None]
    if not entries:
        return {}
    first, last = min(one.scanned_at for one in entries), max(one.scanned_at for one in entries)
    seen: dict[tuple[bytes | None, str], list[Scan]] = defaultdict(list)
    for scan in scans.scans_of_passes(db, sorted({one.pid for one in entries if one.pid}), first, last + DAY):
        seen[scan.pid, scan.facility_id].append(scan)
    found = {}
    for entry in entries:
        later = (one for one in seen[entry.pid, entry.facility_id] if one.scanned_at > entry.scanned_at)
        after = next(later, None)
        if after is not None and after.direction == "out" and after.scan_id not in rows:
            found[entry.scan_id] = after
    return found


def _asked(services: Services, decided: Sequence[Scan], now: datetime) -> int | None:
    """Return how many requests for contacts that are no history yet name a facility on the day of a reading."""
    about = {(one.facility_id, kst_day(one.scanned_at)) for one in decided}
    with services.store.read() as db:
        cases = day_report.open_cases(db, now)
    try:
        requests = services.vault.disclosures.of_cases(cases)
    except Unavailable:
        return None
    return sum(
        one.state(now) in ("waiting", "approved", "opened")
        and any(
            place.facility_id == facility_id and kst_day(place.start) <= day <= kst_day(place.end)
            for place in one.places
            for facility_id, day in about
        )
        for one in requests
    )
