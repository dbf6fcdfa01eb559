"""What officers decide about a plan and teams note in the field: kept once, never changed, gone with its day."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from entry_service.store.plans import disinfections, field_checks, plans
from entry_service.store.plans.field_checks import CheckConflict
from entry_service.store.plans.plans import PlanChange
from entry_service.store.retention import retention
from tests.field_notes import DAY, HOUR, NOON, check, given, sent


def test_the_same_note_again_is_the_same_answer_and_another_is_a_conflict(store):
    first = store.write(lambda db: field_checks.append(db, check()))
    again = store.write(lambda db: field_checks.append(db, check(received_at=NOON + 9 * HOUR, judged_at=NOON)))
    assert first == again == check()
    with pytest.raises(CheckConflict):
        store.write(lambda db: field_checks.append(db, check(state="could_not")))
    with store.read() as db:
        assert field_checks.of_day(db, DAY) == {"d-GP-001": [check()]}


def test_the_newest_by_the_time_of_doing_counts(store):
    late = check(
        "check-0002", state="could_not", obstacle="closed", judged_at=NOON - HOUR, received_at=NOON + 5 * HOUR
    )
    for one in (check(), late):
        store.write(lambda db, one=one: field_checks.append(db, one))
    with store.read() as db:
        assert field_checks.of_day(db, DAY)["d-GP-001"][0] == check()
        assert list(field_checks.done_on(db, DAY)) == ["d-GP-001"]
        assert field_checks.done_on(db, DAY + timedelta(days=1)) == {}
    undone = check("check-0003", state="could_not", obstacle="other", judged_at=NOON + HOUR)
    store.write(lambda db: field_checks.append(db, undone))
    with store.read() as db:
        assert field_checks.done_on(db, DAY) == {}


def test_a_done_that_was_corrected_leaves_the_disinfection_of_the_day_before(store):
    yesterday = {"day": DAY - timedelta(days=1), "judged_at": NOON - 24 * HOUR}
    wrong = check("check-0003", state="could_not", obstacle="other", judged_at=NOON + HOUR / 12)
    of_unit = check("check-0004", stop_id="v-41410580")
    for one in (check(), check("check-0002", **yesterday), of_unit):
        store.write(lambda db, one=one: field_checks.append(db, one))
    with store.read() as db:
        assert disinfections.last_done(db) == {"GP-001": NOON}
    store.write(lambda db: field_checks.append(db, wrong))
    with store.read() as db:
        assert disinfections.last_done(db) == {"GP-001": NOON - 24 * HOUR}


def test_what_a_night_shift_did_after_midnight_is_of_both_days(store):
    night = timedelta(hours=12, minutes=30)  # half past midnight
    store.write(lambda db: field_checks.append(db, check(judged_at=NOON + night)))
    store.write(lambda db: field_checks.append(db, check("check-0002", stop_id="d-GP-003")))
    with store.read() as db:
        assert sorted(field_checks.done_on(db, DAY)) == ["d-GP-001", "d-GP-003"]
        assert sorted(field_checks.done_on(db, DAY + timedelta(days=1))) == ["d-GP-001"]


@pytest.mark.parametrize("table", ["field_checks", "plan_changes", "plan_sendings", "plan_teams"])
def test_rows_are_never_changed_and_go_with_their_day(store, table):
    change = PlanChange(
        plan_id="plan-1", day=DAY, stop_id="d-GP-001", team=2, reason="", changed_by="A-officer", changed_at=NOON
    )
    store.write(lambda db: field_checks.append(db, check()))
    store.write(lambda db: plans.change(db, change))
    store.write(lambda db: plans.give_team(db, given(1)))
    store.write(lambda db: plans.send(db, sent()))
    changed = text(f"UPDATE {table} SET plan_id = 'plan-2'")
    with pytest.raises(DBAPIError, match="append-only"):
        store.write(lambda db: db.execute(changed))
    before, end = DAY - timedelta(days=1), NOON
    store.write(lambda db: retention.delete_rest(db, before, end - 24 * HOUR))
    with store.read() as db:
        assert retention.count_rest(db, DAY, end)[table] == 1
    store.write(lambda db: retention.delete_rest(db, DAY, end))
    with store.read() as db:
        assert db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0


def test_who_is_which_team(store):
    for one in (given(1), given(2, "A-other"), given(2), given(1, plan="plan-2", day=DAY + timedelta(days=1))):
        store.write(lambda db, one=one: plans.give_team(db, one))
    with store.read() as db:
        assert [(one.account_id, one.team) for one in plans.teams_of_plan(db, "plan-1")] == [
            ("A-other", 2),
            ("A-field", 2),
        ]
        assert plans.was_team(db, "plan-1", "A-field", 1) is not None
        assert plans.was_team(db, "plan-1", "A-other", 1) is None
    store.write(lambda db: plans.give_team(db, given(None)))
    with store.read() as db:
        assert plans.ever_given(db, "plan-1") == {"A-field", "A-other"}
        assert [one.account_id for one in plans.teams_of_plan(db, "plan-1")] == ["A-other"]


def test_a_plan_counts_as_sent_when_it_was_sent_last(store):
    tomorrow = DAY + timedelta(days=1)
    for one in (sent(), sent("plan-2"), sent("plan-3", tomorrow), sent()):
        store.write(lambda db, one=one: plans.send(db, one))
    with store.read() as db:
        assert [one.plan_id for one in plans.sent_on(db, [DAY])] == ["plan-1", "plan-2"]
        assert [one.plan_id for one in plans.sent_on(db, [DAY, tomorrow])] == ["plan-1", "plan-3", "plan-2"]
        assert plans.last_sent_day(db) == DAY
        assert plans.was_sent(db, "plan-3")
        assert not plans.was_sent(db, "plan-4")
