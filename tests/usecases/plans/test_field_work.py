"""What teams note in the field: once, judged by when it was done, and nothing lost for a wrong clock."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from entry_service.core.actors import Actor
from entry_service.core.disinfection import HIDDEN, FieldCheck
from entry_service.store.log import purged
from entry_service.store.plans import plans
from entry_service.usecases.plans.field_work import NotOwnStop, Told, note_checks
from tests.field_notes import HOUR, NOON, check, given, sent

from ..small_log import SmallLog, small_log

TEAM = Actor(account_id="A-field", role="field")


@pytest.fixture
def log(tmp_path) -> Iterator[SmallLog]:
    """Return a log in which an account is a team of a plan."""
    with small_log(tmp_path, NOON) as opened:
        opened.services.store.write(lambda db: plans.give_team(db, given(1)))
        opened.services.store.write(lambda db: plans.send(db, sent()))
        yield opened


def told(**facts: object) -> Told:
    """Return what a phone tells of the library."""
    usual = {name: getattr(check(), name) for name in Told.__dataclass_fields__}
    return Told(**usual | facts)


def note(log: SmallLog, *many: Told, device_now=None, now=NOON):
    return note_checks(log.services, many, actor=TEAM, device_now=device_now, now=now)


def test_one_that_cannot_be_kept_spoils_no_other(log):
    strange = told(check_id="check-0002", plan_id="plan-9")
    kept, refused = note(log, told(), strange)
    assert isinstance(kept, FieldCheck)
    assert isinstance(refused, NotOwnStop)
    assert kept.reopens == date(2020, 8, 26)


def test_another_note_under_the_same_id_changes_nothing(log):
    [first] = note(log, told())
    [conflict] = note(log, told(state="could_not", obstacle="closed"))
    assert conflict.code == "check_conflict"
    assert note(log, told(), now=NOON + HOUR) == [first]


def test_a_clock_that_is_wrong_changes_nothing_that_was_told(log):
    wrong = timedelta(hours=3)
    sent = told(started_at=NOON + wrong - HOUR, ended_at=NOON + wrong)
    [kept] = note(log, sent, device_now=NOON + wrong + HOUR, now=NOON + HOUR)
    assert (kept.ended_at, kept.judged_at) == (NOON + wrong, NOON)
    [again] = note(log, sent, device_now=NOON + 9 * HOUR, now=NOON + 9 * HOUR)
    assert again == kept


def test_what_ends_before_it_begins_is_refused(log):
    [refused] = note(log, told(started_at=NOON + HOUR))
    assert refused.facts["field"] == "ended_at"


def test_a_number_of_a_person_is_not_kept(log):
    [kept] = note(log, told(remark="관리인 010-0000-1234"))
    assert kept.remark == HIDDEN


def test_a_destroyed_day_takes_nothing(log):
    end = NOON + timedelta(days=1)
    log.services.store.write(lambda db: purged.move_mark(db, end))
    [refused] = note(log, told())
    assert refused.code == "too_old"
