"""Decisions about doubted readings: one or many, each once, audited before and after, of what was shown alone."""

import hashlib
import json

import pytest
from sqlalchemy import func, select

from entry_service.core.doubt_rules import Doubt
from entry_service.core.errors import BadInput
from entry_service.core.model import Scan
from entry_service.core.times import kst_day
from entry_service.store.log import doubts, scans, voids
from entry_service.store.log.doubts import Wanted
from entry_service.store.schema.doubt_tables import doubt_decisions
from entry_service.usecases.cases.daily_report import DoubtCounts, daily_report
from entry_service.usecases.sites.watch import MOST_AT_ONCE, listed
from entry_service.vault.checkpoints import AuditUnavailable
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, LIBRARY, MINUTE, NOON, OFFICE, open_door
from ..watching import DAY, NOW, said, shared, waiting


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind), daily_cap=100) as opened:
        yield opened


def test_a_decision_said_twice_is_the_same_and_each_one_is_kept_and_audited_first(door, monkeypatch):
    shared(door)
    audit = door.services.vault.audit
    monkeypatch.setattr(type(audit), "append", _fails)
    with pytest.raises(AuditUnavailable):
        said(door, "void", "made_up")
    monkeypatch.undo()
    assert len(waiting(door)) == 2
    assert [said(door, "void", "made_up", ["here", "here"]).changed for _ in range(2)] == [1, 0]
    assert said(door, "void", "shared_pass", ["here"]).changed == 1  # another reason is another decision
    assert said(door, "reopened", "decided_wrongly", ["there"]).changed == 0  # nobody decided about it
    rows = audit.entries(NOON, NOW + HOUR, action="reading_decided")
    told = [(row.rows, row.outcome) for row in reversed(rows)]
    assert told == [(1, "void_made_up"), (1, "changed"), (1, "void_shared_pass"), (1, "changed")]
    assert {row.account_id for row in rows} == {"A-officer"}
    assert [len({row.request for row in pair}) for pair in (rows[:2], rows[2:], rows)] == [1, 1, 2]
    with door.services.store.read() as db:
        assert db.execute(select(func.count()).select_from(doubt_decisions)).scalar_one() == 2
        [one] = doubts.get(db, ["here"])
    assert (one.said.decision, one.said.why, one.said.decided_at, one.waits) == ("void", "shared_pass", NOW, False)


def test_of_two_officers_at_once_the_audit_says_who_changed_how_many(door, monkeypatch):
    """Both look at the same two readings; the second decides while the first one's row is being written."""
    shared(door)
    append, first = type(door.services.vault.audit).append, []

    def append_late(audit, *args, **facts):
        seq = append(audit, *args, **facts)
        if not first:
            first.append(seq)
            said(door, "void", "made_up", ["here"])
        return seq

    monkeypatch.setattr(type(door.services.vault.audit), "append", append_late)
    assert said(door, "void", "made_up").changed == 1
    rows = door.services.vault.audit.entries(NOON, NOW + HOUR, action="reading_decided")
    assert [(row.rows, row.outcome) for row in reversed(rows)] == [
        (2, "void_made_up"),
        (1, "void_made_up"),
        (1, "changed"),
        (1, "changed"),
    ]


def test_the_digest_of_a_decision_is_that_of_its_readings_by_place_day_and_reason(door):
    shared(door)
    with door.services.store.read() as db:
        ids = [one.scan_id for one in doubts.find(db, Wanted(), 9)]
    said(door, "counts", "staff_saw")
    [_after, before] = door.services.vault.audit.entries(NOON, NOW + HOUR, action="reading_decided")
    counts = [[place, "2020-08-25", ["two_places"], 1] for place in (LIBRARY, OFFICE)]
    told = {"counts": counts, "decision": "counts", "readings": sorted(ids), "why": "staff_saw"}
    assert before.request == hashlib.sha256(json.dumps(told, separators=(",", ":")).encode()).hexdigest()


def test_a_decision_whose_outcome_cannot_be_written_down_stands_and_says_so(door, monkeypatch):
    shared(door)
    append = type(door.services.vault.audit).append

    def append_once(audit, *args, **facts):
        if facts["outcome"] == "changed":
            raise AuditUnavailable
        return append(audit, *args, **facts)

    monkeypatch.setattr(type(door.services.vault.audit), "append", append_once)
    done = said(door, "void", "made_up")
    assert (done.changed, done.audited, waiting(door)) == (2, False, [])


def _fails(*_args, **_facts):
    raise AuditUnavailable


def test_all_of_a_list_are_those_that_were_shown_and_no_later_ones(door):
    shared(door)
    shown = listed(door.services, Wanted(facility_id=LIBRARY), limit=1)
    assert (shown.total, [one.scan_id for one in shown.readings]) == (1, ["here"])
    late = door.phone()
    door.scan(late, NOON + HOUR, scan_id="later")
    door.scan(late, NOON + HOUR + MINUTE, scan_id="later-there", place=OFFICE)
    seen = {"up_to": shown.up_to}
    assert said(door, "void", "made_up", Wanted(facility_id=LIBRARY), **seen).changed == 1
    assert [scan_id for scan_id, _why in waiting(door, facility_id=LIBRARY)] == ["later"]
    assert said(door, "void", "made_up").changed == 3
    assert (waiting(door), len(waiting(door, decided=True))) == ([], 4)
    assert waiting(door, decided=True, reason="burst") == []
    report = daily_report(door.services, kst_day(NOON), now=NOW)
    assert report.doubts == DoubtCounts(found=4, waiting=0, void=4)


def test_a_doubt_found_after_the_decision_waits_for_another(door):
    phone = shared(door)
    said(door, "counts", "staff_saw")
    door.scan(phone, NOON - MINUTE, "in", scan_id="before", place=OFFICE, now=NOW + HOUR)
    assert [scan_id for scan_id, _why in waiting(door)] == ["before"]  # the same doubt about "here" is decided


@pytest.mark.parametrize("chosen", [["here"], Wanted(facility_id=LIBRARY)])
def test_a_doubt_that_was_not_shown_is_not_settled(door, chosen):
    shared(door)
    shown = listed(door.services, Wanted(), limit=9).up_to
    later = [Doubt("outside_hours")]  # found before the decision, after the page was made
    door.services.store.write(lambda db: doubts.note(db, "here", LIBRARY, NOON, later, NOW))
    assert [said(door, "counts", "staff_saw", chosen, up_to=shown).changed for _twice in range(2)] == [1, 0]
    assert waiting(door, facility_id=LIBRARY) == [("here", ("two_places", "outside_hours"))]
    assert said(door, "counts", "staff_saw", chosen).changed == 1
    assert waiting(door, facility_id=LIBRARY) == []


def test_an_undone_scan_and_one_of_a_flood_need_no_decision(door):
    shared(door)
    undone = {"voided_at": NOON + 5 * MINUTE, "voided_by": "D-1", "reason": "undo"}
    door.services.store.write(lambda db: voids.add(db, "there", **undone))
    assert [scan_id for scan_id, _why in waiting(door)] == ["here"]
    assert said(door, "void", "made_up", ["there", "nothing"]).changed == 0


@pytest.mark.parametrize(
    ("decision", "why", "chosen"),
    [("maybe", "made_up", None), ("void", "staff_saw", None), ("counts", "", None), ("void", "made_up", [])],
)
def test_another_word_or_no_reading_decides_nothing(door, decision, why, chosen):
    shared(door)
    with pytest.raises(BadInput):
        said(door, decision, why, chosen)
    assert len(waiting(door)) == 2


def test_more_than_a_thousand_are_decided_in_turns(door):
    facts = {"facility_id": LIBRARY, "direction": "in", "source": "poster", "confidence": "low"}
    rows = [
        Scan(scan_id=f"copy-{n:05}", pid=n.to_bytes(8, "big"), scanned_at=NOON, received_at=NOON, **facts)
        for n in range(MOST_AT_ONCE + 5)
    ]

    def write(db):
        scans.append_many(db, rows)
        for row in rows:
            doubts.note(db, row.scan_id, LIBRARY, NOON, [Doubt("reported_poster")], NOON)

    door.services.store.write(write)
    first = said(door, "void", "copied_poster", now=NOON + DAY + HOUR)
    assert (first.changed, first.left) == (MOST_AT_ONCE, 5)
    assert (said(door, "void", "copied_poster", now=NOON + DAY + HOUR).changed, waiting(door)) == (5, [])
    turns = [said(door, "void", "made_up", Wanted(decided=True), now=NOON + DAY + 2 * HOUR) for _turn in range(3)]
    assert [(turn.changed, turn.left) for turn in turns] == [(MOST_AT_ONCE, 5), (5, 0), (0, 0)]
